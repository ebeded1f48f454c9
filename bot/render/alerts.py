"""The message about new posts that match a chat's saved queries."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

from bot.render import templates
from bot.render.links import web_address
from bot.render.lists import list_message
from bot.render.message import safe
from bot.render.passage import LINE, linked_title, passage_html
from bot.render.texts import Texts
from bot.storage.subscription_values import Alert, Form
from retrieval.answering.answer import Passage

_MOST_OTHERS = 3  # posts of the same event that an alert names


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in a message: the alert that reports it first, and the passages of other posts."""

    lead: Alert
    others: tuple[Passage, ...]


def entries_of(alerts: Sequence[Alert]) -> list[Entry]:
    """The events of the alerts of one message, in their order."""
    others: dict[int, list[Passage]] = defaultdict(list)
    leads: dict[int, Alert] = {}
    for alert in alerts:
        event = alert.id if alert.is_update else alert.event or alert.id
        if leads.setdefault(event, alert) is not alert:
            others[event].append(alert.passage)
    return [Entry(lead, tuple(others[event])) for event, lead in leads.items()]


def alerts_html(
    alerts: Sequence[Alert], texts: Texts, form: Form, *, today: date, template: str | None
) -> str:
    """One event as its passage under the saved query; several, or those that come late because
    they were too many for a day, as a list of links. A few are filled into the chat's `template`,
    if a message holds them so."""
    entries = entries_of(alerts)
    is_list = len(entries) > 1 or form.is_late or form.total > 0
    is_few = not form.is_late and not form.total and len(entries) <= templates.MOST_FILLED
    passages = [entry.lead.passage for entry in entries]
    if template and is_few and templates.is_held(passages, template, texts):
        html = templates.filled(passages, template, texts)
        if others := [passage for entry in entries for passage in entry.others]:
            html += "\n\n" + _others_html(others, texts)
    elif is_list:
        html = _list_html(entries, texts, form)
    else:
        html = _event_html(entries[0], texts, today)
    if form.limit:
        html += "\n\n" + safe(texts.alerts_rest.format(limit=form.limit))
    return html


def _event_html(entry: Entry, texts: Texts, today: date) -> str:
    """A passage under the saved query, with links to its source and to other posts."""
    query, passage = entry.lead.query, entry.lead.passage
    title = texts.alert_update.format(query=query) if entry.lead.is_update else f"🔔 {query}"
    parts = [safe(title, LINE), passage_html(passage, texts, today=today)]
    if url := web_address(passage.url):
        parts.append(f'<a href="{escape(url)}">{safe(texts.source_button)}</a>')
    if entry.others:
        parts.append(_others_html(entry.others, texts))
    return "\n\n".join(parts)


def _others_html(others: Sequence[Passage], texts: Texts) -> str:
    """How many other posts report the same event, with links to a few."""
    lines = [safe(texts.alert_others.format(count=len(others)))]
    lines += [f"· {linked_title(other, texts)}" for other in others[:_MOST_OTHERS]]
    return "\n".join(lines)


def _list_html(entries: Sequence[Entry], texts: Texts, form: Form) -> str:
    title = texts.alerts_evening if form.is_late else texts.alerts_title
    title = title.format(count=form.total or len(entries))
    if form.total:
        last = form.first + len(entries) - 1
        title = texts.alerts_part.format(title=title, first=form.first, last=last)
    notes = [texts.alert_others.format(count=len(e.others)) if e.others else "" for e in entries]
    passages = [entry.lead.passage for entry in entries]
    return list_message(title, passages, texts, first=form.first, notes=notes).html
