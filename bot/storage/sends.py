"""Messages on their way, so that none is sent twice: the only SQL over `bot_sends`."""

from dataclasses import dataclass
from typing import Literal

from bot.clock import iso_ago
from bot.storage.counts import Counts
from bot.storage.database import ChatDatabase
from bot.storage.updates import KEEP_UPDATES


@dataclass(frozen=True, slots=True)
class SendKey:
    """Which message it is: of an update or a dispatch, by its id, which `part` of what that
    leads to."""

    kind: Literal["update", "dispatch"]
    id: int
    part: str


@dataclass(frozen=True, slots=True)
class Send:
    """A message on its way: how often its fate was unknown, and what became of it."""

    state: str
    unknown: int
    message: int | None


@dataclass
class Sends:
    """The table above; one thread does all its work."""

    _db: ChatDatabase
    _counts: Counts

    def of(self, key: SendKey) -> Send | None:
        """What is known of a message; None if it never was about to leave."""
        row = self._db.execute(
            "SELECT state, unknown, message FROM bot_sends WHERE kind = ? AND id = ? AND part = ?",
            (key.kind, key.id, key.part),
        ).fetchone()
        return Send(*row) if row else None

    def begin(self, key: SendKey, *, unknown: int) -> None:
        """A message is about to leave, after `unknown` attempts of unknown fate."""
        with self._db.atomic():
            self._db.execute(
                "INSERT OR REPLACE INTO bot_sends VALUES (?, ?, ?, 'sending', ?, NULL)",
                (key.kind, key.id, key.part, unknown),
            )
            self._counts.add("sends repeated, fate unknown", int(unknown > 0))

    def end(
        self, key: SendKey, state: str, *, message: int | None = None, reply: int | None = None
    ) -> None:
        """What became of it: "sent" with its message id, "waiting", "refused" or "unknown"; the
        record `reply` gets that id too."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE bot_sends SET state = ?, message = ?"
                " WHERE kind = ? AND id = ? AND part = ?",
                (state, message, key.kind, key.id, key.part),
            )
            if reply is not None and message is not None:
                self._db.execute(
                    "UPDATE bot_replies SET message = ? WHERE id = ?", (message, reply)
                )
            self._counts.add("sends given up, fate unknown", int(state == "unknown"))

    def purge(self) -> None:
        """Deletes those of updates that can't come back, and of dispatches that are gone. Within
        a transaction, before these are deleted."""
        self._db.execute(
            "DELETE FROM bot_sends WHERE kind = 'update' AND id IN (SELECT id FROM bot_updates"
            " WHERE outcome IS NOT NULL AND received < ?)",
            (iso_ago(KEEP_UPDATES),),
        )
        self._db.execute(
            "DELETE FROM bot_sends WHERE kind = 'dispatch'"
            " AND id NOT IN (SELECT id FROM bot_dispatches)"
        )
