"""Saved queries wait for posts: what a post is about, and what it merely has in it."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus.reading.posts import Post
from corpus.store.store import Store
from retrieval.answering.answer import Passage
from retrieval.news.boilerplate import common_clauses, without_boilerplate
from retrieval.ranking.normalised_stories import NormalisedStory
from tests.conftest import Run
from tests.support import saved_queries
from tests.support.saved_queries import matching

CITIES = "石家庄 太原 沈阳 长春 南京 杭州 合肥 福州 南昌 济南".split()
CLOSING = (
    "下一步将充分发挥多部门联合打击机制作用，聚焦团伙式、跨区域、虚开发票骗取退税等违法犯罪行为，"
    "以零容忍的态度坚决予以打击，营造公平的税收环境。"
)


def post(number: int, title: str, *texts: str) -> Post:
    return saved_queries.post(f"{number:04}", title, *texts)


POSTS = [
    *(
        post(
            number,
            f"{city}税务部门查处一起隐匿收入案件",
            f"近期，{city}市税务局稽查局查处了{city}第{number}建材公司。该公司隐匿收入{number}87万元。",
            f"{city}市税务局稽查局有关负责人表示，{CLOSING}",
        )
        for number, city in enumerate(CITIES)
    ),
    post(20, "警税联合打掉虚开发票团伙", "武汉警方抓获七人。该团伙跨区域虚开发票，团伙头目在逃。"),
    post(
        21,
        "茶叶节开幕",
        *(f"第{n}个展台摆出新茶，茶农说今年雨水好，价钱比去年高一成。" for n in range(12)),
        "有专家顺便提到，某地曾打掉虚开发票的团伙。",
        *(f"第{n}位茶客买了三斤，说明年还来。" for n in range(12)),
    ),
    post(22, "宁波一工厂低价卖厂房 偷税被罚", "宁波市税务局第一稽查局查处了这家偷税的服装厂。"),
    post(23, "消费者举报饭店偷逃税款", "一位消费者举报，饭店偷逃税款，饭店被罚。"),
]


Matched = Callable[[str], dict[str, Passage]]


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matched]:
    """A query → the posts that it is told of, by their ids, and the passages."""
    db = tmp_path_factory.mktemp("saved_queries") / "taxnews.db"
    with matching(POSTS, db) as matches:
        yield lambda query: {match.passage.post: match.passage for match in matches(query)}


def test_a_formula_that_many_announcements_end_in_is_no_news(
    matched: Matched,
) -> None:
    assert matched("虚开发票 团伙").keys() == {"0020"}
    assert matched("隐匿收入 建材公司").keys() == {f"{n:04}" for n in range(10)}


def test_the_passage_shown_is_no_formula(matched: Matched) -> None:
    for passage in matched("隐匿收入 建材公司").values():
        assert "打击" not in passage.text


def test_what_a_long_post_mentions_once_and_late_is_not_what_it_is_about(
    matched: Matched,
) -> None:
    assert "0021" not in matched("虚开发票 团伙")
    assert matched("展台 新茶").keys() == {"0021"}


def test_a_post_is_found_by_the_province_of_its_city(matched: Matched) -> None:
    assert matched("浙江 偷税").keys() == {"0022"}
    assert matched("江西 偷税").keys() == set()


def test_half_of_a_word_is_not_the_word(matched: Matched) -> None:
    assert matched("消费税 偷逃").keys() == set()
    assert matched("消费者 偷逃").keys() == {"0023"}


def test_clauses_are_common_when_several_posts_say_them_and_copies_count_once() -> None:
    told = [
        NormalisedStory("", ((f"{trade}公司被查,", "税务局将继续依法打击。"),))
        for trade in "建材 服装 食品 物流 家具 茶叶".split()
    ]
    assert common_clauses(told) == {"税务局将继续依法打击"}
    assert common_clauses(told[:5]) == frozenset()
    assert common_clauses([told[0]] * 20) == frozenset()
    assert (
        common_clauses([])
        == common_clauses([NormalisedStory("", ()), NormalisedStory("", (("。",),))])
        == frozenset()
    )


def test_a_clause_that_differs_in_place_and_figure_only_is_the_same_formula() -> None:
    told = [
        NormalisedStory("", ((f"为确保退税政策在{city}市落好,查补{n}7万元。",),))
        for n, city in enumerate(CITIES)
    ]
    common = common_clauses(told)
    assert common == {"为确保退税政策在落好", "查补#万元"}
    other = NormalisedStory("", (("为确保退税政策在昆明市落好,查补88.5万元。", "昆明市有新店。"),))
    assert without_boilerplate(other, common).paragraphs == (("", "昆明市有新店。"),)


def test_a_sentence_that_is_mostly_formula_leaves_its_place_empty() -> None:
    common = frozenset({"下一步将发挥联合打击机制作用", "以零容忍的态度坚决打击"})
    news = "经查,该公司少缴税款三百万元,以零容忍的态度坚决打击。"
    closing = "负责人表示,下一步将发挥联合打击机制作用,以零容忍的态度坚决打击。"
    post = NormalisedStory("标题", ((news, closing), ("",), ("好。",)))
    assert without_boilerplate(post, common) == NormalisedStory(
        "标题", ((news, ""), ("",), ("好。",))
    )


def test_watches_are_judged_over_posts_of_a_database_by_their_ids(
    taxnews: Run, sample_db: Path, tmp_path: Path
) -> None:
    with Store.open(sample_db) as store:
        ids = [story.post.id for story in store.all_stories()][:5]
    rows: list[dict[str, object]] = [{"watch": 1, "query": "留抵退税 骗取"}]
    rows += [{"post": id_, "answers": [1] if id_ == ids[0] else []} for id_ in ids]
    file = tmp_path / "judged.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = taxnews("evaluate", "--watches", file, "--db", sample_db, "--json")
    assert json.loads(done.stdout)["taxnews"]["posts"] == 5
    rows.append({"post": "nowhere", "answers": []})
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = taxnews("evaluate", "--watches", file, "--db", sample_db)
    assert done.returncode == 2
    assert f"1 of its posts are not in {sample_db}" in done.stderr
    rows[-1] = {"post": "mixed", "title": "题", "text": "文", "answers": []}
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert "give all posts their text, or none" in taxnews("evaluate", "--watches", file).stderr
