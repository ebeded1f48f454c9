"""Who gets a digest, and when the next one is due: the only SQL over `bot_digests`."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from bot.clock import iso, iso_now
from bot.storage.database import ChatDatabase
from bot.storage.dispatches import Dispatches
from bot.storage.subscription_values import Audience, Draft, DueDigest, Schedule


@dataclass
class Digests:
    """The digests of all chats and topics."""

    _db: ChatDatabase
    _dispatches: Dispatches

    def set(self, audience: Audience, user: int | None, schedule: Schedule, due: datetime) -> None:
        """The digest of a chat or topic, instead of the one it had; first at `due`."""
        self._db.write(
            "INSERT OR REPLACE INTO bot_digests VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*audience.columns, user, json.dumps(asdict(schedule)), iso_now(), iso(due)),
        )

    def of(self, audience: Audience) -> Schedule | None:
        """The schedule of the digest of a chat or topic, None if it has none."""
        schedule = self._db.value(
            "SELECT schedule FROM bot_digests WHERE chat = ? AND thread = ?", audience.key
        )
        return _schedule(schedule) if schedule else None

    def end(self, audience: Audience) -> bool:
        """No more digests there; whether there were any."""
        cursor = self._db.write(
            "DELETE FROM bot_digests WHERE chat = ? AND thread = ?", audience.key
        )
        return bool(cursor.rowcount)

    def due(self) -> list[DueDigest]:
        """The digests whose time has come."""
        rows = self._db.query("SELECT * FROM bot_digests WHERE due <= ?", (iso_now(),))
        return [
            DueDigest(Audience.of(r), _schedule(r["schedule"]), r["since"], r["due"]) for r in rows
        ]

    def send(self, digest: DueDigest, html: str | None, due: datetime) -> None:
        """Writes a digest down, to be sent (None: nothing to tell), the next one at `due`."""
        with self._db.atomic():
            cursor = self._db.execute(
                "UPDATE bot_digests SET since = due, due = ?"
                " WHERE chat = ? AND thread = ? AND due = ?",
                (iso(due), *digest.audience.key, digest.due),
            )
            if cursor.rowcount and html is not None:
                self._dispatches.add(digest.audience, [Draft(html, ())])


def _schedule(text: str) -> Schedule:
    row = json.loads(text)
    return Schedule(**row | {"time": tuple(row["time"])})
