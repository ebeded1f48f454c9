"""A Bot API server of our own: real HTTP on loopback, Telegram's rules, and its bad days.

It keeps what Telegram keeps (chats, messages, unconfirmed updates, a webhook),
refuses what Telegram refuses, in Telegram's words, and hides nothing: every
call is listed with its parameters and outcome, and an update that was not
confirmed is delivered again. Updates are pushed, calls awaited and faults
injected from the test's thread; the server runs in its own.

Where the machine-readable Bot API is at hand (`TAXNEWS_BOT_API_SPEC`, else
`bot-api-10.1.json` in a folder `shared` beside the checkout) every request is
checked against it, and what doesn't fit is listed in `violations`.
"""

import asyncio
import contextlib
import json
import os
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import tornado.httpclient
import tornado.httpserver
import tornado.iostream
import tornado.netutil
import tornado.web

from tests.support.ports import held

Json = dict[str, Any]

TOKEN = "123456:TEST-token_of-the-test-server"
BOT = {
    "id": 123456,
    "is_bot": True,
    "first_name": "税讯",
    "username": "taxnews_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": True,
}
ALICE = {"id": 1001, "is_bot": False, "first_name": "小林", "username": "alice_lin"} | {
    "language_code": "zh-hans"
}
BOB = {"id": 1002, "is_bot": False, "first_name": "Bob", "language_code": "en"}
GROUP = {"id": -100200, "type": "supergroup", "title": "会计交流群"}
FORUM = {"id": -100300, "type": "supergroup", "title": "财税论坛", "is_forum": True}
CHANNEL = {"id": -100400, "type": "channel", "title": "税务播报", "username": "tax_channel"}

OFF_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")


@dataclass(frozen=True, slots=True)
class Call:
    """One request of the bot: when it came, what it asked for, what it was told."""

    method: str
    params: Json
    at: float
    ok: bool
    result: Any

    def __getitem__(self, name: str) -> Any:
        return self.params[name]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with a call.

    `delivered` lets the call take effect before it does. `status` answers with
    an error, `body` with raw bytes; `hang` seconds pass first; `cut` closes the
    connection without an answer.
    """

    status: int | None = None
    description: str = "Internal Server Error"
    retry_after: int | None = None
    body: bytes | None = None
    hang: float = 0.0
    cut: bool = False
    delivered: bool = False

    @property
    def fails(self) -> bool:
        """Whether the bot is told anything but the true outcome."""
        return self.cut or self.body is not None or self.status is not None


class Refusal(Exception):
    """An error answer of the Bot API."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


class TelegramServer:
    """The server. `with TelegramServer() as telegram:` runs it, `telegram.url` is its address."""

    def __init__(self, token: str = TOKEN) -> None:
        self.token = token
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.chats: dict[int, Json] = {c["id"]: dict(c) for c in (GROUP, FORUM, CHANNEL)}
        self.messages: dict[tuple[int, int], Json] = {}
        self.photos: dict[str, bytes] = {}
        """Pictures that the bot has uploaded, by their file ids."""
        self.members: dict[tuple[int, int], str] = {}
        self.blocked: set[int] = set()
        self.webhook: Json = {}
        self.rejected: list[int] = []
        """Update ids of webhook deliveries that were answered with an error."""
        self._updates: deque[Json] = deque()
        self._pushed: dict[int, Json] = {}
        self._allowed: list[str] | None = None
        self._open_queries: set[str] = set()
        self._next_update, self._next_message, self._next_query = 7_000_000, 10, 1
        self._faults: dict[str, deque[Fault]] = {}
        self._uploads: dict[str, bytes] = {}
        self._uploaded = 0
        self._polls = 0
        self._lock = threading.RLock()
        self._spec = _load_spec()
        self._loop = asyncio.new_event_loop()
        self._arrived: asyncio.Event
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self.url = ""

    def __enter__(self) -> "TelegramServer":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)

        async def start() -> None:
            self._arrived = asyncio.Event()
            self.url = f"http://127.0.0.1:{self._listen(0)}"
            self._deliveries = self._loop.create_task(self._deliver())
            self._ready.set()

        async def stop() -> None:
            await self._hang_up()
            tasks = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._loop.run_until_complete(start())
        self._loop.run_forever()
        self._loop.run_until_complete(stop())
        self._loop.close()

    def _listen(self, port: int) -> int:
        app = tornado.web.Application(
            [(r"/bot([^/]*)/(\w+)", _Endpoint, {"server": self})],
            log_function=lambda handler: None,
        )
        self._http = tornado.httpserver.HTTPServer(app)
        sockets = tornado.netutil.bind_sockets(port, "127.0.0.1")
        self._http.add_sockets(sockets)
        return int(sockets[0].getsockname()[1])

    async def _hang_up(self) -> None:
        self._http.stop()
        await self._http.close_all_connections()

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """Within, no connection can be made, and those there were are cut."""

        port = int(self.url.rpartition(":")[2])

        async def come_back() -> None:
            self._listen(port)

        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(10)
        with held(port):
            yield
        asyncio.run_coroutine_threadsafe(come_back(), self._loop).result(10)

    # --- what happens in the chats --------------------------------------------

    def push(self, kind: str, content: Json) -> int:
        """An update of any kind; returns its id."""
        with self._lock:
            update_id = self._next_update
            self._next_update += 1
            allowed = self._allowed
            wanted = kind not in OFF_BY_DEFAULT if not allowed else kind in allowed
            if wanted:
                self._pushed[update_id] = {"update_id": update_id, kind: content}
                self._updates.append(self._pushed[update_id])
        self._wake()
        return update_id

    def push_again(self, update_id: int) -> None:
        """Delivers an update once more, as happens when a confirmation is lost."""
        with self._lock:
            self._updates.appendleft(self._pushed[update_id])
        self._wake()

    def message(
        self, chat: Json, sender: Json | None, text: str | None = None, **more: Any
    ) -> Json:
        """A message in `chat` as Telegram would describe it; it is not pushed.

        `text` gets its entities (commands, mentions, addresses) by itself; other
        contents and fields come by name.
        """
        with self._lock:
            self.chats.setdefault(chat["id"], dict(chat))
            message: Json = {
                "message_id": self._next_message,
                "date": int(time.time()),
                "chat": {k: v for k, v in chat.items() if k != "language_code"},
            }
            self._next_message += 1
            if sender:
                message["from"] = sender
            if text is not None:
                message["text"] = text
                if found := entities_in(text):
                    message["entities"] = found
            if "caption" in more and (found := entities_in(more["caption"])):
                message["caption_entities"] = found
            message |= more
            self.messages[chat["id"], message["message_id"]] = message
            return message

    def private(self, text: str | None = None, *, sender: Json = ALICE, **more: Any) -> Json:
        """`sender` writes to the bot in private; returns the message."""
        message = self.message(private_chat(sender), sender, text, **more)
        self.push("message", message)
        return message

    def group(
        self, text: str | None = None, *, sender: Json = ALICE, chat: Json = GROUP, **more: Any
    ) -> Json:
        """`sender` writes in a group; returns the message."""
        message = self.message(chat, sender, text, **more)
        self.push("message", message)
        return message

    def topic(
        self, text: str | None = None, *, thread: int = 5, sender: Json = ALICE, **more: Any
    ) -> Json:
        """`sender` writes in a topic of the forum; like all there, it replies to its opening."""
        opening = {
            "message_id": thread,
            "date": int(time.time()) - 86400,
            "chat": FORUM,
            "from": BOT,
            "message_thread_id": thread,
            "is_topic_message": True,
            "forum_topic_created": {"name": "留抵退税", "icon_color": 7322096},
        }
        fields = {"message_thread_id": thread, "is_topic_message": True}
        fields |= {"reply_to_message": opening}
        return self.group(text, sender=sender, chat=FORUM, **(fields | more))

    def channel_post(self, text: str | None = None, *, chat: Json = CHANNEL, **more: Any) -> Json:
        """A post in a channel: it has no sender but the channel."""
        message = self.message(chat, None, text, sender_chat=chat, **more)
        self.push("channel_post", message)
        return message

    def edit(self, message: Json, text: str) -> Json:
        """The writer of `message` edits it."""
        fields = {k: v for k, v in message.items() if k != "entities"}
        found = {"entities": entities_in(text)} if entities_in(text) else {}
        edited = fields | {"text": text, "edit_date": int(time.time())} | found
        kind = "edited_channel_post" if message["chat"]["type"] == "channel" else "edited_message"
        self.push(kind, edited)
        return edited

    def press(self, message: Json, data: str, *, sender: Json = ALICE) -> str:
        """`sender` presses the button with `data` under a message of the bot; returns the query."""
        query = self._new_query()
        self.push(
            "callback_query",
            {"id": query, "from": sender, "message": message, "chat_instance": "7", "data": data},
        )
        return query

    def inline(self, text: str, *, offset: str = "", sender: Json = ALICE) -> str:
        """`sender` types `@bot text` somewhere; returns the query's id."""
        query = self._new_query()
        content = {"id": query, "from": sender, "query": text, "offset": offset}
        self.push("inline_query", content | {"chat_type": "sender"})
        return query

    def membership(self, chat: Json, old: str, new: str, *, sender: Json = ALICE) -> None:
        """The bot's own place in `chat` changes, as from "left" to "member"."""
        self.push(
            "my_chat_member",
            {
                "chat": chat,
                "from": sender,
                "date": int(time.time()),
                "old_chat_member": _membership(BOT, old),
                "new_chat_member": _membership(BOT, new),
            },
        )

    def _new_query(self) -> str:
        with self._lock:
            query = str(self._next_query)
            self._next_query += 1
            self._open_queries.add(query)
            return query

    def expire(self, query: str) -> None:
        """Lets a callback or inline query grow too old."""
        self._open_queries.discard(query)

    # --- what the bot did --------------------------------------------------------

    def called(self, method: str) -> list[Call]:
        """The calls of `method` that took effect."""
        with self._lock:
            return [call for call in self.calls if call.method == method and call.ok]

    def wait(self, method: str, count: int = 1, *, timeout: float = 60) -> list[Call]:
        """At least `count` such calls; AssertionError if they don't come in time."""
        self.until(lambda: len(self.called(method)) >= count, timeout=timeout, what=method)
        return self.called(method)

    def reply_to(self, message: Json, *, timeout: float = 60) -> Call:
        """The first message the bot sent in reply to `message`."""
        self.until(lambda: bool(self.replies_to(message)), timeout=timeout, what="a reply")
        return self.replies_to(message)[0]

    def replies_to(self, message: Json) -> list[Call]:
        """The messages the bot has sent in reply to `message`."""
        return [
            call
            for call in self.called("sendMessage") + self.called("sendPhoto")
            if call["chat_id"] == message["chat"]["id"]
            and call.params.get("reply_parameters", {}).get("message_id") == message["message_id"]
        ]

    def until(self, holds: Callable[[], bool], *, timeout: float = 60, what: str = "it") -> None:
        """Waits until `holds()`; AssertionError with the calls made if it never does."""
        end = time.monotonic() + timeout
        while not holds():
            made = [(c.method, c.ok, c.result) for c in self.calls if c.method != "getUpdates"]
            assert time.monotonic() < end, f"waited in vain for {what}; the last: {made[-8:]}"
            time.sleep(0.01)

    @property
    def unconfirmed(self) -> list[int]:
        """Ids of the updates that the bot has not confirmed."""
        with self._lock:
            return [update["update_id"] for update in self._updates]

    def settled(self, *, timeout: float = 60) -> None:
        """Waits until every update is confirmed."""
        self.until(lambda: not self._updates, timeout=timeout, what="the confirmation of updates")

    def fault(self, method: str, *faults: Fault) -> None:
        """The next calls of `method` ("*": of any but getUpdates) meet these faults in turn."""
        with self._lock:
            self._faults.setdefault(method, deque()).extend(faults)

    def heal(self) -> None:
        """Takes back the faults not yet met."""
        with self._lock:
            self._faults.clear()

    # --- HTTP ----------------------------------------------------------------------

    def _wake(self) -> None:
        if self._ready.is_set():
            self._loop.call_soon_threadsafe(self._arrived.set)

    def _fault_for(self, method: str) -> Fault | None:
        with self._lock:
            for name in (method, *(("*",) if method != "getUpdates" else ())):
                if self._faults.get(name):
                    return self._faults[name].popleft()
        return None

    def _note(self, method: str, params: Json, ok: bool, result: Any) -> None:
        with self._lock:
            self.calls.append(Call(method, params, time.monotonic(), ok, result))

    async def _handle(self, token: str, method: str, raw: Json) -> tuple[int, bytes] | None:
        """Status and body of the answer; None to hang up."""
        fault = self._fault_for(method)
        params = {name: _decoded(name, value) for name, value in raw.items()}
        if fault is None or fault.delivered:
            status, body = await self._answer(token, method, params)
        if fault is None:
            return status, body
        await asyncio.sleep(fault.hang)
        if fault.fails and not fault.delivered:
            self._note(method, params, False, fault)
        if fault.cut:
            return None
        if fault.body is not None:
            return fault.status or 200, fault.body
        if fault.status is None:
            return (status, body) if fault.delivered else await self._answer(token, method, params)
        more = {"retry_after": fault.retry_after} if fault.retry_after else {}
        return fault.status, _error(Refusal(fault.status, fault.description, **more))

    async def _answer(self, token: str, method: str, params: Json) -> tuple[int, bytes]:
        try:
            if token != self.token:
                well_formed = re.fullmatch(r"\d+:[\w-]+", token)
                raise Refusal(401, "Unauthorized") if well_formed else Refusal(404, "Not Found")
            self.violations += check_call(self._spec, method, params)
            act = getattr(self, f"_{_snake(method)}", None)
            if act is None:
                raise Refusal(404, "Not Found")
            if method == "getUpdates":
                result = await self._get_updates(params)
            else:
                with self._lock:
                    result = act(params)
        except Refusal as refusal:
            self._note(method, params, False, f"{refusal.status} {refusal.description}")
            return refusal.status, _error(refusal)
        self._note(method, params, True, result)
        return 200, json.dumps({"ok": True, "result": result}).encode()

    # --- updates --------------------------------------------------------------------

    async def _get_updates(self, params: Json) -> list[Json]:
        if self.webhook.get("url"):
            raise Refusal(
                409, "Conflict: can't use getUpdates method while webhook is active; use"
                " deleteWebhook to delete the webhook first"
            )  # fmt: skip
        self._polls += 1
        mine = self._polls
        if "allowed_updates" in params:
            self._allowed = params["allowed_updates"]
        offset, limit = params.get("offset", 0), params.get("limit", 100)
        end = time.monotonic() + params.get("timeout", 0)
        while True:
            if mine != self._polls:
                raise Refusal(
                    409, "Conflict: terminated by other getUpdates request; make sure that only"
                    " one bot instance is running"
                )  # fmt: skip
            with self._lock:
                if offset < 0:
                    offset = self._updates[offset]["update_id"] if self._updates else 0
                while self._updates and self._updates[0]["update_id"] < offset:
                    self._updates.popleft()
                found = list(self._updates)[:limit]
                self._arrived.clear()
            if found or time.monotonic() >= end:
                return found
            try:
                await asyncio.wait_for(
                    self._arrived.wait(), min(0.2, max(0.0, end - time.monotonic()))
                )
            except asyncio.TimeoutError:
                continue

    def _set_webhook(self, params: Json) -> bool:
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", params.get("secret_token", "")):
            raise bad("secret token contains unallowed characters")
        if params.get("drop_pending_updates"):
            self._updates.clear()
        self.webhook = dict(params)
        self._allowed = params.get("allowed_updates", self._allowed)
        self._loop.call_soon(self._arrived.set)
        return True

    def _delete_webhook(self, params: Json) -> bool:
        if params.get("drop_pending_updates"):
            self._updates.clear()
        self.webhook = {}
        return True

    def _get_webhook_info(self, params: Json) -> Json:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }

    async def _deliver(self) -> None:
        """Posts updates to the webhook, one after another, until each is accepted."""
        client = tornado.httpclient.AsyncHTTPClient(force_instance=True)
        while True:
            if not (self.webhook.get("url") and self._updates):
                try:
                    await asyncio.wait_for(self._arrived.wait(), 0.1)
                except asyncio.TimeoutError:
                    continue
                self._arrived.clear()
                continue
            update = self._updates[0]
            headers = {"Content-Type": "application/json"}
            if secret := self.webhook.get("secret_token"):
                headers["X-Telegram-Bot-Api-Secret-Token"] = secret
            try:
                await client.fetch(
                    self.webhook["url"],
                    method="POST",
                    body=json.dumps(update),
                    headers=headers,
                    request_timeout=10,
                )
            except (OSError, tornado.httpclient.HTTPError):
                self.rejected.append(update["update_id"])
                await asyncio.sleep(0.1)
                continue
            with self._lock:
                if self._updates and self._updates[0] is update:
                    self._updates.popleft()

    def upload(self, content: bytes) -> str:
        """A name for a file that comes with a call."""
        with self._lock:
            self._uploaded += 1
            self._uploads[f"attach://{self._uploaded}"] = content
            return f"attach://{self._uploaded}"

    # --- methods ------------------------------------------------------------------------

    def _get_me(self, params: Json) -> Json:
        return BOT

    def _send_message(self, params: Json) -> Json:
        chat = self._chat(params)
        text, found = self._text(params, 4096)
        keyboard = _checked_keyboard(params.get("reply_markup"))
        message = self._outgoing(chat, params) | {"text": text}
        if found:
            message["entities"] = found
        if keyboard:
            message["reply_markup"] = keyboard
        return self._keep(message)

    def _send_photo(self, params: Json) -> Json:
        chat = self._chat(params)
        photo = self._uploads.pop(params["photo"], None)
        if photo is None or not photo.startswith(b"\x89PNG\r\n\x1a\n"):
            raise bad("IMAGE_PROCESS_FAILED")
        width, height = (int.from_bytes(photo[at : at + 4], "big") for at in (16, 20))
        if width + height > 10_000 or max(width, height) > 20 * min(width, height):
            raise bad("PHOTO_INVALID_DIMENSIONS")
        if len(photo) > 10_000_000:
            raise bad("file is too big")
        name = f"photo{len(self.photos)}"
        self.photos[name] = photo
        message = self._outgoing(chat, params)
        if "caption" in params:
            caption, found = self._text(params, 1024, "caption")
            message |= {"caption": caption} | ({"caption_entities": found} if found else {})
        size = {"file_id": name, "file_unique_id": name, "width": width, "height": height}
        return self._keep(message | {"photo": [size]})

    def _outgoing(self, chat: Json, params: Json) -> Json:
        """The beginning of a message of the bot."""
        thread = params.get("message_thread_id")
        if thread is not None and not chat.get("is_forum"):
            raise bad("message thread not found")
        message: Json = {
            "message_id": self._next_message,
            "date": int(time.time()),
            "chat": {k: v for k, v in chat.items() if k != "language_code"},
            "from": BOT,
        }
        if chat["type"] == "channel":
            message["sender_chat"] = message["chat"]
            del message["from"]
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        if reply := params.get("reply_parameters"):
            original = self.messages.get((chat["id"], reply["message_id"]))
            if original:
                message["reply_to_message"] = {
                    k: v for k, v in original.items() if k != "reply_to_message"
                }
            elif not reply.get("allow_sending_without_reply"):
                raise bad("message to be replied not found")
        return message

    def _keep(self, message: Json) -> Json:
        self._next_message += 1
        self.messages[message["chat"]["id"], message["message_id"]] = message
        return message

    def _edit_message_text(self, params: Json) -> Json | bool:
        text, found = self._text(params, 4096)
        keyboard = _checked_keyboard(params.get("reply_markup"))
        if "inline_message_id" in params:
            return True
        old = self._own_message(params)
        new = {k: v for k, v in old.items() if k not in ("entities", "reply_markup")}
        new |= {"text": text} | ({"entities": found} if found else {})
        new |= {"reply_markup": keyboard} if keyboard else {}
        return self._replace(old, new)

    def _edit_message_reply_markup(self, params: Json) -> Json | bool:
        keyboard = _checked_keyboard(params.get("reply_markup"))
        if "inline_message_id" in params:
            return True
        old = self._own_message(params)
        new = {k: v for k, v in old.items() if k != "reply_markup"}
        return self._replace(old, new | ({"reply_markup": keyboard} if keyboard else {}))

    def _own_message(self, params: Json) -> Json:
        message = self.messages.get((self._chat(params)["id"], params.get("message_id", 0)))
        if message is None:
            raise bad("message to edit not found")
        is_own = message.get("from", {}).get("id") == BOT["id"] or "sender_chat" in message
        if not is_own:
            raise bad("message can't be edited")
        return message

    def _replace(self, old: Json, new: Json) -> Json:
        parts = ("text", "entities", "reply_markup")
        if all(old.get(part) == new.get(part) for part in parts):
            raise bad(
                "message is not modified: specified new message content and reply markup are"
                " exactly the same as a current content and reply markup of the message"
            )
        new["edit_date"] = int(time.time())
        self.messages[new["chat"]["id"], new["message_id"]] = new
        return new

    def _delete_message(self, params: Json) -> bool:
        if self.messages.pop((params["chat_id"], params["message_id"]), None) is None:
            raise bad("message to delete not found")
        return True

    def _answer_callback_query(self, params: Json) -> bool:
        self._close_query(params["callback_query_id"])
        if len(params.get("text", "")) > 200:
            raise bad("MESSAGE_TOO_LONG")
        return True

    def _answer_inline_query(self, params: Json) -> bool:
        self._close_query(params["inline_query_id"])
        results = params["results"]
        if len(results) > 50:
            raise bad("RESULTS_TOO_MUCH")
        ids = [result["id"] for result in results]
        if len(set(ids)) < len(ids):
            raise bad("RESULT_ID_DUPLICATE")
        if any(not 1 <= len(i.encode()) <= 64 for i in ids):
            raise bad("RESULT_ID_INVALID")
        if len(params.get("next_offset", "").encode()) > 64:
            raise bad("NEXT_OFFSET_INVALID")
        for result in results:
            content = result.get("input_message_content", {})
            self._text(
                {"text": content.get("message_text", "")}
                | {"parse_mode": content.get("parse_mode")},
                4096,
            )
            _checked_keyboard(result.get("reply_markup"))
        start = params.get("button", {}).get("start_parameter")
        if start is not None and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", start):
            raise bad("START_PARAM_INVALID")
        return True

    def _close_query(self, query: str) -> None:
        if query not in self._open_queries:
            raise bad("query is too old and response timeout expired or query ID is invalid")
        self._open_queries.discard(query)

    def _set_my_commands(self, params: Json) -> bool:
        commands = params["commands"]
        if len(commands) > 100:
            raise bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
                raise bad("BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
        if not re.fullmatch(r"([a-z]{2})?", params.get("language_code", "")):
            raise bad("LANGUAGE_CODE_INVALID")
        return True

    def _set_my_description(self, params: Json) -> bool:
        return self._described(params, "description", 512)

    def _set_my_short_description(self, params: Json) -> bool:
        return self._described(params, "short_description", 120)

    def _described(self, params: Json, name: str, limit: int) -> bool:
        if len(params.get(name, "")) > limit:
            raise bad("DESCRIPTION_TOO_LONG")
        if not re.fullmatch(r"([a-z]{2})?", params.get("language_code", "")):
            raise bad("LANGUAGE_CODE_INVALID")
        return True

    def _send_chat_action(self, params: Json) -> bool:
        self._chat(params)
        return True

    def _get_chat(self, params: Json) -> Json:
        defaults = {"accent_color_id": 0, "max_reaction_count": 11}
        return self._chat(params) | defaults | {"accepted_gift_types": _NO_GIFTS}

    def _get_chat_member(self, params: Json) -> Json:
        self._chat(params)
        return self._member(params["chat_id"], params["user_id"])

    def _get_chat_administrators(self, params: Json) -> list[Json]:
        chat = self._chat(params)["id"]
        admins = ("creator", "administrator")
        return [
            self._member(chat, user)
            for (where, user), status in self.members.items()
            if where == chat and status in admins
        ]

    def _member(self, chat: int, user: int) -> Json:
        status = self.members.get((chat, user), "member")
        known = {u["id"]: u for u in (ALICE, BOB, BOT)}
        return _membership(known.get(user, ALICE | {"id": user}), status)

    def _leave_chat(self, params: Json) -> bool:
        self._chat(params)
        return True

    def _chat(self, params: Json) -> Json:
        chat = params.get("chat_id")
        if chat in self.blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        if chat not in self.chats:
            raise bad("chat not found")
        if moved := self.chats[chat].get("migrated_to"):
            raise Refusal(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=moved,
            )
        return self.chats[chat]

    def _text(self, params: Json, limit: int, name: str = "text") -> tuple[str, list[Json]]:
        """The text of a message and its entities, parsed if it is HTML."""
        text = params.get(name, "")
        found: list[Json] = []
        if params.get("parse_mode") == "HTML":
            text, found = parse_html(text)
        elif params.get("parse_mode"):
            raise bad("unsupported parse_mode")
        text = text.rstrip()
        if not text.strip() and name == "text":
            raise bad("message text is empty")
        if _units(text) > limit:
            raise bad("message is too long" if name == "text" else "message caption is too long")
        return text, found


def _membership(user: Json, status: str) -> Json:
    """A `ChatMember`."""
    member: Json = {"status": status, "user": user}
    if status == "creator":
        member["is_anonymous"] = False
    if status == "administrator":
        member |= dict.fromkeys(_ADMIN_RIGHTS, False)
    if status == "kicked":
        member["until_date"] = 0
    return member


class _Endpoint(tornado.web.RequestHandler):
    """`/bot<token>/<method>`, GET or POST, its parameters in any of the forms Telegram takes."""

    def initialize(self, server: TelegramServer) -> None:
        self.server = server

    async def get(self, token: str, method: str) -> None:
        await self.post(token, method)

    async def post(self, token: str, method: str) -> None:
        if self.request.headers.get("Content-Type", "").startswith("application/json"):
            raw = json.loads(self.request.body or b"{}")
        else:
            raw = {name: self.get_argument(name, strip=False) for name in self.request.arguments}
            for name, files in self.request.files.items():
                raw[name] = self.server.upload(files[0]["body"])
        answer = await self.server._handle(token, method, raw)
        if answer is None:
            self.request.connection.stream.close()  # type: ignore[union-attr]
            return
        self.set_status(answer[0])
        self.set_header("Content-Type", "application/json")
        with contextlib.suppress(tornado.iostream.StreamClosedError):  # the bot hung up first
            await self.finish(answer[1])


def private_chat(user: Json) -> Json:
    """The chat of `user` with the bot."""
    names = {k: user[k] for k in ("first_name", "username") if k in user}
    return {"id": user["id"], "type": "private"} | names


def entities_in(text: str) -> list[Json]:
    """The commands, mentions and addresses Telegram would mark in what a person types."""
    kinds = {
        "bot_command": r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@\w{3,32})?",
        "mention": r"(?<!\w)@\w{3,32}",
        "url": r"https?://[^\s，。]+",
    }
    found = [
        {
            "type": kind,
            "offset": _units(text[: match.start()]),
            "length": _units(match[0]),
        }
        for kind, pattern in kinds.items()
        for match in re.finditer(pattern, text, re.ASCII)
    ]
    found.sort(key=lambda entity: entity["offset"])
    inside = [
        e for e in found
        if not any(
            o is not e and o["offset"] <= e["offset"] < o["offset"] + o["length"] for o in found
        )
    ]  # fmt: skip
    return inside


# --- HTML as Telegram parses it ---------------------------------------------------------

_TAGS = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline",
    "ins": "underline", "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough",
    "tg-spoiler": "spoiler", "span": "spoiler", "a": "text_link", "code": "code", "pre": "pre",
    "blockquote": "blockquote", "tg-emoji": "custom_emoji",
}  # fmt: skip
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_ATTRIBUTE = re.compile(r"""\s+([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")


def parse_html(html: str) -> tuple[str, list[Json]]:
    """Text and entities of `html`; raises `Refusal` where Telegram can't parse it."""
    text: list[str] = []
    length = 0
    open_tags: list[tuple[str, int, Json]] = []
    found: list[Json] = []
    position = 0
    while position < len(html):
        character = html[position]
        at = len(html[:position].encode())
        if character == "&":
            character, position = _character_reference(html, position)
            text.append(character)
            length += _units(character)
        elif character != "<":
            text.append(character)
            length += _units(character)
            position += 1
        elif match := re.compile(r"</([A-Za-z-]*)\s*>").match(html, position):
            if not open_tags:
                raise _unparsable(f"unexpected end tag at byte offset {at}")
            name, start, entity = open_tags.pop()
            if match[1].lower() not in ("", name):
                raise _unparsable(
                    f'unmatched end tag at byte offset {at}, expected "</{name}>", found'
                    f' "</{match[1]}>"'
                )
            if length > start and entity:
                found.append(entity | {"offset": start, "length": length - start})
            position = match.end()
        else:
            tag = re.compile(r"<([A-Za-z][A-Za-z0-9-]*)").match(html, position)
            if not tag:
                raise _unparsable(f'unsupported start tag "" at byte offset {at}')
            name = tag[1].lower()
            if name not in _TAGS:
                raise _unparsable(f'unsupported start tag "{name}" at byte offset {at}')
            position = tag.end()
            attributes: dict[str, str] = {}
            while match := _ATTRIBUTE.match(html, position):
                value = match[2] or match[3] or match[4] or ""
                attributes[match[1]] = re.sub(
                    r"&[^&;\s]+;", lambda m: _character_reference(m[0], 0)[0], value
                )
                position = match.end()
            closing = re.compile(r"\s*>").match(html, position)
            if not closing:
                raise _unparsable(f"unclosed start tag at byte offset {at}")
            position = closing.end()
            open_tags.append((name, length, _entity(name, attributes, at)))
    if open_tags:
        raise _unparsable(f'can\'t find end tag corresponding to start tag "{open_tags[-1][0]}"')
    found.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    if any(a["type"] == b["type"] == "blockquote" and a is not b
           and a["offset"] <= b["offset"] < a["offset"] + a["length"]
           for a in found for b in found):  # fmt: skip
        raise _unparsable("blockquote can't be nested")
    return "".join(text), found


def _entity(name: str, attributes: dict[str, str], at: int) -> Json:
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsable(f'tag "span" must have class "tg-spoiler" at byte offset {at}')
    if name == "a":
        url = attributes.get("href", "")
        # Telegram silently drops a link it doesn't take for one.
        return {"type": "text_link", "url": url} if is_web_address(url) else {}
    if name == "blockquote" and "expandable" in attributes:
        return {"type": "expandable_blockquote"}
    return {"type": _TAGS[name]}


def _character_reference(html: str, position: int) -> tuple[str, int]:
    match = re.compile(r"&(?:#(\d+)|#x([0-9A-Fa-f]+)|([a-z]+));?").match(html, position)
    if match and match[3] in _NAMED:
        return _NAMED[match[3]], match.end()
    if match and not match[3] and (code := int(match[1] or match[2], 16 - 6 * bool(match[1]))) > 0:
        return chr(code), match.end()
    return "&", position + 1


def _unparsable(reason: str) -> Refusal:
    return bad(f"can't parse entities: {reason}")


def is_web_address(url: str) -> bool:
    """Whether Telegram takes `url` in links and buttons."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return False
    if url.startswith("tg://"):
        return True
    if parts.scheme not in ("http", "https") or re.search(r"[\s<>\\]", url):
        return False
    return bool(re.fullmatch(r"(?:[\w-]+\.)+[\w-]{2,}", host))


def _checked_keyboard(markup: Any) -> Json | None:
    """An inline keyboard as sent; raises `Refusal` for a button Telegram refuses."""
    if not markup:
        return None
    rows = markup.get("inline_keyboard", [])
    if sum(len(row) for row in rows) > 100:
        raise bad("REPLY_MARKUP_TOO_LONG")
    for button in (button for row in rows for button in row):
        actions = [key for key in button if key not in ("text", "style", "icon_custom_emoji_id")]
        if not button.get("text"):
            raise bad("inline keyboard button text is empty")
        if len(actions) != 1:
            raise bad("Text buttons are unallowed in the inline keyboard")
        if "callback_data" in button and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise bad("BUTTON_DATA_INVALID")
        if "url" in button and not is_web_address(button["url"]):
            raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")
    return {"inline_keyboard": rows} if any(rows) else None


# --- the Bot API's own description --------------------------------------------------------


def _load_spec() -> Json | None:
    beside = Path(__file__).resolve().parents[3] / "shared" / "bot-api-10.1.json"
    path = Path(os.environ.get("TAXNEWS_BOT_API_SPEC") or beside)
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def check_call(spec: Json | None, method: str, params: Json) -> list[str]:
    """What in a call the Bot API doesn't know, or misses."""
    if spec is None:
        return []
    if method not in spec["methods"]:
        return [f"no method {method}"]
    return list(_misfits(spec, method, spec["methods"][method].get("fields", []), params))


def _misfits(spec: Json, where: str, fields: list[Json], value: Json) -> Iterator[str]:
    known = {f["name"]: f for f in fields}
    for name in value:
        if name not in known:
            yield f"{where}: no parameter {name}"
    for name, described in known.items():
        if name in value:
            tries = [
                list(_mistyped(spec, f"{where}.{name}", t, value[name])) for t in described["types"]
            ]
            yield from min(tries, key=len)
        elif described["required"]:
            yield f"{where}: {name} is missing"


def _mistyped(spec: Json, where: str, kind: str, value: Any) -> Iterator[str]:
    simple: dict[str, tuple[type, ...]] = {
        "Integer": (int,), "Float": (int, float), "Boolean": (bool,), "True": (bool,),
        "String": (str, int, float, bool), "InputFile": (str,),
    }  # fmt: skip
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            yield f"{where}: not an array"
            return
        for item in value:
            yield from _mistyped(spec, where, kind.removeprefix("Array of "), item)
    elif kind in simple:
        is_flag = isinstance(value, bool) and kind in ("Integer", "Float")
        if not isinstance(value, simple[kind]) or is_flag:
            yield f"{where}: {value!r} is no {kind}"
    elif subtypes := spec["types"].get(kind, {}).get("subtypes"):
        yield from min((list(_mistyped(spec, where, t, value)) for t in subtypes), key=len)
    elif not isinstance(value, dict):
        yield f"{where}: not a {kind}"
    else:
        yield from _misfits(spec, where, spec["types"][kind].get("fields", []), value)


# --- small things ------------------------------------------------------------------------

_NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription",
     "gifts_from_channels"), False
)  # fmt: skip
_ADMIN_RIGHTS = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages",
    "can_manage_video_chats", "can_restrict_members", "can_promote_members", "can_change_info",
    "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories",
)  # fmt: skip


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


_STRINGS = frozenset(
    "text caption url parse_mode secret_token callback_query_id inline_query_id inline_message_id"
    " next_offset language_code action message_thread_name".split()
)


def _decoded(name: str, value: Any) -> Any:
    """A form value as what it means: numbers, flags, arrays and objects come as JSON."""
    is_json = isinstance(value, str) and re.match(r"-?\d+$|true$|false$|[\[{]", value)
    if name in _STRINGS or not is_json:
        return value
    return json.loads(value)


def _error(refusal: Refusal) -> bytes:
    body: Json = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return json.dumps(body).encode()


def buttons(message: Json) -> list[tuple[str, str]]:
    """The texts and data of a message's buttons, in their order."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [(button["text"], button["callback_data"]) for row in rows for button in row]
