"""The files of an index: arrays, the journal of writes not yet in a segment, the manifest.

Every file carries checksums. Arrays are written once under a new name and synced before the
manifest names them; the manifest is replaced by renaming; the journal only grows at its end.

Checking all arrays takes as long as reading them, which no start can wait for each time. So the
stamp (inode, size, times) of each file found whole is kept in `checked.json`, and a file is read
through before it is used only if its stamp is another, or was seen whole more than `TRUSTED` ago.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.index.errors import IndexCorrupt

Array = NDArray[Any]

MAGIC = b"taxnewsA"
HEAD = struct.Struct("<8sII")  # magic, length and checksum of the JSON that follows
RECORD = struct.Struct("<II")  # length and checksum of the record that follows
ALIGNMENT = 64
TRUSTED = 7 * 86400  # seconds: a disk may damage a file without a trace in its stamp


def step(name: str) -> None:
    """Called at every named step of a write: the durability test kills the process there."""


def write_arrays(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Writes a file of named arrays; on return it is on disk whole."""
    entries, at = [], 0
    for name, array in arrays.items():
        checksum = zlib.crc32(_bytes(array))
        entries.append([name, array.dtype.str, list(array.shape), at, checksum])
        at += _padded(array.nbytes)
    head = json.dumps({"meta": meta, "arrays": entries, "size": at}).encode()
    with _naming(path), path.open("wb") as file:
        file.write(HEAD.pack(MAGIC, len(head), zlib.crc32(head)))
        file.write(head)
        file.write(bytes(_padded(HEAD.size + len(head)) - HEAD.size - len(head)))
        step("arrays: head written")
        for array in arrays.values():
            file.write(_bytes(array))
            file.write(bytes(_padded(array.nbytes) - array.nbytes))
        step("arrays: written")
        file.flush()
        sync(file.fileno())
        stamp = _stamp(file.fileno())
    step("arrays: synced")
    _note_checked(path, stamp)


def read_arrays(path: Path, verify: bool = False) -> tuple[dict[str, Any], dict[str, Array]]:
    """The meta data and the memory-mapped arrays of a file, which is whole.

    `verify` reads and checks all of it even if nothing says that it has changed. Raises
    IndexCorrupt.
    """
    with path.open("rb") as file:
        stamp = _stamp(file.fileno())
        start = file.read(HEAD.size)
        if len(start) < HEAD.size:
            raise corrupt(path, "it is cut short")
        magic, length, checksum = HEAD.unpack(start)
        head = file.read(length)
        if magic != MAGIC or zlib.crc32(head) != checksum:
            raise corrupt(path, "its head is damaged")
        content = json.loads(head)
        base = _padded(HEAD.size + length)
        if os.fstat(file.fileno()).st_size != base + content["size"]:
            raise corrupt(path, "it is cut short")
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    verify = verify or not _is_checked(path, stamp)
    arrays = {}
    for name, kind, shape, at, checksum in content["arrays"]:
        count = int(np.prod(shape))
        array = np.frombuffer(mapped, kind, count, base + at if count else 0)
        if verify and zlib.crc32(_bytes(array)) != checksum:
            raise corrupt(path, f"its {name} are damaged")
        arrays[name] = array.reshape(shape)
    if verify:
        _note_checked(path, stamp)
    return content["meta"], arrays


def _stamp(descriptor: int) -> list[int]:
    """What changes whenever anyone writes to a file."""
    status = os.fstat(descriptor)
    return [status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def _is_checked(path: Path, stamp: list[int]) -> bool:
    """Whether the file was whole under this very stamp, not long ago."""
    known, when = _checked(path.parent).get(path.name, (None, 0.0))
    return known == stamp and 0 <= time.time() - when < TRUSTED


def _note_checked(path: Path, stamp: list[int]) -> None:
    """Keeps that a file was whole just now; where nothing can be written it is checked again."""
    folder = path.parent
    known = {name: seen for name, seen in _checked(folder).items() if (folder / name).exists()}
    text = json.dumps(known | {path.name: (stamp, time.time())})
    temporary = folder / f"checked.{os.getpid()}"
    with contextlib.suppress(OSError):
        temporary.write_text(json.dumps([zlib.crc32(text.encode()), text]), encoding="utf-8")
        os.replace(temporary, folder / "checked.json")


def _checked(folder: Path) -> dict[str, tuple[list[int], float]]:
    """By the names of files: the stamp under which each was whole, and when."""
    try:
        checksum, text = json.loads((folder / "checked.json").read_bytes())
        known: dict[str, tuple[list[int], float]] = json.loads(text)
        return known if checksum == zlib.crc32(text.encode()) else {}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


class Journal:
    """Records added at the end of a file, each with its checksum."""

    def __init__(self, path: Path, durable: bool) -> None:
        self.path = path
        self._durable = durable
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)

    def append(self, record: bytes) -> None:
        """Adds a record; on return `kill -9` can't lose it (nor a power cut, if durable)."""
        step("journal: before")
        content = memoryview(RECORD.pack(len(record), zlib.crc32(record)) + record)
        start = os.fstat(self._file).st_size
        try:
            with _naming(self.path):
                while content:
                    content = content[os.write(self._file, content) :]
                step("journal: written")
                if self._durable:
                    sync(self._file)
        except BaseException:
            os.ftruncate(self._file, start)
            raise
        step("journal: after")

    def truncate(self, size: int) -> None:
        """Drops what a torn write left behind the last whole record."""
        os.ftruncate(self._file, size)

    def close(self) -> None:
        os.close(self._file)


def read_journal(path: Path, start: int = 0) -> Iterator[tuple[bytes, int]]:
    """The whole records from an offset on, each with the offset behind it; a torn end is left out.

    Raises IndexCorrupt where a damaged record has others behind it: no torn write leaves that.
    """
    with path.open("rb") as file:
        file.seek(start)
        size = os.fstat(file.fileno()).st_size
        while len(head := file.read(RECORD.size)) == RECORD.size:
            length, checksum = RECORD.unpack(head)
            end = start + RECORD.size + length
            if length == 0 or end > size:
                return
            record = file.read(length)
            if zlib.crc32(record) != checksum:
                if end < size:
                    raise corrupt(path, f"the record at byte {start} is damaged")
                return
            yield record, end
            start = end


def write_manifest(folder: Path, content: Mapping[str, Any]) -> None:
    """Makes a new state of the index the current one, at once or not at all."""
    text = json.dumps(content)
    temporary = folder / "manifest.new"
    with _naming(temporary), temporary.open("w", encoding="utf-8") as file:
        json.dump({"checksum": zlib.crc32(text.encode()), "content": text}, file)
        file.flush()
        sync(file.fileno())
    step("manifest: written")
    os.replace(temporary, folder / "manifest.json")
    step("manifest: replaced")
    sync_folder(folder)


def read_manifest(folder: Path) -> dict[str, Any]:
    """The current state; FileNotFoundError where there is none."""
    path = folder / "manifest.json"
    try:
        outer = json.loads(path.read_bytes())
        text = outer["content"]
        if zlib.crc32(text.encode()) != outer["checksum"]:
            raise corrupt(path, "its checksum differs")
        content: dict[str, Any] = json.loads(text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise corrupt(path, "it can't be read") from error
    return content


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """An OSError within, such as that of a full disk, names the file."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def corrupt(path: Path, why: str) -> IndexCorrupt:
    return IndexCorrupt(
        f"{path}: the index is damaged ({why}): run `taxnews index --rebuild` to rebuild it"
    )


def sync(descriptor: int) -> None:
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Makes a renaming in the folder last; a no-op where folders can't be opened (Windows)."""
    if hasattr(os, "O_DIRECTORY"):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def _bytes(array: Array) -> memoryview:
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
