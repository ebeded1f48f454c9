"""How like in meaning are a question and paragraphs? By their cosine, in the model's own scale.

The cosines of a model fill a narrow range of its own: those of one are between .80 and .95, those
of another between .2 and .8. So they are read by the scale of the corpus at hand: what the
cosines of titles and paragraphs that have nothing to do with each other are.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from retrieval.embeddings.embedder import Embedder, Vectors
from retrieval.embeddings.vectors import VectorReader
from retrieval.ranking.kept import Kept

_LEAST, _MOST = -2.0, 4.0
"""The similarities, in spreads beyond the mean, that are 0 and 1."""

_KEPT = 32
"""Questions whose vectors are kept: one is ranked several times."""


class Similarities:
    """Compares questions with the paragraphs that have a vector; thread-safe."""

    def __init__(self, embedder: Embedder, vectors: VectorReader) -> None:
        self._embedder = embedder
        self._vectors = vectors
        self._kept: Kept[Vectors] = Kept(_KEPT, lambda _: 1)

    def __call__(self, question: str, keys: Sequence[int]) -> Mapping[int, float]:
        """How like a question the paragraphs are, 0 to 1, without those of which that is not
        known; of none where the question got no vector in time."""
        scale = self._vectors.scale()
        vector = self._vector(question) if scale else None
        if scale is None or vector is None:
            return {}
        cosines = self._vectors.cosines(vector, keys)
        return {key: _share((cosine - scale[0]) / scale[1]) for key, cosine in cosines.items()}

    def vectors(self) -> int:
        """How many vectors there are."""
        return len(self._vectors)

    def failures(self) -> int:
        """How many questions got no vector so far."""
        return self._embedder.failures()

    def _vector(self, question: str) -> Vectors | None:
        vector = self._kept.get(question)
        if vector is None:
            vector = self._embedder.question(question)
            if vector is not None:
                self._kept.put(question, vector)
        return vector


def _share(spreads: float) -> float:
    return min(1.0, max(0.0, (spreads - _LEAST) / (_MOST - _LEAST)))


def scale_of(titles: Vectors, paragraphs: Vectors) -> tuple[float, float]:
    """The mean of the cosines of titles and paragraphs, and their spread beside one title."""
    cosines = paragraphs @ titles.T
    return float(cosines.mean()), max(float(np.std(cosines, axis=0).mean()), 1e-6)
