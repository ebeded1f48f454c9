"""What is new in a store, matched against saved queries."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from corpus.store.store import Store
from corpus.store.values import Filters, Story
from retrieval.answering.answerer import Answerer
from retrieval.engine.library import News
from retrieval.news.boilerplate import RECENT
from retrieval.news.importance import Important, most_important
from retrieval.news.saved_queries import Match, SavedQueryMatcher, opening
from retrieval.question.filters import located, narrowed


def news_of(store: Store, answerer: Answerer) -> News:
    """What is new in `store`, matched by `answerer`."""
    match, in_digests = _Matching(store, answerer), _Matching(store, answerer)

    def important(
        since: datetime,
        until: datetime,
        category: str | None,
        queries: Sequence[str] | None,
        limit: int,
    ) -> list[Important]:
        stories = [
            story for story in store.news(since, until) if category in (None, story.post.category)
        ]
        watched: frozenset[str] = frozenset()
        if queries is not None:
            stories = [story for story in stories if in_digests(dict(enumerate(queries)), story)]
            watched = frozenset(story.post.id for story in stories)
        tellings = store.tellings(story.post.id for story in stories)
        return most_important(stories, tellings, watched, since, until, limit)

    return News(store.arrivals, store.last_arrival, match, important)


class _Matching:
    """Which of saved queries, some narrowed to a category, a place or a medium, a story answers."""

    def __init__(self, store: Store, answerer: Answerer) -> None:
        self._store = store
        self._matcher = SavedQueryMatcher(answerer, lambda: store.newest(RECENT))
        self._queries: dict[int, str] = {}
        self._words: dict[int, str] = {}
        self._filters: dict[int, Filters | None] = {}

    def __call__(self, queries: Mapping[int, str], story: Story) -> list[Match]:
        if queries != self._queries:
            self._queries = dict(queries)
            read = {key: narrowed(query) for key, query in queries.items()}
            self._words = {key: words for key, (words, _) in read.items() if words}
            self._filters = {key: located(filters) for key, (_, filters) in read.items()}
        if not story.keys:
            return []
        self._matcher.hold(self._words)
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
