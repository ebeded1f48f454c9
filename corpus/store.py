"""The SQLite database of the corpus."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """What the corpus holds; `newest` is the time of its newest post."""

    posts: int
    paragraphs: int
    newest: datetime | None
