"""Twelve forms of time, each meaning the same days in `ask`, `/search` and `/watch`."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from bot.clock import china_today
from bot.features.subscriptions import dated
from bot.render.texts import TEXTS
from bot.storage.chats import ChatStore
from corpus.reading.posts import CHINA
from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.engine.opening import opened_library
from retrieval.engine.upkeep import keep_up
from retrieval.question.times import period
from tests.conftest import Run
from tests.support.newsroom import ALICES, write
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import TelegramServer

ZH = TEXTS["zh"]
FORMS = ("今天", "昨天", "本周", "上周", "本月", "上个月", "去年7月", "2024年4月", "2023-07-04",
         "２０２２年", "去年一季度", "上半年")  # fmt: skip
CITIES = "无锡 常德 玉林 晋江 宜宾 六安 保定 延边 榆林 南充 滁州 孝感 临沂 抚州 肇庆 中卫".split()


def days(form: str) -> tuple[date, date]:
    found = period(form, china_today())
    assert found is not None
    return found


def published() -> dict[date, str]:
    """The last day of each form that has come, and the day before it begins: a city each."""
    found = {}
    for form in FORMS:
        since, until = days(form)
        found |= {min(until, china_today()): "", since - timedelta(1): ""}
    return dict(zip(sorted(found), [a + b for a in CITIES for b in ("东", "西")], strict=False))


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("times")
    (folder / "site").mkdir()
    for number, (day, city) in enumerate(published().items()):
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=CHINA)
        text = (
            f"{city}税务部门查处一家企业骗取出口退税，追回{number + 3}百万元。{city}警方参与办案。"
        )
        write(folder / "site", number, f"{city}查处骗取出口退税案", text, day=noon)
    with Store.open(folder / "db", create=True) as store:
        ingest(store, [folder / "site"])
        keep_up(store)
    return folder / "db"


def of_the_time(form: str) -> set[str]:
    """The cities of the posts that were published then."""
    since, until = days(form)
    return {city for day, city in published().items() if since <= day <= until}


@pytest.mark.parametrize("form", FORMS)
def test_ask_lists_the_posts_of_a_time(taxnews: Run, db: Path, form: str) -> None:
    question = f"{form}公布的骗取出口退税案有哪些"
    for asked in ([question], ["骗取出口退税", "--since", form, "--until", form]):
        reply = json.loads(taxnews("ask", *asked, "--json", "-n", 20, "--db", db).stdout)
        found = {answer["title"][:3] for answer in reply["answers"]}
        assert found == of_the_time(form)


def test_options_read_a_time_by_the_day_that_is_given(taxnews: Run, db: Path) -> None:
    day = days("2023-07-04")[0] + timedelta(1)
    asked = ("骗取出口退税", "--now", str(day), "--since", "昨天", "--until", "昨天")
    reply = json.loads(taxnews("ask", *asked, "--json", "--db", db).stdout)
    assert {answer["title"][:3] for answer in reply["answers"]} == of_the_time("2023-07-04")


def test_search_lists_the_posts_of_a_time(telegram: TelegramServer, db: Path) -> None:
    with opened_library(db) as library, RunningBot(telegram, library=library):
        for form in FORMS:
            text = telegram.reply_to(telegram.private(f"/search 骗取出口退税 {form}")).result[
                "text"
            ]
            found = {city for city in published().values() if f"{city}查处" in text}
            assert found == of_the_time(form), form


def test_watch_saves_a_time_as_dates_and_none_that_is_over(telegram: TelegramServer) -> None:
    with RunningBot(telegram) as bot:
        for form in FORMS:
            said = telegram.reply_to(telegram.private(f"/watch 骗取出口退税 {form}")).result["text"]
            assert (said == ZH.watch_past) == (days(form)[1] < china_today()), form
        telegram.reply_to(telegram.private("/watch 骗取出口退税 近三年"))
        with ChatStore(bot.db) as store:
            saved = [watch.query for watch in store.subscriptions.queries.of(ALICES)]
    asked = (dated(f"骗取出口退税 {form}", china_today()) for form in (*FORMS, "近三年"))
    assert set(saved) == set(filter(None, asked))


@pytest.mark.parametrize(
    ("query", "saved"),
    [
        ("骗税 今天", "骗税 2026-11-28"),
        ("骗税 本周", "骗税 2026-11-23至2026-11-29"),
        ("本月公布的骗税案", "骗税案 2026年11月"),
        ("骗税 今年 地区:广东 类型:案例", "骗税 地区:广东 类型:案例 2026年"),
        ("骗税 近三年", "骗税"),
        ("骗税 上个月", ""),
        ("2021年发放的发票", "2021年发放的发票"),
    ],
)
def test_a_saved_query_means_the_same_time_later(query: str, saved: str) -> None:
    assert dated(query, date(2026, 11, 28)) == saved


def test_a_saved_query_with_a_time_matches_the_posts_of_that_time(db: Path) -> None:
    form = "2023-07-04"
    with opened_library(db) as library, Store.open(db) as store:
        assert library.news is not None
        found = {
            story.post.title[:3]
            for story in store.newest(100)
            if library.news.match({1: f"骗取出口退税 {form}"}, story) and story.post.title
        }
    assert found == of_the_time(form)
