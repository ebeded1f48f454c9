"""Opening the database of a corpus: whose it is, and its schema brought up to date."""

import sqlite3
from gettext import gettext as _
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from corpus.errors import StoreError
from corpus.reading.places import places_of
from corpus.reading.post_types import type_of
from corpus.store.database import connected, naming
from corpus.store.rows import (
    INSERT_PLACE,
    STORED,
    checksum_of,
    crc,
    place_rows,
)
from corpus.store.schema import APPLICATION_ID, check_owner, migrations
from corpus.store.stories import Stories

S = TypeVar("S", bound="Opened")


class Opened(Stories):
    """Opens a database, a newer one than its schema was made for too."""

    @classmethod
    def open(cls: type[S], path: Path, *, create: bool = False) -> S:
        """The database at `path`, its schema brought up to date.

        Raises `StoreError` if there is none (unless `create`), if the file is
        no taxnews database, or if a newer taxnews wrote it.
        """
        if not create and not path.exists():
            message = _(
                "{path}: no database here; make one with: taxnews ingest PATH"
                " (to try it out: taxnews ingest --sample)"
            )
            raise StoreError(message.format(path=path))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = connected(path)
        except (OSError, sqlite3.Error) as error:
            reason = getattr(error, "strerror", None) or error
            raise StoreError(f"{path}: cannot be opened ({reason})") from error
        try:
            with naming(path):
                store = cls(Database(connection), path)
                store._prepare()
        except StoreError:
            connection.close()
            raise
        return store

    def _prepare(self) -> None:
        """Check whose database this is and bring its schema up to date."""
        check_owner(self._db, self.path)
        self._db.execute("PRAGMA foreign_keys = ON")
        # In WAL mode a power cut may undo the last commits, but it damages nothing.
        self._db.execute("PRAGMA synchronous = NORMAL")
        if migrations.pending(self._db):
            self._enable_wal()
            with self.transaction():
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                had_none = "checksum" not in self._db.table("posts").columns_dict
                had_no_places = "places" not in self._db.table_names()
                had_no_types = "type" not in self._db.table("posts").columns_dict
                migrations.apply(self._db)
                if had_none:
                    self._add_checksums()
                if had_no_places:
                    self.note_places()
                if had_no_types:
                    self.note_types()

    def _add_checksums(self) -> None:
        """Give the stories and readings of an older database, believed whole, their checksums."""
        connection = self._db.conn
        for row in self._db.query(f"SELECT {', '.join(STORED)} FROM posts"):
            texts = self._rows(
                "SELECT id, heading, text FROM paragraphs WHERE post = ? ORDER BY position",
                [row["id"]],
            )
            connection.execute(
                "UPDATE posts SET checksum = ? WHERE id = ?", [checksum_of(row, texts), row["id"]]
            )
        for path, reading in self._rows("SELECT path, reading FROM files WHERE reading NOT NULL"):
            connection.execute("UPDATE files SET checksum = ? WHERE path = ?", [crc(reading), path])

    def note_places(self) -> None:
        """Find anew which places the stories are about; within a transaction."""
        self._db.execute("DELETE FROM places")
        for story in self.all_stories():
            self._db.conn.executemany(
                INSERT_PLACE, place_rows(story.post.id, places_of(story.post))
            )

    def note_types(self) -> None:
        """Determine the types of all stories anew; within a transaction."""
        for story in self.all_stories():
            self._db.conn.execute(
                "UPDATE posts SET type = ? WHERE id = ?", [type_of(story.post), story.post.id]
            )
