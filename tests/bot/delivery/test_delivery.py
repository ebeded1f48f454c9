"""Nothing lost, nothing doubled, in order: the bot under kills, floods and bad networks."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
from telegram.error import NetworkError, TelegramError, TimedOut

from bot.application import REAL_PACE
from bot.delivery.failures import may_have_arrived
from bot.run import serve
from bot.settings import load
from bot.storage.chats import ChatStore
from bot.storage.sends import Sends
from bot.storage.updates import Updates
from retrieval.answering.answer import Answer
from tests.support.forked import Forked
from tests.support.running_bot import QUICK, RunningBot, found, library_of, stop
from tests.support.telegram_server import (
    ALICE,
    GROUP,
    TOKEN,
    Fault,
    Json,
    TelegramServer,
    private_chat,
)

STEPS = {
    "update received": (Updates, "write_down", True),
    "written down": (Updates, "write_down", False),
    "before the send": (Sends, "begin", False),
    "sent, not noted": (Sends, "end", True),
    "before the next getUpdates": (Updates, "finish", False),
}
"""A step of the store, and whether the process dies before it or after it."""


def dies(table: type, name: str, before: bool) -> None:
    """Kills this process, as an operator's kill -9 would, at its first such step."""
    step = getattr(table, name)

    def kill(self: object, *args: Any, **more: Any) -> Any:
        if before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = step(self, *args, **more)
        if name != "end" or args[1] == "sent":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(table, name, kill)


def serve_until(point: str | None, db: Path) -> None:
    """The bot, until the process dies at `point`."""
    if point:
        dies(*STEPS[point])
    serve(load(), library_of(found), db, QUICK)


def start(server: TelegramServer, db: Path, point: str | None = None) -> Forked:
    """The bot as a process of its own, that dies at `point` if there is such a one."""
    settings = {
        "TAXNEWS_TOKEN": TOKEN,
        "TAXNEWS_API_URL": server.url,
        "TAXNEWS_USER_RATE": "0",
        "TAXNEWS_CHAT_RATE": "0",
    }
    return Forked(serve_until, point, db, folder=db.parent, **settings)


@contextmanager
def running(server: TelegramServer, db: Path) -> Iterator[Forked]:
    """The bot as a process, stopped by a signal at the end."""
    process = start(server, db)
    try:
        yield process
    finally:
        stop(process)


def _caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


def counts(db: Path) -> dict[str, int]:
    with ChatStore(db) as store:
        return store.counts()


def all_finished(server: TelegramServer, db: Path) -> None:
    """Waits until all updates are confirmed and dealt with, those among them that repeat a
    message which had arrived."""
    server.settled()
    with ChatStore(db) as store:
        server.until(lambda: not store.updates.unfinished(), what="every update to be dealt with")


@pytest.mark.parametrize(
    ("point", "repeated"),
    list(zip(STEPS, (0, 0, 1, 1, 0), strict=True)),
)
def test_a_kill_at_any_point_loses_no_question_and_doubles_only_what_is_counted(
    telegram: TelegramServer, tmp_path: Path, point: str, repeated: int
) -> None:
    db = tmp_path / "taxnews.db"
    question = telegram.private("问题")
    assert start(telegram, db, point).wait(30) == -signal.SIGKILL
    with running(telegram, db):
        sent = 2 if point == "sent, not noted" else 1
        telegram.until(lambda: len(telegram.replies_to(question)) == sent)
        all_finished(telegram, db)
    assert len(telegram.replies_to(question)) == sent
    assert counts(db).get("sends repeated, fate unknown", 0) == repeated


def kill_at_random(server: TelegramServer, db: Path, *, kills: int, seed: int) -> tuple[int, int]:
    """Asks from thirty chats under `kills` kills; how many were asked, how many answered twice.

    Each kill comes after so many of the round's ten questions were fetched or answered.
    """
    chance = random.Random(seed)
    asked: list[Json] = []
    users = [ALICE | {"id": 5000 + i} for i in range(30)]

    def steps() -> int:
        return len(server.called("getUpdates")) + len(server.called("sendMessage"))

    for _ in range(kills):
        for _ in range(10):
            asked.append(server.private(f"问题{len(asked)}", sender=chance.choice(users)))
        enough = steps() + chance.randint(1, 10)
        process = start(server, db)
        server.until(lambda: steps() >= enough, timeout=60, what="work to kill")  # noqa: B023
        process.kill()
        process.wait()
    with running(server, db):
        server.until(
            lambda: all(server.replies_to(question) for question in asked),
            timeout=60 + len(asked),
            what="an answer to every question",
        )
        all_finished(server, db)
    answers = Counter(len(server.replies_to(question)) for question in asked)
    return len(asked), sum(n for times, n in answers.items() if times > 1)


def test_kills_at_random_moments_lose_nothing(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    asked, doubled = kill_at_random(telegram, db, kills=3, seed=6)
    assert asked > 0
    assert doubled <= counts(db).get("sends repeated, fate unknown", 0)


@pytest.mark.slow
def test_thirty_kills_at_random_moments_lose_nothing(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    seed = int(os.environ.get("TAXNEWS_SEED", time.time_ns() % 10**6))
    db = tmp_path / "taxnews.db"
    asked, doubled = kill_at_random(telegram, db, kills=30, seed=seed)
    repeated = counts(db).get("sends repeated, fate unknown", 0)
    print(f"seed {seed}: {asked} asked, 0 lost, {doubled} doubled of {repeated} repeated")
    assert doubled <= repeated


# --- deliveries -----------------------------------------------------------------------


def test_an_update_delivered_again_is_answered_once(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    message = telegram.message(private_chat(ALICE), ALICE, "问题")
    update = telegram.push("message", message)
    for _ in range(2):
        with RunningBot(telegram, db=tmp_path / "taxnews.db"):
            telegram.reply_to(telegram.private("另一个"))
            telegram.settled()
        telegram.push_again(update)
    with RunningBot(telegram, db=tmp_path / "taxnews.db"):
        telegram.settled()
    assert len(telegram.replies_to(message)) == 1


def test_a_question_asked_while_the_bot_was_down_is_answered_unless_it_is_a_day_old(
    telegram: TelegramServer,
) -> None:
    old = telegram.private("昨天以前的问题", date=int(time.time()) - 86500)
    recent = telegram.private("今天早些时候的问题", date=int(time.time()) - 80000)
    with RunningBot(telegram):
        telegram.reply_to(recent)
        telegram.settled()
    assert telegram.replies_to(old) == []


def test_what_the_journal_held_for_more_than_a_day_is_given_up_and_counted(
    tmp_path: Path,
) -> None:
    with ChatStore(tmp_path / "taxnews.db") as store:
        for update in (1, 2):
            store.updates.write_down(update, "{}", chat=1, user=1)
        store._db.execute("UPDATE bot_updates SET received = '2020-01-01' WHERE id = 1")
        store._db.conn.commit()
        assert store.updates.unfinished() == ["{}"]
        assert store.counts() == {"updates too late": 1}


def test_an_update_that_crashes_the_bot_again_and_again_is_given_up(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "taxnews.db") as store:
        store.updates.write_down(1, "{}", chat=1, user=1)
        assert [len(store.updates.unfinished()) for _ in range(7)] == [1, 1, 1, 1, 1, 0, 0]
        assert store.counts() == {"updates given up": 1}


def test_the_content_of_an_update_is_deleted_once_it_is_dealt_with(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.reply_to(telegram.private("我的机密问题甲乙丙"))
        telegram.settled()
    for path in tmp_path.iterdir():
        assert "机密问题甲乙丙".encode() not in path.read_bytes(), path


def test_a_chat_is_answered_in_order_and_chats_side_by_side(telegram: TelegramServer) -> None:
    released = threading.Event()

    def ask(question: str) -> object:
        if question == "慢":
            assert released.wait(10)
        return found(question)

    with RunningBot(telegram, ask=ask):  # type: ignore[arg-type]
        slow = telegram.group("/ask 慢")
        behind = telegram.group("/ask 快")
        other = telegram.reply_to(telegram.private("别处"))
        assert telegram.replies_to(behind) == []
        typing = telegram.wait("sendChatAction")[0]
        released.set()
        first, second = telegram.reply_to(slow), telegram.reply_to(behind)
    assert other.at < first.at < second.at
    assert typing.params == {"chat_id": GROUP["id"], "action": "typing"}


def test_a_stop_leaves_what_waits_for_the_next_start(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.fault("sendMessage", *[Fault(status=500)] * 50)
        first, second = telegram.private("一"), telegram.private("二")
        telegram.until(lambda: any(c.method == "sendMessage" for c in telegram.calls))
        telegram.settled()
    assert telegram.called("sendMessage") == []
    telegram.heal()
    with RunningBot(telegram, db=db):
        telegram.reply_to(second)
    assert [len(telegram.replies_to(question)) for question in (first, second)] == [1, 1]


# --- sending ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=500),
        Fault(status=429, description="Too Many Requests", retry_after=1),
    ],
    ids=["500", "429"],
)
def test_what_telegram_refuses_for_now_is_sent_later_and_once(
    telegram: TelegramServer, tmp_path: Path, fault: Fault
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.fault("sendMessage", fault)
        question = telegram.private("问题")
        telegram.reply_to(question)
    assert len(telegram.replies_to(question)) == 1
    assert counts(db) == {}


def test_floods_beyond_the_limiters_patience_are_waited_out_too(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        telegram.fault("sendMessage", *[Fault(status=429, retry_after=1)] * 7)
        question = telegram.private("问题")
        telegram.until(lambda: len(telegram.replies_to(question)) == 1)
    assert len(telegram.replies_to(question)) == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut=True, delivered=True),
        Fault(cut=True),
        Fault(body=b'{"ok": tru', delivered=True),
        Fault(status=502, description="Bad Gateway"),
    ],
    ids=["arrived and cut", "cut", "garbled", "gateway"],
)
def test_a_send_of_unknown_fate_is_repeated_and_counted(
    telegram: TelegramServer, tmp_path: Path, fault: Fault
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.fault("sendMessage", fault)
        question = telegram.private("问题")
        telegram.until(lambda: len(telegram.replies_to(question)) == 1 + fault.delivered)
        telegram.settled()
    assert len(telegram.replies_to(question)) == 1 + fault.delivered
    assert counts(db) == {"sends repeated, fate unknown": 1}


def test_a_send_whose_fate_stays_unknown_is_given_up_and_counted(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.fault("sendMessage", *[Fault(cut=True, delivered=True)] * 3)
        question = telegram.private("问题")
        telegram.until(lambda: len(telegram.replies_to(question)) == 3)
        telegram.reply_to(telegram.private("下一个"))
    assert len(telegram.replies_to(question)) == 3
    expected = {"sends given up, fate unknown": 1, "sends repeated, fate unknown": 2}
    assert counts(db) == expected


def test_a_private_chat_gets_one_message_a_second(telegram: TelegramServer) -> None:
    with RunningBot(telegram, pace=REAL_PACE):
        questions = [telegram.private(f"问题{i}") for i in range(3)]
        times = [telegram.reply_to(question).at for question in questions]
    assert all(later - earlier >= 0.95 for earlier, later in pairwise(times))


def test_a_sign_of_typing_counts_as_a_message_to_a_private_chat(telegram: TelegramServer) -> None:
    def ask(question: str) -> Answer:
        if question == "慢":
            telegram.wait("sendChatAction")
        return found(question)

    with RunningBot(telegram, ask=ask, pace=REAL_PACE):
        reply = telegram.reply_to(telegram.private("慢"))
        typing = telegram.wait("sendChatAction")[0]
    assert reply.at - typing.at >= 0.95


def test_a_group_gets_at_most_twenty_messages_at_once(telegram: TelegramServer) -> None:
    with RunningBot(telegram, chat_rate=0, user_rate=0):
        for i in range(22):
            telegram.group(f"/ask 问题{i}")
        times = [call.at for call in telegram.wait("sendMessage", 22)]
    assert times[20] - times[0] >= 2.9  # so long do twenty stand in the way of one more


def test_thirty_messages_a_second_are_the_most(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        users = [ALICE | {"id": 6000 + i} for i in range(70)]
        for user in users:
            telegram.private("问题", sender=user)
        times = [call.at for call in telegram.wait("sendMessage", 70)]
    # Over nearly two seconds: what leaves in time may arrive late on a busy machine.
    assert max(sum(at <= other < at + 1.8 for other in times) for at in times) <= 60


@pytest.mark.parametrize(
    ("error", "arrived"),
    [
        (_caused(TimedOut(), httpx.ReadTimeout("")), True),
        (_caused(TimedOut(), httpx.WriteTimeout("")), True),
        (_caused(TimedOut(), httpx.ConnectTimeout("")), False),
        (_caused(TimedOut(), httpx.PoolTimeout("")), False),
        (_caused(NetworkError(""), httpx.ConnectError("")), False),
        (_caused(NetworkError(""), httpx.ReadError("")), True),
        (_caused(NetworkError(""), httpx.RemoteProtocolError("")), True),
        (NetworkError("Internal Server Error"), False),
        (NetworkError("Bad Gateway"), True),
        (NetworkError("Gateway Timeout"), True),
        (TelegramError("Invalid server response"), True),
    ],
    ids=repr,
)
def test_only_a_request_that_left_may_have_arrived(error: TelegramError, arrived: bool) -> None:
    assert may_have_arrived(error) is arrived
