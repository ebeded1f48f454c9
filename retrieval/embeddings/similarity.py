"""How like in meaning are a question and paragraphs? By their cosine, in the model's own scale.

The cosines of a model fill a narrow range of its own: those of one are between .80 and .95, those
of another between .2 and .8. So they are read by the scale of the corpus at hand: what the
cosines of titles and paragraphs that have nothing to do with each other are.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import numpy as np

from retrieval.embeddings.embedder import Embedder, Vectors
from retrieval.embeddings.vectors import VectorReader
from retrieval.ranking.kept import Kept

_LEAST, _MOST = -2.0, 4.0
"""The similarities, in spreads beyond the mean, that are 0 and 1."""

_KEPT = 32
"""Questions whose vectors are kept: one is ranked several times."""


@dataclass
class _Turn:
    """A question in work, with all that is made of it: parts, the question without asides."""

    until: float  # no vector is waited for after that moment
    is_without: bool = False


_turn: ContextVar[_Turn | None] = ContextVar("turn", default=None)


class Similarities:
    """Compares questions with the paragraphs that have a vector; thread-safe."""

    def __init__(self, embedder: Embedder, vectors: VectorReader) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._without = 0
        self._lock = threading.Lock()
        self._kept: Kept[Vectors] = Kept(_KEPT, lambda _: 1)

    def __call__(self, question: str, keys: Sequence[int]) -> Mapping[int, float]:
        """How like a question the paragraphs are, 0 to 1, without those of which that is not
        known; of none where the question got no vector in time."""
        scale = self._vectors.scale()
        vector = self._vector(question) if scale else None
        cosines = {} if vector is None else self._vectors.cosines(vector, keys)
        turn = _turn.get()
        if turn and keys:
            turn.is_without |= not cosines
        if scale is None:
            return {}
        return {key: _share((cosine - scale[0]) / scale[1]) for key, cosine in cosines.items()}

    @contextmanager
    def turn(self, asked: float) -> Iterator[None]:
        """Within, a question is answered that was asked at `asked` (`time.monotonic`). All its
        vectors are waited for as long as one may be, and the time in which it waited for its turn
        counts: where many ask, those who waited go on by BM25 alone, and the queue stays short."""
        turn = _Turn(asked + self._embedder.patience)
        token = _turn.set(turn)
        try:
            yield
        finally:
            _turn.reset(token)
            with self._lock:
                self._without += turn.is_without

    def vectors(self) -> int:
        """How many vectors there are."""
        return len(self._vectors)

    def without(self) -> int:
        """How many turns were ranked by BM25 alone so far, all or a part of them."""
        return self._without

    def _vector(self, question: str) -> Vectors | None:
        vector = self._kept.get(question)
        if vector is None:
            vector = self._asked(question)
            if vector is not None:
                self._kept.put(question, vector)
        return vector

    def _asked(self, question: str) -> Vectors | None:
        left, turn = self._embedder.patience, _turn.get()
        if turn:
            left = min(left, turn.until - time.monotonic())
        return self._embedder.question(question, left) if left > 0 else None


def _share(spreads: float) -> float:
    return min(1.0, max(0.0, (spreads - _LEAST) / (_MOST - _LEAST)))


def scale_of(titles: Vectors, paragraphs: Vectors) -> tuple[float, float]:
    """The mean of the cosines of titles and paragraphs, and their spread beside one title."""
    cosines = paragraphs @ titles.T
    return float(cosines.mean()), max(float(np.std(cosines, axis=0).mean()), 1e-6)
