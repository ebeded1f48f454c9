"""How lines are printed that several commands print alike."""

from datetime import datetime

from rich.console import Console

from corpus.reading.dates import CHINA


def console() -> Console:
    """The console that is printed on: an address broken over lines can't be clicked."""
    return Console(highlight=False, soft_wrap=True)


def day(time: datetime | None) -> str | None:
    """The day in China."""
    return f"{time.astimezone(CHINA):%Y-%m-%d}" if time else None


def joined(*parts: str | None) -> str:
    """What is known of these, in one line."""
    return " · ".join(part for part in parts if part)
