"""What several commands share: options, and progress bars."""

import signal
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from gettext import gettext as _
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import track

from bot import settings
from bot.clock import china_today
from corpus.reading.posts import CHINA

T = TypeVar("T")

FILE = click.Path(dir_okay=False, path_type=Path)
OLD_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

db_option = click.option(
    "--db",
    type=FILE,
    default=settings.database,
    help="The database; by default TAXNEWS_DB, else a file in your data folder.",
)

picture_option = click.option(
    "--output", type=FILE, help="Draw it here, as a PNG (extra `charts`)."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


class _Day(click.DateTime):
    """A day, as 2026-11-28, with room around it for 前年 and 明年."""

    _FIRST_YEAR, _LAST_YEAR = 1900, 2999

    def __init__(self) -> None:
        super().__init__(["%Y-%m-%d"])

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "YYYY-MM-DD"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        try:
            day = value if isinstance(value, datetime) else datetime.strptime(value, "%Y-%m-%d")
            if not self._FIRST_YEAR <= day.year <= self._LAST_YEAR:
                raise ValueError
            return day
        except ValueError:
            self.fail(_("{day} is no day; write it as 2026-11-28").format(day=value), param, ctx)


DAY = _Day()


def _in_china(
    _context: click.Context, _option: click.Parameter, day: datetime | None
) -> datetime | None:
    return day.replace(tzinfo=CHINA) if day else None


now_option = click.option(
    "--now",
    type=DAY,
    callback=_in_china,
    is_eager=True,  # --since is read by it
    help="The day by which 今年 is read; by default today.",
)


def day_of(now: datetime | None) -> date:
    """The day in China by which the age of a rule is told: that of `--now`, else today."""
    return now.date() if now else china_today()


def stopped_by_signal() -> threading.Event:
    """What Ctrl-C, or whoever ends this process, sets from now on."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def progress(label: str) -> Callable[[Sequence[T]], Iterable[T]]:
    """Passes a sequence through, with a progress bar on stderr where that is a terminal."""
    console = Console(stderr=True)

    def tracked(items: Sequence[T]) -> Iterable[T]:
        return track(items, label, console=console, transient=True, disable=not console.is_terminal)

    return tracked
