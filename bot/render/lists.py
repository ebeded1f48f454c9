"""Posts as a numbered list."""

from collections.abc import Sequence
from html import escape
from itertools import groupby

from telegram import InlineKeyboardMarkup

from bot.render import callbacks
from bot.render.callbacks import button
from bot.render.links import web_address
from bot.render.message import Message, inert, safe
from bot.render.passage import LINE, SOURCE, TITLE, date_of
from bot.render.texts import Texts
from corpus.reading.posts import SAMPLE_CATEGORY, Post
from retrieval.answering.answer import Passage
from retrieval.text.title_events import grouped_by_event


def list_message(
    title: str,
    items: Sequence[Post | Passage],
    texts: Texts,
    *,
    first: int,
    pages: Sequence[tuple[str, callbacks.Callback]] = (),
    notes: Sequence[str] = (),
) -> Message:
    """A numbered list of posts from number `first`, with a note on each if `notes` are given;
    `pages` are buttons to others."""
    lines = [f"<b>{inert(title, TITLE)}</b>"]
    for number, item in enumerate(items, first):
        about = [date_of(item.published, texts), *_medium(item, texts)]
        about += [safe(note) for note in notes[number - first : number - first + 1]]
        lines.append(
            "\n".join(
                filter(None, [_numbered(number, item, texts), " · ".join(filter(None, about))])
            )
        )
    return Message("\n".join(lines), _leafing(pages))


def days_message(
    title: str,
    posts: Sequence[Post],
    texts: Texts,
    *,
    first: int,
    pages: Sequence[tuple[str, callbacks.Callback]] = (),
) -> Message:
    """Posts from number `first`, a heading a day; those of a day that report one event stand
    together, a bureau's notice with the story about it."""
    lines, number = [f"<b>{inert(title, TITLE)}</b>"], first
    for day, of_day in groupby(posts, lambda post: date_of(post.published, texts)):
        lines.append(f"\n<b>{day or safe(texts.no_date)}</b>")
        together = list(of_day)
        for group in grouped_by_event(together, [post.title or "" for post in together]):
            for post in group:
                line = _numbered(number, post, texts, mark="" if post is group[0] else "↳ ")
                lines.append(" · ".join([line, *_medium(post, texts)]))
                number += 1
    return Message("\n".join(lines), _leafing(pages))


def _leafing(pages: Sequence[tuple[str, callbacks.Callback]]) -> InlineKeyboardMarkup | None:
    buttons = [button(label, to) for label, to in pages]
    return InlineKeyboardMarkup([buttons]) if buttons else None


def _numbered(number: int, item: Post | Passage, texts: Texts, *, mark: str = "") -> str:
    """A title with its number, a link where there is an address."""
    name = inert(item.title or "", LINE) or safe(texts.no_title)
    url = web_address(item.url)
    return f"{number}. {mark}" + (f'<a href="{escape(url)}">{name}</a>' if url else name)


def _medium(item: Post | Passage, texts: Texts) -> list[str]:
    """The medium of a post, and the label of a sample."""
    sample = texts.sample if item.category == SAMPLE_CATEGORY else ""
    return [inert(piece, SOURCE) for piece in (item.source or "", sample) if piece]
