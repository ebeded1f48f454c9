"""What is tried on the bot by people who mean no good, and what comes of it."""

import json
import logging
import random
import socket
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import webhook
from bot.render.texts import EN, ZH
from bot.storage.chats import ChatStore
from bot.storage.subscription_values import Audience
from retrieval.answering.answer import Answer
from retrieval.engine.opening import opened_library
from tests.drills.hostile import PLAIN, attempts
from tests.support.ports import free_port
from tests.support.running_bot import PASSAGE, POST, RunningBot, found, several
from tests.support.telegram_server import (
    ALICE,
    BOB,
    BOT,
    CHANNEL,
    FORUM,
    GROUP,
    Call,
    Json,
    TelegramServer,
    private_chat,
)

ANONYMOUS = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
FILE = {"file_id": "f", "file_unique_id": "f"}
PHOTO = [FILE | {"width": 9, "height": 9}]
UNSEEN = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\x00\x1b"


def told(telegram: TelegramServer, query: str) -> str | None:
    """What a tap was answered with."""

    def calls() -> list[Call]:
        return [
            c for c in telegram.called("answerCallbackQuery") if c["callback_query_id"] == query
        ]

    telegram.until(lambda: bool(calls()), what="an answer to the tap")
    text = calls()[0].params.get("text")
    return None if text is None else str(text)


def errors(caplog: pytest.LogCaptureFixture) -> list[str]:
    records = [r for r in caplog.records if r.name.startswith("bot")]
    return [r.getMessage() for r in records if r.levelno >= logging.ERROR]


# --- questions --------------------------------------------------------------------------


def test_every_hostile_question_gets_one_reply_that_telegram_takes(
    telegram: TelegramServer, own_db: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        opened_library(own_db) as library,
        RunningBot(telegram, library=library, db=own_db),
    ):
        asked = [
            telegram.private(question, sender=ALICE | {"id": 50_000 + i})
            for i, question in enumerate(attempts(random.Random(8)).values())
        ]
        replies = [telegram.reply_to(question) for question in asked]
        telegram.settled()
    assert [len(telegram.replies_to(question)) for question in asked] == [1] * len(asked)
    assert not any(mark in reply.result["text"] for reply in replies for mark in UNSEEN)
    # None was refused for its markup and sent as plain text instead.
    assert all(reply.params.get("parse_mode") == "HTML" for reply in replies)
    assert all(ZH.failed not in reply.result["text"] for reply in replies)
    assert errors(caplog) == []


@pytest.mark.parametrize("kind", ["zero width", "lone surrogates", "controls"])
def test_what_nobody_sees_changes_no_answer(kind: str, own_db: Path) -> None:
    with opened_library(own_db) as library:
        plain = library.ask(PLAIN)
        for seed in range(5):
            answer = library.ask(attempts(random.Random(seed))[kind])
            told = replace(answer, question=PLAIN, conversation=plain.conversation)
            assert told == plain
    assert plain.answered


@pytest.mark.parametrize(
    "content",
    [
        {"video": FILE | {"width": 9, "height": 9, "duration": 1}},
        {"audio": FILE | {"duration": 1}},
        {"animation": FILE | {"width": 9, "height": 9, "duration": 1}, "document": FILE},
        {"video_note": FILE | {"length": 9, "duration": 1}},
        {"contact": {"phone_number": "1", "first_name": "<b>"}},
        {"venue": {"location": {"latitude": 1.0, "longitude": 2.0}, "title": "x", "address": "y"}},
        {"game": {"title": "x", "description": "y", "photo": PHOTO}},
        {"story": {"chat": private_chat(ALICE), "id": 1}},
        {
            "poll": {
                "id": "1", "question": "税？", "options": [], "total_voter_count": 0,
                "is_closed": False, "is_anonymous": True, "type": "regular",
                "allows_multiple_answers": False, "allows_revoting": False, "members_only": False,
            }
        },
        {"photo": PHOTO, "caption": "\u202e<b>&amp;\ud800"},
        {"photo": PHOTO, "has_media_spoiler": True, "media_group_id": "7"},
        {"text": "\u3164", "forward_origin": {"type": "hidden_user", "date": 1,
                                              "sender_user_name": "<i>"}},
    ],
    ids=lambda content: next(iter(content)),
)  # fmt: skip
def test_every_kind_of_message_is_met_with_one_reply(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture, content: dict[str, Any]
) -> None:
    with RunningBot(telegram):
        telegram.reply_to(telegram.private(**content))
        telegram.group(**content)
        telegram.reply_to(telegram.private("之后", sender=BOB))
        telegram.settled()
    assert len(telegram.called("sendMessage")) == 2
    assert errors(caplog) == []


@pytest.mark.parametrize("caption", [None, "广东的发票？"])
def test_an_album_is_met_once(telegram: TelegramServer, caption: str | None) -> None:
    with RunningBot(telegram, user_rate=9):
        words = {"caption": caption} if caption else {}
        first = telegram.private(photo=PHOTO, media_group_id="7", **words)
        for _ in range(3):
            telegram.private(photo=PHOTO, media_group_id="7")
        telegram.reply_to(telegram.private(photo=PHOTO, media_group_id="8"))
        telegram.reply_to(telegram.private("之后", sender=BOB))
        telegram.settled()
    assert len(telegram.replies_to(first)) == 1
    assert len(telegram.called("sendMessage")) == 3


def test_a_live_location_is_met_once(telegram: TelegramServer) -> None:
    def location(**more: Any) -> dict[str, Any]:
        return {"latitude": 31.2, "longitude": 121.5, "live_period": 900} | more

    with RunningBot(telegram, user_rate=5):
        shared = telegram.private(location=location())
        telegram.reply_to(shared)
        for step in range(9):
            telegram.push("edited_message", shared | {"location": location(heading=step + 1)})
        telegram.reply_to(telegram.private("之后"))
        telegram.settled()
    assert len(telegram.called("sendMessage")) == 2
    assert telegram.called("editMessageText") == []


@pytest.mark.parametrize(
    "entities",
    [
        [{"type": "mention", "offset": 10**6, "length": 5}],
        [{"type": "mention", "offset": -5, "length": 99}],
        [{"type": kind, "offset": 1, "length": 0} for kind in ("mention", "bot_command")],
        [{"type": "bot_command", "offset": 0, "length": 10**9}],
        [{"type": "text_mention", "offset": 0, "length": 1, "user": BOT}] * 2000,
        [{"type": "mention", "offset": n, "length": 2} for n in range(2000)],
        [{"type": "made_up", "offset": 0, "length": 1}],
    ],
    ids=["beyond", "before", "empty", "huge", "the bot, often", "many", "unknown"],
)  # fmt: skip
def test_forged_entities_break_nothing(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture, entities: list[Json]
) -> None:
    with RunningBot(telegram):
        for _ in range(2):
            telegram.group("😀@taxnews_bot 广东的发票？" * 90, entities=entities)
        telegram.reply_to(telegram.private("😀税务🧾？" * 90, entities=entities))
        telegram.reply_to(telegram.private("之后", sender=BOB))
    assert errors(caplog) == []


COMMANDS = (
    "ask", "search", "latest", "read", "watch", "watches", "digest", "trend", "hot", "stats",
    "start", "help", "privacy", "forgetme", "settings",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_what_stands_behind_a_command_is_text_and_nothing_else(
    telegram: TelegramServer, own_db: Path, caplog: pytest.LogCaptureFixture, command: str
) -> None:
    injected = (
        "</b><b>&amp;<script> 来源:' OR 1=1 -- 分类:%' AND 1=1 2023年",
        "\u202e{limit}{query}%s%n\x00\ud800" + "\u0301" * 50,
        "税" * 4000,
        "../../etc/passwd 08:30 周一 Etc/../../passwd",
        "08:30 分类:<b>' OR 1=1 Asia/Shanghai",
        "p_" + "x" * 62,
        " ".join(f"税{i}" for i in range(999)),
        "08:30 America/Argentina 周" + "９" * 30,
    )
    with (
        opened_library(own_db) as library,
        RunningBot(telegram, library=library, db=own_db),
    ):
        replies = [
            telegram.reply_to(
                telegram.private(f"/{command} {text}", sender=ALICE | {"id": 60_000 + i})
            )
            for i, text in enumerate(injected)
        ]
    assert all(reply.params.get("parse_mode") == "HTML" for reply in replies)
    texts = [reply.result.get("text") or reply.result["caption"] for reply in replies]
    assert not any(mark in text for text in texts for mark in UNSEEN)
    entities = [e["type"] for reply in replies for e in reply.result.get("entities", ())]
    assert set(entities) <= {"bold", "text_link", "blockquote", "expandable_blockquote", "italic"}
    assert errors(caplog) == []


def test_a_saved_query_is_said_back_as_it_was_written(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        reply = telegram.reply_to(telegram.private("/watch <b>税</b> {limit} {query} &amp;"))
    assert reply.result["text"] == ZH.watch_saved.format(query="<b>税</b> {limit} {query} &amp;")


@pytest.mark.parametrize(
    "link",
    [
        "q_", "q_AA==", "q_" + "_" * 62, "q_" + "A" * 300, "q_7bCg", "q_AAAA", "p_", "p_-1",
        "p_%00", "p_../x", "w_1", "s:l", "ask", "'--", "\u202ep_1", "p_" + "9" * 99,
        "p_1_1", "p_1_x",
    ],
)  # fmt: skip
def test_a_made_up_deep_link_leads_nowhere(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture, link: str
) -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return found(question)

    with RunningBot(telegram, ask=ask):
        reply = telegram.reply_to(telegram.private(f"/start {link}"))
    said = reply.result["text"]
    assert asked or said.startswith(ZH.welcome) or said == ZH.read_unknown
    assert all(len(question) <= 62 for question in asked)
    assert errors(caplog) == []


# --- taps -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "s:l", "s:o", "s:h", "s:p", "w:1", "p:1:1", "c:1:0", "u:1:0", "d:1:0", "f:1:0",
        "x:1:0:w", "m:1:0", "v:g:1", "v:m", "v:u", "v:c:0", "n:0",
    ],
)  # fmt: skip
def test_a_forged_tap_changes_and_shows_nothing_of_another_chat(
    telegram: TelegramServer, tmp_path: Path, data: str
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as store:
        store.subscriptions.queries.add(Audience(ALICE["id"], 0, True), ALICE["id"], "留抵退税")
        store.settings.change(ALICE["id"], alternatives=3)
    with RunningBot(telegram, db=db, ask=several):
        telegram.reply_to(telegram.private("小林的问题"))
        for chat in (GROUP, CHANNEL):  # where Bob is no admin
            forged = telegram.message(chat, BOT, "别的")
            telegram.press(forged, data, sender=BOB)
        told(telegram, telegram.press(telegram.message(GROUP, BOT, "x"), "x", sender=BOB))
        telegram.settled()
        told(telegram, telegram.press(telegram.message(FORUM, BOT, "x"), "x", sender=BOB))
    assert telegram.called("editMessageText") == []
    assert len(telegram.called("sendMessage")) == 1
    with ChatStore(db) as store:
        assert [watch.query for watch in store.subscriptions.queries.all()] == ["留抵退税"]
        assert store.settings.of(ALICE["id"]).alternatives == 3
        assert store.settings.of(GROUP["id"]) == store.settings.of(CHANNEL["id"])
        assert store.replies.ratings(1) == (0, 0)


@pytest.mark.parametrize(
    "data",
    [
        "l:999999:", "l:0:' OR 1=1 --", "l:0:<b>&", "l:0:\u202e税", f"r:{POST.id}:99999",
        "r:' OR 1=1:0", "f:1:999", "p:1:999", "w:999999999999999", "p:\u0661:0", "税" * 20,
        "x:1:999:w", "x:1:0:' OR 1=1", "m:1:999", "v:g:999999999999999", "v:c:-1", "v:x", "n:-1",
        "{limit}", "p:1:0\n", "\x00", "s:ll", "w:" + "9" * 40, f"p:{2**63}:0",
        "l:" + "9" * 50 + ":", "p:1:" + "9" * 40, f"u:{2**64}:0", f"d:{2**63}:{2**63}",
    ],
)  # fmt: skip
def test_a_forged_tap_is_bounded_and_escaped(
    telegram: TelegramServer, own_db: Path, caplog: pytest.LogCaptureFixture, data: str
) -> None:
    with (
        opened_library(own_db) as library,
        RunningBot(telegram, library=library, db=own_db),
    ):
        answer = telegram.reply_to(telegram.private(PLAIN)).result
        query = telegram.press(answer, data)
        assert told(telegram, query) in (None, ZH.too_old)
        telegram.reply_to(telegram.private("之后"))
    assert errors(caplog) == []
    edits = [call.result["text"] for call in telegram.called("editMessageText")]
    assert not any(mark in text for text in edits for mark in UNSEEN)


# --- admins' business -------------------------------------------------------------------------


def test_nobody_but_an_admin_sets_anything_for_a_group(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    other = {"id": -100777, "type": "channel", "title": "冒名频道"}
    channel_bot = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
    with ChatStore(db) as store:
        store.subscriptions.queries.add(Audience(GROUP["id"], 0, False), None, "留抵退税")
    with RunningBot(telegram, db=db, user_rate=0, chat_rate=0):
        replies = []
        for command in ("/settings", "/watch 退税", "/digest 08:30", "/digest off"):
            replies.append(telegram.reply_to(telegram.group(command, sender=BOB)))
            as_channel = telegram.group(command, sender=channel_bot, sender_chat=other)
            replies.append(telegram.reply_to(as_channel))
        page = telegram.reply_to(telegram.group("/watches", sender=BOB)).result
        removal = page["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
        assert told(telegram, telegram.press(page, removal, sender=BOB)) == ZH.settings_admins
    assert {reply.result["text"] for reply in replies} == {ZH.settings_admins}
    with ChatStore(db) as store:
        assert [watch.query for watch in store.subscriptions.queries.all()] == ["留抵退税"]
        assert store._db.execute("SELECT count(*) FROM bot_digests").fetchone() == (0,)


def test_a_channels_own_commands_are_not_followed_again_in_its_discussion_group(
    telegram: TelegramServer,
) -> None:
    with RunningBot(telegram):
        post = telegram.channel_post("/watch 退税")
        telegram.reply_to(post)
        for command in ("/watch 退税", "/help", "/start"):
            telegram.group(command, sender_chat=CHANNEL, is_automatic_forward=True)
        telegram.group("/help", sender={"id": 5, "is_bot": True, "first_name": "别的机器人"})
        telegram.reply_to(telegram.private("之后"))
        telegram.settled()
    assert len(telegram.called("sendMessage")) == 2


def test_who_has_no_name_cant_have_the_others_without_one_forgotten(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.group("/watch 退税", sender=ANONYMOUS, sender_chat=GROUP)
        answer = telegram.reply_to(
            telegram.group("/ask 问题", sender=ANONYMOUS, sender_chat=GROUP)
        ).result
        elsewhere = telegram.group("/forgetme", chat=FORUM, sender=ANONYMOUS, sender_chat=FORUM)
        assert telegram.reply_to(elsewhere).result["text"] == ZH.forget_nobody
    with ChatStore(db) as store:
        assert [watch.query for watch in store.subscriptions.queries.all()] == ["退税"]
        assert store.replies.shown(GROUP["id"], answer["message_id"]) is not None


def test_in_a_group_nobody_reads_what_was_forgotten(telegram: TelegramServer) -> None:
    with RunningBot(telegram):
        telegram.reply_to(telegram.private("私下问的"))
        sure = telegram.reply_to(telegram.group("/forgetme")).result
        telegram.press(sure, "z", sender=BOB)
        telegram.settled()
        assert telegram.called("editMessageText") == []
        telegram.press(sure, "z")
        (edit,) = telegram.wait("editMessageText")
    assert edit.result["text"] == ZH.forgotten_here


# --- floods ----------------------------------------------------------------------------------


def test_a_flood_of_commands_is_cut_off_with_one_notice(
    telegram: TelegramServer, own_db: Path
) -> None:
    with RunningBot(telegram, user_rate=2, chat_rate=3):
        for command in ("/help", "/latest", "/privacy", "/watches", "/settings", "/forgetme"):
            telegram.private(command)
        telegram.reply_to(telegram.private("不急", sender=BOB))
        for i in range(6):
            telegram.group("/help", sender=ALICE | {"id": 70_000 + i})
        telegram.settled()
        telegram.until(lambda: len(telegram.called("sendMessage")) == 8)
    texts = [call.result["text"] for call in telegram.called("sendMessage")]
    assert (texts.count(ZH.too_many), texts.count(ZH.too_many_chat)) == (1, 1)


def test_a_flood_of_taps_is_cut_off(telegram: TelegramServer) -> None:
    with RunningBot(telegram, ask=several, user_rate=2, chat_rate=3):
        answer = telegram.reply_to(telegram.private("问题")).result
        queries = [telegram.press(answer, f"p:1:{i % 2}") for i in range(1, 11)]
        private = [told(telegram, query) for query in queries]
        asked = telegram.reply_to(telegram.group("/ask 问题")).result
        queries = [
            telegram.press(asked, f"p:2:{i % 2}", sender=ALICE | {"id": 80_000 + i})
            for i in range(1, 6)
        ]
        group = [told(telegram, query) for query in queries]
    assert private == [None] * 6 + [ZH.too_fast] * 4
    assert group == [None] * 2 + [ZH.too_fast] * 3  # the question was one of three


def test_a_flood_of_inline_queries_is_searched_for_no_longer(telegram: TelegramServer) -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return found(question)

    with RunningBot(telegram, ask=ask, user_rate=1):
        for i in range(9):
            telegram.inline(f"问题{i}" + "税" * 240)
        calls = telegram.wait("answerInlineQuery", 9)
        telegram.inline("别人的", sender=BOB)
        other = telegram.wait("answerInlineQuery", 10)[-1]
    assert len(asked) == 7
    assert [len(call["results"]) for call in calls] == [1] * 6 + [0] * 3
    assert calls[-1]["button"]["text"] == ZH.too_fast
    assert (calls[-1]["cache_time"], calls[-1]["is_personal"]) == (0, True)
    assert len(other["results"]) == 1


def test_strangers_cost_a_private_bot_one_line_each(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    with RunningBot(telegram, allowed=frozenset({ALICE["id"]})):
        telegram.reply_to(telegram.private("问题"))
        for text in ("问题", "/help", "/latest", "/start p_1", "/watch 退税", "/search 退税"):
            telegram.private(text, sender=BOB)
        ours = telegram.message(GROUP, BOT, "别的")
        assert told(telegram, telegram.press(ours, f"r:{POST.id}:0", sender=BOB)) is None
        telegram.inline("问题", sender=BOB)
        telegram.wait("answerInlineQuery")
        telegram.settled()
    texts = [call.result["text"] for call in telegram.called("sendMessage")]
    assert texts[1:] == [EN.not_allowed.format(user=BOB["id"])]
    assert telegram.called("editMessageText") == []


# --- inline ----------------------------------------------------------------------------------


def test_what_is_shown_inline_is_in_the_askers_script_and_cached_for_those_it_suits(
    telegram: TelegramServer,
) -> None:
    def inline(text: str, sender: Json = ALICE) -> Call:
        before = len(telegram.called("answerInlineQuery"))
        telegram.inline(text, sender=sender)
        return telegram.wait("answerInlineQuery", before + 1)[-1]

    def awkward(question: str) -> Answer:
        return Answer(question, 0.9, (replace(PASSAGE, title="<b>发票\u202e", source="</i>&"),))

    with RunningBot(telegram, ask=awkward):
        simplified, traditional = inline("发票多少？"), inline("發票多少？")
        english = inline("发票多少？", BOB)
    assert simplified["results"][0]["title"] == "<b>发票"
    assert traditional["results"][0]["title"] == "<b>發票"
    assert "自動發放了發票" in traditional["results"][0]["description"]
    message = traditional["results"][0]["input_message_content"]["message_text"]
    assert message.startswith("<b>2021年，廣東給287萬戶次納稅人自動發放了發票。</b>")
    assert "&lt;/i&gt;&amp;" in message
    assert [c["is_personal"] for c in (simplified, traditional, english)] == [False, False, True]


# --- the webhook ------------------------------------------------------------------------------


def test_a_webhook_takes_nothing_from_strangers_and_waits_for_nobody(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "_SLOWEST_BODY", 0.3)
    port = free_port()
    hook: dict[str, Any] = {
        "webhook_url": f"http://127.0.0.1:{port}/hook",
        "webhook_listen": f"127.0.0.1:{port}",
        "webhook_secret": "S3cret_-",
    }

    def post(secret: str, body: bytes, *, path: str = "/hook", length: int | None = None) -> str:
        """The status of the answer, "" where the connection is closed without one."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            f"{webhook.SECRET_HEADER}: {secret}\r\nContent-Type: text/plain\r\n"
            f"Content-Length: {len(body) if length is None else length}\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            with suppress(OSError):  # it may be closed while a huge body is on its way
                connection.sendall(head.encode("latin-1") + body)
            try:
                return connection.recv(99).decode().partition("\r\n")[0].partition(" ")[2]
            except ConnectionError:
                return ""

    update = json.dumps({"update_id": 1, "message": {"text": "税"}}).encode()
    nested = b"[" * 100_000
    with RunningBot(telegram, **hook):
        telegram.reply_to(telegram.private("之前"))
        assert post("", update) == post("s3cret_-", update) == "403 Forbidden"
        assert post("S3cret_-\xff", update) == "403 Forbidden"
        assert post("S3cret_-", update, path="/other") == "404 Not Found"
        assert post("S3cret_-", b"x" * (webhook.LONGEST_BODY + 1)) in ("", "400 Bad Request")
        assert post("S3cret_-", b"{", length=1000) == ""  # the rest never comes
        for garbled in (b"", b"\xff", b"null", b"[]", b'{"update_id": "1"}', nested):
            assert post("S3cret_-", garbled) == "200 OK"
        telegram.reply_to(telegram.private("之后"))
    assert len(telegram.called("sendMessage")) == 2
    assert not any("税" in record.getMessage() for record in caplog.records)
