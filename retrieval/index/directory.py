"""What an index has on disk: the manifest, the files it names, the journals.

`Index` reads and writes by it; nothing here knows of threads or locks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.index import segment, storage
from retrieval.index.arrays import Flags
from retrieval.index.compiling import cache_in
from retrieval.index.errors import IndexMismatch
from retrieval.index.live import ALL, Live, Part, tidy
from retrieval.index.segment import Documents, Segment
from retrieval.index.similarity import Lucene, Similarity
from retrieval.index.vocabulary import Vocabulary
from retrieval.index.writes import Write

FORMAT = 2
DEFAULTS: dict[str, Any] = {
    "similarity": "lucene", "k1": 1.5, "b": 0.75, "epsilon": 0.25, "fields": ["terms"],
}  # fmt: skip


class Directory:
    """The folder of an index, and how far its manifest and journals have been read or written."""

    def __init__(self, folder: Path, read_only: bool, sync: bool) -> None:
        self.folder = folder
        self.manifest: dict[str, Any] = {}
        self.journal_number = 0
        self.journal: storage.Journal | None = None  # a writer's
        self._journal_size = 0
        self._read_only = read_only
        self._sync = sync
        self._flags_written: dict[str, tuple[Flags, str]] = {}
        self._vocabulary: Vocabulary | None = None  # the one that the manifest names

    # Reading.

    def identity(self) -> tuple[int, int] | None:
        """What tells one manifest from another; None where there is none."""
        with contextlib.suppress(FileNotFoundError):
            found = (self.folder / "manifest.json").stat()
            return found.st_ino, found.st_mtime_ns
        return None

    def load(self, given: Mapping[str, Any]) -> Live:
        """What the manifest names, its files mapped, and what the journals add to it.

        Raises IndexMismatch if a setting given differs, IndexCorrupt, and for a reader
        FileNotFoundError if a writer has just replaced a file.
        """
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
        self.manifest = manifest
        name = manifest["vocabulary"]
        try:
            live = self.new_live(Vocabulary.read(self.folder / name) if name else None)
            parts = [self._read_part(name, flags) for name, flags in manifest["segments"]]
        except FileNotFoundError as error:
            if self._read_only:
                raise
            raise storage.corrupt(Path(error.filename), "it is missing") from error
        live.load(parts, manifest["generation"], manifest["mark"])
        self._vocabulary = live.vocabulary
        self.journal_number, self._journal_size = manifest["journal"], 0
        self.replay(live)
        return live

    def new_live(self, vocabulary: Vocabulary | None = None) -> Live:
        """The picture of an empty index with this one's settings."""
        settings = self.manifest["settings"]
        return Live(
            settings["fields"], _similarity(settings), settings["k1"], settings["b"], vocabulary
        )

    def replay(self, live: Live) -> None:
        """Applies what the journals hold beyond what was read of them."""
        while True:
            follows = self._journal_path(self.journal_number + 1).exists()
            path = self._journal_path(self.journal_number)
            if not path.exists():  # not begun yet, or a writer has just put it into segments
                if follows and not self._read_only:
                    raise storage.corrupt(path, "it is missing")
                return
            if path.stat().st_size > self._journal_size:
                for record, end in storage.read_journal(path, self._journal_size):
                    live.apply(Write.unpack(record))
                    self._journal_size = end
                    tidy(live, ())
            if not follows:
                return
            self.journal_number, self._journal_size = self.journal_number + 1, 0

    def verify(self) -> None:
        """Reads every file; raises IndexCorrupt if a checksum differs."""
        manifest = storage.read_manifest(self.folder)
        names = [manifest["vocabulary"]] if manifest["vocabulary"] else []
        for name, flags in manifest["segments"]:
            names += [name, flags] if flags else [name]
        for name in names:
            storage.read_arrays(self.folder / name, verify=True)
        for path in sorted(self.folder.glob("*.journal")):
            for _ in storage.read_journal(path):
                pass

    def _read_part(self, name: str, flags: str | None) -> tuple[Segment, Flags]:
        part = segment.read(self.folder / name)
        if flags is None:
            return part, ALL
        _, arrays = storage.read_arrays(self.folder / flags)
        alive = np.ones(len(part), np.uint8)
        alive[arrays["dead"]] = 0
        self._flags_written[name] = alive, flags
        return part, alive

    # Writing.

    def begin(self, given: Mapping[str, Any]) -> None:
        """Starts from an empty index with these settings; nothing is written yet."""
        numbers = [int(path.stem) for path in self.folder.glob("*.journal")]
        self.manifest = beginning(given, journal=max(numbers, default=0) + 1)
        self.journal_number = self.manifest["journal"]

    def continue_journal(self) -> None:
        """Opens the last journal to be appended to, behind what was read of it."""
        self.journal = storage.Journal(self._journal_path(self.journal_number), self._sync)
        self.journal.truncate(self._journal_size)

    def rotate(self) -> None:
        """Begins a new journal: what came before it can go once it is in segment files."""
        assert self.journal is not None
        number = self.journal_number + 1
        new = storage.Journal(self._journal_path(number), self._sync)
        storage.step("journal: begun")
        self.journal.close()
        self.journal, self.journal_number = new, number

    def close_journal(self) -> None:
        """Ends writing."""
        if self.journal is not None:
            self.journal.close()
            self.journal = None

    def build(self, live: Live, documents: Documents) -> Segment:
        """A segment file of what a rebuild has gathered."""
        built = segment.build(documents, live.vocabulary.fields, None, live.parameters)
        return self.write(built)

    def write(self, built: Segment) -> Segment:
        """A segment in a new file."""
        return segment.write(built, self._new_file())

    def commit(self, live: Live, generation: int, mark: str | None, journal: int) -> None:
        """Makes a state the one that the next opening finds."""
        terms, vocabulary = self.manifest.get("terms"), self.manifest["vocabulary"]
        if live.vocabulary is not self._vocabulary or live.vocabulary.size != terms:
            path = self._new_file()
            terms, vocabulary = live.vocabulary.write(path), path.name
        storage.step("commit: vocabulary written")
        segments = []
        for part in live.snapshot.parts:
            if part.segment.file:
                segments.append([part.segment.file, self._write_flags(part)])
        storage.step("commit: flags written")
        manifest = self.manifest | {
            "generation": generation, "mark": mark, "journal": journal,
            "terms": terms, "vocabulary": vocabulary, "segments": segments,
        }  # fmt: skip
        storage.write_manifest(self.folder, manifest)
        self.manifest, self._vocabulary = manifest, live.vocabulary

    def clean(self) -> None:
        """Removes files that the manifest no longer names."""
        manifest = self.manifest
        named = {manifest["vocabulary"]}
        for name, flags in manifest["segments"]:
            named |= {name, flags}
        for path in _own_files(self.folder):
            old_journal = path.suffix == ".journal" and int(path.stem) < manifest["journal"]
            if old_journal or (path.suffix == ".arrays" and path.name not in named):
                with contextlib.suppress(PermissionError):  # Windows: a reader still maps it
                    path.unlink()

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


def beginning(given: Mapping[str, Any], journal: int) -> dict[str, Any]:
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


def _own_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.arrays"), *folder.glob("*.journal")])
