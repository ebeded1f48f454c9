"""What is new in a store, matched against saved queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from corpus.reading.posts import CHINA, Post
from corpus.store.readable import Readable
from corpus.store.values import Arrival, Filters, Story
from retrieval.answering.answer import Passage
from retrieval.answering.answerer import Answerer
from retrieval.news.boilerplate import RECENT
from retrieval.news.importance import Important, most_important
from retrieval.news.saved_queries import Match, SavedQueryMatcher, opening
from retrieval.question.filters import timed, with_full_place

PREVIEWED = timedelta(days=90)
"""Of how long ago posts are that say what a query would bring."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What a saved query would have brought: how many posts, and the newest of them."""

    count: int
    newest: tuple[Post, ...]

    @property
    def is_often(self) -> bool:
        """Whether that is more than one a day."""
        return self.count > PREVIEWED.days


class News:
    """What is new in the corpus. Thread-safe."""

    def __init__(self, store: Readable, answerer: Answerer) -> None:
        self._store = store
        self._alerts = _Matching(store, answerer)
        self._digests = _Matching(store, answerer)
        self._previews = _Matching(store, answerer)
        self._lock = Lock()

    def arrivals(self, since: int) -> Sequence[Arrival]:
        """The arrivals after number `since`, in order."""
        return self._store.arrivals(since)

    def last(self) -> int:
        """The number of the last arrival, 0 if there was none."""
        return self._store.last_arrival()

    def match(self, queries: Mapping[int, str], story: Story) -> Sequence[Match]:
        """Of saved queries, by their keys, those that a story answers."""
        with self._lock:
            return self._alerts(queries, story)

    def preview(self, query: str, now: datetime, limit: int) -> Preview:
        """What a query would have brought in the last `PREVIEWED`, with `limit` posts at most."""
        with self._lock:
            stories = self._store.news(now - PREVIEWED, now)
            posts = [story.post for story in stories if self._previews({1: query}, story)]
        newest = sorted(posts, key=lambda post: (post.published is not None, post.published or now))
        return Preview(len(posts), tuple(newest[::-1][:limit]))

    def answers(
        self, queries: Sequence[str], posts: Collection[str]
    ) -> dict[str, tuple[str, Passage]]:
        """Of posts, by their ids, those that answer a query, each with the first such query and
        its passage."""
        asked = dict(enumerate(queries))
        with self._lock:
            matches = {
                story.post.id: self._previews(asked, story)
                for story in (self._store.stories(posts) if asked else ())
            }
        first = {
            post: min(found, key=lambda match: match.query)
            for post, found in matches.items()
            if found
        }
        return {post: (asked[match.query], match.passage) for post, match in first.items()}

    def important(
        self,
        since: datetime,
        until: datetime,
        category: str | None,
        queries: Sequence[str] | None,
        limit: int,
    ) -> list[Important]:
        """The posts that came between two moments, the most important first, `limit` at most;
        of a category (None: of all), or those that answer one of `queries`."""
        stories = [
            story
            for story in self._store.news(since, until)
            if category in (None, story.post.category, story.post.category_name)
        ]
        watched: frozenset[str] = frozenset()
        if queries is not None:
            asked = dict(enumerate(queries))
            with self._lock:
                stories = [story for story in stories if self._digests(asked, story)]
            watched = frozenset(story.post.id for story in stories)
        source_counts = self._store.source_counts(story.post.id for story in stories)
        return most_important(stories, source_counts, watched, since, until, limit)


class _Matching:
    """Which of saved queries, some narrowed to a category, a place or a medium, a story answers."""

    def __init__(self, store: Readable, answerer: Answerer) -> None:
        self._store = store
        self._matcher = SavedQueryMatcher(answerer, lambda: store.newest(RECENT))
        self._queries: dict[int, str] = {}
        self._words: dict[int, str] = {}
        self._filters: dict[int, Filters | None] = {}

    def __call__(self, queries: Mapping[int, str], story: Story) -> list[Match]:
        if queries != self._queries:
            today = datetime.now(CHINA).date()
            read = {key: timed(query, today) for key, query in queries.items()}
            self._words = {key: words for key, (words, _) in read.items() if words}
            self._filters = {key: with_full_place(filters) for key, (_, filters) in read.items()}
            self._queries = dict(queries)
        if not story.keys:
            return []
        self._matcher.replace_queries(self._words)
        whatever = self._filters.keys() - self._words.keys()
        matches = [
            *self._matcher.match(story),
            *(Match(key, 1.0, lambda: opening(story)) for key in sorted(whatever)),
        ]
        return [
            match
            for match in matches
            if (filters := self._filters[match.query]) is not None and filters.admit(story)
        ]
