"""What chats wait for, and what is on its way to them, in tables by their modules.

- `bot_saved_queries`, `bot_proposals`: saved queries of chats and topics, and queries whose preview
  was shown, for its buttons (`saved_queries`).
- `bot_alerts`, `bot_unwanted`, `bot_arrivals`: which post a chat was, or will be, alerted to, so
  that it is alerted once; which alerts were not wanted; up to where arrivals have been matched
  (`alerts`).
- `bot_dispatches`: the messages made of them (`dispatches`).
- `bot_digests`: who gets a digest, and when the next one is due (`digests`).
"""

from datetime import timedelta

from bot.clock import iso_ago
from bot.storage.alerts import StoredAlerts
from bot.storage.database import ChatDatabase
from bot.storage.digests import Digests
from bot.storage.dispatches import Dispatches
from bot.storage.saved_queries import SavedQueries
from bot.storage.subscription_tables import TABLES, migrations
from bot.storage.subscription_values import Audience

KEEP = timedelta(days=30)
"""How long alerts and messages are kept."""


class Subscriptions:
    """The tables above in a database that `ChatStore` has opened; one thread does all its work."""

    def __init__(self, db: ChatDatabase) -> None:
        self._db = db
        migrations.apply(db)
        self.dispatches = Dispatches(db)
        self.alerts = StoredAlerts(db, self.dispatches)
        self.queries = SavedQueries(db, self.alerts)
        self.digests = Digests(db, self.dispatches)

    def end(self, audience: Audience) -> None:
        """Nothing can be sent there any more: its saved queries and digest end."""
        with self._db.atomic():
            for table in TABLES:
                self._db.execute(
                    f"DELETE FROM {table} WHERE chat = ? AND (thread = ? OR ? = 0)",
                    (*audience.key, audience.thread),
                )

    def forget(self, user: int) -> dict[str, int]:
        """Deletes what a user saved anywhere, and all that is sent to the user, within the
        caller's transaction; how much that was."""
        watches, proposals = self.queries.forget(user)
        gone = {
            name: self._db.execute(sql, (user,)).rowcount
            for name, sql in (
                ("digests", "DELETE FROM bot_digests WHERE ? IN (user, chat)"),
                ("alerts", "DELETE FROM bot_alerts WHERE chat = ?"),
                ("dispatches", "DELETE FROM bot_dispatches WHERE chat = ?"),
                ("unwanted", "DELETE FROM bot_unwanted WHERE chat = ?"),
            )
        }
        return gone | {"watches": watches, "proposals": proposals}

    def purge(self) -> None:
        """Deletes what is kept no longer than its time."""
        with self._db.atomic():
            for table, condition in (
                ("bot_alerts", "dispatch IS NOT NULL"),
                ("bot_dispatches", "outcome IS NOT NULL"),
                ("bot_proposals", "1"),
                ("bot_unwanted", "1"),
            ):
                self._db.execute(
                    f"DELETE FROM {table} WHERE {condition} AND created < ?", (iso_ago(KEEP),)
                )
