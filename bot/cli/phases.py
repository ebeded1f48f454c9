"""What a long run is doing: a bar on a terminal, else a line as each phase begins."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from types import TracebackType
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

T = TypeVar("T")

_OF = {
    "listing": "files",
    "reading": "files",
    "indexing": "paragraphs",
    "learning": "questions",
    "feeding": "posts",
}
"""What is counted in each phase."""


class Phases:
    """Shows on stderr what is being done, and how far it is; nothing if `quiet`.

    A context manager: at its end the bar is gone.
    """

    def __init__(self, *, quiet: bool) -> None:
        console = Console(stderr=True)
        self._is_quiet = quiet
        self._has_bar = console.is_terminal and not quiet
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[count]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not self._has_bar,
        )
        self._task: TaskID | None = None
        self._phase = ""

    def __enter__(self) -> "Phases":
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def begin(self, phase: str, total: int | None = None) -> None:
        """A phase has begun, in which `total` things are to be done, if that is known."""
        self._phase = phase
        if self._has_bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(phase, total=total, count="")
        elif not self._is_quiet:
            number = "" if total is None else f" {total:,}"
            click.echo(f"{phase}{number} {_OF.get(phase, '')}".rstrip(), err=True)

    def update(self, phase: str, done: int, total: int | None) -> None:
        """So many things have been done."""
        if phase != self._phase:
            self.begin(phase, total)
        if self._task is not None:
            count = f"{done:,}" if total is None else f"{done:,} of {total:,}"
            self._bar.update(
                self._task, completed=done, total=total, count=f"{count} {_OF.get(phase, '')}"
            )

    def track(self, phase: str) -> Callable[[Sequence[T]], Iterable[T]]:
        """Passes a sequence through and shows how far it is; an empty one is no phase."""

        def tracked(items: Sequence[T]) -> Iterator[T]:
            if items:
                self.begin(phase, len(items))
            for number, item in enumerate(items, 1):
                yield item
                if self._task is not None:
                    self.update(phase, number, len(items))

        return tracked
