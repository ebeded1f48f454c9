"""Sources → the store: each at its interval, none stopping the others."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone

from corpus.errors import SourceError, StoreError, TaxnewsError
from corpus.sources import http
from corpus.sources.kinds import LOCAL, source_of
from corpus.store.store import Store
from corpus.store.values import KnownSource
from corpus.sync.ingest import Commit, Progress, Summary, Vanished, nothing, silent, take

log = logging.getLogger(__name__)

EVERY = 300
"""Seconds between two looks at a source, unless it is added with others."""
_TURN = 1.0  # seconds at most until a new source, or one removed, is noticed
_SHOWN = 200  # characters of an error that nobody thought of
_PAUSE = 60.0  # seconds after which a database that can't be read is tried again

Report = Callable[[KnownSource, "Summary | Exception"], None]
"""Called with how a look at a source went."""


def look(
    store: Store,
    source: KnownSource,
    *,
    confirm: bool = False,
    progress: Progress = silent,
    on_commit: Commit = nothing,
    limits: http.Limits = http.LIMITS,
) -> Summary:
    """Bring `store` up to date with `source`, and keep how it went.

    Raises SourceError, kept as the source's last error, if it could not be read, or if most
    of its posts are gone at once and that was not confirmed, now or before.
    """
    if confirm:
        source = replace(source, vanished="confirmed")
    reader = source_of(source.kind, source.location, pull=source.pull, limits=limits)
    try:
        found = reader.look(source.cursor, lambda count: progress("listing", count, None))
        summary = Summary()
        if found is not None:
            summary = take(store, found, source, progress=progress, on_commit=on_commit)
    except Vanished as error:
        store.note_run(source, cursor=None, error=str(error), vanished="waits")
        raise
    except SourceError as error:
        store.note_run(source, cursor=None, error=str(error), vanished=source.vanished)
        raise
    except (TaxnewsError, OSError):
        raise
    except Exception as error:  # what nobody thought of: it must not stop the other sources
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:_SHOWN]}"
        unforeseen = SourceError(f"{source.location}: can't be read, an error of taxnews: {what}")
        store.note_run(source, cursor=None, error=str(unforeseen), vanished=source.vanished)
        raise unforeseen from error
    store.note_run(source, cursor=found.cursor if found else source.cursor, error=None)
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
    run, so that a restart asks nobody for nothing, and no earlier than a server asked for.
    What goes wrong, a full disk say, is reported or logged, and tried again.
    """
    begun: set[int] = set()
    not_before: dict[int, float] = {}
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
            is_first = source.kind in LOCAL and source.id not in begun
            if not (is_first or _is_due(source)) or time.monotonic() < not_before.get(source.id, 0):
                continue
            begun.add(source.id)
            try:
                report(source, look(store, source, on_commit=on_commit))
            except (TaxnewsError, OSError) as error:
                if isinstance(error, SourceError):
                    not_before[source.id] = time.monotonic() + error.wait
                report(source, error)
        stop.wait(_TURN)


def _is_due(source: KnownSource) -> bool:
    if source.last_run is None:
        return True
    last = datetime.fromisoformat(source.last_run)
    passed = (datetime.now(timezone.utc) - last).total_seconds()
    return passed < 0 or passed >= source.every  # < 0: the clock was ahead at the last run
