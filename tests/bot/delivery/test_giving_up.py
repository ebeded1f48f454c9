"""An update that can't be handled: bounded tries, counted and logged, and nobody waits for it."""

import json
import logging
import urllib.request
from pathlib import Path

import pytest

from bot.delivery.outbox import MAX_TRIES
from bot.render.texts import ZH
from bot.storage.chats import ChatStore
from tests.support.ports import free_port
from tests.support.running_bot import RunningBot, several
from tests.support.telegram_server import ALICE, BOB, GROUP, Fault, Json, TelegramServer

LACKING = json.dumps({"ok": True, "result": {"status": "administrator", "user": ALICE}}).encode()
"""What PTB can't make a member of a chat of."""


def counts(db: Path) -> dict[str, int]:
    with ChatStore(db) as store:
        assert store.updates.unfinished() == []
        return store.counts()


def errors(port: int) -> float:
    """What `taxnews_errors_total` says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as page:
        lines = page.read().decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("taxnews_errors_total"))


@pytest.mark.parametrize(
    "fault",
    [
        Fault(body=LACKING),
        Fault(body=b'{"ok": true, "result": []}'),
        Fault(body=b"<html>"),
        Fault(status=500),
        Fault(status=502, body=b"<html>Bad Gateway"),
        Fault(cut=True),
    ],
    ids=["lacking", "list", "html", "500", "502", "cut"],
)
def test_an_update_that_fails_for_ever_is_given_up_and_holds_back_no_other_of_its_group(
    telegram: TelegramServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    db, port = tmp_path / "taxnews.db", free_port()
    telegram.fault("getChatMember", *[fault] * 1000)
    with RunningBot(telegram, db=db, metrics_listen=f"127.0.0.1:{port}") as bot:
        poisoned = telegram.group("/settings@taxnews_bot")
        questions = [telegram.group(f"/ask 机密{number}") for number in range(10)]
        for question in questions:
            telegram.reply_to(question, timeout=30)
        assert len(tries(telegram)) < MAX_TRIES
        with bot.hurry(30):
            apology = telegram.reply_to(poisoned, timeout=30)
        telegram.until(lambda: not bot.app.update_queue.inside)  # type: ignore[attr-defined]
        assert errors(port) == 1
    assert apology.result["text"] == ZH.failed
    assert len(tries(telegram)) == MAX_TRIES
    assert counts(db) == {"updates given up": 1}
    (line,) = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert line.startswith(f"a message is given up: getChatMember failed {MAX_TRIES} times (")
    assert "机密" not in caplog.text


def tries(telegram: TelegramServer) -> list[object]:
    return [call for call in telegram.calls if call.method == "getChatMember"]


def test_what_fails_once_only_keeps_its_place(telegram: TelegramServer) -> None:
    telegram.members[GROUP["id"], ALICE["id"]] = "administrator"
    telegram.fault("getChatMember", Fault(body=LACKING))
    with RunningBot(telegram):
        first = telegram.group("/settings@taxnews_bot")
        second = telegram.group("/ask 问题")
        assert telegram.reply_to(first).at < telegram.reply_to(second).at


def test_a_tap_whose_edit_fails_for_ever_is_given_up(
    telegram: TelegramServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db, ask=several) as bot:
        answer = telegram.reply_to(telegram.group("/ask 问题")).result
        telegram.fault("editMessageText", *[Fault(body=b'{"ok": true, "result": 7}')] * 1000)
        telegram.press(answer, "p:1:1", sender=BOB)
        telegram.reply_to(telegram.group("/ask 之后"))
        with bot.hurry(30):
            telegram.until(lambda: not bot.app.update_queue.inside)  # type: ignore[attr-defined]
    assert counts(db) == {"updates given up": 1}
    assert "a callback_query is given up: editMessageText failed" in caplog.text


def test_a_message_that_alone_cant_be_sent_is_given_up_when_others_arrive(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db) as bot:
        telegram.fault("sendMessage", Fault(status=500))
        poisoned = telegram.group("/ask 问题")
        with bot.hurry(0.01):  # the pause after it is a long one
            telegram.until(lambda: len(sends(telegram)) == 1)
            telegram.reply_to(telegram.private("别处"))
            telegram.fault("sendMessage", *[Fault(status=500)] * 1000)
        with bot.hurry(30):
            telegram.until(lambda: not bot.app.update_queue.inside)  # type: ignore[attr-defined]
    assert telegram.replies_to(poisoned) == []
    assert len(sends(telegram)) == MAX_TRIES + 1
    assert counts(db) == {"updates given up": 1}


def sends(telegram: TelegramServer) -> list[object]:
    return [call for call in telegram.calls if call.method == "sendMessage"]


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 5, "message": {"text": "税"}},
        {"update_id": 2**70, "message": None},
        {"update_id": True},
        {"update_id": 6, "message": {"message_id": 1, "date": 0, "chat": {"id": 2**70}}},
        {"update_id": 7, "message": {"message_id": 1, "date": 2**60, "chat": GROUP}},
        {"update_id": 8, "callback_query": []},
    ],
)
def test_a_webhook_takes_and_counts_an_update_that_cant_be_read(
    telegram: TelegramServer, tmp_path: Path, update: Json
) -> None:
    db, port = tmp_path / "taxnews.db", free_port()
    hook = {
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_listen": f"127.0.0.1:{port}",
        "webhook_secret": "S3cret_-",
    }
    with RunningBot(telegram, db=db, **hook):
        telegram.wait("setWebhook")
        request = urllib.request.Request(
            hook["webhook_url"],
            json.dumps(update).encode(),
            {"X-Telegram-Bot-Api-Secret-Token": "S3cret_-"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200
        telegram.reply_to(telegram.private("之后"))
    assert counts(db) == {"updates unreadable": 1}
