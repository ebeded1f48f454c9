"""`/watch` and `/watches`, in private chats, groups, topics and channels."""

import asyncio
import re
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.chat.context import Context
from bot.clock import china_today, now
from bot.features.filters import commonest_category, unknown_filters
from bot.render import message as messages
from bot.render.callbacks import Propose, RemoveQuery, button
from bot.render.lists import list_message
from bot.storage.saved_queries import MOST_QUERIES
from bot.storage.subscription_values import Proposal
from corpus.reading.post_types import NAMES
from corpus.store.values import Filters
from retrieval.engine.news import PREVIEWED
from retrieval.news.refining import narrower, wider
from retrieval.question.filters import narrowed, timed
from retrieval.question.times import written

LONGEST_QUERY = 100
_TITLES = 3  # of posts that a preview names


async def on_watch(context: Context) -> None:
    """Shows what a query would bring, with buttons that save or change it. Where no news are
    followed, it is saved at once."""
    if not await context.may_set():
        return
    if context.service.library.news is None:
        await context.tell(await watch(context, context.argument, context.person))
        return
    query, refusal = await _checked(context, context.argument)
    if refusal:
        await context.tell(refusal)
    else:
        proposal = Proposal(context.audience, query, None)
        await context.say(await preview_page(context, proposal, context.person))


async def watch(context: Context, text: str, person: int | None) -> str:
    """Saves `text` as a query of the chat, by `person`; what to say of it."""
    query, refusal = await _checked(context, text)
    return refusal or await save(context, Proposal(context.audience, query, None), person)


async def is_watched(context: Context, query: str) -> bool:
    """Whether the chat watches just these words."""
    of = context.service.storage.store.subscriptions.queries.of
    saved = await context.service.storage(of, context.audience)
    return query in [each.query for each in saved]


async def save(context: Context, proposal: Proposal, person: int | None) -> str:
    """Saves a query that was checked, in place of the one that it replaces; what to say of it."""
    storage = context.service.storage
    is_saved = await storage(storage.store.subscriptions.queries.exchange, person, proposal)
    await context.remember_language()
    words = context.texts.watch_saved if is_saved else context.texts.watch_many
    return words.format(query=proposal.query, limit=MOST_QUERIES)


async def _checked(context: Context, text: str) -> tuple[str, str]:
    """The query that `text` is, its time as dates; and what to say if it can't be saved, or ""."""
    texts, query = context.texts, " ".join(text.split())
    if not re.search(r"\w{2}", query):
        category = await commonest_category(context.service)
        return "", texts.watch_empty.format(category=category)
    if refusal := await _refusal(context, query):
        return "", refusal
    if not (query := dated(query, china_today())):
        return "", texts.watch_past
    if len(query) > LONGEST_QUERY:
        return "", texts.watch_long.format(limit=LONGEST_QUERY)
    return query, ""


async def preview_page(
    context: Context, proposed: Proposal, person: int | None
) -> messages.Message:
    """What a proposed query would have brought of late, and how to say it better, with buttons,
    for a person."""
    texts, service, query = context.texts, context.service, proposed.query
    news = service.library.news
    assert news is not None, "there is no preview where no news are followed"
    preview = await asyncio.to_thread(news.preview, query, now(), _TITLES)
    propose = service.storage.store.subscriptions.queries.propose
    proposal = await service.storage(propose, proposed, person)
    title = texts.watch_preview if preview.count else texts.watch_preview_none
    title = title.format(query=query, days=PREVIEWED.days, count=preview.count)
    parts = [messages.safe(title)]
    if preview.newest:
        parts.append(list_message("", preview.newest, texts, first=1).html.split("\n", 1)[1])
    wide, narrow = wider(query), narrower(query)
    if wide and not preview.count:
        parts.append(messages.safe(texts.watch_preview_fewer))
    elif preview.is_often:
        parts.append(messages.safe(texts.watch_preview_often))
    rows = [[button(texts.watch_save, Propose("k", proposal))]]
    if wide and not preview.is_often:
        rows.append([_changed(texts.watch_widen, wide, Propose("w", proposal))])
    if narrow and preview.count:
        rows.append([_changed(texts.watch_narrow, narrow, Propose("n", proposal))])
    return messages.Message("\n\n".join(parts), InlineKeyboardMarkup(rows))


def _changed(label: str, query: str, to: Propose) -> InlineKeyboardButton:
    return button(label.format(query=messages.clip(query, 40)), to)


async def _refusal(context: Context, query: str) -> str | None:
    """What to say to a query with filters that exist nowhere."""
    words, filters = timed(query, china_today())
    return await unknown_filters(context.service, filters, context.texts, words=words)


def dated(query: str, today: date) -> str:
    """A query to be saved, its time as dates: 本月 means this month next month too. "" if no post
    is published then any more; a time up to today (近三年) goes on, and so says nothing.

    >>> dated("骗税 今年", date(2026, 11, 28)), dated("骗税 去年", date(2026, 11, 28))
    ('骗税 2026年', '')
    """
    words, filters = timed(query, today)
    since, until = filters.since, filters.until
    if since is None or until is None:
        return query
    if until < today:
        return ""
    _, others = narrowed(query)
    named = [f"{name}:{value}" for name, value in _named(others) if value]
    when = [] if since < until == today else [written(since, until)]
    return " ".join([*words.split(), *named, *when])


def _named(filters: Filters) -> tuple[tuple[str, str | None], ...]:
    """The filters as they are written, but for time."""
    type_ = NAMES[filters.type] if filters.type else None
    return (
        ("地区", filters.place),
        ("来源", filters.source),
        ("分类", filters.category),
        ("类型", type_),
    )


async def on_watches(context: Context) -> None:
    """Lists the saved queries, each a button that removes it."""
    if await context.may_use():
        await context.say(await watches_page(context))


async def watches_page(context: Context) -> messages.Message:
    """The saved queries of a chat or topic."""
    storage, texts = context.service.storage, context.texts
    saved = await storage(storage.store.subscriptions.queries.of, context.audience)
    if not saved:
        return messages.text_message(texts.watches_none)
    rows = [
        [button(f"✖ {messages.clip(query.query, 40)}", RemoveQuery(query.id))] for query in saved
    ]
    return messages.Message(
        messages.text_message(texts.watches_title).html, InlineKeyboardMarkup(rows)
    )


COMMANDS = {"watch": on_watch, "watches": on_watches}
