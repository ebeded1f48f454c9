"""What the operators of this machine's bot corrected, in its own database."""

import sqlite3
from pathlib import Path
from threading import Lock

from sqlite_utils import Database

from corpus.store.corrections import Correction, Corrections
from corpus.store.database import naming


class OwnCorrections:
    """The corrections in the database at `path`; none as long as there is no such database.

    A context manager; thread-safe. Raises `StoreError` for a database that can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._db: Database | None = None

    def __enter__(self) -> "OwnCorrections":
        return self

    def __exit__(self, *_: object) -> None:
        if self._db:
            self._db.close()

    def mark(self) -> str | None:
        """Another value after every change; None before the first."""
        with self._lock, naming(self._path):
            return own.mark() if (own := self._opened()) else None

    def all(self) -> list[Correction]:
        """What is in force, the first first."""
        with self._lock, naming(self._path):
            return own.all() if (own := self._opened()) else []

    def _opened(self) -> Corrections | None:
        """The tables, once the bot has made them."""
        if self._db is None and self._path.exists():
            connection = sqlite3.connect(self._path.absolute(), check_same_thread=False, timeout=30)
            db = Database(connection)
            if "corrections_mark" in db.table_names():
                self._db = db
            else:
                db.close()
        return Corrections(self._db) if self._db else None
