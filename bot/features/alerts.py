"""News on its way to the chats that wait for it: matched, written down, sent.

What arrived in the corpus is matched every `EVERY` seconds; the alerts, the edits of those whose
post has changed, and how far it was matched are written in one transaction, and so are a message
and its alerts, before it is sent. So a kill at any moment neither loses an alert nor
repeats one, but for a send whose fate is unknown (`bot.delivery.outbox` has the policy), and the
last edit of a message is always made.
"""

import asyncio
import logging
import sqlite3
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from telegram import InlineKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden

from bot.chat.service import Service, is_quiet_now
from bot.chat.voice import Voice, voice_of
from bot.clock import china_today, iso, now
from bot.delivery.destination import Destination
from bot.delivery.failures import GivenUp, cause_of
from bot.delivery.turns import Postponed, Turns, begin_dispatch
from bot.features.digests import digest_html
from bot.features.new_alerts import Found, new_alerts
from bot.features.schedules import next_time
from bot.render import message as messages
from bot.render.alerts import alerts_html, entries_of
from bot.render.callbacks import ActOnAlert, button
from bot.storage.subscription_values import (
    Alert,
    Audience,
    Dispatch,
    Draft,
    Edit,
    FirstDispatch,
    Form,
    SavedQuery,
)
from corpus.errors import TaxnewsError
from corpus.reading.posts import CHINA
from corpus.store.values import Arrival
from retrieval.answering.answer import Passage
from retrieval.engine.news import News

EVERY = 3
"""Seconds between two looks at what arrived."""

MOST_LISTED = 30
"""Events that one message lists; the list goes on in another."""

EVENING = 20
"""The hour, in China, at which what was too much for the day comes."""

TOO_LATE = timedelta(hours=6)
"""A digest missed while the bot was down is sent when it is back, but not later than this."""

_SIDE_BY_SIDE = 64
_GONE = ("chat not found", "thread not found", "topic_deleted")
"""What Telegram says of a chat or topic that is no more; one that is closed may be opened again."""

logger = logging.getLogger(__name__)


class Alerts:
    """Brings the news to the chats; `look` is to be called again and again."""

    def __init__(self, service: Service, news: News, turns: Turns, *, most_a_day: int = 0) -> None:
        """A chat gets `most_a_day` messages from evening to evening; 0: as many as there are."""
        self._most_a_day = most_a_day
        self._service = service
        self._storage = service.storage
        self._subscriptions = subscriptions = service.storage.store.subscriptions
        self._queries = subscriptions.queries
        self._alerts = subscriptions.alerts
        self._dispatches = subscriptions.dispatches
        self._digests = subscriptions.digests
        self._news = news
        self._turns = turns
        self._slots = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._under_way: dict[int, asyncio.Task[None]] = {}

    async def look(self) -> None:
        """Matches what arrived, writes the messages, and sends those that may be sent."""
        try:
            await self._match()
            await self._write_digests()
            await self._gather()
            await self._send()
        except (sqlite3.Error, TaxnewsError) as error:
            logger.warning("alerts failed, to be tried again: %s", type(error).__name__)

    async def finish(self) -> None:
        """Waits for what is on its way; what waits only is sent after the next start."""
        await asyncio.gather(*self._under_way.values(), return_exceptions=True)

    # --- matching ------------------------------------------------------------------------

    async def _match(self) -> None:
        """Writes the alerts of what arrived."""
        news = self._news
        last = await self._storage(self._alerts.arrived)
        if last is None:  # what was there before the bot is no news
            await self._storage(self._alerts.note, await asyncio.to_thread(news.last))
            return
        arrivals = await asyncio.to_thread(news.arrivals, last)
        if not arrivals:
            return
        saved = {query.id: query for query in await self._storage(self._queries.all)}
        changed = [arrival.post for arrival in arrivals if not arrival.is_new]
        known = await self._storage(self._alerts.of_posts, changed)
        found, changes = await asyncio.to_thread(self._matches, arrivals, saved, known)
        chats = {query.audience.chat for query, _, _ in found}
        alerted = await self._storage(self._alerts.of_chats, chats)
        alerts = await asyncio.to_thread(new_alerts, found, alerted)
        edits = await self._edits(known, changes)
        await self._storage(self._alerts.note, arrivals[-1].number, alerts, changes, edits)

    def _matches(
        self, arrivals: Iterable[Arrival], saved: Mapping[int, SavedQuery], known: Iterable[Alert]
    ) -> tuple[list[Found], dict[int, Passage]]:
        """What new posts answer; and of `known` alerts, by their ids, the passages that changed
        posts have by now, if they still answer."""
        queries = {query.id: query.query for query in saved.values()}
        texts = set(queries.values())
        queries |= {-alert.id: alert.query for alert in known if alert.query not in texts}
        found: list[Found] = []
        changes = {}
        for arrival in arrivals if queries else ():
            alerts = [a for a in known if a.post == arrival.post and not arrival.is_new]
            story = self._service.library.story(arrival.post) if arrival.is_new or alerts else None
            if story is None:
                continue
            matches = self._news.match(queries, story)
            by_query = {queries[match.query]: match for match in matches}
            for alert in alerts:
                if match := by_query.get(alert.query):
                    changes[alert.id] = match.passage
            for match in matches if arrival.is_new else ():
                query = saved.get(match.query)
                if query and query.created < arrival.at:
                    found.append((query, story, match))
        return found, changes

    async def _edits(
        self, known: Iterable[Alert], changes: Mapping[int, Passage]
    ) -> dict[int, str]:
        """The new texts of messages with changed passages, by their dispatches."""
        touched = {alert.dispatch for alert in known if alert.id in changes and alert.dispatch}
        by_dispatch: dict[int, list[Alert]] = defaultdict(list)
        for alert in await self._storage(self._alerts.of_dispatches, touched):
            by_dispatch[alert.dispatch or 0].append(alert)
        edits = {}
        for dispatch, alerts in by_dispatch.items():
            voice = voice_of(await self._service.settings(alerts[0].audience.chat))
            form = await self._storage(self._dispatches.form, dispatch)
            after = [replace(a, passage=changes.get(a.id, a.passage)) for a in alerts]
            if (html := _html(after, voice, form)) != _html(alerts, voice, form):
                edits[dispatch] = html
        return edits

    # --- messages ----------------------------------------------------------------------------

    async def _gather(self) -> None:
        """Makes one message a chat of the alerts that wait, unless it is to be quiet now."""
        waiting: dict[Audience, list[Alert]] = defaultdict(list)
        for alert in await self._storage(self._alerts.waiting):
            waiting[alert.audience].append(alert)
        for audience, alerts in waiting.items():
            settings = await self._service.settings(audience.chat)
            if not is_quiet_now(settings):
                await self._compose(audience, alerts, voice_of(settings))

    async def _compose(self, audience: Audience, waiting: list[Alert], voice: Voice) -> None:
        """Writes the messages of a chat's waiting alerts: one of the events that are new to it, one
        of each new stage of an event; another post of a known event joins its message. Alerts that
        were too many for the day come as one list in the evening."""
        waiting = await self._not_copied(await self._still_saved(audience, waiting))
        unwanted = await self._storage(self._alerts.unwanted_events, audience)
        await self._storage(self._dispatches.pass_over, [a for a in waiting if a.event in unwanted])
        alerts = [alert for alert in waiting if alert.event not in unwanted]
        first = await self._storage(self._dispatches.first_of, {a.event for a in alerts if a.event})
        await self._join([a for a in alerts if a.event in first and not a.is_update], first, voice)
        rest = [alert for alert in alerts if alert.event not in first or alert.is_update]
        rest = await self._from_the_first(rest, first)
        evening = last_evening(now())
        is_late = await self._was_too_much(audience.chat, rest, evening)
        count = await self._storage(self._dispatches.sent_since, audience.chat, evening)
        for news, answers in _messages(rest, first, is_late=is_late):
            if self._most_a_day and count >= self._most_a_day:
                return
            count += 1
            limit = count if count == self._most_a_day else 0
            drafts = _drafts(news, voice, Form(is_late, limit=limit), answers)
            await self._storage(self._dispatches.add, audience, drafts)

    async def _still_saved(self, audience: Audience, waiting: list[Alert]) -> list[Alert]:
        """The alerts that answer a query which the chat still has, each under that query."""
        saved = [one.query for one in await self._storage(self._queries.of, audience)]
        gone = [alert for alert in waiting if alert.query not in saved]
        kept = [alert for alert in waiting if alert.query in saved]
        if not gone:
            return kept
        try:
            found = await asyncio.to_thread(self._news.answers, saved, {a.post for a in gone})
        except TaxnewsError:  # a cluster that is away: these wait for it
            return kept
        others = [
            replace(alert, query=found[alert.post][0], passage=found[alert.post][1])
            for alert in gone
            if alert.post in found
        ]
        await self._storage(self._alerts.hand_over, others)
        await self._storage(self._dispatches.pass_over, [a for a in gone if a.post not in found])
        return sorted([*kept, *others], key=lambda alert: alert.id)

    async def _not_copied(self, waiting: list[Alert]) -> list[Alert]:
        """The alerts without copies of others: one of what the chat got goes, one of what waits
        or is on its way waits for that, one of what the chat never gets is told in its place."""
        copied = {alert.copy_of for alert in waiting if alert.copy_of}
        if not copied:
            return waiting
        fates = await self._storage(self._dispatches.fates, copied)
        if known := [alert for alert in waiting if fates.get(alert.copy_of or 0)]:
            await self._storage(self._dispatches.pass_over, known)
        first = {a.copy_of: a for a in reversed(waiting) if fates.get(a.copy_of or 0) is False}
        for alert in first.values():
            await self._storage(self._alerts.stand_alone, alert)
        return [a for a in waiting if a.copy_of is None or a in first.values()]

    async def _from_the_first(
        self, alerts: list[Alert], first: Mapping[int, FirstDispatch]
    ) -> list[Alert]:
        """The alerts; a new stage of an event of which the chat got nothing is its first report."""
        known = first.keys() | {alert.id for alert in alerts}
        orphans = [alert for alert in alerts if alert.is_update and alert.event not in known]
        if orphans:  # seldom, and this is asked at every look while alerts wait
            await self._storage(self._alerts.report_anew, orphans)
        return [replace(a, is_update=False) if a in orphans else a for a in alerts]

    async def _was_too_much(self, chat: int, waiting: Iterable[Alert], evening: datetime) -> bool:
        """Whether some of what waits was too much for the day that ended that evening."""
        if not self._most_a_day or all(alert.created >= iso(evening) for alert in waiting):
            return False
        day = evening - timedelta(days=1)
        return await self._storage(self._dispatches.sent_since, chat, day) >= self._most_a_day

    async def _join(
        self, others: Iterable[Alert], first: Mapping[int, FirstDispatch], voice: Voice
    ) -> None:
        """Adds other posts of their events to messages that have arrived. A post that is to join a
        message on its way waits for it."""
        joining: dict[int, list[Alert]] = defaultdict(list)
        for alert in others:
            dispatched = first[alert.event or 0]
            if dispatched.has_arrived:
                joining[dispatched.dispatch].append(alert)
        for dispatch, more in joining.items():
            before = await self._storage(self._alerts.of_dispatches, [dispatch])
            form = await self._storage(self._dispatches.form, dispatch)
            html = _html([*before, *more], voice, form)
            await self._storage(self._dispatches.join, dispatch, html, more)

    async def _send(self) -> None:
        for dispatch in await self._storage(self._dispatches.undelivered):
            self._begin(dispatch.id, self._deliver(dispatch))
        for edit in await self._storage(self._dispatches.edits):
            self._begin(edit.dispatch, self._edit(edit))

    def _begin(self, dispatch: int, work: Coroutine[Any, Any, None]) -> None:
        """Does what is to be done with a message, unless something is being done with it."""
        if dispatch in self._under_way:
            work.close()
            return
        self._under_way[dispatch] = task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._under_way.pop(dispatch))

    async def _deliver(self, dispatch: Dispatch) -> None:
        """Sends one message; a chat that will have none any more is let go."""
        audience = dispatch.audience
        destination = Destination(
            audience.chat, audience.is_private, audience.thread or None, dispatch.to
        )
        try:
            async with self._turns.turn(audience.chat, self._slots) as turn:
                if self._turns.stopping.is_set():
                    return
                if not await self._storage(self._dispatches.is_undelivered, dispatch.id):
                    return
                begin_dispatch(dispatch.id, turn)
                keyboard = await self._buttons(dispatch.id, audience)
                await self._service.outbox.send(
                    messages.Message(dispatch.html, keyboard), destination
                )
        except Postponed:
            return
        except Forbidden:
            await self._storage(
                self._subscriptions.end, Audience(audience.chat, 0, audience.is_private)
            )
        except BadRequest as error:
            if any(words in error.message.lower() for words in _GONE):
                await self._storage(self._subscriptions.end, audience)
            else:
                logger.error("an alert was refused: %s", error.message)
        except GivenUp as error:
            self._service.metrics.failed()
            logger.error("an alert is given up: %s (%s)", error.message, cause_of(error))
        except sqlite3.Error as error:
            logger.warning("an alert could not be noted: %s", error)
            return
        await self._storage(self._dispatches.delivered, dispatch.id)

    async def _buttons(self, dispatch: int, audience: Audience) -> InlineKeyboardMarkup | None:
        """The buttons under a message about one event, for those who may decide for the chat."""
        alerts = await self._storage(self._alerts.of_dispatches, [dispatch])
        if len(entries_of(alerts)) != 1:
            return None
        voice = voice_of(await self._service.settings(audience.chat))
        row = [
            button(voice.texts.alert_unwanted, ActOnAlert("n", dispatch)),
            button(voice.texts.alert_end, ActOnAlert("u", dispatch)),
        ]
        return voice.written(messages.Message("", InlineKeyboardMarkup([row]))).keyboard

    async def _edit(self, edit: Edit) -> None:
        """Edits one message; one that can't be edited is left as it is."""
        chat = edit.audience.chat
        try:
            async with self._turns.turn(chat, self._slots) as turn:
                if self._turns.stopping.is_set():
                    return
                begin_dispatch(edit.dispatch, turn)
                if edit.message is not None:
                    keyboard = await self._buttons(edit.dispatch, edit.audience)
                    content = messages.Message(edit.html, keyboard)
                    await self._service.outbox.edit(content, chat, edit.message)
        except Postponed:
            return
        except (BadRequest, ChatMigrated, Forbidden) as error:  # deleted, or the very same
            logger.info("an alert could not be edited: %s", type(error).__name__)
        except GivenUp as error:
            self._service.metrics.failed()
            logger.error("an edit of an alert is given up: %s (%s)", error.message, cause_of(error))
        await self._storage(self._dispatches.edited, edit)

    # --- digests -----------------------------------------------------------------------------

    async def _write_digests(self) -> None:
        """Writes down the digests whose time has come, and when the next ones do."""
        for digest in await self._storage(self._digests.due):
            settings = await self._service.settings(digest.audience.chat)
            if is_quiet_now(settings):
                continue
            due, since = (datetime.fromisoformat(time) for time in (digest.due, digest.since))
            html = None
            if now() - due <= TOO_LATE:
                html = await digest_html(
                    self._service,
                    self._news,
                    digest.audience,
                    digest.schedule,
                    voice_of(settings),
                    due=due,
                    since=since,
                )
            following = next_time(digest.schedule, max(now(), due))
            await self._storage(self._digests.send, digest, html, following)


def last_evening(moment: datetime) -> datetime:
    """When the day of alerts began in which `moment` is: the last time that it was `EVENING` in
    China."""
    here = moment.astimezone(CHINA)
    evening = here.replace(hour=EVENING, minute=0, second=0, microsecond=0)
    return evening if here >= evening else evening - timedelta(days=1)


def _messages(
    alerts: Iterable[Alert], first: Mapping[int, FirstDispatch], *, is_late: bool
) -> list[tuple[list[Alert], int | None]]:
    """The alerts of each message, and the dispatch that it replies to: first the new stages of
    events, then the rest in one. A reply to a message on its way waits for it."""
    answering = [a for a in alerts if a.event in first and not is_late]
    news = [alert for alert in alerts if alert not in answering]
    parts: list[tuple[list[Alert], int | None]] = []
    for alert in answering:
        dispatched = first[alert.event or 0]
        if dispatched.has_arrived:
            parts.append(([alert], dispatched.dispatch))
    return [*parts, (news, None)] if news else parts


def _drafts(alerts: Sequence[Alert], voice: Voice, form: Form, answers: int | None) -> list[Draft]:
    """The messages of alerts: one, or a list that goes on over several."""
    by_event: dict[int, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_event[alert.id if alert.is_update else alert.event or alert.id].append(alert)
    events = list(by_event.values())
    total = len(events) if len(events) > MOST_LISTED else 0
    drafts = []
    for start in range(0, len(events), MOST_LISTED):
        part = [alert for event in events[start : start + MOST_LISTED] for alert in event]
        is_end = start + MOST_LISTED >= len(events)
        of_part = replace(form, first=start + 1, total=total, limit=form.limit if is_end else 0)
        drafts.append(Draft(_html(part, voice, of_part), part, of_part, answers))
    return drafts


def _html(alerts: Sequence[Alert], voice: Voice, form: Form) -> str:
    html = alerts_html(alerts, voice.texts, form, today=china_today(), template=voice.template)
    return voice.written(messages.Message(html)).html
