"""Telegram's commands besides `/ask` and `/start`, and the menus that offer them."""

import asyncio
import re
from dataclasses import replace
from datetime import date

from telegram import (
    Message,
    Update,
)

from bot.chat.access import person_of
from bot.chat.clock import now
from bot.chat.service import Service
from bot.features.links import argument
from bot.render import message as messages
from bot.render import telegram as render
from bot.render.texts import Texts
from corpus import chinese
from corpus.reading.places import place_named
from corpus.reading.posts import CHINA
from corpus.store.values import Filters
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import LONGEST_QUESTION
from retrieval.question.filters import narrowed

PAGE = 8
"""Posts on one page of a list."""

FOUND = 40
"""Posts that a search lists at most."""


# --- about the bot ----------------------------------------------------------------


# --- reading ------------------------------------------------------------------------


async def on_latest(service: Service, update: Update) -> None:
    """The newest posts, of a category if one is named."""
    message = update.effective_message
    if message and await service.may_use(message):
        texts = await service.texts(message)
        await service.say(message, await latest_page(service, texts, 0, argument(message)))


async def latest_page(service: Service, texts: Texts, page: int, category: str) -> messages.Message:
    """Page number `page`, from 0, of the newest posts."""
    posts = await asyncio.to_thread(service.library.latest, category or None, PAGE + 1, page * PAGE)
    if not posts:
        return messages.text_message(texts.latest_none)
    title = f"{texts.latest} · {category}" if category else texts.latest
    fits = len(category.encode()) <= 40
    pages = _pages("l:{}:" + category, page, more=len(posts) > PAGE) if fits else []
    return render.list_message(title, posts[:PAGE], texts, first=page * PAGE + 1, pages=pages)


async def on_search(service: Service, update: Update) -> None:
    """A list of the posts found, in pages."""
    message = update.effective_message
    if message is None:
        return
    settings = await service.settings(message.chat.id)
    if not await service.may_ask(message, settings):
        return
    texts = await service.texts(message)
    wanted = argument(message)[:LONGEST_QUESTION]
    words, filters = parse_search(wanted)
    written = messages.traditional if chinese.is_traditional(wanted) else messages.as_it_is
    if filters.place is not None:
        place = place_named(filters.place)
        if place is None:
            await service.tell(message, texts.place_unknown.format(place=filters.place))
            return
        filters = replace(filters, place=place)
        if not words and filters == Filters(place=place):
            await service.say(message, written(await place_page(service, texts, 0, place)))
            return
    if not words:
        await service.tell(message, texts.search_empty)
        return
    found = await service.ask(message, words, limit=FOUND, filters=filters)
    if not found.passages:
        none = render.answer_message(found, texts, today=now().astimezone(CHINA).date())
        await service.say(message, written(none))
        return
    seen: set[str] = set()
    passages = [
        replace(passage, text="", sentence="", highlights=())
        for passage in found.passages
        if not (passage.post in seen or seen.add(passage.post))  # type: ignore[func-returns-value]
    ]
    answer = Answer("", confidence=0.0, passages=tuple(passages))
    store, keeper, person = service.keeper.store, service.keeper, person_of(message)
    reply = await keeper(store.open_reply, message.chat.id, message.message_id, person, answer)
    await service.say(message, written(search_page(answer, texts, reply, 0)), reply=reply)


async def place_page(service: Service, texts: Texts, page: int, place: str) -> messages.Message:
    """Page number `page`, from 0, of the newest posts about a place."""
    posts = await asyncio.to_thread(service.library.latest_of, place, PAGE + 1, page * PAGE)
    if not posts:
        return messages.text_message(texts.latest_none)
    title = texts.place_title.format(place=place)
    pages = _pages("g:{}:" + place, page, more=len(posts) > PAGE)
    return render.list_message(title, posts[:PAGE], texts, first=page * PAGE + 1, pages=pages)


def search_page(answer: Answer, texts: Texts, reply: int, page: int) -> messages.Message:
    """Page number `page`, from 0, of the posts found."""
    first = page * PAGE
    pages = _pages(f"f:{reply}:{{}}", page, more=len(answer.passages) > first + PAGE)
    shown = answer.passages[first : first + PAGE]
    return render.list_message(texts.search_title, shown, texts, first=first + 1, pages=pages)


def _pages(data: str, page: int, *, more: bool) -> list[tuple[str, str]]:
    buttons = [("◀", data.format(page - 1))] if page else []
    return [*buttons, ("▶", data.format(page + 1))] if more else buttons


def parse_search(text: str) -> tuple[str, Filters]:
    """The words of a search, and its filters (2023年, 来源:…, 分类:…, 地区:…, 类型:…).

    >>> words, filters = parse_search("骗取退税 来源：新华社")
    >>> words, filters.source
    ('骗取退税', '新华社')
    """
    words = []
    subject, filters = narrowed(text)
    for word in subject.split():
        if match := re.fullmatch(r"((?:19|20)\d\d)年?", word, re.ASCII):
            year = int(match[1])
            filters = replace(filters, since=date(year, 1, 1), until=date(year, 12, 31))
        else:
            words.append(word)
    return " ".join(words), filters


async def on_read(service: Service, update: Update) -> None:
    """The whole post behind an answer that is replied to, or of an id."""
    message = update.effective_message
    if message is None or not await service.may_use(message):
        return
    if post := argument(message):
        await send_post(service, message, post)
        return
    if shown := await service.shown_in(message.reply_to_message):
        await send_post(service, message, shown.post)
    else:
        await service.tell(message, (await service.texts(message)).read_empty)


async def send_post(service: Service, message: Message, post: str) -> None:
    """The first page of a post, as a new message."""
    texts = await service.texts(message)
    story = await asyncio.to_thread(service.library.story, post)
    if story is None:
        await service.tell(message, texts.read_unknown)
    else:
        await service.say(message, render.read_message(story, 0, texts))


# --- settings -------------------------------------------------------------------------


# --- menus -----------------------------------------------------------------------------
