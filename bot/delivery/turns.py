"""Updates of one chat in order, of different chats side by side."""

import asyncio
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


class Postponed(Exception):
    """The bot is stopping: what it was about to send is sent after its next start."""


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
