"""The time, in China."""

from datetime import date, datetime, timezone

from corpus.reading.posts import CHINA


def now() -> datetime:
    """This moment."""
    return datetime.now(timezone.utc)


def china_today() -> date:
    """The day that it is in China."""
    return now().astimezone(CHINA).date()
