"""The message about a new post that matches a saved query."""

from collections.abc import Sequence
from datetime import date
from html import escape

from bot.render.links import web_address
from bot.render.message import safe
from bot.render.passage import LINE, linked, passage_html
from bot.render.texts import Texts
from retrieval.answering.answer import Passage

_MOST_OTHERS = 3  # posts of the same story that an alert names


def alert_html(
    query: str,
    passage: Passage,
    texts: Texts,
    *,
    today: date,
    others: Sequence[Passage] = (),
    is_update: bool = False,
) -> str:
    """A passage under the saved query that it answers, with links to its source and to other posts
    that tell the same story; `is_update`: it goes on with a story that was told."""
    title = texts.alert_update.format(query=query) if is_update else f"🔔 {query}"
    parts = [safe(title, LINE), passage_html(passage, texts, today=today)]
    if url := web_address(passage.url):
        parts.append(f'<a href="{escape(url)}">{safe(texts.source_button)}</a>')
    if others:
        parts.append(others_html(others, texts))
    return "\n\n".join(parts)


def others_html(others: Sequence[Passage], texts: Texts) -> str:
    """How many other posts tell the same story, with links to a few."""
    lines = [safe(texts.alert_others.format(count=len(others)))]
    lines += [linked(other, texts) for other in others[:_MOST_OTHERS]]
    return "\n".join(lines)
