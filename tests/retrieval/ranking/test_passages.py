"""A story and a question → the passage and the sentence."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index_sync import open_index
from retrieval.question.question import read
from retrieval.ranking.passages import passage
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE, pieces, text_of
from retrieval.ranking.sentence_scorer import SentenceScorer
from retrieval.ranking.sentences import sentence
from retrieval.text import analyzer
from retrieval.text.synonyms import Synonyms
from tests.support.answering import FACTORY, OTHERS, corpus_of

Make = Callable[..., SentenceScorer]


@pytest.fixture(scope="module")
def scorer_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Makes the scorer of a question, for a reader of a title, over a corpus of a few posts."""
    folder = tmp_path_factory.mktemp("scorer")
    with corpus_of(folder, FACTORY, *OTHERS), open_index(folder / "a.db", read_only=True) as index:

        def make(asked: str, title: str = "") -> SentenceScorer:
            normal = analyzer.normalise(asked)
            return SentenceScorer(
                read(asked, normal, index, Synonyms(""), today=date(2025, 5, 6)),
                analyzer.normalise(title),
            )

        yield make


def shown(scorer: SentenceScorer, texts: list[str], paragraph: int) -> str:
    story = pieces(texts, LONGEST_PASSAGE)
    start, end = passage(scorer, story, range(paragraph, paragraph + 1))
    return "".join(piece.text for piece in story[start:end])


TITLE = "云岭制衣厂隐匿收入被查"
OPENING = "近日，税务部门依法查处云岭制衣厂隐匿收入案件。"
AMOUNT = "经查，该厂少缴税款三十万元。"
MEANS = "该厂通过亲属账户收取货款。"


def test_the_sentence_holds_the_kind_of_thing_asked_for_and_not_the_title_again(
    scorer_of: Make,
) -> None:
    far = "此前，该厂经营多年，客户遍布周边县市，从未引起注意，直到一份比对报告送到检查人员手里。"
    story = pieces([OPENING + far * 2 + AMOUNT], LONGEST_PASSAGE)
    found = sentence(scorer_of("云岭制衣厂少缴多少税款", TITLE), story)
    assert AMOUNT in found
    assert OPENING not in found


def test_a_sentence_leans_on_the_one_before_it(scorer_of: Make) -> None:
    named = "近日，国家税务总局云岭市税务局第一稽查局根据相关部门移交的线索，依法查处了"
    named += "云岭制衣厂案件。"
    told = "经查，2021年至2023年期间，该厂通过亲属账户收取货款、现金结算不入账、篡改门店软件的数据"
    told += "等方式少列了收入，并进行虚假纳税申报，少缴增值税、企业所得税等税款。"
    story = pieces([named + told], LONGEST_PASSAGE)
    assert sentence(scorer_of("云岭制衣厂案件 收入怎么藏的"), story) == told


def test_a_sum_belongs_to_the_clause_before_it(scorer_of: Make) -> None:
    scorer = scorer_of("云岭制衣厂被罚款多少")
    apart, together = "对其并处罚款,共计50万元。", "对其并处罚款共计50万元。"
    assert scorer.match(apart) == scorer.match(together)


def test_two_sentences_may_stand_on_both_sides_of_a_paragraph_s_end(scorer_of: Make) -> None:
    story = pieces(["云岭制衣厂被查。", AMOUNT], LONGEST_PASSAGE)
    found = sentence(scorer_of("云岭制衣厂少缴多少税款"), story)
    assert found == f"云岭制衣厂被查。\n{AMOUNT}"


def test_a_passage_grows_over_the_paragraphs_around_it(scorer_of: Make) -> None:
    texts = [OPENING, AMOUNT, MEANS]
    assert shown(scorer_of("云岭制衣厂少缴多少税款", TITLE), texts, 1) == "".join(texts)


def test_a_sentence_shown_before_is_not_shown_again(scorer_of: Make) -> None:
    scorer, story = scorer_of("云岭制衣厂少缴多少税款"), pieces([OPENING, AMOUNT], LONGEST_PASSAGE)
    assert passage(scorer, story, range(1, 2), {0}) == (1, 2)
    assert passage(scorer, story, range(1, 2), {1}) == (0, 0)
    assert passage(scorer, story, range(1, 2), {0, 1}) == (0, 0)


def test_a_sentence_too_long_to_show_is_cut_after_its_commas(scorer_of: Make) -> None:
    long = "检查人员逐一核对了往来账目，" * 40 + "确认少缴税款三十万元。"
    found = sentence(scorer_of("少缴多少税款"), pieces([long], LONGEST_PASSAGE))
    assert "少缴税款三十万元。" in found
    assert len(found) <= LONGEST_SENTENCE
    text = shown(scorer_of("少缴多少税款"), [long], 0)
    assert "少缴税款三十万元。" in text
    assert text.startswith("检查人员")


def test_what_no_comma_divides_is_cut_between_words() -> None:
    listed = "、".join(["云岭制衣厂的税务登记证件"] * 40)
    unbroken = "税务机关" * 60
    for text, ends in ((listed, "、"), (unbroken, "关")):
        found = [piece.text for piece in pieces([text], LONGEST_SENTENCE)]
        assert "".join(found) == text
        assert all(part.endswith(ends) for part in found[:-1])
        assert all(len(part) > LONGEST_SENTENCE // 2 for part in found[:-1])


def test_a_passage_ends_before_what_heads_the_rest_of_its_story(scorer_of: Make) -> None:
    asked = "问：云岭制衣厂少缴了多少税款？"
    texts = [asked, "答：", AMOUNT, "问：该厂认不认罚？", "答：", "认" * LONGEST_PASSAGE]
    assert shown(scorer_of("云岭制衣厂少缴多少税款"), texts, 2) == "".join(texts[:3])


STORIES = st.lists(
    st.text(
        st.sampled_from('云岭制衣厂少缴税款三十万元，。；！"”20%《》😀𠮷 '),
        min_size=1,
        max_size=600,
    ),
    min_size=1,
    max_size=5,
)


@given(texts=STORIES, longest=st.sampled_from([LONGEST_SENTENCE, LONGEST_PASSAGE]))
def test_pieces_cover_a_story_and_none_is_too_long(texts: list[str], longest: int) -> None:
    found = pieces(texts, longest)
    for paragraph, text in enumerate(texts):
        assert "".join(p.text for p in found if p.paragraph == paragraph) == text
    assert all(0 < len(piece.text) <= longest for piece in found)
    assert [p.normal for p in found] == [analyzer.normalise(p.text) for p in found]
    assert [p.sentence for p in found] == sorted(p.sentence for p in found)


@settings(deadline=None)
@given(texts=STORIES, data=st.data())
def test_a_passage_is_of_its_paragraph_fits_and_holds_nothing_shown(
    scorer_of: Make, texts: list[str], data: st.DataObject
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


def said(scorer: SentenceScorer, *texts: str) -> str:
    return sentence(scorer, pieces(list(texts), LONGEST_PASSAGE))


def test_the_figure_of_the_deed_asked_for_leads(scorer_of: Make) -> None:
    evaded = "云岭制衣厂隐匿收入，偷税三十万元。"
    fined = "对云岭制衣厂偷税作出追缴税款、加收滞纳金并处罚款共计五十八万元的处罚决定。"
    between = "该厂起初不承认，称账簿在搬迁时遗失，经检查人员多次约谈才如实说明情况。" * 2
    assert evaded in said(scorer_of("云岭制衣厂偷税多少"), evaded, between, fined)
    assert fined in said(scorer_of("云岭制衣厂被罚多少"), evaded, between, fined)


def test_a_long_sentence_is_not_cut_before_the_figure(scorer_of: Make) -> None:
    grounds = "综合考虑上述情况，依据有关法律法规和裁量基准的规定，" * 4
    found = said(
        scorer_of("云岭制衣厂被罚多少"), f"{grounds}对云岭制衣厂并处罚款，共计五十八万元。"
    )
    assert found.endswith("共计五十八万元。")


def test_a_sentence_goes_on_after_a_semicolon(scorer_of: Make) -> None:
    text = "云岭制衣厂少缴税款的，处一倍罚款；主动补缴的，从轻处罚。"
    assert said(scorer_of("云岭制衣厂少缴税款罚几倍"), text) == text


def test_the_end_of_a_sentence_does_not_lead_to_the_next_without_its_beginning(
    scorer_of: Make,
) -> None:
    long = "跨区域携带空白账簿的，" + "由所在地的主管机关责令限期改正并处一万元以下的罚款；" * 5
    lost = "云岭制衣厂丢失账簿的，依照前款规定处罚。"
    found = said(scorer_of("云岭制衣厂丢失账簿怎么处罚"), long + "有违法所得的予以没收。", lost)
    assert found == lost


def test_the_formula_that_all_is_paid_is_no_answer(scorer_of: Make) -> None:
    fine = "对云岭制衣厂并处罚款共计五十八万元。"
    paid = "目前，云岭制衣厂的税款、罚款均已追缴入库。"
    assert said(scorer_of("云岭制衣厂罚款多少"), fine, paid) == fine


def test_the_range_of_the_case_answers(scorer_of: Make) -> None:
    short_time = "工作满一年不足四年的，每月发三百元；"
    long_time = "工作满四年不足九年的，每月发五百元；"
    longest = "工作满九年的，每月发七百元，全部由单位负担。"
    found = said(scorer_of("工作了六年，每月发多少元"), short_time, long_time, longest)
    assert long_time.rstrip("；") in found


def test_an_item_is_the_rest_of_the_clause_that_heads_its_list(scorer_of: Make) -> None:
    head = "第六条 有下列情形之一的，免征摊位税："
    items = ["（一）学校使用的摊位；", "（二）夫妻之间变更摊位；", "（三）庙会使用的摊位。"]
    after = "根据本县夫妻摊位和摊位税征管的需要，县政府可以规定免征摊位税。"
    found = said(scorer_of("夫妻之间变更摊位收摊位税不"), head, *items, after)
    assert items[1].rstrip("；") in found
    assert after not in found


def test_of_items_that_say_as_much_the_first_answers_and_not_the_longest(scorer_of: Make) -> None:
    head = "第三条 摊位税税率："
    first = "（一）露天摊位，税率为百分之三；"
    longer = f"（二）{'带顶棚、水电和库房的' * 9}摊位，税率为百分之五；"
    found = said(scorer_of("摊位税税率多少"), head, first, longer)
    assert "百分之三" in found
    assert "百分之五" not in found


def test_an_item_of_a_list_leans_on_what_heads_it(scorer_of: Make) -> None:
    head = "有下列情形之一的，可以申请退还云岭制衣厂的押金："
    items = ["（一）停工满一年的；", "（二）设备被盗的；", "（三）依法注销的。"]
    found = said(scorer_of("云岭制衣厂的设备被盗，能退押金吗"), head, *items)
    assert "设备被盗" in found


def test_the_head_of_a_list_leads_that_holds_what_is_asked_for(scorer_of: Make) -> None:
    head = "摊主有下列行为之一的，由市场管理办公室责令限期改正，并可以处三百元以下的罚款："
    items = ["（一）占用通道的；", "（二）未按时打扫摊位的；", "（三）拒不退场的。"]
    story = pieces([head, *items], LONGEST_PASSAGE)
    scorer = scorer_of("未按时打扫摊位罚多少钱")
    assert sentence(scorer, story) == "\n".join([head, *items[:2]]).rstrip("；")
    long = head.replace("责令", "在查明事实、听取申辩、告知其权利以后，依照本办法规定的程序，责令")
    items[0] = (
        "（一）占用、堵塞、损坏通道和公用设施，或者在通道内堆放货物、停放车辆，影响其他摊主的；"
    )
    assert sentence(scorer, pieces([long, *items], LONGEST_PASSAGE)) == long.rstrip("：")


def test_a_question_for_an_end_is_answered_by_an_end(scorer_of: Make) -> None:
    published = "2023年8月28日，云岭制衣厂的免税政策公布。"
    end = "免税执行到2027年底。"
    assert end in said(scorer_of("云岭制衣厂免税到哪年"), published, end)


def test_what_is_ruled_of_the_deed_answers(scorer_of: Make) -> None:
    ruled = "云岭制衣厂可以向税务机关申请退还；"
    other = "已办理退税的，云岭制衣厂应当重新计算税款。"
    assert ruled.rstrip("；") in said(scorer_of("云岭制衣厂的税款能不能退"), other, ruled)


def test_the_sentence_before_names_who_is_only_pointed_to(scorer_of: Make) -> None:
    name = "检查人员查实了云岭制衣厂的账外收入。"
    assert said(scorer_of("收取货款用了谁的账户"), name + MEANS) == name + MEANS
