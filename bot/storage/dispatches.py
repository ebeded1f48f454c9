"""Messages made of alerts and digests: the only SQL over `bot_dispatches`.

A message is written down before it is sent, and so is what it is to be edited to, because a post
has changed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.clock import iso, iso_now
from bot.storage.database import ChatDatabase
from bot.storage.subscription_values import (
    Alert,
    Audience,
    Dispatch,
    Draft,
    Edit,
    FirstDispatch,
    Form,
)


@dataclass
class Dispatches:
    """The messages to all chats, and which alerts each is made of."""

    _db: ChatDatabase

    def add(self, audience: Audience, drafts: Iterable[Draft]) -> None:
        """Writes messages down, to be sent in their order."""
        with self._db.atomic():
            for draft in drafts:
                self._insert(audience, draft)

    def _insert(self, audience: Audience, draft: Draft) -> None:
        form = json.dumps(asdict(draft.form))
        number = self._db.execute(
            "INSERT INTO bot_dispatches (chat, thread, private, html, created, answers, form)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*audience.columns, draft.html, iso_now(), draft.answers, form),
        ).lastrowid
        self._belong(number, draft.alerts)

    def _belong(self, dispatch: int | None, alerts: Sequence[Alert]) -> None:
        self._db.conn.executemany(
            "UPDATE bot_alerts SET dispatch = ? WHERE id = ?",
            [(dispatch, alert.id) for alert in alerts],
        )

    def join(self, dispatch: int, html: str, alerts: Sequence[Alert]) -> None:
        """Adds alerts to a message, which is to be edited to `html`."""
        with self._db.atomic():
            self.set_edits({dispatch: html})
            self._belong(dispatch, alerts)

    def set_edits(self, edits: Mapping[int, str]) -> None:
        """Messages are to be edited to these texts, within the caller's transaction."""
        self._db.conn.executemany(
            "UPDATE bot_dispatches SET edit = ? WHERE id = ?",
            [(html, dispatch) for dispatch, html in edits.items()],
        )

    def pass_over(self, alerts: Sequence[Alert]) -> None:
        """Marks alerts that no message is made of."""
        with self._db.atomic():
            self._belong(0, alerts)

    def forget(self, dispatches: Iterable[int]) -> None:
        """Deletes what these messages say, some alerts of which are gone, within the caller's
        transaction: whole messages, but those that arrived and have other alerts. One that may
        have arrived is not sent again; the other alerts of one that has not left wait anew."""
        these = "id IN (SELECT value FROM json_each(?))"
        wanted = (json.dumps(list(dispatches)),)
        begun = "id IN (SELECT id FROM bot_sends WHERE kind = 'dispatch')"
        for sql in (
            f"UPDATE bot_dispatches SET outcome = 'done' WHERE {these} AND {begun}",
            f"UPDATE bot_dispatches SET html = NULL, edit = NULL WHERE {these}",
            "UPDATE bot_alerts SET dispatch = NULL WHERE dispatch IN"
            f" (SELECT id FROM bot_dispatches WHERE {these} AND outcome IS NULL)",
            f"DELETE FROM bot_dispatches WHERE {these}"
            " AND NOT EXISTS (SELECT 1 FROM bot_alerts WHERE dispatch = bot_dispatches.id)",
        ):
            self._db.execute(sql, wanted)

    def fates(self, alerts: Iterable[int]) -> dict[int, bool]:
        """Whether the chat got these alerts, by their ids; without those that wait or are on their
        way."""
        wanted = list(alerts)
        rows = self._db.query(
            "SELECT bot_alerts.id, bot_alerts.dispatch, outcome, message FROM bot_alerts"
            " LEFT JOIN bot_dispatches ON bot_dispatches.id = dispatch"
            " LEFT JOIN bot_sends ON bot_sends.kind = 'dispatch' AND bot_sends.id = dispatch"
            " AND part = 'reply' WHERE bot_alerts.id IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        )
        fates = dict.fromkeys(wanted, False)
        for row in rows:
            if row["message"] is not None:
                fates[row["id"]] = True
            elif row["dispatch"] is None or (row["dispatch"] and row["outcome"] is None):
                del fates[row["id"]]
        return fates

    def form(self, dispatch: int) -> Form:
        """What a message says beside its alerts."""
        form = self._db.value("SELECT form FROM bot_dispatches WHERE id = ?", (dispatch,))
        return Form(**json.loads(form)) if form else Form()

    def first_of(self, events: Iterable[int]) -> dict[int, FirstDispatch]:
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

    def sent_since(self, chat: int, moment: datetime) -> int:
        """How many messages about its saved queries a chat got, or will get, since `moment`; a
        list that goes on over several is one."""
        count: int = self._db.value(
            "SELECT count(DISTINCT bot_dispatches.id) FROM bot_dispatches JOIN bot_alerts"
            " ON bot_alerts.dispatch = bot_dispatches.id"
            " WHERE bot_dispatches.chat = ? AND bot_dispatches.created >= ?"
            " AND coalesce(json_extract(form, '$.first'), 1) = 1",
            (chat, iso(moment)),
        )
        return count

    def undelivered(self) -> list[Dispatch]:
        """The messages that are not yet dealt with, oldest first."""
        rows = self._with_message_of("answers", "outcome IS NULL")
        return [Dispatch(row["id"], Audience.of(row), row["html"], row["message"]) for row in rows]

    def is_undelivered(self, dispatch: int) -> bool:
        """Whether a message is still to be sent: it may have been forgotten meanwhile."""
        query = "SELECT 1 FROM bot_dispatches WHERE id = ? AND outcome IS NULL"
        return self._db.value(query, (dispatch,)) is not None

    def edits(self) -> list[Edit]:
        """The edits that are to be made, of messages that are dealt with, oldest first."""
        rows = self._with_message_of("id", "edit IS NOT NULL AND outcome IS NOT NULL")
        return [Edit(row["id"], Audience.of(row), row["message"], row["edit"]) for row in rows]

    def _with_message_of(self, column: str, where: str) -> Iterable[dict[str, Any]]:
        """Messages, oldest first, each with what Telegram calls the one whose number is in a
        column."""
        return self._db.query(
            "SELECT bot_dispatches.*, message FROM bot_dispatches"
            " LEFT JOIN bot_sends ON bot_sends.kind = 'dispatch'"
            f" AND bot_sends.id = bot_dispatches.{column} AND part = 'reply'"
            f" WHERE {where} ORDER BY bot_dispatches.id"
        )

    def edited(self, edit: Edit) -> None:
        """An edit is made, or can't be; one that came after it is still to be made."""
        self._db.write(
            "UPDATE bot_dispatches SET edit = NULL WHERE id = ? AND edit = ?",
            (edit.dispatch, edit.html),
        )

    def delivered(self, dispatch: int) -> None:
        """A message is dealt with: sent, refused, or given up."""
        self._db.write(
            "UPDATE bot_dispatches SET outcome = 'done', html = NULL WHERE id = ?", (dispatch,)
        )
