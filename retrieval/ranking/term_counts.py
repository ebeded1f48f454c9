"""How often do texts hold terms? All terms are looked for at once, in all texts."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]


def term_counts(texts: Sequence[str], terms: Sequence[str]) -> Integers:
    """How often each text (a row) holds each term (a column), as `str.count` tells; no term
    may be empty."""
    if not texts or not terms:
        return np.zeros((len(texts), len(terms)), np.int64)
    tree = _Tree(terms)
    ends = np.array(list(accumulate(map(len, texts))))
    places, found = tree.found_in(_code_points("".join(texts)))
    rows = np.searchsorted(ends, places, "right")
    is_within = places + tree.lengths[found] <= ends[rows]
    cells = rows[is_within] * len(tree.terms) + found[is_within]
    counts = np.bincount(cells, minlength=len(texts) * len(tree.terms))
    counts = counts.reshape(len(texts), len(tree.terms))
    for column in map(tree.terms.__getitem__, filter(_overlaps_itself, tree.terms)):
        counts[:, column] = [text.count(tree.listed[column]) for text in texts]
    return counts.take(list(map(tree.terms.__getitem__, terms)), axis=1)


class _Tree:
    """Distinct terms as a tree: a node for each of their beginnings, the root for the empty one."""

    def __init__(self, terms: Sequence[str]) -> None:
        self.listed = list(dict.fromkeys(terms))
        self.terms = {term: number for number, term in enumerate(self.listed)}
        self.lengths = np.array(list(map(len, self.listed)))
        nodes: dict[tuple[int, str], int] = {}
        ends = []
        for term in self.listed:
            node = 0
            for character in term:
                node = nodes.setdefault((node, character), len(nodes) + 1)
            ends.append(node)
        characters = sorted({character for _, character in nodes})
        numbers = {character: number for number, character in enumerate(characters, 1)}
        # By code point the number of a character, of any other 0: the last is of all beyond.
        self._numbers = np.zeros(ord(characters[-1]) + 2, np.uint16)
        self._numbers[list(map(ord, characters))] = list(numbers.values())
        self._next = np.zeros((len(nodes) + 1, len(characters) + 1), np.int32)
        before = [node for node, _ in nodes]
        by = [numbers[character] for _, character in nodes]
        self._next[before, by] = list(nodes.values())
        self._term = np.full(len(nodes) + 1, -1)
        self._term[ends] = np.arange(len(ends))

    def found_in(self, text: NDArray[np.uint32]) -> tuple[Integers, Integers]:
        """Where in a text terms begin, and which."""
        numbers = np.append(self._numbers.take(text, mode="clip"), 0)
        places = np.flatnonzero(numbers > 0)
        nodes = np.zeros(len(places), np.int32)
        begins, found = [], []
        for depth in range(int(self.lengths.max())):
            nodes = self._next[nodes, numbers[places + depth]]
            goes_on = np.flatnonzero(nodes)
            nodes, places = nodes[goes_on], places[goes_on]
            terms = self._term[nodes]
            ended = np.flatnonzero(terms >= 0)
            begins.append(places[ended])
            found.append(terms[ended])
        return np.concatenate(begins), np.concatenate(found)


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _overlaps_itself(term: str) -> bool:
    """Whether a term may begin before another of its kind has ended."""
    return term[0] in term[1:] and any(term.endswith(term[:n]) for n in range(1, len(term)))
