"""Which story does an entry of a feed carry? One whose id or address changed is the same entry."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from corpus.reading.posts import Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from corpus.store.values import KnownSource

Words = tuple[str | None, tuple[tuple[str | None, str], ...]]
Alike = dict[tuple[Words, datetime | str | None], tuple[str, str]]
"""Entries, by name and story, by what they are known again."""


def with_known_stories(
    store: Store, source: KnownSource, entries: Sequence[Reading]
) -> list[Reading]:
    """The entries of a feed, each with the id of the story that the store knows it for.

    A new name for the words of a known one, of the same time or at the same address, is that
    entry: the store gives the entry its new name if the old one is no longer in the feed. What
    an entry with a known name carries stays the same story, whatever its address is now.
    """
    names = {entry.name for entry in entries}
    known = store.stories_by_name(names)
    posts = {e.name: e.outcome for e in entries if isinstance(e.outcome, Post)}
    new = [post for name, post in posts.items() if name not in known]
    alike: Alike = {}
    for name, stored in store.entries_titled(source, {post.title for post in new}):
        _keep(alike, name, stored)
    present = store.present(post.id for post in posts.values())
    renamed: dict[str, str] = {}
    settled = []
    for entry in entries:
        if not isinstance(post := entry.outcome, Post):
            settled.append(entry)
            continue
        story = known.get(entry.name)
        if story is None and (same := _same(alike, post)):
            old_name, story = same
            if old_name not in names and old_name not in renamed:
                renamed[old_name] = entry.name
        if story is not None and post.id not in present:
            post = replace(post, id=story)
        if entry.name not in known:
            _keep(alike, entry.name, post)
        settled.append(replace(entry, outcome=post))
    if renamed:
        with store.transaction():
            store.rename(renamed)
    return settled


def _words(post: Post) -> Words:
    return post.title, tuple((part.heading, part.text) for part in post.paragraphs)


def _marks(post: Post) -> Iterator[tuple[Words, datetime | str | None]]:
    """By what a post is known again: its words, with its time and with its address."""
    words = _words(post)
    yield words, post.published
    if post.url:
        yield words, post.url


def _keep(alike: Alike, name: str, post: Post) -> None:
    for mark in _marks(post):
        alike.setdefault(mark, (name, post.id))


def _same(alike: Alike, post: Post) -> tuple[str, str] | None:
    """The entry that `post` is, by its name and story."""
    return next((alike[mark] for mark in _marks(post) if mark in alike), None)
