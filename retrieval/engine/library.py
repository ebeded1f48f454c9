"""What the chats need of the corpus, as functions: they know no store and no index."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from corpus.reading.posts import Post
from corpus.store.values import Arrival, CorpusFacts, Filters, Story
from retrieval.answering.answer import Answer, Passage, Shown
from retrieval.news.importance import Important
from retrieval.news.saved_queries import Match
from retrieval.news.trends import Trend
from retrieval.question.filters import Names


class Ask(Protocol):
    """A question → its answer; called from threads, several at once.

    `previous` is the story that a follow-up leans on; `limit` bounds the passages.
    """

    def __call__(
        self,
        question: str,
        *,
        limit: int = 6,
        filters: Filters | None = None,
        previous: Shown | None = None,
    ) -> Answer:
        """The answer to `question`."""
        ...


@dataclass(frozen=True, slots=True)
class Library:
    """The corpus as the chats see it; every function may be called from any thread.

    `story` is None for an unknown id; `within` gives the passages of a post that answer a
    question best, at most so many, `at` nothing but its paragraph of a number; `latest` gives
    the newest posts of a category (None: of all), skipping `offset` of them, `latest_of` those
    about a place; `places` are those that a post is about. `trend` counts, month by month, the
    posts that mention subjects; `subjects` are those of a question. `listed` gives the newest
    posts that filters admit, skipping `offset` of them, `names` what can be filtered by.
    """

    ask: Ask
    facts: Callable[[], CorpusFacts]
    story: Callable[[str], Story | None]
    within: Callable[[str, str, int], Sequence[Passage]]
    at: Callable[[str, int, str], Passage | None]
    latest: Callable[[str | None, int, int], Sequence[Post]]
    latest_of: Callable[[str, int, int], Sequence[Post]]
    places: Callable[[str], Sequence[str]]
    trend: Callable[[Sequence[str]], Trend]
    subjects: Callable[[str], Sequence[str]]
    listed: Callable[[Filters, int, int], Sequence[Post]]
    names: Callable[[], Names]
    news: "News | None" = None


@dataclass(frozen=True, slots=True)
class News:
    """What is new in the corpus; to be called from one thread at a time.

    `arrivals` follow a number, `last` is that of the latest; `match` gives, for saved
    queries by their keys, those that a post answers; `important` the posts published
    between two moments, of a category (None: of all) or answering one of the
    queries, the most important first, at most so many.
    """

    arrivals: Callable[[int], Sequence[Arrival]]
    last: Callable[[], int]
    match: Callable[[Mapping[int, str], Story], Sequence[Match]]
    important: Callable[
        [datetime, datetime, str | None, Sequence[str] | None, int], list[Important]
    ]
