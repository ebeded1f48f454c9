"""Terms → the paragraphs that share them, best first."""

from collections.abc import Sequence

import numpy as np
from rank_bm25 import BM25Okapi


class Ranking:
    """rank-bm25's `BM25Okapi` over a fixed list of documents, each a list of terms."""

    def __init__(self, documents: Sequence[list[str]]) -> None:
        self._documents = [frozenset(document) for document in documents]
        # BM25Okapi divides by the mean length: it can't stand a corpus without a term.
        self._model = BM25Okapi(documents) if any(documents) else None

    def search(self, terms: list[str], k: int) -> list[tuple[int, float]]:
        """The `k` best documents that share a term with `terms`: (place, score).

        Membership is sharing a term, whatever the score: in a small corpus
        BM25Okapi scores true matches at zero or below. Ties go by place.
        """
        if self._model is None:
            return []
        wanted = frozenset(terms)
        scores = self._model.get_scores(terms)
        order = np.argsort(-scores, kind="stable")
        sharing = (int(i) for i in order if not wanted.isdisjoint(self._documents[i]))
        return [(i, float(scores[i])) for i, _ in zip(sharing, range(k), strict=False)]

    def idf(self, term: str) -> float:
        """How much a term tells; one the documents lack tells as much as the rarest."""
        known = self._model.idf if self._model else {}
        return float(known.get(term, max(known.values(), default=1.0)))
