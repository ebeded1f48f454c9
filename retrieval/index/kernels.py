"""The loops of writing that numpy can't do at speed, compiled by numba and cached on disk.

They number terms and build posting lists; those that search are in `search_kernels`. What belongs
together goes from one to another as a `NamedTuple`. From Python, `look_up` takes each array by
itself: a tuple of arrays costs a call 2 µs more.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from retrieval.index import plain
from retrieval.index.arrays import BUCKET, LARGE, UNKNOWN, Array, Known, Number
from retrieval.index.compiling import compiled
from retrieval.index.reading_ahead import read_ahead

HASH_START = np.uint64(plain.HASH_START)
HASH_FACTOR = np.uint64(plain.HASH_FACTOR)
NO_TERM = np.uint32(UNKNOWN)


class Texts(NamedTuple):
    """Terms to be numbered: a text, a hash of each, where each begins, and the field of all."""

    content: Array
    hashes: Array
    bounds: Array
    field: Number


@compiled
def norm_of(length: Number, average: Number, k1: Number, b: Number) -> Number:
    """BM25's k1 × (1 − b + b × length / average)."""
    if average <= 0.0:
        return k1
    return k1 * (1.0 - b + b * length / average)


@compiled
def bucket_shift(count: Number, documents: Number) -> Number:
    """The bits to drop from a document to get its bucket, for a list of `count` postings."""
    shift = 0
    while (documents >> shift) * BUCKET > count:
        shift += 1
    return shift


@compiled
def hash_step(value: Number, unit: Number) -> Number:
    """FNV's hash of a text one unit longer."""
    return (value ^ np.uint64(unit)) * HASH_FACTOR


@compiled
def hash_end(value: Number) -> Number:
    """A hash whose lower bits depend on all of the text."""
    return value ^ value >> np.uint64(29)


@compiled
def hash_terms(content: Array, at: Number, field: Number, count: Number) -> tuple[Array, Array]:
    """The hashes of `count` terms from `at` on, and where each begins, one more at the end."""
    hashes = np.empty(count, np.uint64)
    bounds = np.empty(count + 1, np.int64)
    end = np.uint64(at)
    for number in range(count):
        bounds[number] = end
        value = hash_step(HASH_START, field)
        while content[end]:
            value = hash_step(value, content[end])
            end += np.uint64(1)
        hashes[number] = hash_end(value)
        end += np.uint64(1)
    bounds[count] = end
    return hashes, bounds


@compiled
def number_known(texts: Texts, known: Known, numbers: Array, done: Number) -> tuple[Number, Number]:
    """Numbers terms up to one that is unknown; its place, and where it would go in the table.

    An entry is the upper half of the hash, and the term's number + 1. A term's text begins with
    its field. (One call for many terms: numba counts references at each call that passes arrays,
    which takes several times as long as a term does.)
    """
    content, hashes, bounds, field = texts
    text, ends, table = known.text, known.ends, known.table
    mask = np.uint64(len(table) - 1)
    while done < len(numbers):
        at = np.uint64(bounds[done])
        size = np.uint64(bounds[done + 1]) - at
        place = hashes[done] & mask
        while True:
            entry = table[place]
            if not entry:
                return done, place
            if entry >> np.uint64(32) == hashes[done] >> np.uint64(32):
                term = (entry & np.uint64(0xFFFFFFFF)) - np.uint64(1)
                first = np.uint64(ends[term - np.uint64(1)]) if term else np.uint64(0)
                if np.uint64(ends[term]) - first == size and text[first] == field:
                    same = np.uint64(1)
                    while same < size and text[first + same] == content[at + same - np.uint64(1)]:
                        same += np.uint64(1)
                    if same == size:
                        break
            place = (place + np.uint64(1)) & mask
        numbers[done] = np.uint32(entry & np.uint64(0xFFFFFFFF)) - np.uint32(1)
        done += 1
    return done, np.uint64(0)


@compiled
def number(
    texts: tuple[Array, Array, Array, Number], known: tuple[Array, ...], size: Number,
    numbers: Array, done: Number,
) -> tuple[Number, Number]:  # fmt: skip
    """Numbers terms, new ones too, until all are done or an array is full; how far it came."""
    content, hashes, bounds, field = texts
    text, ends, fields, table = known
    while True:
        done, place = number_known(
            Texts(content, hashes, bounds, field), Known(text, ends, fields, table), numbers, done
        )
        if done == len(numbers):
            break
        used = ends[size - 1] if size else np.int64(0)
        length = bounds[done + 1] - bounds[done]
        if 2 * size >= len(table) or size == len(ends) or used + length > len(text):
            break
        text[used] = field
        text[used + 1 : used + length] = content[bounds[done] : bounds[done + 1] - 1]
        ends[size] = used + length
        fields[size] = field
        size += 1
        table[place] = hashes[done] >> np.uint64(32) << np.uint64(32) | np.uint64(size)
    return done, size


@compiled
def near_terms(hashes: Array, text: Array, ends: Array, table: Array, counts: Array) -> None:
    """Asks for what the terms with these hashes are found by, all of them at a time."""
    mask = np.uint64(len(table) - 1)
    for value in hashes:
        read_ahead(table, value & mask)
    for value in hashes:
        term = np.int64(table[value & mask] & np.uint64(0xFFFFFFFF)) - 1
        if term >= 0:
            read_ahead(ends, term)
            read_ahead(counts, term)
    for value in hashes:
        term = np.int64(table[value & mask] & np.uint64(0xFFFFFFFF)) - 1
        if term > 0:
            read_ahead(text, ends[term - 1])


@compiled
def look_up(
    content: Array, field: Number, text: Array, ends: Array, fields: Array, table: Array,
    counts: Array, documents: Number, factor: Number, numbers: Array, frequencies: Array,
    idf: Array,
) -> None:  # fmt: skip
    """Numbers terms that are known, the others with the highest number there is.

    And gives the document frequency of each, of all `counts`, and `Lucene.idf` of that, times
    `factor`.
    """
    hashes, bounds = hash_terms(content, 0, field, len(numbers))
    near_terms(hashes, text, ends, table, counts)
    texts, known = Texts(content, hashes, bounds, field), Known(text, ends, fields, table)
    done = 0
    while done < len(numbers):
        done, _ = number_known(texts, known, numbers, done)
        if done < len(numbers):
            numbers[done] = NO_TERM
            done += 1
    for number in range(len(numbers)):
        is_known = numbers[number] != NO_TERM
        count = counts[numbers[number]] if is_known else 0
        frequencies[number] = count
        idf[number] = math.log1p((documents - count + 0.5) / (count + 0.5)) if count else 0.0
        idf[number] *= factor


@compiled
def rehash(text: Array, ends: Array, size: Number, length: Number) -> Array:
    """A hash table of the given length over the first `size` terms."""
    moved = np.zeros(length, np.uint64)
    mask = np.uint64(length - 1)
    for term in range(size):
        first = ends[term - 1] if term else np.int64(0)
        value = HASH_START
        for at in range(first, ends[term]):
            value = hash_step(value, text[at])
        value = hash_end(value)
        place = value & mask
        while moved[place]:
            place = (place + np.uint64(1)) & mask
        moved[place] = value >> np.uint64(32) << np.uint64(32) | np.uint64(term + 1)
    return moved


@compiled
def mark(present: Array, tokens: Array) -> None:
    """Flags the terms that occur."""
    for token in tokens:
        present[token] = True


@compiled
def sort_each(tokens: Array, bounds: Array) -> None:
    """Sorts every document's tokens in place."""
    for document in range(len(bounds) - 1):
        tokens[bounds[document] : bounds[document + 1]].sort()


@compiled
def arrange(
    tokens: Array, bounds: Array, order: Array, arranged: Array, arranged_bounds: Array,
) -> None:  # fmt: skip
    """Copies documents in another order."""
    at = np.int64(0)
    for number in range(len(order)):
        document = order[number]
        for token in range(bounds[document], bounds[document + 1]):
            arranged[at] = tokens[token]
            at += 1
        arranged_bounds[number + 1] = at


@compiled
def document_lengths(tokens: Array, bounds: Array, term_fields: Array, fields: Number) -> Array:
    """The number of tokens in each field of each document: fields × documents."""
    lengths = np.zeros((fields, len(bounds) - 1), np.uint32)
    for document in range(len(bounds) - 1):
        for at in range(bounds[document], bounds[document + 1]):
            lengths[term_fields[tokens[at]], document] += np.uint32(1)
    return lengths


@compiled
def invert(
    documents: tuple[Array, Array], ranks: Array, terms: Array, term_fields: Array, lengths: Array,
    averages: Array, k1: Number, b: Number,
) -> tuple[Array, ...]:  # fmt: skip
    """Documents (sorted tokens, repeated as often as they occur; bounds) → posting lists.

    `ranks` gives a token's place among the segment's `terms`.
    """
    tokens, bounds = documents
    count = len(bounds) - 1
    size = len(terms)
    counts = np.zeros(size, np.int64)
    large = 0
    for document in range(count):
        at, end = bounds[document], bounds[document + 1]
        while at < end:
            token, first = tokens[at], at
            while at < end and tokens[at] == token:
                at += 1
            counts[ranks[token]] += 1
            large += at - first >= LARGE
    starts = np.zeros(size + 1, np.int64)
    bucket_starts = np.zeros(size + 1, np.int64)
    for slot in range(size):
        starts[slot + 1] = starts[slot] + counts[slot]
        shift = bucket_shift(counts[slot], count)
        bucket_starts[slot + 1] = bucket_starts[slot] + ((count - 1) >> shift) + 2
    postings = np.empty(starts[size], np.uint32)
    large_at = np.empty(large, np.int64)
    large_tf = np.empty(large, np.uint32)
    cursor = starts[:-1].copy()
    large = 0
    for document in range(count):
        at, end = bounds[document], bounds[document + 1]
        while at < end:
            token, first = tokens[at], at
            while at < end and tokens[at] == token:
                at += 1
            tf = at - first
            slot = ranks[token]
            field = term_fields[terms[slot]]
            norm = norm_of(lengths[field, document], averages[field], k1, b)
            impact = np.uint32(min(255.0, np.ceil(255.0 * tf / (tf + norm) + 1e-6)))
            if tf >= LARGE:
                large_at[large] = cursor[slot]
                large_tf[large] = tf
                large += 1
                tf = LARGE
            postings[cursor[slot]] = (
                np.uint32(document) << np.uint32(12) | np.uint32(tf) << np.uint32(8) | impact
            )
            cursor[slot] += 1
    buckets = np.empty(bucket_starts[size], np.uint32)
    tops = np.zeros(size, np.uint8)
    for slot in range(size):
        start, end = starts[slot], starts[slot + 1]
        shift = np.uint32(bucket_shift(end - start, count))
        table = buckets[bucket_starts[slot] : bucket_starts[slot + 1]]
        bucket = 0
        top = np.uint32(0)
        for at in range(start, end):
            own = postings[at] >> np.uint32(12) >> shift
            while bucket <= own:
                table[bucket] = at - start
                bucket += 1
            top = max(top, postings[at] & np.uint32(255))
        while bucket < len(table):
            table[bucket] = end - start
            bucket += 1
        tops[slot] = top
    order = np.argsort(large_at)
    return starts, postings, bucket_starts, buckets, tops, large_at[order], large_tf[order]
