"""What saved queries find among a few posts of a test."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.engine.opening import opened_answerer
from retrieval.engine.upkeep import index
from retrieval.news.saved_queries import Match, SavedQueryMatcher

Matched = Callable[[str], set[str]]
"""A query → the ids of the posts that match it."""


def post(id_: str, title: str, *texts: str) -> Post:
    """A post without a date, each of its texts a paragraph."""
    paragraphs = tuple(Paragraph(None, text) for text in texts)
    return Post(id_, title, None, None, (), None, None, paragraphs)


@contextmanager
def matching(posts: Sequence[Post], db: Path) -> Iterator[Callable[[str], list[Match]]]:
    """A query → its matches among `posts`, which a new database at `db` holds."""
    with Store.open(db, create=True) as store:
        with store.transaction():
            store.write([Reading(post.id, post.id, post) for post in posts])
        index(store)
        with opened_answerer(db) as answerer:
            stories = list(store.all_stories())
            matcher = SavedQueryMatcher(answerer, lambda: stories)

            def matches(query: str) -> list[Match]:
                matcher.replace_queries({1: query})
                return [match for story in stories for match in matcher.match(story)]

            yield matches


@contextmanager
def matched_ids(posts: Sequence[Post], db: Path) -> Iterator[Matched]:
    """A query → the ids of the posts that match it."""
    with matching(posts, db) as matches:
        yield lambda query: {match.passage.post for match in matches(query)}
