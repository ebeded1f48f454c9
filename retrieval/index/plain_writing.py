"""The loops of writing by numpy alone, for a process that indexes a few posts.

Each function takes and returns what its namesake in `kernels` does, to the last digit.
"""

from __future__ import annotations

import numpy as np

from retrieval.index.arrays import (
    BUCKET,
    DOCUMENT_SHIFT,
    LARGE,
    UNKNOWN,
    Array,
    Flags,
    Floats,
    Integers,
    Known,
    Numbers,
)
from retrieval.index.plain import HASH_FACTOR, HASH_START, norms_of, place_of


def hash_terms(content: Array, at: int, field: int, count: int) -> tuple[Array, Integers]:
    """The hashes of `count` terms from `at` on, and where each begins, one more at the end."""
    ends = at + np.flatnonzero(content[at:] == 0)[:count]
    bounds = np.concatenate(([at], ends + 1))
    return _hashes(content, bounds[:-1], ends, field), bounds


def number(
    texts: tuple[Array, Array, Array, int], known: tuple[Array, ...], size: int,
    numbers: Numbers, done: int,
) -> tuple[int, int]:  # fmt: skip
    """Numbers terms, new ones too, until all are done or an array is full; how far it came."""
    content, hashes, bounds, field = texts
    text, ends, fields, table = own = Known(*known)
    raw, values, starts = content.tobytes(), hashes.tolist(), bounds.tolist()
    seen: dict[bytes, int] = {}
    for term in range(done, len(numbers)):
        start, end = starts[term], starts[term + 1]
        units = raw[2 * start : 2 * end - 2]
        if units not in seen:
            place, found = place_of(own, values[term], [field, *content[start : end - 1].tolist()])
            if found == UNKNOWN:
                used = int(ends[size - 1]) if size else 0
                length = end - start
                if 2 * size >= len(table) or size == len(ends) or used + length > len(text):
                    return term, size
                text[used] = field
                text[used + 1 : used + length] = content[start : end - 1]
                ends[size], fields[size], found = used + length, field, size
                size += 1
                table[place] = values[term] >> 32 << 32 | size
            seen[units] = found
        numbers[term] = seen[units]
    return len(numbers), size


def rehash(text: Array, ends: Integers, size: int, length: int) -> Array:
    """A hash table of the given length over the first `size` terms."""
    starts = np.concatenate(([0], ends[: max(0, size - 1)]))[:size]
    moved = [0] * length
    for term, value in enumerate(_hashes(text, starts, ends[:size]).tolist(), 1):
        place = value & length - 1
        while moved[place]:
            place = place + 1 & length - 1
        moved[place] = value >> 32 << 32 | term
    return np.array(moved, np.uint64)


def _hashes(text: Array, starts: Integers, ends: Integers, field: int | None = None) -> Array:
    """FNV's hash of each stretch of a text, after a field if one is given."""
    values = np.full(len(starts), HASH_START, np.uint64)
    factor = np.uint64(HASH_FACTOR)
    if field is not None:
        values = (values ^ np.uint64(field)) * factor
    left = np.arange(len(starts))  # those that have a unit more
    step = 0
    while len(left := left[starts[left] + step < ends[left]]):
        values[left] = (values[left] ^ text[starts[left] + step].astype(np.uint64)) * factor
        step += 1
    hashed: Array = values ^ values >> np.uint64(29)
    return hashed


def mark(present: Array, tokens: Numbers) -> None:
    """Flags the terms that occur."""
    present[tokens] = True


def sort_each(tokens: Numbers, bounds: Integers) -> None:
    """Sorts every document's tokens in place."""
    both = _owners(bounds).astype(np.uint64) << np.uint64(32) | tokens
    both.sort()
    tokens[:] = both & np.uint64(0xFFFFFFFF)


def arrange(
    tokens: Numbers, bounds: Integers, order: Integers, arranged: Numbers, arranged_bounds: Integers
) -> None:
    """Copies documents in another order."""
    sizes = np.diff(bounds)[order]
    np.cumsum(sizes, out=arranged_bounds[1:])
    begins = np.repeat(bounds[order] - arranged_bounds[:-1], sizes)
    arranged[:] = tokens[begins + np.arange(len(begins))]


def document_lengths(tokens: Numbers, bounds: Integers, term_fields: Flags, fields: int) -> Numbers:
    """The number of tokens in each field of each document: fields × documents."""
    count = len(bounds) - 1
    cells = term_fields[tokens].astype(np.int64) * count + _owners(bounds)
    return np.bincount(cells, minlength=fields * count).reshape(fields, count).astype(np.uint32)


def invert(
    documents: tuple[Numbers, Integers], ranks: Numbers, terms: Numbers, term_fields: Flags,
    lengths: Numbers, averages: Floats, k1: float, b: float,
) -> tuple[Array, ...]:  # fmt: skip
    """Documents (sorted tokens, repeated as often as they occur; bounds) → posting lists.

    `ranks` gives a token's place among the segment's `terms`.
    """
    tokens, bounds = documents
    owners = _owners(bounds)
    is_first = np.ones(len(tokens), np.bool_)
    is_first[1:] = (tokens[1:] != tokens[:-1]) | (owners[1:] != owners[:-1])
    firsts = np.flatnonzero(is_first)
    slots = ranks[tokens[firsts]]
    order = np.argsort(slots, kind="stable")
    tf = np.diff(firsts, append=len(tokens))[order]
    owner, slot = owners[firsts][order], slots[order]
    starts = _running(np.bincount(slot, minlength=len(terms)))
    field = term_fields[terms[slot]]
    norm = norms_of(lengths[field, owner], averages[field], k1, b)
    impact = np.minimum(255.0, np.ceil(255.0 * tf / (tf + norm) + 1e-6)).astype(np.uint32)
    large_at = np.flatnonzero(tf >= LARGE)
    held = np.minimum(tf, LARGE).astype(np.uint32)
    postings = owner.astype(np.uint32) << np.uint32(DOCUMENT_SHIFT) | held << np.uint32(8) | impact
    tops = np.maximum.reduceat(impact, starts[:-1]) if len(terms) else impact
    return (
        starts, postings, *_buckets(starts, slot, owner, len(bounds) - 1),
        tops.astype(np.uint8), large_at, tf[large_at].astype(np.uint32),
    )  # fmt: skip


def _buckets(
    starts: Integers, slot: Numbers, owner: Integers, count: int
) -> tuple[Integers, Numbers]:
    """Where the buckets of each list begin, and a list's postings up to each of its buckets."""
    shifts = _bucket_shifts(np.diff(starts), count)
    bucket_starts = _running(((count - 1) >> shifts) + 2)
    behind = bucket_starts[slot] + (owner >> shifts[slot]) + 1
    sums = np.cumsum(np.bincount(behind, minlength=bucket_starts[-1]))
    before = np.repeat(starts[:-1], np.diff(bucket_starts))
    return bucket_starts, (sums - before).astype(np.uint32)


def _bucket_shifts(counts: Integers, documents: int) -> Integers:
    """The bits to drop from a document to get its bucket, for lists of so many postings."""
    shifts = np.zeros(len(counts), np.int64)
    while (wide := (documents >> shifts) * BUCKET > counts).any():
        shifts += wide
    return shifts


def _owners(bounds: Integers) -> Integers:
    """The document of each token."""
    return np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))


def _running(sizes: Integers) -> Integers:
    """Where each of some stretches begins, and the last ends."""
    starts = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=starts[1:])
    return starts
