"""The bot's connection to the database."""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import Any

from sqlite_utils import Database


class ChatDatabase(Database):
    """A database in which others write too: a transaction waits for them before it reads.

    One that reads first could no longer write once another has written.
    """

    @contextmanager
    def atomic(self) -> Generator[Database, None, None]:
        """All that is written within, or nothing; part of one that goes on already."""
        if self.conn.in_transaction:
            with super().atomic():
                yield self
            return
        self.conn.execute("BEGIN IMMEDIATE")
        with self.conn:  # commits, or rolls back
            yield self

    def write(self, sql: str, values: Sequence[Any] = ()) -> sqlite3.Cursor:
        """The cursor of a statement that is a transaction, or a part of the one that goes on."""
        with self.atomic():
            return self.execute(sql, values)

    def write_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """The same of a statement for each of these rows."""
        with self.atomic():
            self.conn.executemany(sql, rows)

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """The first value of the first row that a query finds; None if it finds none."""
        row = self.execute(sql, values).fetchone()
        return row[0] if row else None
