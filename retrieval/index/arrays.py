"""What the loops take: arrays, and tuples of arrays that belong together.

A posting is one 32-bit number: 20 bits of document, 4 bits of term frequency (15 means "look it
up among the large ones") and 8 bits of impact. The impact is tf / (tf + norm) rounded up to a
multiple of 1/255, under the average lengths of the moment the segment was built: an upper bound
that costs no look-up of the document's length, which the search checks first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Number = Any  # an integer or a float, of a width that numba infers
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Numbers = NDArray[np.uint32]
Flags = NDArray[np.uint8]

DOCUMENT_SHIFT = 12
MAX_DOCUMENTS = 1 << (32 - DOCUMENT_SHIFT)
LARGE = 15
BUCKET = 16  # postings a bucket of a list, on average: one cache line
WINDOW_BITS = 15
WINDOW = 1 << WINDOW_BITS  # documents whose bounds are kept at a time: 128 KB, near the core
PROBE = 8192  # postings that the first look for a threshold may cost
UNKNOWN = 0xFFFFFFFF  # the number of a term that no vocabulary has


class Postings(NamedTuple):
    """The posting lists of a segment, as its file has them."""

    keys: Array  # of each document, ascending
    lengths: Array  # fields × documents
    terms: Array  # the numbers of the terms, ascending
    starts: Array  # where each term's list begins, and the last ends
    postings: Array  # the lists, one after the other
    bucket_starts: Array
    buckets: Array  # a list's postings up to each of some documents
    tops: Array  # the highest impact of each list
    large_at: Array  # the postings whose frequency is LARGE or more
    large_tf: Array  # and how much it is


class Asked(NamedTuple):
    """A question: its terms, each once, and what their scores depend on."""

    terms: Array
    fields: Array
    weights: Array
    averages: Array  # the average length of each field
    k1: Number
    b: Number


class Memory(NamedTuple):
    """A thread's working memory, so that a search allocates next to nothing."""

    sums: Array  # by document of a window, all nought before and after a search
    spread: Array  # the same for one list; last a mark that grows
    candidates: Array  # documents of a window; behind them those of a first look
    bounds: Array  # what each of them can reach


def working_memory() -> Memory:
    """Working memory for one thread."""
    return Memory(
        np.zeros(WINDOW, np.uint32),
        np.zeros(WINDOW + 1, np.uint32),
        np.empty(WINDOW + PROBE + 2, np.uint32),
        np.empty(WINDOW + PROBE + 2, np.uint32),
    )


class Known(NamedTuple):
    """A vocabulary: the text of all terms, where each ends, its field, and a hash table."""

    text: Array
    ends: Array
    fields: Array
    table: Array
