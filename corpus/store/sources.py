"""Where do posts come from, and how did the last looks go?"""

from collections.abc import Iterable
from dataclasses import replace

from corpus.errors import SourceError
from corpus.reading.posts import Post
from corpus.store.database import now
from corpus.store.rows import json_list, loaded
from corpus.store.stories import Stories
from corpus.store.values import KnownSource


class Sources(Stories):
    """Keeps the list of sources."""

    def add_source(
        self, kind: str, location: str, *, every: int, pull: bool = False
    ) -> KnownSource:
        """A new source; raises SourceError if the location is one already."""
        if self._column("SELECT 1 FROM sources WHERE location = ?", [location]):
            raise SourceError(f"{location}: is a source already; see: taxnews source list")
        self._write(
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
        self._write("DELETE FROM sources WHERE id = ?", [source.id])

    def clear_problems(self, source: KnownSource) -> None:
        """Forget what was wrong at a source, which is about to be read whole."""
        self._db.execute("DELETE FROM problems WHERE source = ?", [source.id])

    def forget_cursor(self, source: KnownSource) -> None:
        """Have the source read from its start at the next look."""
        self._write("UPDATE sources SET cursor = NULL WHERE id = ?", [source.id])

    def note_run(
        self,
        source: KnownSource,
        *,
        cursor: str | None,
        error: str | None,
        vanished: str | None = None,
    ) -> None:
        """Keep how a look at a source went; after an error the old cursor stands."""
        self._write(
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
        self._write("UPDATE sources SET vanished = 'confirmed' WHERE id = ?", [source.id])

    def entries_titled(
        self, source: KnownSource, titles: Iterable[str | None]
    ) -> list[tuple[str, Post]]:
        """The posts of the source's entries with these titles, by their names, in their order."""
        rows = self._rows(
            "SELECT path, post, reading FROM files JOIN posts ON posts.id = files.post"
            " WHERE files.source = :source AND"
            " coalesce(iif(reading IS NULL, title, json_extract(reading, '$.title')), '')"
            " IN (SELECT value FROM json_each(:titles)) ORDER BY path",
            {"source": source.id, "titles": json_list(title or "" for title in titles)},
        )
        shown = {story.post.id: story.post for story in self.stories(row[1] for row in rows)}
        rows = [
            (path, shown.get(post) if reading is None else replace(loaded(reading)[0], id=post))
            for path, post, reading in rows
        ]
        return [(path, post) for path, post in rows if post]
