"""Sources → the store: each at its interval, none stopping the others."""

import json
import logging
import os
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

from corpus.errors import SourceError, StoreError, TaxnewsError
from corpus.reading.readings import Reading
from corpus.sources import checkouts, feeds, folders, http, jsonlines
from corpus.store.store import Store
from corpus.store.values import Source
from corpus.sync.ingest import (
    BATCH,
    Commit,
    Progress,
    Summary,
    ingest,
    nothing,
    read_files,
    remove_files,
    silent,
    write,
)

log = logging.getLogger(__name__)

EVERY = 300
"""Seconds between two looks at a source, unless it is added with others."""
_LOCAL = ("folder", "git", "jsonl")
_TURN = 1.0  # seconds at most until a new source, or one removed, is noticed
_PAUSE = 60.0  # seconds after which a database that can't be read is tried again

Report = Callable[[Source, "Summary | Exception"], None]
"""Told how a look at a source went."""


def kind_of(location: str) -> tuple[str, str]:
    """What kind of source `location` is, and how it is kept: absolute, or an address.

    Raises SourceError if it is none.
    """
    try:
        location.encode()
    except UnicodeEncodeError:
        raise SourceError(f"{location!a}: only names in UTF-8 can be kept as sources") from None
    if "://" in location:
        return "feed", http.checked(location)
    path = os.path.abspath(os.path.expanduser(location))
    if os.path.isdir(path):
        return ("git" if os.path.lexists(os.path.join(path, ".git")) else "folder"), path
    if os.path.isfile(path) and path.lower().endswith((".jsonl", ".ndjson")):
        return "jsonl", path
    raise SourceError(
        f"{location}: no source: a folder, a git checkout, a .jsonl file or a feed's address"
    )


def look(
    store: Store,
    source: Source,
    *,
    progress: Progress = silent,
    on_commit: Commit = nothing,
    limits: http.Limits = http.LIMITS,
) -> Summary:
    """Bring `store` up to date with `source`, and keep how it went.

    Raises SourceError, kept as the source's last error, if it could not be read.
    """
    run = _Run(store, source, progress, on_commit, limits)
    try:
        summary, cursor = run.read()
    except SourceError as error:
        store.note_run(source, cursor=None, error=str(error))
        raise
    store.note_run(source, cursor=cursor, error=None)
    return summary


def follow(
    store: Store,
    *,
    stop: threading.Event,
    on_commit: Commit = nothing,
    report: Report = lambda source, result: None,
) -> None:
    """Look at every source at its interval until `stop` is set.

    Local ones are looked at first thing; feeds when they are due since the last
    run, so that a restart asks nobody for nothing. What goes wrong, a full disk
    say, is reported or logged, and tried again.
    """
    begun: set[int] = set()
    while not stop.is_set():
        try:
            sources = store.sources()
        except StoreError as error:
            log.error("%s", error)
            stop.wait(_PAUSE)
            continue
        for source in sources:
            if stop.is_set():
                return
            if (source.kind in _LOCAL and source.id not in begun) or _is_due(source):
                begun.add(source.id)
                try:
                    report(source, look(store, source, on_commit=on_commit))
                except (TaxnewsError, OSError) as error:
                    report(source, error)
        stop.wait(_TURN)


def _is_due(source: Source) -> bool:
    if source.last_run is None:
        return True
    last = datetime.fromisoformat(source.last_run)
    return (datetime.now(timezone.utc) - last).total_seconds() >= source.every


class _Run:
    """One look at one source: each kind's method returns its summary and the next cursor."""

    def __init__(
        self,
        store: Store,
        source: Source,
        progress: Progress,
        on_commit: Commit,
        limits: http.Limits,
    ) -> None:
        self._store = store
        self._source = source
        self._progress = progress
        self._on_commit = on_commit
        self._limits = limits

    def read(self) -> tuple[Summary, str | None]:
        return {
            "folder": self._folder,
            "git": self._git,
            "feed": self._feed,
            "jsonl": self._jsonl,
        }[self._source.kind]()

    def _folder(self) -> tuple[Summary, str | None]:
        location = self._source.location
        if not os.path.isdir(location):
            raise SourceError(f"{location}: no folder there; what was read from it stays")
        return self._ingest(location), None

    def _git(self) -> tuple[Summary, str | None]:
        location, last = self._source.location, self._source.cursor
        if self._source.pull:
            checkouts.pull(location)
        commit = checkouts.commit(location)
        if commit == last:
            return Summary(), commit
        changed = checkouts.changed(location, last, commit) if last else None
        if changed is None:
            return self._ingest(location), commit
        summary = read_files(
            self._store,
            changed.files,
            source=self._source.id,
            progress=self._progress,
            on_commit=self._on_commit,
        )
        there = {folders.name_of(path) for path in changed.files}
        names = [folders.name_of(path) for path in changed.gone]
        gone = [name for name in names if folders.is_gone(name, there, [])]
        summary.removed = remove_files(self._store, gone, on_commit=self._on_commit)
        return summary, commit

    def _ingest(self, location: str) -> Summary:
        return ingest(
            self._store,
            [location],
            source=self._source.id,
            progress=self._progress,
            on_commit=self._on_commit,
        )

    def _feed(self) -> tuple[Summary, str | None]:
        location = self._source.location
        seen = json.loads(self._source.cursor or "{}")
        if seen.pop("version", 1) != feeds.VERSION:
            seen = {}  # what has not changed there is read otherwise now
        document = http.fetch(location, **seen, limits=self._limits)
        if document is None:
            return Summary(), self._source.cursor
        readings = feeds.read(document.data, document.content_type, location)
        summary = self._write(readings)
        return summary, json.dumps(
            {"etag": document.etag, "modified": document.modified, "version": feeds.VERSION}
        )

    def _jsonl(self) -> tuple[Summary, str | None]:
        path = self._source.location
        stamp = folders.stamp_of(path)
        if stamp and stamp == self._source.cursor:
            return Summary(), stamp
        return self._write(jsonlines.read(Path(path))), stamp

    def _write(self, readings: Iterable[Reading]) -> Summary:
        """Write the readings of entries, those known by their digest as unchanged."""
        summary = Summary()
        with self._store.transaction():
            self._store.clear_problems(self._source)  # of entries that are no longer there
        rest = iter(readings)
        while batch := {reading.name: reading for reading in islice(rest, BATCH)}:
            known = self._store.known(batch)
            fresh = [
                Reading(name, reading.digest, None)
                if name in known and known[name].digest == reading.digest
                else reading
                for name, reading in batch.items()
            ]
            write(self._store, fresh, summary, source=self._source.id, on_commit=self._on_commit)
        return summary
