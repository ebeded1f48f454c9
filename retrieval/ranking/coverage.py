"""What of a question a text says, as a set of its concepts."""

from collections.abc import Sequence

from retrieval.question.question import Concept


class ConceptMatcher:
    """Finds concepts in normalised texts. A set of them is an int: a bit each, in their order."""

    def __init__(self, concepts: Sequence[Concept], weights: Sequence[float]) -> None:
        forms = [(1 << at, c.forms) for at, c in enumerate(concepts)]
        self._single = [(bit, only) for bit, (only, *others) in forms if not others]
        self._several = [(bit, some) for bit, some in forms if len(some) > 1]
        self._weigh(weights)

    def _weigh(self, weights: Sequence[float]) -> None:
        self._weights = weights
        self._total = sum(weights) or 1.0
        self._shares = {0: 0.0}

    def with_weights(self, weights: Sequence[float]) -> "ConceptMatcher":
        """The matcher of the same concepts that weigh otherwise."""
        other = object.__new__(ConceptMatcher)
        other._single, other._several = self._single, self._several
        other._weigh(weights)
        return other

    def matched(self, normal: str) -> int:
        """The concepts of which a normalised text holds a form."""
        found = sum([bit for bit, form in self._single if form in normal])
        for bit, forms in self._several:
            for form in forms:
                if form in normal:
                    found |= bit
                    break
        return found

    def weight_share(self, found: int) -> float:
        """The share of all the weight that a set of concepts has, in 0–1."""
        share = self._shares.get(found)
        if share is None:
            held = (w for at, w in enumerate(self._weights) if found >> at & 1)
            self._shares[found] = share = sum(held) / self._total
        return share
