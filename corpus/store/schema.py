"""The tables of the corpus database, and how an older one becomes a newer one."""

import sqlite3
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from uuid import uuid4

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from corpus.errors import StoreError
from corpus.store.corrections import create_tables

APPLICATION_ID = 0x7461786E
"""SQLite's header field for "whose file is this": "taxn"."""

migrations = Migrations("corpus")

_CHANGED = "UPDATE OF title, published, category, tags, source, url, warnings"
"""What makes news of a story read again; not the checksum that an older database is given."""


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


@migrations()
def m003_sources(db: Database) -> None:
    """Where posts come from, what is known of each file there, and what was forgotten."""
    db.execute(
        """
        CREATE TABLE sources (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            location TEXT NOT NULL UNIQUE,
            every INTEGER NOT NULL,
            pull INTEGER NOT NULL DEFAULT 0,
            cursor TEXT,
            last_run TEXT,
            last_success TEXT,
            last_error TEXT
        )
        """
    )
    for table in ("files", "problems"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN stamp TEXT")
        db.execute(
            f"ALTER TABLE {table} ADD COLUMN source INTEGER"
            " REFERENCES sources(id) ON DELETE SET NULL"
        )
        db.execute(f"CREATE INDEX idx_{table}_source ON {table}(source)")
    # No key to `posts`: these are the posts that must not come back.
    db.execute("CREATE TABLE forgotten (post TEXT PRIMARY KEY, forgotten TEXT NOT NULL)")
    for view, query in _VIEWS.items():
        db.execute(f"CREATE VIEW {view} AS {query}")


@migrations()
def m004_arrivals(db: Database) -> None:
    """Posts as they come, and come again changed: what is news, in order.

    One that is older than a week when it is first read is none: a first reading of
    a whole site is not. Triggers write it, so that no post can be missed; the last
    100,000 are kept.
    """
    db.execute(
        """
        CREATE TABLE arrivals (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            post TEXT NOT NULL,
            is_new INTEGER NOT NULL,
            at TEXT NOT NULL
        )
        """
    )
    for event, is_new in (("INSERT", 1), (_CHANGED, 0)):
        db.execute(
            f"""
            CREATE TRIGGER posts_after_{event.split()[0].lower()} AFTER {event} ON posts
            WHEN new.published > strftime('%Y-%m-%d', 'now', '-7 days')
            BEGIN
                INSERT INTO arrivals (post, is_new, at)
                VALUES (new.id, {is_new}, strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now'));
                DELETE FROM arrivals
                WHERE number < (SELECT max(number) FROM arrivals) - 100000;
            END
            """
        )


@migrations()
def m005_checksums(db: Database) -> None:
    """Checksums, by which damage to a story or a reading is found; the store computes them."""
    for table in ("posts", "files"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")


@migrations()
def m006_places(db: Database) -> None:
    """The places that a post is about; the store finds them."""
    db.execute(
        """
        CREATE TABLE places (
            post TEXT NOT NULL REFERENCES posts(id) ON DELETE CASCADE,
            place TEXT NOT NULL,
            UNIQUE (post, place)
        )
        """
    )
    db.execute("CREATE INDEX idx_places ON places(place, post)")


@migrations()
def m007_corrections(db: Database) -> None:
    """What an operator corrected of the answers (`corpus.store.corrections`)."""
    create_tables(db)


@migrations()
def m008_types(db: Database) -> None:
    """Which type of text a post is; the store determines it."""
    db.execute("ALTER TABLE posts ADD COLUMN type TEXT")


@migrations()
def m009_vanished(db: Database) -> None:
    """Whether most of a source's posts were gone at the last look, and what was said to that."""
    db.execute("ALTER TABLE sources ADD COLUMN vanished TEXT")


@migrations()
def m010_news(db: Database) -> None:
    """The store decides what is news, where the code can be read, no longer triggers."""
    for trigger in _TRIGGERS_OF_NEWS:
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")


@migrations()
def m011_post_changes(db: Database) -> None:
    """The posts that have changed since a search cluster was fed, each once, by the number of
    their last change. Nothing is logged until there is a row in `feeding`: all changes after
    number `since` are known."""
    db.execute("CREATE TABLE feeding (since INTEGER NOT NULL)")
    db.execute(
        """
        CREATE TABLE post_changes (
            number INTEGER PRIMARY KEY AUTOINCREMENT, post TEXT NOT NULL UNIQUE
        )
        """
    )
    for table, event, column in (
        ("posts", "INSERT", "new.id"),
        ("posts", "UPDATE", "new.id"),
        ("posts", "DELETE", "old.id"),
        ("files", "INSERT", "new.post"),
        ("files", "UPDATE", "new.post"),
        ("files", "DELETE", "old.post"),
    ):
        # No INSERT OR REPLACE: the statement that fires a trigger decides upon conflicts.
        db.execute(
            f"""
            CREATE TRIGGER {table}_fed_after_{event.lower()} AFTER {event} ON {table}
            WHEN EXISTS (SELECT 1 FROM feeding)
            BEGIN
                DELETE FROM post_changes WHERE post = {column};
                INSERT INTO post_changes (post) VALUES ({column});
            END
            """
        )


@migrations()
def m012_posts_by_type(db: Database) -> None:
    """A short question of a rule is asked of the statutes alone, which are few."""
    db.execute("CREATE INDEX idx_posts_type ON posts(type)")


_TRIGGERS_OF_NEWS = ("posts_after_insert", "posts_after_update")

_VIEWS = {
    "latest": """
        SELECT posts.id, substr(published, 1, 16) AS published, title, source, category,
            (SELECT text FROM paragraphs WHERE post = posts.id ORDER BY position LIMIT 1)
                AS opening, url
        FROM posts ORDER BY posts.published DESC
        """,
    "media": """
        SELECT source, count(*) AS posts, min(published) AS oldest, max(published) AS newest
        FROM posts GROUP BY source ORDER BY posts DESC
        """,
    "categories": """
        SELECT category, count(*) AS posts, max(published) AS newest
        FROM posts GROUP BY category ORDER BY posts DESC
        """,
    "months": """
        SELECT substr(published, 1, 7) AS month, count(*) AS posts
        FROM posts GROUP BY month ORDER BY month DESC
        """,
    "problem_kinds": """
        SELECT kind, count(*) AS files, min(path) AS example
        FROM problems GROUP BY kind ORDER BY files DESC
        """,
}


@cache
def _ours() -> frozenset[str]:
    """The names of the migrations that this taxnews knows."""
    with closing(Database(memory=True)) as fresh:
        return frozenset(each.name for each in migrations.pending(fresh))


def check_salvageable(db: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError unless the tables at `path` are, damage aside, those of this taxnews."""
    ours = {"posts", "paragraphs", "files", "identity", "_sqlite_migrations"}
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
    if len(ours - tables) > 1:  # damage hides one at most
        raise StoreError(f"{path}: not a database of taxnews; name another with --db")
    counted = "SELECT count(*) FROM _sqlite_migrations WHERE migration_set = 'corpus'"
    with suppress(sqlite3.Error):
        if db.execute(counted).fetchone()[0] > len(_ours()):
            raise StoreError(f"{path}: written by a newer taxnews; update taxnews to read it")


def check_programs(db: sqlite3.Connection, path: Path) -> None:
    """Raise StoreError if the copy of a database at `path` would do what no taxnews has it do:
    by a trigger of its own, or by a view in place of one of our tables."""
    query = "SELECT name, type, sql FROM sqlite_master WHERE name NOT GLOB 'sqlite_*'"
    fresh = Database(memory=True)
    ours: dict[str, tuple[str, str]] = {}
    for last in ("m010_news", None):  # a copy of an older database has its triggers
        migrations.apply(fresh, stop_before=last)
        ours |= {name: (kind, sql) for name, kind, sql in fresh.execute(query)}
    fresh.close()
    for name, kind, sql in db.execute(query):
        is_same = ours.get(name, (kind, sql)) == (kind, sql)
        if (kind == "trigger" and name not in ours) or (
            kind in ("trigger", "view") and not is_same
        ):
            raise StoreError(f"{path}: its {kind} {name} is not taxnews's: drop it, or use another")


def check_owner(db: Database, path: Path) -> None:
    """Raise StoreError if the database at `path` is another program's, or a newer taxnews's."""
    # The tables first: another process may be making the database, all of it in one transaction.
    has_tables = bool(db.table_names())
    owner = db.execute("PRAGMA application_id").fetchone()[0]
    if has_tables and owner != APPLICATION_ID:
        raise StoreError(f"{path}: a database, but not one of taxnews; name another with --db")
    if {migration.name for migration in migrations.applied(db)} - _ours():
        raise StoreError(f"{path}: written by a newer taxnews; update taxnews to read it")
