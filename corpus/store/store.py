"""The SQLite database of the corpus: posts, paragraphs, and the files they came from.

This module holds the only SQL over these tables. One story is one row of
`posts`, keyed by its id, whichever and however many files tell it: each file's
reading is a row of `files`, the preferred one is what `posts` and `paragraphs`
show, and the others wait in `files.reading` in case the preferred one goes.
An entry of a feed is kept as a file too, named by its feed and its own id.

SQLite's pages carry no checksums, so stories and readings carry their own: one
that a failing disk has changed is withheld, never shown.
"""

import json
import logging
import os
import sqlite3
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlite_utils import Database

from corpus.errors import SourceError, StoreError
from corpus.reading.places import places_of
from corpus.reading.post_types import POST_TYPES, type_of
from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.reading.readings import LEAST, Problem, Reading
from corpus.store.corrections import Correction, Corrections, Judgement
from corpus.store.database import REPAIR, connected, naming, now
from corpus.store.schema import APPLICATION_ID, check_owner, migrations
from corpus.store.values import (
    Arrival,
    Changes,
    CorpusFacts,
    Entry,
    Filters,
    Known,
    KnownSource,
    Lost,
    Opening,
    Stats,
    Story,
    Text,
)

log = logging.getLogger(__name__)

_TRIES = 3  # to read a story that a writer changes meanwhile


class Store:
    """The database of a corpus. Open it with `Store.open`; use it as a context manager."""

    def __init__(self, db: Database, path: Path) -> None:
        self._db = db
        self.path = path
        self._corrections = Corrections(db)
        self._withheld: set[str] = set()

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
            connection = connected(path)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{path}: cannot be opened ({error})") from error
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

    def _add_checksums(self) -> None:
        """Give the stories and readings of an older database, believed whole, their checksums."""
        connection = self._db.conn
        for row in self._db.query(f"SELECT {', '.join(_STORED)} FROM posts"):
            texts = self._rows(
                "SELECT id, heading, text FROM paragraphs WHERE post = ? ORDER BY position",
                [row["id"]],
            )
            connection.execute(
                "UPDATE posts SET checksum = ? WHERE id = ?", [_checksum(row, texts), row["id"]]
            )
        for path, reading in self._rows("SELECT path, reading FROM files WHERE reading NOT NULL"):
            connection.execute(
                "UPDATE files SET checksum = ? WHERE path = ?", [_crc(reading), path]
            )

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

    def known(self, names: Iterable[str]) -> dict[str, Known]:
        """What is remembered of the last readings of these files; never read, not named."""
        known = {}
        for rows, is_problem in (("files", False), ("problems WHERE kind <> 'lost'", True)):
            for name, digest, stamp in self._rows(
                f"SELECT path, hash, stamp FROM (SELECT * FROM {rows})"
                " WHERE path IN (SELECT value FROM json_each(?))",
                [json.dumps(list(names))],
            ):
                known[name] = Known(digest, stamp, is_problem)
        return known

    def write(self, readings: Sequence[Reading], source: int | None = None) -> list[str]:
        """Keep what these files tell, in place of what they told before.

        Each name may stand among them once. A problem leaves what its file told
        before. Returns what became of each: "added" (a new story), "merged" (a
        further file of a known one), "updated" (a file known before),
        "unchanged", "skipped" (no post, or one that was forgotten). Neither the
        order of the readings nor of the calls changes what the stories show.
        """
        tellings = Counter(r.told.id for r in readings if isinstance(r.told, Post))
        present = self._those_in("posts", "id", tellings)
        forgotten = self._those_in("forgotten", "post", tellings)
        readings = [_unless_forgotten(reading, forgotten) for reading in readings]
        before = self._stories_of_files([r.name for r in readings])
        known = self.known([r.name for r in readings if r.told is None])
        outcomes = []
        first: list[tuple[Reading, Post]] = []  # most of a first run: written at one go
        for reading in readings:
            post = reading.told
            if post is None:
                is_problem = reading.name in known and known[reading.name].is_problem
                outcomes.append("skipped" if is_problem else "unchanged")
            elif isinstance(post, Problem):
                outcomes.append("skipped")
            elif post.id in present or tellings[post.id] > 1 or reading.name in before:
                outcomes.append(self._put(reading, post, before.get(reading.name), source))
            else:
                outcomes.append("added")
                first.append((reading, post))
        self._put_first(first, source)
        self._note(readings, source)
        return outcomes

    def _those_in(self, table: str, column: str, ids: Iterable[str]) -> set[str]:
        rows = self._rows(
            f"SELECT {column} FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",
            [_json(ids)],
        )
        return {id_ for (id_,) in rows}

    def _put_first(self, readings: list[tuple[Reading, Post]], source: int | None) -> None:
        """Write stories that are new, each told by one file that is new too."""
        connection = self._db.conn
        key = self._next_key()
        posts, paragraphs = [], []
        for _, post in readings:
            row = {"id": post.id, **_columns(post)}
            texts = _numbered(post, key)
            key += len(texts)
            posts.append(row | {"checksum": _checksum(row, texts), "type": type_of(post)})
            paragraphs += _rows_of(post, texts)
        connection.executemany(_INSERT_POST, posts)
        connection.executemany(_INSERT_PARAGRAPH, paragraphs)
        connection.executemany(_INSERT_PLACE, [p for _, post in readings for p in _places(post)])
        connection.executemany(_UPSERT_FILE, [_file_row(r, p, source, None) for r, p in readings])

    def _put(self, reading: Reading, post: Post, before: str | None, source: int | None) -> str:
        """Write one reading of a story that has, or soon will have, others."""
        row = {"id": post.id, **_columns(post), "checksum": None, "type": type_of(post)}
        is_new = self._db.execute(_INSERT_POST, row).rowcount
        self._db.execute(_UPSERT_FILE, _file_row(reading, post, source, _dump(post)))
        self._show_preferred_reading(post.id)
        if before not in (None, post.id):
            # The file tells another story now; the old one falls back on its other files.
            self._show_preferred_reading(before)
        if before:
            return "updated"
        return "added" if is_new else "merged"

    def _note(self, readings: Sequence[Reading], source: int | None) -> None:
        """Bring `problems` and the stamps of what has not changed up to date."""
        seen = now()
        connection = self._db.conn
        connection.executemany(
            "DELETE FROM problems WHERE path = ?",
            [[r.name] for r in readings if isinstance(r.told, Post)],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO problems (path, hash, stamp, source, kind, reason, seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                [r.name, r.digest, r.stamp, source, r.told.kind, r.told.reason, seen]
                for r in readings
                if isinstance(r.told, Problem)
            ],
        )
        for table in ("files", "problems"):
            connection.executemany(
                f"UPDATE {table} SET stamp = ? WHERE path = ? AND hash = ?",
                [[r.stamp, r.name, r.digest] for r in readings if r.told is None],
            )

    def remove(self, names: Sequence[str]) -> int:
        """Drop what these files told, for they are gone; the number of those known.

        A story that no other file tells is gone with them.
        """
        told = self._stories_of_files(names)
        gone = json.dumps(list(names))
        for table in ("files", "problems"):
            self._db.execute(
                f"DELETE FROM {table} WHERE path IN (SELECT value FROM json_each(?))", [gone]
            )
        for post_id in sorted(set(told.values())):
            self._show_preferred_reading(post_id)
        return len(told)

    def names_below(self, folder: str) -> Iterator[str]:
        """The files read from this folder and those in it, whether posts or not."""
        for table in ("files", "problems"):
            for row in self._query(
                f"SELECT path FROM {table} WHERE path > ? AND path < ?", _range_below(folder)
            ):
                yield row["path"]

    def _stories_of_files(self, names: Iterable[str]) -> dict[str, str]:
        return dict(
            self._rows(
                "SELECT path, post FROM files WHERE path IN (SELECT value FROM json_each(?))",
                [json.dumps(list(names))],
            )
        )

    def _show_preferred_reading(self, post_id: str) -> None:
        """Make a story show the best of its readings; without any it is gone.

        The reading that is shown is kept in `posts` and `paragraphs` alone:
        before another one is, it is written back to the row of its file. What
        a failing disk has changed is dropped; its file is then read again.
        """
        while best := self._rows(
            "SELECT path, reading, checksum FROM files WHERE post = ?"
            " ORDER BY preference, path LIMIT 1",
            [post_id],
        ):
            ((path, reading, checksum),) = best
            # Damage to `post` may have made it another story's.
            if reading is None or (checksum == _crc(reading) and _load(reading).id == post_id):
                break
            self._db.execute("DELETE FROM files WHERE path = ?", [path])
        else:
            self._db.execute("DELETE FROM posts WHERE id = ?", [post_id])
            return
        if reading is None:
            return
        shown = next(iter(self._read([post_id])[0]), None)
        if shown is None:
            self._db.execute("DELETE FROM files WHERE post = ? AND reading IS NULL", [post_id])
        else:
            dump = _dump(shown.post)
            self._db.execute(
                "UPDATE files SET reading = ?, checksum = ? WHERE post = ? AND reading IS NULL",
                [dump, _crc(dump), post_id],
            )
        post = _load(reading)
        if shown and (post.title, post.paragraphs) == (shown.post.title, shown.post.paragraphs):
            keys = shown.keys
            texts = [(k, p.heading, p.text) for k, p in zip(keys, post.paragraphs, strict=True)]
        else:
            # Titles are indexed with the paragraphs: either one's change renews them all.
            self._db.execute("DELETE FROM paragraphs WHERE post = ?", [post_id])
            texts = _numbered(post, self._next_key())
            self._db.conn.executemany(_INSERT_PARAGRAPH, _rows_of(post, texts))
        row = {"id": post_id, **_columns(post)}
        told = {"checksum": _checksum(row, texts), "type": type_of(post)}
        self._db.execute(_UPDATE_POST, row | told)
        self._db.execute("DELETE FROM places WHERE post = ?", [post_id])
        self._db.conn.executemany(_INSERT_PLACE, _places(post))
        self._db.execute("UPDATE files SET reading = NULL, checksum = NULL WHERE path = ?", [path])

    def note_places(self) -> None:
        """Find anew which places the stories are about; within a transaction."""
        self._db.execute("DELETE FROM places")
        for story in self.all_stories():
            self._db.conn.executemany(_INSERT_PLACE, _places(story.post))

    def note_types(self) -> None:
        """Tell anew of which types the stories are; within a transaction."""
        for story in self.all_stories():
            self._db.conn.execute(
                "UPDATE posts SET type = ? WHERE id = ?", [type_of(story.post), story.post.id]
            )

    def _next_key(self) -> int:
        """The number of the next paragraph: never one that another has had."""
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'paragraphs'")
        return int(row["seq"]) + 1 if row else 1

    def matching(
        self,
        *,
        post: str | None = None,
        before: date | None = None,
        category: str | None = None,
    ) -> list[str]:
        """The ids of the posts that are all of this: `post`, published before a day, of `category`.

        The day is China's; a post without a date is before none.
        """
        return [
            row["id"]
            for row in self._query(
                "SELECT id FROM posts WHERE (:post IS NULL OR id = :post)"
                " AND (:before IS NULL OR published < :before)"
                " AND (:category IS NULL OR category = :category) ORDER BY id",
                {
                    "post": post,
                    "before": before.isoformat() if before else None,
                    "category": category,
                },
            )
        ]

    def forget(self, ids: Sequence[str]) -> None:
        """Drop these posts for good: their files are known as problems from now on."""
        told = json.dumps(list(ids))
        of_them = "IN (SELECT value FROM json_each(:ids))"
        for statement in (
            "INSERT OR REPLACE INTO problems (path, hash, stamp, source, kind, reason, seen)"
            " SELECT path, hash, stamp, source, 'forgotten',"
            f" 'post ' || post || ' {_FORGOTTEN}', :now FROM files WHERE post {of_them}",
            f"DELETE FROM files WHERE post {of_them}",
            f"DELETE FROM posts WHERE id {of_them}",
            "INSERT OR IGNORE INTO forgotten (post, forgotten)"
            " SELECT value, :now FROM json_each(:ids)",
        ):
            self._db.execute(statement, {"ids": told, "now": now()})

    # --- sources ---------------------------------------------------------------

    def add_source(
        self, kind: str, location: str, *, every: int, pull: bool = False
    ) -> KnownSource:
        """A new source; raises SourceError if the location is one already."""
        if self._one("SELECT 1 FROM sources WHERE location = ?", [location]):
            raise SourceError(f"{location}: is a source already; see: taxnews source list")
        with self.transaction():
            self._db.execute(
                "INSERT INTO sources (kind, location, every, pull) VALUES (?, ?, ?, ?)",
                [kind, location, every, pull],
            )
        return next(source for source in self.sources() if source.location == location)

    def sources(self) -> list[KnownSource]:
        """All sources, in the order they were added."""
        return [
            KnownSource(**{**row, "pull": bool(row["pull"])})
            for row in self._query(
                "SELECT *, (SELECT count(*) FROM files WHERE source = sources.id) AS posts"
                " FROM sources ORDER BY id"
            )
        ]

    def remove_source(self, source: KnownSource) -> None:
        """Look there no more. What was read from it stays."""
        with self.transaction():
            self._db.execute("DELETE FROM sources WHERE id = ?", [source.id])

    def clear_problems(self, source: KnownSource) -> None:
        """Forget what was wrong at a source, which is about to be read whole."""
        self._db.execute("DELETE FROM problems WHERE source = ?", [source.id])

    def forget_cursor(self, source: KnownSource) -> None:
        """Have the source read from its start at the next look."""
        with self.transaction():
            self._db.execute("UPDATE sources SET cursor = NULL WHERE id = ?", [source.id])

    def note_run(
        self,
        source: KnownSource,
        *,
        cursor: str | None,
        error: str | None,
        vanished: str | None = None,
    ) -> None:
        """Keep how a look at a source went; after an error the old cursor stands."""
        with self.transaction():
            self._db.execute(
                "UPDATE sources SET last_run = :now, last_error = :error, vanished = :vanished,"
                " last_success = iif(:error IS NULL, :now, last_success),"
                " cursor = iif(:error IS NULL, :cursor, cursor) WHERE id = :id",
                {
                    "now": now(), "error": error, "cursor": cursor, "vanished": vanished,
                    "id": source.id,
                },
            )  # fmt: skip

    def confirm_source(self, source: KnownSource) -> None:
        """Have the next look take out what is gone at a source, however much that is."""
        with self.transaction():
            self._db.execute("UPDATE sources SET vanished = 'confirmed' WHERE id = ?", [source.id])

    def entries_titled(
        self, source: KnownSource, titles: Iterable[str | None]
    ) -> list[tuple[str, Post]]:
        """What the source's entries tell under these titles, by their names, in their order."""
        rows = self._rows(
            "SELECT path, post, reading FROM files JOIN posts ON posts.id = files.post"
            " WHERE files.source = :source AND"
            " coalesce(iif(reading IS NULL, title, json_extract(reading, '$.title')), '')"
            " IN (SELECT value FROM json_each(:titles)) ORDER BY path",
            {"source": source.id, "titles": _json(title or "" for title in titles)},
        )
        shown = {story.post.id: story.post for story in self.stories(row[1] for row in rows)}
        told = [
            (path, shown.get(post) if reading is None else replace(_load(reading), id=post))
            for path, post, reading in rows
        ]
        return [(path, post) for path, post in told if post]

    def stories_told(self, names: Iterable[str]) -> dict[str, str]:
        """By name, the ids of the stories that these files and entries tell; unknown names are
        left out."""
        return self._stories_of_files(names)

    def rename(self, names: Mapping[str, str]) -> None:
        """Know files and entries by other names from now on, within a transaction."""
        self._db.conn.executemany(
            "UPDATE OR REPLACE files SET path = ? WHERE path = ?",
            [(new, old) for old, new in names.items()],
        )

    def at_stake(self, folder: str, gone: Iterable[str]) -> tuple[int, int]:
        """How many stories the files below a folder tell, and how many of them only files that
        are `gone` tell."""
        names = _json(gone)
        ((told,),) = self._rows(
            "SELECT count(DISTINCT post) FROM files WHERE path > ? AND path < ?",
            _range_below(folder),
        )
        ((lost,),) = self._rows(
            "WITH gone AS MATERIALIZED (SELECT value AS path FROM json_each(?))"
            " SELECT count(DISTINCT post) FROM files WHERE path IN (SELECT path FROM gone)"
            " AND NOT EXISTS (SELECT 1 FROM files AS other WHERE other.post = files.post"
            " AND other.path NOT IN (SELECT path FROM gone))",
            [names],
        )
        return told, lost

    # --- reading ---------------------------------------------------------------

    def facts(self) -> CorpusFacts:
        """How much the corpus holds and how new it is."""
        row = self._one(
            "SELECT (SELECT count(*) FROM posts) AS posts,"
            " (SELECT count(*) FROM paragraphs) AS paragraphs"
        )
        assert row is not None
        newest = next((post.published for post in self.latest(None, 1, 0)), None)
        return CorpusFacts(row["posts"], row["paragraphs"], newest)

    def stats(self) -> Stats:
        """What the corpus holds, counted by medium, category and month."""

        def counted(view: str, column: str) -> dict[str | None, int]:
            return dict(self._rows(f"SELECT {column}, posts FROM {view}"))

        with self.snapshot():
            return Stats(
                facts=self.facts(),
                media=counted("media", "source"),
                categories=counted("categories", "category"),
                months=counted("months", "month"),
                problems=dict(self._rows("SELECT kind, files FROM problem_kinds")),
            )

    def all_stories(self) -> Iterator[Story]:
        """Every story, ordered by id; read bit by bit."""
        last = ""
        while ids := self._ids_after(last):
            yield from self.stories(ids)
            last = ids[-1]

    def _ids_after(self, last: str) -> list[str]:
        """The next 500 ids."""
        rows = self._rows(
            "SELECT id FROM posts WHERE id > ? AND typeof(id) = 'text' ORDER BY id LIMIT 500",
            [last],
        )
        return [id_ for (id_,) in rows]

    def stories(self, ids: Iterable[str]) -> list[Story]:
        """The stories with these ids, ordered by id; unknown ids are left out.

        So are those that are not as they were written, which are logged.
        """
        stories, doubtful = self._read(ids)
        for _ in range(_TRIES):
            if not doubtful:
                break
            # Damaged, or written anew between the two queries.
            again, doubtful = self._read(doubtful)
            stories = sorted([*stories, *again], key=lambda story: story.post.id)
        for id_ in doubtful:
            if id_ not in self._withheld:
                self._withheld.add(id_)
                log.error("%s: post %s is damaged and not shown; %s", self.path, id_, REPAIR)
        return stories

    def _read(self, ids: Iterable[str]) -> tuple[list[Story], list[str]]:
        """The stories with these ids, ordered by id; the ids of those whose checksum differs."""
        wanted = _json(ids)
        posts = self._rows(
            f"SELECT checksum, type, {', '.join(_STORED)} FROM posts"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            [wanted],
        )
        texts: dict[str, list[Text]] = {row[2]: [] for row in posts}
        for key, post, heading, text in self._rows(
            "SELECT id, post, heading, text FROM paragraphs"
            " WHERE post IN (SELECT value FROM json_each(?)) ORDER BY post, position",
            [wanted],
        ):
            if post in texts:
                texts[post].append((key, heading, text))
        places: dict[str, list[str]] = defaultdict(list)
        for post, place in self._rows(
            "SELECT post, place FROM places"
            " WHERE post IN (SELECT value FROM json_each(?)) ORDER BY post, place",
            [wanted],
        ):
            places[post].append(place)
        stories, doubtful = [], []
        for checksum, type_, *values in posts:
            row, below = dict(zip(_STORED, values, strict=True)), texts[values[0]]
            if checksum == _checksum(row, below):
                paragraphs = [Paragraph(heading, text) for _, heading, text in below]
                keys = tuple(key for key, _, _ in below)
                about = tuple(places[values[0]])
                post_ = _post(row, paragraphs)
                # No checksum covers the type: what damage made of it is told anew.
                own = type_ if type_ in POST_TYPES else type_of(post_)
                stories.append(Story(post_, keys, about, own))
            else:
                doubtful.append(values[0])
        return stories, doubtful

    def latest(
        self, category: str | None, limit: int, offset: int, *, place: str | None = None
    ) -> list[Post]:
        """The newest posts (of a category, about a place), without their paragraphs."""
        return self.listed(Filters(category=category, place=place), limit, offset)

    def listed(self, filters: Filters, limit: int, offset: int) -> list[Post]:
        """The newest posts that `filters` admit, without their paragraphs."""
        ids = self._newest(filters, limit, offset)
        posts = {story.post.id: story.post for story in self.stories(ids)}
        return [replace(posts[id_], paragraphs=()) for id_ in ids if id_ in posts]

    def names(self) -> tuple[list[str], list[str]]:
        """The media and the categories of the posts, those of the most posts first."""
        media = self._rows("SELECT source FROM media WHERE source NOT NULL")
        categories = self._rows("SELECT category FROM categories WHERE category NOT NULL")
        return [name for (name,) in media], [name for (name,) in categories]

    def newest(self, limit: int) -> list[Story]:
        """The newest stories, at most so many, ordered by id."""
        return self.stories(self._newest(Filters(), limit, 0))

    def _newest(self, filters: Filters, limit: int, offset: int) -> list[str]:
        return [
            id_
            for (id_,) in self._rows(
                "SELECT id FROM posts WHERE published IS NOT NULL AND (:category IS NULL"
                " OR category = :category) AND (:type IS NULL OR type = :type)"
                " AND (:source IS NULL OR instr(source, :source))"
                " AND (:since IS NULL OR substr(published, 1, 10) >= :since)"
                " AND (:until IS NULL OR substr(published, 1, 10) <= :until)"
                f" AND {_ABOUT} ORDER BY published DESC, id LIMIT :limit OFFSET :offset",
                _values(filters) | {"limit": limit, "offset": offset},
            )
        ]

    def places(self, post: str) -> list[str]:
        """The places that a post is about, by their full names, sorted."""
        rows = self._rows("SELECT place FROM places WHERE post = ? ORDER BY place", [post])
        return [place for (place,) in rows]

    def arrivals(self, since: int, limit: int = 500) -> list[Arrival]:
        """The arrivals after number `since`, in order, at most `limit`."""
        rows = self._rows(
            "SELECT number, post, is_new, at FROM arrivals WHERE number > ?"
            " ORDER BY number LIMIT ?",
            [since, limit],
        )
        return [Arrival(number, post, bool(is_new), at) for number, post, is_new, at in rows]

    def last_arrival(self) -> int:
        """The number of the last arrival, 0 if there was none."""
        row = self._one("SELECT seq FROM sqlite_sequence WHERE name = 'arrivals'")
        return int(row["seq"]) if row else 0

    def news(self, since: datetime, until: datetime) -> list[Story]:
        """The stories that came after `since`, up to `until`, ordered by id.

        They came when they were first read, as a date may be without an hour; those that were
        not followed as they came, when they were published. What is dated more than a day
        before `since` is no news any more.
        """
        dated, utc = [], []
        for moment in (since, until, since - timedelta(days=1)):
            dated.append(moment.astimezone(CHINA).isoformat())
            utc.append(moment.astimezone(timezone.utc).isoformat(timespec="milliseconds"))
        rows = self._rows(
            "SELECT id FROM posts WHERE published > ? AND published <= ?"
            " AND id NOT IN (SELECT post FROM arrivals WHERE is_new)"
            " UNION SELECT id FROM arrivals JOIN posts ON id = post"
            " WHERE is_new AND at > ? AND at <= ? AND published > ?",
            [*dated[:2], *utc[:2], dated[2]],
        )
        return self.stories(post for (post,) in rows)

    def tellings(self, ids: Iterable[str]) -> dict[str, int]:
        """By story, how many files and entries tell it."""
        return dict(
            self._rows(
                "SELECT post, count(*) FROM files"
                " WHERE post IN (SELECT value FROM json_each(?)) GROUP BY post",
                [_json(ids)],
            )
        )

    def corrections_mark(self) -> str | None:
        """Another value after every change of the corrections, by whomever."""
        with naming(self.path):
            return self._corrections.mark()

    def corrections(self) -> list[Correction]:
        """What an operator corrected of the answers."""
        with naming(self.path):
            return self._corrections.all()

    def judged(self) -> list[Judgement]:
        """The questions that an operator judged."""
        with naming(self.path):
            return self._corrections.judged()

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

        A paragraph that came and went in between is named as removed: an index that stopped
        midway may hold it.
        """
        with self.snapshot():
            generation = self.generation()
            ((number,),) = self._rows("SELECT count(*) FROM changes WHERE id > ?", [since])
            if number != generation - since:
                return None
            # A number is given once: one that was removed is not added again.
            rows = self._rows(
                "SELECT paragraph, max(removed) FROM changes WHERE id > ? GROUP BY paragraph",
                [since],
            )
        return Changes(
            added=[key for key, removed in rows if not removed],
            removed=[key for key, removed in rows if removed],
            generation=generation,
        )

    def forget_changes(self, until: int) -> None:
        """Drop the log up to generation `until`: the index has it."""
        with self.transaction():
            self._db.execute("DELETE FROM changes WHERE id <= ?", [until])

    def entries(self, keys: Iterable[int] | None = None) -> Iterator[Entry]:
        """The paragraphs with these numbers, or all of them, in the order of their numbers."""
        where = "WHERE paragraphs.id IN (SELECT value FROM json_each(:keys))"
        for row in self._query(
            "SELECT paragraphs.id, title, heading, text, coalesce((SELECT group_concat(place, ' ')"
            " FROM places WHERE post = posts.id), '') AS places FROM paragraphs"
            f" JOIN posts ON posts.id = paragraphs.post {where if keys is not None else ''}"
            " ORDER BY paragraphs.id",
            {"keys": json.dumps(list(keys))} if keys is not None else {},
        ):
            places = tuple(row["places"].split())
            yield Entry(row["id"], row["title"], places, row["heading"], row["text"])

    def all_keys(self) -> list[int]:
        """The numbers of all paragraphs, in order."""
        return [row["id"] for row in self._query("SELECT id FROM paragraphs ORDER BY id")]

    def openings(self) -> list[Opening]:
        """All posts that have paragraphs, in the order of these paragraphs' numbers."""
        rows = self._rows(
            "SELECT min(paragraphs.id) AS first, count(*),"
            " iif(published GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-*', substr(published, 1, 7), ''),"
            " title FROM paragraphs JOIN posts ON posts.id = paragraphs.post"
            " GROUP BY post ORDER BY first"
        )
        return [
            Opening(first, number, (int(m[:4]), int(m[5:])) if m else None, title)
            for first, number, m, title in rows
        ]

    def holding(self, keys: Iterable[int], text: str) -> list[int]:
        """Those of these paragraphs that hold `text`, as it is, or have it in their heading."""
        rows = self._rows(
            "SELECT id FROM paragraphs WHERE id IN (SELECT value FROM json_each(:keys))"
            " AND (instr(text, :text) OR instr(heading, :text))",
            {"keys": _json(keys), "text": text},
        )
        return [key for (key,) in rows]

    def keys(self, filters: Filters) -> set[int]:
        """The numbers of the paragraphs of the posts that `filters` admit."""
        # CROSS JOIN: from the few posts of a place to their paragraphs, not the other way.
        start, about = "posts", ""
        if filters.place is not None:
            start = "places CROSS JOIN posts ON posts.id = places.post"
            about = " AND place = :place"
        rows = self._rows(
            f"SELECT paragraphs.id FROM {start} CROSS JOIN paragraphs"
            " ON paragraphs.post = posts.id"
            " WHERE (:since IS NULL OR substr(published, 1, 10) >= :since)"
            " AND (:until IS NULL OR substr(published, 1, 10) <= :until)"
            " AND (:source IS NULL OR instr(source, :source))"
            " AND (:category IS NULL OR category = :category)"
            f" AND (:type IS NULL OR type = :type){about}",
            _values(filters),
        )
        return {key for (key,) in rows}

    def stories_of(self, keys: Iterable[int]) -> list[Story]:
        """The stories to which these paragraphs belong, ordered by id."""
        rows = self._rows(
            "SELECT DISTINCT post FROM paragraphs WHERE id IN (SELECT value FROM json_each(?))",
            [_json(keys)],
        )
        return self.stories(post for (post,) in rows)

    def problems(self, kind: str | None = None) -> list[dict[str, str | None]]:
        """The files that were no post (of one kind): path, kind, reason and time, by path."""
        return list(
            self._query(
                "SELECT path, kind, reason, seen FROM problems"
                " WHERE :kind IS NULL OR kind = :kind ORDER BY path",
                {"kind": kind},
            )
        )

    def page_faults(self) -> list[str]:
        """What is wrong with the database's pages, whatever is in them; nothing if all is well."""
        rows = self._rows("PRAGMA integrity_check(10)")
        return [line for (text,) in rows if text != "ok" for line in text.splitlines()][:10]

    @property
    def is_being_mended(self) -> bool:
        """Whether a repair has begun and not ended: what was lost may not all be back."""
        return bool(self._rows("PRAGMA user_version") != [(0,)])

    def set_being_mended(self, value: bool) -> None:
        """Kept in the database's header, with whatever is written in the same transaction."""
        self._db.execute(f"PRAGMA user_version = {int(value)}")

    def faults(self) -> list[str]:
        """What is wrong inside the database, a line each; nothing if all is well."""
        with self.snapshot():
            if lines := self.page_faults():
                return lines
            damaged = self.damaged()
            lines = ["a repair of it was cut short"] * self.is_being_mended
            lines += [f"post {id_}: damaged, and not shown" for id_ in damaged]
            lines += [
                f"a row of {table} refers to none of {parent}"
                for table, _, parent, _ in self._rows("PRAGMA foreign_key_check")[:10]
            ]
            lines += [
                f"post {post}: shows {shown} readings instead of one"
                for post, shown in self._wrongly_told()[:10]
                if post not in damaged
            ]
        return lines

    def _wrongly_told(self) -> list[tuple[str, int]]:
        """The stories that don't show the reading of one file, and how many they show."""
        return self._rows(
            "SELECT posts.id, count(path) AS shown FROM posts"
            " LEFT JOIN files ON files.post = posts.id AND reading IS NULL"
            " GROUP BY posts.id HAVING shown <> 1"
        )

    def mend_tellings(self) -> None:
        """Have each story show one reading; one whose file is not known tells itself."""
        with self.transaction():
            for post, shown in self._wrongly_told():
                if shown:
                    self._db.execute(
                        "DELETE FROM files WHERE post = :post AND reading IS NULL AND path <>"
                        " (SELECT path FROM files WHERE post = :post AND reading IS NULL"
                        " ORDER BY preference, path LIMIT 1)",
                        {"post": post},
                    )
                else:
                    self._db.execute(
                        "INSERT INTO files (path, hash, post, preference) VALUES (?, '', ?, ?)",
                        [f"repair/{post}", post, LEAST],
                    )
                self._show_preferred_reading(post)

    def damaged(self) -> list[str]:
        """The ids of the stories that are not as they were written, in order."""
        damaged, last = [], ""
        while ids := self._ids_after(last):
            damaged += self._read(ids)[1]
            last = ids[-1]
        # An id that is no text any more is greater, or less, than all others.
        rows = self._rows("SELECT id FROM posts WHERE typeof(id) <> 'text' OR id = ''")
        return damaged + [id_ for (id_,) in rows]

    def take_out_damaged(self) -> list[Lost]:
        """Take out the stories that are not as they were written, and those of which only files
        are left; a story falls back on its other files. What told them, a file each.

        If there are any, the database `is_being_mended` from now on, and these files are kept
        among its problems: what a repair that was cut short took out is told again.
        """
        with self.transaction():
            gone = [
                id_
                for (id_,) in self._rows(
                    "SELECT DISTINCT post FROM files WHERE post NOT IN (SELECT id FROM posts)"
                )
            ]
            lost = [
                Lost(reason.removeprefix(_TOLD), path, source)
                for path, source, reason in self._rows(
                    "SELECT path, source, reason FROM problems WHERE kind = 'lost'"
                )
            ]
            for id_ in [*self.damaged(), *gone]:
                files = dict(self._rows("SELECT path, source FROM files WHERE post = ?", [id_]))
                self._db.execute("DELETE FROM files WHERE post = ? AND reading IS NULL", [id_])
                row = dict.fromkeys(("id", *_COLUMNS, "checksum", "type")) | {"id": id_}
                self._db.execute(_INSERT_POST, row)
                self._show_preferred_reading(id_)
                left = self._rows("SELECT path FROM files WHERE post = ?", [id_])
                for (path,) in left:
                    del files[path]
                lost += [Lost(id_, *file) for file in files.items() or [("", None)]]
            if lost:
                self.set_being_mended(True)
            self._db.conn.executemany(
                "INSERT OR REPLACE INTO problems (path, source, kind, reason, seen)"
                " VALUES (?, ?, 'lost', ?, ?)",
                [
                    (each.path, each.source, f"{_TOLD}{each.post}", now())
                    for each in lost
                    if each.path
                ],
            )
            for table in ("paragraphs", "places"):
                self._db.execute(f"DELETE FROM {table} WHERE post NOT IN (SELECT id FROM posts)")
        self._withheld.clear()
        return lost

    def end_mending(self) -> None:
        """The repair has come to its end: what is not back is lost."""
        with self.transaction():
            self._db.execute("DELETE FROM problems WHERE kind = 'lost'")
            self.set_being_mended(False)

    def present(self, ids: Iterable[str]) -> set[str]:
        """Those of these stories that are there."""
        return self._those_in("posts", "id", ids)

    def tellings_shown(self, ids: set[str] | None = None) -> Iterator[tuple[str, str, int, Story]]:
        """The stories with these ids (None: all), each with the file whose reading it shows:
        its name, its digest and its preference."""
        for story in self.all_stories():
            if ids is None or story.post.id in ids:
                for path, digest, preference in self._rows(
                    "SELECT path, hash, preference FROM files WHERE post = ? AND reading IS NULL",
                    [story.post.id],
                ):
                    yield path, digest, preference, story

    def copy_to(self, path: Path) -> None:
        """Write the database, as it is at one moment, into the one at `path`.

        Others may go on reading and writing here meanwhile, and reading there.
        """
        with naming(path), closing(sqlite3.connect(path, timeout=30)) as target:
            self._db.conn.backup(target)

    def checkpoint(self) -> None:
        """Put all that was written into the database's one file."""
        self._rows("PRAGMA wal_checkpoint(TRUNCATE)")

    def renew_identity(self) -> None:
        """Become another database: what was indexed of the old one is not believed."""
        with self.transaction():
            self._db.execute("UPDATE identity SET id = ?", [uuid4().hex])

    def _one(self, sql: str, parameters: Any = ()) -> dict[str, Any] | None:
        return next(iter(self._query(sql, parameters)), None)

    def _rows(self, sql: str, parameters: Any = ()) -> list[Any]:
        """The rows as tuples, all at once: a fifth of what `_query` costs."""
        with naming(self.path):
            return self._db.execute(sql, parameters).fetchall()

    def _query(self, sql: str, parameters: Any = ()) -> Iterator[dict[str, Any]]:
        with naming(self.path):
            yield from self._db.query(sql, parameters)


def _range_below(folder: str) -> list[str]:
    """The names between which those of the files below a folder are."""
    folder = folder.rstrip(os.sep)
    return [folder + os.sep, folder + "0"]  # "0" comes right after "/"


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
        tags=_strings(row["tags"]),
        source=row["source"],
        url=row["url"],
        paragraphs=tuple(paragraphs),
        warnings=_strings(row["warnings"]),
    )


def _strings(array: str) -> tuple[str, ...]:
    """The strings of a JSON array; most are empty, and not worth a parser's call."""
    return () if array == "[]" else tuple(json.loads(array))


def _checksum(row: dict[str, Any], texts: Iterable[Text]) -> int:
    """The checksum of a story: of all that is shown of it, and of its paragraphs' numbers."""
    parts: list[Any] = [row[column] for column in _STORED]
    for text in texts:
        parts += text
    return _crc("\0".join(map(str, parts)))


def _crc(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _json(values: Iterable[object]) -> str:
    """A list for SQLite's json_each; damage may have made numbers or bytes of ids."""
    return json.dumps(list(values), default=str)


def _dump(post: Post) -> str:
    paragraphs = [[p.heading, p.text] for p in post.paragraphs]
    return json.dumps(
        {"id": post.id, **_columns(post), "paragraphs": paragraphs}, ensure_ascii=False
    )


def _load(reading: str) -> Post:
    row = json.loads(reading)
    return _post(row, (Paragraph(heading, text) for heading, text in row["paragraphs"]))


_FORGOTTEN = "was to be forgotten"
_TOLD = "told the damaged post "


def _values(filters: Filters) -> dict[str, Any]:
    """What a query takes of filters."""
    return {
        "place": filters.place,
        "since": filters.since.isoformat() if filters.since else None,
        "until": filters.until.isoformat() if filters.until else None,
        "source": filters.source,
        "category": filters.category,
        "type": filters.type,
    }


_COLUMNS = ("title", "published", "category", "tags", "source", "url", "warnings")
_STORED = ("id", *_COLUMNS)
_INSERT_POST = (
    f"INSERT OR IGNORE INTO posts (id, {', '.join(_COLUMNS)}, checksum, type)"
    f" VALUES (:id, {', '.join(':' + column for column in _COLUMNS)}, :checksum, :type)"
)
_UPDATE_POST = (
    f"UPDATE posts SET {', '.join(f'{column} = :{column}' for column in _COLUMNS)},"
    " checksum = :checksum, type = :type WHERE id = :id"
)
_ABOUT = "(:place IS NULL OR posts.id IN (SELECT post FROM places WHERE place = :place))"
_INSERT_PLACE = "INSERT INTO places (post, place) VALUES (?, ?)"
_INSERT_PARAGRAPH = (
    "INSERT INTO paragraphs (id, post, position, heading, text) VALUES (?, ?, ?, ?, ?)"
)
_UPSERT_FILE = """
    INSERT INTO files (path, hash, stamp, source, post, preference, reading, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET hash = excluded.hash, stamp = excluded.stamp,
        source = coalesce(excluded.source, source), post = excluded.post,
        preference = excluded.preference, reading = excluded.reading,
        checksum = excluded.checksum
    """


def _numbered(post: Post, key: int) -> list[Text]:
    """The paragraphs of a post, numbered from `key` on."""
    return [(key + i, p.heading, p.text) for i, p in enumerate(post.paragraphs)]


def _rows_of(post: Post, texts: Iterable[Text]) -> list[tuple[int, str, int, str | None, str]]:
    return [(key, post.id, i, heading, text) for i, (key, heading, text) in enumerate(texts)]


def _file_row(reading: Reading, post: Post, source: int | None, dump: str | None) -> list[Any]:
    return [
        reading.name, reading.digest, reading.stamp, source, post.id, reading.preference,
        dump, None if dump is None else _crc(dump),
    ]  # fmt: skip


def _places(post: Post) -> list[tuple[str, str]]:
    return [(post.id, place) for place in places_of(post)]


def _unless_forgotten(reading: Reading, forgotten: set[str]) -> Reading:
    if not isinstance(reading.told, Post) or reading.told.id not in forgotten:
        return reading
    problem = Problem("forgotten", f"post {reading.told.id} {_FORGOTTEN}")
    return replace(reading, told=problem)
