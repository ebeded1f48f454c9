"""What the bot remembers of its chats, in tables of its own beside the corpus.

- `bot_updates`: every update of Telegram's, written down before it is confirmed,
  so that a crash loses none; its content is deleted once it is dealt with.
- `bot_sends`: every message on its way, so that none is sent twice.
- `bot_replies`: the answers under which there are buttons, for `KEEP_REPLIES`.
- `bot_ratings`: 👍 and 👎, by a salted hash of the user.
- `chat_settings`: what a chat wants.
- those of `bot.storage.subscriptions`, `bot.storage.usage` and `bot.storage.feedback`.
- `bot_counts`: how often something happened that an operator should know of.

What a later answer is made from carries a checksum: what a failing disk has changed is
counted as damaged, and neither answered nor shown.

The store is not thread-safe; one thread does all its work.
"""

import hashlib
import json
import secrets
import sqlite3
import zlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.storage.clock import iso_ago, iso_now
from bot.storage.database import ChatDatabase
from bot.storage.feedback import Disliked, Feedback, gathered
from bot.storage.passages import dump_answer, load_answer
from bot.storage.subscriptions import TABLES, Watches
from bot.storage.usage import Tallies
from corpus.reading.posts import CHINA
from corpus.store import corrections
from corpus.store.corrections import Corrections
from corpus.store.database import LENIENT
from retrieval.answering.answer import Answer, Shown

KEEP_UPDATES = timedelta(days=2)
"""Telegram forgets updates after a day: no id comes back later than this."""

KEEP_REPLIES = timedelta(days=30)
"""How long the buttons under an answer work."""

TOO_LATE = timedelta(days=1)
"""A question that waited longer is not answered any more."""

MAX_STARTS = 5
"""How often an update is taken up again after crashes, before it counts as their cause."""


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a chat wants of the bot; the defaults are what a new chat gets.

    `language` None follows the user (in groups: Chinese). `quiet` is the first
    and the last hour, China's, in which a group isn't answered.
    """

    language: str | None = None
    alternatives: int = 5
    plain: bool = False
    admins_only: bool = False
    plain_questions: bool = False
    quiet: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """A message the bot sent, and what it shows: `answer` without its question."""

    id: int
    chat: int
    message: int | None
    answer: Answer


@dataclass(frozen=True, slots=True)
class Send:
    """A message on its way: how often its fate was unknown, and what became of it."""

    state: str
    unknown: int
    message: int | None


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
    """What tells that an update or a reply is not as it was written."""
    for table, column in (("bot_updates", "body"), ("bot_replies", "answer")):
        db.execute(f"ALTER TABLE {table} ADD COLUMN checksum INTEGER")
        for id_, text in db.execute(f"SELECT id, {column} FROM {table}").fetchall():
            if text is not None:
                values = (_checksum(text), id_)
                db.execute(f"UPDATE {table} SET checksum = ? WHERE id = ?", values)


class ChatStore:
    """The bot's tables in the database at `path`. Use it as a context manager, in one thread."""

    def __init__(self, path: Path) -> None:
        connection = sqlite3.connect(path, check_same_thread=False, timeout=30)
        connection.text_factory = LENIENT
        self._db = ChatDatabase(connection)
        self._db.enable_wal()
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        migrations.apply(self._db)
        self.watches = Watches(self._db)
        self.tallies = Tallies(self._db)
        self.feedback = Feedback(self._db, self._voter)
        corrections.create_tables(self._db)
        self.corrections = Corrections(self._db)
        self._salt = self._value("SELECT salt FROM bot_secret")
        self._cleared: date | None = None

    def close(self) -> None:
        """Ends the connection."""
        self._db.close()

    def __enter__(self) -> "ChatStore":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    # --- updates ------------------------------------------------------------------

    def write_down(self, update: int, body: str, *, chat: int | None, user: int | None) -> bool:
        """Keeps an update before it is confirmed; False if it was here before."""
        cursor = self._do(
            "INSERT OR IGNORE INTO bot_updates (id, received, chat, user, body, checksum)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (update, iso_now(), chat, user, body, _checksum(body)),
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
            self._count("updates unreadable", 1 if update is None else cursor.rowcount)

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
                self._count(f"updates {outcome}", cursor.rowcount)
            self._db.execute("UPDATE bot_updates SET starts = starts + 1 WHERE outcome IS NULL")
            rows = self._db.execute(
                "SELECT id, body, checksum FROM bot_updates WHERE outcome IS NULL ORDER BY id"
            ).fetchall()
            for update in [id_ for id_, body, checksum in rows if checksum != _checksum(body)]:
                self._db.execute(
                    "UPDATE bot_updates SET outcome = 'damaged', body = NULL WHERE id = ?", [update]
                )
                self._count("updates damaged", 1)
        return [body for _, body, checksum in rows if checksum == _checksum(body)]

    def finish(self, update: int, *, given_up: bool = False) -> None:
        """The update is dealt with, or given up, which is counted: what it said is deleted."""
        outcome = "given up" if given_up else "done"
        with self._db.atomic():
            self._db.execute(
                "UPDATE bot_updates SET outcome = ?, body = NULL WHERE id = ?", (outcome, update)
            )
            self._count("updates given up", int(given_up))

    # --- sending --------------------------------------------------------------------

    def send_of(self, update: int, part: int) -> Send | None:
        """What is known of the `part`-th message that an update led to."""
        row = self._row("SELECT * FROM bot_sends WHERE update_id = ? AND part = ?", (update, part))
        return Send(row["state"], row["unknown"], row["message"]) if row else None

    def begin_send(self, update: int, part: int, *, unknown: int) -> None:
        """A message is about to leave, after `unknown` attempts of unknown fate."""
        with self._db.atomic():
            self._db.execute(
                "INSERT OR REPLACE INTO bot_sends VALUES (?, ?, 'sending', ?, NULL)",
                (update, part, unknown),
            )
            if unknown:
                self._count("sends repeated, fate unknown", 1)

    def end_send(
        self, update: int, part: int, state: str, *, message: int | None = None, reply: int | None
    ) -> None:
        """What became of it: "sent" with its message id, "waiting", "refused" or "unknown"."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE bot_sends SET state = ?, message = ? WHERE update_id = ? AND part = ?",
                (state, message, update, part),
            )
            if reply is not None and message is not None:
                self._db.execute(
                    "UPDATE bot_replies SET message = ? WHERE id = ?", (message, reply)
                )
            if state == "unknown":
                self._count("sends given up, fate unknown", 1)

    # --- replies ------------------------------------------------------------------------

    def open_reply(self, chat: int, question: int, user: int | None, answer: Answer) -> int:
        """The id of the reply to a question; what an earlier version of it showed is replaced."""
        dump = dump_answer(answer)
        with self._db.atomic():
            before = self._row(
                "SELECT answer FROM bot_replies WHERE chat = ? AND question = ?", (chat, question)
            )
            row = self._db.execute(
                "INSERT INTO bot_replies (chat, question, user, answer, created, checksum)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (chat, question) DO UPDATE"
                " SET answer = excluded.answer, checksum = excluded.checksum, shown = 0"
                " RETURNING id",
                (chat, question, user, dump, iso_now(), _checksum(dump)),
            ).fetchone()
            if before and before["answer"] != dump:
                self._db.execute("DELETE FROM bot_ratings WHERE reply = ?", (row[0],))
                self.feedback.withdraw(row[0])
        return int(row[0])

    def reply(self, reply: int) -> Reply | None:
        """The reply with this id, None if it is too old or never was."""
        return self._reply("id = ?", (reply,))

    def reply_to(self, chat: int, question: int) -> Reply | None:
        """The reply to the message `question`."""
        return self._reply("chat = ? AND question = ?", (chat, question))

    def show(self, reply: int, number: int) -> None:
        """The reply now shows its passage `number`."""
        self._do("UPDATE bot_replies SET shown = ? WHERE id = ?", (number, reply))

    def shown(self, chat: int, message: int) -> Shown | None:
        """The story that the bot's `message` shows, if it shows one."""
        row = self._row(
            "SELECT answer, shown, checksum FROM bot_replies"
            " WHERE chat = ? AND message = ? AND created >= ?",
            (chat, message, iso_ago(KEEP_REPLIES)),
        )
        answer = self._answer(row)
        if answer is None or row is None or not 0 <= row["shown"] < len(answer.passages):
            return None
        passage = answer.passages[row["shown"]]
        return Shown(passage.post, passage.paragraph)

    def _reply(self, where: str, values: tuple[int, ...]) -> Reply | None:
        row = self._row(
            "SELECT id, chat, message, answer, checksum FROM bot_replies"
            f" WHERE {where} AND created >= ?",
            (*values, iso_ago(KEEP_REPLIES)),
        )
        answer = self._answer(row)
        if answer is None or row is None:
            return None
        return Reply(row["id"], row["chat"], row["message"], answer)

    def _answer(self, row: dict[str, Any] | None) -> Answer | None:
        """What a row of `bot_replies` shows; None if it is damaged, which is counted."""
        if row is None:
            return None
        if row["checksum"] != _checksum(row["answer"]):
            with self._db.atomic():
                self._count("replies damaged", 1)
            return None
        return load_answer(row["answer"])

    def rate(
        self, reply: int, user: int, *, liked: bool, shown: int = 0, question: str | None = None
    ) -> None:
        """One voice a user, changeable; of its passage number `shown`, and with the question
        if that is to be kept with a dislike."""
        voice = (reply, self._voter(user))
        with self._db.atomic():
            row = self._row("SELECT liked FROM bot_ratings WHERE reply = ? AND voter = ?", voice)
            self._db.execute("INSERT OR REPLACE INTO bot_ratings VALUES (?, ?, ?)", (*voice, liked))
            before = bool(row["liked"]) if row else None
            self.tallies.rated(_today(), liked=liked, before=before)
            self.feedback.rated(reply, user, liked=liked, shown=shown, question=question)

    def ratings(self, reply: int) -> tuple[int, int]:
        """How many like it, and how many don't."""
        row = self._row(
            "SELECT coalesce(sum(liked), 0) AS up, count(*) AS n FROM bot_ratings WHERE reply = ?",
            (reply,),
        )
        assert row is not None
        return row["up"], row["n"] - row["up"]

    def disliked(self, *, settled: bool = False) -> list[Disliked]:
        """What was disliked and is to be dealt with (or was, if `settled`), most disliked first."""
        found = self.feedback.dislikes(settled=settled)
        answers = [(dislike, self._answer(row)) for dislike, row in found]
        return gathered((dislike, answer) for dislike, answer in answers if answer)

    def _voter(self, user: int) -> str:
        return hashlib.sha256(f"{self._salt}{user}".encode()).hexdigest()[:32]

    # --- chats --------------------------------------------------------------------------

    def settings(self, chat: int) -> ChatSettings:
        """What a chat wants, or the defaults."""
        row = self._row("SELECT settings FROM chat_settings WHERE chat = ?", (chat,))
        if row is None:
            return ChatSettings()
        known = {field.name for field in fields(ChatSettings)}
        values = {k: v for k, v in json.loads(row["settings"]).items() if k in known}
        quiet = values.get("quiet")
        return ChatSettings(**values | {"quiet": tuple(quiet) if quiet else None})

    def change(self, chat: int, **changes: Any) -> ChatSettings:
        """The settings of `chat`, changed."""
        settings = replace(self.settings(chat), **changes)
        self._do(
            "INSERT INTO chat_settings (chat, settings) VALUES (?, ?)"
            " ON CONFLICT (chat) DO UPDATE SET settings = excluded.settings",
            (chat, json.dumps(asdict(settings))),
        )
        return settings

    def greet(self, chat: int) -> bool:
        """Whether `chat` has yet to be greeted; it is greeted then."""
        cursor = self._do(
            "INSERT INTO chat_settings (chat, settings, greeted) VALUES (?, '{}', 1)"
            " ON CONFLICT (chat) DO UPDATE SET greeted = 1 WHERE greeted = 0",
            (chat,),
        )
        return bool(cursor.rowcount)

    def move(self, old: int, new: int) -> None:
        """A group has become a supergroup: its settings and replies go with it."""
        with self._db.atomic():
            for table in ("chat_settings", "bot_replies", "bot_prompts", *TABLES):
                self._db.execute(
                    f"UPDATE OR IGNORE {table} SET chat = ? WHERE chat = ?", (new, old)
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
                    (
                        "watches",
                        "DELETE FROM bot_watches WHERE user = ? OR chat = ?",
                        (user, user),
                    ),
                    (
                        "digests",
                        "DELETE FROM bot_digests WHERE user = ? OR chat = ?",
                        (user, user),
                    ),
                    ("alerts", "DELETE FROM bot_alerts WHERE chat = ?", (user,)),
                    ("dispatches", "DELETE FROM bot_dispatches WHERE chat = ?", (user,)),
                )
            }
            gone["asked"] = self.tallies.forget(user)
            gone |= self.feedback.forget(user)
            gone["questions"] += self.corrections.forget(self._voter(user))
            self._db.execute(
                "UPDATE bot_updates SET chat = NULL, user = NULL WHERE user = ? OR chat = ?",
                (user, user),
            )
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
        with self._db.atomic():
            self._db.execute(
                "DELETE FROM bot_sends WHERE update_id IN (SELECT id FROM bot_updates"
                " WHERE outcome IS NOT NULL AND received < ?)",
                (iso_ago(KEEP_UPDATES),),
            )
            self._db.execute(
                "DELETE FROM bot_updates WHERE outcome IS NOT NULL AND received < ?",
                (iso_ago(KEEP_UPDATES),),
            )
            self._db.execute("DELETE FROM bot_replies WHERE created < ?", (iso_ago(KEEP_REPLIES),))
        self.watches.purge()
        self.tallies.purge(_today())
        self.feedback.purge(_today())
        if self._cleared == _today():
            self._empty_log()
        else:
            self._clear_traces()
            self._cleared = _today()

    def counts(self) -> dict[str, int]:
        """How often something happened that an operator should know of."""
        rows = self._db.query("SELECT name, value FROM bot_counts ORDER BY name")
        return {row["name"]: row["value"] for row in rows}

    def _count(self, name: str, times: int) -> None:
        if times:
            self._db.execute(
                "INSERT INTO bot_counts VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
                (name, times),
            )

    def _do(self, sql: str, values: Iterable[Any]) -> sqlite3.Cursor:
        """Runs one statement and makes it durable."""
        with self._db.atomic():
            return self._db.execute(sql, tuple(values))

    def _row(self, sql: str, values: tuple[Any, ...]) -> dict[str, Any] | None:
        return next(iter(self._db.query(sql, values)), None)

    def _value(self, sql: str) -> Any:
        return self._db.execute(sql).fetchone()[0]


def _today() -> date:
    return datetime.now(CHINA).date()


def _checksum(text: str) -> int:
    return zlib.crc32(str(text).encode("utf-8", "surrogatepass"))
