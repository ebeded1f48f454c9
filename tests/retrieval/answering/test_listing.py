"""Questions for the posts of a time."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from corpus.reading.posts import CHINA
from corpus.store.values import Filters
from retrieval.answering.answerer import Answerer
from retrieval.answering.dialogue import reply
from tests.support.answering import OTHERS, corpus_of, post

NOW = datetime(2026, 11, 28, 9, tzinfo=CHINA)
POSTS = [
    post("f1", "无锡查处虚开发票案", "无锡市查处虚开发票团伙，涉案三百万元。", day="2026-10-05"),
    post("f2", "晋江查处虚开发票案", "晋江市查处虚开发票窝点，涉案五百万元。", day="2026-10-20"),
    post("f3", "常德查处虚开发票案", "常德市查处虚开发票案，涉案七百万元。", day="2026-08-20"),
    post("r1", "玉林推出退税专窗", "玉林市办税厅推出留抵退税专窗。", day="2026-11-27"),
    post(
        "g1",
        "国家税务总局关于茶叶包装发票事项的公告",
        "现就茶叶包装发票有关事项公告如下：一、按季开具。",
        day="2026-07-20",
    ),
    post(
        "g2",
        "关于《国家税务总局关于竹编出口退税事项的公告》的解读",
        "为便于执行，现解读如下：竹编出口退税按月申报。",
        day="2026-07-10",
    ),
    *OTHERS,
]


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with corpus_of(Path(tmp_path_factory.mktemp("listing")), *POSTS) as answerer:
        yield answerer


@pytest.mark.parametrize(
    ("question", "posts"),
    [
        ("上个月曝光的虚开发票案件", ["f2", "f1"]),
        ("2026年8月公布的虚开发票案有哪些", ["f3"]),
        ("昨天有什么税务新闻", ["r1"]),
        ("最近有什么新闻", ["r1", "f2", "f1", "f3"]),
        ("２０２６年８月２０日公布的虚开案件", ["f3"]),
        ("最近有什么新政策", ["g1", "g2"]),
        ("最近出台了哪些税收文件", ["g1", "g2"]),
        ("最近竹编退税有新规定吗", ["g2"]),
    ],
)
def test_the_posts_of_a_time_are_listed_newest_first(
    answerer: Answerer, question: str, posts: list[str]
) -> None:
    answer = reply(answerer, question, None, limit=4, now=NOW)
    assert [passage.post for passage in answer.passages] == posts
    assert answer.is_list
    assert answer.answered


def test_how_many_there_were_in_a_time_may_be_told_by_a_later_post(tmp_path: Path) -> None:
    early = post("early", "曝光骗税案", "税务部门曝光骗取退税案件，追回退税款。", day="2025-05-01")
    late = post("late", "一年治税", "2025年，税务部门共曝光骗取退税案件86起。", day="2026-01-20")
    with corpus_of(tmp_path, early, late, *OTHERS) as answerer:
        answer = reply(answerer, "2025年曝光了多少起骗取退税的案件", None, now=NOW)
    assert (answer.passages[0].post, answer.is_list) == ("late", False)


def test_what_a_post_of_a_time_tells_is_answered_from_the_posts_of_that_time(
    answerer: Answerer,
) -> None:
    answer = reply(answerer, "2026年8月公布的虚开发票案涉案多少钱", None, now=NOW)
    assert {passage.post for passage in answer.passages} == {"f3"}
    assert not answer.is_list


def test_where_nothing_was_published_the_nearest_post_is_named(answerer: Answerer) -> None:
    answer = reply(answerer, "今天有什么新闻", None, now=NOW)
    assert not answer.answered
    assert (
        answer.reply
        == "这段时间没有这样的报道。最近的一篇是 2026年11月27日的《玉林推出退税专窗》。"
    )
    assert answer.near[0].post == "r1"


def test_filters_narrow_a_list_too(answerer: Answerer) -> None:
    filters = Filters(until=datetime(2026, 10, 10).date())
    answer = reply(answerer, "上个月曝光的虚开发票案件", None, filters=filters, now=NOW)
    assert [passage.post for passage in answer.passages] == ["f1"]
