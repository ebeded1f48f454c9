"""Many concepts → which of them a text holds, each in any of its forms."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from retrieval.question.question import Concept
from retrieval.text import analyzer


class ConceptIndex:
    """Concepts, numbered in the order in which they were added; those of the same forms are one."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        self._holders: dict[str, list[int]] = {}
        self._by_length: dict[int, set[str]] = {}

    def add(self, concepts: Iterable[Concept]) -> NDArray[np.int64]:
        """The number of each concept: its row in what `matched` returns."""
        return np.array([self._number(concept.forms) for concept in concepts], np.int64)

    def _number(self, forms: tuple[str, ...]) -> int:
        if forms not in self._numbers:
            self._numbers[forms] = len(self._numbers)
            for form in forms:
                self._holders.setdefault(form, []).append(self._numbers[forms])
                self._by_length.setdefault(len(form), set()).add(form)
        return self._numbers[forms]

    def __len__(self) -> int:
        return len(self._numbers)

    def matched(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether a concept stands in a normalised text: (concepts, texts)."""
        matched = np.zeros((len(self._numbers), len(texts)), np.bool_)
        for column, text in enumerate(texts):
            numbers: list[int] = []
            for length, forms in self._by_length.items():
                parts = {text[i : i + length] for i in range(len(text) - length + 1)}
                for form in forms & parts:
                    numbers += self._holders[form]
            matched[numbers, column] = True
        return matched


def short_nouns(concepts: Iterable[Concept]) -> frozenset[str]:
    """The forms of two characters that the dictionary has as nouns."""
    forms = {form for concept in concepts for form in concept.forms if len(form) == 2}
    return frozenset(filter(_is_noun, forms))


@lru_cache(maxsize=16384)
def _is_noun(word: str) -> bool:
    return [tag[:1] for _, tag in analyzer.tagged(word)] == ["n"]


def with_false_words_parted(texts: Sequence[str], words: frozenset[str]) -> list[str]:
    """Normalised texts, with a mark between two adjacent words where the last character of one and
    the first of the other make one of `words`: 有关税费 has no 关税."""
    found = [word for word, _ in analyzer.tagged(analyzer.SEPARATOR.join(texts))]
    across = [
        position
        for position, (word, after) in enumerate(pairwise(found))
        if len(word) > 1 < len(after) and word[-1] + after[0] in words
    ]
    for position in across:
        found[position] += "|"
    return "".join(found).split(analyzer.SEPARATOR) if across else list(texts)
