"""New posts reach the chats that wait for them: once, in one message, over kills."""

import json
import sqlite3
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from bot.features.schedules import next_time, parse_schedule
from bot.storage.chats import ChatStore
from bot.storage.subscription_tables import migrations
from bot.storage.subscription_values import (
    Audience,
    NewAlert,
    Proposal,
    SavedQuery,
    Schedule,
)
from corpus.store.store import Store
from corpus.sync.following import EVERY as SOURCE_EVERY
from retrieval.engine.opening import opened_answerer
from retrieval.news.boilerplate import RECENT
from retrieval.news.inverted_queries import LEAST_SAID
from retrieval.news.saved_queries import SavedQueryMatcher
from retrieval.news.wants import wanted_by
from retrieval.ranking.confidence import LEAST_CONFIDENCE, coverage_and_score
from tests.conftest import ROOT, Run
from tests.support.newsroom import Newsroom, saying, start, write
from tests.support.running_bot import stop
from tests.support.telegram_server import TelegramServer, private_chat

JUDGED = ROOT / "tests" / "watches" / "judged.jsonl"


@pytest.mark.parametrize(
    "chats", [30, pytest.param(1000, marks=pytest.mark.slow)], ids=["thirty", "a thousand"]
)
def test_a_new_post_reaches_those_whose_queries_it_answers_once_over_a_kill(
    telegram: TelegramServer, own_db: Path, tmp_path: Path, chats: int
) -> None:
    newsroom = Newsroom(telegram, own_db, site := tmp_path / "site")
    with Store.open(own_db) as store:
        store.add_source("folder", str(site), every=1)
        assert SOURCE_EVERY > 1
    with ChatStore(own_db) as store:
        for chat in range(1, chats + 1):
            telegram.chats[chat] = private_chat({"id": chat, "first_name": "读者"})
            query = "水资源税 洗车行" if chat <= 3 else f"第{chat}号仓库 火灾"
            assert store.subscriptions.queries.add(Audience(chat, 0, True), chat, query)
    process = start(telegram, own_db)
    try:
        newsroom.settled()  # the first look says from where on arrivals are news
        text = "北京一家洗车行私自取用地下水，税务与水务比对数据后，洗车行补缴水资源税十八万元。"
        write(site, 1, "洗车行补缴水资源税", text)
        old = datetime.now(timezone.utc) - timedelta(days=400)
        write(site, 2, "去年洗车行的水资源税旧闻", text[::-1] + "水资源税，洗车行。", day=old)
        telegram.until(lambda: bool(telegram.called("sendMessage")), timeout=60, what="an alert")
        process.kill()
        process.wait()
        process = start(telegram, own_db)
        told = lambda: {call.params["chat_id"] for call in telegram.called("sendMessage")}  # noqa: E731
        telegram.until(lambda: len(told()) == 3, timeout=60, what="the three alerts")
        telegram.settled()
    finally:
        stop(process)
    with ChatStore(own_db) as store:
        repeated = store.counts().get("sends repeated, fate unknown", 0)
    times = Counter(int(call.params["chat_id"]) for call in telegram.called("sendMessage"))
    assert set(times) == {1, 2, 3}
    assert sum(times.values()) <= 3 + repeated
    sent = telegram.called("sendMessage")[0].result["text"]
    assert sent.startswith("🔔 水资源税 洗车行\n\n")
    assert "补缴水资源税十八万元" in sent


def test_queries_of_a_database_made_before_their_table_was_named_for_them_are_kept(
    tmp_path: Path,
) -> None:
    path = tmp_path / "taxnews.db"
    connection = sqlite3.connect(path)
    migrations.apply(Database(connection), stop_before="w007_saved_queries")
    with connection:
        connection.execute("INSERT INTO bot_watches VALUES (4, 7, 0, 1, 7, '查询', '2026-11-01')")
    connection.close()
    with ChatStore(path) as store:
        here = Audience(7, 0, True)
        assert store.subscriptions.queries.all() == [SavedQuery(4, here, "查询", "2026-11-01")]
        assert store.subscriptions.queries.add(here, 7, "再来一条")
        assert [query.id for query in store.subscriptions.queries.of(here)] == [4, 5]
        assert store.forget(7)["watches"] == 2
        assert "bot_watches" not in store.tables()


def alert_before(migration: str, folder: Path, **column: Any) -> Path:
    """A database made before a migration, with an alert that has this value in a column."""
    path = folder / "taxnews.db"
    ((name, value),) = column.items()
    connection = sqlite3.connect(path)
    migrations.apply(Database(connection), stop_before=migration)
    with connection:
        connection.execute(
            f"INSERT INTO bot_alerts (chat, thread, private, post, query, passage, created, {name})"
            " VALUES (7, 0, 1, 'post', '查询', '{\"highlights\": []}', '2026-11-01', ?)",
            (value,),
        )
    connection.close()
    return path


def test_alerts_of_a_database_made_before_events_were_named_so_keep_their_event(
    tmp_path: Path,
) -> None:
    path = alert_before("w008_events", tmp_path, story=3)
    with ChatStore(path) as store:
        assert [alert.event for alert in store.subscriptions.alerts.of_chats([7])] == [3]


def test_queries_are_saved_listed_removed_bounded_and_forgotten(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "taxnews.db") as store:
        here, topic = Audience(7, 0, True), Audience(-100, 5, False)
        assert all(store.subscriptions.queries.add(here, 7, f"查询{i}") for i in range(20))
        assert not store.subscriptions.queries.add(here, 7, "再来一条")
        assert store.subscriptions.queries.add(here, 7, "查询3")
        assert store.subscriptions.queries.add(topic, 7, "话题")
        store.subscriptions.queries.remove(store.subscriptions.queries.of(here)[0].id, -100)
        assert len(store.subscriptions.queries.of(here)) == 20
        store.subscriptions.queries.remove(store.subscriptions.queries.of(here)[0].id, 7)
        assert [w.query for w in store.subscriptions.queries.of(here)][:2] == ["查询1", "查询2"]
        store.move(-100, -200)
        moved = store.subscriptions.queries.of(Audience(-200, 5, False))
        assert [w.query for w in moved] == ["话题"]
        assert store.forget(7)["watches"] == 20
        assert store.subscriptions.queries.all() == []


def new_alert(*saved: SavedQuery, post: str, **more: Any) -> NewAlert:
    """An alert that answers saved queries, with a passage that names each."""
    return NewAlert([(query, saying(query.query)) for query in saved], post, **more)


def test_an_alert_whose_query_was_dropped_meanwhile_is_told_by_another_that_it_answers(
    tmp_path: Path,
) -> None:
    with ChatStore(tmp_path / "taxnews.db") as store:
        kept, here = store.subscriptions, Audience(7, 0, True)
        assert all(kept.queries.add(here, 7, query) for query in ("甲", "乙"))
        both = kept.queries.of(here)
        kept.queries.drop(here, "甲")
        kept.alerts.note(1, [new_alert(*both, post="p"), new_alert(both[0], post="q")])
        assert [(a.query, a.post, a.passage) for a in kept.alerts.waiting()] == [
            ("乙", "p", saying("乙"))
        ]


def test_what_was_matched_while_its_query_was_replaced_waits_to_be_asked_again(
    tmp_path: Path,
) -> None:
    with ChatStore(tmp_path / "taxnews.db") as store:
        kept, here = store.subscriptions, Audience(7, 0, True)
        assert kept.queries.add(here, 7, "甲")
        (matched,) = kept.queries.of(here)
        assert kept.queries.exchange(7, Proposal(here, "甲 类型:公告", "甲"))
        kept.alerts.note(1, [new_alert(matched, post="p")])
        assert [(a.query, a.post) for a in kept.alerts.waiting()] == [("甲", "p")]
        (replaced,) = kept.queries.of(here)
        assert replaced == replace(matched, query="甲 类型:公告")


def test_a_query_replaced_by_another_that_is_saved_leaves_that_one(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "taxnews.db") as store:
        queries, here = store.subscriptions.queries, Audience(7, 0, True)
        assert all(queries.add(here, 7, query) for query in ("甲", "乙"))
        assert queries.exchange(7, Proposal(here, "乙", "甲"))
        assert queries.exchange(7, Proposal(here, "乙", "乙"))
        assert queries.exchange(7, Proposal(here, "丙", "丁"))
        assert [saved.query for saved in queries.of(here)] == ["乙", "丙"]


def test_a_database_made_before_copies_were_kept_loses_the_words_of_other_queries(
    tmp_path: Path,
) -> None:
    path = alert_before("w010_copies", tmp_path, others='{"另一条": {}}')
    with ChatStore(path) as store:
        assert [alert.copy_of for alert in store.subscriptions.alerts.of_chats([7])] == [None]
        store.purge()
    assert "另一条".encode() not in path.read_bytes()


def test_the_judged_posts_are_matched_with_the_watches_they_answer(taxnews: Run) -> None:
    done = taxnews("evaluate", "--watches", JUDGED, "--json")
    figures = json.loads(done.stdout)["taxnews"]
    assert (figures["watches"], figures["posts"]) == (40, 200)
    assert figures["precision"] >= 0.9
    assert figures["recall"] >= 0.8


def test_all_queries_at_once_are_judged_as_each_would_be_alone(sample_db: Path) -> None:
    queries = [
        "留抵退税 骗取",
        "广东 发票",
        "上海 发票",
        "主播 偷逃税",
        "加油站 偷税",
        "😀％《》",
        "",
    ]
    queries += ["自動領 發票", "虚开发票 团伙", "专项附加扣除", "世界杯 冠军", "留抵退税 骗取"]
    moment = datetime(2026, 11, 24, tzinfo=timezone.utc)
    with Store.open(sample_db) as store, opened_answerer(sample_db) as answerer:
        matcher = SavedQueryMatcher(answerer, lambda: store.newest(RECENT))
        matcher.replace_queries(dict(enumerate(queries)), moment)
        found = Counter[str]()
        for story in store.all_stories():
            matches = {match.query: match for match in matcher.match(story)}
            for number, query in enumerate(queries):
                wanted = wanted_by(answerer.named(query, moment, both_ways=True)).named
                read = answerer.read(query, moment, both_ways=True)
                question = replace(read, concepts=wanted.concepts)
                coverage, score = coverage_and_score(
                    question, matcher.news_of(story), answerer.index
                )
                confidence = answerer.window_confidence(score)
                if match := matches.get(number):
                    assert coverage >= LEAST_SAID - 1e-9
                    assert match.confidence == pytest.approx(confidence)
                    assert match.passage.post == story.post.id
                elif len(question.subject.split()) == 1:
                    assert coverage < LEAST_SAID or confidence < LEAST_CONFIDENCE
                found[query] += number in matches
    assert found["留抵退税 骗取"] > 1
    assert found["广东 发票"] > found["上海 发票"]
    assert found["世界杯 冠军"] == found["😀％《》"] == found[""] == 0


def test_schedules_are_read_and_fall_due_in_their_zone() -> None:
    monday = parse_schedule("周一 08:30 分类：hgjj")
    assert monday == Schedule((8, 30), weekday=0, zone="Asia/Shanghai", category="hgjj")
    after = datetime(2026, 11, 24, 7, 0, tzinfo=timezone.utc)  # a Tuesday
    assert next_time(monday, after).isoformat() == "2026-11-30T08:30:00+08:00"
    tokyo = parse_schedule("7:05 Asia/Tokyo 关注")
    assert tokyo is not None
    assert next_time(tokyo, after).isoformat() == "2026-11-25T07:05:00+09:00"
    for wrong in ("", "25:00", "周八 08:30", "08:30 Mars/Base", "off please"):
        assert parse_schedule(wrong) is None
