"""Files and folders → the store: every file read once, in any order, to the same end."""

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from corpus.errors import SourceError
from corpus.reading.readings import Reading
from corpus.sources import folders
from corpus.sources.source import Found
from corpus.store.store import Store
from corpus.store.values import KnownSource
from corpus.sync.entries import with_known_stories
from corpus.sync.workers import Workers

T = TypeVar("T")
Task = tuple[str, str | None]
"""A file to read: its path, and the digest of its last reading if there was one."""

BATCH = 500
"""Files read at a time: a crash loses at most this much work, no data."""
_SLICE = 50  # readings a transaction: while it lasts, no chat's question can be noted
_GAP = 0.02  # seconds between two transactions: SQLite lets who waits try only now and then
_MANY, _MOST = 20, 0.9  # a source of 20 posts or more that loses nine tenths is probably away

Progress = Callable[[str, int, int | None], None]
"""Called with a phase, "listing" or "reading", the number of files done, and of all files (None:
not known yet)."""
Commit = Callable[[], None]
"""Called when a batch of changes is in the database, e.g. for an index to follow."""


class Vanished(SourceError):
    """A source most of whose posts are gone at once."""


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

    def count(self, outcomes: Mapping[str, int]) -> None:
        """Adds how often something became of a file."""
        for outcome, number in outcomes.items():
            setattr(self, outcome, getattr(self, outcome) + number)

    @property
    def has_changes(self) -> bool:
        return any((self.added, self.updated, self.merged, self.removed))


def silent(phase: str, done: int, total: int | None) -> None:
    """Shows no progress."""


def nothing() -> None:
    """Follows no commit."""


def ingest(
    store: Store,
    paths: Iterable[str | Path],
    *,
    confirm: bool = False,
    progress: Progress = silent,
) -> Summary:
    """Bring `store` up to date with `paths`, files and folders.

    What is new or has changed there is read; what an earlier run read below the
    folders and is now deleted goes, unless another file carries the same story. A
    file that is no post or can't be read is noted and skipped; it never stops
    the rest. Memory holds the paths and a few batches.

    Raises SourceError for a folder most of whose posts are gone at once, unless `confirm`.
    """
    found: list[Found] = []
    for path in map(os.path.abspath, paths):
        before = sum(len(each.files) for each in found)
        listed = partial(_listed, progress, before)
        found.append(
            folders.find(path, listed) if os.path.isdir(path) else Found(files=[path], gone=[])
        )
    run = _Run(store, progress=progress)
    run.load(sorted({file for each in found for file in each.files}))
    for each in found:
        run.remove_gone(each, confirm=confirm)
    return run.summary


def take(
    store: Store,
    found: Found,
    source: KnownSource,
    *,
    progress: Progress = silent,
    on_commit: Commit = nothing,
) -> Summary:
    """Bring `store` up to date with what a look at `source` found.

    Raises SourceError if most of its posts are gone at once, unless that was confirmed.
    """
    run = _Run(store, source.id, progress=progress, on_commit=on_commit)
    run.load(found.files)
    if found.folder is None:
        run.write_entries(found.entries, source)
    run.remove_gone(found, confirm=source.vanished == "confirmed")
    return run.summary


def _listed(progress: Progress, before: int, count: int) -> None:
    progress("listing", before + count, None)


class _Run:
    """One run that brings a store up to date, with a source if it has one; counts what became of
    the files."""

    def __init__(
        self,
        store: Store,
        source: int | None = None,
        *,
        progress: Progress,
        on_commit: Commit = nothing,
    ) -> None:
        self.summary = Summary()
        self._store = store
        self._source = source
        self._progress = progress
        self._on_commit = on_commit

    def load(self, files: Sequence[str]) -> None:
        """Read these files, those that have not changed excepted."""
        done = 0
        with Workers(load_batch) as workers:
            for as_before, readings in workers.map(_unread(self._store, files)):
                self._write(readings)
                self.summary.count(as_before)
                done += as_before.total() + len(readings)
                self._progress("reading", done, len(files))

    def write_entries(self, entries: Iterable[Reading], source: KnownSource) -> None:
        """Write all entries that the source has, those known by their digest as unchanged."""
        store = self._store
        with store.transaction():
            store.clear_problems(source)  # of entries that are no longer there
        if source.kind == "feed":
            entries = with_known_stories(store, source, list(entries))
        rest = iter(entries)
        while batch := {reading.name: reading for reading in islice(rest, BATCH)}:
            known = store.known(batch)
            fresh = [
                Reading(name, reading.digest, None)
                if name in known and known[name].digest == reading.digest
                else reading
                for name, reading in batch.items()
            ]
            self._write(fresh)

    def _write(self, readings: Sequence[Reading]) -> None:
        """Write one batch of readings.

        With `on_commit`, as where a bot's sources are followed, others that write get their turns.
        """
        outcomes: list[str] = []
        for start in range(0, len(readings), _SLICE):
            if start and self._on_commit is not nothing:
                time.sleep(_GAP)
            with self._store.transaction():
                outcomes += self._store.write(readings[start : start + _SLICE], self._source)
        self.summary.count(Counter(outcomes))
        if not {"unchanged", "skipped"}.issuperset(outcomes):
            self._on_commit()

    def remove_gone(self, found: Found, *, confirm: bool) -> None:
        """Drop what files held that are no longer there.

        Raises `Vanished` if with them most posts of the folder would go, unless `confirm`: it is
        more likely that the folder is not mounted.
        """
        if found.folder is None:
            return
        gone = found.gone
        if gone is None:
            there = set(map(folders.name_of, found.files))
            gone = [
                name
                for name in self._store.names_below(folders.name_of(found.folder))
                if folders.is_gone(name, there, found.closed)
            ]
        if gone and not confirm:
            _check_vanished(
                found.folder, *self._store.at_stake(folders.name_of(found.folder), gone)
            )
        for batch in batches(gone):
            with self._store.transaction():
                self.summary.removed += self._store.remove(batch)
            self._on_commit()


def _check_vanished(folder: str, total: int, lost: int) -> None:
    """Raise `Vanished` if of the posts of a folder most would be lost."""
    if lost and (lost == total or (total >= _MANY and lost >= _MOST * total)):
        which = f"all {total:,}" if lost == total else f"{lost:,} of the {total:,}"
        raise Vanished(
            f"{folder}: {which} posts are gone at once; is it mounted? What was read"
            " stays. If they are to go: taxnews ingest --confirm"
        )


def load_batch(tasks: Sequence[Task]) -> list[Reading]:
    """What these files hold."""
    return [folders.load(*task) for task in tasks]


def batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    """`items` in batches of as many as are written at once."""
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
