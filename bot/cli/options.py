"""What several commands share: options, and progress bars."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import track

from bot import settings

T = TypeVar("T")

db_option = click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    default=settings.default_db,
    help="The database; by default TAXNEWS_DB, else a file in your data folder.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")


def progress(label: str) -> Callable[[Sequence[T]], Iterable[T]]:
    """Passes a sequence through, with a progress bar on stderr where that is a terminal."""
    console = Console(stderr=True)

    def tracked(items: Sequence[T]) -> Iterable[T]:
        return track(items, label, console=console, transient=True, disable=not console.is_terminal)

    return tracked
