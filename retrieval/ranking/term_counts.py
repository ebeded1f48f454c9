"""How often do texts hold terms? All of some texts and terms in one pass over the texts."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from retrieval.index.compiling import compiled
from retrieval.index.kernels import Array

_HEADS = 1 << 10  # chains of terms, by the low bits of their first characters


def term_counts(texts: Sequence[str], terms: Sequence[str]) -> NDArray[np.int64]:
    """How often each text (a row) holds each term (a column), as `str.count` tells; no term
    may be empty."""
    counts = np.zeros((len(texts), len(terms)), np.int64)
    if texts and terms:
        _count(*_code_points(texts), *_code_points(terms), counts)
    return counts


def _code_points(strings: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The code points of some strings, one after the other, and where each begins and ends."""
    content = "".join(strings).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(content, np.uint32), np.array([0, *accumulate(map(len, strings))])


@compiled
def _count(texts: Array, ends: Array, terms: Array, bounds: Array, counts: Array) -> None:
    """Adds up `counts`. A term that begins before the last one of its kind has ended is none."""
    heads = np.full(_HEADS, -1, np.int64)
    following = np.empty(counts.shape[1], np.int64)
    free = np.zeros(counts.shape[1], np.int64)  # where the next of a term may begin
    for term in range(counts.shape[1]):
        head = terms[bounds[term]] & np.uint32(_HEADS - 1)
        following[term] = heads[head]
        heads[head] = term
    for text in range(counts.shape[0]):
        for place in range(ends[text], ends[text + 1]):
            term = heads[texts[place] & np.uint32(_HEADS - 1)]
            while term >= 0:
                start, length = bounds[term], bounds[term + 1] - bounds[term]
                if place >= free[term] and place + length <= ends[text + 1]:
                    same = 0
                    while same < length and texts[place + same] == terms[start + same]:
                        same += 1
                    if same == length:
                        counts[text, term] += 1
                        free[term] = place + length
                term = following[term]
