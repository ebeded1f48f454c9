"""What the chats need of the corpus, as functions: they know no store and no index."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.posts import Post
from corpus.store import CorpusFacts, Store, Story
from retrieval.answers import Answer, Answerer, Filters


class Ask(Protocol):
    """A question → its answer; called from threads, several at once.

    `previous` is the answer that a follow-up leans on; `limit` bounds the passages.
    """

    def __call__(
        self,
        question: str,
        *,
        previous: Answer | None = None,
        limit: int = 6,
        filters: Filters = Filters(),  # noqa: B008 (frozen)
    ) -> Answer:
        """The answer to `question`."""
        ...


@dataclass(frozen=True, slots=True)
class Library:
    """The corpus as the chats see it; every function may be called from any thread.

    `story` is None for an unknown id; `latest` gives the newest posts of a
    category (None: of all), skipping `offset` of them.
    """

    ask: Ask
    facts: Callable[[], CorpusFacts]
    story: Callable[[str], Story | None]
    latest: Callable[[str | None, int, int], Sequence[Post]]


def library(store: Store, answerer: Answerer) -> Library:
    """The library over a store and an answerer of its stories."""

    def ask(
        question: str,
        *,
        previous: Answer | None = None,
        limit: int = 6,
        filters: Filters = Filters(),  # noqa: B008
    ) -> Answer:
        return answerer.ask(question, limit=limit, filters=filters)

    def story(post: str) -> Story | None:
        return next(iter(store.stories([post])), None)

    def latest(category: str | None, limit: int, offset: int) -> Sequence[Post]:
        return store.latest(category, limit=limit, offset=offset)

    return Library(ask, store.facts, story, latest)
