"""Posts as a numbered list."""

from collections.abc import Sequence
from itertools import groupby

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render.message import Message, inert, safe
from bot.render.passage import SOURCE, TITLE, date_of, linked_title
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
    pages: Sequence[InlineKeyboardButton] = (),
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
                filter(
                    None,
                    [f"{number}. {linked_title(item, texts)}", " · ".join(filter(None, about))],
                )
            )
        )
    return Message("\n".join(lines), _leafing(pages))


def days_message(
    title: str,
    posts: Sequence[Post],
    texts: Texts,
    *,
    first: int,
    pages: Sequence[InlineKeyboardButton] = (),
) -> Message:
    """Posts from number `first`, a heading a day; those of a day that report one event stand
    together, a bureau's notice with the story about it."""
    lines, number = [f"<b>{inert(title, TITLE)}</b>"], first
    for day, of_day in groupby(posts, lambda post: date_of(post.published, texts)):
        lines.append(f"\n<b>{day or safe(texts.no_date)}</b>")
        together = list(of_day)
        for group in grouped_by_event(together, [post.title or "" for post in together]):
            for post in group:
                mark = "" if post is group[0] else "↳ "
                line = f"{number}. {mark}{linked_title(post, texts)}"
                lines.append(" · ".join([line, *_medium(post, texts)]))
                number += 1
    return Message("\n".join(lines), _leafing(pages))


def _leafing(pages: Sequence[InlineKeyboardButton]) -> InlineKeyboardMarkup | None:
    return InlineKeyboardMarkup.from_row(pages) if pages else None


def _medium(item: Post | Passage, texts: Texts) -> list[str]:
    """The medium of a post, and the label of a sample."""
    sample = texts.sample if item.category == SAMPLE_CATEGORY else ""
    return [inert(piece, SOURCE) for piece in (item.source or "", sample) if piece]
