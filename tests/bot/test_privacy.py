"""What is kept of people leaves every file: deleted, expired, or at their word."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from bot.clock import china_today
from bot.storage import chats, replies, sends, updates
from bot.storage.chats import ChatStore
from bot.storage.sends import SendKey
from bot.storage.subscription_values import Audience, Draft, NewAlert, Proposal
from corpus.store.corrections import Spot
from retrieval.answering.answer import Answer
from tests.support.newsroom import saying
from tests.support.running_bot import several

ME = 512_345_678_901
WORD = "青溪茶厂偷税"
GROUP = -100_123


def traces(folder: Path) -> dict[str, int]:
    """How often a person's number, in digits and as SQLite writes it, or words stand in a file."""
    sought = (str(ME).encode(), ME.to_bytes(6, "big"), WORD.encode(), json.dumps(WORD).encode())
    counts = {
        path.name: sum(path.read_bytes().count(each) for each in sought)
        for path in sorted(folder.iterdir())
    }
    return {name: count for name, count in counts.items() if count}


def about_me() -> Answer:
    answer = several("问题")
    return replace(answer, passages=tuple(replace(p, text=WORD + p.text) for p in answer.passages))


def fill(store: ChatStore, users: int = 600) -> None:
    """What many people leave behind, I among them: enough for pages to be split and joined."""
    for number in range(1, users + 1):
        user = ME if number % 10 == 0 else 300_000_000_000 + number * 7919
        chat = user if number % 3 else GROUP
        text = WORD if user == ME else "别人的问题" * (number % 50)
        store.updates.write_down(
            number, json.dumps({"from": user, "text": text}), chat=chat, user=user
        )
        answer = about_me() if user == ME else several("问题")
        reply = store.replies.open(chat, number, user, answer)
        key = SendKey("update", number, "reply")
        store.sends.begin(key, unknown=0)
        store.sends.end(key, "sent", message=number, reply=reply)
        store.replies.rate(reply, user, liked=number % 20 == 0, question=text)
        store.feedback.ask(chat, 100_000 + number, reply, user)
        store.feedback.remark(chat, 100_000 + number, user, text)
        store.feedback.keep_unanswered(text, date(2026, 11, number % 28 + 1), user)
        if number % 50 in (0, 1):
            asker = store.feedback.asker_of(text)
            spot = Spot(f"{number}", "f" * 32)
            done = store.corrections.pin(text, f"key {number}", spot, "段落", asker)
            store.corrections.judge(done, text, f"{number}", "答案")
        store.feedback.note_review(user, number, {"asked": text})
        store.settings.change(user, language="en")
        store._db.execute(
            "INSERT OR IGNORE INTO bot_saved_queries (chat, thread, private, user, query, created)"
            " VALUES (?, ?, 1, ?, ?, '')",
            [chat, number, user, text],
        )
        store._db.conn.commit()
        store.updates.finish(number)


def test_nothing_of_a_person_is_left_in_any_file_after_forgetme(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as store:
        fill(store)
        assert traces(tmp_path)
        assert store.forget(ME)["answers"] == 60
        assert traces(tmp_path) == {}
        assert store.settings.of(300_000_000_000 + 7919).language == "en"
    assert traces(tmp_path) == {}


def test_in_a_group_the_words_of_ones_queries_go_with_what_came_of_them(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as store:
        kept, here = store.subscriptions, Audience(GROUP, 5, False)
        assert kept.queries.add(here, ME, WORD)
        assert kept.queries.add(here, 7, "别人的查询")
        mine, others = kept.queries.of(here)
        posts = [(mine, "sent"), (mine, "on its way"), (others, "other"), (mine, "waits")]
        kept.alerts.note(
            1,
            [
                NewAlert([(query, saying("文")), (others, saying("文"))], post)
                for query, post in posts
            ],
        )
        alerts = kept.alerts.waiting()
        drafts = [Draft(f"🔔 {alert.query}", [alert]) for alert in alerts[:3]]
        kept.dispatches.add(here, drafts)
        kept.dispatches.delivered(kept.dispatches.undelivered()[0].id)
        kept.alerts.mark_unwanted(alerts[0], "case")
        kept.queries.propose(Proposal(here, WORD, None), ME)
        kept.queries.propose(Proposal(here, "别人的", WORD), 7)
        assert traces(tmp_path)
        assert store.forget(ME)["watches"] == 1
        assert traces(tmp_path) == {}
        left = [(alert.query, alert.post) for alert in kept.alerts.of_chats([GROUP])]
        assert left == [("别人的查询", "other"), ("", "waits")]
        assert [dispatch.html for dispatch in kept.dispatches.undelivered()] == ["🔔 别人的查询"]
    assert traces(tmp_path) == {}


def test_in_a_group_a_message_of_ones_query_and_anothers_says_ones_words_no_more(
    tmp_path: Path,
) -> None:
    """One that has not left is made anew of the other's; one that may have is not sent again."""
    with ChatStore(tmp_path / "a.db") as store:
        kept, here = store.subscriptions, Audience(GROUP, 0, False)
        assert all(kept.queries.add(here, *each) for each in ((ME, WORD), (7, "别人的查询")))
        saved = kept.queries.of(here)
        kinds = ["arrived", "may have", "not left"]
        found = [(query, f"{kind} {query.id}") for kind in kinds for query in saved]
        kept.alerts.note(1, [NewAlert([(query, saying("文"))], post) for query, post in found])
        alerts = kept.alerts.waiting()
        pairs = [alerts[place : place + 2] for place in (0, 2, 4)]
        kept.dispatches.add(here, [Draft(f"🔔 {WORD}", pair) for pair in pairs])
        arrived, begun, waits = kept.dispatches.undelivered()
        for dispatch in (arrived, begun):
            store.sends.begin(SendKey("dispatch", dispatch.id, "reply"), unknown=0)
        kept.dispatches.delivered(arrived.id)
        kept.dispatches.join(arrived.id, f"🔔 {WORD}，还有一篇", [])
        assert store.forget(ME)["watches"] == 1
        assert traces(tmp_path) == {}
        assert (kept.dispatches.undelivered(), kept.dispatches.edits()) == ([], [])
        assert not any(kept.dispatches.is_undelivered(each.id) for each in (begun, waits))
        left = [(alert.query, alert.dispatch) for alert in kept.alerts.of_chats([GROUP])]
        assert left == [("别人的查询", number) for number in (arrived.id, begun.id, None)]


def test_a_pin_outlives_the_words_of_its_question(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as store:
        fill(store, 60)
        before = {pin.key: pin.question for pin in store.corrections.all()}
        mark = store.corrections.mark()
        assert store.forget(ME)["questions"] == 7  # six that were unanswered, one adopted
        after = {pin.key: pin.question for pin in store.corrections.all()}
        assert after == before | {"key 50": None}
        assert [judged.question for judged in store.corrections.judgements()] == ["别人的问题"]
        assert store.corrections.mark() != mark


def test_forgetting_one_person_changes_nothing_of_the_others(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as store:
        fill(store, 60)
        before = {table: _rows(store, table) for table in store.tables()}
        store.forget(ME)
        for table, rows in before.items():
            others = [row for row in rows if not {ME, WORD} & set(row)]
            assert [row for row in _rows(store, table) if row in others] == others, table
        assert store._db.execute("PRAGMA foreign_key_check").fetchall() == []
        assert store._db.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert store.replies.open(1, 1, 1, several("问题")) == 61  # no number comes twice


def _rows(store: ChatStore, table: str) -> list[tuple[object, ...]]:
    if table in ("bot_ratings", "bot_dislikes", "bot_prompts", "bot_unanswered", "corrections"):
        return []  # by a hash
    if table == "bot_updates":
        return []  # the number stays
    return store._db.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()


def test_a_reader_in_the_way_of_forgetting_delays_it_to_the_next_purge(tmp_path: Path) -> None:
    with (
        ChatStore(tmp_path / "a.db") as store,
        closing(sqlite3.connect(tmp_path / "a.db")) as reader,
    ):
        fill(store, 30)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM bot_updates").fetchone()
        store.forget(ME)
        assert traces(tmp_path)
        reader.rollback()
        store.purge()
        assert traces(tmp_path) == {}


def test_what_is_finished_or_expired_leaves_the_files_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChatStore(tmp_path / "a.db") as store:
        store.updates.write_down(1, WORD, chat=GROUP, user=2)
        reply = store.replies.open(GROUP, 1, 2, about_me())
        store.updates.finish(1)
        store.purge()
        assert store.replies.get(reply) is not None
        later = datetime.now(timezone.utc) + replies.KEEP_REPLIES + timedelta(days=1)
        for module in (replies, updates, sends):
            monkeypatch.setattr(
                module, "iso_ago", lambda span: (later - span).isoformat(timespec="milliseconds")
            )
        store.purge()
        assert traces(tmp_path) == {}
        assert store._db.execute("SELECT count(*) FROM bot_updates").fetchone() == (0,)


def test_what_expired_among_much_else_leaves_no_trace_a_day_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChatStore(tmp_path / "a.db") as store:
        store.purge()
        fill(store)
        for statement in (
            "UPDATE bot_replies SET created = '2020' WHERE user = ?",
            "UPDATE bot_updates SET received = '2020' WHERE user = ?",
            "DELETE FROM chat_settings WHERE chat = ?",
            "DELETE FROM bot_saved_queries WHERE user = ?",
        ):
            store._db.execute(statement, [ME])
            store._db.conn.commit()
        for table in ("dislikes", "prompts", "unanswered", "reviews"):
            store._db.execute(f"DELETE FROM bot_{table}")
            store._db.conn.commit()
        for table in ("judged", "corrections"):
            store._db.execute(f"DELETE FROM {table}")
            store._db.conn.commit()
        store.purge()
        assert store._db.execute("SELECT count(*) FROM bot_replies").fetchone() == (540,)
        tomorrow = china_today() + timedelta(days=1)
        monkeypatch.setattr(chats, "china_today", lambda: tomorrow)
        store.purge()
        assert traces(tmp_path) == {}
        assert store.settings.of(300_000_000_000 + 7919).language == "en"
