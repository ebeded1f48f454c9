"""Alerts of chats: the only SQL over `bot_alerts`, `bot_unwanted` and `bot_arrivals`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from bot.clock import iso_now
from bot.storage.database import ChatDatabase
from bot.storage.dispatches import Dispatches
from bot.storage.passages import dump_passage, load_passage
from bot.storage.subscription_values import Alert, Audience, NewAlert, SavedQuery
from retrieval.answering.answer import Passage

COPIES_WITHIN = timedelta(days=3)
"""For how long a near-duplicate of a post that a chat has an alert of is no news to it."""


@dataclass
class StoredAlerts:
    """The alerts of all chats, and how far the corpus's arrivals have been matched."""

    _db: ChatDatabase
    _dispatches: Dispatches

    def arrived(self) -> int | None:
        """The number of the last arrival that was matched; None before the first time."""
        last: int | None = self._db.value("SELECT last FROM bot_arrivals")
        return last

    def note(
        self,
        last: int,
        alerts: Sequence[NewAlert] = (),
        changes: Mapping[int, Passage] = MappingProxyType({}),
        edits: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Arrivals up to number `last` are matched, and led to these alerts, each after the one
        that leads its event and the one it copies, to other passages of alerts, by their ids, and
        to edits of messages, by their dispatches."""
        with self._db.atomic():
            self._db.conn.executemany(
                "UPDATE bot_alerts SET passage = ? WHERE id = ?",
                [(dump_passage(passage), alert) for alert, passage in changes.items()],
            )
            self._dispatches.set_edits(edits)
            written: list[int | None] = []
            for alert in alerts:
                event = alert.event if alert.lead is None else written[alert.lead]
                copy_of = alert.copy_of if alert.copied is None else written[alert.copied]
                written.append(self._insert(replace(alert, event=event, copy_of=copy_of)))
            self._db.execute("DELETE FROM bot_arrivals")
            self._db.execute("INSERT INTO bot_arrivals VALUES (?)", (last,))

    def _insert(self, alert: NewAlert) -> int | None:
        """Writes an alert down; its id, None if its queries are gone or the chat has an
        alert of the post."""
        for saved, passage in alert.answered:
            if number := self._insert_for(saved, passage, alert):
                return number
        return None

    def _insert_for(self, saved: SavedQuery, passage: Passage, alert: NewAlert) -> int | None:
        """Under the words that were matched, even if the query has others by now: then whether it
        is still wanted is asked when a message is made of it."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO bot_alerts (chat, thread, private, post, query, passage,"
            " created, event, marks, is_update, copy_of)"
            " SELECT chat, thread, private, ?, ?, ?, ?, ?, ?, ?, ? FROM bot_saved_queries"
            " WHERE id = ?",
            (
                alert.post,
                saved.query,
                dump_passage(passage),
                iso_now(),
                alert.event,
                json.dumps(alert.marks, ensure_ascii=False) if alert.marks else None,
                alert.is_update,
                alert.copy_of,
                saved.id,
            ),
        )
        return cursor.lastrowid if cursor.rowcount else None

    def hand_over(self, alerts: Iterable[Alert]) -> None:
        """Waiting alerts answer these saved queries, with these passages, from now on."""
        self._db.write_many(
            "UPDATE bot_alerts SET query = ?, passage = ? WHERE id = ? AND dispatch IS NULL",
            [(alert.query, dump_passage(alert.passage), alert.id) for alert in alerts],
        )

    def stand_alone(self, alert: Alert) -> None:
        """The chat never gets what an alert is nearly the same as: it is told in its place, and
        the other copies are of it."""
        self._db.write(
            "UPDATE bot_alerts SET copy_of = nullif(?, id) WHERE copy_of = ? AND dispatch IS NULL",
            (alert.id, alert.copy_of),
        )

    def forget(self, audience: Audience, query: str) -> None:
        """Deletes the words of a saved query that is gone: with the alerts that were sent; those
        that wait may answer another one."""
        where = "chat = ? AND thread = ? AND query = ?"
        key = (*audience.key, query)
        sent = self._db.execute(f"SELECT DISTINCT dispatch FROM bot_alerts WHERE {where}", key)
        dispatches = [dispatch for (dispatch,) in sent.fetchall() if dispatch]
        self._db.execute(f"DELETE FROM bot_alerts WHERE {where} AND dispatch IS NOT NULL", key)
        self._db.execute(f"UPDATE bot_alerts SET query = '' WHERE {where}", key)
        self._db.execute(f"DELETE FROM bot_unwanted WHERE {where}", key)
        self._dispatches.forget(dispatches)

    def report_anew(self, alerts: Iterable[Alert]) -> None:
        """These alerts go on from what the chat never got: they report their events first."""
        self._db.write_many(
            "UPDATE bot_alerts SET is_update = 0 WHERE id = ?", [(a.id,) for a in alerts]
        )

    def of_chats(self, chats: Iterable[int]) -> list[Alert]:
        """The alerts that these chats got, or will get."""
        return self._alerts(
            "chat IN (SELECT value FROM json_each(?))", (json.dumps(sorted(set(chats))),)
        )

    def waiting(self) -> list[Alert]:
        """The alerts that no message has been made of."""
        return self._alerts("dispatch IS NULL", ())

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

    def mark_unwanted(self, alert: Alert, type_: str) -> int:
        """Notes that an alert of a post of this type was not what was wanted; how many of that
        type were not, for that query."""
        audience = alert.audience
        self._db.write(
            "INSERT OR IGNORE INTO bot_unwanted VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*audience.columns, alert.query, alert.post, type_, iso_now()),
        )
        count: int = self._db.value(
            "SELECT count(*) FROM bot_unwanted WHERE chat = ? AND thread = ? AND query = ?"
            " AND type = ?",
            (*audience.key, alert.query, type_),
        )
        return count

    def unwanted_events(self, audience: Audience) -> set[int]:
        """The events of which a chat did not want a post, by the alerts that lead them."""
        rows = self._db.query(
            "SELECT DISTINCT coalesce(event, bot_alerts.id) AS lead FROM bot_unwanted"
            " JOIN bot_alerts USING (chat, thread, post) WHERE chat = ? AND thread = ?",
            audience.key,
        )
        return {row["lead"] for row in rows}


def _alert(row: dict[str, Any]) -> Alert:
    return Alert(
        row["id"],
        Audience.of(row),
        row["post"],
        row["query"],
        load_passage(row["passage"]),
        row["created"],
        row["dispatch"],
        row["event"],
        bool(row["is_update"]),
        json.loads(row["marks"]) if row["marks"] else None,
        row["copy_of"],
    )
