"""What chats and topics saved: the only SQL over `bot_saved_queries` and `bot_proposals`."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.clock import iso_now
from bot.storage.alerts import StoredAlerts
from bot.storage.database import ChatDatabase
from bot.storage.subscription_values import Audience, Proposal, SavedQuery

MOST_QUERIES = 20
"""How many queries one chat, or topic, may save."""


@dataclass
class SavedQueries:
    """The saved queries of all chats."""

    _db: ChatDatabase
    _alerts: StoredAlerts

    def add(self, audience: Audience, user: int | None, query: str) -> bool:
        """Saves a query, one saved before staying as it is; False if there are too many."""
        with self._db.atomic():
            known = [saved.query for saved in self.of(audience)]
            if query not in known and len(known) >= MOST_QUERIES:
                return False
            self._db.execute(
                "INSERT OR IGNORE INTO bot_saved_queries"
                " (chat, thread, private, user, query, created) VALUES (?, ?, ?, ?, ?, ?)",
                (*audience.columns, user, query, iso_now()),
            )
        return True

    def drop(self, audience: Audience, query: str) -> None:
        """Deletes a saved query, by its words."""
        self._db.write(
            "DELETE FROM bot_saved_queries WHERE chat = ? AND thread = ? AND query = ?",
            (*audience.key, query),
        )

    def exchange(self, user: int | None, proposal: Proposal) -> bool:
        """Saves a proposed query in place of the one that it replaces, so that what came since
        that one was saved may answer it. False if there are too many queries."""
        audience, query = proposal.audience, proposal.query
        with self._db.atomic():
            self._db.execute(
                "UPDATE OR IGNORE bot_saved_queries SET query = ?, user = ?"
                " WHERE chat = ? AND thread = ? AND query = ?",
                (query, user, *audience.key, proposal.replaces),
            )
            if proposal.replaces not in (None, query):
                self.drop(audience, proposal.replaces)  # still there if the new one was before
            return self.add(audience, user, query)

    def remove(self, number: int, chat: int) -> None:
        """Drops a saved query of `chat`, by its number."""
        rows = self._saved("WHERE id = ? AND chat = ?", (number, chat))
        for saved in rows:
            self.drop(saved.audience, saved.query)

    def propose(self, proposal: Proposal, user: int | None) -> int:
        """Keeps a query whose preview is shown to a user; the number by which its buttons know
        it."""
        own = (*proposal.audience.columns, proposal.query, iso_now(), proposal.replaces, user)
        cursor = self._db.write(
            "INSERT INTO bot_proposals (chat, thread, private, query, created, replaces, user)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            own,
        )
        return int(cursor.lastrowid or 0)

    def proposed(self, proposal: int, chat: int) -> Proposal | None:
        """The query of a preview in `chat`; None if it is not kept any more."""
        rows = self._db.query(
            "SELECT * FROM bot_proposals WHERE id = ? AND chat = ?", (proposal, chat)
        )
        return next((Proposal(Audience.of(r), r["query"], r["replaces"]) for r in rows), None)

    def forget(self, user: int) -> tuple[int, int]:
        """Deletes what a user saved or was shown, and in the user's own chat, within the caller's
        transaction; how many saved queries and how many proposals that was."""
        for saved in self._saved("WHERE user = ? AND chat <> ?", (user, user)):
            self._alerts.forget(saved.audience, saved.query)
            self._db.execute(
                "DELETE FROM bot_proposals WHERE chat = ? AND thread = ? AND replaces = ?",
                (*saved.audience.key, saved.query),
            )
        tables = ("bot_saved_queries", "bot_proposals")
        saved_, shown = (
            self._db.execute(f"DELETE FROM {table} WHERE user = ? OR chat = ?", (user, user))
            for table in tables
        )
        return saved_.rowcount, shown.rowcount

    def of(self, audience: Audience) -> list[SavedQuery]:
        """The queries that a chat or topic has saved, in their order."""
        return self._saved("WHERE chat = ? AND thread = ?", audience.key)

    def all(self) -> list[SavedQuery]:
        """Every saved query."""
        return self._saved("", ())

    def _saved(self, where: str, values: Iterable[Any]) -> list[SavedQuery]:
        rows = self._db.query(f"SELECT * FROM bot_saved_queries {where} ORDER BY id", tuple(values))
        return [SavedQuery(r["id"], Audience.of(r), r["query"], r["created"]) for r in rows]
