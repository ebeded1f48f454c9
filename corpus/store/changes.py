"""What has changed? The log that an index follows, and the posts that are news."""

from corpus.store.database import Connection
from corpus.store.values import (
    Arrival,
    Changes,
)


class ChangeLog(Connection):
    """Reads, and cuts, the log of the paragraphs and that of the arrivals."""

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
