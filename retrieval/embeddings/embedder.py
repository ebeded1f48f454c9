"""What turns a text into a vector: the protocol, and what any of its forms shares."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from corpus.errors import TaxnewsError

Vectors = NDArray[np.float32]
"""A vector of length 1, or one in each row of a table."""

LONGEST_PASSAGE = 400
"""Characters of a paragraph that its vector is of: models read some 500 tokens."""


class EmbeddingError(TaxnewsError):
    """An embedder that is not there, does not answer, or answers what is no vector."""


class Embedder(Protocol):
    """A model of meaning; all of it may be called from any thread, several at once."""

    @property
    def name(self) -> str:
        """The model and its version: vectors under another name are not comparable."""

    @property
    def patience(self) -> float:
        """Seconds that a question waits for its vector at most."""

    def question(self, text: str, seconds: float) -> Vectors | None:
        """The vector of a question; None if there was none within `seconds`, for any reason."""

    def questions(self, texts: Sequence[str]) -> Vectors:
        """The vectors of questions that can wait, a row each. Raises EmbeddingError."""

    def passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages, a row each. Raises EmbeddingError."""

    def close(self) -> None:
        """Give back threads and connections."""


def passage(title: str | None, text: str) -> str:
    """What is embedded of a paragraph under the title of its post."""
    return f"{title or ''}\n{text[:LONGEST_PASSAGE]}".strip()
