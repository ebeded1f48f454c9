"""The store → a cluster, kept in step with it. SQLite stays the truth; one machine feeds.

Of the posts that changed, first their paragraphs are written, then those that are gone deleted,
last the story, which knows its paragraphs. So whatever a crash interrupts is done again by the
next feed. The mark comes at the end, over the version that was read before: a second feeder is
refused.
"""

import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any

from filelock import FileLock

from corpus.errors import TaxnewsError
from corpus.store.corrections import Correction
from corpus.store.store import Store
from corpus.store.values import Story
from retrieval.answering.calibration import known_calibration
from retrieval.answering.corrections import key_of
from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.client import WRITING, Client
from retrieval.cluster.documents import (
    Document,
    arrival_document,
    document_of,
    entries_of,
    id_of,
    paragraph_of,
)
from retrieval.cluster.errors import ClusterConflict, ClusterError, NotInCluster
from retrieval.cluster.index import documents_of
from retrieval.cluster.layout import (
    ARRIVALS,
    KINDS,
    PARAGRAPHS,
    POSTS,
    alias,
    definition,
    state,
    state_definition,
)
from retrieval.cluster.mark import (
    VERSIONS,
    Mark,
    Version,
    read_mark,
    read_version,
    write_mark,
)
from retrieval.index_sync import keyed
from retrieval.ranking.confidence import Calibration

log = logging.getLogger(__name__)

_TURN = 0.3  # seconds between two looks at what has changed
_PAUSE = 3.0  # seconds before a cluster that did not take something is tried again
_SILENCE = 60.0  # seconds for which it is not said again
_BATCH = 100  # posts
_LARGEST = 4_000_000  # bytes of one request, about
_GRACE = 3.0  # seconds for which searches of an index go on that was replaced

Track = Callable[[Sequence[str]], Iterable[str]]
"""Passes the ids of posts through and shows how far it is."""


class OtherFeeder(ClusterError):
    """What is in the cluster was fed from another database, or meanwhile by another process."""


class Feeder:
    """Brings a cluster up to a store."""

    def __init__(self, store: Store, client: Client) -> None:
        self._store = store
        self._client = client

    def feed(self, track: Track = iter) -> bool:
        """Write what changed since the last time; False if nothing did.

        All is written anew where nothing is there yet, where the log of what changed does not
        reach back, or where terms are cut otherwise since. Raises `OtherFeeder`; `ClusterError`
        if the cluster does not take it, or nothing was learned of the corpus yet.
        """
        with _alone(self._store.path):
            found = read_mark(self._client)
            if found is None:
                self._rebuild(None, track)
                return True
            mark, version = found
            self._check(mark)
            with self._store.snapshot():
                changed = self._store.changed_posts(mark.number)
                fresh = self._mark(mark.stamp, mark.shards)
            if changed is None or _analyzer(mark.versions) != _analyzer(VERSIONS):
                self._rebuild(version, track)
                return True
            if replace(fresh, fed=mark.fed) == mark:
                return False
            target = _Target(self._client, self._aliases(), is_new=False)
            self._write(target, track(changed), mark.last_arrival)
            self._finish(fresh, version)
            return True

    def rebuild(self, track: Track = iter) -> None:
        """Write all of the store into new indexes, which take the place of what is there in one
        step; of what was fed from another database, too. Raises as `feed` does."""
        with _alone(self._store.path):
            self._rebuild(read_version(self._client), track)

    def _rebuild(self, version: Version | None, track: Track) -> None:
        client = self._client
        _make_if_missing(client, state(client.choice), state_definition(client.choice))
        _drop(client, _indexes(client, is_current=False))
        stamp = f"{datetime.now(timezone.utc):%Y%m%d%H%M%S}{secrets.token_hex(2)}"
        names = {kind: f"{name}-{stamp}" for kind, name in self._aliases().items()}
        self._store.follow_posts()
        with self._store.snapshot():
            fresh = self._mark(stamp, client.choice.shards)
            ids = self._store.all_ids()
        for kind, name in names.items():
            client.ask("PUT", f"/{name}", definition(client.choice, kind), seconds=WRITING)
        self._write(_Target(client, names, is_new=True), track(ids), 0)
        if read_version(client) != version:
            raise OtherFeeder("another process has fed the cluster meanwhile; nothing is replaced")
        replaced = _indexes(client, is_current=True)
        _swap(client, names, replaced)
        self._finish(fresh, version)
        if replaced:
            time.sleep(_GRACE)
            _drop(client, replaced)

    def _aliases(self) -> dict[str, str]:
        return {kind: alias(self._client.choice, kind) for kind in KINDS}

    def _check(self, mark: Mark) -> None:
        """Raises `OtherFeeder` if this database is not the one that feeds the cluster."""
        if mark.identity != self._store.identity():
            wrong = "the cluster was fed from another database"
        elif mark.number > self._store.last_post_change():
            wrong = "the cluster is ahead of this database, as if it were an old copy"
        else:
            return
        raise OtherFeeder(
            f"{wrong} than {self._store.path}: feed it from there, or to have it hold this one:"
            " taxnews cluster rebuild"
        )

    def _mark(self, stamp: str, shards: int) -> Mark:
        """The mark of the store as it is now; to be called within a snapshot of it."""
        store = self._store
        media, categories = store.names()
        return Mark(
            identity=store.identity(),
            versions=VERSIONS,
            number=store.last_post_change(),
            stamp=stamp,
            shards=shards,
            facts=store.facts(),
            names=(tuple(media), categories),
            last_arrival=store.last_arrival(),
            calibration=_learned(store),
            corrections_mark=store.corrections_mark(),
            corrections=tuple(map(_without_words, store.corrections())),
            fed=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        )

    def _write(self, target: "_Target", ids: Iterable[str], since: int) -> None:
        """Write posts, and the arrivals after number `since`; then they are seen."""
        rest = iter(ids)
        while batch := list(islice(rest, _BATCH)):
            self._write_posts(target, batch)
        while arrivals := self._store.arrivals(since):
            target.write(ARRIVALS, ((str(a.number), arrival_document(a)) for a in arrivals))
            since = arrivals[-1].number
        target.refresh()

    def _write_posts(self, target: "_Target", ids: Sequence[str]) -> None:
        stories = self._store.stories(ids)
        before = target.keys_of(map(id_of, ids))
        target.write(PARAGRAPHS, _paragraphs(stories))
        now = {key for story in stories for key in story.keys}
        target.write(PARAGRAPHS, ((str(key), None) for key in before if key not in now))
        gone = {id_of(id_) for id_ in ids} - {id_of(story.post.id) for story in stories}
        target.write(POSTS, [*self._documents(stories), *((name, None) for name in sorted(gone))])

    def _documents(self, stories: Sequence[Story]) -> Iterator[tuple[str, Document]]:
        ids = [story.post.id for story in stories]
        checksums = self._store.checksums_of(key for story in stories for key in story.keys)
        arrived, sources = self._store.arrived(ids), self._store.source_counts(ids)
        for id_, story in zip(ids, stories, strict=True):
            yield (
                id_of(id_),
                document_of(story, checksums.get(id_, 0), arrived.get(id_, ()), sources[id_]),
            )

    def _finish(self, fresh: Mark, version: Version | None) -> None:
        try:
            write_mark(self._client, fresh, version)
        except ClusterConflict:
            raise OtherFeeder("another process feeds the cluster at the same time") from None
        self._store.forget_post_changes(fresh.number)


class _Target:
    """The indexes, by kind, that are written to: aliases, or new ones (`is_new`)."""

    def __init__(self, client: Client, names: Mapping[str, str], *, is_new: bool) -> None:
        self._client = client
        self._names = names
        self._is_new = is_new

    def write(self, kind: str, documents: Iterable[tuple[str, Document | None]]) -> None:
        """Put documents, by their names, in place of those there are; None deletes one.

        Raises `ClusterError` if one of them is refused: HTTP's 200 does not say that none is.
        """
        lines: list[Document] = []
        size = 0
        for name, document in documents:
            about = {"_index": self._names[kind], "_id": name}
            lines += [{"delete": about}] if document is None else [{"index": about}, document]
            size += sum(len(str(value)) for value in (document or {}).values())
            if size > _LARGEST:
                self._send(lines)
                lines, size = [], 0
        if lines:
            self._send(lines)

    def _send(self, lines: Sequence[Document]) -> None:
        params = {
            "require_alias": "false" if self._is_new else "true",
            "timeout": f"{WRITING:.0f}s",
            "filter_path": "errors,items.*.status,items.*.error.type",
        }
        said = self._client.ask("POST", "/_bulk", lines, params=params, seconds=2 * WRITING)
        if not said["errors"]:
            return
        items = [next(iter(item.values())) for item in said["items"]]
        if refused := [item["error"]["type"] for item in items if "error" in item]:
            raise ClusterError(
                f"the cluster refused {len(refused)} of {len(items)} documents ({refused[0]})"
            )

    def keys_of(self, names: Iterable[str]) -> list[int]:
        """The numbers of the paragraphs that posts have there, by the posts' documents."""
        if self._is_new:
            return []
        found = documents_of(self._client, self._names[POSTS], list(names), "keys")
        return [key for _, fields in found for key in fields["keys"]]

    def refresh(self) -> None:
        """Have all that was written seen by searches."""
        path = f"/{','.join(self._names.values())}/_refresh"
        shards = self._client.ask("POST", path, seconds=WRITING)["_shards"]
        if shards["failed"]:
            raise ClusterError(f"{shards['failed']} shards of the cluster show nothing new")


def keep_feeding(db: Path, choice: ClusterChoice, stop: threading.Event) -> None:
    """Bring the cluster up to the database at `db` again and again, until `stop` is set.

    What goes wrong, a cluster that is gone say, is logged once a minute, and tried again. A
    database of which nothing was learned, as that of a bot that only answers, feeds nothing.
    """
    silent_until = 0.0
    while not stop.is_set():
        try:
            with Store.open(db) as store, Client(choice) as client:
                _follow(Feeder(store, client), store, stop)
        except (TaxnewsError, OSError) as error:
            if time.monotonic() > silent_until:
                log.error("the cluster is not fed: %s", error)
                silent_until = time.monotonic() + _SILENCE
            stop.wait(_PAUSE)


def _follow(feeder: Feeder, store: Store, stop: threading.Event) -> None:
    fed: object = None
    while not stop.is_set():
        now = (
            store.last_post_change(),
            store.last_arrival(),
            store.corrections_mark(),
            known_calibration(store),
        )
        if now != fed and now[-1] is not None:
            feeder.feed()
            fed = now
        stop.wait(_TURN)


def _paragraphs(stories: Iterable[Story]) -> Iterator[tuple[str, Document]]:
    for story in stories:
        for key, terms in keyed(entries_of(story)):
            yield str(key), paragraph_of(key, terms, story)


def _without_words(correction: Correction) -> Correction:
    """A correction without the question that somebody asked: by its key it is known again."""
    key = key_of(correction.question) if correction.question else correction.key
    return replace(correction, question=None, key=key)


def _learned(store: Store) -> Calibration:
    learned = known_calibration(store)
    if learned is None:
        raise ClusterError(f"{store.path}: nothing was learned of it yet: taxnews index")
    return learned


def _analyzer(versions: str) -> str:
    return versions.partition(".")[0]


def _alone(db: Path) -> FileLock:
    """Held by whoever feeds a cluster from the database at `db`: others wait."""
    return FileLock(db.with_suffix(".feeding"))


def _make_if_missing(client: Client, name: str, body: Mapping[str, Any]) -> None:
    try:
        client.ask("GET", f"/{name}")
    except NotInCluster:
        client.ask("PUT", f"/{name}", body, seconds=WRITING)


def _indexes(client: Client, *, is_current: bool) -> list[str]:
    """The indexes of documents: those that the aliases stand for, or those that none does."""
    wanted = ",".join(f"{alias(client.choice, kind)}-*" for kind in KINDS)
    found = client.ask("GET", f"/{wanted}/_alias", seconds=WRITING)
    return sorted(name for name, one in found.items() if bool(one["aliases"]) == is_current)


def _drop(client: Client, names: Sequence[str]) -> None:
    if names:
        client.ask("DELETE", f"/{','.join(names)}", seconds=WRITING)


def _swap(client: Client, names: Mapping[str, str], replaced: Sequence[str]) -> None:
    """Have the aliases stand for other indexes, all at once."""
    actions: list[Document] = [
        {"remove": {"index": name, "alias": name.rpartition("-")[0]}} for name in replaced
    ]
    actions += [
        {"add": {"index": name, "alias": alias(client.choice, kind)}}
        for kind, name in names.items()
    ]
    client.ask("POST", "/_aliases", {"actions": actions}, seconds=WRITING)
