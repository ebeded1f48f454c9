"""The files of vectors beside a database: one writes, any number read, each row by its checksum.

`N.numbers` holds the vectors, a row of bytes each; `N.rows` which paragraph a row is of, its
scale, and the checksum of all three. A row is there once it stands in `N.rows`: whatever a kill
leaves half written lies behind the last row, and is cut off. A row that is damaged is none.
`manifest.json` says which N is in use, and of which model and database; all of it is begun anew
if that is another.
"""

from __future__ import annotations

import os
import threading
import time
import zlib
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from retrieval import checked_json
from retrieval.embeddings.embedder import EmbeddingError, Vectors

FORMAT = 1
MANIFEST = "manifest.json"
_NAME = "vectors"

ROW = np.dtype([("key", "<i8"), ("scale", "<f4"), ("checksum", "<u4")])

LOOK = 10.0
"""Seconds between two looks of a reader at what was added."""

_LEVELS = 127  # of a number's size, in a byte
_CHUNK = 4096  # rows copied at a time

Bytes = NDArray[np.int8]
Rows = NDArray[Any]


def folder_of(db: Path) -> Path:
    """Where the vectors of the database `X.db` lie: `X.vectors`."""
    return db.with_suffix(".vectors")


def owner(model: str, corpus: str) -> str:
    """Whose vectors they are: those of a model, of the database of this identity."""
    return f"{corpus} {model}"


def step(name: str) -> None:
    """Called at every named step of a write: the durability test kills the process there."""


class VectorsLocked(EmbeddingError):
    """Another process writes to these vectors."""


class _Files:
    """The files that a manifest names, as they are now: the whole rows of both."""

    def __init__(self, folder: Path, manifest: dict[str, Any]) -> None:
        self.size = int(manifest["numbers"])
        scale = manifest["scale"]
        self.scale: tuple[float, float] | None = (scale[0], scale[1]) if scale else None
        self.rows_path, self.numbers_path = _paths(folder, manifest["file"])
        count = min(
            self.rows_path.stat().st_size // ROW.itemsize,
            self.numbers_path.stat().st_size // self.size,
        )
        self.rows: Rows = np.empty(0, ROW)
        self.numbers: Bytes = np.empty((0, self.size), np.int8)
        if count:
            self.rows = np.memmap(self.rows_path, ROW, "r", shape=(count,))
            self.numbers = np.memmap(self.numbers_path, np.int8, "r", shape=(count, self.size))

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def _sorted(self) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """The keys in order, and the place of each; of a key that is there twice, in order too."""
        keys = np.array(self.rows["key"])
        order = np.argsort(keys, kind="stable")
        return keys[order], order.astype(np.uint32)

    def places(self, keys: Sequence[int]) -> list[tuple[int, int]]:
        """Of the keys that are there, each with the place of its last row."""
        if not len(self):
            return []
        known, order = self._sorted
        wanted = np.asarray(keys, np.int64)
        after = np.searchsorted(known, wanted, side="right")
        held = (after > 0) & (known[after - 1] == wanted)
        at = order[after[held] - 1].tolist()
        return list(zip(wanted[held].tolist(), at, strict=True))

    def is_whole(self, place: int) -> bool:
        """Whether a row is as it was written."""
        row = self.rows[place]
        return int(row["checksum"]) == _checksum(row, self.numbers[place])


class VectorReader:
    """The vectors of a folder, followed as they are written; thread-safe."""

    def __init__(self, folder: Path, owner: str, every: float = LOOK) -> None:
        """Reads those of `owner` only; looks for new ones `every` so many seconds."""
        self._folder = folder
        self._owner = owner
        self._every = every
        self._lock = threading.Lock()
        self._files: _Files | None = None
        self._looked = -every

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """How near the paragraphs are to a vector of length 1, −1 to 1; without those that have
        no vector, or a damaged one. Empty if the vector is of another size."""
        files = self._newest()
        if files is None or vector.shape != (files.size,):
            return {}
        held = [(key, at) for key, at in files.places(keys) if files.is_whole(at)]
        at = [place for _, place in held]
        nearness = (files.numbers[at] @ vector) * files.rows["scale"][at]
        return {key: float(cosine) for (key, _), cosine in zip(held, nearness, strict=True)}

    def keys(self) -> NDArray[np.int64]:
        """The paragraphs that have a vector, damaged or not, in order."""
        files = self._newest()
        return np.unique(files.rows["key"]) if files else np.empty(0, np.int64)

    def scale(self) -> tuple[float, float] | None:
        """The mean and spread by which cosines are read, None while it is not known."""
        files = self._newest()
        return files.scale if files else None

    def damaged(self) -> int:
        """How many rows are damaged; reads all of them."""
        files = self._newest()
        return sum(not files.is_whole(place) for place in range(len(files))) if files else 0

    def __len__(self) -> int:
        files = self._newest()
        return len(files) if files else 0

    def _newest(self) -> _Files | None:
        with self._lock:
            if time.monotonic() - self._looked >= self._every:
                self._looked = time.monotonic()
                self._files = self._read()
            return self._files

    def _read(self) -> _Files | None:
        manifest = _manifest(self._folder)
        if manifest is None or manifest["owner"] != self._owner:
            return None
        try:
            return _Files(self._folder, manifest)
        except (OSError, ValueError):  # a writer has just begun anew: at the next look
            return None


class VectorWriter:
    """Adds vectors to a folder, made if it is missing; a context manager."""

    def __init__(self, folder: Path, owner: str) -> None:
        """Raises VectorsLocked if another process writes there."""
        self._folder = folder
        self._owner = owner
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(folder / "lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            raise VectorsLocked(
                f"{folder}: another process is writing to these vectors: end it, or wait"
            ) from None
        manifest = _manifest(folder)
        self._manifest = manifest if manifest and manifest["owner"] == owner else None
        if self._manifest and not self._cut():
            self._manifest = None

    def __enter__(self) -> VectorWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def whole(self) -> set[int]:
        """The paragraphs that have a vector which is not damaged; reads all."""
        files = self._files()
        if files is None:
            return set()
        keys = files.rows["key"].tolist()
        return {key for place, key in enumerate(keys) if files.is_whole(place)}

    def follow_model(self, probe: Vectors) -> None:
        """Begin anew if `probe`, what the model makes of some text, is not what it made before:
        an endpoint may have another model under the same name."""
        known = self._manifest["probe"] if self._manifest else []
        is_same = len(known) == len(probe) and float(np.dot(known, probe)) > _SAME
        if not is_same:
            self._begin(probe)

    def add(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Add the vectors of paragraphs; a kill leaves all that were added before.

        Raises EmbeddingError if they are of another size than the others.
        """
        assert self._manifest is not None, "follow_model comes first"
        if vectors.shape != (len(keys), self._manifest["numbers"]):
            raise EmbeddingError(f"{self._folder}: vectors of another size than before")
        scales = np.maximum(np.abs(vectors).max(axis=1), 1e-12) / _LEVELS
        numbers = np.rint(vectors / scales[:, None]).astype(np.int8)
        rows = np.zeros(len(keys), ROW)
        rows["key"], rows["scale"] = keys, scales
        for row, own in zip(rows, numbers, strict=True):
            row["checksum"] = _checksum(row, own)
        self._append(rows, numbers)

    def keep_only(self, keys: Iterable[int]) -> None:
        """Write all anew without the rows of other paragraphs, and without damaged ones."""
        files = self._files()
        if files is None or self._manifest is None:
            return
        kept = [at for _, at in files.places(sorted(keys)) if files.is_whole(at)]
        before = self._manifest
        self._manifest = {**before, "file": before["file"] + 1}
        self._make_empty()
        for start in range(0, len(kept), _CHUNK):
            some = kept[start : start + _CHUNK]
            self._append(files.rows[some], files.numbers[some])
            step("kept some")
        self._write_manifest()

    def _append(self, rows: Rows, numbers: Bytes) -> None:
        assert self._manifest is not None
        rows_path, numbers_path = _paths(self._folder, self._manifest["file"])
        with numbers_path.open("ab") as file:
            file.write(numbers.tobytes())
        step("numbers written")
        with rows_path.open("ab") as file:
            file.write(rows.tobytes())
        step("rows written")

    def _files(self) -> _Files | None:
        return _Files(self._folder, self._manifest) if self._manifest else None

    def _begin(self, probe: Vectors) -> None:
        known = _manifest(self._folder)
        self._manifest = {
            "owner": self._owner,
            "numbers": len(probe),
            "probe": [round(float(number), 4) for number in probe],
            "file": known["file"] + 1 if known else 1,
            "scale": None,
            "scaled": 0,
        }
        self._make_empty()
        self._write_manifest()

    def wants_scale(self, least: int) -> bool:
        """Whether no scale is known of `least` rows, or only one of half as many as there are."""
        assert self._manifest is not None
        rows = len(self)
        return rows >= max(least, 1) and rows >= 2 * self._manifest["scaled"]

    def sample(self, most: int) -> tuple[list[int], Vectors]:
        """Some paragraphs, `most` at most, and their vectors."""
        files = self._files()
        if files is None:
            return [], np.empty((0, 0), np.float32)
        places = np.linspace(0, len(files) - 1, min(most, len(files))).astype(int).tolist()
        whole = [place for place in places if files.is_whole(place)]
        vectors = files.numbers[whole] * files.rows["scale"][whole][:, None]
        return files.rows["key"][whole].tolist(), np.asarray(vectors, np.float32)

    def set_scale(self, scale: tuple[float, float]) -> None:
        """Keep by what mean and spread cosines are read."""
        assert self._manifest is not None
        self._manifest = {**self._manifest, "scale": list(scale), "scaled": len(self)}
        self._write_manifest()

    def __len__(self) -> int:
        files = self._files()
        return len(files) if files else 0

    def _make_empty(self) -> None:
        """Empty files of the manifest's number: those of one may be left by a kill."""
        assert self._manifest is not None
        for path in _paths(self._folder, self._manifest["file"]):
            path.write_bytes(b"")
        step("files made")

    def _write_manifest(self) -> None:
        assert self._manifest is not None
        path = self._folder / MANIFEST
        checked_json.write(path, _NAME, FORMAT, self._manifest, lambda: step("manifest written"))
        step("manifest renamed")
        used = {MANIFEST, "lock", *(p.name for p in _paths(self._folder, self._manifest["file"]))}
        for path in self._folder.iterdir():
            if path.name not in used:
                path.unlink()

    def _cut(self) -> bool:
        """Cut off what a kill left behind the last row; whether the files are there."""
        try:
            files = self._files()
        except (OSError, ValueError):
            return False
        assert files is not None
        os.truncate(files.rows_path, len(files) * ROW.itemsize)
        os.truncate(files.numbers_path, len(files) * files.size)
        return True


_SAME = 0.99
"""The cosine of what one model makes of one text, on two machines or in two batches."""


def _paths(folder: Path, number: int) -> tuple[Path, Path]:
    return folder / f"{number}.rows", folder / f"{number}.numbers"


def _checksum(row: Any, numbers: Bytes) -> int:
    head = int(row["key"]).to_bytes(8, "little", signed=True) + row["scale"].tobytes()
    return zlib.crc32(numbers.tobytes(), zlib.crc32(head))


def _manifest(folder: Path) -> dict[str, Any] | None:
    """What the manifest says; None if there is none, or it is damaged."""
    return checked_json.read(folder / MANIFEST, _NAME, FORMAT)
