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
    PROBE,
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
from retrieval.index.reading_ahead import read_ahead

SLACK = 1e-9  # of a score, so that rounding never prunes a hit

BOUND = 1 << 30  # what the lists asked can add up to, in the units that bounds are counted in
PROMISING = 1  # documents scored for each hit asked, to start from a good threshold
BATCH = 32  # documents looked up or scored at a time
BLOCK = 64  # candidates compared at a time with the worst of the best
STEPS = 5  # halvings of a bucket, which has less than 64 postings nearly always
SHORT = 256  # tokens that are compared with a term one and all sooner than halved
MOST_AHEAD = 1024  # postings asked for at a time
DENSE = 24  # postings spread over a window cost about what one look-up does
START, END, BUCKETS, SHIFT = range(4)
FIRST, LAST, AHEAD = range(3)  # where a list's part in the window begins, ends; postings of one
INSIDE = np.uint32(WINDOW - 1)  # the bits of a document that tell its place in a window


class Lists(NamedTuple):
    """The posting lists of the terms asked, the most valuable first.

    Bounds are in whole units, of which `scale` make a score of 1.
    """

    places: Array  # start, end, start of the buckets, their width in bits
    worth: Array  # of a unit of impact
    rest: Array  # what the lists from each on can add at most
    scale: Number


class Texts(NamedTuple):
    """What a segment's documents consist of: the sorted tokens of each, and where they begin."""

    tokens: Array
    bounds: Array


class Look(NamedTuple):
    """What a first look has found."""

    documents: Array  # the most promising
    scores: Array  # and what each of them reaches
    lists: Number  # of how many lists the sums are kept in the working memory, 0 for none
    ends: Array  # where those of each window end there; before them, where the first begin


@compiled
def slot_of(terms: Array, term: Number) -> Number:
    """Where a term stands in a segment's, or any number among sorted ones, or -1."""
    if term < len(terms) and terms[term] == term:  # as where a segment holds all terms there are
        return np.int64(term)
    low, high = 0, len(terms)
    while low < high:
        middle = (low + high) >> 1
        if terms[middle] < term:
            low = middle + 1
        else:
            high = middle
    return low if low < len(terms) and terms[low] == term else -1


@compiled
def near_buckets(place: Array, buckets: Array, documents: Array, count: Number) -> None:
    """Asks for the buckets of a posting list in which documents would be."""
    first, shift = place[BUCKETS], np.uint32(place[SHIFT])
    for c in range(count):
        read_ahead(buckets, first + np.int64(documents[c] >> shift))


@compiled
def near_postings(
    place: Array, postings: Array, buckets: Array, documents: Array, count: Number, hits: Array,
) -> None:  # fmt: skip
    """Asks for the postings of these buckets; fills in where they begin."""
    first, shift = place[BUCKETS], np.uint32(place[SHIFT])
    for c in range(count):
        hits[c] = place[START] + np.int64(buckets[first + np.int64(documents[c] >> shift)])
        read_ahead(postings, hits[c])
        read_ahead(postings, hits[c] + BUCKET - 1)


@compiled
def find_near(
    place: Array, postings: Array, buckets: Array, documents: Array, count: Number, hits: Array,
) -> None:  # fmt: skip
    """`find`, of what has been asked for.

    The last steps are as many for each document, so that the processor needn't guess how many.
    """
    first, shift = place[BUCKETS], np.uint32(place[SHIFT])
    for c in range(count):
        document = documents[c]
        at = np.uint64(hits[c])
        end = np.uint64(place[START] + np.int64(buckets[first + np.int64(document >> shift) + 1]))
        if at == end:
            hits[c] = -1
            continue
        last = end - np.uint64(1)
        beyond = (np.uint64(document) + np.uint64(1)) << np.uint64(DOCUMENT_SHIFT)
        while last - at >= np.uint64(2 << STEPS):
            middle = (at + last) >> np.uint64(1)
            is_there = np.uint64(postings[middle]) < beyond
            at, last = middle if is_there else at, last if is_there else middle
        for step in range(STEPS, -1, -1):
            probe = min(at + np.uint64(1 << step), last)
            at = probe if np.uint64(postings[probe]) < beyond else at
        is_there = np.uint64(postings[at]) >> np.uint64(12) == np.uint64(document)
        hits[c] = np.int64(at) if is_there else np.int64(-1)


@compiled
def find(
    place: Array, postings: Array, buckets: Array, documents: Array, count: Number, hits: Array,
) -> None:  # fmt: skip
    """Fills in where documents stand in a posting list, or -1."""
    near_buckets(place, buckets, documents, count)
    near_postings(place, postings, buckets, documents, count, hits)
    find_near(place, postings, buckets, documents, count, hits)


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
    for number in range(len(numbers)):
        slot = np.int64(numbers[number])  # where it is if a segment holds all terms there are
        if slot < len(terms):
            read_ahead(terms, slot)
            read_ahead(tops, slot)
            read_ahead(starts, slot)
            read_ahead(bucket_starts, slot)
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
            slots[at], values[at] = slots[at - 1], values[at - 1]
            at -= 1
        slots[at], values[at] = slot, value
        found += 1
    scale = BOUND / max(total, 1e-100)
    places = np.empty((found, 4), np.int64)
    worth = np.empty(found, np.uint32)
    rest = np.zeros(found + 1, np.int64)
    for i in range(found - 1, -1, -1):
        slot = slots[i]
        places[i, START], places[i, END] = starts[slot], starts[slot + 1]
        places[i, BUCKETS] = bucket_starts[slot]
        places[i, SHIFT] = bucket_shift(places[i, END] - places[i, START], documents)
        worth[i] = np.uint32(values[i] * scale) + np.uint32(1)
        rest[i] = rest[i + 1] + np.int64(worth[i]) * np.int64(tops[slot])
    return Lists(places, worth, rest, scale)


@compiled
def frequency(tokens: Array, start: Number, end: Number, term: Number) -> Number:
    """How often a term occurs among a document's sorted tokens, those from `start` to `end`."""
    if end - start <= SHORT:
        count = np.uint32(0)
        for place in range(np.uint64(start), np.uint64(end)):
            count += np.uint32(tokens[place] == term)
        return np.int64(count)
    at, size = np.uint64(start), np.uint64(end - start)
    while size > np.uint64(1):
        half = size >> np.uint64(1)
        at += half if tokens[at + half - np.uint64(1)] < term else np.uint64(0)
        size -= half
    if size and tokens[at] < term:
        at += np.uint64(1)
    first = at
    while at < np.uint64(end) and tokens[at] == term:
        at += np.uint64(1)
    return np.int64(at - first)


@compiled
def exact(
    documents: Array, count: Number, texts: Texts, lengths: Array, asked: Asked, scores: Array,
) -> None:  # fmt: skip
    """Fills in documents' scores, each its terms added in the order of the question.

    A document's own tokens are some lines of memory in a row; its places in the lists of the
    terms asked are some lines each.
    """
    tokens, bounds = texts.tokens, texts.bounds
    terms, fields, weights, averages = asked.terms, asked.fields, asked.weights, asked.averages
    for c in range(count):
        read_ahead(bounds, documents[c])
        for row in range(len(lengths)):
            read_ahead(lengths[row], documents[c])
    for c in range(count):
        for at in range(bounds[documents[c]], bounds[documents[c] + 1], BUCKET):
            read_ahead(tokens, at)
    for c in range(count):
        start, end = bounds[documents[c]], bounds[documents[c] + 1]
        total, norm, field = 0.0, 0.0, np.int64(-1)
        for number in range(len(terms)):
            tf = frequency(tokens, start, end, terms[number])
            if tf:
                if fields[number] != field:
                    field = fields[number]
                    length = lengths[field, documents[c]]
                    norm = norm_of(length, averages[field], asked.k1, asked.b)
                total += weights[number] * tf / (tf + norm)
        scores[c] = total


@compiled
def stretch(
    place: Array, buckets: Array, base: Number, documents: Number,
) -> tuple[Number, Number]:  # fmt: skip
    """Where the part of a list that lies in a window begins, and where it ends."""
    first, shift = place[BUCKETS], place[SHIFT]
    last = min((base + WINDOW) >> shift, ((documents - 1) >> shift) + 1)
    return (
        place[START] + np.int64(buckets[first + (base >> shift)]),
        place[START] + np.int64(buckets[first + last]),
    )


@compiled
def ask_for(at: Number, count: Number, end: Number, postings: Array) -> None:
    """Asks for some postings of a list that ends at `end`."""
    for line in range(at, min(at + count, end), BUCKET):
        read_ahead(postings, line)


@compiled
def begun(count: Number, places: Array, postings: Array, documents: Number) -> Array:
    """Where each list is read on from: its beginning, which the first `count` lists ask for."""
    cursor = np.empty((len(places), 3), np.int64)
    for i in range(len(places)):
        start, end = places[i, START], places[i, END]
        cursor[i, LAST] = start
        cursor[i, AHEAD] = (end - start) * WINDOW // max(documents, WINDOW) + BUCKET
        if i < count:
            ask_for(start, cursor[i, AHEAD], end, postings)
    return cursor


@compiled
def gather(
    count: Number, base: Number, least: Number, lists: Lists, cursor: Array, postings: Array,
    memory: Memory, begin: Number,
) -> Number:  # fmt: skip
    """The documents of a window whose bounds in the first `count` lists add up to `least`.

    They are left in `memory` from `begin` on; where they end. The lists are read on from where
    the window before ended; what the next window will read is asked for.
    """
    places, worth = lists.places, lists.worth
    sums, candidates, bounds = memory.sums, memory.candidates, memory.bounds
    beyond = np.uint64(base + WINDOW) << np.uint64(DOCUMENT_SHIFT)
    for i in range(count):
        ask_for(cursor[i, LAST] + cursor[i, AHEAD], cursor[i, AHEAD], places[i, END], postings)
        at, end, value = np.uint64(cursor[i, LAST]), np.uint64(places[i, END]), worth[i]
        cursor[i, FIRST] = at
        while at < end:
            posting = postings[at]
            if np.uint64(posting) >= beyond:
                break
            sums[posting >> np.uint32(12) & INSIDE] += value * (posting & np.uint32(255))
            at += np.uint64(1)
        cursor[i, LAST] = at
    found = np.uint64(begin)
    for i in range(count):
        for place in range(np.uint64(cursor[i, FIRST]), np.uint64(cursor[i, LAST])):
            document = postings[place] >> np.uint32(12)
            bound = sums[document & INSIDE]
            sums[document & INSIDE] = 0
            candidates[found] = document
            bounds[found] = bound
            found += np.uint64(bound >= least)
    return np.int64(found)


@compiled
def near_part(i: Number, places: Array, held: Postings, window: Number) -> None:
    """Asks for the part of list `i` in a window, and where its part in the next one ends."""
    documents, buckets = len(held.keys), held.buckets
    if i >= len(places) or places[i, SHIFT] > WINDOW_BITS:
        return
    first, last = stretch(places[i], buckets, window << WINDOW_BITS, documents)
    ask_for(first, np.int64(MOST_AHEAD), last, held.postings)
    for other in range(i, len(places)):
        if places[other, SHIFT] <= WINDOW_BITS and (window + 2) << WINDOW_BITS < documents:
            shift = places[other, SHIFT]
            read_ahead(buckets, places[other, BUCKETS] + ((window + 2) << WINDOW_BITS >> shift))


@compiled
def select(begin: Number, end: Number, least: Number, memory: Memory) -> Number:
    """`gather`, from what a first look has left in `memory`: the number of documents."""
    candidates, bounds = memory.candidates, memory.bounds
    found = np.uint64(0)
    for at in range(np.uint64(begin), np.uint64(end)):
        bound = bounds[at]
        candidates[found] = candidates[at]
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
        first, last = stretch(place, buckets, base, len(held.keys))
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
def keep_best(
    begin: Number, end: Number, memory: Memory, alive: Array, best_bounds: Array,
    best_documents: Array, size: Number,
) -> Number:  # fmt: skip
    """Puts the best of some candidates on the heap of the most promising; its new size.

    Hardly any is among them: so many at a time are compared with the worst, without a branch.
    """
    candidates, bounds = memory.candidates, memory.bounds
    for first in range(begin, end, BLOCK):
        last = min(first + BLOCK, end)
        least = np.uint32(best_bounds[0]) if size == len(best_bounds) else np.uint32(0)
        is_better = np.uint32(0)
        for c in range(np.uint64(first), np.uint64(last)):
            is_better |= np.uint32(bounds[c] > least)
        if not is_better:
            continue
        for c in range(np.uint64(first), np.uint64(last)):
            document, bound = candidates[c], np.float64(bounds[c])
            if (size < len(best_bounds) or bound > best_bounds[0]) and (
                not len(alive) or alive[document]
            ):
                size = push(best_bounds, best_documents, size, bound, document)
    return size


@compiled
def look(
    held: Postings, texts: Texts, alive: Array, lists: Lists, asked: Asked, memory: Memory,
    capacity: Number,
) -> Look:  # fmt: skip
    """The most promising documents of the most valuable lists, scored: to start from.

    What these lists add up to is kept in `memory`, behind what a window takes, unless the first
    list alone is too long.
    """
    places, documents = lists.places, len(held.keys)
    some, size = 0, np.int64(0)
    while some < len(places) and size + places[some, END] - places[some, START] <= PROBE:
        size += places[some, END] - places[some, START]
        some += 1
    top_bounds = np.empty(PROMISING * capacity, np.float64)
    top_documents = np.empty(PROMISING * capacity, np.uint32)
    ready = 0
    ends = np.full(((documents - 1) >> WINDOW_BITS) + 2, WINDOW + 1)
    cursor = begun(max(some, 1), places, held.postings, documents)
    for window in range(len(ends) - 1):
        begin, least = ends[window], np.int64(1)
        if not some:
            begin = 0
            least = least if ready < len(top_bounds) else np.int64(top_bounds[0])
        end = gather(
            max(some, 1), window << WINDOW_BITS, least, lists, cursor, held.postings, memory, begin
        )
        ready = keep_best(begin, end, memory, alive, top_bounds, top_documents, ready)
        if some:
            ends[window + 1] = end
        elif cursor[0, LAST] - places[0, START] > PROBE:
            break
    best = top_documents[:ready]
    scores = np.empty(ready, np.float64)
    for done in range(0, ready, BATCH):
        count = min(BATCH, ready - done)
        exact(best[done:], count, texts, held.lengths, asked, scores[done:])
    return Look(best, scores, some, ends)


@compiled
def search(
    keys: Array, lengths: Array, terms: Array, starts: Array, postings: Array,
    bucket_starts: Array, buckets: Array, tops: Array, large_at: Array, large_tf: Array,
    asked: Array, asked_fields: Array, weights: Array, averages: Array, k1: Number, b: Number,
    sums: Array, spread: Array, candidates: Array, bounds: Array,
    tokens: Array, token_bounds: Array, alive: Array, drifts: Array, best_scores: Array,
    best_keys: Array, size: Number,
) -> Number:  # fmt: skip
    """Adds a segment's hits to the best, which stand in order, the best first; their number.

    The arguments are those of `Postings`, `Asked`, `Memory` and `Texts`, and then each its own.
    """
    held = Postings(
        keys, lengths, terms, starts, postings, bucket_starts, buckets, tops, large_at, large_tf
    )
    question = Asked(asked, asked_fields, weights, averages, k1, b)
    memory = Memory(sums, spread, candidates, bounds)
    texts = Texts(tokens, token_bounds)
    return best_of(held, texts, alive, question, drifts, (best_scores, best_keys), size, memory)


@compiled
def best_of(
    held: Postings, texts: Texts, alive: Array, asked: Asked, drifts: Array,
    best: tuple[Array, Array], size: Number, memory: Memory,
) -> Number:  # fmt: skip
    """`search`.

    MaxScore by windows of documents: only the most valuable lists are read whole, as many as it
    takes until the others together can't reach the threshold; what they bring is completed from
    the others while it can still reach it, first by bounds, then exactly.
    """
    best_scores, best_keys = best
    keys, capacity = held.keys, len(best_scores)
    lists = open_lists(held, asked, drifts)
    places, worth, rest, scale = lists
    if len(places) == 0:
        return size
    best_scores[:size] = best_scores[:size][::-1].copy()
    best_keys[:size] = best_keys[:size][::-1].copy()
    hits = np.empty(BATCH, np.int64)
    scores = np.empty(BATCH, np.float64)
    total = np.int64(0)
    for i in range(len(places)):
        total += places[i, END] - places[i, START]
    first = Look(
        np.empty(0, np.uint32), np.empty(0, np.float64), np.int64(0), np.empty(0, np.int64)
    )
    if size < capacity and total > 2 * PROBE:
        first = look(held, texts, alive, lists, asked, memory, capacity)
        for c in range(len(first.documents)):
            size = push(best_scores, best_keys, size, first.scores[c], keys[first.documents[c]])
        first.documents.sort()
    known = first.documents
    threshold = best_scores[0] if size == capacity else -np.inf
    cursor = begun(0, places, held.postings, len(keys))
    candidates, bounds = memory.candidates, memory.bounds
    for window in range(((len(keys) - 1) >> WINDOW_BITS) + 1):
        base = window << WINDOW_BITS
        needed = bound_of(threshold, scale)
        whole = 0
        while whole < len(places) and rest[whole] >= needed:
            whole += 1
        if whole == 0:
            break
        near_part(max(whole, first.lists), places, held, window)
        if whole <= first.lists:
            whole, ends = first.lists, first.ends
            count = select(ends[window], ends[window + 1], needed - rest[whole], memory)
        else:
            least = needed - rest[whole]
            count = gather(whole, base, least, lists, cursor, held.postings, memory, 0)
        for i in range(whole, len(places)):
            if count:
                count = add_list(
                    places[i], worth[i], base, needed - rest[i + 1], held, memory, count, hits
                )  # fmt: skip
        for begin in range(0, count, BATCH):
            some = 0
            for c in range(begin, min(begin + BATCH, count)):
                document = candidates[c]
                if np.int64(bounds[c]) < needed or (len(alive) and not alive[document]):
                    continue
                candidates[some] = document
                some += slot_of(known, document) < 0
            exact(candidates, some, texts, held.lengths, asked, scores)
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
    texts: tuple[Array, Array], lengths: Array, documents: Array, question: tuple[Any, ...],
    scores: Array,
) -> None:  # fmt: skip
    """Fills in the exact scores of some of a segment's documents (where one is not -1)."""
    own, asked = Texts(*texts), Asked(*question)
    there = np.flatnonzero(documents >= 0)
    wanted = documents[there].astype(np.uint32)
    reached = np.empty(BATCH, np.float64)
    for begin in range(0, len(wanted), BATCH):
        size = min(BATCH, len(wanted) - begin)
        exact(wanted[begin:], size, own, lengths, asked, reached)
        scores[there[begin : begin + size]] = reached[:size]
