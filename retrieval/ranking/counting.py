"""The compiled loop that counts terms in texts."""

import numpy as np

from retrieval.index.arrays import Array
from retrieval.index.compiling import compiled

_HEADS = 1 << 10  # chains of terms, by the low bits of their first characters


@compiled
def count(texts: Array, ends: Array, terms: Array, bounds: Array, counts: Array) -> None:
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
