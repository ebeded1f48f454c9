"""From Telegram's update to the message sent: nothing lost, nothing doubled, in order.

An update is written down before it is confirmed to Telegram, and struck out
when it is dealt with; one that is delivered again is recognised by its id. In
between, updates of one chat are handled in order, those of different chats side
by side. A message is noted before it leaves and after it has arrived.

The policy for a message whose fate is unknown (a time-out after the request
left, a crash before its arrival was noted): it is sent again, because a
question that is answered twice is the smaller harm, but after `MAX_UNKNOWN`
such attempts it is given up. Both are counted.

A request that Telegram answers with an error of its own, or with what can't be read, is tried
`MAX_TRIES` times with growing pauses; after the first of them the chat's later updates go first.
Then it is given up, and its update with it. A message is given up so only if others have arrived
meanwhile: else it is Telegram that is ill. A network that is down is waited for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from telegram import ForceReply, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    RetryAfter,
    TelegramError,
)
from telegram.ext import ExtBot

from bot.delivery.destination import Destination
from bot.delivery.failures import (
    LONGEST_BACKOFF,
    GivenUp,
    cause_of,
    is_about_markup,
    is_unreachable,
    may_have_arrived,
    seconds_of,
    understood,
)
from bot.delivery.limiter import Note
from bot.delivery.metrics import Metrics
from bot.delivery.turns import Postponed, Scope, current_scope
from bot.render.message import Message
from bot.storage.sends import SendKey
from bot.storage.thread import StorageThread

T = TypeVar("T")

MAX_UNKNOWN = 3

MAX_TRIES = 6
"""How often a request is made that fails by itself."""


PRIVATE_PACE = 1.0
"""Seconds between two messages to a private chat, which PTB's limiter doesn't see to."""


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What became of a request to send: the id of the `message` that arrived, or else whether it
    `is_unknown`, which `failure` Telegram answered with, the chat that the group has `moved_to`,
    and the `pause` in seconds that was asked for, if one was."""

    message: int | None = None
    is_unknown: bool = False
    failure: TelegramError | None = None
    moved_to: int | None = None
    pause: float | None = None


class Outbox:
    """Sends messages, each once, as far as one can know; `pace` seconds apart to a private chat."""

    def __init__(
        self,
        bot: ExtBot[Any],
        storage: StorageThread,
        stopping: asyncio.Event,
        metrics: Metrics,
        pace: float,
    ) -> None:
        self._bot = bot
        self._metrics = metrics
        self._storage = storage
        self._stopping = stopping
        self._private_pace = pace
        self._last: dict[int, float] = {}
        self._arrived = 0

    async def send(
        self,
        content: Message,
        destination: Destination,
        *,
        part: str = "reply",
        reply: int | None = None,
    ) -> int | None:
        """Sends `content`, a part of what the current scope leads to, unless an earlier run did.

        Gives the message's id, None if that is not known; `reply` is the record that gets it
        too. Waits out floods and a network that is down; raises `Postponed` if the bot stops
        meanwhile, `GivenUp`, and Telegram's refusals.
        """
        sends, scope = self._storage.store.sends, current_scope.get()
        key = scope.key(part)
        before = None if scope.is_new else await self._storage(sends.of, key)
        if before and before.state in ("sent", "refused", "unknown"):
            return before.message
        unknown = before.unknown if before else 0
        if before and before.state == "sending":  # a crash: did it arrive?
            unknown += 1
        backoff, tries, arrived = 1.0, 0, self._arrived
        while unknown < MAX_UNKNOWN:
            await self._pace(destination)
            note = partial(self._storage, sends.begin, key, unknown=unknown)
            try:
                attempt = await self._attempt(content, destination, note)
            except (BadRequest, Forbidden):
                await self._end(key, "refused", None, reply)
                raise
            if attempt.message is not None:
                await self._end(key, "sent", attempt.message, reply)
                self._arrived += 1
                self._metrics.sent()
                return attempt.message
            if attempt.is_unknown:  # its state stays "sending"
                unknown += 1
                continue
            tries += attempt.failure is not None
            if attempt.failure and tries >= MAX_TRIES and self._arrived > arrived:
                await self._end(key, "refused", None, reply)
                raise GivenUp("sendMessage", tries) from attempt.failure
            await self._end(key, "waiting", None, reply)
            if attempt.moved_to is not None:
                destination = await self._moved(destination, attempt.moved_to)
            backoff = backoff if attempt.pause is None else attempt.pause
            await self._pause(backoff, scope, tries)
            backoff = min(LONGEST_BACKOFF, 1 + 2 * backoff)
        await self._end(key, "unknown", None, reply)
        return None

    async def _attempt(self, content: Message, destination: Destination, note: Note) -> "_Attempt":
        """What became of one request. Raises Telegram's refusals, `BadRequest` and `Forbidden`."""
        try:
            message = await self._send(content, destination, note)
        except ChatMigrated as error:
            return _Attempt(moved_to=error.new_chat_id, pause=0.0)
        except RetryAfter as error:
            return _Attempt(pause=seconds_of(error))
        except (BadRequest, Forbidden):
            raise
        except TelegramError as error:
            if may_have_arrived(error):
                logger.warning("a message may or may not have arrived (%s)", type(error).__name__)
                return _Attempt(is_unknown=True)
            return _Attempt(failure=None if is_unreachable(error) else error)
        self._note_pace(destination)
        return _Attempt(message=message)

    async def _moved(self, destination: Destination, chat: int) -> Destination:
        """The destination in the supergroup that its group has become; its settings go along."""
        await self._storage(self._storage.store.move, destination.chat, chat)
        return replace(destination, chat=chat)

    async def type(self, destination: Destination) -> None:
        """Shows that the bot is at work; that counts towards the limits as a message does."""
        await self._pace(destination)
        with suppress(TelegramError):
            await self._bot.send_chat_action(
                destination.chat, ChatAction.TYPING, message_thread_id=destination.thread
            )
        self._note_pace(destination)

    async def edit(self, content: Message, chat: int, message: int) -> None:
        """Edits a message; Telegram's refusals are raised."""
        await self.insist(
            "editMessageText",
            lambda: self._bot.edit_message_text(
                content.html, chat, message, parse_mode="HTML", reply_markup=content.keyboard
            ),
        )

    async def insist(self, method: str, request: Callable[[], Awaitable[T]]) -> T:
        """What comes of a request of a method that may be repeated at will.

        Waits out what `send` does, and raises the same.
        """
        scope, backoff, tries = current_scope.get(), 1.0, 0
        while True:
            try:
                return await understood(request())
            except RetryAfter as error:
                backoff = seconds_of(error)
            except (BadRequest, ChatMigrated, Forbidden):
                raise
            except TelegramError as error:
                tries += not is_unreachable(error)
                if tries >= MAX_TRIES:
                    raise GivenUp(method, tries) from error
                logger.warning(
                    "%s for a %s failed (%s): trying again", method, scope.doing, cause_of(error)
                )
            await self._pause(backoff, scope, tries)
            backoff = min(LONGEST_BACKOFF, 1 + 2 * backoff)

    async def _pause(self, seconds: float, scope: Scope, tries: int) -> None:
        """Waits before another try; after the second that failed the chat's other updates go
        first."""
        if tries < 2:
            await self._wait(seconds, scope)
            return
        async with scope.aside():
            await self._wait(seconds, scope)

    async def _end(self, key: SendKey, state: str, message: int | None, reply: int | None) -> None:
        end = self._storage.store.sends.end
        await self._storage(end, key, state, message=message, reply=reply)

    async def _send(self, content: Message, destination: Destination, note: Note) -> int:
        """Telegram's id of the message. Markup it takes offence at is left out."""
        to = (
            ReplyParameters(destination.to, allow_sending_without_reply=True)
            if destination.to is not None
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
                "message_thread_id": destination.thread,
                "reply_parameters": to,
                "reply_markup": answering or keyboard,
                "rate_limit_args": note,
            }
            if content.photo is None:
                message = await self._bot.send_message(destination.chat, text, **common)
            else:
                message = await self._bot.send_photo(
                    destination.chat, content.photo, caption=text, filename="taxnews.png", **common
                )
            return message.message_id

        try:
            return await understood(send(content.html, "HTML", content.keyboard))
        except BadRequest as error:
            if not is_about_markup(error):
                raise
            logger.warning("Telegram refused the markup of a reply: sent as plain text")
            return await understood(send(content.plain, None, None))

    async def _pace(self, destination: Destination) -> None:
        """Waits until the pace allows another message to the chat, if it is private.

        PTB's limiter sees to groups and the total. A chat's messages leave one
        after another, as its updates are handled in order.
        """
        if destination.is_private:
            loop = asyncio.get_running_loop()
            last = self._last.get(destination.chat, -self._private_pace)
            await asyncio.sleep(last + self._private_pace - loop.time())

    def _note_pace(self, destination: Destination) -> None:
        if destination.is_private:
            now = asyncio.get_running_loop().time()
            if len(self._last) > 10_000:
                pace = self._private_pace
                self._last = {c: at for c, at in self._last.items() if now - at < pace}
            self._last[destination.chat] = now

    async def _wait(self, seconds: float, scope: Scope) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except asyncio.TimeoutError:
            return
        scope.postponed = True
        raise Postponed
