"""Starting, stopping, and what Telegram or the network does to a running bot."""

import asyncio
import gc
import json
import logging
import sys
from pathlib import Path
from typing import Any, Literal

import pytest
from telegram import Update

from bot.application import ServeError
from bot.delivery.inbox import Inbox
from bot.delivery.metrics import Metrics
from bot.delivery.polling import CONFLICT, REFUSED, TelegramRequest
from bot.logs import set_up_logging
from bot.run import serve
from bot.settings import Settings, SettingsError, load
from bot.storage.chats import ChatStore
from bot.storage.thread import StorageThread
from tests.support.forked import Forked
from tests.support.ports import free_port
from tests.support.running_bot import (
    PASSAGE,
    RunningBot,
    found,
    library_of,
    stop,
)
from tests.support.telegram_server import TOKEN, Fault, TelegramServer

PRIVATE = {"id": 1001, "type": "private"}


def test_without_a_token_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TAXNEWS_TOKEN is not set"):
        serve(Settings(token=None), library_of(found), tmp_path / "x.db")


def test_a_wrong_token_is_one_clear_error_without_the_token(telegram: TelegramServer) -> None:
    with RunningBot(telegram, token="123456:Wrong-token") as bot:
        bot.join()
    assert isinstance(bot.error, ServeError)
    assert str(bot.error) == REFUSED
    assert bot.error.__suppress_context__


def test_a_token_withdrawn_later_ends_the_bot(telegram: TelegramServer) -> None:
    with RunningBot(telegram) as bot:
        telegram.reply_to(telegram.private("问题"))
        telegram.fault("getUpdates", Fault(status=401, description="Unauthorized"))
        telegram.private("唤醒")
        bot.join()
    assert str(bot.error) == REFUSED


def test_one_conflict_is_outlived_and_a_lasting_one_ends_the_bot(telegram: TelegramServer) -> None:
    conflict = Fault(status=409, description="Conflict: terminated by other getUpdates request")
    with RunningBot(telegram) as bot:
        telegram.fault("getUpdates", conflict)
        telegram.private("唤醒")
        telegram.reply_to(telegram.private("问题"))
        telegram.fault("getUpdates", *[conflict] * 3)
        telegram.private("唤醒")
        bot.join()
    assert isinstance(bot.error, ServeError)
    assert str(bot.error) == CONFLICT


def test_a_network_that_isnt_there_at_start_is_waited_for(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    telegram.fault("getMe", Fault(cut=True), Fault(status=502))
    with RunningBot(telegram):
        telegram.reply_to(telegram.private("问题"))
    assert f"can't reach {telegram.url} (NetworkError): trying again" in caplog.text
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("by", ["polling", "webhook"])
def test_an_update_that_cant_be_read_is_passed_over_and_counted(
    telegram: TelegramServer, tmp_path: Path, caplog: pytest.LogCaptureFixture, by: str
) -> None:
    db, port = tmp_path / "taxnews.db", free_port()
    hook: dict[str, Any] = {
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_listen": f"127.0.0.1:{port}",
        "webhook_secret": "S3cret_-",
    }
    with RunningBot(telegram, db=db, **(hook if by == "webhook" else {})):
        before = telegram.private("之前")
        telegram.push("my_chat_member", {"chat": {}})
        after = telegram.private("之后")
        telegram.reply_to(before)
        telegram.reply_to(after)
        broken = telegram.push("message", {"text": "我的机密问题"})
        telegram.settled()
        telegram.push_again(broken)
        telegram.settled()
    assert telegram.rejected == []
    assert "an update can't be read, and is passed over: message, update_id" in caplog.text
    assert "机密" not in "".join(r.getMessage() for r in caplog.records if r.name.startswith("bot"))
    with ChatStore(db) as store:
        assert store.counts() == {"updates unreadable": 2}
        assert store.updates.unfinished() == []


def test_an_update_that_is_nested_too_deeply_to_be_written_is_passed_over(tmp_path: Path) -> None:
    nested: Any = 1
    for _ in range(100_000):
        nested = [nested]
    with ChatStore(tmp_path / "taxnews.db") as store:
        inbox = Inbox(StorageThread(store), Metrics())
        asyncio.run(inbox.put(Update(7, api_kwargs={"unknown": nested})))
        assert inbox.empty()
        assert store.counts() == {"updates unreadable": 1}
        assert store.updates.unfinished() == []


def test_an_update_of_a_poll_enters_as_it_was_read_and_is_written_down_as_it_came(
    tmp_path: Path,
) -> None:
    raw = {"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": PRIVATE, "new": [1]}}
    update = Update.de_json(raw, None)
    with ChatStore(tmp_path / "taxnews.db") as store:
        inbox = Inbox(StorageThread(store), Metrics())
        inbox.expected[7] = update, raw
        asyncio.run(inbox.put(Update(7)))
        assert inbox.get_nowait() is update
        assert [json.loads(body) for body in store.updates.unfinished()] == [raw]


def test_of_a_message_that_was_sent_no_more_is_read_than_its_id_date_and_chat() -> None:
    message = {"message_id": 7, "date": 1, "chat": PRIVATE, "text": "答案", "reply_markup": {}}
    answer = TelegramRequest.parse_json_payload(
        json.dumps({"ok": True, "result": message}).encode()
    )
    assert answer == {"ok": True, "result": {"message_id": 7, "date": 1, "chat": PRIVATE}}


def test_an_update_that_a_later_version_cant_read_keeps_it_from_nothing(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as store:
        store.updates.write_down(7, '{"update_id": 7, "message": {"text": "x"}}', chat=1, user=1)
        store.updates.write_down(8, "null", chat=1, user=1)
    with RunningBot(telegram, db=db):
        telegram.reply_to(telegram.private("问题"))
    with ChatStore(db) as store:
        assert store.counts() == {"updates unreadable": 2}
        assert store.updates.unfinished() == [
            "null"
        ]  # it has no number; after five starts it is given up


def test_a_webhook_that_telegram_refuses_is_one_clear_error(telegram: TelegramServer) -> None:
    port = free_port()
    told = "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    telegram.fault("setWebhook", Fault(cut=True), Fault(status=400, description=told))
    url = f"http://127.0.0.1:{port}/hook"
    listen = f"127.0.0.1:{port}"
    with RunningBot(
        telegram, webhook_url=url, webhook_listen=listen, webhook_secret="x", commands=99
    ) as bot:
        bot.join()
    assert str(bot.error).startswith("Telegram refused TAXNEWS_WEBHOOK_URL: Bad webhook")


def test_commands_that_cant_be_set_dont_keep_it_from_answering(telegram: TelegramServer) -> None:
    telegram.fault("setMyCommands", Fault(status=400, description="Bad Request: nonsense"))
    with RunningBot(telegram, commands=0):
        reply = telegram.reply_to(telegram.private("问题"))
    assert PASSAGE.sentence in reply.result["text"]


def test_only_updates_with_a_handler_are_asked_for(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        telegram.reply_to(telegram.private("问题"))
        poll = telegram.called("getUpdates")[0]
    assert "message" in poll["allowed_updates"]
    assert "chat_member" not in poll["allowed_updates"]


@pytest.mark.parametrize("form", ["text", "json"])
def test_nobody_reads_token_or_questions_in_the_log(
    caplog: pytest.LogCaptureFixture, form: Literal["text", "json"]
) -> None:
    caplog.set_level(logging.INFO)
    formatters = [(handler, handler.formatter) for handler in logging.getLogger().handlers]
    set_up_logging(TOKEN, form=form)
    secret = TOKEN.partition(":")[2]
    try:
        handler = logging.getLogger().handlers[-1]
        quoted = TOKEN.replace(":", "%3A")
        for args in [("at %s", f"https://x/bot{TOKEN}/getMe"), (f"plain {TOKEN}",), (quoted,)]:
            record = logging.LogRecord("any", logging.ERROR, "f", 1, args[0], args[1:], None)
            assert secret not in handler.format(record)
        try:
            raise ValueError(TOKEN)
        except ValueError:
            record = logging.LogRecord("x", logging.ERROR, "f", 1, "oh", (), sys.exc_info())
        assert "ValueError: <token>" in handler.format(record)
        # PTB prints whole updates when it can't read them.
        logging.getLogger("telegram.ext.ExtBot").critical("Received data was 机密")
        logging.getLogger("httpx").info("HTTP Request: POST 机密")
        assert "机密" not in caplog.text
    finally:
        for handler, formatter in formatters:
            handler.setFormatter(formatter)
        for name in ("httpx", "httpcore", "telegram"):
            logging.getLogger(name).setLevel(logging.NOTSET)


def serve_the_one_post() -> None:
    serve(load(), library_of(found), Path("taxnews.db"))


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_program_of_its_own_serves_until_it_is_told_to_stop(
    telegram: TelegramServer, tmp_path: Path, form: str
) -> None:
    settings = {"TAXNEWS_TOKEN": TOKEN, "TAXNEWS_LOG": form, "TAXNEWS_API_URL": telegram.url}
    process = Forked(serve_the_one_post, folder=tmp_path, keep=True, **settings)
    try:
        question = telegram.private("我的机密问题")
        telegram.reply_to(question)
    finally:
        stop(process)
    _, log = process.output()
    assert process.wait() == 0
    if form == "json":
        lines = [json.loads(line) for line in log.splitlines()]
        assert ("INFO", "answering as @taxnews_bot") in [
            (line["levelname"], line["message"]) for line in lines
        ]
    assert "answering as @taxnews_bot" in log
    assert TOKEN not in log
    assert "机密" not in log
    assert telegram.unconfirmed == []
    assert len(telegram.replies_to(question)) == 1


# anyio leaves the coroutine of a connection behind that is cancelled before it begins.
@pytest.mark.filterwarnings(
    "ignore:coroutine 'connect_tcp:RuntimeWarning",
    "ignore:.*connect_tcp:pytest.PytestUnraisableExceptionWarning",
)
@pytest.mark.parametrize("interrupts", [0, 1, 3], ids=["once", "twice", "often"])
@pytest.mark.parametrize("commands", [0, 1, 12], ids=["at start", "while starting", "running"])
def test_a_bot_that_stops_leaves_no_task_pending(
    telegram: TelegramServer, commands: int, interrupts: int
) -> None:
    bot = RunningBot(telegram, commands=commands)
    left: list[asyncio.Task[Any]] = []
    close = bot._loop.close

    def closing() -> None:
        left.extend(asyncio.all_tasks(bot._loop))
        close()

    bot._loop.close = closing  # type: ignore[method-assign]
    with bot:
        if commands == 12:
            telegram.reply_to(telegram.private("问题"))
        for _ in range(interrupts):  # signals that come before the end is over
            bot.interrupt()
    assert left == []
    assert bot._loop.is_closed()
    gc.collect()  # what was left behind is warned of here and not in another test
