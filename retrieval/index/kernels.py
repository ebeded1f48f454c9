"""The loops that numpy can't do at speed, compiled by numba and cached on disk.

A posting is one 32-bit number: 20 bits of document, 4 bits of term frequency (15 means "look it
up among the large ones") and 8 bits of impact. The impact is tf / (tf + norm) rounded up to a
multiple of 1/255, under the average lengths of the moment the segment was built: an upper bound
that costs no look-up of the document's length, which the search checks first.
"""

from __future__ import annotations

import numba
import numpy as np

DOCUMENT_SHIFT = 12
MAX_DOCUMENTS = 1 << (32 - DOCUMENT_SHIFT)
LARGE = 15
BUCKET = 16  # postings a bucket, on average: one cache line
DONE = np.float32(3e38)
LEAST = 0.0
TINY = np.float32(1e-30)
WINDOW = 1 << 14
PROBE = 2048
SLACK = 1e-4  # of a bound, so that rounding never prunes a hit

compiled = numba.njit(cache=True, nogil=True)


@compiled
def norm_of(length, average, k1, b):
    """BM25's k1 × (1 − b + b × length / average)."""
    if average <= 0.0:
        return k1
    return k1 * (1.0 - b + b * length / average)


@compiled
def bucket_shift(count, documents):
    """The bits to drop from a document to get its bucket, for a list of `count` postings."""
    shift = 0
    while (documents >> shift) * BUCKET > count:
        shift += 1
    return shift


@compiled
def hash_of(text, start, end, field):
    """FNV-1a over a term's bytes and its field."""
    value = np.uint64(14695981039346656037) ^ np.uint64(field)
    for at in range(start, end):
        value = (value ^ np.uint64(text[at])) * np.uint64(1099511628211)
    return value ^ (value >> np.uint64(29))


@compiled
def entry_of(content, start, end, field, text, ends, fields, table):
    """The place of a term in the hash table: where it is, or where it would go."""
    mask = np.uint64(len(table) - 1)
    place = hash_of(content, start, end, field) & mask
    while table[place]:
        term = np.int64(table[place]) - 1
        first = ends[term - 1] if term else np.int64(0)
        if fields[term] == field and ends[term] - first == end - start:
            at = np.int64(0)
            while at < end - start and text[first + at] == content[start + at]:
                at += 1
            if at == end - start:
                break
        place = (place + np.uint64(1)) & mask
    return place


@compiled
def number(content, at, field, numbers, done, text, ends, fields, table, size):
    """Numbers terms, new ones too, until all are done or an array is full; how far it came."""
    while done < len(numbers):
        end = at
        while content[end]:
            end += 1
        place = entry_of(content, at, end, field, text, ends, fields, table)
        if not table[place]:
            used = ends[size - 1] if size else np.int64(0)
            if 2 * size >= len(table) or size == len(ends) or used + end - at > len(text):
                break
            for offset in range(end - at):
                text[used + offset] = content[at + offset]
            ends[size] = used + end - at
            fields[size] = field
            size += 1
            table[place] = size
        numbers[done] = table[place] - np.uint32(1)
        done += 1
        at = end + 1
    return done, at, size


@compiled
def look_up(content, field, numbers, text, ends, fields, table):
    """Numbers terms that are known, the others with the highest number there is."""
    at = 0
    for done in range(len(numbers)):
        end = at
        while content[end]:
            end += 1
        place = entry_of(content, at, end, field, text, ends, fields, table)
        numbers[done] = table[place] - np.uint32(1)
        at = end + 1


@compiled
def rehash(text, ends, fields, size, length):
    """A hash table of the given length over the first `size` terms."""
    table = np.zeros(length, np.uint32)
    for term in range(size):
        first = ends[term - 1] if term else np.int64(0)
        mask = np.uint64(length - 1)
        place = hash_of(text, first, ends[term], fields[term]) & mask
        while table[place]:
            place = (place + np.uint64(1)) & mask
        table[place] = term + 1
    return table


@compiled
def sort_each(tokens, bounds):
    """Sorts every document's tokens in place."""
    for document in range(len(bounds) - 1):
        tokens[bounds[document] : bounds[document + 1]].sort()


@compiled
def arrange(tokens, bounds, order, arranged, arranged_bounds):
    """Copies documents in another order."""
    at = np.int64(0)
    for number in range(len(order)):
        document = order[number]
        for token in range(bounds[document], bounds[document + 1]):
            arranged[at] = tokens[token]
            at += 1
        arranged_bounds[number + 1] = at


@compiled
def count_documents(frequencies, tokens, bounds, documents, change):
    """Adds `change` to the document frequency of each term of the documents."""
    for document in documents:
        for at in range(bounds[document], bounds[document + 1]):
            if at == bounds[document] or tokens[at] != tokens[at - 1]:
                frequencies[tokens[at]] += change


@compiled
def add_frequencies(frequencies, terms, starts):
    """Adds a whole segment's document frequencies."""
    for slot in range(len(terms)):
        frequencies[terms[slot]] += starts[slot + 1] - starts[slot]


@compiled
def document_lengths(tokens, bounds, term_fields, fields):
    """The number of tokens in each field of each document: fields × documents."""
    lengths = np.zeros((fields, len(bounds) - 1), np.uint32)
    for document in range(len(bounds) - 1):
        for at in range(bounds[document], bounds[document + 1]):
            lengths[term_fields[tokens[at]], document] += np.uint32(1)
    return lengths


@compiled
def invert(tokens, bounds, ranks, terms, term_fields, lengths, averages, k1, b):
    """Documents (sorted tokens, repeated as often as they occur) → posting lists.

    `ranks` gives a token's place among the segment's `terms`.
    """
    documents = len(bounds) - 1
    size = len(terms)
    counts = np.zeros(size, np.int64)
    large = 0
    for document in range(documents):
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
        shift = bucket_shift(counts[slot], documents)
        bucket_starts[slot + 1] = bucket_starts[slot] + ((documents - 1) >> shift) + 2
    postings = np.empty(starts[size], np.uint32)
    large_at = np.empty(large, np.int64)
    large_tf = np.empty(large, np.uint32)
    cursor = starts[:-1].copy()
    large = 0
    for document in range(documents):
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
        shift = np.uint32(bucket_shift(end - start, documents))
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


@compiled
def slot_of(terms, term):
    """Where a term stands in a segment, or -1."""
    low, high = 0, len(terms)
    while low < high:
        middle = (low + high) >> 1
        if terms[middle] < term:
            low = middle + 1
        else:
            high = middle
    return low if low < len(terms) and terms[low] == term else -1


@compiled
def find(postings, start, buckets, bucket_start, shift, document):
    """Where a document stands in a posting list, or -1."""
    bucket = bucket_start + (document >> shift)
    at = start + np.int64(buckets[bucket])
    end = start + np.int64(buckets[bucket + 1])
    while at < end:
        found = np.int64(postings[at] >> np.uint32(12))
        if found >= document:
            return at if found == document else np.int64(-1)
        at += 1
    return np.int64(-1)


@compiled
def worse(score, key, other_score, other_key):
    return score < other_score or (score == other_score and key > other_key)


@compiled
def push(scores, keys, size, score, key):
    """Puts a hit on the heap of the best (the worst at its root); its new size."""
    capacity = len(scores)
    if size == capacity:
        if worse(score, key, scores[0], keys[0]):
            return size
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
def frequency(postings, large_at, large_tf, at):
    tf = np.int64(postings[at] >> np.uint32(8) & np.uint32(15))
    if tf == LARGE:
        tf = np.int64(large_tf[np.searchsorted(large_at, at)])
    return tf


@compiled
def search(
    keys, lengths, terms, starts, postings, bucket_starts, buckets, tops, large_at, large_tf,
    alive, asked, asked_fields, weights, averages, drifts, k1, b,
    best_scores, best_keys, size,
):  # fmt: skip
    """Adds a segment's hits to the heap of the best; its new size."""
    documents = len(keys)
    slots = np.empty(len(asked), np.int64)
    bounds = np.empty(len(asked), np.float64)
    found = 0
    order = np.empty(len(asked), np.int64)
    for number in range(len(asked)):
        slot = slot_of(terms, asked[number])
        slots[number] = slot
        if slot < 0:
            continue
        bound = max(0.0, weights[number]) * tops[slot] * drifts[asked_fields[number]] / 255.0
        bounds[number] = bound
        at = found
        while at > 0 and bounds[order[at - 1]] < bound:
            order[at] = order[at - 1]
            at -= 1
        order[at] = number
        found += 1
    start = np.empty(found, np.int64)
    end = np.empty(found, np.int64)
    bucket_start = np.empty(found, np.int64)
    shift = np.empty(found, np.int64)
    step = np.empty(found, np.float64)  # what one unit of impact is worth
    rest = np.zeros(found + 1, np.float64)  # what the lists from here on can add
    for i in range(found - 1, -1, -1):
        slot = slots[order[i]]
        start[i], end[i] = starts[slot], starts[slot + 1]
        bucket_start[i] = bucket_starts[slot]
        shift[i] = bucket_shift(end[i] - start[i], documents)
        step[i] = max(0.0, weights[order[i]]) * drifts[asked_fields[order[i]]] / 255.0
        rest[i] = rest[i + 1] + bounds[order[i]]
    where = np.empty(len(asked), np.int64)
    capacity = len(best_scores)
    threshold = best_scores[0] if size == capacity else -np.inf
    if found == 0:
        return size
    first = 1
    while first < found and end[first] - start[first] + end[0] - start[0] < PROBE:
        first += 1
    lists = found
    probing = size < capacity and end[found - 1] - start[found - 1] > 2 * PROBE
    candidates = np.empty(WINDOW + 1, np.uint32)
    bounds_of = np.empty(WINDOW + 1, np.float32)
    sums = np.zeros(WINDOW, np.float32)
    if probing:
        top_sums = np.empty(capacity, np.float64)
        top_documents = np.empty(capacity, np.int64)
        ready = 0
        cursor = start.copy()
        for base in range(0, documents, WINDOW):
            limit = np.uint64(base + WINDOW) << np.uint64(12)
            n = gather(
                postings,
                cursor,
                end,
                step,
                first,
                limit,
                base,
                np.float32(0),
                sums,
                candidates,
                bounds_of,
            )
            for c in range(n):
                bound = np.float64(bounds_of[c])
                if ready < capacity or bound > top_sums[0]:
                    ready = push(top_sums, top_documents, ready, bound, np.int64(candidates[c]))
            if cursor[0] - start[0] > PROBE:
                break
        probe_scores = np.empty(capacity, np.float64)
        probe_keys = np.empty(capacity, np.int64)
        probed = 0
        for number in range(ready):
            document = top_documents[number]
            if len(alive) and not alive[document]:
                continue
            score = exact(
                slots,
                order,
                found,
                start,
                buckets,
                bucket_start,
                shift,
                asked_fields,
                weights,
                where,
                postings,
                large_at,
                large_tf,
                lengths,
                averages,
                k1,
                b,
                document,
            )
            probed = push(probe_scores, probe_keys, probed, score, keys[document])
        if probed == capacity:
            threshold = max(threshold, probe_scores[0])
    cursor = start.copy()
    for base in range(0, documents, WINDOW):
        lists = 0
        while lists < found and rest[lists] * (1 + SLACK) >= threshold:
            lists += 1
        if lists == 0:
            break
        limit = np.uint64(base + WINDOW) << np.uint64(12)
        least = np.float32(max(LEAST, threshold / (1 + SLACK) - rest[lists]))
        n = gather(
            postings, cursor, end, step, lists, limit, base, least, sums, candidates, bounds_of
        )
        for j in range(lists, found):
            least = np.float32(threshold / (1 + SLACK) - rest[j])
            m = 0
            for c in range(n):
                candidates[m] = candidates[c]
                bounds_of[m] = bounds_of[c]
                m += bounds_of[c] >= least
            n = m
            worth = np.float32(step[j])
            for c in range(n):
                hit = find(
                    postings, start[j], buckets, bucket_start[j], shift[j], np.int64(candidates[c])
                )
                if hit >= 0:
                    bounds_of[c] += worth * np.float32(postings[hit] & np.uint32(255))
        for c in range(n):
            if np.float64(bounds_of[c]) * (1 + SLACK) < threshold:
                continue
            document = np.int64(candidates[c])
            if len(alive) and not alive[document]:
                continue
            score = exact(
                slots,
                order,
                found,
                start,
                buckets,
                bucket_start,
                shift,
                asked_fields,
                weights,
                where,
                postings,
                large_at,
                large_tf,
                lengths,
                averages,
                k1,
                b,
                document,
            )
            size = push(best_scores, best_keys, size, score, keys[document])
            if size == capacity:
                threshold = max(threshold, best_scores[0])
    return size


@compiled
def gather(postings, cursor, end, step, lists, limit, base, least, sums, candidates, bounds_of):
    """The documents of a window in any of the first lists whose bounds add up to `least`."""
    first = cursor[:lists].copy()
    base = np.uint32(base)
    for i in range(lists):
        worth = np.float32(step[i])
        at, last = np.uint64(cursor[i]), np.uint64(end[i])
        while at < last:
            posting = postings[at]
            if posting >= limit:
                break
            sums[(posting >> np.uint32(12)) - base] += TINY + worth * np.float32(
                posting & np.uint32(255)
            )
            at += np.uint64(1)
        cursor[i] = at
    n = np.uint64(0)
    least = max(least, TINY / np.float32(2))
    for i in range(lists):
        for at in range(np.uint64(first[i]), np.uint64(cursor[i])):
            document = postings[at] >> np.uint32(12)
            bound = sums[document - base]
            sums[document - base] = 0
            candidates[n] = document
            bounds_of[n] = bound
            n += np.uint64(bound >= least)
    return np.int64(n)


@compiled
def exact(
    slots,
    order,
    found,
    start,
    buckets,
    bucket_start,
    shift,
    asked_fields,
    weights,
    where,
    postings,
    large_at,
    large_tf,
    lengths,
    averages,
    k1,
    b,
    document,
):
    """A document's score, its terms added in the order of the question."""
    for j in range(found):
        where[order[j]] = find(postings, start[j], buckets, bucket_start[j], shift[j], document)
    score = 0.0
    for number in range(len(slots)):
        if slots[number] >= 0 and where[number] >= 0:
            field = asked_fields[number]
            tf = frequency(postings, large_at, large_tf, where[number])
            norm = norm_of(lengths[field, document], averages[field], k1, b)
            score += weights[number] * tf / (tf + norm)
    return score


@compiled
def score(
    keys, lengths, terms, starts, postings, bucket_starts, buckets, tops, large_at, large_tf,
    documents, asked, asked_fields, weights, averages, k1, b, scores,
):  # fmt: skip
    """Fills in the exact scores of some of a segment's documents (where one is not -1)."""
    slots = np.empty(len(asked), np.int64)
    where = np.empty(len(asked), np.int64)
    for number in range(len(asked)):
        slots[number] = slot_of(terms, asked[number])
    found = 0
    order = np.empty(len(asked), np.int64)
    start = np.empty(len(asked), np.int64)
    bucket_start = np.empty(len(asked), np.int64)
    shift = np.empty(len(asked), np.int64)
    for number in range(len(asked)):
        slot = slots[number]
        if slot >= 0:
            order[found] = number
            start[found] = starts[slot]
            bucket_start[found] = bucket_starts[slot]
            shift[found] = bucket_shift(starts[slot + 1] - starts[slot], len(keys))
            found += 1
    for number in range(len(documents)):
        if documents[number] >= 0:
            scores[number] = exact(
                slots, order, found, start, buckets, bucket_start, shift, asked_fields, weights,
                where, postings, large_at, large_tf, lengths, averages, k1, b, documents[number],
            )  # fmt: skip
