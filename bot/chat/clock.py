"""The time, in China."""

from datetime import datetime, timezone

from bot.storage.clock import china_today

__all__ = ["china_today", "now"]


def now() -> datetime:
    """This moment."""
    return datetime.now(timezone.utc)
