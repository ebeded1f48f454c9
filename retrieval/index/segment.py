"""Segments: documents and their posting lists, immutable once built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.index import kernels
from retrieval.index.storage import read_arrays, write_arrays

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Numbers = NDArray[np.uint32]
Flags = NDArray[np.uint8]

POSTINGS = (
    "keys", "lengths", "terms", "starts", "postings",
    "bucket_starts", "buckets", "tops", "large_at", "large_tf",
)  # fmt: skip


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
    postings: tuple[NDArray[Any], ...]  # as the kernels take them: POSTINGS
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
        kernels.add_frequencies(frequencies, self.postings[2], self.postings[3])

    def recount(self, frequencies: Integers, documents: Integers, change: int) -> None:
        """Adds `change` to the document frequencies of some documents' terms."""
        own = self.documents
        kernels.count_documents(frequencies, own.tokens, own.bounds, documents, change)


def build(
    documents: Documents, term_fields: Flags, averages: Floats | None, parameters: Parameters
) -> Segment:
    """The segment of some documents; without averages, under their own."""
    lengths = kernels.document_lengths(
        documents.tokens, documents.bounds, term_fields, parameters.fields
    )
    if averages is None:
        averages = lengths.sum(axis=1) / max(1, len(documents))
    ranks, terms, tokens = _ranked(documents.tokens)
    inverted = kernels.invert(
        tokens, documents.bounds, ranks, terms, term_fields, lengths, averages,
        parameters.k1, parameters.b,
    )  # fmt: skip
    return Segment(documents, (documents.keys, lengths, terms, *inverted), averages)


def write(segment: Segment, path: Path) -> Segment:
    """Writes a segment; the same, mapped from its file."""
    arrays = dict(zip(POSTINGS, segment.postings, strict=True))
    arrays |= {"tokens": segment.documents.tokens, "bounds": segment.documents.bounds}
    write_arrays(path, {"averages": segment.averages.tolist()}, arrays)
    return read(path)


def read(path: Path, verify: bool = False) -> Segment:
    """A segment mapped from its file."""
    meta, arrays = read_arrays(path, verify)
    documents = Documents(arrays["keys"], arrays["tokens"], arrays["bounds"])
    postings = tuple(arrays[name] for name in POSTINGS)
    return Segment(documents, postings, np.array(meta["averages"], np.float64), path.name)


def join(parts: list[tuple[Documents, Flags]]) -> Documents:
    """Documents of several segments as one by ascending key, without the deleted ones.

    No key may be alive in two of them. The list is emptied: a bulk build needs the memory.
    """
    alive = [np.flatnonzero(flags) if len(flags) else None for _, flags in parts]
    keys = [
        part.keys if kept is None else part.keys[kept]
        for (part, _), kept in zip(parts, alive, strict=True)
    ]
    chunks = []
    for part, kept in zip([part for part, _ in parts], alive, strict=True):
        chunks.append(part if kept is None else arranged(part, kept))
    del part
    parts.clear()
    sizes = np.concatenate([np.diff(chunk.bounds) for chunk in chunks])
    bounds = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=bounds[1:])
    tokens = np.empty(bounds[-1], np.uint32)
    end = len(tokens)
    while chunks:  # from the last one on: memory goes back to the system from its upper end
        chunk = chunks.pop()
        tokens[end - len(chunk.tokens) : end] = chunk.tokens
        end -= len(chunk.tokens)
    joined = Documents(np.concatenate(keys), tokens, bounds)
    if np.all(joined.keys[1:] > joined.keys[:-1]):
        return joined
    return arranged(joined, np.argsort(joined.keys))


def arranged(documents: Documents, order: Integers) -> Documents:
    """The documents in another order, or some of them."""
    sizes = np.diff(documents.bounds)[order]
    bounds = np.zeros(len(order) + 1, np.int64)
    tokens = np.empty(sizes.sum(), np.uint32)
    kernels.arrange(documents.tokens, documents.bounds, order, tokens, bounds)
    return Documents(documents.keys[order], tokens, bounds)


def _ranked(tokens: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """For each token its place among the distinct ones; these; the tokens to use with it.

    A few tokens are renumbered, which costs no pass over all terms there are.
    """
    if len(tokens) < 1 << 16:
        terms, local = np.unique(tokens, return_inverse=True)
        return np.arange(len(terms), dtype=np.uint32), terms, local.astype(np.uint32)
    present = np.zeros(int(tokens.max()) + 1, np.bool_)
    present[tokens] = True
    ranks = np.cumsum(present, dtype=np.uint32) - np.uint32(1)
    return ranks, np.flatnonzero(present).astype(np.uint32), tokens
