"""How much is asked, how well and how fast, and about what: counts, and the only SQL over them.

- `bot_days`: a count a day and name, for `KEEP_DAYS`.
- `bot_week`: which week this is, and its salt.
- `bot_asked`: which subjects were asked about in that week, by a hash of who asked that is of no
  use without the salt, and differs from subject to subject.
- `bot_hot`: how many asked about a subject in the week before; by then hashes and salt are gone.

Days and weeks are China's.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from bot.storage.database import ChatDatabase

KEEP_DAYS = 90

LEAST_ASKERS = 5
"""How many must have asked about a subject before `/hot` shows it."""

MOST_HOT = 10

LATENCIES = (
    1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200, 250, 300,
    400, 500, 600, 800, 1000, 1500, 2000, 3000, 5000, 10_000, 60_000,
)  # fmt: skip
"""Milliseconds up to which a search is counted in one place; the last takes in all longer ones."""

_TOOK, _BEFORE = "took at most ", "posts before"

migrations = Migrations("bot-tallies")


@migrations()
def t001_tallies(db: Database) -> None:
    """The tables described above."""
    for statement in (
        "CREATE TABLE bot_days (day TEXT NOT NULL, name TEXT NOT NULL, value INTEGER NOT NULL,"
        " PRIMARY KEY (day, name))",
        "CREATE TABLE bot_week (monday TEXT NOT NULL, salt TEXT NOT NULL)",
        "CREATE TABLE bot_asked (subject TEXT NOT NULL, asker TEXT NOT NULL,"
        " PRIMARY KEY (subject, asker))",
        "CREATE TABLE bot_hot (subject TEXT PRIMARY KEY, askers INTEGER NOT NULL)",
    ):
        db.execute(statement)


@dataclass(frozen=True, slots=True)
class Day:
    """What was counted on a day; `took` is how many searches took at most so many ms (and more
    than the next less), `posts` the size of the corpus at last, `posts_before` at first, None if it
    was not noted."""

    day: date
    questions: int = 0
    answered: int = 0
    liked: int = 0
    disliked: int = 0
    posts: int | None = None
    paragraphs: int | None = None
    took: Mapping[int, int] = field(default_factory=dict)
    posts_before: int | None = None


@dataclass(frozen=True, slots=True)
class Hot:
    """Subjects that enough people asked about in the week of `monday` and in the one before,
    and how many, the most first."""

    monday: date
    this_week: tuple[tuple[str, int], ...]
    last_week: tuple[tuple[str, int], ...]


def percentile(days: Iterable[Day], share: float) -> int | None:
    """The milliseconds within which this share of the searches ended; None without any.

    It is one of `LATENCIES`: at most the true value's next higher one.
    """
    took: dict[int, int] = defaultdict(int)
    for day in days:
        for ms, count in day.took.items():
            took[ms] += count
    left = share * sum(took.values())
    for ms in sorted(took):
        left -= took[ms]
        if left <= 1e-9:
            return ms
    return None


class Usage:
    """The tables above in a database that `ChatStore` has opened; one thread does all its work."""

    def __init__(self, db: ChatDatabase) -> None:
        self._db = db
        migrations.apply(db)

    # --- day by day -----------------------------------------------------------------

    def searched(
        self,
        today: date,
        seconds: float,
        *,
        answered: bool,
        person: int | None = None,
        subjects: Iterable[str] = (),
    ) -> None:
        """A question was searched for; `person` asked about `subjects`, None if nobody counts."""
        took = next((ms for ms in LATENCIES if 1000 * seconds <= ms), LATENCIES[-1])
        counts = {"questions": 1, f"{_TOOK}{took}": 1} | ({"answered": 1} if answered else {})
        with self._db.atomic():
            self._add(today, counts)
            if person is not None:
                self.asked(today, person, subjects)

    def rated(self, today: date, *, liked: bool, before: bool | None) -> None:
        """Someone rated an answer, or changed their mind; within the rating's transaction."""
        names = {True: "liked", False: "disliked"}
        if liked != before:
            self._add(today, {names[liked]: 1} | ({} if before is None else {names[before]: -1}))

    def held(self, today: date, *, posts: int, paragraphs: int) -> None:
        """The corpus holds so much today."""
        with self._db.atomic():
            self._db.execute(
                "INSERT OR IGNORE INTO bot_days VALUES (?, ?, ?)",
                (today.isoformat(), _BEFORE, posts),
            )
            for name, value in (("posts", posts), ("paragraphs", paragraphs)):
                self._db.execute(
                    "INSERT OR REPLACE INTO bot_days VALUES (?, ?, ?)",
                    (today.isoformat(), name, value),
                )

    def days(self, today: date) -> list[Day]:
        """The days from the first one with a count to today, at most `KEEP_DAYS`, all of them."""
        first = today - timedelta(days=KEEP_DAYS - 1)
        counts: dict[str, dict[str, int]] = defaultdict(dict)
        for day, name, value in self._db.execute(
            "SELECT day, name, value FROM bot_days WHERE day BETWEEN ? AND ?",
            (first.isoformat(), today.isoformat()),
        ):
            counts[day][name] = value
        if not counts:
            return []
        first = date.fromisoformat(min(counts))
        spread = ((first + timedelta(days=n)) for n in range((today - first).days + 1))
        return [_day(day, counts.get(day.isoformat(), {})) for day in spread]

    def _add(self, today: date, counts: Mapping[str, int]) -> None:
        self._db.conn.executemany(
            "INSERT INTO bot_days VALUES (?, ?, ?)"
            " ON CONFLICT (day, name) DO UPDATE SET value = value + excluded.value",
            [(today.isoformat(), name, count) for name, count in counts.items()],
        )

    # --- about what ------------------------------------------------------------------------

    def asked(self, today: date, user: int, subjects: Iterable[str]) -> None:
        """Someone asked about these subjects; how often does not count."""
        with self._db.atomic():
            salt = self._salt(today)
            self._db.conn.executemany(
                "INSERT OR IGNORE INTO bot_asked VALUES (?, ?)",
                [(subject, _asker(salt, user, subject)) for subject in subjects],
            )

    def hot(self, today: date) -> Hot:
        """What was asked about by at least `LEAST_ASKERS` people."""
        with self._db.atomic():
            self._salt(today)
            this_week = self._db.execute(
                "SELECT subject, count(*) AS askers FROM bot_asked GROUP BY subject"
                " HAVING askers >= ? ORDER BY askers DESC, subject LIMIT ?",
                (LEAST_ASKERS, MOST_HOT),
            ).fetchall()
            last_week = self._db.execute(
                "SELECT subject, askers FROM bot_hot ORDER BY askers DESC, subject"
            ).fetchall()
        return Hot(_monday(today), tuple(this_week), tuple(last_week))

    def forget(self, user: int) -> int:
        """Deletes what this week's counts hold of a user; how many subjects that was."""
        salt = self._db.value("SELECT salt FROM bot_week")
        if salt is None:
            return 0
        subjects = self._db.execute("SELECT DISTINCT subject FROM bot_asked").fetchall()
        cursor = self._db.conn.executemany(
            "DELETE FROM bot_asked WHERE subject = ? AND asker = ?",
            [(subject, _asker(salt, user, subject)) for (subject,) in subjects],
        )
        return max(0, cursor.rowcount)

    def _salt(self, today: date) -> str:
        """This week's salt; that of another one is thrown away, with the hashes made with it."""
        monday = _monday(today)
        row = self._db.execute("SELECT monday, salt FROM bot_week").fetchone()
        if row and row[0] == monday.isoformat():
            return str(row[1])
        self._db.execute("DELETE FROM bot_hot")
        if row and row[0] == (monday - timedelta(days=7)).isoformat():
            self._db.execute(
                "INSERT INTO bot_hot SELECT subject, count(*) AS askers FROM bot_asked"
                " GROUP BY subject HAVING askers >= ? ORDER BY askers DESC, subject LIMIT ?",
                (LEAST_ASKERS, MOST_HOT),
            )
        self._db.execute("DELETE FROM bot_asked")
        self._db.execute("DELETE FROM bot_week")
        salt = secrets.token_hex(16)
        self._db.execute("INSERT INTO bot_week VALUES (?, ?)", (monday.isoformat(), salt))
        return salt

    # --- upkeep ------------------------------------------------------------------------------

    def purge(self, today: date) -> None:
        """Deletes what is kept no longer than its time."""
        with self._db.atomic():
            oldest = today - timedelta(days=KEEP_DAYS - 1)
            self._db.execute("DELETE FROM bot_days WHERE day < ?", (oldest.isoformat(),))
            self._salt(today)


def _day(day: date, counts: Mapping[str, int]) -> Day:
    return Day(
        day,
        questions=counts.get("questions", 0),
        answered=counts.get("answered", 0),
        liked=counts.get("liked", 0),
        disliked=counts.get("disliked", 0),
        posts=counts.get("posts"),
        paragraphs=counts.get("paragraphs"),
        took={int(n.removeprefix(_TOOK)): v for n, v in counts.items() if n.startswith(_TOOK)},
        posts_before=counts.get(_BEFORE),
    )


def _asker(salt: str, user: int, subject: str) -> str:
    return hashlib.sha256(f"{salt} {user} {subject}".encode()).hexdigest()[:32]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
