"""The loops of searching that numpy can't do at speed, compiled by numba and cached on disk.

What belongs together goes from one to another as a `NamedTuple`. From Python, `search` takes each
array by itself: a tuple of arrays costs a call 2 µs more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from retrieval.index.arrays import (
    BUCKET,
    DOCUMENT_SHIFT,
    LARGE,
    WINDOW,
    WINDOW_BITS,
    Array,
    Asked,
    Memory,
    Number,
    Postings,
)
from retrieval.index.compiling import compiled
from retrieval.index.kernels import bucket_shift, norm_of

SLACK = 1e-9  # of a score, so that rounding never prunes a hit

BOUND = 1 << 30  # what the lists asked can add up to, in the units that bounds are counted in
PROBE = 4096  # postings that the first look for a threshold may cost
PROMISING = 2  # documents completed for each hit asked, to start from a good threshold
BATCH = 32  # documents looked up or scored at a time
DENSE = 24  # postings spread over a window cost about what one look-up does
ORDER, START, END, BUCKETS, SHIFT = range(5)
INSIDE = np.uint32(WINDOW - 1)  # the bits of a document that tell its place in a window


class Lists(NamedTuple):
    """The posting lists of the terms asked, the most valuable first.

    Bounds are in whole units, of which `scale` make a score of 1.
    """

    places: Array  # place in the question, start, end, start of the buckets, their width in bits
    worth: Array  # of a unit of impact
    rest: Array  # what the lists from each on can add at most
    scale: Number


@compiled
def slot_of(terms: Array, term: Number) -> Number:
    """Where a term stands in a segment's, or any number among sorted ones, or -1."""
    low, high = 0, len(terms)
    while low < high:
        middle = (low + high) >> 1
        if terms[middle] < term:
            low = middle + 1
        else:
            high = middle
    return low if low < len(terms) and terms[low] == term else -1


@compiled
def find(
    place: Array, postings: Array, buckets: Array, documents: Array, count: Number, hits: Array,
) -> Number:  # fmt: skip
    """Fills in where documents stand in a posting list, or -1.

    Most of the time goes into waiting for memory, and a core waits for many places at a time if
    nothing between them is to be decided: so first all buckets are read, then a posting of each,
    and only then is anything searched. What comes back keeps the compiler from leaving that out.
    """
    first, shift = place[BUCKETS], np.uint32(place[SHIFT])
    end = np.int64(len(postings) - 1)
    for c in range(count):
        hits[c] = place[START] + np.int64(buckets[first + np.int64(documents[c] >> shift)])
    seen = np.uint32(0)
    for c in range(count):
        seen ^= postings[min(hits[c] + BUCKET // 2, end)]
    for c in range(count):
        document = documents[c]
        at = hits[c]
        last = place[START] + np.int64(buckets[first + np.int64(document >> shift) + 1]) - 1
        beyond = (np.uint64(document) + np.uint64(1)) << np.uint64(DOCUMENT_SHIFT)
        while at < last:
            middle = (at + last + 1) >> 1
            is_there = np.uint64(postings[middle]) < beyond
            at = middle if is_there else at
            last = last if is_there else middle - 1
        is_there = at == last and np.uint64(postings[at]) >> np.uint64(12) == np.uint64(document)
        hits[c] = at if is_there else np.int64(-1)
    return seen


@compiled
def worse(score: Number, key: Number, other_score: Number, other_key: Number) -> Number:
    return score < other_score or (score == other_score and key > other_key)


@compiled
def sift(scores: Array, keys: Array, size: Number, score: Number, key: Number) -> None:
    """Puts a hit in the place of the worst on the heap of the best, which is its root."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= size:
            break
        if child + 1 < size and worse(
            scores[child + 1], keys[child + 1], scores[child], keys[child]
        ):
            child += 1
        if worse(score, key, scores[child], keys[child]):
            break
        scores[at], keys[at] = scores[child], keys[child]
        at = child
    scores[at], keys[at] = score, key


@compiled
def push(scores: Array, keys: Array, size: Number, score: Number, key: Number) -> Number:
    """Puts a hit on the heap of the best; its new size."""
    if size == len(scores):
        if worse(scores[0], keys[0], score, key):
            sift(scores, keys, size, score, key)
        return size
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if worse(scores[parent], keys[parent], score, key):
            break
        scores[at], keys[at] = scores[parent], keys[parent]
        at = parent
    scores[at], keys[at] = score, key
    return size + 1


@compiled
def sort_heap(scores: Array, keys: Array, size: Number) -> None:
    """The heap of the best in order, best first; backwards it is a heap again."""
    for end in range(size - 1, 0, -1):
        score, key = scores[end], keys[end]
        scores[end], keys[end] = scores[0], keys[0]
        sift(scores, keys, end, score, key)


@compiled
def open_lists(held: Postings, asked: Asked, drifts: Array) -> Lists:
    """The lists of the terms asked that a segment holds."""
    terms, starts, tops = held.terms, held.starts, held.tops
    bucket_starts, documents = held.bucket_starts, len(held.keys)
    numbers, fields, weights = asked.terms, asked.fields, asked.weights
    order = np.empty(len(numbers), np.int64)
    slots = np.empty(len(numbers), np.int64)
    values = np.empty(len(numbers), np.float64)
    total = 0.0
    found = 0
    for number in range(len(numbers)):
        slot = slot_of(terms, numbers[number])
        if slot < 0:
            continue
        value = max(0.0, weights[number]) * drifts[fields[number]] / 255.0
        bound = value * tops[slot]
        total += bound
        at = found
        while at > 0 and values[at - 1] * tops[slots[at - 1]] < bound:
            order[at], slots[at], values[at] = order[at - 1], slots[at - 1], values[at - 1]
            at -= 1
        order[at], slots[at], values[at] = number, slot, value
        found += 1
    scale = BOUND / max(total, 1e-100)
    places = np.empty((found, 5), np.int64)
    worth = np.empty(found, np.uint32)
    rest = np.zeros(found + 1, np.int64)
    for i in range(found - 1, -1, -1):
        slot = slots[i]
        places[i, ORDER] = order[i]
        places[i, START], places[i, END] = starts[slot], starts[slot + 1]
        places[i, BUCKETS] = bucket_starts[slot]
        places[i, SHIFT] = bucket_shift(places[i, END] - places[i, START], documents)
        worth[i] = np.uint32(values[i] * scale) + np.uint32(1)
        rest[i] = rest[i + 1] + np.int64(worth[i]) * np.int64(tops[slot])
    return Lists(places, worth, rest, scale)


@compiled
def exact(
    documents: Array, count: Number, lists: Lists, held: Postings, asked: Asked, hits: Array,
    scores: Array,
) -> None:  # fmt: skip
    """Fills in documents' scores, each its terms added in the order of the question.

    `hits` is working memory: a row a term asked, -1 for those that have no list here.
    """
    places, postings, buckets = lists.places, held.postings, held.buckets
    large_at, large_tf, lengths = held.large_at, held.large_tf, held.lengths
    fields, weights, averages = asked.fields, asked.weights, asked.averages
    for i in range(len(places)):
        find(places[i], postings, buckets, documents, count, hits[places[i, ORDER]])
    for c in range(count):
        total = 0.0
        for number in range(len(weights)):
            at = hits[number, c]
            if at >= 0:
                field = fields[number]
                tf = np.int64(postings[at] >> np.uint32(8) & np.uint32(15))
                if tf == LARGE:
                    tf = np.int64(large_tf[np.searchsorted(large_at, at)])
                norm = norm_of(lengths[field, documents[c]], averages[field], asked.k1, asked.b)
                total += weights[number] * tf / (tf + norm)
        scores[c] = total


@compiled
def stretch(
    place: Array, at: Number, postings: Array, buckets: Array, base: Number, documents: Number,
) -> tuple[Number, Number]:  # fmt: skip
    """Where the part of a list that lies in a window ends, and where it begins."""
    if place[SHIFT] > WINDOW_BITS:
        limit = np.uint64(base + WINDOW) << np.uint64(12)
        end = at
        while end < place[END] and np.uint64(postings[end]) < limit:
            end += 1
        return at, end
    first, shift = place[BUCKETS], place[SHIFT]
    last = min((base + WINDOW) >> shift, ((documents - 1) >> shift) + 1)
    return (
        place[START] + np.int64(buckets[first + (base >> shift)]),
        place[START] + np.int64(buckets[first + last]),
    )


@compiled
def gather(
    count: Number, base: Number, least: Number, lists: Lists, cursor: Array, held: Postings,
    memory: Memory,
) -> Number:  # fmt: skip
    """The documents of a window whose bounds in the first `count` lists add up to `least`.

    They are left in `memory`; their number.
    """
    places, worth, documents = lists.places, lists.worth, len(held.keys)
    postings, buckets = held.postings, held.buckets
    sums, candidates, bounds = memory.sums, memory.candidates, memory.bounds
    spans = np.empty((count, 2), np.int64)
    for i in range(count):
        first, last = stretch(places[i], cursor[i], postings, buckets, base, documents)
        spans[i, 0], spans[i, 1] = first, last
        cursor[i] = last
        value = worth[i]
        for at in range(np.uint64(first), np.uint64(last)):
            posting = postings[at]
            sums[posting >> np.uint32(12) & INSIDE] += value * (posting & np.uint32(255))
    found = np.uint64(0)
    for i in range(count):
        for at in range(np.uint64(spans[i, 0]), np.uint64(spans[i, 1])):
            document = postings[at] >> np.uint32(12)
            bound = sums[document & INSIDE]
            sums[document & INSIDE] = 0
            candidates[found] = document
            bounds[found] = bound
            found += np.uint64(bound >= least)
    return np.int64(found)


@compiled
def add_list(
    place: Array, value: Number, base: Number, least: Number, held: Postings, memory: Memory,
    count: Number, hits: Array,
) -> Number:  # fmt: skip
    """Adds a list's bounds to candidates of a window; how many of them reach `least` then.

    A list much denser than the candidates is looked up, others are spread over the window.
    """
    postings, buckets, spread = held.postings, held.buckets, memory.spread
    candidates, bounds = memory.candidates, memory.bounds
    kept = np.uint64(0)
    if place[SHIFT] <= WINDOW_BITS:
        first, last = stretch(place, 0, postings, buckets, base, len(held.keys))
        if last - first < DENSE * count:
            spread[WINDOW] += np.uint32(256)  # a new mark, so that nothing has to be wiped out
            mark = spread[WINDOW]
            for at in range(np.uint64(first), np.uint64(last)):
                posting = postings[at]
                spread[posting >> np.uint32(12) & INSIDE] = mark | posting & np.uint32(255)
            for c in range(np.uint64(count)):
                document = candidates[c]
                impact = spread[document & INSIDE] - mark
                bound = bounds[c] + value * (impact if impact < np.uint32(256) else np.uint32(0))
                candidates[kept] = document
                bounds[kept] = bound
                kept += np.uint64(bound >= least)
            return np.int64(kept)
    for begin in range(0, count, BATCH):
        size = min(BATCH, count - begin)
        find(place, postings, buckets, candidates[begin:], size, hits)
        for c in range(np.uint64(size)):
            hit = hits[c]
            impact = postings[max(hit, 0)] & np.uint32(255)
            bound = bounds[begin + c] + value * (impact if hit >= 0 else np.uint32(0))
            candidates[kept] = candidates[begin + c]
            bounds[kept] = bound
            kept += np.uint64(bound >= least)
    return np.int64(kept)


@compiled
def probe(
    held: Postings, alive: Array, lists: Lists, asked: Asked, memory: Memory, hits: Array,
    capacity: Number,
) -> tuple[Array, Array]:  # fmt: skip
    """As many documents as hits are asked for, with their scores, or fewer: to start from.

    The most promising documents of the most valuable lists are completed; the best are scored.
    """
    places, worth, documents = lists.places, lists.worth, len(held.keys)
    postings, buckets = held.postings, held.buckets
    candidates, bounds = memory.candidates, memory.bounds
    some, size = 1, places[0, END] - places[0, START]
    while some < len(places):
        size += places[some, END] - places[some, START]
        if size > PROBE:
            break
        some += 1
    top_bounds = np.empty(PROMISING * capacity, np.float64)
    top_documents = np.empty(PROMISING * capacity, np.uint32)
    ready = 0
    cursor = places[:, START].copy()
    for base in range(0, documents, WINDOW):
        least = 1 if ready < len(top_bounds) else np.int64(top_bounds[0])
        count = gather(some, base, least, lists, cursor, held, memory)
        for c in range(count):
            document, bound = candidates[c], np.float64(bounds[c])
            if (ready < len(top_bounds) or bound > top_bounds[0]) and (
                not len(alive) or alive[document]
            ):
                ready = push(top_bounds, top_documents, ready, bound, document)
        if cursor[0] - places[0, START] > PROBE:
            break
    spare = hits[len(asked.weights)]
    for i in range(some, len(places)):
        value = np.float64(worth[i])
        for begin in range(0, ready, BATCH):
            size = min(BATCH, ready - begin)
            find(places[i], postings, buckets, top_documents[begin:], size, spare)
            for c in range(size):
                if spare[c] >= 0:
                    impact = postings[spare[c]] & np.uint32(255)
                    top_bounds[begin + c] += value * np.float64(impact)
    best = top_documents[np.argsort(-top_bounds[:ready])[:capacity]]
    reached = np.empty(len(best), np.float64)
    for begin in range(0, len(best), BATCH):
        size = min(BATCH, len(best) - begin)
        exact(best[begin:], size, lists, held, asked, hits, reached[begin:])
    return best, reached


@compiled
def search(
    keys: Array, lengths: Array, terms: Array, starts: Array, postings: Array,
    bucket_starts: Array, buckets: Array, tops: Array, large_at: Array, large_tf: Array,
    asked: Array, asked_fields: Array, weights: Array, averages: Array, k1: Number, b: Number,
    sums: Array, spread: Array, candidates: Array, bounds: Array,
    alive: Array, drifts: Array, best_scores: Array, best_keys: Array, size: Number,
) -> Number:  # fmt: skip
    """Adds a segment's hits to the best, which stand in order, the best first; their number.

    The arguments are those of `Postings`, `Asked` and `Memory`, and then each its own.
    """
    held = Postings(
        keys, lengths, terms, starts, postings, bucket_starts, buckets, tops, large_at, large_tf
    )
    question = Asked(asked, asked_fields, weights, averages, k1, b)
    memory = Memory(sums, spread, candidates, bounds)
    return best_of(held, alive, question, drifts, best_scores, best_keys, size, memory)


@compiled
def best_of(
    held: Postings, alive: Array, asked: Asked, drifts: Array, best_scores: Array,
    best_keys: Array, size: Number, memory: Memory,
) -> Number:  # fmt: skip
    """`search`.

    MaxScore by windows of documents: only the most valuable lists are read whole, as many as it
    takes until the others together can't reach the threshold; what they bring is completed from
    the others while it can still reach it, first by bounds, then exactly.
    """
    keys, capacity = held.keys, len(best_scores)
    lists = open_lists(held, asked, drifts)
    places, worth, rest, scale = lists
    if len(places) == 0:
        return size
    best_scores[:size] = best_scores[:size][::-1].copy()
    best_keys[:size] = best_keys[:size][::-1].copy()
    hits = np.full((len(asked.terms) + 1, BATCH), -1, np.int64)
    scores = np.empty(BATCH, np.float64)
    total = np.int64(0)
    for i in range(len(places)):
        total += places[i, END] - places[i, START]
    known = np.empty(0, np.uint32)
    if size < capacity and total > 4 * PROBE:
        known, reached = probe(held, alive, lists, asked, memory, hits, capacity)
        for c in range(len(known)):
            size = push(best_scores, best_keys, size, reached[c], keys[known[c]])
        known.sort()
    threshold = best_scores[0] if size == capacity else -np.inf
    cursor = places[:, START].copy()
    candidates, bounds = memory.candidates, memory.bounds
    for base in range(0, len(keys), WINDOW):
        needed = bound_of(threshold, scale)
        whole = 0
        while whole < len(places) and rest[whole] >= needed:
            whole += 1
        if whole == 0:
            break
        count = gather(whole, base, needed - rest[whole], lists, cursor, held, memory)
        for i in range(whole, len(places)):
            if count:
                count = add_list(
                    places[i], worth[i], base, needed - rest[i + 1], held, memory, count,
                    hits[len(asked.terms)],
                )  # fmt: skip
        for begin in range(0, count, BATCH):
            some = 0
            for c in range(begin, min(begin + BATCH, count)):
                document = candidates[c]
                if np.int64(bounds[c]) < needed or (len(alive) and not alive[document]):
                    continue
                candidates[some] = document
                some += slot_of(known, document) < 0
            exact(candidates, some, lists, held, asked, hits, scores)
            for c in range(some):
                size = push(best_scores, best_keys, size, scores[c], keys[candidates[c]])
            if size == capacity and best_scores[0] > threshold:
                threshold = best_scores[0]
                needed = bound_of(threshold, scale)
    sort_heap(best_scores, best_keys, size)
    return size


@compiled
def bound_of(threshold: Number, scale: Number) -> Number:
    """The least bound of a document whose score may reach a threshold, 1 at least."""
    return np.int64(min(max(1.0, threshold * scale * (1 - SLACK)), 4.0 * BOUND))


@compiled
def score(
    segment: tuple[Array, ...], documents: Array, question: tuple[Any, ...], scores: Array
) -> None:
    """Fills in the exact scores of some of a segment's documents (where one is not -1)."""
    held, asked = Postings(*segment), Asked(*question)
    lists = open_lists(held, asked, np.ones(len(asked.averages)))
    there = np.flatnonzero(documents >= 0)
    wanted = documents[there].astype(np.uint32)
    hits = np.full((len(asked.terms), BATCH), -1, np.int64)
    reached = np.empty(BATCH, np.float64)
    for begin in range(0, len(wanted), BATCH):
        size = min(BATCH, len(wanted) - begin)
        exact(wanted[begin:], size, lists, held, asked, hits, reached)
        scores[there[begin : begin + size]] = reached[:size]
