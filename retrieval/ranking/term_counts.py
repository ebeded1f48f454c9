"""How often do texts hold terms? All of some texts and terms in one pass over the texts."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from retrieval.index.loops import are_compiled


def term_counts(texts: Sequence[str], terms: Sequence[str]) -> NDArray[np.int64]:
    """How often each text (a row) holds each term (a column), as `str.count` tells; no term
    may be empty."""
    if not are_compiled():  # a process that asks a question or two: numba takes longer to load
        counted = [[text.count(term) for term in terms] for text in texts]
        return np.array(counted, np.int64).reshape(len(texts), len(terms))
    counts = np.zeros((len(texts), len(terms)), np.int64)
    if texts and terms:
        from retrieval.ranking.counting import count  # here, as it imports numba

        count(*_code_points(texts), *_code_points(terms), counts)
    return counts


def _code_points(strings: Sequence[str]) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """The code points of some strings, one after the other, and where each begins and ends."""
    content = "".join(strings).encode("utf-32-le", "surrogatepass")
    return np.frombuffer(content, np.uint32), np.array([0, *accumulate(map(len, strings))])
