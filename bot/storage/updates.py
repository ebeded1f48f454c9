"""Updates, written down before they are confirmed to Telegram: the only SQL over `bot_updates`."""

from dataclasses import dataclass
from datetime import timedelta

from bot.clock import iso_ago, iso_now
from bot.storage.counts import Counts, checksum
from bot.storage.database import ChatDatabase

KEEP_UPDATES = timedelta(days=2)
"""Telegram forgets updates after a day: no id comes back later than this."""

TOO_LATE = timedelta(days=1)
"""A question that waited longer is not answered any more."""

MAX_STARTS = 5
"""How often an update is taken up again after crashes, before it counts as their cause."""


@dataclass
class Updates:
    """The table above; one thread does all its work."""

    _db: ChatDatabase
    _counts: Counts

    def write_down(self, update: int, body: str, *, chat: int | None, user: int | None) -> bool:
        """Keeps an update before it is confirmed; False if it was here before."""
        cursor = self._db.write(
            "INSERT OR IGNORE INTO bot_updates (id, received, chat, user, body, checksum)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (update, iso_now(), chat, user, body, checksum(body)),
        )
        return bool(cursor.rowcount == 1)

    def pass_over(self, update: int | None) -> None:
        """An update that can't be read is noted and counted; None for one without a number."""
        with self._db.atomic():
            cursor = self._db.execute(
                "INSERT INTO bot_updates (id, received, outcome) SELECT ?1, ?2, 'unreadable'"
                " WHERE ?1 IS NOT NULL ON CONFLICT (id)"
                " DO UPDATE SET outcome = excluded.outcome, body = NULL WHERE outcome IS NULL",
                (update, iso_now()),
            )
            self._counts.add("updates unreadable", 1 if update is None else cursor.rowcount)

    def unfinished(self) -> list[str]:
        """The bodies of updates nobody has dealt with, oldest first; to be taken up again.

        One that waited longer than `TOO_LATE`, that was taken up `MAX_STARTS` times
        or that is damaged is given up and counted.
        """
        with self._db.atomic():
            for outcome, condition, value in (
                ("too late", "received < ?", iso_ago(TOO_LATE)),
                ("given up", "starts >= ?", MAX_STARTS),
            ):
                cursor = self._db.execute(
                    f"UPDATE bot_updates SET outcome = ?, body = NULL"
                    f" WHERE outcome IS NULL AND {condition}",
                    (outcome, value),
                )
                self._counts.add(f"updates {outcome}", cursor.rowcount)
            self._db.execute("UPDATE bot_updates SET starts = starts + 1 WHERE outcome IS NULL")
            rows = self._db.execute(
                "SELECT id, body, checksum FROM bot_updates WHERE outcome IS NULL ORDER BY id"
            ).fetchall()
            for update in [id_ for id_, body, kept in rows if kept != checksum(body)]:
                self._db.execute(
                    "UPDATE bot_updates SET outcome = 'damaged', body = NULL WHERE id = ?", [update]
                )
                self._counts.add("updates damaged", 1)
        return [body for _, body, kept in rows if kept == checksum(body)]

    def finish(self, update: int, *, given_up: bool = False) -> None:
        """The update is dealt with, or given up, which is counted: what it said is deleted."""
        outcome = "given up" if given_up else "done"
        with self._db.atomic():
            self._db.execute(
                "UPDATE bot_updates SET outcome = ?, body = NULL WHERE id = ?", (outcome, update)
            )
            self._counts.add("updates given up", int(given_up))

    def forget(self, user: int) -> None:
        """No update says any more that it was the user's. Within a transaction."""
        self._db.execute(
            "UPDATE bot_updates SET chat = NULL, user = NULL WHERE user = ? OR chat = ?",
            (user, user),
        )

    def purge(self) -> None:
        """Deletes what is kept no longer than its time. Within a transaction."""
        self._db.execute(
            "DELETE FROM bot_updates WHERE outcome IS NOT NULL AND received < ?",
            (iso_ago(KEEP_UPDATES),),
        )
