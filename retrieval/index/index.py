"""An index on disk: one writer, any number of readers, durable and always up to date.

A write goes to the journal first, then into memory. A thread in the background writes what has
gathered in memory to a segment file, joins files, and names them in a new manifest; the journal
before it is then no longer needed. Whoever opens the index reads the manifest, maps its files
and replays the journals from the one it names on.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from retrieval.index import storage
from retrieval.index.arrays import MAX_DOCUMENTS, Flags, Floats, Integers
from retrieval.index.directory import Directory, beginning
from retrieval.index.errors import IndexCorrupt, IndexLocked, IndexMismatch, IndexReadOnly
from retrieval.index.live import ALL, Live, Where, tidy
from retrieval.index.merging import MAX_TOKENS, Merger
from retrieval.index.segment import Gathering, Segment
from retrieval.index.writes import Encoded, Terms, Write, batches, encoded

BATCH = 4096  # documents numbered at a time by a rebuild
RETRIES = 100  # of a reader whose files a writer replaces while it opens them


class Index:
    """BM25 over paragraphs, each a key (an integer) and its terms.

    Made by `Index.open`; may be searched by any number of threads while one of them writes.
    """

    def __init__(self, folder: Path, read_only: bool, sync: bool) -> None:
        self.folder = folder
        self._read_only = read_only
        self._directory = Directory(folder, read_only, sync)
        self._writing = threading.RLock()
        self._lock = FileLock(folder / "lock", timeout=0)
        self._merger = Merger(self._directory, self._writing, lambda: self._live)
        self._seen: tuple[int, int] | None = None  # a reader's manifest: inode and time
        self._follower: threading.Thread | None = None
        self._closed = threading.Event()
        self._is_followed = False
        self._is_begun = True
        self._live: Live

    # Opening and closing.

    @classmethod
    def open(
        cls,
        folder: str | os.PathLike[str],
        *,
        similarity: str | None = None,
        k1: float | None = None,
        b: float | None = None,
        epsilon: float | None = None,
        fields: Sequence[str] | None = None,
        read_only: bool = False,
        sync: bool = False,
    ) -> Index:
        """The index in a folder, created where it is missing (unless `read_only`).

        The model ("lucene" or "okapi", rank-bm25's), its parameters and the fields are fixed when
        the index is created (by default lucene, 1.5, .75, .25 and one field, "terms"); giving
        others later raises IndexMismatch. `sync` makes each write survive a power cut as well.
        Raises IndexLocked if another process writes to it, IndexCorrupt if it has to be rebuilt.
        """
        given = {
            "similarity": similarity, "k1": k1, "b": b, "epsilon": epsilon,
            "fields": None if fields is None else list(fields),
        }  # fmt: skip
        self = cls(Path(folder), read_only, sync)
        if read_only:
            self._load_as_reader(given)
            return self
        self.folder.mkdir(parents=True, exist_ok=True)
        self._acquire()
        try:
            if not (self.folder / "manifest.json").exists():
                if any(self.folder.glob("*.arrays")):
                    raise storage.corrupt(self.folder / "manifest.json", "it is missing")
                storage.write_manifest(self.folder, beginning(given, journal=1))
            self._live = self._directory.load(given)
            self._directory.continue_journal()
            self._directory.clean()
        except BaseException:
            self._lock.release()
            raise
        return self

    @classmethod
    def create(cls, folder: str | os.PathLike[str], **settings: Any) -> Index:
        """A new, empty index, which takes the place of whatever is there with its first write.

        Until then others go on reading what they have open. The arguments are `open`'s.
        """
        self = cls(Path(folder), False, settings.pop("sync", False))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._acquire()
        try:
            self._directory.begin(settings)
            self._is_begun = False
            self._live = self._directory.new_live()
            self._directory.continue_journal()
        except BaseException:
            self._lock.release()
            raise
        return self

    def close(self) -> None:
        """Ends the work in the background and lets another process write."""
        self._closed.set()
        if self._follower is not None:
            self._follower.join()
        self._merger.join()
        with self._writing:
            self._directory.close_journal()
            self._lock.release()
            self._read_only = True
        self._merger.check()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Writing.

    def add(self, entries: Iterable[tuple[int, Terms]], mark: str | None = None) -> None:
        """Adds paragraphs, replacing those whose keys are there; durable and searchable on return.

        Terms are a list of strings, or a dict of such lists by field. Of a key given twice the
        last one counts. `mark` is kept with the write: the source's own generation, say.
        """
        listed = list(entries)
        with self._writing:
            self._begin()
            for start in range(0, max(1, len(listed)), MAX_DOCUMENTS):
                some = listed[start : start + MAX_DOCUMENTS]
                batch = encoded(some, self._live.fields)
                write = Write(batch.keys, batch.counts, batch.texts, self.generation + 1, mark)
                self._write(write)

    def delete(self, keys: Iterable[int], mark: str | None = None) -> None:
        """Deletes paragraphs; durable on return. Unknown keys are no error."""
        listed = np.unique(np.fromiter(keys, np.int64))
        with self._writing:
            self._begin()
            self._write(Write(listed, [], [], self.generation + 1, mark))

    def rebuild(self, entries: Iterable[tuple[int, Terms]], mark: str | None = None) -> None:
        """Replaces all that is there; searches see the old paragraphs until the new are whole.

        The fastest way to index many paragraphs. Keys may come in any order; of one given twice
        the last counts. If the entries fail midway, the index stays as it was.
        """
        fields = self._live.fields
        self.rebuild_from((encoded(batch, fields) for batch in batches(entries, BATCH)), mark)

    def rebuild_from(self, batches: Iterable[Encoded], mark: str | None = None) -> None:
        """`rebuild` of paragraphs that were encoded before, in other processes maybe."""
        with self._writing:
            self._writable()
            self._merger.finish()
            fresh = self._directory.new_live()
            segments: list[Segment] = []
            gathering = Gathering()
            for batch in batches:
                documents = fresh.documents_of(batch)
                is_full = not gathering.fits(documents, MAX_DOCUMENTS, MAX_TOKENS)
                if len(gathering) and is_full:
                    segments.append(self._directory.build(fresh, gathering.take()))
                gathering.add(documents)
            if len(gathering):
                segments.append(self._directory.build(fresh, gathering.take()))
            parts = [
                (part, _flags_without(part, segments[place + 1 :]))
                for place, part in enumerate(segments)
            ]
            fresh.load(parts, self.generation + 1, self.mark if mark is None else mark)
            self._directory.rotate()
            storage.step("rebuild: built")
            now = fresh.snapshot
            self._directory.commit(fresh, now.generation, now.mark, self._directory.journal_number)
            self._live = fresh
            self._is_begun = True
            self._directory.clean()

    def flush(self) -> None:
        """Waits for the work in the background, and puts what is in memory into a segment file."""
        with self._writing:
            self._begin()
            self._merger.finish()
            self._merger.start(everything=True)
            self._merger.finish()

    # Reading.

    def search(
        self,
        terms: Terms,
        k: int = 10,
        where: Where | None = None,
        weights: Mapping[str, float] | None = None,
    ) -> list[tuple[int, float]]:
        """The k best paragraphs that share a term with the question: (key, score), best first.

        Equal scores come by ascending key. A term asked twice counts twice. `where` restricts
        the hits to a set of keys or to those whose place in a boolean array is true. With
        several fields the score is the sum over them, each times its weight (1 by default).
        """
        if self._seen is not None and not self._is_followed:
            self.refresh()
        return self._live.search(terms, k, where, weights)

    def scores(
        self, terms: Terms, keys: Sequence[int], weights: Mapping[str, float] | None = None
    ) -> Floats:
        """The exact scores of given paragraphs, 0 for unknown ones: an array as long as keys."""
        return self._live.scores(terms, keys, weights)

    def document_frequency(self, term: str, field: str | None = None) -> int:
        """The number of paragraphs that hold a term in a field (the first one by default)."""
        return int(self._live.frequencies([term], field)[1][0])

    def idf(self, terms: Sequence[str], field: str | None = None) -> Floats:
        """The model's inverse document frequencies of terms, 0 for unknown ones."""
        return self._live.frequencies(terms, field)[2] if len(terms) else np.empty(0)

    def keys(self) -> Integers:
        """The keys of all paragraphs, ascending."""
        parts = self._live.snapshot.parts
        keys = [
            part.segment.documents.keys[part.alive > 0 if len(part.alive) else slice(None)]
            for part in parts
        ]
        return np.sort(np.concatenate(keys)) if keys else np.empty(0, np.int64)

    def __len__(self) -> int:
        return self._live.snapshot.documents

    def __contains__(self, key: int) -> bool:
        wanted = np.array([key], np.int64)
        return any(part.find(wanted)[0] >= 0 for part in self._live.snapshot.parts)

    @property
    def fields(self) -> list[str]:
        """The kinds of terms."""
        return list(self._live.fields)

    @property
    def generation(self) -> int:
        """The number of writes so far; kept on disk, the same in every process."""
        return self._live.snapshot.generation

    @property
    def mark(self) -> str | None:
        """The mark of the last write that gave one."""
        return self._live.snapshot.mark

    def refresh(self) -> bool:
        """Takes in what a writer in another process has done; whether anything had changed.

        Only for an index opened for reading: a search does this by itself, unless it `follow`s.
        """
        with self._writing:
            before = self._seen, self.generation
            if self._directory.identity() != self._seen:
                self._load_as_reader({})
            else:
                with contextlib.suppress(FileNotFoundError):  # the next manifest has it all
                    self._directory.replay(self._live)
            return before != (self._seen, self.generation)

    def follow(self, every: float) -> None:
        """From now on a thread does `refresh` every so many seconds, and no search waits for it.

        While it fails, searches do it themselves, and raise what it raises.
        """
        self._follower = threading.Thread(target=self._follow, args=(every,), daemon=True)
        self._follower.start()

    def _follow(self, every: float) -> None:
        while not self._closed.wait(every):
            try:
                self.refresh()
                self._is_followed = True
            except (OSError, IndexCorrupt, IndexMismatch):
                self._is_followed = False

    def verify(self) -> None:
        """Reads every file of the index; raises IndexCorrupt if a checksum differs."""
        for _ in range(RETRIES):
            try:
                return self._directory.verify()
            except FileNotFoundError:  # a writer has just replaced it
                continue
        raise storage.corrupt(self.folder / "manifest.json", "it names files that are missing")

    # Inside: opening.

    def _acquire(self) -> None:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise IndexLocked(
                f"{self.folder}: another process is writing to this index: end it, or wait"
            ) from error

    def _load_as_reader(self, given: Mapping[str, Any]) -> None:
        for _ in range(RETRIES):
            try:
                seen = self._directory.identity()
                self._live = self._directory.load(given)
            except FileNotFoundError as error:
                if not (self.folder / "manifest.json").exists():
                    raise IndexCorrupt(
                        f"{self.folder}: there is no index: run `taxnews index --rebuild`"
                    ) from error
                continue
            self._seen = seen
            return
        raise storage.corrupt(self.folder / "manifest.json", "it names files that are missing")

    # Inside: writing.

    def _begin(self) -> None:
        """Before the first write of a new index: it takes the place of the old one."""
        self._writable()
        if not self._is_begun:
            self.rebuild(())

    def _writable(self) -> None:
        self._merger.check()
        if self._read_only or self._directory.journal is None:
            raise IndexReadOnly(f"{self.folder}: this index is open for reading only, or closed")

    def _write(self, write: Write) -> None:
        assert self._directory.journal is not None
        self._directory.journal.append(write.pack())
        self._live.apply(write)
        storage.step("write: applied")
        tidy(self._live, self._merger.busy)
        self._merger.keep_up()


def _flags_without(part: Segment, later: Sequence[Segment]) -> Flags:
    alive = np.ones(len(part), np.uint8)
    for other in later:
        places = part.find(other.documents.keys)
        alive[places[places >= 0]] = 0
    return ALL if alive.all() else alive
