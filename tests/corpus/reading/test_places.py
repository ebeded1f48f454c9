"""Which places a post is about: judged by hand, with names that mislead."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from bot.render.texts import EN, ZH
from corpus.care.repair import repair
from corpus.reading.places import mentioned, place_named, places_of
from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.answering.answer import Answer
from tests.conftest import Run
from tests.support.running_bot import PASSAGE, POST, RunningBot, found, library_of
from tests.support.telegram_server import BOB, TelegramServer

NOON = datetime(2026, 5, 6, 12, tzinfo=CHINA)


def post(title: str, *texts: str, heading: str | None = None, id_: str = "1") -> Post:
    paragraphs = tuple(Paragraph(heading, text) for text in texts or ("正文。",))
    return Post(id_, title, NOON, "hgjj", (), "青溪税报", None, paragraphs)


@pytest.mark.parametrize(
    ("title", "places"),
    [
        ("广东推出十项智慧税务成果计划", "广东省"),
        ("廣東省稅務局公布便民措施", "广东省"),
        ("臺灣一公司虛開發票", "台湾省"),
        ("廣東查處騙稅，東方市場回暖", "广东省"),
        ("国家税务总局广东省税务局稽查局公布案情", "广东省"),
        ("深圳市税务局第二稽查局查处一起骗税案", "广东省 深圳市"),
        ("浙江省义乌市一公司骗税", "浙江省 金华市"),
        ("恩施州一加油站藏收入", "恩施土家族苗族自治州 湖北省"),
        ("内蒙古通辽查处虚开案", "内蒙古自治区 通辽市"),
        ("乌鲁木齐打掉虚开团伙", "乌鲁木齐市 新疆维吾尔自治区"),
        ("江苏、浙江两地税务部门联合办案", "江苏省 浙江省"),
        # a province and a city of one name
        ("吉林查处骗税", "吉林省"),
        ("吉林市税务局查处骗税", "吉林市 吉林省"),
        ("海南公布自贸港税收优惠", "海南省"),
        ("海南州税务局上门辅导", "海南藏族自治州 青海省"),
        # cities whose names are words
        ("大同市税务局曝光一起案件", "大同市 山西省"),
        ("福建三明查处一起骗税案", "三明市 福建省"),
        ("海南东方一农场偷税", "东方市 海南省"),
        ("海口一公司偷税", "海南省 海口市"),
        ("大同小异的避税套路", ""),
        ("东方证券一季度净利增长", ""),
        ("东方市场回暖", ""),
        ("三明治店虚开发票", ""),
        ("阿里巴巴补税", ""),
        ("中山大学教授谈税改", ""),
        ("宁德时代一季报出炉", ""),
        ("来宾共话税收", ""),
        ("德州扑克赌场漏税", ""),
        ("税务合作市场化", ""),
        # counties, streets, companies
        ("辽宁省朝阳市税务局", "朝阳市 辽宁省"),
        ("北京市朝阳区税务局", "北京市"),
        ("朝阳区税务局", ""),
        ("北京路商圈推即买即退", ""),
        ("贵州茅台一季报出炉", ""),
        ("上海电气收到补税通知", ""),
        ("江苏银行获批", ""),
        # the whole country
        ("北京、上海、广东、浙江等地税务部门公布案件", ""),
        ("中国税务报：税收助力发展", ""),
        ("", ""),
    ],
)
def test_the_scene_that_a_title_names_is_what_a_post_is_about(title: str, places: str) -> None:
    assert " ".join(places_of(post(title))) == places


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("浙江金华查了谁", ["浙江省", "金华市"]),
        ("大丰收金华火腿", []),
        ("广东金华火腿", ["广东省"]),
        ("宁波和嘉兴", ["宁波市", "嘉兴市"]),
    ],
)
def test_a_short_name_that_is_a_word_is_a_place_after_its_province(
    text: str, full: list[str]
) -> None:
    assert [place for _, place in mentioned(text)] == full


def test_a_bureau_in_the_text_counts_and_a_mention_does_not() -> None:
    told = post(
        "一公司骗税被查",
        "近日，国家税务总局佛山市南海区税务局稽查局依法查处一起案件。",
        "该公司曾在上海、天津设立办事处，法定代表人常住北京。",
    )
    assert places_of(told) == ("佛山市", "广东省")


def test_a_heading_counts() -> None:
    assert places_of(post("三起案件", "案情。", heading="厦门：一主播偷税")) == ("厦门市", "福建省")


def test_a_story_with_the_bureaus_of_many_provinces_is_about_those_of_its_title() -> None:
    text = "、".join(f"{name}省税务局" for name in ("浙江", "江苏", "福建", "云南"))
    assert places_of(post("两案公布", text)) == ()
    assert places_of(post("山东公布两案", text)) == ("山东省",)


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("广东", "广东省"),
        ("廣東省", "广东省"),
        (" 深圳 ", "深圳市"),
        ("吉林", "吉林省"),
        ("吉林市", "吉林市"),
        ("海南州", "海南藏族自治州"),
        ("朝阳", "朝阳市"),
        ("广东省税务局", "广东省"),
        ("义乌市", "金华市"),
        ("香港", "香港特别行政区"),
        ("火星", None),
        ("", None),
    ],
)
def test_a_place_is_known_by_any_of_its_names(typed: str, place: str | None) -> None:
    assert place_named(typed) == place


# --- in the store ------------------------------------------------------------------------


def write(store: Store, *posts: Post) -> None:
    with store.transaction():
        store.write([Reading(p.id, f"{p}", p, 0) for p in posts])


def test_the_store_knows_the_places_of_what_it_shows(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        write(store, post("广东推出计划", "甲。", "乙。"), post("厦门一公司偷税", "丙。", id_="2"))
        assert [s.places for s in store.stories(["1", "2"])] == [("广东省",), ("厦门市", "福建省")]
        assert [e.places for e in store.entries([2, 3])] == [("广东省",), ("厦门市", "福建省")]
        assert store.keys(Filters(place="广东省")) == {1, 2}
        assert store.keys(Filters(place="福建省", category="hgjj")) == {3}
        assert store.keys(Filters(place="福建省", category="别的")) == set()
        assert [p.id for p in store.listed(Filters(place="厦门市"), 9, 0)] == ["2"]
        write(store, post("云南推出计划", "甲。"))  # rewritten
        assert store.stories(["1"])[0].places == ("云南省",)
        assert store.keys(Filters(place="广东省")) == set()
        with store.transaction():
            store.remove(["1"])
        assert store.keys(Filters(place="云南省")) == set()
        assert store.faults() == []


def test_an_older_database_learns_the_places_of_its_posts(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        write(store, post("广东推出计划"))
        with store.transaction():
            store._db.execute("DROP TABLE places")
            store._db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm006_places'")
    with Store.open(tmp_path / "a.db") as store:
        assert store.stories(["1"])[0].places == ("广东省",)


def test_repair_finds_the_places_anew(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        write(store, post("广东推出计划"))
        with store.transaction():
            store._db.execute("UPDATE places SET place = '火星'")
    assert list(repair(tmp_path / "a.db", lambda path: None)) == []
    with Store.open(tmp_path / "a.db") as store:
        assert store.stories(["1"])[0].places == ("广东省",)


# --- in Telegram -----------------------------------------------------------------------------


def newest(filters: Filters, limit: int, offset: int) -> Sequence[Post]:
    place = filters.place
    posts = [replace(POST, id=str(n), title=f"{place}第{n}篇") for n in range(1, 12)]
    return posts[offset : offset + limit] if place == "广东省" else []


def found_there(question: str) -> Answer:
    places = ("广东省", "江西省", "赣州市")
    return replace(found(question), passages=(replace(PASSAGE, places=places),))


LIBRARY = library_of(found_there, listed=newest)


def test_an_answer_leads_to_its_places_other_news_in_pages(telegram: TelegramServer) -> None:
    with RunningBot(telegram, library=LIBRARY):
        question = telegram.private("问题")
        answer = telegram.reply_to(question).result
        rows = answer["reply_markup"]["inline_keyboard"]
        assert [(b["text"], b["callback_data"]) for b in rows[-2]] == [
            ("📍 赣州市", "g::赣州市"),
            ("📍 广东省", "g::广东省"),
        ]
        telegram.press(answer, "g::广东省")
        first = telegram.wait("sendMessage", 2)[1].result
        telegram.press(first, first["reply_markup"]["inline_keyboard"][0][0]["callback_data"])
        second = telegram.wait("editMessageText")[0].result
        telegram.press(answer, "g::火星")
        none = telegram.wait("sendMessage", 3)[2].result
    assert first["text"].splitlines()[:4] == [
        "广东省的报道",
        "",
        "2023年2月5日",
        "1. 广东省第1篇 · 中国税务报",
    ]
    assert "9. 广东省第9篇" in second["text"]
    assert none["text"] == ZH.latest_none


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("/search 地区:广东", "广东省的报道"),
        ("/search 地區：廣東", "廣東省的報道"),
        ("/search 退税 地区:火星", ZH.place_unknown.format(place="火星")),
    ],
)
def test_a_search_may_be_for_a_place(telegram: TelegramServer, asked: str, said: str) -> None:
    with RunningBot(telegram, library=LIBRARY):
        assert telegram.reply_to(telegram.private(asked)).result["text"].splitlines()[0] == said


def test_a_search_is_narrowed_by_a_place(telegram: TelegramServer) -> None:
    asked = []

    def ask(question: str, *, filters: Filters | None = None, **more: object) -> object:
        asked.append((question, filters))
        return found(question)

    with RunningBot(telegram, library=library_of(found, ask=ask)):
        telegram.reply_to(telegram.private("/search 退税 地区:深圳 分类:hgjj", sender=BOB))
    assert asked == [("退税", Filters(category="hgjj", place="深圳市"))]
    assert EN.place_button == ZH.place_button


# --- on the command line -----------------------------------------------------------------------


def test_a_question_is_narrowed_by_a_place(taxnews: Run, sample_db: Path) -> None:
    asked = ("ask", "--json", "骗取出口退税的主犯判了几年", "--db", sample_db, "--place")
    in_guizhou = json.loads(taxnews(*asked, "貴州").stdout)
    in_fujian = json.loads(taxnews(*asked, "福建").stdout)
    assert {a["title"] for a in in_guizhou["answers"]} == {
        "贵州一纺织公司“买单配票”骗出口退税 主犯获刑十年"
    }
    assert not any("贵州" in a["title"] for a in in_fujian["answers"])
    wrong = taxnews(*asked, "火星")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "火星: no province or city of China" in wrong.stderr
