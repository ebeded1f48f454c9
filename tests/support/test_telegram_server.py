"""The test server itself: it must be as strict as Telegram, or the other tests prove little."""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.support.telegram_server import (
    ALICE,
    BOT,
    FORUM,
    GROUP,
    TOKEN,
    Fault,
    Refusal,
    TelegramServer,
    check_call,
    entities_in,
    parse_html,
    private_chat,
)

Json = dict[str, Any]


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with TelegramServer() as running:
        yield running


def call(server: TelegramServer, method: str, *, token: str = TOKEN, **params: Any) -> Any:
    """The result of a call; its description as a string where it is refused."""
    fields = {
        k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in params.items()
    }
    data = urllib.parse.urlencode(fields).encode()
    try:
        with urllib.request.urlopen(
            f"{server.url}/bot{token}/{method}", data, timeout=20
        ) as answer:
            return json.load(answer)["result"]
    except urllib.error.HTTPError as error:
        with error:
            return json.load(error)["description"]


def updates(server: TelegramServer, **params: Any) -> list[int]:
    return [update["update_id"] for update in call(server, "getUpdates", **params)]


# --- updates -------------------------------------------------------------------------


def test_an_update_is_delivered_until_a_higher_offset_confirms_it(server: TelegramServer) -> None:
    first, second = server.push("message", {}), server.push("message", {})
    assert updates(server) == [first, second]
    assert updates(server) == [first, second]
    assert updates(server, limit=1) == [first]
    assert updates(server, offset=first + 1) == [second]
    assert server.unconfirmed == [second]
    assert updates(server, offset=second + 1) == []


def test_a_negative_offset_forgets_all_but_the_last(server: TelegramServer) -> None:
    ids = [server.push("message", {}) for _ in range(3)]
    assert updates(server, offset=-1) == ids[-1:]
    assert server.unconfirmed == ids[-1:]


def test_a_long_poll_waits_for_what_comes(server: TelegramServer) -> None:
    threading.Timer(0.3, lambda: server.push("message", {})).start()
    begun = time.monotonic()
    assert len(updates(server, timeout=10)) == 1
    assert 0.2 < time.monotonic() - begun < 5


def test_kinds_that_werent_asked_for_are_not_kept(server: TelegramServer) -> None:
    server.push("chat_member", {})
    assert updates(server, allowed_updates=["chat_member"]) == []
    server.push("message", {})
    wanted = server.push("chat_member", {})
    assert updates(server) == [wanted]


def test_a_second_poll_ends_the_first_with_a_conflict(server: TelegramServer) -> None:
    said: list[Any] = []
    poller = threading.Thread(target=lambda: said.append(call(server, "getUpdates", timeout=5)))
    poller.start()
    server.until(lambda: server._polls == 1)
    assert updates(server) == []
    poller.join()
    assert said[0].startswith("Conflict: terminated by other getUpdates")


def test_a_wrong_token_is_refused(server: TelegramServer) -> None:
    assert call(server, "getMe", token="1:x") == "Unauthorized"
    assert call(server, "getMe", token="nonsense") == "Not Found"
    assert call(server, "getMe")["username"] == "taxnews_bot"


def test_a_webhook_gets_updates_with_its_secret_until_it_accepts_them(
    server: TelegramServer,
) -> None:
    seen: list[tuple[str | None, Json]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], json.loads(body)))
            self.send_response(500 if len(seen) == 1 else 200)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{http.server_port}/hook"
        call(server, "setWebhook", url=url, secret_token="s_1-S")
        update = server.push("message", {"text": "x"})
        server.settled()
        http.shutdown()
    expected = {"update_id": update, "message": {"text": "x"}}
    assert seen == [("s_1-S", expected)] * 2
    assert server.rejected == [update]
    assert call(server, "getUpdates").startswith("Conflict: can't use getUpdates")
    assert call(server, "deleteWebhook") is True
    assert call(server, "getWebhookInfo")["url"] == ""
    assert "unallowed" in call(server, "setWebhook", url=url, secret_token="a b")


# --- messages ------------------------------------------------------------------------


def send(server: TelegramServer, text: str = "x", **params: Any) -> Any:
    server.private("在吗")
    return call(server, "sendMessage", **({"chat_id": ALICE["id"], "text": text} | params))


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"text": " \n"}, "message text is empty"),
        ({"text": "税" * 4097}, "message is too long"),
        ({"text": "𠮷" * 2049}, "message is too long"),
        (
            {"text": "<b>x", "parse_mode": "HTML"},
            'can\'t find end tag corresponding to start tag "b"',
        ),
        ({"text": "a < b", "parse_mode": "HTML"}, 'unsupported start tag ""'),
        ({"text": "<p>x</p>", "parse_mode": "HTML"}, 'unsupported start tag "p"'),
        ({"chat_id": 99}, "chat not found"),
        ({"message_thread_id": 3}, "message thread not found"),
        ({"reply_parameters": {"message_id": 999}}, "message to be replied not found"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x"}]]}}, "Text buttons are unallowed"),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "税" * 22}]]}},
            "BUTTON_DATA_INVALID",
        ),
        (
            {"reply_markup": {"inline_keyboard": [[{"text": "x", "url": "javascript:1"}]]}},
            "inline keyboard button URL 'javascript:1' is invalid",
        ),
    ],
)
def test_what_telegram_refuses_is_refused(
    server: TelegramServer, params: Json, description: str
) -> None:
    assert description in send(server, **params)
    assert server.called("sendMessage") == []


def test_what_telegram_takes_is_taken(server: TelegramServer) -> None:
    assert send(server, "税" * 4096)["text"] == "税" * 4096
    assert send(server, "𠮷" * 2048)["message_id"] > 10
    assert send(server, "<b>" + "税" * 4096 + "</b>", parse_mode="HTML")["entities"] == [
        {"type": "bold", "offset": 0, "length": 4096}
    ]
    assert send(server, "123")["text"] == "123"
    assert send(server, '{"a": 1}')["text"] == '{"a": 1}'
    lost = {"message_id": 999, "allow_sending_without_reply": True}
    assert "reply_to_message" not in send(server, reply_parameters=lost)
    topic = send(server, chat_id=FORUM["id"], message_thread_id=5)
    assert topic["is_topic_message"] is True


def test_an_edit_must_change_something_of_the_bots_own(server: TelegramServer) -> None:
    message = send(server, "旧")
    place = {"chat_id": ALICE["id"], "message_id": message["message_id"]}
    assert "message is not modified" in call(server, "editMessageText", text="旧", **place)
    assert call(server, "editMessageText", text="新", **place)["text"] == "新"
    markup = {"inline_keyboard": [[{"text": "x", "callback_data": "1"}]]}
    edited = call(server, "editMessageReplyMarkup", reply_markup=markup, **place)
    assert edited["reply_markup"] == markup
    theirs = server.message(private_chat(ALICE), ALICE, "她的")
    place["message_id"] = theirs["message_id"]
    assert "can't be edited" in call(server, "editMessageText", text="新", **place)
    place["message_id"] = 999
    assert "message to edit not found" in call(server, "editMessageText", text="新", **place)


def test_a_query_can_be_answered_once_and_not_too_late(server: TelegramServer) -> None:
    query = server.press(server.message(GROUP, BOT, "x"), "data")
    assert "MESSAGE_TOO_LONG" in call(
        server, "answerCallbackQuery", callback_query_id=query, text="税" * 201
    )
    query, late = server.press({}, "data"), server.inline("问")
    assert call(server, "answerCallbackQuery", callback_query_id=query) is True
    assert "query is too old" in call(server, "answerCallbackQuery", callback_query_id=query)
    server.expire(late)
    assert "query is too old" in call(server, "answerInlineQuery", inline_query_id=late, results=[])


def test_inline_results_have_their_limits(server: TelegramServer) -> None:
    def answer(results: list[Json], **params: Any) -> Any:
        query = server.inline("问")
        return call(server, "answerInlineQuery", inline_query_id=query, results=results, **params)

    def article(number: int, **more: Any) -> Json:
        content = {"message_text": "<b>x</b>", "parse_mode": "HTML"}
        return {
            "type": "article", "id": str(number), "title": "x", "input_message_content": content
        } | more  # fmt: skip

    assert answer([article(i) for i in range(50)]) is True
    assert "RESULTS_TOO_MUCH" in answer([article(i) for i in range(51)])
    assert "RESULT_ID_INVALID" in answer([article(1, id="税" * 22)])
    assert "RESULT_ID_DUPLICATE" in answer([article(1), article(1)])
    assert "NEXT_OFFSET_INVALID" in answer([], next_offset="x" * 65)


def test_commands_have_telegrams_form(server: TelegramServer) -> None:
    def menu(name: str) -> Any:
        return call(server, "setMyCommands", commands=[{"command": name, "description": "x"}])

    assert menu("ask_1") is True
    assert "BOT_COMMAND_INVALID" in menu("问")


# --- faults ----------------------------------------------------------------------------


def test_faults_come_in_turn_and_say_whether_the_call_took_effect(server: TelegramServer) -> None:
    server.fault(
        "sendMessage",
        Fault(status=429, description="Too Many Requests", retry_after=3),
        Fault(status=500),
        Fault(cut=True, delivered=True),
        Fault(body=b"{", delivered=True),
        Fault(hang=0.3),
    )
    assert send(server) == "Too Many Requests"
    assert send(server) == "Internal Server Error"
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        send(server)
    with pytest.raises(ValueError):  # noqa: PT011
        send(server)
    begun = time.monotonic()
    assert send(server)["text"] == "x"
    assert time.monotonic() - begun >= 0.3
    assert [c.ok for c in server.calls if c.method == "sendMessage"] == [
        False, False, True, True, True,
    ]  # fmt: skip


# --- entities, and the description of the API ---------------------------------------------


def test_html_is_parsed_as_telegram_does() -> None:
    html = '𠮷<b>税&lt;<i>务</i></b>&amp;&#x41;&#66; <a href="https://a.org/?x&amp;y">链</a>'
    assert parse_html(html) == (
        "𠮷税<务&AB 链",
        [
            {"type": "bold", "offset": 2, "length": 3},
            {"type": "italic", "offset": 4, "length": 1},
            {"type": "text_link", "url": "https://a.org/?x&y", "offset": 9, "length": 1},
        ],
    )
    for wrong in ("<b><i>x</b></i>", "x</b>", "<b", "<b x", "<span>x</span>"):
        with pytest.raises(Refusal, match="can't parse entities"):
            parse_html(wrong)
    with pytest.raises(Refusal, match="nested"):
        parse_html("<blockquote>a<blockquote>b</blockquote></blockquote>")


def test_entities_are_found_in_what_people_type() -> None:
    text = "𠮷 /ask@taxnews_bot 见 https://a.org/@x 和 @alice_lin x@y.org"
    found = [(e["type"], e["offset"], e["length"]) for e in entities_in(text)]
    assert found == [("bot_command", 3, 16), ("url", 22, 16), ("mention", 41, 10)]


_SPEC = {
    "methods": {
        "send": {
            "fields": [
                {"name": "chat", "types": ["Integer", "String"], "required": True},
                {"name": "rows", "types": ["Array of Array of Button"], "required": False},
            ]
        }
    },
    "types": {
        "Button": {"subtypes": ["Link"]},
        "Link": {"fields": [{"name": "url", "types": ["String"], "required": True}]},
    },
}


@pytest.mark.parametrize(
    ("method", "params", "violations"),
    [
        ("send", {"chat": 1, "rows": [[{"url": "x"}]]}, []),
        ("sent", {}, ["no method sent"]),
        ("send", {}, ["send: chat is missing"]),
        ("send", {"chat": 1, "x": 2}, ["send: no parameter x"]),
        ("send", {"chat": [1]}, ["send.chat: [1] is no Integer"]),
        ("send", {"chat": 1, "rows": [1]}, ["send.rows: not an array"]),
        ("send", {"chat": 1, "rows": [[{}]]}, ["send.rows: url is missing"]),
    ],
)
def test_a_call_that_the_api_doesnt_describe_is_a_violation(
    method: str, params: Json, violations: list[str]
) -> None:
    assert check_call(_SPEC, method, params) == violations
    assert check_call(None, method, params) == []
