"""Updates, written to disk before they are confirmed to Telegram."""

import asyncio
import json
import logging
import re
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from telegram import Bot, Update
from telegram.error import (
    NetworkError,
)

from bot.delivery.metrics import Metrics
from bot.storage.thread import StorageThread

T = TypeVar("T")

logger = logging.getLogger(__name__)

WAITING = 1000
"""Updates in memory at most; Telegram keeps the rest."""


class Inbox(asyncio.Queue[Any]):
    """PTB's queue of updates, which returns only when an update is written down.

    PTB's updater confirms an update to Telegram (and a webhook answers 200) after
    `put`: so no update is confirmed that isn't on disk. `inside` is how many are in
    memory, waiting or being handled. `expected` are updates of which PTB has nothing but the id:
    as they are read, and as Telegram sent them. `taken_up` are the ids of those that an earlier
    run began.
    """

    def __init__(self, storage: StorageThread, metrics: Metrics) -> None:
        super().__init__()
        self._storage = storage
        self._metrics = metrics
        self.inside = 0
        self.expected: dict[int, tuple[Update, Any]] = {}
        self.taken_up: set[int] = set()
        self._freed = asyncio.Event()

    async def put(self, item: Any) -> None:
        """Raises NetworkError if it can't be written down, so that it is brought again later."""
        if not isinstance(item, Update):  # PTB's signal to stop
            await super().put(item)
            return
        update, raw = self.expected.pop(item.update_id, (item, None))
        try:
            body = item.to_json() if raw is None else json.dumps(raw)
        except Exception:  # it was read, but is nested too deeply to be written
            await self.pass_over({"update_id": update.update_id})
            return
        chat, user = update.effective_chat, update.effective_user
        fresh = await self._write(
            self._storage.store.updates.write_down,
            update.update_id,
            body,
            chat=chat.id if chat else None,
            user=user.id if user else None,
        )
        while self.inside >= WAITING:
            self._freed.clear()
            await self._freed.wait()
        if fresh:
            self._enter(update)

    def _enter(self, item: Update) -> None:
        self.inside += 1
        self._metrics.queued(self.inside)
        self.put_nowait(item)

    async def take_up(self, bot: Bot) -> int:
        """Puts in what an earlier run left undone; how many that were."""
        bodies = await self._storage(self._storage.store.updates.unfinished)
        for raw in map(json.loads, bodies):
            update = read_update(raw, bot)
            if update:
                self.taken_up.add(update.update_id)
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
        await self._write(self._storage.store.updates.pass_over, update if is_id(update) else None)

    async def _write(self, method: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        try:
            return await self._storage(method, *args, **kwargs)
        except sqlite3.Error as error:
            logger.error("updates can't be written down (%s): none is taken", error)
            raise NetworkError("the inbox can't be written") from error

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
    """The update that Telegram describes, None if PTB can't read it or its ids can't be kept."""
    try:
        update = Update.de_json(raw, bot)
        if update is None:
            return None
        chat, user = update.effective_chat, update.effective_user
    except Exception:  # whatever it stumbles over
        return None
    ids = (update.update_id, chat.id if chat else 0, user.id if user else 0)
    return update if all(map(is_id, ids)) else None


def is_id(value: object) -> bool:
    """Whether it is a number that SQLite can keep."""
    return type(value) is int and -(2**63) <= value < 2**63
