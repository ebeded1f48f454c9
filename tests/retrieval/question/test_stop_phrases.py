"""What a question is wrapped in says nothing of what it asks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.engine.opening import opened_answerer
from retrieval.question.expected_type import answer_type_of
from retrieval.question.question import subject_of
from retrieval.question.stop_phrases import without_asides, without_stop_phrases
from retrieval.text import analyzer


@pytest.mark.parametrize(
    ("asked", "bare"),
    [
        ("老师好，小白求问：云岭制衣厂补了多少税？", "云岭制衣厂补了多少税?"),
        ("急急急！！！云岭制衣厂补了多少税，在线等挺急的", "云岭制衣厂补了多少税,"),
        ("云岭制衣厂补了多少税？好像是去年的新闻，忘了在哪看到的🙏", "云岭制衣厂补了多少税?"),
        ("想咨询个事儿，听说云岭制衣厂被查了", "云岭制衣厂被查了"),
        ("群里有没有人晓得云岭制衣厂补了多少税", "云岭制衣厂补了多少税"),
        ("请问各位大神，專家怎麼說骗税？感激不尽", "专家怎么说骗税?"),
        # What asks or names is kept, whatever stands beside it.
        ("云岭制衣厂的老板，是谁", "云岭制衣厂的老板,是谁"),
        ("薇娅，谁啊？", "薇娅,谁啊?"),
        ("税务咨询公司被罚，看到原文了吗", "税务咨询公司被罚,"),
        ("谁举报了云岭制衣厂", "谁举报了云岭制衣厂"),
        # Nothing else in it: as it is.
        ("老师好，在线等", "老师好,在线等"),
        ("", ""),
        ("％😀《》", "%😀《》"),
    ],
)
def test_a_clause_of_stop_phrases_is_left_out(asked: str, bare: str) -> None:
    assert without_stop_phrases(analyzer.normalise(asked)) == bare


def test_neither_the_subject_nor_the_answer_type_of_a_question_is_a_stop_phrase() -> None:
    normal = analyzer.normalise("哪位大神给说说呗，云岭制衣厂补了多少税，忘了在哪看到的")
    assert subject_of(normal) == "云岭制衣厂补了 税"
    kind = answer_type_of(normal)
    assert kind is not None
    assert kind.name == "amount"


@pytest.mark.parametrize(
    ("asked", "bare"),
    [
        ("老板今天又发火了，云岭制衣厂补了多少税，比心", "云岭制衣厂补了多少税,"),
        ("做手账用的，开票费怎么收", "开票费怎么收"),
        ("三只羊补税，后来呢", None),  # it names something
        ("房东不给开发票，能去哪里代开", None),
        ("今晚吃什么好，烦死了", None),  # nothing of taxation in it
        ("云岭制衣厂补了多少税", None),
        ("", None),
    ],
)
def test_an_aside_neither_asks_nor_names_anything(asked: str, bare: str | None) -> None:
    assert without_asides(analyzer.normalise(asked), ["开票费", "老王"]) == bare


@given(st.text(st.sampled_from("老师好急求问税票厂谁吗，。！？ \n🙏a1"), max_size=40))
def test_what_is_left_of_a_question_stood_in_it_and_is_never_nothing(text: str) -> None:
    normal = analyzer.normalise(text)
    bare = without_stop_phrases(normal)
    assert (bare == normal) or any(c.isalnum() for c in bare)
    rest = iter(normal)
    assert all(c in rest for c in bare)  # a subsequence
    shorter = without_asides(normal, ())
    assert shorter is None or 0 < len(shorter) < len(normal)


def test_a_question_refused_for_its_asides_is_asked_again_without(sample_db: Path) -> None:
    with opened_answerer(sample_db) as answerer:
        plain = answerer.ask("献县四通加油站偷税多少")
        asked = "隔壁邻居昨儿念叨半宿，献县四通加油站偷税多少，冰箱还没关呢"
        wrapped = answerer.ask(asked)
        assert plain.answered
        assert wrapped.question == asked
        assert wrapped.passages[0].text == plain.passages[0].text
        assert not answerer.ask("隔壁邻居昨儿念叨半宿，冰箱还没关呢").answered


@pytest.mark.parametrize(
    "typed", ["说白了房产税税率来着", "房产税税率到底是啥", "听同事说房产税税率变成啥了"]
)
def test_phrases_of_talk_are_no_part_of_the_subject(typed: str) -> None:
    assert subject_of(typed) == "房产税税率"
