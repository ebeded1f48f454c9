"""The SQLite database of the corpus: posts, paragraphs, and the files they came from.

This module holds the only SQL over these tables. One story is one row of
`posts`, keyed by its id, whichever and however many files tell it: each file's
reading is a row of `files`, the preferred one is what `posts` and `paragraphs`
show, and the others wait in `files.reading` in case the preferred one goes.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from corpus.errors import StoreError
from corpus.posts import CHINA, Paragraph, Post

APPLICATION_ID = 0x7461786E
"""SQLite's header field for "whose file is this": "taxn"."""


@dataclass(frozen=True, slots=True)
class Story:
    """A post as stored: `keys[i]` is the stable number of `post.paragraphs[i]`."""

    post: Post
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which posts may answer: published from `since` to `until` (China's days), by a medium
    whose name contains `source`. A post without a date is outside every period."""

    since: date | None = None
    until: date | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index needs of one paragraph: its number and the words it is found by."""

    key: int
    title: str | None
    heading: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What an index at some generation lacks to be at `generation`: paragraph numbers."""

    added: list[int]
    removed: list[int]
    generation: int


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """What the corpus holds; `newest` is the time of its newest post."""

    posts: int
    paragraphs: int
    newest: datetime | None


migrations = Migrations("corpus")


@migrations()
def m001_posts(db: Database) -> None:
    """Posts, their paragraphs, the files they came from, the files that were none."""
    db.table("posts").create(
        {
            "id": str,
            "title": str,
            "published": str,
            "category": str,
            "tags": str,
            "source": str,
            "url": str,
            "warnings": str,
        },
        pk="id",
    )
    db.table("posts").create_index(["published"])
    # AUTOINCREMENT: a paragraph's number is never given to another one.
    db.execute(
        """
        CREATE TABLE paragraphs (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            post TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            heading TEXT,
            text TEXT NOT NULL,
            UNIQUE (post, position)
        )
        """
    )
    db.table("files").create(
        {"path": str, "hash": str, "post": str, "preference": int, "reading": str},
        pk="path",
        not_null={"hash", "post", "preference"},
        foreign_keys=[("post", "posts", "id")],
    )
    db.table("files").create_index(["post", "preference", "path"])
    db.table("problems").create(
        {"path": str, "hash": str, "kind": str, "reason": str, "seen": str},
        pk="path",
        not_null={"kind", "reason"},
    )


@migrations()
def m002_changes(db: Database) -> None:
    """A log of the paragraphs written and removed, by which an index keeps up.

    Its last number is the store's generation. Triggers write it, so that no
    change of `paragraphs` can be missed.
    """
    db.execute(
        """
        CREATE TABLE changes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            paragraph INTEGER NOT NULL,
            removed INTEGER NOT NULL
        )
        """
    )
    db.execute("INSERT INTO changes (paragraph, removed) SELECT id, 0 FROM paragraphs")
    for event, row, removed in (("INSERT", "new", 0), ("DELETE", "old", 1)):
        db.execute(
            f"""
            CREATE TRIGGER paragraphs_after_{event.lower()} AFTER {event} ON paragraphs
            BEGIN
                INSERT INTO changes (paragraph, removed) VALUES ({row}.id, {removed});
            END
            """
        )
    db.table("identity").insert({"id": uuid4().hex})


class Store:
    """The database of a corpus. Open it with `Store.open`; use it as a context manager."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self.path = path

    @classmethod
    def open(cls, path: Path, *, create: bool = False) -> "Store":
        """The database at `path`, its schema brought up to date.

        Raises `StoreError` if there is none (unless `create`), if the file is
        no taxnews database, or if a newer taxnews wrote it.
        """
        if not create and not path.exists():
            raise StoreError(f"{path}: no database here; make one with: taxnews ingest PATH")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: cannot be opened ({error})") from error
        try:
            with _naming(path):
                store = cls(Database(connection), path)
                store._prepare()
        except StoreError:
            connection.close()
            raise
        return store

    def _prepare(self) -> None:
        """Check whose database this is and bring its schema up to date."""
        _check_owner(self._db, self.path)
        self._db.execute("PRAGMA foreign_keys = ON")
        if migrations.pending(self._db):
            self._db.enable_wal()
            with self.transaction():
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                migrations.apply(self._db)

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- writing ---------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes within become durable together, or none does.

        Another process that writes is waited for, up to half a minute; raises
        StoreError after that, or if the disk is full or the database damaged.
        """
        with _naming(self.path):
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
        with _naming(self.path), self._db.atomic():
            yield

    def file_hash(self, path: str) -> str | None:
        """The hash of what was last read from `path`, a post or not; None if never read."""
        problem = self._one("SELECT hash FROM problems WHERE path = ?", [path])
        row = problem or self._one("SELECT hash FROM files WHERE path = ?", [path])
        return row["hash"] if row else None

    def is_problem(self, path: str) -> bool:
        """Whether what was last read from `path` was no post."""
        return self._one("SELECT 1 FROM problems WHERE path = ?", [path]) is not None

    def put(self, path: str, digest: str, preference: int, post: Post) -> str:
        """Keep what `path` tells, in place of what it told before.

        The story shows the reading of least (preference, path), so the order of
        calls changes nothing. Returns what became of it: "added" (a new story),
        "merged" (a further file of a known one), "updated" (a file known before).
        """
        before = self._one("SELECT post FROM files WHERE path = ?", [path])
        known = self._one("SELECT 1 FROM posts WHERE id = ?", [post.id])
        if not known:
            self._db.table("posts").insert({"id": post.id, **_columns(post)})
        self._db.table("files").upsert(
            {
                "path": path,
                "hash": digest,
                "post": post.id,
                "preference": preference,
                "reading": _dump(post),
            },
            pk="path",
        )
        self._show_preferred_reading(post.id)
        if before and before["post"] != post.id:
            # The file tells another story now; the old one falls back on its other files.
            self._show_preferred_reading(before["post"])
        self._db.table("problems").delete_where("path = ?", [path])
        if before:
            return "updated"
        return "merged" if known else "added"

    def note_problem(
        self, path: str, digest: str | None, kind: str, reason: str, seen: str
    ) -> None:
        """Remember that `path` could not be read as a post. What it told before stays."""
        self._db.table("problems").upsert(
            {"path": path, "hash": digest, "kind": kind, "reason": reason, "seen": seen}, pk="path"
        )

    def _show_preferred_reading(self, post_id: str) -> None:
        """Make a story show the best of its readings; without any it is gone.

        The reading that is shown is kept in `posts` and `paragraphs` alone:
        before another one is, it is written back to the row of its file.
        """
        best = self._one(
            "SELECT path, reading FROM files WHERE post = ? ORDER BY preference, path LIMIT 1",
            [post_id],
        )
        if best is None:
            self._db.table("posts").delete(post_id)
            return
        if best["reading"] is None:
            return
        (shown,) = self.stories([post_id])
        self._db.execute(
            "UPDATE files SET reading = ? WHERE post = ? AND reading IS NULL",
            [_dump(shown.post), post_id],
        )
        post = _load(best["reading"])
        self._db.table("posts").update(post_id, _columns(post))
        if (post.title, post.paragraphs) != (shown.post.title, shown.post.paragraphs):
            # Titles are indexed with the paragraphs: either one's change renews them all.
            self._replace_paragraphs(post_id, post.paragraphs)
        self._db.table("files").update(best["path"], {"reading": None})

    def _replace_paragraphs(self, post_id: str, paragraphs: Iterable[Paragraph]) -> None:
        self._db.execute("DELETE FROM paragraphs WHERE post = ?", [post_id])
        self._db.table("paragraphs").insert_all(
            {"post": post_id, "position": i, "heading": p.heading, "text": p.text}
            for i, p in enumerate(paragraphs)
        )

    # --- reading ---------------------------------------------------------------

    def facts(self) -> CorpusFacts:
        """How much the corpus holds and how new it is."""
        row = self._one(
            "SELECT (SELECT count(*) FROM posts) AS posts,"
            " (SELECT count(*) FROM paragraphs) AS paragraphs,"
            " (SELECT max(published) FROM posts) AS newest"
        )
        assert row is not None
        newest = datetime.fromisoformat(row["newest"]) if row["newest"] else None
        return CorpusFacts(row["posts"], row["paragraphs"], newest)

    def all_stories(self) -> Iterator[Story]:
        """Every story, ordered by id."""
        ids = [row["id"] for row in self._query("SELECT id FROM posts ORDER BY id")]
        for start in range(0, len(ids), 500):
            yield from self.stories(ids[start : start + 500])

    def stories(self, ids: Iterable[str]) -> list[Story]:
        """The stories with these ids, ordered by id; unknown ids are left out."""
        wanted = json.dumps(list(ids))
        posts = self._query(
            "SELECT * FROM posts WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            [wanted],
        )
        rows: dict[str, tuple[Post, list[Paragraph], list[int]]] = {
            row["id"]: (_post(row), [], []) for row in posts
        }
        for row in self._query(
            "SELECT id, post, heading, text FROM paragraphs"
            " WHERE post IN (SELECT value FROM json_each(?)) ORDER BY post, position",
            [wanted],
        ):
            _, paragraphs, keys = rows[row["post"]]
            paragraphs.append(Paragraph(row["heading"], row["text"]))
            keys.append(row["id"])
        return [
            Story(replace(post, paragraphs=tuple(paragraphs)), tuple(keys))
            for post, paragraphs, keys in rows.values()
        ]

    def latest(self, category: str | None, limit: int, offset: int) -> list[Post]:
        """The newest posts (of a category), without their paragraphs."""
        rows = self._query(
            "SELECT * FROM posts WHERE published IS NOT NULL AND (:category IS NULL"
            " OR category = :category) ORDER BY published DESC, id LIMIT :limit OFFSET :offset",
            {"category": category, "limit": limit, "offset": offset},
        )
        return [_post(row) for row in rows]

    def identity(self) -> str:
        """Which database this is: an index of another one, or of a restored one, is no use."""
        row = self._one("SELECT id FROM identity")
        assert row is not None
        return str(row["id"])

    def generation(self) -> int:
        """A number that grows with every change of the paragraphs."""
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'changes'")
        return int(row["seq"]) if row else 0

    def changes(self, since: int) -> Changes | None:
        """What changed after generation `since`; None if that is no longer known.

        A paragraph that came and went in between is not named.
        """
        with self.snapshot():
            generation = self.generation()
            rows = list(
                self._query(
                    "SELECT paragraph, removed FROM changes WHERE id > ? ORDER BY id", [since]
                )
            )
        if len(rows) != generation - since:
            return None
        last = {row["paragraph"]: bool(row["removed"]) for row in rows}
        came = {row["paragraph"] for row in rows if not row["removed"]}
        return Changes(
            added=[key for key, removed in last.items() if not removed],
            removed=[key for key, removed in last.items() if removed and key not in came],
            generation=generation,
        )

    def forget_changes(self, until: int) -> None:
        """Drop the log up to generation `until`: the index has it."""
        self._db.execute("DELETE FROM changes WHERE id <= ?", [until])

    def entries(self, keys: Iterable[int] | None = None) -> Iterator[Entry]:
        """The paragraphs with these numbers, or all of them, in the order of their numbers."""
        where = "WHERE paragraphs.id IN (SELECT value FROM json_each(:keys))"
        for row in self._query(
            "SELECT paragraphs.id, title, heading, text FROM paragraphs"
            f" JOIN posts ON posts.id = paragraphs.post {where if keys is not None else ''}"
            " ORDER BY paragraphs.id",
            {"keys": json.dumps(list(keys))} if keys is not None else {},
        ):
            yield Entry(row["id"], row["title"], row["heading"], row["text"])

    def all_keys(self) -> list[int]:
        """The numbers of all paragraphs, in order."""
        return [row["id"] for row in self._query("SELECT id FROM paragraphs ORDER BY id")]

    def keys(self, filters: Filters) -> set[int]:
        """The numbers of the paragraphs of the posts that `filters` admit."""
        rows = self._query(
            "SELECT paragraphs.id FROM paragraphs JOIN posts ON posts.id = paragraphs.post"
            " WHERE (:since IS NULL OR substr(published, 1, 10) >= :since)"
            " AND (:until IS NULL OR substr(published, 1, 10) <= :until)"
            " AND (:source IS NULL OR instr(source, :source))",
            {
                "since": filters.since.isoformat() if filters.since else None,
                "until": filters.until.isoformat() if filters.until else None,
                "source": filters.source,
            },
        )
        return {row["id"] for row in rows}

    def stories_of(self, keys: Iterable[int]) -> list[Story]:
        """The stories to which these paragraphs belong, ordered by id."""
        rows = self._query(
            "SELECT DISTINCT post FROM paragraphs WHERE id IN (SELECT value FROM json_each(?))",
            [json.dumps(list(keys))],
        )
        return self.stories([row["post"] for row in rows])

    def problems(self) -> list[dict[str, str | None]]:
        """The files that were no post: rows of path, kind, reason and time, by path."""
        return list(self._query("SELECT path, kind, reason, seen FROM problems ORDER BY path"))

    def _one(self, sql: str, parameters: Any = ()) -> dict[str, Any] | None:
        return next(iter(self._query(sql, parameters)), None)

    def _query(self, sql: str, parameters: Any = ()) -> Iterator[dict[str, Any]]:
        with _naming(self.path):
            yield from self._db.query(sql, parameters)


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """SQLite's errors within become a StoreError that names the database at `path`."""
    try:
        yield
    except sqlite3.Error as error:
        hint = next((hint for word, hint in _HINTS.items() if word in str(error)), "")
        raise StoreError(f"{path}: {error}{hint}") from error


_HINTS = {
    "locked": "; another program is writing to it: wait for it to end",
    "malformed": "; it is damaged: restore a backup, or delete it and ingest again",
    "not a database": ": not a readable taxnews database; name another with --db",
    "readonly": "; it or its folder is write-protected",
    "full": "; make room on the disk",
}


def _check_owner(db: Database, path: Path) -> None:
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    if db.table_names() and owner != APPLICATION_ID:
        raise StoreError(f"{path}: a database, but not one of taxnews; name another with --db")
    ours = {function.__name__ for function in (m001_posts, m002_changes)}
    if {migration.name for migration in migrations.applied(db)} - ours:
        raise StoreError(f"{path}: written by a newer taxnews; update taxnews to read it")


def _columns(post: Post) -> dict[str, Any]:
    """The columns of `posts` but the id; times in China's zone, so that they sort."""
    return {
        "title": post.title,
        "published": post.published.astimezone(CHINA).isoformat() if post.published else None,
        "category": post.category,
        "tags": json.dumps(post.tags, ensure_ascii=False),
        "source": post.source,
        "url": post.url,
        "warnings": json.dumps(post.warnings, ensure_ascii=False),
    }


def _post(row: dict[str, Any], paragraphs: Iterable[Paragraph] = ()) -> Post:
    """The inverse of `_columns`."""
    return Post(
        id=row["id"],
        title=row["title"],
        published=datetime.fromisoformat(row["published"]) if row["published"] else None,
        category=row["category"],
        tags=tuple(json.loads(row["tags"])),
        source=row["source"],
        url=row["url"],
        paragraphs=tuple(paragraphs),
        warnings=tuple(json.loads(row["warnings"])),
    )


def _dump(post: Post) -> str:
    paragraphs = [[p.heading, p.text] for p in post.paragraphs]
    return json.dumps(
        {"id": post.id, **_columns(post), "paragraphs": paragraphs}, ensure_ascii=False
    )


def _load(reading: str) -> Post:
    row = json.loads(reading)
    return _post(row, (Paragraph(heading, text) for heading, text in row["paragraphs"]))
