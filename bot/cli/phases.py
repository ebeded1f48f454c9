"""What a long run is doing: a bar on a terminal, else a line as each phase begins."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from gettext import gettext as _
from typing import TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

T = TypeVar("T")


def _words(phase: str) -> tuple[str, str, str]:
    """What a phase is called, alone and with {count} things in it, and what these are."""
    known = {
        "listing": (_("listing"), _("listing files"), _("files")),
        "reading": (_("reading"), _("reading {count:,} files"), _("files")),
        "indexing": (_("indexing"), _("indexing {count:,} paragraphs"), _("paragraphs")),
        "learning": (_("learning"), _("learning {count:,} questions"), _("questions")),
        "feeding": (_("feeding"), _("feeding {count:,} posts"), _("posts")),
    }
    return known.get(phase, (phase, phase, ""))


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

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, phase: str, total: int | None = None) -> None:
        """A phase has begun, in which `total` things are to be done, if that is known."""
        self._phase = phase
        name, line, _things = _words(phase)
        if self._has_bar:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._task = self._bar.add_task(name, total=total, count="")
        elif not self._is_quiet:
            click.echo(line if total is None else line.format(count=total), err=True)

    def update(self, phase: str, done: int, total: int | None) -> None:
        """So many things have been done."""
        if phase != self._phase:
            self.begin(phase, total)
        if self._task is not None:
            count = "{done:,}" if total is None else _("{done:,} of {total:,}")
            shown = f"{count.format(done=done, total=total)} {_words(phase)[2]}"
            self._bar.update(self._task, completed=done, total=total, count=shown)

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
