"""What chats and topics saved: the only SQL over `bot_saved_queries` and `bot_proposals`."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlite_utils import Database

from bot.storage.alerts import StoredAlerts
from bot.storage.clock import iso_now
from bot.storage.subscription_values import (
    Audience,
    Proposal,
    SavedQuery,
    audience_of,
    columns_of,
)

MOST_QUERIES = 20
"""How many queries one chat, or topic, may save."""


class SavedQueries:
    """The saved queries of all chats."""

    def __init__(self, db: Database, alerts: StoredAlerts) -> None:
        self._db = db
        self._alerts = alerts

    def add(self, audience: Audience, user: int | None, query: str) -> bool:
        """Saves a query, one saved before staying as it is; False if there are too many."""
        with self._db.atomic():
            known = [saved.query for saved in self.of(audience)]
            if query not in known and len(known) >= MOST_QUERIES:
                return False
            self._db.execute(
                "INSERT OR IGNORE INTO bot_saved_queries"
                " (chat, thread, private, user, query, created) VALUES (?, ?, ?, ?, ?, ?)",
                (*columns_of(audience), user, query, iso_now()),
            )
        return True

    def drop(self, audience: Audience, query: str) -> None:
        """Deletes a saved query, by its words."""
        with self._db.atomic():
            self._db.execute(
                "DELETE FROM bot_saved_queries WHERE chat = ? AND thread = ? AND query = ?",
                (audience.chat, audience.thread, query),
            )

    def exchange(
        self, user: int | None, proposal: Proposal, passages: Mapping[int, dict[str, Any]]
    ) -> bool:
        """Saves a proposed query in place of the one that it replaces; the alerts that wait and
        answer it too, by their ids with their passages, are its own from now on. False if there
        are too many queries."""
        audience = proposal.audience
        with self._db.atomic():
            self._alerts.hand_over(proposal.query, passages)
            if proposal.replaces is not None:
                self.drop(audience, proposal.replaces)
            return self.add(audience, user, proposal.query)

    def remove(self, number: int, chat: int) -> None:
        """Drops a saved query of `chat`, by its number."""
        rows = self._saved("WHERE id = ? AND chat = ?", (number, chat))
        for saved in rows:
            self.drop(saved.audience, saved.query)

    def propose(self, audience: Audience, query: str, replaces: str | None = None) -> int:
        """Keeps a query whose preview is shown, instead of a saved one perhaps; the number by
        which its buttons know it."""
        with self._db.atomic():
            number = self._db.execute(
                "INSERT INTO bot_proposals (chat, thread, private, query, created, replaces)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*columns_of(audience), query, iso_now(), replaces),
            ).lastrowid
        return int(number or 0)

    def proposed(self, proposal: int, chat: int) -> Proposal | None:
        """The query of a preview in `chat`; None if it is not kept any more."""
        rows = self._db.query(
            "SELECT * FROM bot_proposals WHERE id = ? AND chat = ?", (proposal, chat)
        )
        return next((Proposal(audience_of(r), r["query"], r["replaces"]) for r in rows), None)

    def of(self, audience: Audience) -> list[SavedQuery]:
        """The queries that a chat or topic has saved, in their order."""
        return self._saved("WHERE chat = ? AND thread = ?", (audience.chat, audience.thread))

    def all(self) -> list[SavedQuery]:
        """Every saved query."""
        return self._saved("", ())

    def _saved(self, where: str, values: Iterable[Any]) -> list[SavedQuery]:
        rows = self._db.query(f"SELECT * FROM bot_saved_queries {where} ORDER BY id", tuple(values))
        return [SavedQuery(r["id"], audience_of(r), r["query"], r["created"]) for r in rows]
