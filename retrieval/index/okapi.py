"""How much a term is worth to rank-bm25: its model, in a module that only its indexes load."""

from __future__ import annotations

import numpy as np
from rank_bm25 import BM25Okapi

from retrieval.index.similarity import Floats, Integers, Spectrum


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
