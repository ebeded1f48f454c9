"""How much a term is worth: what a model says of it, and Lucene's.

Every model scores a paragraph as BM25 does, the sum over the question's terms of
idf × tf × (k1 + 1) / (tf + k1 × (1 − b + b × length / average length)); they differ in idf only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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
        return lucene_idf(documents, frequencies)


def lucene_idf(documents: int, frequencies: Integers) -> Floats:
    """`Lucene.idf`; the compiled loops have it too, to the last digit."""
    return np.array(
        [
            math.log1p((documents - count + 0.5) / (count + 0.5)) if count else 0.0
            for count in frequencies.tolist()  # faster than numpy, for as few as they are
        ]
    )
