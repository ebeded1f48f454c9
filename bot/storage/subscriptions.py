"""What chats wait for, and what is on its way to them: the only SQL over these tables.

- `bot_saved_queries`: saved queries of chats and topics.
- `bot_digests`: who gets a digest, and when the next one is due.
- `bot_alerts`: which post a chat was, or will be, alerted to, so that it is alerted once.
- `bot_dispatches`: the messages made of them, written down before they are sent, and what they
  are to be edited to, because a post has changed.
- `bot_proposals`: queries whose preview was shown, for its buttons.
- `bot_unwanted`: which alerts were not what was wanted.
- `bot_arrivals`: how far the corpus's arrivals have been matched.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlite_utils import Database

from bot.storage.clock import iso, iso_ago, iso_now
from bot.storage.subscription_tables import TABLES, migrations

MOST_QUERIES = 20
"""How many queries one chat, or topic, may save."""

KEEP = timedelta(days=30)
"""How long alerts and messages are kept."""

COPIES_WITHIN = timedelta(days=3)
"""For how long a near-duplicate of a post that a chat has an alert of is no news to it."""


@dataclass(frozen=True, slots=True)
class Audience:
    """A chat, or a topic of one (`thread` 0: the chat itself)."""

    chat: int
    thread: int
    is_private: bool


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved query; `created` is ISO 8601 in UTC."""

    id: int
    audience: Audience
    query: str
    created: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A post that a chat waits for: its passage as JSON, and the query that it answers.

    `dispatch` is its message, None as long as there is none. `event` is the alert that first
    reported the event, None if this one did; `is_update`: it reports a new stage of the event.
    `marks` are those of the post, as JSON.
    """

    id: int
    audience: Audience
    post: str
    query: str
    passage: dict[str, Any]
    created: str
    dispatch: int | None
    event: int | None = None
    is_update: bool = False
    marks: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A query whose preview was shown, and the saved one that it would replace."""

    audience: Audience
    query: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to be written down, under the first of the saved queries that it answers, each with
    its passage. `event` is the alert that first reported its event, `lead` its position if it is
    one of those that are written down with this one."""

    answered: Sequence[tuple[SavedQuery, dict[str, Any]]]
    post: str
    marks: dict[str, Any] | None = None
    event: int | None = None
    lead: int | None = None
    is_update: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What a message says beside its alerts: whether it lists those that were too many for a day
    (`is_late`), the number of the first event and how many there are, if the list goes on over
    several messages (else `total` is 0), and, in the last message of a day, how many those were
    (`limit`)."""

    is_late: bool = False
    first: int = 1
    total: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written down: its alerts, and the dispatch that it is a reply to."""

    html: str
    alerts: Sequence[Alert]
    form: Form = Form()
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class FirstDispatch:
    """The dispatch that first reported an event, and whether its message has arrived: if not, it
    is on its way."""

    dispatch: int
    has_arrived: bool


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A message to be sent, the same after a restart; in reply to the message `to`."""

    id: int
    audience: Audience
    html: str
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What the message of a dispatch, by its id in the chat, is to be edited to.

    `message` is None if it was refused, or nobody knows whether it was sent.
    """

    dispatch: int
    audience: Audience
    message: int | None
    html: str


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest whose time has come: of what came after `since`."""

    audience: Audience
    schedule: dict[str, Any]
    since: str
    due: str


class Subscriptions:
    """The tables above in a database that `ChatStore` has opened; one thread does all its work."""

    def __init__(self, db: Database) -> None:
        self._db = db
        migrations.apply(db)

    # --- saved queries ---------------------------------------------------------------

    def add(self, audience: Audience, user: int | None, query: str) -> bool:
        """Saves a query, one saved before staying as it is; False if there are too many."""
        with self._db.atomic():
            known = [saved.query for saved in self.of(audience)]
            if query not in known and len(known) >= MOST_QUERIES:
                return False
            self._db.execute(
                "INSERT OR IGNORE INTO bot_saved_queries"
                " (chat, thread, private, user, query, created) VALUES (?, ?, ?, ?, ?, ?)",
                (*_columns(audience), user, query, iso_now()),
            )
        return True

    def propose(self, audience: Audience, query: str, replaces: str | None = None) -> int:
        """Keeps a query whose preview is shown, instead of a saved one perhaps; the number by
        which its buttons know it."""
        with self._db.atomic():
            number = self._db.execute(
                "INSERT INTO bot_proposals (chat, thread, private, query, created, replaces)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*_columns(audience), query, iso_now(), replaces),
            ).lastrowid
        return int(number or 0)

    def proposed(self, proposal: int, chat: int) -> Proposal | None:
        """The query of a preview in `chat`; None if it is not kept any more."""
        rows = self._db.query(
            "SELECT * FROM bot_proposals WHERE id = ? AND chat = ?", (proposal, chat)
        )
        return next((Proposal(_audience(r), r["query"], r["replaces"]) for r in rows), None)

    def drop(self, audience: Audience, query: str) -> None:
        """Deletes a saved query, by its words, and its alerts that wait, but for those that answer
        another one of its chat."""
        with self._db.atomic():
            self._db.execute(
                "DELETE FROM bot_saved_queries WHERE chat = ? AND thread = ? AND query = ?",
                (audience.chat, audience.thread, query),
            )
            self._withdraw(audience, query)

    def exchange(
        self, user: int | None, proposal: Proposal, passages: Mapping[int, dict[str, Any]]
    ) -> bool:
        """Saves a proposed query in place of the one that it replaces; the alerts that wait and
        answer it too, by their ids with their passages, are its own from now on. False if there
        are too many queries."""
        audience = proposal.audience
        with self._db.atomic():
            self._db.conn.executemany(
                "UPDATE bot_alerts SET query = ?, passage = ? WHERE id = ? AND dispatch IS NULL",
                [
                    (proposal.query, json.dumps(passage, ensure_ascii=False), alert)
                    for alert, passage in passages.items()
                ],
            )
            if proposal.replaces is not None:
                self.drop(audience, proposal.replaces)
            return self.add(audience, user, proposal.query)

    def _withdraw(self, audience: Audience, query: str) -> None:
        """Deletes what waits for a query that is saved no more; what answers another one of its
        chat waits for that."""
        saved = {each.query for each in self.of(audience)}
        rows = self._db.query(
            "SELECT id, others FROM bot_alerts WHERE dispatch IS NULL"
            " AND chat = ? AND thread = ? AND query = ?",
            (audience.chat, audience.thread, query),
        )
        for row in list(rows):
            others = {q: p for q, p in json.loads(row["others"] or "{}").items() if q in saved}
            if others:
                next_ = next(iter(others))
                self._db.execute(
                    "UPDATE bot_alerts SET query = ?, passage = ? WHERE id = ?",
                    (next_, json.dumps(others[next_], ensure_ascii=False), row["id"]),
                )
            else:
                self._db.execute("DELETE FROM bot_alerts WHERE id = ?", (row["id"],))
                # What waits of its event was to go on from it, and is the first to report it now.
                self._db.execute(
                    "UPDATE bot_alerts SET is_update = 0 WHERE dispatch IS NULL"
                    " AND id = (SELECT min(id) FROM bot_alerts WHERE event = ?)",
                    (row["id"],),
                )

    def unwanted(self, alert: Alert, type_: str) -> int:
        """Notes that an alert of a post of this type was not what was wanted; how many of that
        type were not, for that query."""
        audience = alert.audience
        with self._db.atomic():
            self._db.execute(
                "INSERT OR IGNORE INTO bot_unwanted VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*_columns(audience), alert.query, alert.post, type_, iso_now()),
            )
        row = self._db.execute(
            "SELECT count(*) FROM bot_unwanted WHERE chat = ? AND thread = ? AND query = ?"
            " AND type = ?",
            (audience.chat, audience.thread, alert.query, type_),
        ).fetchone()
        return int(row[0])

    def of(self, audience: Audience) -> list[SavedQuery]:
        """The queries that a chat or topic has saved, in their order."""
        return self._saved("WHERE chat = ? AND thread = ?", (audience.chat, audience.thread))

    def all(self) -> list[SavedQuery]:
        """Every saved query."""
        return self._saved("", ())

    def _saved(self, where: str, values: Iterable[Any]) -> list[SavedQuery]:
        rows = self._db.query(f"SELECT * FROM bot_saved_queries {where} ORDER BY id", tuple(values))
        return [SavedQuery(r["id"], _audience(r), r["query"], r["created"]) for r in rows]

    def remove(self, number: int, chat: int) -> None:
        """Drops a saved query of `chat`, by its number."""
        rows = self._saved("WHERE id = ? AND chat = ?", (number, chat))
        for saved in rows:
            self.drop(saved.audience, saved.query)

    # --- what arrived -------------------------------------------------------------------

    def arrived(self) -> int | None:
        """The number of the last arrival that was matched; None before the first time."""
        row = self._db.execute("SELECT last FROM bot_arrivals").fetchone()
        return int(row[0]) if row else None

    def note(
        self,
        last: int,
        alerts: Sequence[NewAlert] = (),
        changes: Mapping[int, dict[str, Any]] = MappingProxyType({}),
        edits: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Arrivals up to number `last` are matched, and led to these alerts, each after the one
        that leads its event, to other passages of alerts, by their ids, and to edits of messages,
        by their dispatches."""
        with self._db.atomic():
            self._db.conn.executemany(
                "UPDATE bot_alerts SET passage = ? WHERE id = ?",
                [(json.dumps(row, ensure_ascii=False), alert) for alert, row in changes.items()],
            )
            self._db.conn.executemany(
                "UPDATE bot_dispatches SET edit = ? WHERE id = ?",
                [(html, dispatch) for dispatch, html in edits.items()],
            )
            written: list[int | None] = []
            for alert in alerts:
                event = alert.event if alert.lead is None else written[alert.lead]
                written.append(self._insert(alert, event))
            self._db.execute("DELETE FROM bot_arrivals")
            self._db.execute("INSERT INTO bot_arrivals VALUES (?)", (last,))

    def _insert(self, alert: NewAlert, event: int | None) -> int | None:
        """Writes an alert down; its id, None if its queries are gone or the chat has an
        alert of the post."""
        for place, (saved, passage) in enumerate(alert.answered):
            others = {other.query: row for other, row in alert.answered[place + 1 :]}
            if number := self._insert_for(saved, passage, others, alert, event):
                return number
        return None

    def _insert_for(
        self,
        saved: SavedQuery,
        passage: dict[str, Any],
        others: dict[str, dict[str, Any]],
        alert: NewAlert,
        event: int | None,
    ) -> int | None:
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO bot_alerts (chat, thread, private, post, query, passage,"
            " created, event, marks, is_update, others)"
            " SELECT chat, thread, private, ?, query, ?, ?, ?, ?, ?, ? FROM bot_saved_queries"
            " WHERE id = ?",
            (
                alert.post,
                json.dumps(passage, ensure_ascii=False),
                iso_now(),
                event,
                json.dumps(alert.marks, ensure_ascii=False) if alert.marks else None,
                alert.is_update,
                json.dumps(others, ensure_ascii=False) if others else None,
                saved.id,
            ),
        )
        return cursor.lastrowid if cursor.rowcount else None

    def of_chats(self, chats: Iterable[int]) -> list[Alert]:
        """The alerts that these chats got, or will get."""
        return self._alerts(
            "chat IN (SELECT value FROM json_each(?))", (json.dumps(sorted(set(chats))),)
        )

    def waiting(self) -> list[Alert]:
        """The alerts that no message has been made of."""
        return self._alerts("dispatch IS NULL", ())

    def waiting_for(self, audience: Audience, query: str) -> list[Alert]:
        """The alerts of a saved query that no message has been made of."""
        where = "dispatch IS NULL AND chat = ? AND thread = ? AND query = ?"
        return self._alerts(where, (audience.chat, audience.thread, query))

    def first_dispatches(self, events: Iterable[int]) -> dict[int, FirstDispatch]:
        """The messages that first reported these events, each by the alert that leads it; without
        those that never arrived."""
        rows = self._db.query(
            "WITH wanted AS (SELECT value AS id FROM json_each(?))"
            " SELECT coalesce(event, bot_alerts.id) AS lead, dispatch, message"
            " FROM bot_alerts JOIN bot_dispatches ON bot_dispatches.id = dispatch"
            " LEFT JOIN bot_sends ON bot_sends.kind = 'dispatch' AND bot_sends.id = dispatch"
            " AND part = 'reply'"
            " WHERE (bot_alerts.id IN wanted OR event IN wanted) AND NOT is_update"
            " AND (outcome IS NULL OR message IS NOT NULL) ORDER BY bot_alerts.id DESC",
            (json.dumps(sorted(events)),),
        )
        return {r["lead"]: FirstDispatch(r["dispatch"], r["message"] is not None) for r in rows}

    def unwanted_events(self, audience: Audience) -> set[int]:
        """The events of which a chat did not want a post, by the alerts that lead them."""
        rows = self._db.query(
            "SELECT DISTINCT coalesce(event, bot_alerts.id) AS lead FROM bot_unwanted"
            " JOIN bot_alerts USING (chat, thread, post) WHERE chat = ? AND thread = ?",
            (audience.chat, audience.thread),
        )
        return {row["lead"] for row in rows}

    def pass_over(self, alerts: Sequence[Alert]) -> None:
        """Marks alerts that no message is made of."""
        with self._db.atomic():
            self._belong(0, alerts)

    def of_posts(self, posts: Iterable[str]) -> list[Alert]:
        """The alerts of these posts."""
        return self._alerts("post IN (SELECT value FROM json_each(?))", (json.dumps(list(posts)),))

    def of_dispatches(self, dispatches: Iterable[int]) -> list[Alert]:
        """The alerts of these messages."""
        wanted = json.dumps(sorted(dispatches))
        return self._alerts("dispatch IN (SELECT value FROM json_each(?))", (wanted,))

    def _alerts(self, where: str, values: tuple[Any, ...]) -> list[Alert]:
        rows = self._db.query(f"SELECT * FROM bot_alerts WHERE {where} ORDER BY id", values)
        return [_alert(row) for row in rows]

    # --- messages ---------------------------------------------------------------------------

    def dispatch(self, audience: Audience, drafts: Iterable[Draft]) -> None:
        """Writes messages down, to be sent in their order."""
        with self._db.atomic():
            for draft in drafts:
                self._dispatch(audience, draft)

    def form(self, dispatch: int) -> Form:
        """What a message says beside its alerts."""
        row = self._db.execute(
            "SELECT form FROM bot_dispatches WHERE id = ?", (dispatch,)
        ).fetchone()
        return Form(**json.loads(row[0])) if row and row[0] else Form()

    def join(self, dispatch: int, html: str, alerts: Sequence[Alert]) -> None:
        """Adds alerts to a message, which is to be edited to `html`."""
        with self._db.atomic():
            self._db.execute("UPDATE bot_dispatches SET edit = ? WHERE id = ?", (html, dispatch))
            self._belong(dispatch, alerts)

    def _dispatch(self, audience: Audience, draft: Draft) -> None:
        form = json.dumps(asdict(draft.form))
        number = self._db.execute(
            "INSERT INTO bot_dispatches (chat, thread, private, html, created, answers, form)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*_columns(audience), draft.html, iso_now(), draft.answers, form),
        ).lastrowid
        self._belong(number, draft.alerts)

    def _belong(self, dispatch: int | None, alerts: Sequence[Alert]) -> None:
        self._db.conn.executemany(
            "UPDATE bot_alerts SET dispatch = ? WHERE id = ?",
            [(dispatch, alert.id) for alert in alerts],
        )

    def sent_since(self, chat: int, moment: datetime) -> int:
        """How many messages about its saved queries a chat got, or will get, since `moment`; a
        list that goes on over several is one."""
        row = self._db.execute(
            "SELECT count(DISTINCT bot_dispatches.id) FROM bot_dispatches JOIN bot_alerts"
            " ON bot_alerts.dispatch = bot_dispatches.id"
            " WHERE bot_dispatches.chat = ? AND bot_dispatches.created >= ?"
            " AND coalesce(json_extract(form, '$.first'), 1) = 1",
            (chat, iso(moment)),
        ).fetchone()
        return int(row[0])

    def undelivered(self) -> list[Dispatch]:
        """The messages that are not yet dealt with, oldest first."""
        rows = self._db.query(
            "SELECT bot_dispatches.*, message FROM bot_dispatches"
            " LEFT JOIN bot_sends ON bot_sends.kind = 'dispatch'"
            " AND bot_sends.id = bot_dispatches.answers AND part = 'reply'"
            " WHERE outcome IS NULL ORDER BY bot_dispatches.id"
        )
        return [Dispatch(row["id"], _audience(row), row["html"], row["message"]) for row in rows]

    def edits(self) -> list[Edit]:
        """The edits that are to be made, of messages that are dealt with, oldest first."""
        rows = self._db.query(
            "SELECT bot_dispatches.*, message FROM bot_dispatches"
            " LEFT JOIN bot_sends ON bot_sends.kind = 'dispatch'"
            " AND bot_sends.id = bot_dispatches.id AND part = 'reply'"
            " WHERE edit IS NOT NULL AND outcome IS NOT NULL ORDER BY bot_dispatches.id"
        )
        return [Edit(row["id"], _audience(row), row["message"], row["edit"]) for row in rows]

    def edited(self, edit: Edit) -> None:
        """An edit is made, or can't be; one that came after it is still to be made."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE bot_dispatches SET edit = NULL WHERE id = ? AND edit = ?",
                (edit.dispatch, edit.html),
            )

    def delivered(self, dispatch: int) -> None:
        """A message is dealt with: sent, refused, or given up."""
        with self._db.atomic():
            self._db.execute(
                "UPDATE bot_dispatches SET outcome = 'done', html = NULL WHERE id = ?", (dispatch,)
            )

    # --- digests ---------------------------------------------------------------------------

    def set_digest(
        self, audience: Audience, user: int | None, schedule: dict[str, Any], due: datetime
    ) -> None:
        """The digest of a chat or topic, instead of the one it had; first at `due`."""
        with self._db.atomic():
            self._db.execute(
                "INSERT OR REPLACE INTO bot_digests VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*_columns(audience), user, json.dumps(schedule), iso_now(), iso(due)),
            )

    def digest_of(self, audience: Audience) -> dict[str, Any] | None:
        """The schedule of the digest of a chat or topic, None if it has none."""
        row = self._db.execute(
            "SELECT schedule FROM bot_digests WHERE chat = ? AND thread = ?",
            (audience.chat, audience.thread),
        ).fetchone()
        return json.loads(row[0]) if row else None

    def end_digest(self, audience: Audience) -> bool:
        """No more digests there; whether there were any."""
        with self._db.atomic():
            cursor = self._db.execute(
                "DELETE FROM bot_digests WHERE chat = ? AND thread = ?",
                (audience.chat, audience.thread),
            )
        return bool(cursor.rowcount)

    def due_digests(self) -> list[DueDigest]:
        """The digests whose time has come."""
        rows = self._db.query("SELECT * FROM bot_digests WHERE due <= ?", (iso_now(),))
        return [
            DueDigest(_audience(r), json.loads(r["schedule"]), r["since"], r["due"]) for r in rows
        ]

    def send_digest(self, digest: DueDigest, html: str | None, due: datetime) -> None:
        """Writes a digest down, to be sent (None: nothing to tell), the next one at `due`."""
        with self._db.atomic():
            cursor = self._db.execute(
                "UPDATE bot_digests SET since = due, due = ?"
                " WHERE chat = ? AND thread = ? AND due = ?",
                (iso(due), digest.audience.chat, digest.audience.thread, digest.due),
            )
            if cursor.rowcount and html is not None:
                self._dispatch(digest.audience, Draft(html, ()))

    # --- chats that go ------------------------------------------------------------------------

    def end(self, audience: Audience) -> None:
        """Nothing can be sent there any more: its saved queries and digest end."""
        with self._db.atomic():
            for table in TABLES:
                self._db.execute(
                    f"DELETE FROM {table} WHERE chat = ? AND (thread = ? OR ? = 0)",
                    (audience.chat, audience.thread, audience.thread),
                )

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


def _columns(audience: Audience) -> tuple[int, int, bool]:
    return audience.chat, audience.thread, audience.is_private


def _audience(row: dict[str, Any]) -> Audience:
    return Audience(row["chat"], row["thread"], bool(row["private"]))


def _alert(row: dict[str, Any]) -> Alert:
    marks = json.loads(row["marks"]) if row["marks"] else None
    return Alert(
        row["id"],
        _audience(row),
        row["post"],
        row["query"],
        json.loads(row["passage"]),
        row["created"],
        row["dispatch"],
        row["event"],
        bool(row["is_update"]),
        marks,
    )
