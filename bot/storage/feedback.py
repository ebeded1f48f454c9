"""What people say of answers, and which questions found none: the only SQL over these tables.

- `bot_dislikes`: who disliked an answer (a salted hash), which passage of it, why, in what words;
  and the question, if the operator keeps questions. Gone with the answer.
- `bot_prompts`: the messages that ask for a remark, and of whom.
- `bot_unanswered`: questions without an answer, by day, if the operator keeps questions.
- `bot_reviews`: what an operator is about in a message of `/review`.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.clock import iso_ago, iso_now
from bot.storage.database import ChatDatabase
from retrieval.answering.answer import Answer, Passage
from retrieval.answering.corrections import key_of

KEEP_UNANSWERED = timedelta(days=90)
KEEP_REVIEWS = timedelta(days=30)

MOST_UNANSWERED = 10_000
"""Questions without an answer that are kept, the newest."""

LONGEST_REMARK = 300

REASONS = {"w": "wrong passage", "o": "out of date", "n": "not an answer", "e": "other"}
"""Why an answer may be disliked, by the letters that buttons have for it."""

DISMISSED = "dismissed"

_MOST = 2000
"""Dislikes, or questions without an answer, that are looked through at once, the newest."""

migrations = Migrations("bot-feedback")


@migrations()
def f001_feedback(db: Database) -> None:
    """The tables described above."""
    for statement in (
        """
        CREATE TABLE bot_dislikes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            reply INTEGER NOT NULL REFERENCES bot_replies(id) ON DELETE CASCADE,
            voter TEXT NOT NULL, shown INTEGER NOT NULL, reason TEXT, remark TEXT, question TEXT,
            settled TEXT, created TEXT NOT NULL, UNIQUE (reply, voter)
        )
        """,
        """
        CREATE TABLE bot_prompts (
            chat INTEGER NOT NULL, message INTEGER NOT NULL,
            reply INTEGER NOT NULL REFERENCES bot_replies(id) ON DELETE CASCADE,
            voter TEXT NOT NULL, PRIMARY KEY (chat, message)
        )
        """,
        """
        CREATE TABLE bot_unanswered (
            id INTEGER PRIMARY KEY AUTOINCREMENT, question TEXT NOT NULL, day TEXT NOT NULL,
            asker TEXT NOT NULL, UNIQUE (question, day, asker)
        )
        """,
        """
        CREATE TABLE bot_reviews (
            chat INTEGER NOT NULL, message INTEGER NOT NULL, state TEXT NOT NULL,
            created TEXT NOT NULL, PRIMARY KEY (chat, message)
        )
        """,
    ):
        db.execute(statement)


@dataclass(frozen=True, slots=True)
class Dislike:
    """One person's: `shown` is the number of the passage, `asker` a hash of who had asked."""

    id: int
    shown: int
    reason: str | None
    remark: str | None
    question: str | None
    asker: str | None
    created: str


@dataclass(frozen=True, slots=True)
class Disliked:
    """A passage that was disliked as the answer to a question (None: not kept), by however many
    in however many chats; `ids` are their dislikes'. Of several wordings the question is the
    commonest, `asker` a hash of who asked so. `others` are the answer's other passages.
    """

    ids: tuple[int, ...]
    question: str | None
    asker: str | None
    passage: Passage
    others: tuple[Passage, ...]
    reasons: Mapping[str, int]
    remarks: tuple[str, ...]
    newest: str

    @property
    def id(self) -> int:
        """The number by which it is named."""
        return min(self.ids)


class Feedback:
    """The tables above in a database that `ChatStore` has opened; one thread does all its work.

    `hashed` makes of a user's id what is kept.
    """

    def __init__(self, db: ChatDatabase, hashed: Callable[[int], str]) -> None:
        self._db = db
        self._hashed = hashed
        migrations.apply(db)

    # --- what people say ---------------------------------------------------------------

    def rated(
        self, reply: int, user: int, *, liked: bool, shown: int, question: str | None
    ) -> None:
        """Someone rated a passage; within the rating's transaction. What was said of another
        passage is no longer meant."""
        voice = (reply, self._hashed(user))
        if liked:
            self._db.execute("DELETE FROM bot_dislikes WHERE reply = ? AND voter = ?", voice)
            return
        self._db.execute(
            "DELETE FROM bot_dislikes WHERE reply = ? AND voter = ? AND shown <> ?", (*voice, shown)
        )
        self._db.execute(
            "INSERT INTO bot_dislikes (reply, voter, shown, question, created)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (reply, voter) DO NOTHING",
            (*voice, shown, question, iso_now()),
        )

    def give_reason(self, reply: int, user: int, reason: str) -> None:
        """Why someone dislikes: one of `REASONS`."""
        self._db.write(
            "UPDATE bot_dislikes SET reason = ? WHERE reply = ? AND voter = ?",
            (reason, reply, self._hashed(user)),
        )

    def is_asked(self, reply: int, user: int) -> bool:
        """Whether a message asks the user for a remark on the reply already."""
        query = "SELECT 1 FROM bot_prompts WHERE reply = ? AND voter = ?"
        return self._db.value(query, (reply, self._hashed(user))) is not None

    def ask(self, chat: int, message: int, reply: int, user: int) -> None:
        """The bot's `message` asks the user for a remark on the reply."""
        self._db.write(
            "INSERT OR REPLACE INTO bot_prompts SELECT ?, ?, id, ? FROM bot_replies WHERE id = ?",
            (chat, message, self._hashed(user), reply),
        )

    def is_prompt(self, chat: int, message: int) -> bool:
        """Whether the bot's `message` asks somebody for a remark."""
        query = "SELECT 1 FROM bot_prompts WHERE chat = ? AND message = ?"
        return self._db.value(query, (chat, message)) is not None

    def remark(self, chat: int, message: int, user: int, text: str) -> bool:
        """Keeps what the user says in reply to `message`; False if that asks another."""
        cursor = self._db.write(
            "UPDATE bot_dislikes SET remark = ? WHERE voter = ? AND (reply, voter) ="
            " (SELECT reply, voter FROM bot_prompts WHERE chat = ? AND message = ?)",
            (text, self._hashed(user), chat, message),
        )
        return bool(cursor.rowcount)

    # --- questions that were kept ----------------------------------------------------------

    def keep_unanswered(self, question: str, day: date, user: int | None) -> None:
        """Keeps a question without an answer; asked again by the same user that day, once."""
        asker = "" if user is None else self._hashed(user)
        self._db.write(
            "INSERT OR IGNORE INTO bot_unanswered (question, day, asker) VALUES (?, ?, ?)",
            (question, day.isoformat(), asker),
        )

    def unanswered(self) -> list[tuple[str, date]]:
        """The last questions without an answer and their days, the newest first."""
        rows = self._db.execute(
            "SELECT question, day FROM bot_unanswered ORDER BY id DESC LIMIT ?", (_MOST,)
        )
        return [(question, date.fromisoformat(day)) for question, day in rows.fetchall()]

    def asker_of(self, question: str) -> str | None:
        """The hash of one who asked a question that is kept, word for word."""
        asker: str | None = self._db.value(
            "SELECT asker FROM bot_unanswered WHERE question = ? AND asker <> ''", (question,)
        )
        return asker

    def answered(self, key: str) -> None:
        """The questions of this key have an answer now."""
        rows = self._db.execute("SELECT id, question FROM bot_unanswered").fetchall()
        self._db.write_many(
            "DELETE FROM bot_unanswered WHERE id = ?",
            [(id_,) for id_, question in rows if key_of(question) == key],
        )

    def drop_questions(self) -> None:
        """No question is kept any more."""
        with self._db.atomic():
            self._db.execute("DELETE FROM bot_unanswered")
            self._db.execute("UPDATE bot_dislikes SET question = NULL WHERE question NOT NULL")

    # --- reviewing ---------------------------------------------------------------------------

    def dislikes(self, *, settled: bool) -> list[tuple[Dislike, dict[str, Any]]]:
        """The newest dislikes, each with the row of its reply; those that were dealt with only
        if `settled`."""
        rows = self._db.query(
            "SELECT bot_dislikes.*, answer, checksum, user FROM bot_dislikes"
            " JOIN bot_replies ON bot_replies.id = reply WHERE settled IS NULL OR ?"
            " ORDER BY bot_dislikes.id DESC LIMIT ?",
            (settled, _MOST),
        )
        return [(self._dislike(row), row) for row in rows]

    def _dislike(self, row: dict[str, Any]) -> Dislike:
        user = row["user"]
        return Dislike(
            row["id"],
            row["shown"],
            row["reason"],
            row["remark"],
            row["question"],
            None if user is None else self._hashed(user),
            row["created"],
        )

    def settle(self, ids: Iterable[int], outcome: str) -> None:
        """These dislikes are dealt with: `DISMISSED`, or by the correction of a number."""
        self._db.write_many(
            "UPDATE bot_dislikes SET settled = ? WHERE id = ?", [(outcome, id_) for id_ in ids]
        )

    def reopen(self, correction: int) -> None:
        """What a correction dealt with is to be dealt with again."""
        self._db.write(
            "UPDATE bot_dislikes SET settled = NULL WHERE settled = ?", (str(correction),)
        )

    def note_review(self, chat: int, message: int, state: Mapping[str, Any]) -> None:
        """What the operator's `message` is about."""
        self._db.write(
            "INSERT OR REPLACE INTO bot_reviews VALUES (?, ?, ?, ?)",
            (chat, message, json.dumps(state, ensure_ascii=False), iso_now()),
        )

    def review(self, chat: int, message: int) -> dict[str, Any] | None:
        """What the `message` is about, None if it is none of `/review` or too old."""
        state = self._db.value(
            "SELECT state FROM bot_reviews WHERE chat = ? AND message = ? AND created >= ?",
            (chat, message, iso_ago(KEEP_REVIEWS)),
        )
        return dict(json.loads(state)) if state else None

    # --- upkeep --------------------------------------------------------------------------------

    def withdraw(self, reply: int) -> None:
        """The reply has become another: what was said of it is no longer meant."""
        for table in ("bot_dislikes", "bot_prompts"):
            self._db.execute(f"DELETE FROM {table} WHERE reply = ?", (reply,))

    def forget(self, user: int) -> dict[str, int]:
        """Deletes what a user said, and their questions; how many that was. Within a
        transaction."""
        voter = self._hashed(user)
        count = "SELECT count(*) FROM bot_dislikes WHERE voter = ? AND remark NOT NULL"
        remarks = self._db.value(count, (voter,))
        for table in ("bot_dislikes", "bot_prompts"):
            self._db.execute(f"DELETE FROM {table} WHERE voter = ?", (voter,))
        self._db.execute("DELETE FROM bot_reviews WHERE chat = ?", (user,))
        questions = self._db.execute("DELETE FROM bot_unanswered WHERE asker = ?", (voter,))
        return {"remarks": remarks, "questions": questions.rowcount}

    def purge(self, today: date) -> None:
        """Deletes what is kept no longer than its time; dislikes go with their answers."""
        with self._db.atomic():
            oldest = (today - KEEP_UNANSWERED).isoformat()
            self._db.execute("DELETE FROM bot_unanswered WHERE day <= ?", (oldest,))
            self._db.execute(
                "DELETE FROM bot_unanswered WHERE id <= (SELECT max(id) FROM bot_unanswered) - ?",
                (MOST_UNANSWERED,),
            )
            self._db.execute("DELETE FROM bot_reviews WHERE created < ?", (iso_ago(KEEP_REVIEWS),))


def gathered(dislikes: Iterable[tuple[Dislike, Answer]]) -> list[Disliked]:
    """Dislikes, the newest first, by passage and question: what most people disliked first."""
    groups: dict[tuple[str, str, str], list[tuple[Dislike, Answer]]] = defaultdict(list)
    for dislike, answer in dislikes:
        if dislike.shown < len(answer.passages):
            passage = answer.passages[dislike.shown]
            key = key_of(dislike.question) if dislike.question else ""
            groups[passage.post, passage.sentence, key].append((dislike, answer))
    found = [_disliked(group) for group in groups.values()]
    found.sort(key=lambda one: one.newest, reverse=True)
    found.sort(key=lambda one: -len(one.ids))
    return found


def _disliked(group: Sequence[tuple[Dislike, Answer]]) -> Disliked:
    newest, answer = group[0]
    shown = newest.shown
    wordings = Counter(dislike.question for dislike, _ in group)
    question = wordings.most_common(1)[0][0]
    return Disliked(
        ids=tuple(dislike.id for dislike, _ in group),
        question=question,
        asker=next(dislike.asker for dislike, _ in group if dislike.question == question),
        passage=answer.passages[shown],
        others=(*answer.passages[:shown], *answer.passages[shown + 1 :]),
        reasons=Counter(dislike.reason for dislike, _ in group if dislike.reason),
        remarks=tuple(dislike.remark for dislike, _ in group if dislike.remark),
        newest=newest.created,
    )
