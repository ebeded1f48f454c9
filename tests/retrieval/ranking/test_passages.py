"""A story and a question → the passage."""

from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.ranking.passages import passage
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE, pieces, text_of
from retrieval.ranking.sentence_scorer import SentenceScorer
from retrieval.ranking.sentences import sentence
from tests.support.scoring import AMOUNT, MEANS, OPENING, STORIES, TITLE, MakeScorer


def shown(scorer: SentenceScorer, texts: list[str], paragraph: int) -> str:
    story = pieces(texts, LONGEST_PASSAGE)
    start, end = passage(scorer, story, range(paragraph, paragraph + 1))
    return "".join(piece.text for piece in story[start:end])


def test_a_passage_grows_over_the_paragraphs_around_it(scorer_of: MakeScorer) -> None:
    texts = [OPENING, AMOUNT, MEANS]
    assert shown(scorer_of("云岭制衣厂少缴多少税款", TITLE), texts, 1) == "".join(texts)


def test_a_sentence_shown_before_is_not_shown_again(scorer_of: MakeScorer) -> None:
    scorer, story = scorer_of("云岭制衣厂少缴多少税款"), pieces([OPENING, AMOUNT], LONGEST_PASSAGE)
    assert passage(scorer, story, range(1, 2), {0}) == (1, 2)
    assert passage(scorer, story, range(1, 2), {1}) == (0, 0)
    assert passage(scorer, story, range(1, 2), {0, 1}) == (0, 0)


def test_a_sentence_too_long_to_show_is_cut_after_its_commas(scorer_of: MakeScorer) -> None:
    long = "检查人员逐一核对了往来账目，" * 40 + "确认少缴税款三十万元。"
    found = sentence(scorer_of("少缴多少税款"), pieces([long], LONGEST_PASSAGE))
    assert "少缴税款三十万元。" in found
    assert len(found) <= LONGEST_SENTENCE
    text = shown(scorer_of("少缴多少税款"), [long], 0)
    assert "少缴税款三十万元。" in text
    assert text.startswith("检查人员")


def test_a_passage_ends_before_what_heads_the_rest_of_its_story(scorer_of: MakeScorer) -> None:
    asked = "问：云岭制衣厂少缴了多少税款？"
    texts = [asked, "答：", AMOUNT, "问：该厂认不认罚？", "答：", "认" * LONGEST_PASSAGE]
    assert shown(scorer_of("云岭制衣厂少缴多少税款"), texts, 2) == "".join(texts[:3])


@settings(deadline=None)
@given(texts=STORIES, data=st.data())
def test_a_passage_is_of_its_paragraph_fits_and_holds_nothing_shown(
    scorer_of: MakeScorer, texts: list[str], data: st.DataObject
) -> None:
    scorer, story = scorer_of("云岭制衣厂少缴多少税款"), pieces(texts, LONGEST_PASSAGE)
    before = data.draw(st.sets(st.integers(0, len(story) - 1)))
    paragraph = data.draw(st.integers(0, len(texts) - 1))
    start, end = passage(scorer, story, range(paragraph, paragraph + 1), before)
    assert not before & set(range(start, end))
    if start < end:
        assert paragraph in {piece.paragraph for piece in story[start:end]}
        assert sum(len(piece.text) for piece in story[start:end]) <= LONGEST_PASSAGE
    found = sentence(scorer, story[start:end])
    assert len(found) <= LONGEST_SENTENCE
    assert found in text_of(story[start:end])
