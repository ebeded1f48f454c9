"""Which story does an entry of a feed carry? One whose id or address changed is the same entry."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from corpus.reading.posts import Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from corpus.store.values import KnownSource

Words = tuple[str | None, tuple[tuple[str | None, str], ...]]


def with_known_stories(
    store: Store, source: KnownSource, entries: Sequence[Reading]
) -> list[Reading]:
    """The entries of a feed, each with the id of the story that the store knows it for.

    A new name for the words of a known one, of the same time or at the same address, is that
    entry: the store gives the entry its new name if the old one is no longer in the feed. What
    an entry with a known name carries stays the same story, whatever its address is now.
    """
    names = [entry.name for entry in entries]
    known = store.stories_by_name(names)
    posts = {e.name: e.outcome for e in entries if isinstance(e.outcome, Post)}
    new = [post for name, post in posts.items() if name not in known]
    alike: dict[Words, list[tuple[str, Post]]] = defaultdict(list)
    for name, stored in store.entries_titled(source, {post.title for post in new}):
        alike[_words(stored)].append((name, stored))
    present = store.present(post.id for post in posts.values())
    renamed: dict[str, str] = {}
    settled = []
    for entry in entries:
        if not isinstance(post := entry.outcome, Post):
            settled.append(entry)
            continue
        story = known.get(entry.name)
        if story is None and (same := _same(alike[_words(post)], post)):
            old_name, story = same[0], same[1].id
            if old_name not in names and old_name not in renamed:
                renamed[old_name] = entry.name
        if story is not None and post.id not in present:
            post = replace(post, id=story)
        if entry.name not in known:
            alike[_words(post)].append((entry.name, post))
        settled.append(replace(entry, outcome=post))
    if renamed:
        with store.transaction():
            store.rename(renamed)
    return settled


def _words(post: Post) -> Words:
    return post.title, tuple((part.heading, part.text) for part in post.paragraphs)


def _same(alike: Iterable[tuple[str, Post]], post: Post) -> tuple[str, Post] | None:
    """The entry of the same words that `post` is, for it has the same time or address."""
    return next(
        (
            (name, other)
            for name, other in alike
            if other.published == post.published or (post.url and other.url == post.url)
        ),
        None,
    )
