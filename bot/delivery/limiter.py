"""Telegram's limits on sending, a message at a time."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from telegram.error import (
    RetryAfter,
)
from telegram.ext import AIORateLimiter

from bot.delivery.metrics import Metrics

MOST_IN_A_SECOND = 30
"""Messages to all chats together."""


_SECOND = 1.05  # on a clock that may be off, and a network that may be slow now and fast then


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
