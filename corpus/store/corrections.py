"""What an operator corrected of the answers, and the only SQL over it.

- `corrections`: what was accepted and not undone: a question's pin on a paragraph, names of the
  same thing, a muted paragraph.
- `judged`: operator judgements: which words of which post answer a question.
- `corrections_mark`: another value after every change, by which readers keep in step.

A paragraph is named by its post and the fingerprint of its text, so that it is known again
when the post is read again. Of an asker there is a salted hash, and at their word nothing.
"""

import hashlib
import json
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from sqlite_utils import Database

from corpus.store.database import now

Kind = Literal["pin", "synonym", "mute"]

TABLES = ("corrections", "judged")
"""Where questions, and hashes of who asked them, are kept."""

_OPENING = 40


@dataclass(frozen=True, slots=True)
class Spot:
    """A paragraph, whatever number it has: its post, and the fingerprint of its text."""

    post: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What was accepted, with the question for which it was, None if that is not known (any more).

    A pin has a `key`, which the wordings of its question share, and a `spot`; a mute
    has a `spot`, a synonym `names`. `opening` is how the paragraph begins. `created` is
    ISO 8601 in UTC.
    """

    id: int
    kind: Kind
    question: str | None
    key: str | None
    spot: Spot | None
    opening: str | None
    names: tuple[str, ...]
    created: str


@dataclass(frozen=True, slots=True)
class OperatorJudgement:
    """An operator says that `answer`, a part of the post's text, answers the question."""

    id: int
    correction: int
    question: str
    post: str
    answer: str


def fingerprint(text: str) -> str:
    """A hash that identifies a paragraph's text, whatever its width and spacing."""
    bare = "".join(unicodedata.normalize("NFKC", text).split())
    return hashlib.sha256(bare.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def create_tables(db: Database) -> None:
    """Make the tables where they are missing."""
    for statement in (
        """
        CREATE TABLE IF NOT EXISTS corrections (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, question TEXT, key TEXT,
            post TEXT, fingerprint TEXT, opening TEXT, names TEXT, created TEXT NOT NULL,
            asker TEXT
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS judged (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            correction INTEGER NOT NULL REFERENCES corrections(id) ON DELETE CASCADE,
            question TEXT NOT NULL, post TEXT NOT NULL, answer TEXT NOT NULL,
            UNIQUE (question)
        )
        """,
        "CREATE TABLE IF NOT EXISTS corrections_mark (mark TEXT NOT NULL)",
    ):
        db.execute(statement)


@dataclass
class Corrections:
    """The tables above in an open database."""

    _db: Database

    def mark(self) -> str | None:
        """Another value after every change; None before the first."""
        row = self._db.execute("SELECT mark FROM corrections_mark").fetchone()
        return str(row[0]) if row else None

    def all(self) -> list[Correction]:
        """What is in force, the first first."""
        return [_correction(row) for row in self._db.query("SELECT * FROM corrections ORDER BY id")]

    def get(self, correction: int) -> Correction | None:
        """The correction with this number, None if it is undone or never was."""
        return next((each for each in self.all() if each.id == correction), None)

    def pin(self, question: str, key: str, spot: Spot, text: str, asker: str | None = None) -> int:
        """Has a question answered by the paragraph `text` at `spot`; in place of its last pin."""
        with self._change():
            self._db.execute("DELETE FROM corrections WHERE key = ?", [key])
            return self._add("pin", question, asker, key=key, spot=spot, text=text)

    def mute(
        self, spot: Spot, text: str, question: str | None = None, asker: str | None = None
    ) -> int:
        """Has the paragraph `text` at `spot` answer no question."""
        with self._change():
            known = self._db.execute(
                "SELECT id FROM corrections WHERE kind = 'mute' AND post = ? AND fingerprint = ?",
                [spot.post, spot.fingerprint],
            ).fetchone()
            if known:
                return int(known[0])
            return self._add("mute", question, asker, spot=spot, text=text)

    def join(
        self, names: Sequence[str], question: str | None = None, asker: str | None = None
    ) -> int:
        """Has `names` mean the same."""
        with self._change():
            known = self._db.execute(
                "SELECT id FROM corrections WHERE kind = 'synonym' AND names = ?", [_json(names)]
            ).fetchone()
            if known:
                return int(known[0])
            return self._add("synonym", question, asker, names=names)

    def _add(
        self,
        kind: Kind,
        question: str | None,
        asker: str | None,
        *,
        key: str | None = None,
        spot: Spot | None = None,
        text: str | None = None,
        names: Sequence[str] = (),
    ) -> int:
        cursor = self._db.execute(
            "INSERT INTO corrections"
            " (kind, question, key, post, fingerprint, opening, names, created, asker)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kind,
                question,
                key,
                spot and spot.post,
                spot and spot.fingerprint,
                text and text[:_OPENING],
                _json(names) if names else None,
                now(),
                asker,
            ),
        )
        return int(cursor.lastrowid or 0)

    def undo(self, correction: int) -> bool:
        """Takes a correction back, and the judgements made with it; False if there is none."""
        with self._change():
            cursor = self._db.execute("DELETE FROM corrections WHERE id = ?", [correction])
            self._db.execute("DELETE FROM judged WHERE correction = ?", [correction])
        return bool(cursor.rowcount)

    def judge(self, correction: int, question: str, post: str, answer: str) -> None:
        """Keeps the judgement that `answer` answers the question, made with a correction."""
        with self._change():
            self._db.execute(
                "INSERT OR REPLACE INTO judged (correction, question, post, answer)"
                " VALUES (?, ?, ?, ?)",
                (correction, question, post, answer),
            )

    def judgements(self) -> list[OperatorJudgement]:
        """The operator judgements, in their order."""
        rows = self._db.query(
            "SELECT id, correction, question, post, answer FROM judged ORDER BY id"
        )
        return [OperatorJudgement(**row) for row in rows]

    def forget(self, asker: str) -> int:
        """Deletes the words of the questions of an asker, in how many corrections they stood.

        A pin stays in force: its key is no wording.
        """
        with self._change():
            theirs = "(SELECT id FROM corrections WHERE asker = ?)"
            self._db.execute(f"DELETE FROM judged WHERE correction IN {theirs}", [asker])
            return int(
                self._db.execute(
                    "UPDATE corrections SET question = NULL, asker = NULL WHERE asker = ?", [asker]
                ).rowcount
            )

    @contextmanager
    def _change(self) -> Iterator[None]:
        """All that is written within, or nothing; readers learn of it."""
        with self._db.atomic():
            yield
            self._db.execute("DELETE FROM corrections_mark")
            self._db.execute("INSERT INTO corrections_mark VALUES (?)", [secrets.token_hex(8)])


def _json(names: Sequence[str]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def _correction(row: dict[str, Any]) -> Correction:
    spot = Spot(row["post"], row["fingerprint"]) if row["post"] is not None else None
    names: Iterable[str] = json.loads(row["names"]) if row["names"] else ()
    own = {name: row[name] for name in ("id", "kind", "question", "key", "opening", "created")}
    return Correction(**own, spot=spot, names=tuple(names))
