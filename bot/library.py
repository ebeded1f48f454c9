"""What the chats need of the corpus, as functions: they know no store and no index."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.posts import Post
from corpus.store import CorpusFacts, Filters, Story
from retrieval.answers import Answer, Shown


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

    `story` is None for an unknown id; `latest` gives the newest posts of a
    category (None: of all), skipping `offset` of them.
    """

    ask: Ask
    facts: Callable[[], CorpusFacts]
    story: Callable[[str], Story | None]
    latest: Callable[[str | None, int, int], Sequence[Post]]
