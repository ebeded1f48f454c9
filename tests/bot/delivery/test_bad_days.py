"""Telegram's bad days: nothing lost, nothing doubled that isn't counted, and all well after."""

import random
import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bot.delivery import inbox
from bot.delivery.polling import REFUSED
from bot.storage.chats import ChatStore
from tests.support.running_bot import RunningBot, several
from tests.support.telegram_server import ALICE, FORUM, GROUP, Fault, Json, TelegramServer

POLLED = 100
"""How many updates Telegram gives at most to one poll."""

FLOOD = "Too Many Requests: retry after 900"
GATEWAY = b"<html><body>502 Bad Gateway</body></html>"


def users(count: int) -> list[Json]:
    return [ALICE | {"id": 40_000 + i} for i in range(count)]


def counts(db: Path) -> dict[str, int]:
    with ChatStore(db) as store:
        return store.counts()


def ask_all(telegram: TelegramServer, people: list[Json]) -> list[Json]:
    return [telegram.private(f"问题{i}", sender=user) for i, user in enumerate(people)]


def answers(telegram: TelegramServer, questions: list[Json]) -> list[int]:
    """How often each was answered."""
    replied = Counter(
        (call["chat_id"], call["reply_parameters"]["message_id"])
        for call in telegram.called("sendMessage")
        if "reply_parameters" in call.params
    )
    return [replied[q["chat"]["id"], q["message_id"]] for q in questions]


# --- floods -----------------------------------------------------------------------------


def test_a_long_flood_wait_is_that_chats_alone(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db) as bot:
        telegram.fault("sendMessage", Fault(status=429, description=FLOOD, retry_after=900))
        flooded = telegram.group("/ask 问题")
        telegram.until(lambda: any(c.method == "sendMessage" for c in telegram.calls))
        started = bot.passed
        telegram.reply_to(telegram.private("别处的问题"))
        with bot.hurry(300):
            telegram.until(lambda: bot.passed - started > 850)
        assert answers(telegram, [flooded]) == [0]
        with bot.hurry(20):
            telegram.reply_to(flooded)
        assert bot.passed - started >= 899
    assert answers(telegram, [flooded]) == [1]
    assert counts(db) == {}


def test_a_stop_doesnt_wait_for_a_flood_to_pass(telegram: TelegramServer, tmp_path: Path) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db):
        telegram.fault("sendMessage", Fault(status=429, description=FLOOD, retry_after=900))
        flooded = telegram.group("/ask 问题")
        telegram.until(lambda: any(c.method == "sendMessage" for c in telegram.calls))
    with RunningBot(telegram, db=db, commands=24):
        telegram.reply_to(flooded)
    assert answers(telegram, [flooded]) == [1]
    assert counts(db) == {}


def test_a_flood_answered_to_a_tap_or_an_inline_query_is_no_error(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture
) -> None:
    flood = Fault(status=429, description=FLOOD, retry_after=900)
    with RunningBot(telegram, ask=several):
        answer = telegram.reply_to(telegram.private("问题")).result
        telegram.fault("answerCallbackQuery", flood)
        telegram.fault("answerInlineQuery", flood)
        telegram.press(answer, "p:1:1")
        telegram.inline("问题")
        edit = telegram.wait("editMessageText")[0]
        telegram.reply_to(telegram.group("/ask 之后"))
        telegram.settled()
    assert edit.result["text"].startswith("第2句。")
    assert not [r for r in caplog.records if r.name.startswith("bot") and r.levelname == "ERROR"]
    assert len(telegram.called("sendMessage")) == 2


# --- connections ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "delivered"),
    [
        (Fault(hang=4, cut=True), 1),
        (Fault(hang=4, cut=True, delivered=True), 2),
        (Fault(hang=1.5), 2),
    ],
    ids=["before delivery", "after delivery", "delivered late"],
)
def test_a_time_out_is_repeated_and_counted(
    telegram: TelegramServer, tmp_path: Path, fault: Fault, delivered: int
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db) as bot:
        telegram.fault("sendMessage", fault)
        with bot.hurry(30):
            question = telegram.private("问题")
            telegram.until(lambda: answers(telegram, [question]) == [delivered])
        telegram.settled()
    assert answers(telegram, [question]) == [delivered]
    assert counts(db) == {"sends repeated, fate unknown": 1}


def test_a_poll_that_hangs_is_given_up_for_another(telegram: TelegramServer) -> None:
    with RunningBot(telegram) as bot:
        telegram.fault("getUpdates", Fault(hang=60, cut=True))
        telegram.settled()
        telegram.private("唤醒")
        with bot.hurry(30):
            asked = telegram.private("问题")
            telegram.reply_to(asked)
    assert answers(telegram, [asked]) == [1]


def test_an_hour_of_outage_loses_and_doubles_nothing(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db, ask=several) as bot:
        before = ask_all(telegram, users(60)[:40])
        answer = telegram.reply_to(before[0]).result
        telegram.press(answer, "p:1:1", sender=users(1)[0])
        telegram.until(lambda: not telegram.unconfirmed)
        with telegram.outage():
            went_down = bot.passed
            during = ask_all(telegram, users(60)[40:])
            with bot.hurry(600):
                telegram.until(lambda: bot.passed - went_down >= 3600)
            assert bot.app.update_queue.inside <= 41  # type: ignore[attr-defined]
        with bot.hurry(20):
            telegram.until(lambda: min(answers(telegram, before + during)) > 0)
            telegram.wait("editMessageText")
        telegram.settled()
    repeated = counts(db).get("sends repeated, fate unknown", 0)
    assert sum(answers(telegram, before + during)) - 60 <= repeated
    assert set(answers(telegram, during)) == {1}


def test_without_a_name_server_it_waits_at_start_and_later(
    telegram: TelegramServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolve, is_down = socket.getaddrinfo, [True]

    def resolver(host: Any, *args: Any, **more: Any) -> Any:
        if is_down[0] and host in ("localhost", b"localhost"):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return resolve(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    db, named = tmp_path / "taxnews.db", telegram.url.replace("127.0.0.1", "localhost")
    with RunningBot(telegram, db=db, api_url=named, commands=0) as bot:
        first = telegram.private("启动时没有域名解析")
        with bot.hurry(20):
            telegram.until(lambda: bot.passed > 20)
            assert answers(telegram, [first]) == [0]
            is_down[0] = False
            telegram.until(lambda: answers(telegram, [first]) == [1])
            is_down[0] = True
            with telegram.outage():  # what was resolved before is cut
                second = telegram.private("后来又没有")
            later = bot.passed + 60
            telegram.until(lambda: bot.passed > later)
            assert answers(telegram, [second]) == [0]
            is_down[0] = False
            telegram.until(lambda: answers(telegram, [second]) == [1])
    assert counts(db) == {}


# --- garbled answers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"ok": tru', 200),
        (b"", 200),
        (b"null", 200),
        (b'{"ok": true}', 200),
        (b'{"ok": true, "result": true}', 200),
        (b'{"ok": true, "result": {"message_id": 7}}', 200),
        (GATEWAY, 502),
        (b"\xff\xfe", 200),
    ],
)
def test_a_garbled_answer_leaves_the_fate_of_a_message_unknown(
    telegram: TelegramServer, tmp_path: Path, body: bytes, status: int
) -> None:
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db) as bot:
        telegram.fault("sendMessage", Fault(status=status, body=body, delivered=True))
        with bot.hurry(5):
            question = telegram.private("问题")
            telegram.until(lambda: answers(telegram, [question]) == [2])
            telegram.reply_to(telegram.private("下一个"))
    assert answers(telegram, [question]) == [2]
    assert len(telegram.called("sendMessage")) == 3
    assert counts(db) == {"sends repeated, fate unknown": 1}


def test_a_garbled_answer_to_an_edit_or_a_poll_is_outlived(telegram: TelegramServer) -> None:
    garbled = [b'{"ok": true}', b'{"ok": true, "result": {}}', b'{"ok": true, "result": [1, {}]}']
    garbled += [b"null", b"[]", b'{"ok": true, "result": [{"update_id": "x"}]}', b"\xff"]
    with RunningBot(telegram, ask=several) as bot:
        answer = telegram.reply_to(telegram.private("问题")).result
        telegram.fault("editMessageText", *[Fault(body=body, delivered=True) for body in garbled])
        telegram.fault("getUpdates", *[Fault(body=body) for body in garbled])
        telegram.fault("answerCallbackQuery", Fault(body=b"null"))
        with bot.hurry(30):
            telegram.press(answer, "p:1:1")
            telegram.until(lambda: telegram.messages[ALICE["id"], answer["message_id"]] != answer)
            telegram.reply_to(telegram.private("之后"))
    shown = telegram.messages[ALICE["id"], answer["message_id"]]
    assert shown["text"].startswith("第2句。")
    assert len(telegram.called("sendMessage")) == 2


# --- refusals -----------------------------------------------------------------------------------


def test_a_token_withdrawn_between_two_polls_loses_no_answer(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    refusal = Fault(status=401, description="Unauthorized")
    with RunningBot(telegram, db=db) as bot:
        telegram.fault("sendMessage", *[refusal] * 9)
        question = telegram.private("问题")
        telegram.until(lambda: any(c.method == "sendMessage" for c in telegram.calls))
        telegram.fault("getUpdates", refusal)
        telegram.private("唤醒")
        bot.join()
    telegram.heal()
    assert str(bot.error) == REFUSED
    assert counts(db) == {}
    with RunningBot(telegram, db=db, commands=24):
        telegram.reply_to(question)
    assert answers(telegram, [question]) == [1]


def test_a_chat_that_bars_the_bot_costs_the_others_nothing(
    telegram: TelegramServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    db, people = tmp_path / "taxnews.db", users(20)
    telegram.blocked |= {user["id"] for user in people[::2]} | {GROUP["id"]}
    with RunningBot(telegram, db=db):
        questions = ask_all(telegram, people)
        telegram.group("/ask 问题")
        telegram.group("/settings", chat=FORUM)
        telegram.until(lambda: sum(answers(telegram, questions)) == 10)
        telegram.settled()
    assert answers(telegram, questions) == [0, 1] * 10
    assert counts(db) == {}
    assert not [r for r in caplog.records if r.name.startswith("bot") and r.levelname == "ERROR"]
    with ChatStore(db) as store:
        assert store.updates.unfinished() == []


@pytest.mark.parametrize(
    "refusal",
    ["message thread not found", "TOPIC_DELETED", "CHAT_SEND_PLAIN_FORBIDDEN", "CHAT_RESTRICTED",
     "have no rights to send a message", "need administrator rights in the channel chat"],
)  # fmt: skip
def test_where_no_answer_is_let_in_no_apology_is_tried(
    telegram: TelegramServer, caplog: pytest.LogCaptureFixture, refusal: str
) -> None:
    with RunningBot(telegram):
        telegram.fault("sendMessage", Fault(status=400, description=f"Bad Request: {refusal}"))
        telegram.topic("/ask 问题")
        telegram.until(lambda: any(call.method == "sendMessage" for call in telegram.calls))
        telegram.reply_to(telegram.private("别处的问题"))
    assert [call["chat_id"] for call in telegram.called("sendMessage")] == [ALICE["id"]]
    assert not [r for r in caplog.records if r.name.startswith("bot") and r.levelname == "ERROR"]


def test_an_admins_only_group_is_answered_though_asking_for_admins_fails_at_first(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db = tmp_path / "taxnews.db"
    with ChatStore(db) as store:
        store.settings.change(GROUP["id"], admins_only=True)
    telegram.members[GROUP["id"], ALICE["id"]] = "creator"
    telegram.fault("getChatMember", Fault(cut=True), Fault(status=502), Fault(body=b"null"))
    with RunningBot(telegram, db=db) as bot, bot.hurry(10):
        asked = telegram.group("/ask 问题")
        telegram.reply_to(asked)
    assert answers(telegram, [asked]) == [1]


# --- much at once ---------------------------------------------------------------------------------


def test_memory_is_bounded_while_nothing_can_be_sent(
    telegram: TelegramServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = 2 * POLLED
    monkeypatch.setattr(inbox, "WAITING", waiting)
    people = users(waiting + 150)
    db = tmp_path / "taxnews.db"
    with RunningBot(telegram, db=db) as bot:
        telegram.fault("sendMessage", *[Fault(status=500)] * 100_000)
        questions = ask_all(telegram, people)
        telegram.until(lambda: len(telegram.unconfirmed) <= len(people) - POLLED)
        refused = len(telegram.calls)
        telegram.until(lambda: len(telegram.calls) >= refused + 20, what="more tries")
        assert bot.app.update_queue.inside <= waiting  # type: ignore[attr-defined]
        assert len(telegram.unconfirmed) >= len(people) - waiting
        telegram.heal()
        with bot.hurry(15):
            telegram.until(lambda: min(answers(telegram, questions)) == 1, timeout=60)
    assert set(answers(telegram, questions)) == {1}
    assert counts(db) == {}


def test_a_day_on_which_all_goes_wrong_at_random_loses_nothing(
    telegram: TelegramServer, tmp_path: Path
) -> None:
    db, chance = tmp_path / "taxnews.db", random.Random(8)
    kinds = [
        Fault(status=500), Fault(status=502, body=GATEWAY), Fault(cut=True),
        Fault(cut=True, delivered=True), Fault(status=429, description=FLOOD, retry_after=30),
        Fault(body=b'{"ok": tru', delivered=True), Fault(hang=0.7, cut=True),
    ]  # fmt: skip
    with RunningBot(telegram, db=db) as bot, bot.hurry(40):
        for method in ("sendMessage", "getUpdates"):
            telegram.fault(method, *[chance.choice(kinds) for _ in range(15)])
        questions = ask_all(telegram, users(60))
        # A message that meets three faults of an unknown fate is given up, and counted.
        telegram.until(
            lambda: (
                answers(telegram, questions).count(0)
                <= counts(db).get("sends given up, fate unknown", 0)
            ),
            timeout=60,
        )
        telegram.settled()
        telegram.until(lambda: not bot.app.update_queue.inside)  # type: ignore[attr-defined]
    counted, answered = counts(db), answers(telegram, questions)
    assert answered.count(0) <= counted.get("sends given up, fate unknown", 0)
    assert sum(max(0, n - 1) for n in answered) <= counted["sends repeated, fate unknown"]
    with ChatStore(db) as store:
        assert store.updates.unfinished() == []
