"""From Telegram's update to the message sent: nothing lost, nothing doubled, in order.

An update is written down before it is confirmed to Telegram, and struck out
when it is dealt with; one that is delivered again is recognised by its id. In
between, updates of one chat are handled in order, those of different chats side
by side. A message is noted before it leaves and after it has arrived.

The policy for a message whose fate is unknown (a time-out after the request
left, a crash before its arrival was noted): it is sent again, because a
question that is answered twice is the smaller harm, but after `MAX_UNKNOWN`
such attempts it is given up. Both are counted.
"""

import asyncio
import json
import logging
import re
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from typing import Any, TypeVar

import httpx
from telegram import Bot, ForceReply, InlineKeyboardMarkup, ReplyParameters, Update
from telegram.constants import ChatAction
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.ext import AIORateLimiter, BaseUpdateProcessor, ExtBot

from bot.chats import TOO_LATE, ChatStore
from bot.metrics import Metrics
from bot.render.telegram import Message

T = TypeVar("T")

MAX_UNKNOWN = 3
SIDE_BY_SIDE = 128
"""Chats handled at once."""

WAITING = 1000
"""Updates in memory at most; Telegram keeps the rest."""

PRIVATE_PACE = 1.0
"""Seconds between two messages to a private chat, which PTB's limiter doesn't see to."""

MOST_IN_A_SECOND = 30
"""Messages to all chats together."""

_SECOND = 1.05  # on a clock that may be off, and a network that may be slow now and fast then
_LONGEST_BACKOFF = 30.0

logger = logging.getLogger(__name__)


class Postponed(Exception):
    """The bot is stopping: what it was about to send is sent after its next start."""


class Keeper:
    """`ChatStore` for coroutines: its work is done in a thread of its own, in order."""

    def __init__(self, store: ChatStore) -> None:
        self.store = store
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chats")

    async def __call__(self, method: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """`method(*args, **kwargs)` of the store."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: method(*args, **kwargs))

    def close(self) -> None:
        """Ends the thread and closes the store."""
        self._thread.shutdown()
        self.store.close()


class Journal(asyncio.Queue[Any]):
    """PTB's queue of updates, which returns only when an update is written down.

    PTB's updater confirms an update to Telegram (and a webhook answers 200) after
    `put`: so no update is confirmed that isn't on disk. `inside` is how many are in
    memory, waiting or being handled.
    """

    def __init__(self, keeper: Keeper, metrics: Metrics) -> None:
        super().__init__()
        self._keeper = keeper
        self._metrics = metrics
        self.inside = 0
        self._freed = asyncio.Event()

    async def put(self, item: Any) -> None:
        """Raises NetworkError if it can't be written down, so that it is brought again later."""
        if not isinstance(item, Update):  # PTB's signal to stop
            await super().put(item)
            return
        chat, user = item.effective_chat, item.effective_user
        fresh = await self._write(
            self._keeper.store.write_down,
            item.update_id,
            item.to_json(),
            chat=chat.id if chat else None,
            user=user.id if user else None,
        )
        while self.inside >= WAITING:
            self._freed.clear()
            await self._freed.wait()
        if fresh:
            self._enter(item)

    def _enter(self, item: Update) -> None:
        self.inside += 1
        self._metrics.queued(self.inside)
        self.put_nowait(item)

    async def take_up(self, bot: Bot) -> int:
        """Puts in what an earlier run left undone; how many that were."""
        bodies = await self._keeper(self._keeper.store.unfinished)
        for raw in map(json.loads, bodies):
            update = read_update(raw, bot)
            if update:
                self._enter(update)
            else:
                await self.pass_over(raw)
        return len(bodies)

    async def pass_over(self, raw: object) -> None:
        """Notes and counts an update that can't be read, so that Telegram may forget it."""
        parts = raw if isinstance(raw, dict) else {}
        logger.error("an update can't be read, and is passed over: %s", ", ".join(sorted(parts)))
        self._metrics.failed()
        update = parts.get("update_id")
        await self._write(self._keeper.store.pass_over, update if isinstance(update, int) else None)

    async def _write(self, method: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        try:
            return await self._keeper(method, *args, **kwargs)
        except sqlite3.Error as error:
            logger.error("updates can't be written down (%s): none is taken", error)
            raise NetworkError("the journal can't be written") from error

    def finished(self) -> None:
        """An update is dealt with: there is room for another."""
        self.inside -= 1
        self._freed.set()
        self._metrics.queued(self.inside)


def read_json(payload: bytes) -> Any:
    """What Telegram says; lone surrogates, which can be neither kept nor sent, become U+FFFD.

    Raises ValueError.
    """
    try:
        value = json.loads(payload)
        if b"\\ud" not in payload.lower():
            return value
        text = json.dumps(value, ensure_ascii=False)
        return json.loads(_LONE_SURROGATE.sub("\ufffd", text))
    except RecursionError:
        raise ValueError("nested too deeply") from None


_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def read_update(raw: Any, bot: Bot | None) -> Update | None:
    """The update that Telegram describes, None if PTB can't read it."""
    try:
        update = Update.de_json(raw, bot)
    except Exception:  # whatever it stumbles over
        return None
    return update if update and isinstance(update.update_id, int) else None


@dataclass
class Delivery:
    """The update being handled: its id and the number of messages it has led to so far."""

    update: int
    parts: int = 0
    postponed: bool = False


current_scope: ContextVar[Delivery] = ContextVar("delivery")


def deliver_for(number: int) -> None:
    """What this task sends from now on belongs to `number`; the updates' own are above 0."""
    current_scope.set(Delivery(number))


class Turns(BaseUpdateProcessor):
    """Handles updates in order within a chat, side by side between chats, up to a bound."""

    def __init__(self, keeper: Keeper, journal: Journal) -> None:
        super().__init__(max_concurrent_updates=10 * WAITING)  # bounded by the journal and `_slots`
        self.stopping = asyncio.Event()
        self._keeper = keeper
        self._journal = journal
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)
        self._chats: dict[int, tuple[asyncio.Lock, int]] = {}

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Waits for the chat's turn, handles the update and strikes it out."""
        assert isinstance(update, Update)
        delivery = Delivery(update.update_id)
        try:
            async with self.turn(_chat_of(update)), self._slots:
                if self.stopping.is_set():
                    delivery.postponed = True
                elif not _is_too_late(update):
                    current_scope.set(delivery)
                    await coroutine
                if not delivery.postponed:
                    await self._keeper(self._keeper.store.finish, update.update_id)
        finally:
            coroutine.close()  # type: ignore[attr-defined]
            self._journal.finished()

    @asynccontextmanager
    async def turn(self, chat: int) -> AsyncIterator[None]:
        """Within, nothing else is handled or sent in `chat`."""
        lock, waiting = self._chats.get(chat, (asyncio.Lock(), 0))
        self._chats[chat] = lock, waiting + 1
        try:
            async with lock:
                yield
        finally:
            _, waiting = self._chats.pop(chat)
            if waiting > 1:
                self._chats[chat] = lock, waiting - 1


def _chat_of(update: Update) -> int:
    """What an update must keep its order with: its chat, for inline queries its user."""
    if update.effective_chat:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user else 0


def _is_too_late(update: Update) -> bool:
    """Whether it is a message that waited for more than a day."""
    message = update.message or update.edited_message
    message = message or update.channel_post or update.edited_channel_post
    if message is None:
        return False
    written = message.edit_date or message.date
    return datetime.now(timezone.utc) - written > TOO_LATE


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: a chat, a topic of it, the message it replies to."""

    chat: int
    is_private: bool
    thread: int | None = None
    to: int | None = None


Note = Callable[[], Awaitable[None]]


class Limiter(AIORateLimiter):
    """PTB's limiter; calls a request's `rate_limit_args` when it leaves, not while it waits.

    It keeps us from floods. After one PTB would let every chat wait, and a stop too;
    so who sent the request waits, for its own chat.
    """

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(overall_max_rate=0, max_retries=0)
        self._metrics = metrics
        self._left: deque[float] = deque(maxlen=MOST_IN_A_SECOND)
        self._turn = asyncio.Lock()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Note | None,  # type: ignore[override]
    ) -> Any:
        """The request's result, once its turn has come."""

        async def noted(*args: Any, **kwargs: Any) -> Any:
            if "chat_id" in data:
                await self._overall()
            if rate_limit_args:
                await rate_limit_args()
            try:
                return await callback(*args, **kwargs)
            except RetryAfter:
                self._metrics.flooded()
                raise

        return await super().process_request(noted, args, kwargs, endpoint, data, None)

    async def _overall(self) -> None:
        """Waits until another message may leave.

        PTB's own limit is a bucket that leaks: where some have waited, it lets others wait
        long after.
        """
        loop = asyncio.get_running_loop()
        async with self._turn:
            if len(self._left) == MOST_IN_A_SECOND:
                await asyncio.sleep(self._left[0] + _SECOND - loop.time())
            self._left.append(loop.time())


class Outbox:
    """Sends messages, each once, as far as one can know."""

    def __init__(
        self, bot: ExtBot[Any], keeper: Keeper, stopping: asyncio.Event, metrics: Metrics
    ) -> None:
        self._bot = bot
        self._metrics = metrics
        self._keeper = keeper
        self._stopping = stopping
        self._last: dict[int, float] = {}

    async def send(self, content: Message, place: Place, *, reply: int | None = None) -> int | None:
        """Sends `content` in the course of the current update, unless an earlier run did.

        Gives the message's id, None if that is not known; `reply` is the record that gets it
        too. Waits out floods and a
        network that is down; raises `Postponed` if the bot stops meanwhile, and
        Telegram's refusals.
        """
        store, delivery = self._keeper.store, current_scope.get()
        part, delivery.parts = delivery.parts, delivery.parts + 1
        before = await self._keeper(store.send_of, delivery.update, part)
        if before and before.state in ("sent", "refused", "unknown"):
            return before.message
        unknown = before.unknown if before else 0
        if before and before.state == "sending":  # a crash: did it arrive?
            unknown += 1
        backoff = 1.0
        while unknown < MAX_UNKNOWN:
            await self._pace(place)
            state, message = "waiting", None
            note = partial(self._keeper, store.begin_send, delivery.update, part, unknown=unknown)
            try:
                message = await self._send(content, place, note)
                state = "sent"
                self._note_pace(place)
            except ChatMigrated as error:
                await self._keeper(store.move, place.chat, error.new_chat_id)
                place = Place(error.new_chat_id, place.is_private, place.thread, place.to)
                backoff = 0.0
            except RetryAfter as error:
                backoff = seconds_of(error)
            except (BadRequest, Forbidden):
                await self._end(delivery.update, part, "refused", None, reply)
                raise
            except TelegramError as error:
                if may_have_arrived(error):
                    unknown += 1
                    state = "sending" if unknown < MAX_UNKNOWN else "unknown"
                    logger.warning(
                        "a message may or may not have arrived (%s)", type(error).__name__
                    )
            await self._end(delivery.update, part, state, message, reply)
            if state == "sent":
                self._metrics.sent()
            if state in ("sent", "unknown"):
                return message
            if state == "waiting":
                await self._wait(backoff, delivery)
                backoff = min(_LONGEST_BACKOFF, 1 + 2 * backoff)
        await self._end(delivery.update, part, "unknown", None, reply)
        return None

    async def type(self, place: Place) -> None:
        """Shows that the bot is at work; that counts towards the limits as a message does."""
        await self._pace(place)
        with suppress(TelegramError):
            await self._bot.send_chat_action(
                place.chat, ChatAction.TYPING, message_thread_id=place.thread
            )
        self._note_pace(place)

    async def edit(self, content: Message, chat: int, message: int) -> None:
        """Edits a message; Telegram's refusals are raised."""
        await self.insist(
            lambda: self._bot.edit_message_text(
                content.html, chat, message, parse_mode="HTML", reply_markup=content.keyboard
            )
        )

    async def insist(self, request: Callable[[], Awaitable[T]]) -> T:
        """What comes of a request that may be repeated at will.

        Waits out what `send` does, and raises the same.
        """
        delivery, backoff = current_scope.get(), 1.0
        while True:
            try:
                return await understood(request())
            except RetryAfter as error:
                backoff = seconds_of(error)
            except (BadRequest, ChatMigrated, Forbidden):
                raise
            except TelegramError as error:
                logger.warning("a request failed (%s): trying again", type(error).__name__)
            await self._wait(backoff, delivery)
            backoff = min(_LONGEST_BACKOFF, 1 + 2 * backoff)

    async def _end(
        self, update: int, part: int, state: str, message: int | None, reply: int | None
    ) -> None:
        store = self._keeper.store
        await self._keeper(store.end_send, update, part, state, message=message, reply=reply)

    async def _send(self, content: Message, place: Place, note: Note) -> int:
        """Telegram's id of the message. Markup it takes offence at is left out."""
        to = (
            ReplyParameters(place.to, allow_sending_without_reply=True)
            if place.to is not None
            else None
        )

        answering = (
            ForceReply(selective=True, input_field_placeholder=content.asks)
            if content.asks
            else None
        )

        async def send(text: str, mode: str | None, keyboard: InlineKeyboardMarkup | None) -> int:
            common: dict[str, Any] = {
                "parse_mode": mode,
                "message_thread_id": place.thread,
                "reply_parameters": to,
                "reply_markup": answering or keyboard,
                "rate_limit_args": note,
            }
            if content.photo is None:
                message = await self._bot.send_message(place.chat, text, **common)
            else:
                message = await self._bot.send_photo(
                    place.chat, content.photo, caption=text, filename="taxnews.png", **common
                )
            return message.message_id

        try:
            return await understood(send(content.html, "HTML", content.keyboard))
        except BadRequest as error:
            if not is_about_markup(error):
                raise
            logger.warning("Telegram refused the markup of a reply: sent as plain text")
            return await understood(send(content.plain, None, None))

    async def _pace(self, place: Place) -> None:
        """Waits until a second after the chat's last message, if the chat is private.

        PTB's limiter sees to groups and the total. A chat's messages leave one
        after another, as its updates are handled in order.
        """
        if place.is_private:
            loop = asyncio.get_running_loop()
            last = self._last.get(place.chat, -PRIVATE_PACE)
            await asyncio.sleep(last + PRIVATE_PACE - loop.time())

    def _note_pace(self, place: Place) -> None:
        if place.is_private:
            now = asyncio.get_running_loop().time()
            if len(self._last) > 10_000:
                self._last = {c: at for c, at in self._last.items() if now - at < PRIVATE_PACE}
            self._last[place.chat] = now

    async def _wait(self, seconds: float, delivery: Delivery) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except asyncio.TimeoutError:
            return
        delivery.postponed = True
        raise Postponed


async def understood(request: Awaitable[T]) -> T:
    """What comes of `request`; TelegramError too if PTB stumbles over a garbled answer."""
    try:
        return await request
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise TelegramError("Invalid server response") from error


def may_have_arrived(error: TelegramError) -> bool:
    """Whether Telegram may have sent the message all the same.

    No connection, no arrival; an error that Telegram's own server reports is
    none either. A time-out, a gateway's error and a garbled answer leave it open.
    """
    if isinstance(error, (InvalidToken, Conflict)):
        return False
    if isinstance(error.__cause__, (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)):
        return False
    if isinstance(error.__cause__, httpx.HTTPError):
        return True
    words = ("gateway", "parsing the server response", "invalid server response")
    return not isinstance(error, NetworkError) or any(w in error.message.lower() for w in words)


def is_about_markup(error: BadRequest) -> bool:
    """Whether Telegram refused a message for its tags, addresses or buttons."""
    return any(word in error.message.lower() for word in ("can't parse entities", "url", "button"))


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    after = error.retry_after
    return after if isinstance(after, (int, float)) else after.total_seconds()
