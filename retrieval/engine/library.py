"""The `Library`: what bot and commands need of the corpus, without store or index."""

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime, timezone

from corpus.reading.posts import Post
from corpus.store.readable import Readable
from corpus.store.values import CorpusFacts, Filters, Story
from retrieval.answering.answer import Answer, Passage
from retrieval.answering.answerer import Answerer
from retrieval.answering.dialogue import reply
from retrieval.answering.examples import examples
from retrieval.engine.news import News
from retrieval.news.trends import Trend
from retrieval.question.conversation import Conversation
from retrieval.question.filters import Names
from retrieval.question.topics import subjects_of

Trends = Callable[[Sequence[str], datetime], Trend]
"""How many posts mention each of some subjects, month by month up to a moment."""

MOST_EXAMPLES = 3
"""Questions that are shown to who has not asked yet."""


class Library:
    """The corpus as the chats see it; every method but those of `news` may be called from any
    thread, several at once.

    `news` is None where nothing new is looked for.
    """

    news: News | None

    def __init__(self, store: Readable, answerer: Answerer, trends: Trends | None) -> None:
        """`trends` is None where mentions cannot be counted: by a cluster."""
        self._store = store
        self._answerer = answerer
        self._trends = trends
        self.news = News(store, answerer)

    def ask(
        self,
        question: str,
        *,
        limit: int = 6,
        filters: Filters | None = None,
        previous: Conversation | None = None,
        asked: float | None = None,
    ) -> Answer:
        """The answer to `question`, with at most `limit` passages.

        `previous` is the conversation of which the question is a turn, `asked` since when it has
        waited (`time.monotonic`; None: it has not). Raises `QuestionTooLong`.
        """
        similar = self._answerer.similar
        since = time.monotonic() if asked is None else asked
        with similar.turn(since) if similar else nullcontext():
            return reply(self._answerer, question, previous, limit=limit, filters=filters)

    def examples(self) -> Sequence[str]:
        """A few questions that the corpus answers, of different kinds, from its newest posts."""
        return examples(self._answerer, MOST_EXAMPLES)

    def facts(self) -> CorpusFacts:
        """What the corpus holds at this moment."""
        return self._store.facts()

    def vectors(self) -> tuple[int, int] | None:
        """How many vectors there are, and how many questions got none; None without an embedder."""
        similar = self._answerer.similar
        return (similar.vectors(), similar.without()) if similar else None

    def story(self, post: str) -> Story | None:
        """The story with this id, None if there is none."""
        return next(iter(self._store.stories([post])), None)

    def within(self, post: str, question: str, limit: int) -> Sequence[Passage]:
        """The passages of a post that answer a question best, `limit` at most."""
        found = self.story(post)
        asked = self._answerer.read(question)
        return self._answerer.passages_in(asked, found, limit) if found else ()

    def at(self, post: str, key: int, question: str) -> Passage | None:
        """The passage of nothing but a post's paragraph of this number; None if it is gone."""
        found = self.story(post)
        asked = self._answerer.read(question)
        return self._answerer.passage_at(asked, found, key) if found else None

    def listed(self, filters: Filters, limit: int, offset: int) -> Sequence[Post]:
        """The newest posts that filters admit, without the first `offset` of them."""
        return self._store.listed(filters, limit, offset)

    def names(self) -> Names:
        """What can be filtered by."""
        return Names(*self._store.names())

    def trend(self, subjects: Sequence[str]) -> Trend | None:
        """How many posts mention each of `subjects`, month by month; None where that cannot be
        counted."""
        return self._trends(subjects, datetime.now(timezone.utc)) if self._trends else None

    def subjects(self, question: str) -> Sequence[str]:
        """The subjects of a question: words of taxation that the corpus has."""
        return subjects_of(question, self._answerer.index)
