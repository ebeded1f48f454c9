"""How much a term is worth: the two models, by their inverse document frequencies.

Both score a paragraph as BM25 does, the sum over the question's terms of
idf × tf × (k1 + 1) / (tf + k1 × (1 − b + b × length / average length)); they differ in idf only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Spectrum = Callable[[], tuple[Integers, Integers]]


class Similarity(Protocol):
    """A model's idf."""

    name: str

    def idf(self, documents: int, frequencies: Integers, spectrum: Spectrum) -> Floats:
        """The idf of terms held by `frequencies` of the documents (0 for a term nobody holds).

        `spectrum` gives all document frequencies that occur, ascending, and the number of terms
        of each: asked only where a model needs the average over all terms.
        """
        ...


class Lucene:
    """Lucene's idf, ln(1 + (N − n + ½) / (n + ½)): never negative, so a match never costs.

    Source: org.apache.lucene.search.similarities.BM25Similarity.
    """

    name = "lucene"

    def idf(self, documents: int, frequencies: Integers, spectrum: Spectrum) -> Floats:
        return np.array(
            [
                math.log1p((documents - count + 0.5) / (count + 0.5)) if count else 0.0
                for count in frequencies.tolist()  # faster than numpy, for as few as they are
            ]
        )


class Okapi:
    """rank-bm25's BM25Okapi: its own idf, with epsilon × the average idf where that is negative."""

    name = "okapi"

    def __init__(self, epsilon: float) -> None:
        self.epsilon = epsilon

    def idf(self, documents: int, frequencies: Integers, spectrum: Spectrum) -> Floats:
        model = _Frequencies(documents)
        idf = [model.raw_idf(count) if count else 0.0 for count in frequencies.tolist()]
        if any(value < 0 for value in idf):
            levels, terms = spectrum()
            raw = [model.raw_idf(level) for level in levels.tolist()]
            floor = self.epsilon * float(np.dot(raw, terms) / terms.sum())
            idf = [floor if value < 0 else value for value in idf]
        return np.array(idf)


class _Frequencies(BM25Okapi):  # type: ignore[misc]
    """The library's model over document frequencies alone, without a corpus."""

    def __init__(self, documents: int) -> None:
        self.corpus_size, self.epsilon = documents, 0.0

    def raw_idf(self, frequency: int) -> float:
        """The library's idf before its floor: its average over a single term."""
        self.idf: dict[int, float] = {}
        self._calc_idf({0: frequency})
        return float(self.average_idf)
