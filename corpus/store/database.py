"""The SQLite connection: pragmas, errors that name the file, time stamps."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from urllib.parse import quote

from corpus.errors import StoreError

REPAIR = "run: taxnews doctor --repair"


LENIENT = partial(str, encoding="utf-8", errors="replace")
"""How a connection reads texts: one that is damaged is no error for all others in the query."""


def connected(path: Path) -> sqlite3.Connection:
    """A connection to the database at `path`; a write-protected one is opened for reading."""
    connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
    connection.text_factory = LENIENT
    try:
        connection.execute("PRAGMA schema_version")
    except sqlite3.Error as error:
        is_protected = any(word in str(error) for word in ("unable to open", "readonly"))
        # SQLite would make files beside it. Where there is no log, nobody is writing to it.
        if is_protected and not path.with_name(path.name + "-wal").exists():
            connection.close()
            uri = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
            connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
            connection.text_factory = LENIENT
    return connection  # its first use says what else is wrong


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """SQLite's errors within become a StoreError that names the database at `path`."""
    try:
        yield
    except sqlite3.Error as error:
        hint = next((hint for word, hint in _HINTS.items() if word in str(error)), "")
        raise StoreError(f"{path}: {error}{hint}") from error


_HINTS = {
    "locked": "; another program is writing to it: wait for it to end",
    "malformed": f"; it is damaged; {REPAIR}",
    "not a database": ": not a readable taxnews database; name another with --db",
    "readonly": "; it or its folder is write-protected",
    "full": "; make room on the disk",
    "disk I/O": "; is the disk full, or failing?",
    "unable to open": "; may it be read, and written beside?",
}


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
