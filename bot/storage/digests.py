"""Who gets a digest, and when the next one is due: the only SQL over `bot_digests`."""

import json
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from bot.storage.clock import iso, iso_now
from bot.storage.dispatches import Dispatches
from bot.storage.subscription_values import Audience, Draft, DueDigest, audience_of, columns_of


class Digests:
    """The digests of all chats and topics."""

    def __init__(self, db: Database, dispatches: Dispatches) -> None:
        self._db = db
        self._dispatches = dispatches

    def set(
        self, audience: Audience, user: int | None, schedule: dict[str, Any], due: datetime
    ) -> None:
        """The digest of a chat or topic, instead of the one it had; first at `due`."""
        with self._db.atomic():
            self._db.execute(
                "INSERT OR REPLACE INTO bot_digests VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*columns_of(audience), user, json.dumps(schedule), iso_now(), iso(due)),
            )

    def of(self, audience: Audience) -> dict[str, Any] | None:
        """The schedule of the digest of a chat or topic, None if it has none."""
        row = self._db.execute(
            "SELECT schedule FROM bot_digests WHERE chat = ? AND thread = ?",
            (audience.chat, audience.thread),
        ).fetchone()
        return json.loads(row[0]) if row else None

    def end(self, audience: Audience) -> bool:
        """No more digests there; whether there were any."""
        with self._db.atomic():
            cursor = self._db.execute(
                "DELETE FROM bot_digests WHERE chat = ? AND thread = ?",
                (audience.chat, audience.thread),
            )
        return bool(cursor.rowcount)

    def due(self) -> list[DueDigest]:
        """The digests whose time has come."""
        rows = self._db.query("SELECT * FROM bot_digests WHERE due <= ?", (iso_now(),))
        return [
            DueDigest(audience_of(r), json.loads(r["schedule"]), r["since"], r["due"]) for r in rows
        ]

    def send(self, digest: DueDigest, html: str | None, due: datetime) -> None:
        """Writes a digest down, to be sent (None: nothing to tell), the next one at `due`."""
        with self._db.atomic():
            cursor = self._db.execute(
                "UPDATE bot_digests SET since = due, due = ?"
                " WHERE chat = ? AND thread = ? AND due = ?",
                (iso(due), digest.audience.chat, digest.audience.thread, digest.due),
            )
            if cursor.rowcount and html is not None:
                self._dispatches.add(digest.audience, [Draft(html, ())])
