"""A question → `Answer`: the passages that answer it, or none."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Passage:
    """What a reader is shown of one post: whole sentences, at most 400 characters.

    `sentence` is a part of `text`: the one or two adjacent sentences that answer.
    `highlights` are [start, end) offsets into `text`, in code points. `score`
    orders the passages of one answer and means nothing beside another's.
    `paragraph` is the store's key of the paragraph the passage was chosen around.
    """

    post: str
    title: str
    published: datetime | None
    category: str | None
    source: str | None
    url: str | None
    heading: str | None
    text: str
    sentence: str
    highlights: tuple[tuple[int, int], ...]
    score: float
    paragraph: int


@dataclass(frozen=True, slots=True)
class Related:
    """A title that is near a question without answering it."""

    post: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question: passages, best first; or none, then what is near.

    `confidence` is in 0–1. `reply` is a friendly line where the question was
    none (a greeting, an emoji).
    """

    question: str
    confidence: float
    passages: tuple[Passage, ...]
    related: tuple[Related, ...] = ()
    reply: str | None = None

    @property
    def answered(self) -> bool:
        """Whether a passage answers the question."""
        return bool(self.passages)
