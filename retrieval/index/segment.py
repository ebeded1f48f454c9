"""Segments: documents and their posting lists, immutable once built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from retrieval.index.arrays import Array, Flags, Floats, Integers, Numbers, Postings
from retrieval.index.loops import writers, writing
from retrieval.index.storage import read_arrays, write_arrays


@dataclass(frozen=True)
class Documents:
    """Paragraphs by ascending key; the sorted term numbers of each, as often as they occur."""

    keys: Integers
    tokens: Numbers
    bounds: Integers

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True)
class Parameters:
    """What a posting's impact depends on."""

    k1: float
    b: float
    fields: int


@dataclass(frozen=True, eq=False)
class Segment:
    """Documents with their posting lists, in memory or mapped from a file."""

    documents: Documents
    postings: tuple[Array, ...]  # those of `Postings`, as the kernels take them
    averages: Floats  # the lengths that the impacts were computed under
    file: str | None = None

    def __len__(self) -> int:
        return len(self.documents)

    @property
    def lengths(self) -> Numbers:
        """fields × documents."""
        return self.postings[1]

    def find(self, keys: Integers) -> Integers:
        """Where the keys stand, -1 for those that are not here; deleted ones are found too."""
        own = self.documents.keys
        if not len(own):
            return np.full(len(keys), -1)
        places = np.minimum(np.searchsorted(own, keys), len(own) - 1)
        return np.where(own[places] == keys, places, -1)

    def count(self, frequencies: Integers) -> None:
        """Adds the document frequencies of all documents, deleted ones too."""
        held = Postings(*self.postings)
        frequencies[held.terms] += np.diff(held.starts)

    def recount(self, frequencies: Integers, documents: Integers, change: int) -> None:
        """Adds `change` to the document frequencies of some documents' terms."""
        own = self.documents
        sizes = np.diff(own.bounds)[documents]
        ends = np.cumsum(sizes)
        begins = np.repeat(own.bounds[:-1][documents] - (ends - sizes), sizes)
        tokens = own.tokens[begins + np.arange(len(begins))]
        is_new = np.ones(len(tokens), np.bool_)  # of a document; its tokens are sorted
        is_new[1:] = tokens[1:] != tokens[:-1]
        is_new[(ends - sizes)[sizes > 0]] = True
        np.add.at(frequencies, tokens[is_new], change)


def build(
    documents: Documents, term_fields: Flags, averages: Floats | None, parameters: Parameters
) -> Segment:
    """The segment of some documents; without averages, under their own."""
    with writing.counted():
        return _built(documents, term_fields, averages, parameters)


def _built(
    documents: Documents, term_fields: Flags, averages: Floats | None, parameters: Parameters
) -> Segment:
    lengths = writers().document_lengths(
        documents.tokens, documents.bounds, term_fields, parameters.fields
    )
    if averages is None:
        averages = lengths.sum(axis=1) / max(1, len(documents))
    ranks, terms, tokens = _ranked(documents.tokens)
    inverted = writers().invert(
        (tokens, documents.bounds), ranks, terms, term_fields, lengths, averages,
        parameters.k1, parameters.b,
    )  # fmt: skip
    return Segment(documents, (documents.keys, lengths, terms, *inverted), averages)


def write(segment: Segment, path: Path) -> Segment:
    """Writes a segment; the same, mapped from its file."""
    arrays = Postings(*segment.postings)._asdict()
    arrays |= {"tokens": segment.documents.tokens, "bounds": segment.documents.bounds}
    write_arrays(path, {"averages": segment.averages.tolist()}, arrays)
    return read(path)


def read(path: Path, verify: bool = False) -> Segment:
    """A segment mapped from its file."""
    meta, arrays = read_arrays(path, verify)
    documents = Documents(arrays["keys"], arrays["tokens"], arrays["bounds"])
    postings = tuple(arrays[name] for name in Postings._fields)
    return Segment(documents, postings, np.array(meta["averages"], np.float64), path.name)


class Gathering:
    """Documents put one lot after another into one array, which grows in its place.

    A list of arrays to join at last would take the memory twice.
    """

    def __init__(self) -> None:
        self._keys: list[Integers] = []
        self._sizes: list[Integers] = []
        self._tokens: Numbers = np.empty(0, np.uint32)
        self._used = 0

    def __len__(self) -> int:
        return sum(map(len, self._keys))

    def fits(self, documents: Documents, most: int, tokens: int) -> bool:
        """Whether with these there would be at most so many documents and tokens."""
        return len(self) + len(documents) <= most and self._used + len(documents.tokens) <= tokens

    def add(self, documents: Documents) -> None:
        end = self._used + len(documents.tokens)
        if end > len(self._tokens):
            self._tokens.resize(max(end, self._used * 9 // 8), refcheck=False)
        self._tokens[self._used : end] = documents.tokens
        self._used = end
        self._keys.append(documents.keys)
        self._sizes.append(np.diff(documents.bounds))

    def take(self) -> Documents:
        """All of them, by ascending key, of one that came twice the last; none are left."""
        keys, sizes, tokens = np.concatenate(self._keys), np.concatenate(self._sizes), self._tokens
        tokens.resize(self._used, refcheck=False)
        self._keys, self._sizes, self._used = [], [], 0
        self._tokens = np.empty(0, np.uint32)
        bounds = np.zeros(len(sizes) + 1, np.int64)
        np.cumsum(sizes, out=bounds[1:])
        gathered = Documents(keys, tokens, bounds)
        if np.all(keys[1:] > keys[:-1]):
            return gathered
        _, last = np.unique(keys[::-1], return_index=True)
        return arranged(gathered, len(keys) - 1 - last)


def join(parts: Sequence[tuple[Documents, Flags]]) -> Documents:
    """Documents of several segments as one by ascending key, without the deleted ones.

    No key may be alive in two of them.
    """
    gathering = Gathering()
    for documents, flags in parts:
        kept = arranged(documents, np.flatnonzero(flags)) if len(flags) else documents
        gathering.add(kept)
    return gathering.take()


def arranged(documents: Documents, order: Integers) -> Documents:
    """The documents in another order, or some of them."""
    sizes = np.diff(documents.bounds)[order]
    bounds = np.zeros(len(order) + 1, np.int64)
    tokens = np.empty(sizes.sum(), np.uint32)
    writers().arrange(documents.tokens, documents.bounds, order, tokens, bounds)
    return Documents(documents.keys[order], tokens, bounds)


def _ranked(tokens: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """For each token its place among the distinct ones; these; the tokens to use with it.

    A few tokens are renumbered, which costs no pass over all terms there are.
    """
    if len(tokens) < 1 << 16:
        terms, local = np.unique(tokens, return_inverse=True)
        return np.arange(len(terms), dtype=np.uint32), terms, local.astype(np.uint32)
    present = np.zeros(int(tokens.max()) + 1, np.bool_)
    writers().mark(present, tokens)
    ranks = np.cumsum(present, dtype=np.uint32) - np.uint32(1)
    return ranks, np.flatnonzero(present).astype(np.uint32), tokens
