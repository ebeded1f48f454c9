"""The work in the background: what is in memory goes to files, files are joined.

A thread does it while the index is searched and written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from retrieval.index import storage
from retrieval.index.arrays import MAX_DOCUMENTS
from retrieval.index.directory import Directory
from retrieval.index.live import FAN_OUT, Live, Part, joined

FLUSH = 8192  # documents in memory before they go to a segment file
BACKLOG = 8 * FLUSH  # documents in memory before a writer waits for the disk
MAX_TOKENS = 1 << 27  # in a segment file, at 8 bytes or so each while it is made: about 1 GB


class Merger:
    """Writes an index's segment files in the background.

    `writing` is the lock of whoever writes, `live` gives the picture of the moment.
    """

    def __init__(
        self, directory: Directory, writing: threading.RLock, live: Callable[[], Live]
    ) -> None:
        self._directory = directory
        self._writing = writing
        self._live = live
        self._busy: frozenset[int] = frozenset()
        self._worker: threading.Thread | None = None
        self._failure: BaseException | None = None

    @property
    def busy(self) -> frozenset[int]:
        """The ids of the segments that are being written to disk."""
        return self._busy

    def check(self) -> None:
        """Raises what the work in the background raised, once."""
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure

    def keep_up(self) -> None:
        """After a write: begins the work if enough is in memory; waits if too much is."""
        parts = self._live().snapshot.parts
        waiting = sum(len(part.segment) for part in parts if not part.segment.file)
        if waiting >= FLUSH:
            if waiting >= BACKLOG:
                self.finish()
            self.start()

    def join(self) -> None:
        """Waits for the work to end, for the last time."""
        if self._worker is not None:
            self._worker.join()

    def start(self, everything: bool = False) -> None:
        """Begins the work, with `everything` however little is in memory."""
        if self._worker is None or not self._worker.is_alive():
            self._worker = threading.Thread(target=self._work, args=(everything,), daemon=True)
            self._worker.start()

    def finish(self) -> None:
        """Waits for the work, letting it take the writer's lock; raises what it raised."""
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
        self.check()

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
            live = self._live()
            parts = [part for part in live.snapshot.parts if not part.segment.file]
            if sum(len(part.segment) for part in parts) < (1 if everything else FLUSH):
                return
            self._busy = frozenset(id(part.segment) for part in parts)
            generation, mark = live.snapshot.generation, live.snapshot.mark
            self._directory.rotate()
            journal = self._directory.journal_number
        self._replace(live, parts, generation, mark, journal)

    def _join_files(self) -> bool:
        """Joins segment files of about a size, and those with many deleted; whether it did."""
        with self._writing:
            live = self._live()
            parts = _to_join(live.snapshot.parts)
            manifest = self._directory.manifest
        if not parts:
            return False
        self._replace(live, parts, manifest["generation"], manifest["mark"], manifest["journal"])
        return True

    def _replace(
        self, live: Live, parts: Sequence[Part], generation: int, mark: str | None, journal: int
    ) -> None:
        new = self._directory.write(joined(live, parts))
        storage.step("work: segment written")
        with self._writing:
            live.exchange(parts, new)
            self._directory.commit(live, generation, mark, journal)
            storage.step("work: committed")
            self._directory.clean()


def _to_join(parts: Sequence[Part]) -> list[Part]:
    """The files to make one of: a file half deleted, or FAN_OUT of about a size."""
    files = [part for part in parts if part.segment.file]
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
