"""The SQLite database of the corpus: posts, paragraphs, and the files they came from.

`Store` is the face over this folder, which holds the only SQL over these tables.
One story is one row of `posts`, keyed by its id, whichever and however many files carry
it: each file's reading is a row of `files`, the preferred one is what `posts` and
`paragraphs` show, and the others wait in `files.reading` in case the preferred one goes.
An entry of a feed is kept as a file too, named by its feed and its own id.

SQLite's pages carry no checksums, so stories and readings carry their own: one
that a failing disk has changed is withheld, never shown.
"""

from pathlib import Path

from sqlite_utils import Database

from corpus.store.changes import ChangeLog
from corpus.store.corrections import Correction, Corrections, OperatorJudgement
from corpus.store.database import naming
from corpus.store.mending import Mending
from corpus.store.opening import Opened
from corpus.store.paragraphs import Paragraphs
from corpus.store.sources import Sources


class Store(Opened, Mending, Sources, Paragraphs, ChangeLog):
    """The database of a corpus. Open it with `Store.open`; use it as a context manager."""

    def __init__(self, db: Database, path: Path) -> None:
        super().__init__(db, path)
        self._corrections = Corrections(db)

    def corrections_mark(self) -> str | None:
        """Another value after every change of the corrections, by whomever."""
        with naming(self.path):
            return self._corrections.mark()

    def corrections(self) -> list[Correction]:
        """What an operator corrected of the answers."""
        with naming(self.path):
            return self._corrections.all()

    def judgements(self) -> list[OperatorJudgement]:
        """The operator judgements, in their order."""
        with naming(self.path):
            return self._corrections.judgements()
