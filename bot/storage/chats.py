"""What the bot remembers of its chats, in tables of its own beside the corpus.

- `updates`: every update of Telegram's, written down before it is confirmed, so that a crash
  loses none; its content is deleted once it is dealt with.
- `sends`: every message on its way, so that none is sent twice.
- `replies`: the answers under which there are buttons, 👍 and 👎.
- `settings`: what a chat wants.
- `subscriptions`, `usage`, `feedback`, `corrections`: as their modules say.

What a later answer is made from carries a checksum: what a failing disk has changed is
counted as damaged, and neither answered nor shown.

The store is not thread-safe; one thread does all its work.
"""

import hashlib
import secrets
import sqlite3
from datetime import date
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.clock import china_today
from bot.storage.counts import Counts, checksum
from bot.storage.database import ChatDatabase
from bot.storage.feedback import Feedback
from bot.storage.replies import Replies
from bot.storage.sends import Sends
from bot.storage.settings import Settings
from bot.storage.subscription_tables import TABLES
from bot.storage.subscriptions import Subscriptions
from bot.storage.updates import Updates
from bot.storage.usage import Usage
from corpus.store import corrections
from corpus.store.corrections import Corrections
from corpus.store.database import LENIENT

migrations = Migrations("bot")


@migrations()
def b001_chats(db: Database) -> None:
    """The tables described above."""
    db.table("bot_updates").create(
        {
            "id": int,
            "received": str,
            "chat": int,
            "user": int,
            "starts": int,
            "body": str,
            "outcome": str,
        },
        pk="id",
        defaults={"starts": 0},
    )
    db.execute("CREATE INDEX bot_updates_open ON bot_updates(id) WHERE outcome IS NULL")
    db.table("bot_sends").create(
        {"update_id": int, "part": int, "state": str, "unknown": int, "message": int},
        pk=("update_id", "part"),
        foreign_keys=[],
    )
    db.execute(
        """
        CREATE TABLE bot_replies (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            chat INTEGER NOT NULL,
            question INTEGER NOT NULL,
            user INTEGER,
            message INTEGER,
            answer TEXT NOT NULL,
            shown INTEGER NOT NULL DEFAULT 0,
            created TEXT NOT NULL,
            UNIQUE (chat, question)
        )
        """
    )
    db.execute("CREATE INDEX bot_replies_message ON bot_replies(chat, message)")
    db.execute(
        """
        CREATE TABLE bot_ratings (
            reply INTEGER NOT NULL REFERENCES bot_replies(id) ON DELETE CASCADE,
            voter TEXT NOT NULL,
            liked INTEGER NOT NULL,
            PRIMARY KEY (reply, voter)
        )
        """
    )
    db.table("chat_settings").create(
        {"chat": int, "settings": str, "greeted": int}, pk="chat", defaults={"greeted": 0}
    )
    db.table("bot_counts").create({"name": str, "value": int}, pk="name")
    db.table("bot_secret").create({"salt": str})
    db.table("bot_secret").insert({"salt": secrets.token_hex(16)})


@migrations()
def b002_checksums(db: Database) -> None:
    """Checksums, by which damage to an update or a reply is found."""
    for table, column in (("bot_updates", "body"), ("bot_replies", "answer")):
        db.execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")
        for id_, text in db.execute(f"SELECT id, {column} FROM {table}").fetchall():
            if text is not None:
                values = (checksum(text), id_)
                db.execute(f"UPDATE {table} SET checksum = ? WHERE id = ?", values)


@migrations()
def b003_send_keys(db: Database) -> None:
    """A message is known by what it belongs to and a name, no more by a number that may be
    negative and its place among others."""
    db.execute("ALTER TABLE bot_sends RENAME TO bot_sends_by_number")
    db.execute(
        """
        CREATE TABLE bot_sends (
            kind TEXT NOT NULL, id INTEGER NOT NULL, part TEXT NOT NULL, state TEXT,
            unknown INTEGER, message INTEGER, PRIMARY KEY (kind, id, part)
        )
        """
    )
    db.execute(
        "INSERT INTO bot_sends SELECT iif(update_id > 0, 'update', 'dispatch'), abs(update_id),"
        " iif(part = 0, 'reply', 'reply ' || (part + 1)), state, unknown, message"
        " FROM bot_sends_by_number"
    )
    db.execute("DROP TABLE bot_sends_by_number")


class ChatStore:
    """The bot's tables in the database at `path`. Use it as a context manager, in one thread."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(path.absolute(), check_same_thread=False, timeout=30)
        connection.text_factory = LENIENT
        self._db = ChatDatabase(connection)
        self._db.enable_wal()
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        migrations.apply(self._db)
        self._salt: str = self._db.value("SELECT salt FROM bot_secret")
        self._counts = Counts(self._db)
        self.subscriptions = Subscriptions(self._db)
        self.usage = Usage(self._db)
        self.feedback = Feedback(self._db, self._voter)
        self.settings = Settings(self._db)
        self.updates = Updates(self._db, self._counts)
        self.sends = Sends(self._db, self._counts)
        self.replies = Replies(self._db, self._counts, self.feedback, self.usage, self._voter)
        corrections.create_tables(self._db)
        self.corrections = Corrections(self._db)
        self._cleared: date | None = None

    def close(self) -> None:
        """Ends the connection."""
        self._db.close()

    def __enter__(self) -> "ChatStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def counts(self) -> dict[str, int]:
        """How often something happened that an operator should know of."""
        return self._counts.all()

    # --- chats and people that go -----------------------------------------------------------

    def move(self, old: int, new: int) -> None:
        """A group has become a supergroup: its settings and replies go with it."""
        with self._db.atomic():
            for table in ("chat_settings", "bot_replies", "bot_prompts", *TABLES):
                # A greeting in the supergroup may have begun its settings before.
                either = "REPLACE" if table == "chat_settings" else "IGNORE"
                self._db.execute(
                    f"UPDATE OR {either} {table} SET chat = ? WHERE chat = ?", (new, old)
                )
                self._db.execute(f"DELETE FROM {table} WHERE chat = ?", (old,))

    def leave(self, chat: int) -> None:
        """The bot is out of `chat`: nothing of it is kept."""
        with self._db.atomic():
            for table in ("chat_settings", "bot_replies", *TABLES):
                self._db.execute(f"DELETE FROM {table} WHERE chat = ?", (chat,))

    def forget(self, user: int) -> dict[str, int]:
        """Deletes what is kept about a user; how many answers, ratings, settings … that was."""
        with self._db.atomic():
            gone = {
                name: self._db.execute(sql, values).rowcount
                for name, sql, values in (
                    ("ratings", "DELETE FROM bot_ratings WHERE voter = ?", (self._voter(user),)),
                    ("answers", "DELETE FROM bot_replies WHERE user = ? OR chat = ?", (user, user)),
                    ("settings", "DELETE FROM chat_settings WHERE chat = ?", (user,)),
                )
            }
            gone |= self.subscriptions.forget(user)
            gone["asked"] = self.usage.forget(user)
            gone |= self.feedback.forget(user)
            gone["questions"] += self.corrections.forget(self._voter(user))
            self.updates.forget(user)
        self._clear_traces()
        return gone

    def _clear_traces(self) -> None:
        """Leaves nothing in any file of what was deleted.

        `secure_delete` overwrites what is deleted, but not the copies that SQLite leaves in
        the gaps of pages when it splits and joins them: so the tables are written anew, which
        clears all of their pages.
        """
        self._db.execute("PRAGMA foreign_keys = OFF")  # else emptying one would empty others
        try:
            with self._db.atomic():
                for table in self.tables():
                    self._db.execute(f"CREATE TABLE kept AS SELECT * FROM {table} ORDER BY rowid")
                    self._db.execute(f"DELETE FROM {table}")
                    self._db.execute(f"INSERT INTO {table} SELECT * FROM kept ORDER BY rowid")
                    self._db.execute("DROP TABLE kept")
        finally:
            self._db.execute("PRAGMA foreign_keys = ON")
        self._empty_log()

    def tables(self) -> list[str]:
        """The names of the tables in which something is kept of chats and people."""
        rows = self._db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
            " AND (name GLOB 'bot_*' OR name = 'chat_settings') ORDER BY name"
        )
        return [*(name for (name,) in rows), *corrections.TABLES]

    def _empty_log(self) -> None:
        """Empties SQLite's log of what was written, where deleted words stand too.

        A reader in another process may be in the way: then the next `purge` does it.
        """
        self._db.execute("PRAGMA busy_timeout = 1000")
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.execute("PRAGMA busy_timeout = 30000")

    # --- upkeep ---------------------------------------------------------------------------

    def purge(self) -> None:
        """Deletes what is kept no longer than its time, and once a day its traces in the files."""
        self.subscriptions.purge()
        with self._db.atomic():
            self.sends.purge()
            self.updates.purge()
            self.replies.purge()
        self.usage.purge(china_today())
        self.feedback.purge(china_today())
        if self._cleared == china_today():
            self._empty_log()
        else:
            self._clear_traces()
            self._cleared = china_today()

    def _voter(self, user: int) -> str:
        return hashlib.sha256(f"{self._salt}{user}".encode()).hexdigest()[:32]
