"""Answers under which there are buttons, and what people say of them.

- `bot_replies`: an answer's passages, for `KEEP_REPLIES`.
- `bot_ratings`: 👍 and 👎, by a salted hash of the user.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.clock import china_today, iso_ago, iso_now
from bot.storage.counts import Counts, checksum
from bot.storage.database import ChatDatabase
from bot.storage.feedback import Disliked, Feedback, gathered
from bot.storage.passages import dump_answer, load_answer
from bot.storage.usage import Usage
from retrieval.answering.answer import Answer, Shown

KEEP_REPLIES = timedelta(days=30)
"""How long the buttons under an answer work."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A message the bot sent, and what it shows: `answer` without its question."""

    id: int
    chat: int
    message: int | None
    answer: Answer


@dataclass
class Replies:
    """The tables above; one thread does all its work. `voter` makes of a user's id what is
    kept."""

    _db: ChatDatabase
    _counts: Counts
    _feedback: Feedback
    _usage: Usage
    _voter: Callable[[int], str]

    def open(self, chat: int, question: int, user: int | None, answer: Answer) -> int:
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
                (chat, question, user, dump, iso_now(), checksum(dump)),
            ).fetchone()
            if before and before["answer"] != dump:
                self._db.execute("DELETE FROM bot_ratings WHERE reply = ?", (row[0],))
                self._feedback.withdraw(row[0])
        return int(row[0])

    def get(self, reply: int) -> Reply | None:
        """The reply with this id, None if it is too old or never was."""
        return self._reply("id = ?", (reply,))

    def to(self, chat: int, question: int) -> Reply | None:
        """The reply to the message `question`."""
        return self._reply("chat = ? AND question = ?", (chat, question))

    def show(self, reply: int, number: int) -> None:
        """The reply now shows its passage `number`."""
        self._db.write("UPDATE bot_replies SET shown = ? WHERE id = ?", (number, reply))

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
        if row["checksum"] != checksum(row["answer"]):
            with self._db.atomic():
                self._counts.add("replies damaged")
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
            self._usage.rated(china_today(), liked=liked, before=before)
            self._feedback.rated(reply, user, liked=liked, shown=shown, question=question)

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
        found = self._feedback.dislikes(settled=settled)
        answers = [(dislike, self._answer(row)) for dislike, row in found]
        return gathered((dislike, answer) for dislike, answer in answers if answer)

    def purge(self) -> None:
        """Deletes what is kept no longer than its time. Within a transaction."""
        self._db.execute("DELETE FROM bot_replies WHERE created < ?", (iso_ago(KEEP_REPLIES),))

    def _row(self, sql: str, values: tuple[Any, ...]) -> dict[str, Any] | None:
        return next(iter(self._db.query(sql, values)), None)
