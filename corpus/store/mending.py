"""What is wrong with the database, and what of it can be put right?"""

from collections.abc import Iterable, Iterator

from corpus.reading.readings import LEAST
from corpus.store.database import now
from corpus.store.files import Files
from corpus.store.rows import COLUMNS, INSERT_POST
from corpus.store.values import Lost, Story

_CARRIED = "told the damaged post "


class Mending(Files):
    """Finds damage, and takes out what is damaged."""

    def page_faults(self) -> list[str]:
        """What is wrong with the database's pages, whatever is in them; nothing if all is well."""
        texts = self._column("PRAGMA integrity_check(10)")
        return [line for text in texts if text != "ok" for line in text.splitlines()][:10]

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
                for post, shown in self._wrongly_shown()[:10]
                if post not in damaged
            ]
        return lines

    def _wrongly_shown(self) -> list[tuple[str, int]]:
        """The stories that don't show the reading of one file, and how many they show."""
        return self._rows(
            "SELECT posts.id, count(path) AS shown FROM posts"
            " LEFT JOIN files ON files.post = posts.id AND reading IS NULL"
            " GROUP BY posts.id HAVING shown <> 1"
        )

    def mend_shown(self) -> None:
        """Have each story show one reading; one whose file is not known shows its own row."""
        with self.transaction():
            for post, shown in self._wrongly_shown():
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
        no_text = "SELECT id FROM posts WHERE typeof(id) <> 'text' OR id = ''"
        return damaged + self._column(no_text)

    def take_out_damaged(self) -> list[Lost]:
        """Take out the stories that are not as they were written, and those of which only files
        are left; a story falls back on its other files. The files that carried them, one at least
        of each.

        If there are any, the database `is_being_mended` from now on, and these files are kept
        among its problems: what a repair that was cut short took out is reported again.
        """
        with self.transaction():
            without_story = self._column(
                "SELECT DISTINCT post FROM files WHERE post NOT IN (SELECT id FROM posts)"
            )
            lost = self._known_lost()
            for id_ in [*self.damaged(), *without_story]:
                lost += self._take_out(id_)
            if lost:
                self.set_being_mended(True)
            self._note_lost(lost)
            for table in ("paragraphs", "places"):
                self._db.execute(f"DELETE FROM {table} WHERE post NOT IN (SELECT id FROM posts)")
        self._withheld.clear()
        return lost

    def _known_lost(self) -> list[Lost]:
        """What an earlier repair took out, and nothing has brought back since."""
        return [
            Lost(reason.removeprefix(_CARRIED), path, source)
            for path, source, reason in self._rows(
                "SELECT path, source, reason FROM problems WHERE kind = 'lost'"
            )
        ]

    def _take_out(self, id_: str) -> list[Lost]:
        """Takes out a story, which falls back on its other files; the files that are lost with it,
        at least one."""
        files = dict(self._rows("SELECT path, source FROM files WHERE post = ?", [id_]))
        self._db.execute("DELETE FROM files WHERE post = ? AND reading IS NULL", [id_])
        row = dict.fromkeys(("id", *COLUMNS, "checksum", "type")) | {"id": id_}
        self._db.execute(INSERT_POST, row)
        self._show_preferred_reading(id_)
        for path in self._column("SELECT path FROM files WHERE post = ?", [id_]):
            del files[path]
        return [Lost(id_, *file) for file in files.items() or [("", None)]]

    def _note_lost(self, lost: Iterable[Lost]) -> None:
        self._db.conn.executemany(
            "INSERT OR REPLACE INTO problems (path, source, kind, reason, seen)"
            " VALUES (?, ?, 'lost', ?, ?)",
            [
                (each.path, each.source, f"{_CARRIED}{each.post}", now())
                for each in lost
                if each.path
            ],
        )

    def end_mending(self) -> None:
        """The repair has come to its end: what is not back is lost."""
        with self.transaction():
            self._db.execute("DELETE FROM problems WHERE kind = 'lost'")
            self.set_being_mended(False)

    def shown_readings(self, ids: set[str] | None) -> Iterator[tuple[str, str, int, Story]]:
        """The stories with these ids (None: all), each with the file whose reading it shows:
        its name, its digest and its preference."""
        for story in self.all_stories():
            if ids is None or story.post.id in ids:
                for path, digest, preference in self._rows(
                    "SELECT path, hash, preference FROM files WHERE post = ? AND reading IS NULL",
                    [story.post.id],
                ):
                    yield path, digest, preference, story
