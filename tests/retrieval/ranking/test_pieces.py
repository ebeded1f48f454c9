"""A story → its pieces."""

from hypothesis import given
from hypothesis import strategies as st

from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE, pieces
from retrieval.text import analyzer
from tests.support.scoring import STORIES


def test_what_no_comma_divides_is_cut_between_words() -> None:
    listed = "、".join(["云岭制衣厂的税务登记证件"] * 40)
    unbroken = "税务机关" * 60
    for text, ends in ((listed, "、"), (unbroken, "关")):
        found = [piece.text for piece in pieces([text], LONGEST_SENTENCE)]
        assert "".join(found) == text
        assert all(part.endswith(ends) for part in found[:-1])
        assert all(len(part) > LONGEST_SENTENCE // 2 for part in found[:-1])


@given(texts=STORIES, longest=st.sampled_from([LONGEST_SENTENCE, LONGEST_PASSAGE]))
def test_pieces_cover_a_story_and_none_is_too_long(texts: list[str], longest: int) -> None:
    found = pieces(texts, longest)
    for paragraph, text in enumerate(texts):
        assert "".join(p.text for p in found if p.paragraph == paragraph) == text
    assert all(0 < len(piece.text) <= longest for piece in found)
    assert [p.normal for p in found] == [analyzer.normalise(p.text) for p in found]
    assert [p.sentence for p in found] == sorted(p.sentence for p in found)
    whole = "\n".join(texts)
    assert [whole[p.start : p.end] for p in found] == [p.text for p in found]


def test_a_mark_of_another_form_parts_no_sentence_from_its_normalised_one() -> None:
    text = "谁来申报﹖由买方申报。税率为百分之三。"
    found = pieces([text], LONGEST_PASSAGE, [analyzer.normalise(text)])
    assert found == pieces([text], LONGEST_PASSAGE)
    assert [p.normal for p in found] == ["谁来申报?由买方申报。", "税率为3%。"]


def test_a_piece_says_what_stands_in_a_list_and_what_answers_nothing() -> None:
    texts = ["下列情形免税：", "（一）自用的房屋；", "怎么申报？", "税款已全部入库。", "先登记，"]
    found = pieces(texts, LONGEST_PASSAGE)
    assert [p.is_head for p in found] == [True, False, False, False, False]
    assert [p.is_item for p in found] == [False, True, False, False, False]
    assert [p.is_empty for p in found] == [False, False, True, True, False]
    assert [p.goes_on for p in found] == [True, True, False, False, True]
