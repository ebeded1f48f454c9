"""Files and folders → the store: every file read once, in any order, to the same end."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from corpus.errors import SourceError
from corpus.reading.readings import Reading
from corpus.sources import folders
from corpus.store.store import Store
from corpus.sync.workers import Workers

T = TypeVar("T")
Task = tuple[str, str | None]
"""A file to read: its path, and the digest of its last reading if there was one."""

BATCH = 500
"""Files read at a time: a crash loses at most this much work, no data."""
_SLICE = 50  # readings a transaction: while it lasts, no chat's question can be noted
_GAP = 0.02  # seconds between two transactions: SQLite lets who waits try only now and then
_SUSPICIOUS = 100  # posts: a folder that loses all of more is rather not mounted

Progress = Callable[[int, int], None]
"""Told how many of how many files have been dealt with, a batch after the other."""
Commit = Callable[[], None]
"""Called when a batch of changes is in the database, e.g. for an index to follow."""


@dataclass
class Summary:
    """What became of the files of one run, each counted once.

    `merged` are further files of a known story; `skipped` hold no post;
    `removed` are those deleted since an earlier run.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    skipped: int = 0
    removed: int = 0

    def count(self, outcomes: Iterable[str]) -> None:
        for outcome, number in Counter(outcomes).items():
            setattr(self, outcome, getattr(self, outcome) + number)

    @property
    def has_changes(self) -> bool:
        return any((self.added, self.updated, self.merged, self.removed))

    def __str__(self) -> str:
        named = ["added", "updated", "unchanged", "merged", "skipped"]
        named += ["removed"] * (self.removed > 0)
        return ", ".join(f"{name} {getattr(self, name)}" for name in named)


def silent(done: int, total: int) -> None:
    """Shows no progress."""


def nothing() -> None:
    """Follows no commit."""


def ingest(
    store: Store,
    paths: Iterable[str | Path],
    *,
    source: int | None = None,
    progress: Progress = silent,
    on_commit: Commit = nothing,
) -> Summary:
    """Bring `store` up to date with `paths`, files and folders.

    What is new or has changed there is read; what an earlier run read below the
    folders and is now deleted goes, unless another file tells the same story. A
    file that is no post or can't be read is noted and skipped; it never stops
    the rest. Memory holds the paths and a few batches.

    Raises SourceError for a folder whose many posts are gone all at once.
    """
    places = [os.path.abspath(path) for path in paths]
    found = folders.find(places)
    summary = read_files(
        store, found.files + found.closed, source=source, progress=progress, on_commit=on_commit
    )
    names = {folders.name_of(path) for path in found.files}
    for folder in filter(os.path.isdir, places):
        gone = [
            name
            for name in store.names_below(folders.name_of(folder))
            if folders.is_gone(name, names, found.closed)
        ]
        if len(gone) > _SUSPICIOUS and not os.listdir(folder):
            raise SourceError(f"{folder}: its {len(gone)} posts are gone all at once; is it there?")
        summary.removed += remove_files(store, gone, on_commit=on_commit)
    return summary


def read_files(
    store: Store,
    files: Sequence[str],
    *,
    source: int | None = None,
    progress: Progress = silent,
    on_commit: Commit = nothing,
) -> Summary:
    """Read these files into `store`, those that have not changed excepted."""
    summary = Summary()
    done = 0
    with Workers(read_batch) as workers:
        for as_before, readings in workers.map(_unread(store, files)):
            write(store, readings, summary, source=source, on_commit=on_commit)
            summary.count(as_before.elements())
            done += as_before.total() + len(readings)
            progress(done, len(files))
    return summary


def read_batch(tasks: Sequence[Task]) -> list[Reading]:
    """What these files tell."""
    return [folders.read(*task) for task in tasks]


def write(
    store: Store,
    readings: Sequence[Reading],
    summary: Summary,
    *,
    source: int | None = None,
    on_commit: Commit = nothing,
) -> None:
    """Write one batch of readings and count what became of them.

    With `on_commit`, as where a bot's sources are followed, others that write get their turns.
    """
    if not readings:
        return
    outcomes = []
    for start in range(0, len(readings), _SLICE):
        if start and on_commit is not nothing:
            time.sleep(_GAP)
        with store.transaction():
            outcomes += store.write(readings[start : start + _SLICE], source)
    summary.count(outcomes)
    if not {"unchanged", "skipped"}.issuperset(outcomes):
        on_commit()


def remove_files(store: Store, names: Sequence[str], *, on_commit: Commit = nothing) -> int:
    """Drop what these files told; the number of those known."""
    removed = 0
    for batch in batches(names):
        with store.transaction():
            removed += store.remove(batch)
        on_commit()
    return removed


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """`items`, so many at a time as are written at once."""
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def _unread(store: Store, files: Sequence[str]) -> Iterator[tuple[Counter[str], list[Task]]]:
    """For each batch, what became of the files known by their stamps, and those to read."""
    for batch in batches(files):
        names = {path: folders.name_of(path) for path in batch}
        known = store.known(names.values())
        as_before: Counter[str] = Counter()
        tasks: list[Task] = []
        for path, name in names.items():
            last = known.get(name)
            if last and last.stamp and last.stamp == folders.stamp_of(path):
                as_before["skipped" if last.is_problem else "unchanged"] += 1
            else:
                tasks.append((path, last.digest if last else None))
        yield as_before, tasks
