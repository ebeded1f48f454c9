"""Lists of posts, and posts in full: `/latest`, `/search`, `/read`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from telegram import InlineKeyboardMarkup

from bot.chat.context import Context
from bot.clock import china_today
from bot.features.filters import commonest_category, unknown_filters
from bot.render import message as messages
from bot.render.answer import Kept, answer_message
from bot.render.callbacks import (
    Callback,
    ListFound,
    ListLatest,
    ListPlace,
    button,
    fits,
    leaf_buttons,
)
from bot.render.lists import days_message, list_message
from bot.render.passage import whole
from bot.render.post import read_message
from bot.storage.replies import Reply
from corpus.store.values import Filters
from retrieval.answering.answer import Answer, Passage
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.question.filters import timed, with_full_place

PAGE = 8
"""Posts on one page of a list."""

FOUND = 40
"""Posts that a search lists at most."""

_CATEGORIES = 20  # that are listed at most


async def on_latest(context: Context) -> None:
    """The newest posts, of a category if one is named, or of what filters admit."""
    if not await context.may_use():
        return
    wanted = context.argument[:LONGEST_QUESTION]
    context = context.answering(wanted)
    words, filters = parse_search(wanted)
    if refusal := await unknown_filters(context.service, filters, context.texts, words=words):
        await context.tell(refusal)
        return
    if words and filters.category is None:
        filters = replace(filters, category=words)
    await _list(context, filters)


async def latest_page(context: Context, page: int, category: str) -> messages.Message:
    """Page number `page`, from 0, of the newest posts."""
    filters, title = Filters(category=category or None), context.texts.latest
    return await _newest_page(context, page, filters, title, lambda to: ListLatest(to, category))


async def place_page(context: Context, page: int, place: str) -> messages.Message:
    """Page number `page`, from 0, of the newest posts about a place."""
    filters, title = Filters(place=place), context.texts.place_title.format(place=place)
    return await _newest_page(context, page, filters, title, lambda to: ListPlace(to, place))


async def _newest_page(
    context: Context, page: int, filters: Filters, title: str, to: Callable[[int], Callback]
) -> messages.Message:
    listed = context.service.library.listed
    posts = await asyncio.to_thread(listed, filters, PAGE + 1, page * PAGE)
    if not posts:
        return messages.text_message(context.texts.latest_none)
    if filters.category:
        title += f" · {posts[0].category_name}"
    pages = leaf_buttons(to, page, more=len(posts) > PAGE)
    return days_message(title, posts[:PAGE], context.texts, first=page * PAGE + 1, pages=pages)


async def on_categories(context: Context) -> None:
    """The categories, each a button that lists its newest posts."""
    if not await context.may_use():
        return
    texts = context.texts
    found = await asyncio.to_thread(context.service.library.names)
    names = list(dict.fromkeys(found.categories.values()))
    shown = [name for name in names if fits(ListLatest(0, name))][:_CATEGORIES]
    if not shown:
        await context.tell(texts.categories_none)
        return
    head = texts.categories_title
    if len(shown) < len(names):
        head = texts.categories_most.format(total=len(names), shown=len(shown))
    if context.settings.plain:
        await context.tell("\n".join([head, *map(messages.held, shown)]))
        return
    buttons = [button(name, ListLatest(0, name)) for name in shown]
    rows = [buttons[at : at + 2] for at in range(0, len(buttons), 2)]
    await context.say(messages.Message(messages.safe(head), InlineKeyboardMarkup(rows)))


async def on_search(context: Context) -> None:
    """A list of the posts found, in pages; of the newest that filters alone admit."""
    if not await context.may_ask():
        return
    wanted = context.argument[:LONGEST_QUESTION]
    context = context.answering(wanted)
    words, filters = parse_search(wanted)
    if not words:
        if replace(filters, since=None, until=None).narrow:
            await _list(context, filters)
        else:
            category = await commonest_category(context.service)
            await context.tell(context.texts.search_empty.format(category=category))
        return
    service, texts = context.service, context.texts
    if refusal := await unknown_filters(service, filters, texts, words=words):
        await context.tell(refusal)
        return
    found = await service.ask(
        context.destination,
        words,
        person=context.person,
        limit=FOUND,
        filters=with_full_place(filters),
    )
    if not found.passages:
        said = texts if found.reply else replace(texts, not_found=texts.search_none)
        await context.say(answer_message(found, said, today=china_today()))
        return
    of_posts: dict[str, Passage] = {}
    for passage in found.passages:
        of_posts.setdefault(passage.post, replace(passage, text="", sentence="", highlights=()))
    await _say_kept(context, tuple(of_posts.values()))


async def _list(context: Context, filters: Filters) -> None:
    """The newest posts that filters admit."""
    service, texts = context.service, context.texts
    if refusal := await unknown_filters(service, filters, texts):
        await context.tell(refusal)
        return
    filters = with_full_place(filters) or filters
    if filters.place is not None and filters == Filters(place=filters.place):
        await context.say(await place_page(context, 0, filters.place))
    elif filters == Filters(category=filters.category):
        await context.say(await latest_page(context, 0, filters.category or ""))
    else:
        posts = await asyncio.to_thread(service.library.listed, filters, FOUND, 0)
        if posts:
            await _say_kept(context, tuple(map(whole, posts)))
        else:
            await context.tell(texts.latest_none)


async def _say_kept(context: Context, passages: tuple[Passage, ...]) -> None:
    """The first page of a list that is kept, to be leafed through."""
    answer = Answer("", confidence=0.0, passages=passages)
    reply = await context.keep(answer)
    kept = Reply(reply, context.chat.id, None, answer)
    await context.say(search_page(context, kept, 0), reply=reply)


def search_page(context: Context, kept: Reply, page: int) -> messages.Message:
    """Page number `page`, from 0, of the posts of a list that is kept."""
    first, passages, texts = page * PAGE, kept.answer.passages, context.texts
    is_more = len(passages) > first + PAGE
    pages = leaf_buttons(lambda to: ListFound(kept.id, to), page, more=is_more)
    shown = passages[first : first + PAGE]
    return list_message(texts.search_title, shown, texts, first=first + 1, pages=pages)


def parse_search(text: str) -> tuple[str, Filters]:
    """The words of a search, and its filters (2023年, 上个月, 来源:…, 分类:…, 地区:…, 类型:…).

    >>> words, filters = parse_search("骗取退税 来源：新华社")
    >>> words, filters.source
    ('骗取退税', '新华社')
    """
    return timed(text, china_today())


async def on_read(context: Context) -> None:
    """The whole post behind an answer that is replied to, or of an id."""
    if not await context.may_use():
        return
    if post := context.argument:
        await send_post(context, post)
        return
    if shown := await context.service.shown_in(context.message.reply_to_message):
        await send_post(context, shown.post)
    else:
        await context.tell(context.texts.read_empty)


async def send_post(context: Context, post: str) -> None:
    """The first page of a post, as a new message."""
    story = await asyncio.to_thread(context.service.library.story, post)
    if story is None:
        await context.tell(context.texts.read_unknown)
    else:
        await context.say(read_message(story, 0, context.texts))


async def send_linked(context: Context, link: str) -> None:
    """What a shared link leads to: a post, or the passage of one of its paragraphs."""
    post, _, key = link.partition("_")
    story = await asyncio.to_thread(context.service.library.story, post) if key else None
    found = None
    if story and key.isdecimal() and int(key) in story.keys:
        at, title = context.service.library.at, story.post.title or ""
        found = await asyncio.to_thread(at, post, int(key), title)
    if found is None:
        await send_post(context, post)
        return
    answer = Answer("", confidence=1.0, passages=(found,))
    reply = await context.keep(answer)
    kept = Kept(reply, context.service.bot.username)
    content = answer_message(answer, context.texts, today=china_today(), kept=kept)
    await context.say(content, reply=reply)
