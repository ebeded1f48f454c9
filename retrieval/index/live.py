"""The picture of an index in memory: its segments, its statistics, and the search over them.

No files here: `Index` applies writes to a picture after it has put them into the journal, and a
reader applies those it reads there.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from retrieval.index import plain, segment
from retrieval.index.arrays import (
    Array,
    Asked,
    Flags,
    Floats,
    Integers,
    Numbers,
    Postings,
    working_memory,
)
from retrieval.index.loops import (
    MANY,
    are_compiled,
    has_compiler,
    kernels,
    search_kernels,
    searching,
    writers,
    writing,
)
from retrieval.index.segment import Documents, Parameters, Segment
from retrieval.index.similarity import Lucene, Similarity
from retrieval.index.vocabulary import Vocabulary, encode_question
from retrieval.index.writes import Encoded, Terms, Write, by_field, encoded, place_of

Where = Collection[int] | NDArray[np.bool_]

FAN_OUT = 4  # segments of one size in memory before they become one
USUAL_TERMS = 256  # of a question: for more, each search allocates its own
FEW = 20_000  # documents: without the compiled loops a search of them takes 2 to 4 ms
LARGEST_IN_MEMORY = 4096  # documents: joining more would keep a writer waiting
MOST_KNOWN = 50_000  # terms of which is kept what was looked up: some 10 MB
_NOTHING = np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0)  # asked: of what types
ALL: Flags = np.empty(0, np.uint8)  # the flags of a segment without deleted documents


@dataclass(frozen=True, eq=False)
class Part:
    """A segment as one snapshot sees it."""

    segment: Segment
    alive: Flags  # a flag a document, or ALL
    drifts: Floats  # a field each: how far impacts may have grown since the segment was built

    @property
    def size(self) -> int:
        return int(np.count_nonzero(self.alive)) if len(self.alive) else len(self.segment)

    def find(self, keys: Integers) -> Integers:
        """Where the keys stand, -1 for those not here or deleted."""
        places = self.segment.find(keys)
        if len(self.alive):
            places[self.alive[places] == 0] = -1
        return places


class _Term(NamedTuple):
    """What a snapshot knows of a term."""

    number: int
    frequency: int
    idf: float


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What a search sees: it never changes."""

    parts: tuple[Part, ...]
    documents: int
    totals: Integers  # terms in each field
    generation: int
    mark: str | None

    @cached_property
    def averages(self) -> Floats:
        """The average length of each field."""
        return self.totals / max(1, self.documents)

    @cached_property
    def _norms(self) -> dict[int, Floats]:
        return {}

    def norms(self, part: Part, parameters: Parameters) -> Floats:
        """What the lengths of a part's documents are worth, fields × documents; kept, for
        searches without the compiled loops."""
        known = self._norms.get(id(part))
        if known is None:
            averages, lengths = self.averages[:, None], part.segment.lengths
            known = plain.norms_of(lengths, averages, parameters.k1, parameters.b)
            self._norms[id(part)] = known
        return known


class Live:
    """Segments and statistics in memory; one thread may write while others search."""

    def __init__(
        self,
        fields: Sequence[str],
        similarity: Similarity,
        k1: float,
        b: float,
        vocabulary: Vocabulary | None = None,
    ) -> None:
        self.fields = tuple(fields)
        self.similarity = similarity
        self._is_lucene = isinstance(similarity, Lucene)
        self.parameters = Parameters(k1, b, len(fields))
        self._usual_factors = [k1 + 1] * len(fields)
        self._columns = [np.full(USUAL_TERMS, field) for field in range(len(fields))]
        self.vocabulary = vocabulary or Vocabulary()
        self.snapshot = Snapshot((), 0, np.zeros(len(fields), np.int64), 0, None)
        self._frequencies = np.zeros(self.vocabulary.size + 1, np.int64)
        self._spectra: dict[int, tuple[int, tuple[Integers, Integers]]] = {}
        self._kept_terms: tuple[int, dict[tuple[str, int], _Term]] = (-1, {})
        self._own = threading.local()
        self._lock = threading.Lock()  # of vocabulary, frequencies and snapshot, held briefly

    # Writing: one thread at a time.

    def documents_of(self, write: Encoded) -> Documents:
        """The paragraphs of a write, their terms numbered."""
        if sum(int(counts.sum()) for counts in write.counts) > MANY and has_compiler():
            kernels()
        with writing.counted():
            return self._documents_of(write)

    def _documents_of(self, write: Encoded) -> Documents:
        numbers = []
        for field, (counts, text) in enumerate(zip(write.counts, write.texts, strict=True)):
            at, left = 0, int(counts.sum())
            while left:
                with self._lock:
                    some, at = self.vocabulary.number(text, left, field, at)
                    self._make_room()
                numbers.append(some)
                left -= len(some)
        tokens = np.concatenate(numbers) if numbers else np.empty(0, np.uint32)
        if len(write.counts) > 1:
            owners = [np.repeat(np.arange(len(write.keys)), counts) for counts in write.counts]
            tokens = tokens[np.argsort(np.concatenate(owners), kind="stable")]
        bounds = np.zeros(len(write.keys) + 1, np.int64)
        np.cumsum(np.sum(write.counts, axis=0, dtype=np.int64), out=bounds[1:])
        writers().sort_each(tokens, bounds)
        return Documents(write.keys, tokens, bounds)

    def apply(self, write: Write) -> None:
        """Makes a write searchable."""
        added = None
        if write.counts and len(write.keys):
            documents = self.documents_of(write)
            lengths = np.array([int(counts.sum()) for counts in write.counts])
            now = self.snapshot
            averages = (now.totals + lengths) / (now.documents + len(documents))
            added = segment.build(documents, self.vocabulary.fields, averages, self.parameters)
        self._publish(added, write.keys, write.generation, write.mark)

    def load(
        self, parts: Sequence[tuple[Segment, Flags]], generation: int, mark: str | None
    ) -> None:
        """Starts from segments that are there already."""
        documents, totals = 0, np.zeros(len(self.fields), np.int64)
        loaded = []
        with self._lock:
            self._make_room()
            for part, alive in parts:
                part.count(self._frequencies)
                totals += part.lengths.sum(axis=1, dtype=np.int64)
                documents += len(part)
                if len(alive):
                    dead = np.flatnonzero(alive == 0)
                    part.recount(self._frequencies, dead, -1)
                    totals -= part.lengths[:, dead].sum(axis=1, dtype=np.int64)
                    documents -= len(dead)
                loaded.append(Part(part, alive, np.ones(len(self.fields))))
            self._set(loaded, documents, totals, generation, mark)

    def exchange(self, old: Sequence[Part], new: Segment) -> None:
        """Puts one segment in the place of others that hold the same paragraphs.

        What was deleted while it was being built is found by what is alive now.
        """
        with self._lock:
            now = self.snapshot
            gone = {id(part.segment) for part in old}
            alive = np.zeros(len(new), np.uint8)
            for part in now.parts:
                if id(part.segment) in gone:
                    keys = part.segment.documents.keys
                    alive[new.find(keys[part.alive > 0] if len(part.alive) else keys)] = 1
            flags = ALL if alive.all() else alive
            kept = [part for part in now.parts if id(part.segment) not in gone]
            place = next(at for at, part in enumerate(now.parts) if id(part.segment) in gone)
            kept.insert(place, Part(new, flags, np.ones(len(self.fields))))
            self._set(kept, now.documents, now.totals, now.generation, now.mark)

    def _publish(
        self, added: Segment | None, keys: Integers, generation: int, mark: str | None
    ) -> None:
        now = self.snapshot
        totals, documents = now.totals.copy(), now.documents
        parts, dead = [], []
        for part in now.parts:
            places = part.find(keys)
            places = places[places >= 0]
            if len(places):
                alive = (
                    part.alive.copy() if len(part.alive) else np.ones(len(part.segment), np.uint8)
                )
                alive[places] = 0
                totals -= part.segment.lengths[:, places].sum(axis=1, dtype=np.int64)
                documents -= len(places)
                dead.append((part.segment, places))
                part = replace(part, alive=alive)
            parts.append(part)
        if added is not None:
            totals += added.lengths.sum(axis=1, dtype=np.int64)
            documents += len(added)
            parts.append(Part(added, ALL, np.ones(len(self.fields))))
        with self._lock:
            for old, places in dead:
                old.recount(self._frequencies, places, -1)
            if added is not None:
                added.count(self._frequencies)
            self._set(parts, documents, totals, generation, now.mark if mark is None else mark)

    def _set(
        self,
        parts: Sequence[Part],
        documents: int,
        totals: Integers,
        generation: int,
        mark: str | None,
    ) -> None:
        averages = totals / max(1, documents)
        drifted = tuple(replace(part, drifts=_drifts(part.segment, averages)) for part in parts)
        self.snapshot = Snapshot(drifted, documents, totals, generation, mark)

    def _make_room(self) -> None:
        if len(self._frequencies) <= self.vocabulary.size:
            room = np.zeros(2 * self.vocabulary.size + 1, np.int64)
            room[: len(self._frequencies)] = self._frequencies
            self._frequencies = room

    # Reading: any thread.

    def search(
        self, terms: Terms, k: int, where: Where | None, weights: Mapping[str, float] | None
    ) -> list[tuple[int, float]]:
        now, asked = self._plan(terms, weights)
        k = min(k, now.documents)
        if k < 1 or not len(asked[0]):
            return []
        if searching.is_plain():
            with searching.counted():
                return self._plain_search(now, Asked(*asked), k, where)
        search, memory = search_kernels().search, self._memory()
        scores, keys, size = np.empty(k), np.empty(k, np.int64), 0
        for part in now.parts:
            alive = part.alive if where is None else _allowed(part, where)
            texts = part.segment.documents.tokens, part.segment.documents.bounds
            own = *texts, alive, part.drifts, scores, keys, size
            size = search(*part.segment.postings, *asked, *memory, *own)
        return list(zip(keys.tolist()[:size], scores.tolist()[:size], strict=True))

    def _plain_search(
        self, now: Snapshot, asked: Asked, k: int, where: Where | None
    ) -> list[tuple[int, float]]:
        best: list[tuple[int, float]] = []
        for part in now.parts:
            alive = part.alive if where is None else _allowed(part, where)
            held, norms = Postings(*part.segment.postings), now.norms(part, self.parameters)
            best = plain.search(held, norms, alive, asked, k, best)
        return best

    def scores(
        self, terms: Terms, keys: Sequence[int], weights: Mapping[str, float] | None
    ) -> Floats:
        now, asked = self._plan(terms, weights)
        scores = np.zeros(len(keys))
        wanted = np.asarray(keys, np.int64)
        is_plain = searching.is_plain()
        for part in now.parts if len(wanted) and len(asked[0]) else ():
            places = part.find(wanted)
            if not (places >= 0).any():
                continue
            if is_plain:
                with searching.counted():
                    held, norms = Postings(*part.segment.postings), now.norms(part, self.parameters)
                    plain.score(held, norms, places, Asked(*asked), scores)
            else:
                texts = part.segment.documents.tokens, part.segment.documents.bounds
                search_kernels().score(texts, part.segment.lengths, places, asked, scores)
        return scores

    def frequencies(self, terms: Sequence[str], field: str | None) -> tuple[int, Integers, Floats]:
        """The number of paragraphs, of those with each term, and the terms' idf."""
        number = 0 if field is None else place_of(field, self.fields)
        with self._lock:
            known = self._known(terms, number)
            documents = self.snapshot.documents
        counts = np.array([term.frequency for term in known], np.int64)
        return documents, counts, np.array([term.idf for term in known])

    def _known(self, terms: Sequence[str], field: int) -> list[_Term]:
        """What is known of terms; those asked for before, of this snapshot, are kept: the same
        terms come again, in a question and in question after question."""
        generation, kept = self._kept_terms
        if generation != self.snapshot.generation or len(kept) > MOST_KNOWN:
            kept = {}
            self._kept_terms = self.snapshot.generation, kept
        try:
            return [kept[term, field] for term in terms]
        except KeyError:  # of a term that was not asked for before
            missing = [term for term in dict.fromkeys(terms) if (term, field) not in kept]
        numbers, frequencies, idfs = self._look_up(missing, field)
        found = zip(numbers.tolist(), frequencies.tolist(), idfs.tolist(), strict=True)
        kept |= {(t, field): _Term(*of) for t, of in zip(missing, found, strict=True)}
        return [kept[term, field] for term in terms]

    def _memory(self) -> tuple[Array, ...]:
        """A thread's own working memory, as the kernels take it."""
        memory: tuple[Array, ...] | None = getattr(self._own, "memory", None)
        if memory is None:
            memory = self._own.memory = tuple(working_memory())
        return memory

    def _plan(
        self, terms: Terms, weights: Mapping[str, float] | None
    ) -> tuple[Snapshot, tuple[Any, ...]]:
        """A snapshot, and what to ask it: `Asked`, as the kernels take it."""
        factors = self._factors(weights) if weights else self._usual_factors
        listed_by_field = by_field(terms, self.fields)
        found = []
        with self._lock:
            now = self.snapshot
            for name, listed in listed_by_field.items():
                distinct = list(dict.fromkeys(listed))
                if distinct:
                    field = self.fields.index(name)
                    own, weight = self._found(distinct, field, factors[field])
                    if len(distinct) < len(listed):
                        weight *= list(Counter(listed).values())  # in the same order
                    found.append((own, self._column(field, len(own)), weight))
        usual = now.averages, self.parameters.k1, self.parameters.b
        if len(found) == 1:  # one field, at once
            return now, (*found[0], *usual)
        asked = map(np.concatenate, zip(_NOTHING, *found, strict=True))
        return now, (*asked, *usual)

    def _factors(self, weights: Mapping[str, float]) -> list[float]:
        """What the idf of a field's terms is multiplied by, where fields count differently."""
        factors = self._usual_factors.copy()
        for name, share in weights.items():
            factors[place_of(name, self.fields)] = share * (self.parameters.k1 + 1)
        return factors

    def _column(self, field: int, size: int) -> Integers:
        """The field of so many terms of one."""
        column = self._columns[field]
        return column[:size] if size <= len(column) else np.full(size, field)

    def _found(self, terms: Sequence[str], field: int, factor: float) -> tuple[Numbers, Floats]:
        """The numbers of terms and their idf, times a factor. With the compiled loops to look
        all of them up costs less than to keep them."""
        if are_compiled() and self._is_lucene:
            numbers, _, idf = self._look_up(terms, field, factor)
            return numbers, idf
        known = self._known(terms, field)
        numbers = np.array([term.number for term in known], np.uint32)
        return numbers, np.array([term.idf for term in known]) * factor

    def _look_up(
        self, terms: Sequence[str], field: int, factor: float = 1.0
    ) -> tuple[Numbers, Integers, Floats]:
        """The numbers of terms, their frequencies, their idf times a factor (Lucene's only)."""
        text, documents = encode_question(terms), self.snapshot.documents
        numbers, frequencies, idf = self.vocabulary.look_up(
            text, len(terms), field, self._frequencies, documents, factor
        )
        if not self._is_lucene:
            idf = self.similarity.idf(documents, frequencies, lambda: self._spectrum(field))
        return numbers, frequencies, idf

    def _spectrum(self, field: int) -> tuple[Integers, Integers]:
        """The document frequencies that occur in a field and the number of terms of each."""
        generation, spectrum = self._spectra.get(field, (-1, None))
        if spectrum is None or generation != self.snapshot.generation:
            size = self.vocabulary.size
            own = self._frequencies[:size][self.vocabulary.fields[:size] == field]
            terms = np.bincount(own)
            terms[:1] = 0
            levels = np.flatnonzero(terms)
            spectrum = levels, terms[levels]
            self._spectra[field] = self.snapshot.generation, spectrum
        return spectrum


def tidy(live: Live, busy: Collection[int]) -> None:
    """Joins small segments in memory, FAN_OUT of about a size at a time.

    Those whose ids are `busy` are being written to disk and left alone.
    """
    while True:
        tail: list[Part] = []
        for part in reversed(live.snapshot.parts):
            size = len(part.segment)
            if part.segment.file or id(part.segment) in busy:
                break
            if tail and _tier(size) > _tier(max(len(each.segment) for each in tail)):
                break
            tail.append(part)
        if len(tail) < FAN_OUT or sum(len(part.segment) for part in tail) > LARGEST_IN_MEMORY:
            return
        live.exchange(tail, joined(live, tail))


def settle(documents: int) -> None:
    """Settles how a process that may not pause later searches and follows so many documents.

    Few of them by numpy alone, for good: a bot on a small machine is spared the 130 MB of numba
    and LLVM. More of them by the compiled loops, which are loaded now.
    """
    if documents < FEW:
        searching.stay_plain()
        writing.stay_plain()
    else:
        prepare()


def prepare() -> None:
    """Compiles all kernels, or loads those compiled before, by means of a tiny index.

    For a process that may not pause later: compiling takes some seconds a kernel, in which no
    other thread of it runs, and a kernel is needed for the first time at any moment (a reader
    joins segments). Does nothing where numba is not installed.
    """
    if not has_compiler():
        return
    search_kernels()
    fields = ("terms", "others")
    live = Live(fields, Lucene(), 1.2, 0.75)
    terms = [str(number) for number in range(300)]  # more than a new vocabulary has room for
    for number in range(FAN_OUT):  # 9 is replaced each time
        batch = encoded([(number, dict.fromkeys(fields, terms)), (9, terms)], fields)
        live.apply(Write(batch.keys, batch.counts, batch.texts, number + 1, None))
    tidy(live, ())
    live.search(terms, 1, None, None)
    live.scores(terms, [0, 9], None)
    kernels().mark(np.zeros(1, np.bool_), np.zeros(1, np.uint32))  # of large segments only


def joined(live: Live, parts: Sequence[Part]) -> Segment:
    """One segment of the paragraphs alive in several."""
    documents = segment.join([(part.segment.documents, part.alive) for part in parts])
    averages = live.snapshot.averages
    return segment.build(documents, live.vocabulary.fields, averages, live.parameters)


def _tier(size: int) -> int:
    return max(1, size).bit_length() // 2


def _drifts(part: Segment, averages: Floats) -> Floats:
    """The factor by which impacts can exceed those the segment was built with.

    A longer average makes every length weigh less: with r = new ÷ old average, never more than
    r times. A shorter one only lowers impacts.
    """
    known = part.averages > 0
    ratio = np.divide(averages, part.averages, out=np.ones_like(averages), where=known)
    return np.maximum(ratio, 1.0)


def _allowed(part: Part, where: Where) -> Flags:
    own = part.segment.documents.keys
    if isinstance(where, np.ndarray) and where.dtype == np.bool_:
        inside = own < len(where)
        flags = np.zeros(len(own), np.uint8)
        flags[inside] = where[own[inside]]
    else:
        wanted = np.fromiter(where, np.int64, len(where))
        places = part.segment.find(wanted)
        flags = np.zeros(len(own), np.uint8)
        flags[places[places >= 0]] = 1
    return flags & part.alive if len(part.alive) else flags
