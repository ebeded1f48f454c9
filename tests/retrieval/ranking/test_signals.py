"""What speaks for and against a story as the answer of a question."""

from collections.abc import Iterator
from dataclasses import fields, replace
from math import log
from pathlib import Path

import pytest

from corpus.reading.post_types import PostType
from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.engine.opening import opened_answerer
from retrieval.ranking.confidence import SIGNALS
from retrieval.ranking.excerpts import Excerpts
from retrieval.ranking.normalised_stories import StoryForms
from retrieval.ranking.signals import Signals, lead_of, scoring_concepts, signals_of

RULE = (
    "水资源税征收办法",
    "取用地下水的单位按月申报水资源税。经批准，困难单位可以缓缴，期限最长为三个月。",
)
CASE = (
    "杭州市税务局查处雾松茶楼偷税案件",
    "经查，杭州雾松茶楼隐匿收入。茶楼负责人何晚舟用儿子的银行卡收款。茶楼开在西湖边。"
    "税务部门追缴税款，并处罚款，共计41.6万元。",
)
FERRY = (
    "青石渡船管理办法",
    "第一条 渡船过闸要登记，由船工报上船名。",
    "第二条 渡船停航不得超过三个月。",
)
TONIGHT = ("夜读今晚开播", "夜读今晚开播，讲的是水稻。")
CUT = ("云岭山货税减收", "云岭的山货税今年减收三成，占比下降5%。")
SINGER = ("蔻珂偷税案通报", "蔻珂隐匿收入，被追缴税款。")
TOWNS = ("柳塘", "青禾", "石鼓", "霞浦", "云岭", "望江")


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    db = Path(tmp_path_factory.mktemp("signals"), "news.db")
    fairs = [(f"{town}镇举办税法宣传活动", f"{town}镇的干部走进集市宣传税法。") for town in TOWNS]
    posts = [
        Post(str(n), title, None, None, (), None, None, tuple(Paragraph(None, t) for t in texts))
        for n, (title, *texts) in enumerate([RULE, CASE, FERRY, *fairs, TONIGHT, CUT, SINGER])
    ]
    with Store.open(db, create=True) as store, store.transaction():
        store.write([Reading(post.id, post.id, post) for post in posts])
    with opened_answerer(db) as answerer:
        yield answerer


def signals(answerer: Answerer, question: str) -> Signals:
    asked = answerer.read(question)
    found = answerer.signals(asked, answerer.rank(asked))
    assert found is not None
    return found


def test_each_signal_has_a_line_in_explain() -> None:
    assert [field.name for field in fields(Signals)] == list(SIGNALS)


def test_a_sentence_that_holds_what_is_asked_for_answers_better_than_one_that_only_names_it(
    answerer: Answerer,
) -> None:
    told = signals(answerer, "水资源税缓缴最长多久").sentence
    named = signals(answerer, "水资源税缓缴多少钱").sentence
    assert 0 < named < told <= 1


def test_a_passage_of_an_article_lacks_what_only_another_article_tells(answerer: Answerer) -> None:
    assert signals(answerer, "渡船过闸要登记多久").lacks_type == 1
    assert signals(answerer, "渡船停航多久").lacks_type == 0


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("水资源税缓缴期限", 0),
        ("水资源税的锅炉房", 1),
        ("水资源税的困难锅炉", 1 / 2),  # of 困难锅炉 the article says 困难
        ("怎么开播", 0),  # it names nothing
    ],
)
def test_the_last_thing_that_is_named_is_missing_as_far_as_it_is_not_said(
    answerer: Answerer, question: str, missing: float
) -> None:
    assert signals(answerer, question).missing_thing == missing


def test_a_story_that_tells_no_amount_lacks_it(answerer: Answerer) -> None:
    assert signals(answerer, "雾松茶楼罚款多少钱").lacks_type == 0
    assert signals(answerer, "水资源税的税率是多少钱").lacks_type == 1


def test_a_passage_with_another_share_than_the_rate_lacks_some_of_it(answerer: Answerer) -> None:
    assert 0 < signals(answerer, "山货税的税率是多少").lacks_type < 1
    assert signals(answerer, "山货税的征收比例是多少").lacks_type == 0


def test_a_name_alone_that_no_dictionary_has_is_something_to_look_for(answerer: Answerer) -> None:
    assert not answerer.read("蔻珂").words
    assert signals(answerer, "蔻珂").missing_words == 0


def test_the_longer_a_question_about_taxes_the_more_its_coverage_says(answerer: Answerer) -> None:
    short, long = "税法宣传活动的干部", "税法宣传活动的干部走进柳塘镇的集市"
    for question in (short, long):
        concepts = scoring_concepts(answerer.read(question))
        assert signals(answerer, question).length == log(1 + len(concepts))
    assert signals(answerer, short).length < signals(answerer, long).length


def test_a_question_about_nothing_of_taxation_is_as_long_as_four_concepts_at_most(
    answerer: Answerer,
) -> None:
    told = "我在集市买的花总是蔫，干部走进来也没看出什么，登记三个月还能不能退"
    assert len(scoring_concepts(answerer.read(told))) > 4
    assert signals(answerer, told).length == log(5)
    assert signals(answerer, "集市的花").length == log(2)
    of_title = "我种了两年水稻，也没看出什么，夜读节目几点播"
    count = len(scoring_concepts(answerer.read(of_title)))
    assert count > 4
    assert signals(answerer, of_title).length == log(1 + count)


def test_a_short_question_about_taxes_is_as_long_as_four_concepts(answerer: Answerer) -> None:
    assert len(scoring_concepts(answerer.read("税法怎么宣传"))) < 4
    assert signals(answerer, "税法怎么宣传").length == log(5)


def test_a_question_of_nothing_but_a_time_asks_for_nothing_told(answerer: Answerer) -> None:
    asked = signals(answerer, "今晚吃什么好")
    assert (asked.coverage, asked.missing_words, asked.length) == (1, 1, log(2))


def test_a_question_of_nothing_but_the_title_is_as_long_as_four_concepts(
    answerer: Answerer,
) -> None:
    assert signals(answerer, "集市是什么意思").length < log(5)
    assert signals(answerer, "宣传活动是什么意思").length == log(5)


def test_a_story_leads_where_the_next_ones_say_less(answerer: Answerer) -> None:
    alone = lead_of(answerer.hits("雾松茶楼偷税罚款"))
    one_of_many = lead_of(answerer.hits("干部走进集市宣传税法"))
    assert 0.49 <= one_of_many < 0.6 < alone <= 1


def test_a_lead_over_no_story_is_a_usual_one(answerer: Answerer) -> None:
    hits = answerer.hits("雾松茶楼偷税罚款")
    assert lead_of(hits[:1]) == lead_of([]) == 0.6


def test_where_somebody_is_says_nothing_against_a_rule(answerer: Answerer) -> None:
    assert signals(answerer, "我在长沙，取用地下水的单位怎么申报水资源税").unknown_entity == 0
    assert signals(answerer, "长沙取用地下水的单位怎么申报水资源税").unknown_entity > 0.9
    assert signals(answerer, "范冰冰取用地下水怎么申报水资源税").unknown_entity > 0.9


@pytest.mark.parametrize(
    ("question", "missing_words"),
    [
        ("雾松茶楼罚款多少钱", 0),
        ("雾松茶楼的锅炉多少钱", 1 / 2),
        ("我家锅炉坏了，雾松茶楼罚款多少钱", 0),  # the boiler is not what is asked about
        ("雾松茶楼罚款今年还要交吗", 0),  # when, and verbs that help another
        ("雾松茶楼的利息多少钱", 1 / 2),
        ("雾松茶楼罚款金额", 0),  # an amount is told without the word
        ("雾松茶楼2031年罚款多少钱", 0),  # another signal's
    ],
)
def test_what_is_asked_for_is_untold_where_the_paragraphs_around_lack_it(
    answerer: Answerer, question: str, missing_words: float
) -> None:
    asked = answerer.read(question)
    hits = [hit for hit in answerer.rank(asked) if hit.story.post.id == "1"]
    found = answerer.signals(asked, hits)
    assert found is not None
    assert found.missing_words == missing_words


def test_of_a_word_that_is_told_otherwise_a_part_is_said(answerer: Answerer) -> None:
    def missing(question: str) -> float:
        asked = answerer.read(question)
        hits = [hit for hit in answerer.rank(asked) if hit.story.post.id == "1"]
        found = answerer.signals(asked, hits)
        assert found is not None
        return found.missing_characters

    assert missing("雾松茶楼罚款了吗") == 0
    assert 0 < missing("雾松茶楼儿媳罚款了吗") < missing("雾松茶楼蜂蜜罚款了吗") < 1
    # Whom else it is told of is not asked for.
    assert missing("我卖蜂蜜,雾松茶楼罚款了吗") == 0


def test_the_more_of_a_title_is_asked_for_the_more_the_story_is_about_it(
    answerer: Answerer,
) -> None:
    asked = [
        signals(answerer, q).titled for q in ("收款的茶楼", "雾松茶楼收款", "杭州雾松茶楼偷税")
    ]
    assert asked == sorted(set(asked))
    assert signals(answerer, "浙江省杭州市税务局查处雾松茶楼偷税案件").titled == 1


def test_news_are_less_likely_to_tell_a_rule_least_of_all_how_something_is_done(
    answerer: Answerer,
) -> None:
    def news(question: str, type_: PostType) -> float:
        asked = answerer.read(question)
        hit = next(iter(answerer.rank(asked)))
        story = replace(hit.story, type=type_)
        return signals_of(Excerpts(asked, story, StoryForms(story)), 0, 0.6, answerer.index).news

    how, other, of_case = "水资源税怎么申报", "水资源税怎么开征的", "范冰冰怎么少缴税"
    types: tuple[PostType, ...] = ("case", "flash", "report")
    rules: tuple[PostType, ...] = ("statute", "notice", "interpretation")
    for type_ in types:
        assert [news(question, type_) for question in (how, other, of_case)] == [1, 1 / 3, 0]
    for type_ in rules:
        assert [news(question, type_) for question in (how, other, of_case)] == [0, 0, 0]


def test_little_is_no_answer_however_much_of_it_is_found(answerer: Answerer) -> None:
    assert not answerer.ask("集市几点关门").answered
    assert not answerer.ask("银行卡丢了怎么办").answered
