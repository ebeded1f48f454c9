"""The bot's connection to the database."""

from collections.abc import Generator
from contextlib import contextmanager

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
