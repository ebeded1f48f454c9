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
from types import TracebackType
from typing import Any

import numpy as np
from filelock import FileLock, Timeout

from retrieval.index import segment, storage
from retrieval.index.arrays import MAX_DOCUMENTS, Flags, Floats, Integers
from retrieval.index.compiling import cache_in
from retrieval.index.errors import IndexCorrupt, IndexLocked, IndexMismatch, IndexReadOnly
from retrieval.index.live import (
    ALL,
    FAN_OUT,
    Encoded,
    Live,
    Part,
    Terms,
    Where,
    Write,
    batches,
    encoded,
    joined,
    tidy,
)
from retrieval.index.segment import Documents, Gathering, Segment
from retrieval.index.similarity import Lucene, Similarity
from retrieval.index.vocabulary import Vocabulary

FORMAT = 2
DEFAULTS: dict[str, Any] = {
    "similarity": "lucene", "k1": 1.5, "b": 0.75, "epsilon": 0.25, "fields": ["terms"],
}  # fmt: skip
FLUSH = 8192  # documents in memory before they go to a segment file
BACKLOG = 8 * FLUSH  # documents in memory before a writer waits for the disk
MAX_TOKENS = 1 << 27  # in a segment file, at 8 bytes or so each while it is made: about 1 GB
BATCH = 4096  # documents numbered at a time by a rebuild
RETRIES = 100  # of a reader whose files a writer replaces while it opens them


class Index:
    """BM25 over paragraphs, each a key (an integer) and its terms.

    Made by `Index.open`; may be searched by any number of threads while one of them writes.
    """

    def __init__(self, folder: Path, read_only: bool, sync: bool) -> None:
        self.folder = folder
        self._read_only = read_only
        self._sync = sync
        self._writing = threading.RLock()
        self._lock = FileLock(folder / "lock", timeout=0)
        self._journal: storage.Journal | None = None
        self._busy: frozenset[int] = frozenset()
        self._worker: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._flags_written: dict[str, tuple[Flags, str]] = {}
        self._manifest: dict[str, Any] = {}
        self._seen: tuple[int, int] | None = None  # a reader's manifest: inode and time
        self._follower: threading.Thread | None = None
        self._closed = threading.Event()
        self._is_followed = False
        self._journal_number = 0
        self._journal_size = 0
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
                storage.write_manifest(self.folder, _beginning(given, journal=1))
            self._load(given)
            self._continue_journal()
            self._clean()
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
            numbers = [int(path.stem) for path in self.folder.glob("*.journal")]
            self._manifest = _beginning(settings, journal=max(numbers, default=0) + 1)
            self._is_begun = False
            self._live = self._new_live()
            self._journal_number = self._manifest["journal"]
            self._continue_journal()
        except BaseException:
            self._lock.release()
            raise
        return self

    def close(self) -> None:
        """Ends the work in the background and lets another process write."""
        self._closed.set()
        if self._follower is not None:
            self._follower.join()
        if self._worker is not None:
            self._worker.join()
        with self._writing:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
            self._lock.release()
            self._read_only = True
        if self._failure is not None:
            raise self._failure

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
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
            self._finish_work()
            fresh = self._new_live()
            segments: list[Segment] = []
            gathering = Gathering()
            for batch in batches:
                documents = fresh.documents_of(batch)
                if len(gathering) and not gathering.fits(documents, MAX_DOCUMENTS, MAX_TOKENS):
                    segments.append(self._build(fresh, gathering.take()))
                gathering.add(documents)
            if len(gathering):
                segments.append(self._build(fresh, gathering.take()))
            parts = [
                (part, _flags_without(part, segments[place + 1 :]))
                for place, part in enumerate(segments)
            ]
            fresh.load(parts, self.generation + 1, self.mark if mark is None else mark)
            self._rotate()
            self._flags_written = {}
            storage.step("rebuild: built")
            self._commit(
                fresh, fresh.snapshot.generation, fresh.snapshot.mark, self._journal_number
            )
            self._live = fresh
            self._is_begun = True
            self._clean()

    def flush(self) -> None:
        """Waits for the work in the background, and puts what is in memory into a segment file."""
        with self._writing:
            self._begin()
            self._finish_work()
            self._start_work(everything=True)
            self._finish_work()

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
            if _identity(self.folder) != self._seen:
                self._load_as_reader({})
            else:
                with contextlib.suppress(FileNotFoundError):  # the next manifest has it all
                    self._replay()
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
                return self._verify()
            except FileNotFoundError:  # a writer has just replaced it
                continue
        raise storage.corrupt(self.folder / "manifest.json", "it names files that are missing")

    def _verify(self) -> None:
        manifest = storage.read_manifest(self.folder)
        names = [manifest["vocabulary"]] if manifest["vocabulary"] else []
        for name, flags in manifest["segments"]:
            names += [name, flags] if flags else [name]
        for name in names:
            storage.read_arrays(self.folder / name, verify=True)
        for path in sorted(self.folder.glob("*.journal")):
            for _ in storage.read_journal(path):
                pass

    # Inside: opening.

    def _acquire(self) -> None:
        try:
            self._lock.acquire()
        except Timeout as error:
            raise IndexLocked(
                f"{self.folder}: another process is writing to this index: end it, or wait"
            ) from error

    def _load(self, given: Mapping[str, Any]) -> None:
        """Reads the manifest, maps its files and replays the journals."""
        cache_in(self.folder / "kernels")
        manifest = storage.read_manifest(self.folder)
        if manifest.get("format") != FORMAT:
            raise storage.corrupt(self.folder / "manifest.json", "it is of another version")
        for name, value in given.items():
            if value is not None and value != manifest["settings"][name]:
                raise IndexMismatch(
                    f"{self.folder}: this index was created with {name} = "
                    f"{manifest['settings'][name]!r}, not {value!r}: rebuild it to change that"
                )
        self._manifest = manifest
        name = manifest["vocabulary"]
        try:
            live = self._new_live(Vocabulary.read(self.folder / name) if name else None)
            parts = [self._read_part(name, flags) for name, flags in manifest["segments"]]
        except FileNotFoundError as error:
            if self._read_only:
                raise
            raise storage.corrupt(Path(error.filename), "it is missing") from error
        live.load(parts, manifest["generation"], manifest["mark"])
        self._live = live
        self._journal_number, self._journal_size = manifest["journal"], 0
        self._replay()

    def _load_as_reader(self, given: Mapping[str, Any]) -> None:
        for _ in range(RETRIES):
            try:
                seen = _identity(self.folder)
                self._load(given)
            except FileNotFoundError as error:
                if not (self.folder / "manifest.json").exists():
                    raise IndexCorrupt(
                        f"{self.folder}: there is no index: run `taxnews index --rebuild`"
                    ) from error
                continue
            self._seen = seen
            return
        raise storage.corrupt(self.folder / "manifest.json", "it names files that are missing")

    def _new_live(self, vocabulary: Vocabulary | None = None) -> Live:
        settings = self._manifest["settings"]
        return Live(
            settings["fields"], _similarity(settings), settings["k1"], settings["b"], vocabulary
        )

    def _read_part(self, name: str, flags: str | None) -> tuple[Segment, Flags]:
        part = segment.read(self.folder / name)
        if flags is None:
            return part, ALL
        _, arrays = storage.read_arrays(self.folder / flags)
        alive = np.ones(len(part), np.uint8)
        alive[arrays["dead"]] = 0
        self._flags_written[name] = alive, flags
        return part, alive

    def _replay(self) -> None:
        """Applies what the journals hold beyond what was read of them."""
        while True:
            follows = self._journal_path(self._journal_number + 1).exists()
            path = self._journal_path(self._journal_number)
            if not path.exists():  # not begun yet, or a writer has just put it into segments
                if follows and not self._read_only:
                    raise storage.corrupt(path, "it is missing")
                return
            if path.stat().st_size > self._journal_size:
                for record, end in storage.read_journal(path, self._journal_size):
                    self._live.apply(Write.unpack(record))
                    self._journal_size = end
                    tidy(self._live, ())
            if not follows:
                return
            self._journal_number, self._journal_size = self._journal_number + 1, 0

    def _continue_journal(self) -> None:
        self._journal = storage.Journal(self._journal_path(self._journal_number), self._sync)
        self._journal.truncate(self._journal_size)

    def _clean(self) -> None:
        """Removes files that the manifest no longer names."""
        manifest = self._manifest
        named = {manifest["vocabulary"]}
        for name, flags in manifest["segments"]:
            named |= {name, flags}
        for path in _own_files(self.folder):
            old_journal = path.suffix == ".journal" and int(path.stem) < manifest["journal"]
            if old_journal or (path.suffix == ".arrays" and path.name not in named):
                with contextlib.suppress(PermissionError):  # Windows: a reader still maps it
                    path.unlink()

    # Inside: writing.

    def _begin(self) -> None:
        """Before the first write of a new index: it takes the place of the old one."""
        self._writable()
        if not self._is_begun:
            self.rebuild(())

    def _writable(self) -> None:
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._read_only or self._journal is None:
            raise IndexReadOnly(f"{self.folder}: this index is open for reading only, or closed")

    def _write(self, write: Write) -> None:
        assert self._journal is not None
        self._journal.append(write.pack())
        self._live.apply(write)
        storage.step("write: applied")
        tidy(self._live, self._busy)
        waiting = sum(len(part.segment) for part in self._live.snapshot.parts if not _file(part))
        if waiting >= FLUSH:
            if waiting >= BACKLOG:
                self._finish_work()
            self._start_work()

    def _rotate(self) -> None:
        """Begins a new journal: what came before it can go once it is in segment files."""
        assert self._journal is not None
        number = self._journal_number + 1
        new = storage.Journal(self._journal_path(number), self._sync)
        storage.step("journal: begun")
        self._journal.close()
        self._journal, self._journal_number = new, number

    def _build(self, live: Live, documents: Documents) -> Segment:
        """A segment file of what a rebuild has gathered."""
        built = segment.build(documents, live.vocabulary.fields, None, live.parameters)
        return segment.write(built, self._new_file())

    def _commit(self, live: Live, generation: int, mark: str | None, journal: int) -> None:
        """Makes a state the one that the next opening finds."""
        vocabulary = self._manifest["vocabulary"]
        if live is not self._live or live.vocabulary.size != self._manifest.get("terms"):
            path = self._new_file()
            self._manifest["terms"] = live.vocabulary.write(path)
            vocabulary = path.name
        storage.step("commit: vocabulary written")
        segments = []
        for part in live.snapshot.parts:
            if part.segment.file:
                segments.append([part.segment.file, self._write_flags(part)])
        storage.step("commit: flags written")
        manifest = self._manifest | {
            "generation": generation, "mark": mark, "journal": journal,
            "vocabulary": vocabulary, "segments": segments,
        }  # fmt: skip
        storage.write_manifest(self.folder, manifest)
        self._manifest = manifest

    def _write_flags(self, part: Part) -> str | None:
        name = part.segment.file
        assert name is not None
        if not len(part.alive):
            return None
        alive, file = self._flags_written.get(name, (None, ""))
        if alive is not part.alive:
            path = self._new_file()
            storage.write_arrays(path, {}, {"dead": np.flatnonzero(part.alive == 0)})
            file = path.name
            self._flags_written[name] = part.alive, file
        return file

    def _new_file(self) -> Path:
        taken = [int(path.stem) for path in self.folder.glob("*.arrays")]
        return self.folder / f"{max(taken, default=0) + 1:08d}.arrays"

    def _journal_path(self, number: int) -> Path:
        return self.folder / f"{number:08d}.journal"

    # Inside: the work in the background.

    def _start_work(self, everything: bool = False) -> None:
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._work, args=(everything,), daemon=True)
            self._worker.start()

    def _finish_work(self) -> None:
        """Waits for the work in the background, letting it take the writer's lock meanwhile."""
        worker = self._worker
        if worker is None:
            return
        depth = 0
        while self._writing._is_owned():  # type: ignore[attr-defined]
            self._writing.release()
            depth += 1
        worker.join()
        for _ in range(depth):
            self._writing.acquire()
        self._writable()

    def _work(self, everything: bool) -> None:
        try:
            self._flush_memory(everything)
            while self._join_files():
                pass
        except BaseException as error:
            self._failure = error
        finally:
            self._busy = frozenset()

    def _flush_memory(self, everything: bool) -> None:
        with self._writing:
            live = self._live
            parts = [part for part in live.snapshot.parts if not _file(part)]
            if sum(len(part.segment) for part in parts) < (1 if everything else FLUSH):
                return
            self._busy = frozenset(id(part.segment) for part in parts)
            generation, mark = live.snapshot.generation, live.snapshot.mark
            self._rotate()
            journal = self._journal_number
        self._replace(live, parts, generation, mark, journal)

    def _join_files(self) -> bool:
        """Joins segment files of about a size, and those with many deleted; whether it did."""
        with self._writing:
            live = self._live
            parts = _to_join(live.snapshot.parts)
            manifest = self._manifest
        if not parts:
            return False
        self._replace(live, parts, manifest["generation"], manifest["mark"], manifest["journal"])
        return True

    def _replace(
        self, live: Live, parts: Sequence[Part], generation: int, mark: str | None, journal: int
    ) -> None:
        new = segment.write(joined(live, parts), self._new_file())
        storage.step("work: segment written")
        with self._writing:
            live.exchange(parts, new)
            self._commit(live, generation, mark, journal)
            storage.step("work: committed")
            self._clean()


def _beginning(given: Mapping[str, Any], journal: int) -> dict[str, Any]:
    """The manifest of an empty index."""
    settings = {
        name: default if given.get(name) is None else given[name]
        for name, default in DEFAULTS.items()
    }
    settings["fields"] = list(settings["fields"])
    _similarity(settings)
    content = {"format": FORMAT, "settings": settings, "generation": 0, "mark": None}
    return content | {"journal": journal, "vocabulary": None, "segments": []}


def _similarity(settings: Mapping[str, Any]) -> Similarity:
    if settings["similarity"] == "okapi":
        from retrieval.index.okapi import Okapi  # here, as rank-bm25 is for such an index only

        return Okapi(settings["epsilon"])
    if settings["similarity"] == "lucene":
        return Lucene()
    raise ValueError(f"similarity is 'lucene' or 'okapi', not {settings['similarity']!r}")


def _file(part: Part) -> str | None:
    return part.segment.file


def _to_join(parts: Sequence[Part]) -> list[Part]:
    """The files to make one of: a file half deleted, or FAN_OUT of about a size."""
    files = [part for part in parts if _file(part)]
    for part in files:
        if 2 * part.size < len(part.segment):
            return [part]
    tiers: dict[int, list[Part]] = {}
    for part in files:
        tiers.setdefault((max(1, len(part.segment) // FLUSH)).bit_length() // 2, []).append(part)
    for _, equals in sorted(tiers.items()):
        size = sum(part.size for part in equals)
        tokens = sum(len(part.segment.documents.tokens) for part in equals)
        if len(equals) >= FAN_OUT and size <= MAX_DOCUMENTS and tokens <= MAX_TOKENS:
            return equals
    return []


def _flags_without(part: Segment, later: Sequence[Segment]) -> Flags:
    alive = np.ones(len(part), np.uint8)
    for other in later:
        places = part.find(other.documents.keys)
        alive[places[places >= 0]] = 0
    return ALL if alive.all() else alive


def _own_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.arrays"), *folder.glob("*.journal")])


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells one manifest from another."""
    with contextlib.suppress(FileNotFoundError):
        found = (folder / "manifest.json").stat()
        return found.st_ino, found.st_mtime_ns
    return None
