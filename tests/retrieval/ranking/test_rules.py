"""Statutes by article, and which rules hold where: small statutes of our own."""

from datetime import datetime
from pathlib import Path

import pytest

from corpus.reading.post_types import type_of
from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.store.store import Store
from corpus.store.values import Story
from retrieval.engine.opening import opened_answerer
from retrieval.ranking.articles import label, units
from retrieval.ranking.rules import applies, in_force
from tests.support.stores import put

LAW = (
    "（2024年1月1日青溪市人大常委会通过）",
    "第一章 总则",
    "第一条 为了保护水源，制定本条例。",
    "第十一条 取用地下水的单位，按照下列标准缴纳水源费：",
    "（一）农业灌溉，每立方米一角；",
    "（二）洗车场，每立方米四元；",
    "（三）其他，每立方米二元。",
    "第十二条 水源费由税务机关征收，逾期不缴的，按日加收万分之五的滞纳金。",
    "第二章 附则",
    "第十三条 本条例自2024年3月1日起施行。《青溪市水源费征收暂行规定》同时废止。",
)


def story(
    id_: str, title: str, texts: tuple[str, ...] = LAW, *, year: int = 2024,
    places: tuple[str, ...] = (),
) -> Story:  # fmt: skip
    published = datetime(year, 1, 1, tzinfo=CHINA)
    paragraphs = tuple(Paragraph(None, text) for text in texts)
    post = Post(id_, title, published, "lawnews", (), "青溪人大", None, paragraphs)
    return Story(post, tuple(range(len(texts))), places, type_of(post))


def test_an_article_with_its_items_is_one_unit_and_a_chapter_is_none_of_it() -> None:
    found = units(story("1", "青溪市水源条例"))
    assert [(unit.start, unit.stop) for unit in dict.fromkeys(found)] == [
        (0, 1), (1, 2), (2, 3), (3, 7), (7, 8), (8, 9), (9, 10),
    ]  # fmt: skip


def test_paragraphs_of_other_posts_are_units_each() -> None:
    report = story("1", "青溪市水源条例明年施行", ("条例明年施行。", "市民说好。"))
    assert units(report) == [range(0, 1), range(1, 2)]


def test_an_article_is_labelled_by_its_number() -> None:
    assert [label(text) for text in LAW[3:5]] == ["第十一条", None]


@pytest.mark.parametrize(
    ("question", "begins"),
    [
        ("洗车场用地下水水源费多少", "第十一条"),
        ("水源条例12条说了什么", "第十二条"),
        ("青溪水源条例第十二条", "第十二条"),
    ],
)
def test_a_passage_of_a_statute_is_one_article_from_its_beginning(
    tmp_path: Path, question: str, begins: str
) -> None:
    db = tmp_path / "law.db"
    with Store.open(db, create=True) as store:
        put(store, "a", story("1", "青溪市水源条例").post)
        put(store, "b", story("2", "春风行动启动", ("办税服务厅延长了时间。",)).post)
    with opened_answerer(db) as answerer:
        passage = answerer.ask(question).passages[0]
    assert passage.text.startswith(begins)
    assert passage.text.count("第十") == 1


def test_a_newer_version_takes_the_place_of_an_older_one() -> None:
    old, new = story("1", "青溪市水源条例", year=2015), story("2", "青溪市水源条例（2024修订）")
    assert in_force([old, new]) == [new]


def test_a_rule_that_a_newer_one_repeals_is_left_out() -> None:
    old, new = story("1", "青溪市水源费征收暂行规定", year=2010), story("2", "青溪市水源条例")
    other = story("3", "青溪市河道条例", LAW[:4], year=2010)
    assert in_force([old, new, other]) == [new, other]


def test_each_rule_of_a_list_that_is_repealed_is_left_out_and_none_that_is_only_cited() -> None:
    wells = story("1", "青溪市水井水塘收费规定", year=2010)
    mills = story("2", "青溪市磨坊用水办法", year=2010)
    cited = story("3", "青溪市河道条例", LAW[:4], year=2010)
    repeal = (
        "第九条 依照《青溪市河道条例》制定的办法，自2024年3月起施行。《青溪市水井、水塘收费规定》"
        "（青溪〔2010〕3号）和市政府2010年发布的《青溪市磨坊用水暂行办法》同时废止。"
    )
    new = story("4", "青溪市取水办法", (repeal,))
    assert in_force([wells, mills, cited, new]) == [cited, new]


def test_a_local_rule_holds_in_its_place_and_a_national_one_everywhere() -> None:
    local = story("1", "广东省水源条例", places=("广东省",))
    assert applies(local, {"广东"})
    assert applies(local, {"深圳"})
    assert not applies(local, {"河南"})
    assert not applies(local, ())
    assert applies(story("2", "水源条例"), {"河南"})


def test_a_post_with_a_title_only_is_found_by_it(tmp_path: Path) -> None:
    db = tmp_path / "titles.db"
    with Store.open(db, create=True) as store:
        put(store, "a", story("1", "青溪市电子税务局周六停机升级", ()).post)
        put(store, "b", story("2", "春风行动启动", ("办税服务厅延长了时间。",)).post)
    with opened_answerer(db) as answerer:
        passage = answerer.ask("青溪电子税务局停机升级").passages[0]
    assert (passage.post, passage.text) == ("1", "青溪市电子税务局周六停机升级")
