"""Updates of one chat in order, of different chats side by side.

An update whose handling has to wait long for a request of its own may step aside meanwhile: the
chat's later updates are handled before it.
"""

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.delivery.inbox import WAITING, Journal
from bot.storage.chats import TOO_LATE
from bot.storage.keeper import Keeper

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
class Delivery:
    """The update being handled: its id and kind, the number of messages it has led to so far, and
    the turn it is handled in."""

    update: int
    kind: str = "job"
    parts: int = 0
    turn: Turn | None = None
    postponed: bool = False
    given_up: bool = False

    @asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Within, the chat's later updates go first."""
        if self.turn is None:
            yield
            return
        async with self.turn.aside():
            yield


current_scope: ContextVar[Delivery] = ContextVar("delivery")


def deliver_for(number: int, turn: Turn) -> None:
    """What this task sends from now on belongs to `number`; the updates' own are above 0."""
    current_scope.set(Delivery(number, turn=turn))


def kind_of(update: Update) -> str:
    """The kind of an update in Telegram's words, as "message"."""
    kinds = (kind for kind in Update.ALL_TYPES if getattr(update, kind, None) is not None)
    return next(kinds, "unknown update")


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
        delivery = Delivery(update.update_id, kind_of(update))
        try:
            async with self.turn(_chat_of(update), self._slots) as delivery.turn:
                if self.stopping.is_set():
                    delivery.postponed = True
                elif not _is_too_late(update):
                    current_scope.set(delivery)
                    await coroutine
                if not delivery.postponed:
                    finish = self._keeper.store.finish
                    await self._keeper(finish, update.update_id, given_up=delivery.given_up)
        except sqlite3.Error as error:
            logger.error("a %s could not be struck out: %s", delivery.kind, type(error).__name__)
        finally:
            coroutine.close()  # type: ignore[attr-defined]
            self._journal.finished()

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
    return datetime.now(timezone.utc) - written > TOO_LATE
