"""Files and folders → the store: every file read once, in any order, to the same end."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path

from corpus.errors import NotAPost
from corpus.posts import SAMPLE_CATEGORY, Post, decode
from corpus.store import Store

SUFFIXES = (".md", ".markdown")
MAX_BYTES = 4_000_000
"""A larger file is no news post; the longest seen have some 100 kB."""
_BATCH = 500  # files a transaction: a crash loses at most this much work, no data

Track = Callable[[Sequence[Path]], Iterable[Path]]
"""Passes paths through and shows how far it is, e.g. `rich.progress.track`."""


@dataclass
class Summary:
    """What became of the files of one run, each counted once.

    `merged` are further files of a known story; `skipped` hold no post.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    merged: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return ", ".join(f"{f.name} {getattr(self, f.name)}" for f in fields(self))


def ingest(store: Store, paths: Iterable[Path], *, track: Track = iter) -> Summary:
    """Read every post in `paths`, files and folders, into `store`.

    A file that is no post or can't be read is noted in the store and skipped;
    it never stops the rest.
    """
    summary = Summary()
    files = iter(track(list(find_files(paths))))
    while batch := list(islice(files, _BATCH)):
        with store.transaction():
            for path in batch:
                outcome = _ingest_file(store, path)
                setattr(summary, outcome, getattr(summary, outcome) + 1)
    return summary


def find_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The Markdown files below the folders in `paths`, and the files in it, sorted by path.

    Symbolic links to folders and hidden folders are not followed, so it ends. A
    folder that can't be read stands among the files, to be noted as such.
    """
    found: set[Path] = set()
    for path in paths:
        path = Path(os.path.abspath(path))
        if not os.path.isdir(path):  # Path.is_dir raises where a folder above is closed
            found.add(path)
            continue
        for folder, names, files in os.walk(path, onerror=lambda e: found.add(Path(e.filename))):
            names[:] = [name for name in names if not name.startswith(".")]
            found.update(Path(folder, f) for f in files if f.lower().endswith(SUFFIXES))
    yield from sorted(found)


def preference(post: Post, path: Path) -> int:
    """How much a reading is preferred among those of one story; the least is shown.

    A real post before a sample, a post filed by medium before a flash, a
    `_posts` folder before others and those before `old_post`.
    """
    folders = path.parts[:-1]
    age = 0 if "_posts" in folders else 2 if "old_post" in folders else 1
    is_flash = post.category in (None, "emnews", "sitenews")
    return 6 * (post.category == SAMPLE_CATEGORY) + 3 * is_flash + age


def _ingest_file(store: Store, path: Path) -> str:
    """Read one file into the store; the name of the `Summary` field to count it in."""
    name = os.fsencode(path).decode("utf-8", "backslashreplace")
    digest = None
    try:
        data = _content(path, name)
        digest = hashlib.sha256(data).hexdigest()
        if store.file_hash(name) == digest:
            return "skipped" if store.is_problem(name) else "unchanged"
        post = decode(data, name=name)
    except (NotAPost, OSError) as error:
        kind, reason = (
            (error.kind, error.reason)
            if isinstance(error, NotAPost)
            else ("unreadable", error.strerror or str(error))
        )
        seen = datetime.now(timezone.utc).isoformat(timespec="seconds")
        store.note_problem(name, digest, kind, reason, seen)
        return "skipped"
    return store.put(name, digest, preference(post, path), post)


def _content(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise NotAPost(name, "unreadable", "a folder that cannot be read")
    if not path.is_file():
        raise NotAPost(name, "unreadable", "not a regular file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise NotAPost(name, "too large", f"more than {MAX_BYTES:,} bytes")
    return data
