"""The loops of a search by numpy alone, for a process that asks a few questions.

Exhaustive: all postings of the terms asked are read. What `kernels` computes is computed here in
the same order, in the same precision.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from retrieval.index.arrays import (
    DOCUMENT_SHIFT,
    LARGE,
    UNKNOWN,
    Array,
    Asked,
    Flags,
    Floats,
    Integers,
    Known,
    Numbers,
    Postings,
)

HASH_START, HASH_FACTOR = 14695981039346656037, 1099511628211  # FNV's
_MASK = (1 << 64) - 1
_GROUP = 1 << 17  # postings: some megabytes of working memory


def look_up(content: Array, field: int, known: Known, counts: Integers) -> tuple[Numbers, Integers]:
    """The numbers of the terms of a text, `UNKNOWN` of others, and their frequencies in `counts`.

    The text has a zero after each term.
    """
    ends = np.flatnonzero(content == 0).tolist()
    starts = [0, *(end + 1 for end in ends[:-1])]
    units = content.tolist()
    terms = (units[start:end] for start, end in zip(starts, ends, strict=True))
    numbers = np.array([_number(term, field, known) for term in terms], np.uint32)
    frequencies = np.zeros(len(numbers), np.int64)
    is_known = numbers != UNKNOWN
    frequencies[is_known] = counts[numbers[is_known]]
    return numbers, frequencies


def _number(term: list[int], field: int, known: Known) -> int:
    """The number of one term, given by its UTF-16 units."""
    units = [field, *term]
    value = HASH_START
    for unit in units:
        value = (value ^ unit) * HASH_FACTOR & _MASK
    return place_of(known, value ^ value >> 29, units)[1]


def place_of(known: Known, value: int, units: list[int]) -> tuple[int, int]:
    """Where a term (its field, and its UTF-16 units) of a hash stands in the table, its number.

    Of a term that isn't there where it would go, and `UNKNOWN`.
    """
    mask = len(known.table) - 1
    place = value & mask
    while entry := known.table.item(place):
        if entry >> 32 == value >> 32:
            number = (entry & UNKNOWN) - 1
            start = known.ends.item(number - 1) if number else 0
            if known.text[start : known.ends.item(number)].tolist() == units:
                return place, number
        place = (place + 1) & mask
    return place, UNKNOWN


def search(
    held: Postings,
    norms: Floats,
    alive: Flags,
    asked: Asked,
    k: int,
    best: list[tuple[int, float]],
) -> list[tuple[int, float]]:
    """The k best of a segment's hits and of those given: (key, score), best first.

    `norms` are `norms_of` its documents' lengths, fields × documents.
    """
    scores, is_hit = _scores(held, norms, asked)
    if len(alive):
        is_hit &= alive > 0
    found = np.flatnonzero(is_hit)
    if len(found) > k:  # those that equal the worst of the k best too, as keys decide
        least = np.partition(scores[found], len(found) - k)[len(found) - k]
        found = found[scores[found] >= least]
    hits = zip(held.keys[found].tolist(), scores[found].tolist(), strict=True)
    return sorted([*best, *hits], key=lambda hit: (-hit[1], hit[0]))[:k]


def score(held: Postings, norms: Floats, documents: Integers, asked: Asked, scores: Floats) -> None:
    """Fills in the exact scores of some of a segment's documents (where one is not -1)."""
    there = documents >= 0
    scores[there] = _scores(held, norms, asked)[0][documents[there]]


def _scores(held: Postings, norms: Floats, asked: Asked) -> tuple[Floats, Array]:
    """The score of each document of a segment, and whether it holds a term asked."""
    scores = np.zeros(len(held.keys))
    is_hit = np.zeros(len(held.keys), np.bool_)
    slots = np.searchsorted(held.terms, asked.terms)
    known = np.flatnonzero(slots < len(held.terms))
    known = known[held.terms[slots[known]] == asked.terms[known]]
    slots, fields, weights = slots[known], asked.fields[known], asked.weights[known]
    starts, ends = held.starts[slots], held.starts[slots + 1]
    # Many lists in one go, as each step costs about what it does for a thousand postings.
    for number, some in enumerate(_groups(ends - starts)):
        sizes = (ends - starts)[some]
        lists = zip(starts[some].tolist(), ends[some].tolist(), strict=True)
        postings = np.concatenate([held.postings[start:end] for start, end in lists])
        documents = (postings >> DOCUMENT_SHIFT).astype(np.int64)
        tf = (postings >> 8 & LARGE).astype(np.float64)
        large = np.flatnonzero(tf == LARGE)
        if len(large):
            before = np.repeat(starts[some] - (np.cumsum(sizes) - sizes), sizes)[large]
            tf[large] = held.large_tf[np.searchsorted(held.large_at, large + before)]
        below = norms.take(np.repeat(fields[some] * len(scores), sizes) + documents)
        below += tf
        tf *= np.repeat(weights[some], sizes)
        tf /= below
        if number:
            np.add.at(scores, documents, tf)
        else:  # the same sums where there are none yet, for a third of the time
            scores[:] = np.bincount(documents, tf, len(scores))
        is_hit[documents] = True
    return scores, is_hit


def _groups(sizes: Integers) -> Iterator[slice]:
    """Lists of some sizes in groups, one of about `_GROUP` postings or of one longer list each."""
    start, total = 0, 0
    for at, size in enumerate(sizes.tolist()):
        if at > start and total + size > _GROUP:
            yield slice(start, at)
            start, total = at, 0
        total += size
    if start < len(sizes):
        yield slice(start, len(sizes))


def norms_of(lengths: Array, averages: Array, k1: float, b: float) -> Floats:
    """BM25's k1 × (1 − b + b × length / average), k1 where the average is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        usual = k1 * (1.0 - b + b * lengths / averages)
    return np.where(averages > 0.0, usual, k1)
