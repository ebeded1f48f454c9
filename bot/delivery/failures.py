"""What Telegram's errors mean for a message, and for a start."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
from telegram.error import (
    BadRequest,
    Conflict,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

T = TypeVar("T")

LONGEST_BACKOFF = 30.0
"""Seconds between two tries at most."""

logger = logging.getLogger(__name__)


class GivenUp(TelegramError):
    """A request that failed so often that it, and its update, are given up."""

    def __init__(self, method: str, tries: int) -> None:
        super().__init__(f"{method} failed {tries} times")
        self.method = method


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
    if is_unreachable(error):
        return False
    if isinstance(error.__cause__, httpx.HTTPError):
        return True
    words = ("gateway", "parsing the server response", "invalid server response")
    return not isinstance(error, NetworkError) or any(w in error.message.lower() for w in words)


def is_unreachable(error: TelegramError) -> bool:
    """Whether there was no connection to Telegram at all."""
    none = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return isinstance(error.__cause__, none)


def cause_of(error: TelegramError) -> str:
    """The types of an error and of what caused it: no content."""
    cause = error.__cause__
    return type(error).__name__ + (f" from {type(cause).__name__}" if cause else "")


def is_about_markup(error: BadRequest) -> bool:
    """Whether Telegram refused a message for its tags, addresses or buttons."""
    return any(word in error.message.lower() for word in ("can't parse entities", "url", "button"))


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram asks to wait."""
    after = error.retry_after
    return after if isinstance(after, (int, float)) else after.total_seconds()


async def until_reached(request: Callable[[], Awaitable[object]], failed: str) -> None:
    """Makes a request again and again until it succeeds, and logs that it `failed`.

    Raises BadRequest and InvalidToken: Telegram was reached, and won't have it.
    """
    backoff = 1.0
    while True:
        try:
            await request()
            return
        except (BadRequest, InvalidToken):
            raise
        except TelegramError as error:
            logger.warning("%s (%s): trying again", failed, type(error).__name__)
            await asyncio.sleep(seconds_of(error) if isinstance(error, RetryAfter) else backoff)
            backoff = min(LONGEST_BACKOFF, 2 * backoff)
