"""Which file carries which story? The readings of files and entries, written and dropped."""

import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from corpus.reading.dates import CHINA
from corpus.reading.posts import LONGEST_TITLE, Paragraph, Post, bounded
from corpus.reading.readings import About, Problem, Reading
from corpus.store.changes import ChangeLog
from corpus.store.database import now
from corpus.store.rows import (
    INSERT_PARAGRAPH,
    INSERT_PLACE,
    INSERT_POST,
    OF_CATEGORY,
    UPDATE_POST,
    UPSERT_FILE,
    category_values,
    checksum_of,
    columns,
    crc,
    dumped,
    file_row,
    json_list,
    loaded,
    numbered,
    paragraph_rows,
    place_rows,
)
from corpus.store.stories import Stories
from corpus.store.values import Known, Story

_FORGOTTEN = "was to be forgotten"


class Files(Stories, ChangeLog):
    """Keeps what each file holds, and has each story show the preferred of its readings."""

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
        """Keep what these files hold, in place of what they held before.

        Each name may stand among them once. A problem leaves what its file held
        before, but what was withdrawn goes. Returns what became of each: "added"
        (a new story), "merged" (a further file of a known one), "updated" (a file
        known before), "removed" (withdrawn), "unchanged", "skipped" (no post, or
        one that was forgotten). Neither the
        order of the readings nor of the calls changes what the stories show. A post
        without text is kept with its title as its text, by which it is found; so is one whose
        title is longer than `LONGEST_TITLE`, of which that many characters are its title. A post
        dated in the future counts as of the time when it was first read.
        """
        readings = self._come([_with_text(reading) for reading in readings])
        counts = Counter(r.outcome.id for r in readings if isinstance(r.outcome, Post))
        present = self._those_in("posts", "id", counts)
        forgotten = self._those_in("forgotten", "post", counts)
        readings = [_unless_forgotten(reading, forgotten) for reading in readings]
        before = self.stories_by_name([r.name for r in readings])
        known = self.known([r.name for r in readings if r.outcome is None])
        outcomes = []
        first: list[Reading] = []  # most of a first run: written at one go
        for reading in readings:
            post = reading.outcome
            if post is None:
                is_problem = reading.name in known and known[reading.name].is_problem
                outcomes.append("skipped" if is_problem else "unchanged")
            elif isinstance(post, Problem):
                is_withdrawn = post.kind == "unpublished" and reading.name in before
                outcomes.append("removed" if is_withdrawn else "skipped")
            elif post.id in present or counts[post.id] > 1 or reading.name in before:
                outcomes.append(self._put(reading, before.get(reading.name), source))
            else:
                outcomes.append("added")
                first.append(reading)
        self._put_first(first, source)
        ends = zip(readings, outcomes, strict=True)
        self.remove([reading.name for reading, outcome in ends if outcome == "removed"])
        self._note(readings, source)
        return outcomes

    def _come(self, readings: list[Reading]) -> list[Reading]:
        """The readings, with the time when it was first read for a date that is yet to come."""
        moment = datetime.now(CHINA).replace(microsecond=0)
        early = {
            r.outcome.id
            for r in readings
            if isinstance(r.outcome, Post) and r.outcome.published and r.outcome.published > moment
        }
        if not early:
            return readings
        read = dict(
            self._rows(
                "SELECT id, published FROM posts WHERE id IN (SELECT value FROM json_each(?))"
                " AND published <= ?",
                [json_list(early), moment.isoformat()],
            )
        )
        times = {id_: datetime.fromisoformat(time) for id_, time in read.items()}
        return [
            _dated(reading, times.get(reading.outcome.id, moment), moment)
            if isinstance(reading.outcome, Post)
            else reading
            for reading in readings
        ]

    def _put_first(self, readings: list[Reading], source: int | None) -> None:
        """Write stories that are new, each carried by one file that is new too."""
        connection = self._db.conn
        key = self._next_key()
        posts, paragraphs, places, files = [], [], [], []
        for reading in readings:
            post, learned = _post_and_about(reading)
            row = {"id": post.id, **columns(post)}
            texts = numbered(post, key)
            key += len(texts)
            posts.append(row | {"checksum": checksum_of(row, texts), "type": learned.type})
            paragraphs += paragraph_rows(post, texts)
            places += place_rows(post.id, learned.places)
            files.append(file_row(reading, post, source, None))
        connection.executemany(INSERT_POST, posts)
        connection.executemany(INSERT_PARAGRAPH, paragraphs)
        connection.executemany(INSERT_PLACE, places)
        connection.executemany(UPSERT_FILE, files)
        self.note_arrivals((_post_and_about(reading)[0] for reading in readings), is_new=True)

    def _put(self, reading: Reading, before: str | None, source: int | None) -> str:
        """Write one reading of a story that has, or soon will have, others."""
        post, learned = _post_and_about(reading)
        row = {"id": post.id, **columns(post), "checksum": None, "type": learned.type}
        is_new = bool(self._db.execute(INSERT_POST, row).rowcount)
        self._db.execute(UPSERT_FILE, file_row(reading, post, source, dumped(post, learned)))
        self._show_preferred_reading(post.id, is_new=is_new)
        if before not in (None, post.id):
            # The file carries another story now; the old one falls back on its other files.
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
            [[r.name] for r in readings if isinstance(r.outcome, Post)],
        )
        connection.executemany(
            "INSERT OR REPLACE INTO problems (path, hash, stamp, source, kind, reason, seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                [r.name, r.digest, r.stamp, source, r.outcome.kind, r.outcome.reason, seen]
                for r in readings
                if isinstance(r.outcome, Problem)
            ],
        )
        for table in ("files", "problems"):
            connection.executemany(
                f"UPDATE {table} SET stamp = ? WHERE path = ? AND hash = ?",
                [[r.stamp, r.name, r.digest] for r in readings if r.outcome is None],
            )

    def _show_preferred_reading(self, post_id: str, *, is_new: bool = False) -> None:
        """Make a story show the best of its readings; without any it is gone.

        The reading that is shown is kept in `posts` and `paragraphs` alone:
        before another one is, it is written back to the row of its file.
        """
        best = self._best_reading(post_id)
        if best is None:
            self._db.execute("DELETE FROM posts WHERE id = ?", [post_id])
            return
        path, reading = best
        if reading is None:
            return
        shown = self._write_back(post_id)
        post, about = loaded(reading)
        self._replace(shown, post, about)
        if is_new or shown is None or shown.post != post:
            self.note_arrivals([post], is_new=is_new)
        self._db.execute("UPDATE files SET reading = NULL, checksum = NULL WHERE path = ?", [path])

    def _best_reading(self, post_id: str) -> tuple[str, str | None] | None:
        """The file with the best reading of a story, and that reading, None if it is the one that
        is shown; None if there is none. What a failing disk has changed is dropped on the way;
        its file is then read again."""
        while best := self._rows(
            "SELECT path, reading, checksum FROM files WHERE post = ?"
            " ORDER BY preference, path LIMIT 1",
            [post_id],
        ):
            ((path, reading, checksum),) = best
            # Damage to `post` may have made it another story's.
            if reading is None or (checksum == crc(reading) and loaded(reading)[0].id == post_id):
                return path, reading
            self._db.execute("DELETE FROM files WHERE path = ?", [path])
        return None

    def _write_back(self, post_id: str) -> Story | None:
        """The story as it is shown, written back to the row of its file; None if nothing of it can
        be shown."""
        shown = next(iter(self._read([post_id])[0]), None)
        if shown is None:
            self._db.execute("DELETE FROM files WHERE post = ? AND reading IS NULL", [post_id])
            return None
        dump = dumped(shown.post, About(shown.places, shown.type))
        self._db.execute(
            "UPDATE files SET reading = ?, checksum = ? WHERE post = ? AND reading IS NULL",
            [dump, crc(dump), post_id],
        )
        return shown

    def _replace(self, shown: Story | None, post: Post, about: About) -> None:
        """Shows `post` in place of the story that is `shown`."""
        if shown and (post.title, post.paragraphs) == (shown.post.title, shown.post.paragraphs):
            keys = shown.keys
            texts = [(k, p.heading, p.text) for k, p in zip(keys, post.paragraphs, strict=True)]
        else:
            # Titles are indexed with the paragraphs: either one's change renews them all.
            self._db.execute("DELETE FROM paragraphs WHERE post = ?", [post.id])
            texts = numbered(post, self._next_key())
            self._db.conn.executemany(INSERT_PARAGRAPH, paragraph_rows(post, texts))
        row = {"id": post.id, **columns(post)}
        own = {"checksum": checksum_of(row, texts), "type": about.type}
        self._db.execute(UPDATE_POST, row | own)
        self._db.execute("DELETE FROM places WHERE post = ?", [post.id])
        self._db.conn.executemany(INSERT_PLACE, place_rows(post.id, about.places))

    def _next_key(self) -> int:
        """The number of the next paragraph: never one that another has had."""
        return self._last_number("paragraphs") + 1

    def remove(self, names: Sequence[str]) -> int:
        """Drop what these files held, for they are gone; the number of those known.

        A story that no other file carries is gone with them.
        """
        stories = self.stories_by_name(names)
        gone = json.dumps(list(names))
        for table in ("files", "problems"):
            self._db.execute(
                f"DELETE FROM {table} WHERE path IN (SELECT value FROM json_each(?))", [gone]
            )
        for post_id in sorted(set(stories.values())):
            self._show_preferred_reading(post_id)
        return len(stories)

    def names_below(self, folder: str) -> Iterator[str]:
        """The files read from this folder and those in it, whether posts or not."""
        for table in ("files", "problems"):
            yield from self._column(
                f"SELECT path FROM {table} WHERE path > ? AND path < ?", _range_below(folder)
            )

    def stories_by_name(self, names: Iterable[str]) -> dict[str, str]:
        """By name, the ids of the stories that these files and entries carry; unknown names are
        left out."""
        return dict(
            self._rows(
                "SELECT path, post FROM files WHERE path IN (SELECT value FROM json_each(?))",
                [json.dumps(list(names))],
            )
        )

    def rename(self, names: Mapping[str, str]) -> None:
        """Know files and entries by other names from now on, within a transaction."""
        self._db.conn.executemany(
            "UPDATE OR REPLACE files SET path = ? WHERE path = ?",
            [(new, old) for old, new in names.items()],
        )

    def at_stake(self, folder: str, gone: Iterable[str]) -> tuple[int, int]:
        """How many stories the files below a folder carry, and how many of them only files that
        are `gone` carry."""
        names = json_list(gone)
        (total,) = self._column(
            "SELECT count(DISTINCT post) FROM files WHERE path > ? AND path < ?",
            _range_below(folder),
        )
        (lost,) = self._column(
            "WITH gone AS MATERIALIZED (SELECT value AS path FROM json_each(?))"
            " SELECT count(DISTINCT post) FROM files WHERE path IN (SELECT path FROM gone)"
            " AND NOT EXISTS (SELECT 1 FROM files AS other WHERE other.post = files.post"
            " AND other.path NOT IN (SELECT path FROM gone))",
            [names],
        )
        return total, lost

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
        day = before.isoformat() if before else None
        return self._column(
            "SELECT id FROM posts WHERE (:post IS NULL OR id = :post)"
            f" AND (:before IS NULL OR published < :before) AND {OF_CATEGORY} ORDER BY id",
            {"post": post, "before": day, **category_values(category)},
        )

    def forget(self, ids: Sequence[str]) -> None:
        """Drop these posts for good: their files are known as problems from now on."""
        listed = json.dumps(list(ids))
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
            self._db.execute(statement, {"ids": listed, "now": now()})

    def problems(self, kind: str | None = None) -> list[dict[str, str | None]]:
        """The files that were no post (of one kind): path, kind, reason and time, by path."""
        return list(
            self._query(
                "SELECT path, kind, reason, seen FROM problems"
                " WHERE :kind IS NULL OR kind = :kind ORDER BY path",
                {"kind": kind},
            )
        )


def _range_below(folder: str) -> list[str]:
    """The names between which those of the files below a folder are."""
    folder = folder.rstrip(os.sep)
    return [folder + os.sep, folder + "0"]  # "0" comes right after "/"


def _dated(reading: Reading, read: datetime, now: datetime) -> Reading:
    """The reading, of the time `read` if its post is dated later than `now`."""
    post = reading.outcome
    if not (isinstance(post, Post) and post.published and post.published > now):
        return reading
    warning = f"dated in the future ({post.published:%Y-%m-%d}): counts as of when it was read"
    dated = replace(post, published=read, warnings=(*post.warnings, warning))
    return replace(reading, outcome=dated)


def _with_text(reading: Reading) -> Reading:
    post = reading.outcome
    if not isinstance(post, Post) or not post.title:
        return reading
    title, is_endless = post.title, len(post.title) > LONGEST_TITLE
    if post.paragraphs and not is_endless:
        return reading
    paragraphs = (*bounded([Paragraph(None, title)]), *post.paragraphs)
    if is_endless:
        title = title[: LONGEST_TITLE - 1] + "…"
    return replace(reading, outcome=replace(post, title=title, paragraphs=paragraphs))


def _unless_forgotten(reading: Reading, forgotten: set[str]) -> Reading:
    if not isinstance(reading.outcome, Post) or reading.outcome.id not in forgotten:
        return reading
    problem = Problem("forgotten", f"post {reading.outcome.id} {_FORGOTTEN}")
    return replace(reading, outcome=problem)


def _post_and_about(reading: Reading) -> tuple[Post, About]:
    """The post of a reading, and what is learned from it."""
    assert isinstance(reading.outcome, Post)
    assert reading.about is not None
    return reading.outcome, reading.about
