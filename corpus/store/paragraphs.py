"""Which paragraphs are there? What an index needs of them, and which of them filters admit."""

import json
from collections.abc import Iterable, Iterator

from corpus.store.database import Connection
from corpus.store.rows import ADMITTED, filter_values, json_list
from corpus.store.values import Entry, Filters, Opening


class Paragraphs(Connection):
    """Reads the paragraphs by their numbers."""

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
        return self._column("SELECT id FROM paragraphs ORDER BY id")

    def newest_keys(self) -> list[int]:
        """The numbers of all paragraphs, those of the newest posts first."""
        return self._column(
            "SELECT paragraphs.id FROM paragraphs JOIN posts ON posts.id = paragraphs.post"
            " ORDER BY published DESC, paragraphs.id"
        )

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
        return self._column(
            "SELECT id FROM paragraphs WHERE id IN (SELECT value FROM json_each(:keys))"
            " AND (instr(text, :text) OR instr(heading, :text))",
            {"keys": json_list(keys), "text": text},
        )

    def where(self, filters: Filters | None, among: set[int] | None = None) -> set[int] | None:
        """The numbers of the paragraphs that filters admit, of those `among`; None for all."""
        admitted = self.keys(filters) if filters and filters.narrow else None
        if admitted is None or among is None:
            return among if admitted is None else admitted
        return admitted & among

    def keys(self, filters: Filters) -> set[int]:
        """The numbers of the paragraphs of the posts that `filters` admit."""
        # CROSS JOIN: from the few posts of a place to their paragraphs, not the other way.
        start, about = "posts", ""
        if filters.place is not None:
            start = "places CROSS JOIN posts ON posts.id = places.post"
            about = " AND place = :place"
        if filters.type is not None:  # said so, that the index of types is used
            about += " AND type = :type"
        keys = self._column(
            f"SELECT paragraphs.id FROM {start} CROSS JOIN paragraphs"
            f" ON paragraphs.post = posts.id WHERE {ADMITTED}{about}",
            filter_values(filters),
        )
        return set(keys)
