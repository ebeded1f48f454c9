"""Updates of one chat in order, of different chats side by side.

An update whose handling has to wait long for a request of its own may step aside meanwhile: the
chat's later updates are handled before it.
"""

import asyncio
import logging
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Literal

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.clock import now
from bot.delivery.inbox import WAITING, Inbox
from bot.storage.sends import SendKey
from bot.storage.thread import StorageThread
from bot.storage.updates import TOO_LATE

SIDE_BY_SIDE = 128
"""Chats handled at once."""


logger = logging.getLogger(__name__)


class Postponed(Exception):
    """The bot is stopping: what it was about to send is sent after its next start."""


class Turn:
    """The right to handle updates and to send in one chat, with one of the bot's slots."""

    def __init__(self, lock: asyncio.Lock, slots: asyncio.Semaphore) -> None:
        self._lock = lock
        self._slots = slots
        self._is_held = False

    async def take(self) -> None:
        """Waits for the chat, then for a slot."""
        await self._lock.acquire()
        try:
            await self._slots.acquire()
        except BaseException:
            self._lock.release()
            raise
        self._is_held = True

    def leave(self) -> None:
        """Lets the next one in."""
        if self._is_held:
            self._is_held = False
            self._slots.release()
            self._lock.release()

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Within, others go first; afterwards the turn is taken again."""
        self.leave()
        try:
            yield
        finally:
            await self.take()


@dataclass
class Scope:
    """Within which no message is sent twice: an update or a dispatch, by its id.

    `doing` is the update's kind in Telegram's words, `turn` the one it is handled in. Of what
    `is_new` nothing can have been sent before.
    """

    kind: Literal["update", "dispatch"]
    id: int
    doing: str = "dispatch"
    turn: Turn | None = None
    is_new: bool = False
    postponed: bool = False
    given_up: bool = False
    _parts: Counter[str] = field(default_factory=Counter)

    def key(self, part: str) -> SendKey:
        """The key of the next message that is this part of it; of several alike, each its own."""
        self._parts[part] += 1
        count = self._parts[part]
        return SendKey(self.kind, self.id, part if count == 1 else f"{part} {count}")

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Within, the chat's later updates go first."""
        if self.turn is None:
            yield
            return
        async with self.turn.aside():
            yield


current_scope: ContextVar[Scope] = ContextVar("scope")
"""The idempotency scope of the running task."""


def begin_dispatch(dispatch: int, turn: Turn) -> None:
    """What this task sends from now on belongs to a dispatch."""
    current_scope.set(Scope("dispatch", dispatch, turn=turn))


def kind_of(update: Update) -> str:
    """The kind of an update in Telegram's words, as "message"."""
    kinds = (kind for kind in Update.ALL_TYPES if getattr(update, kind, None) is not None)
    return next(kinds, "unknown update")


class Turns(BaseUpdateProcessor):
    """Handles updates in order within a chat, side by side between chats, up to a bound."""

    def __init__(self, storage: StorageThread, inbox: Inbox) -> None:
        super().__init__(max_concurrent_updates=10 * WAITING)  # bounded by the inbox and `_slots`
        self.stopping = asyncio.Event()
        self._storage = storage
        self._inbox = inbox
        self._slots = asyncio.Semaphore(SIDE_BY_SIDE)
        self._chats: dict[int, tuple[asyncio.Lock, int]] = {}

    async def initialize(self) -> None:
        """Nothing to do."""

    async def shutdown(self) -> None:
        """Nothing to do."""

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Waits for the chat's turn, handles the update and strikes it out."""
        assert isinstance(update, Update)
        number = update.update_id
        is_new = number not in self._inbox.taken_up
        scope = Scope("update", number, kind_of(update), is_new=is_new)
        try:
            async with self.turn(_chat_of(update), self._slots) as scope.turn:
                if self.stopping.is_set():
                    scope.postponed = True
                elif not _is_too_late(update):
                    current_scope.set(scope)
                    await coroutine
                if not scope.postponed:
                    finish = self._storage.store.updates.finish
                    await self._storage(finish, number, given_up=scope.given_up)
        except sqlite3.Error as error:
            logger.error("a %s could not be struck out: %s", scope.doing, type(error).__name__)
        finally:
            coroutine.close()  # type: ignore[attr-defined]
            self._inbox.finished()

    @asynccontextmanager
    async def turn(self, chat: int, slots: asyncio.Semaphore) -> AsyncIterator[Turn]:
        """Within, nothing else is handled or sent in `chat`, unless the turn is left for a while;
        one of `slots` is taken too."""
        lock, waiting = self._chats.get(chat, (asyncio.Lock(), 0))
        self._chats[chat] = lock, waiting + 1
        turn = Turn(lock, slots)
        try:
            await turn.take()
            yield turn
        finally:
            turn.leave()
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
    return now() - written > TOO_LATE
