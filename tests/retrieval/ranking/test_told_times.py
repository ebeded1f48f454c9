"""What came of a time is told by no report of another; a rule holds until it is changed."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from corpus.reading.posts import CHINA
from retrieval.answering.answerer import Answerer
from tests.support.answering import OTHERS, corpus_of, post

NOW = datetime(2024, 11, 20, tzinfo=CHINA)
NEWS = [
    post(
        "fee",
        "云岭市前三季度摊位费收入增长",
        "今年前三季度，云岭市摊位费收入三百二十万元，同比增长5%。",
        day="2022-10-20",
    ),
    post(
        "rule",
        "云岭市摊位费起征点提高",
        "云岭市摊位费起征点由三千元提高到五千元。",
        day="2021-06-01",
    ),
    post(
        "holiday",
        "松溪市劳动节摊位销售额",
        "今年“五一”假期，松溪市夜市摊位销售额达八百万元。",
        day="2024-05-06",
    ),
]


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with corpus_of(tmp_path_factory.mktemp("times"), *NEWS, *OTHERS) as answerer:
        yield answerer


@pytest.mark.parametrize(
    ("question", "year"),
    [
        ("云岭市今年前三季度摊位费收入多少", 2024),
        ("云岭市去年前三季度摊位费收入多少", 2023),
        ("云岭市摊位费起征点今年涨了多少元", 2024),
        ("云岭市2023年前三季度摊位费收入多少", 2023),
    ],
)
def test_what_came_of_a_year_is_not_answered_of_another_and_the_year_is_said(
    answerer: Answerer, question: str, year: int
) -> None:
    answer = answerer.ask(question, now=NOW)
    assert (answer.answered, answer.untold_year) == (False, year)


@pytest.mark.parametrize(
    "question",
    [
        "云岭市前年前三季度摊位费收入多少",
        "云岭市2022年前三季度摊位费收入多少",
        "云岭市今年摊位费起征点多少元",
        "松溪市今年五一假期夜市摊位销售额多少",
    ],
)
def test_its_own_year_and_a_rule_of_an_earlier_one_answer(
    answerer: Answerer, question: str
) -> None:
    assert answerer.ask(question, now=NOW).answered


@pytest.mark.parametrize(
    "question",
    [
        "松溪市今年国庆假期夜市摊位销售额多少",
        "云岭市2022年上半年摊位费收入多少",
        "云岭市2022年第一季度摊位费收入多少",
        "云岭市2022年三季度摊位费收入多少",
    ],
)
def test_what_came_of_one_part_of_a_year_does_not_tell_of_another(
    answerer: Answerer, question: str
) -> None:
    assert not answerer.ask(question, now=NOW).answered
