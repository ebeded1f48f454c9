"""The storage thread: the chat store for coroutines."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bot.storage.chats import ChatStore

T = TypeVar("T")


class StorageThread:
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
