"""The SQLite connection: pragmas, errors that name the file, time stamps."""

import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote
from uuid import uuid4

from sqlite_utils import Database

from corpus.errors import StoreError
from corpus.store.rows import json_list

C = TypeVar("C", bound="Connection")

REPAIR = "run: taxnews doctor --repair"


LENIENT = partial(str, encoding="utf-8", errors="replace")
"""How a connection reads texts: one that is damaged is no error for all others in the query."""


def connected(path: Path) -> sqlite3.Connection:
    """A connection to the database at `path`; a write-protected one is opened for reading."""
    # By its whole path: SQLite has names of its own, as ":memory:", for what no file holds.
    connection = sqlite3.connect(path.absolute(), check_same_thread=False, timeout=30)
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


class Connection:
    """An open database: transactions, snapshots, queries, its identity. A context manager."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self.path = path

    def _enable_wal(self) -> None:
        """Of this step alone SQLite doesn't wait for another process that takes it too."""
        deadline = time.monotonic() + 30
        while True:
            try:
                self._db.enable_wal()
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        self._db.close()

    def __enter__(self: C) -> C:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within become durable together, or none does.

        Another process that writes is waited for, up to half a minute; raises
        StoreError after that, or if the disk is full or the database damaged.
        """
        with naming(self.path):
            # IMMEDIATE: one that reads first could no longer write once another has.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.rollback()
                raise
            self._db.commit()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """All reads within see one state of the database, whatever others write meanwhile."""
        with naming(self.path), self._db.atomic():
            yield

    def identity(self) -> str:
        """Which database this is: an index of another one, or of a restored one, is no use."""
        (identity,) = self._column("SELECT id FROM identity")
        return str(identity)

    def renew_identity(self) -> None:
        """Become another database: what was indexed of the old one is not believed."""
        self._write("UPDATE identity SET id = ?", [uuid4().hex])

    def copy_to(self, path: Path) -> None:
        """Write the database, as it is at one moment, into the one at `path`.

        Others may go on reading and writing here meanwhile, and reading there.
        """
        with naming(path), closing(sqlite3.connect(path, timeout=30)) as target:
            self._db.conn.backup(target)

    def checkpoint(self) -> None:
        """Put all that was written into the database's one file."""
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def _write(self, sql: str, parameters: Any = ()) -> None:
        """One statement as a transaction."""
        with self.transaction():
            self._db.execute(sql, parameters)

    def _those_in(self, table: str, column: str, ids: Iterable[str]) -> set[str]:
        there = f"SELECT {column} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"
        return set(self._column(there, [json_list(ids)]))

    def _last_number(self, table: str) -> int:
        """The last number that the table has given to a row, 0 before the first."""
        last = self._column("SELECT seq FROM sqlite_sequence WHERE name = ?", [table])
        return int(last[0]) if last else 0

    def _rows(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The rows as tuples, all at once: a fifth of what `_query` costs."""
        with naming(self.path):
            return self._db.execute(sql, parameters).fetchall()

    def _column(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The first value of each row."""
        return [row[0] for row in self._rows(sql, parameters)]

    def _query(self, sql: str, parameters: Any = ()) -> Iterator[dict[str, Any]]:
        with naming(self.path):
            yield from self._db.query(sql, parameters)
