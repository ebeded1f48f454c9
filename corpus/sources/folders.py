"""Files in folders → readings: what is there, what has changed, what is gone."""

import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass

from corpus.errors import SourceError
from corpus.reading import readings
from corpus.reading.post_files import without_waiting
from corpus.reading.readings import Problem, Reading
from corpus.sources.source import Found, Listed

SUFFIXES = (".md", ".markdown")
MAX_BYTES = 4_000_000
"""A larger file is no news post; the longest seen have some 100 kB."""
_SETTLED = 2_000_000_000  # nanoseconds: file systems keep times of up to 2 s


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of posts: a `Source`."""

    location: str

    def look(self, cursor: str | None, listed: Listed) -> Found:
        """The Markdown files below the folder, sorted."""
        if not os.path.isdir(self.location):
            raise SourceError(f"{self.location}: no folder there; what was read from it stays")
        return find(self.location, listed)


def find(folder: str, listed: Listed = lambda count: None) -> Found:
    """The Markdown files below `folder`, sorted, and what lies in it but can't be looked into.

    Links to folders are not followed, so it ends; nor are hidden folders and drafts.
    """
    files: list[str] = []
    closed: list[str] = []
    for path, names, there in os.walk(folder, onerror=lambda e: closed.append(e.filename)):
        names[:] = [name for name in names if not is_unpublished(name)]
        files += [os.path.join(path, file) for file in there if is_markdown(file)]
        listed(len(files))
    closed.sort()
    return Found(files=sorted(files) + closed, folder=folder, closed=closed)


def is_markdown(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def is_unpublished(folder: str) -> bool:
    """Whether the site publishes nothing of a folder of this name: it is hidden, or of drafts."""
    return folder.startswith(".") or folder == "_drafts"


def name_of(path: str) -> str:
    """`path` as the store names it: any file name there is, as text that can be printed."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def stamp_of(path: str) -> str | None:
    """A text that changes whenever the file does, so that it need not be read to know.

    None where that can't be relied on: for what is no regular file, and for
    one so new that another change might bear the same time.
    """
    try:
        return _stamp(os.stat(path))
    except OSError:
        return None


def _stamp(status: os.stat_result) -> str | None:
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    if not stat.S_ISREG(status.st_mode) or time.time_ns() - changed < _SETTLED:
        return None
    return f"{status.st_ino} {status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def load(path: str, known: str | None) -> Reading:
    """What the file at `path` holds; `known` is the digest of its last reading."""
    name = name_of(path)
    try:
        if os.path.isdir(path):
            return _unreadable(name, "a folder that cannot be read")
        with open(path, "rb", opener=without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return _unreadable(name, "not a regular file")
            stamp = _stamp(status)
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        return _unreadable(name, error.strerror or str(error))
    if len(data) > MAX_BYTES:
        return Reading(name, None, Problem("too large", f"more than {MAX_BYTES:,} bytes"))
    return readings.parse(name, data, known=known, stamp=stamp)


def _unreadable(name: str, reason: str) -> Reading:
    return Reading(name, None, Problem("unreadable", reason))


def is_gone(name: str, found: set[str], closed: Sequence[str]) -> bool:
    """Whether a file read once was deleted: `found` are those there, by name.

    One that only moved from `_posts` to an `old_post` out of sight was not, and
    of one in a folder that is closed nobody knows.
    """
    if name in found:
        return False
    if os.path.lexists(name):
        return f"{os.sep}_drafts{os.sep}" in name
    if any(name.startswith(folder + os.sep) for folder in closed):
        return False
    folder, file = os.path.split(name)
    above, last = os.path.split(folder)
    moved = os.path.join(above, "old_post", file)
    return last != "_posts" or moved in found or not os.path.lexists(moved)
