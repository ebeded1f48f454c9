"""Terms ↔ numbers: a hash table over arrays, mapped from a file and grown in memory.

A term's number is given at its first appearance and never changes; the same term in two fields
has two numbers. Terms go to the kernels as one UTF-16 text, a zero after each.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.index import plain
from retrieval.index.arrays import Array, Floats, Integers, Known, Numbers
from retrieval.index.loops import are_compiled, kernels, writers
from retrieval.index.similarity import lucene_idf
from retrieval.index.storage import read_arrays, write_arrays

ENCODING = f"utf-16-{sys.byteorder[0]}e"  # as the kernels read it: the machine's own
SLICE = 1 << 14  # terms numbered in one go, so that a search never waits long


def encode(lists: Sequence[Sequence[str]]) -> bytes:
    """The terms of several lists as one text, a zero after each; zeros inside a term are escaped.

    UTF-16: most terms are two or three Chinese characters, and so as many steps for a kernel.
    """
    text = "\0".join(["\0".join(terms) for terms in lists if len(terms)])
    if text.count("\0") >= max(1, sum(map(len, lists))) or "\1" in text:
        text = "\0".join(
            term.replace("\1", "\1\1").replace("\0", "\1\2") for terms in lists for term in terms
        )
    return (text + "\0").encode(ENCODING, "surrogatepass")


def encode_question(terms: Sequence[str]) -> bytes:
    """`encode` of one list that is not empty."""
    text = "\0".join(terms)
    if text.count("\0") >= len(terms) or "\1" in text:
        return encode([terms])
    return (text + "\0").encode(ENCODING, "surrogatepass")


class Vocabulary:
    """All terms ever seen by an index since it was last built anew."""

    def __init__(self) -> None:
        self.size = 0
        self._text: NDArray[np.uint16] = np.zeros(1 << 12, np.uint16)
        self._ends: NDArray[np.int64] = np.zeros(1 << 8, np.int64)
        self._fields: NDArray[np.uint8] = np.zeros(1 << 8, np.uint8)
        self._table: NDArray[np.uint64] = np.zeros(1 << 9, np.uint64)

    @classmethod
    def read(cls, path: Path, verify: bool = False) -> Vocabulary:
        meta, arrays = read_arrays(path, verify)
        self = cls()
        self.size = meta["size"]
        self._text, self._ends = arrays["text"], arrays["ends"]
        self._fields, self._table = arrays["fields"], arrays["table"]
        return self

    def write(self, path: Path) -> int:
        """Writes all terms; their number."""
        size = self.size
        ends = self._ends[: max(1, size)]
        arrays: dict[str, NDArray[Any]] = {
            "text": self._text[: ends[-1] if size else 1],
            "ends": ends,
            "fields": self._fields[: max(1, size)],
            "table": self._rehashed(len(self._table)),
        }
        write_arrays(path, {"size": size}, arrays)
        return size

    @property
    def fields(self) -> NDArray[np.uint8]:
        """The field of each term."""
        return self._fields

    def number(
        self, text: bytes, count: int, field: int, at: int = 0
    ) -> tuple[NDArray[np.uint32], int]:
        """The numbers of up to SLICE of `count` terms from unit `at` on, new ones included.

        Also the unit behind the last of them.
        """
        content = np.frombuffer(text, np.uint16)
        numbers = np.empty(min(count, SLICE), np.uint32)
        hashes, bounds = writers().hash_terms(content, at, field, len(numbers))
        done = 0
        while done < len(numbers):
            done, self.size = writers().number(
                (content, hashes, bounds, field), self._known(), self.size, numbers, done
            )
            if done < len(numbers):
                self._grow(len(content))
        return numbers, int(bounds[-1])

    def look_up(
        self,
        text: bytes,
        count: int,
        field: int,
        counts: Integers,
        documents: int,
        factor: float = 1.0,
    ) -> tuple[Numbers, Integers, Floats]:
        """The numbers of `count` terms, their frequencies in `counts`, an array over all terms,
        and Lucene's idf of these among so many documents, times a factor.

        An unknown term gets the highest number there is, and 0.
        """
        content = np.frombuffer(text, np.uint16)
        if not are_compiled():
            numbers, frequencies = plain.look_up(content, field, Known(*self._known()), counts)
            return numbers, frequencies, lucene_idf(documents, frequencies) * factor
        numbers, frequencies = np.empty(count, np.uint32), np.empty(count, np.int64)
        idf = np.empty(count)
        kernels().look_up(
            content, field, self._text, self._ends, self._fields, self._table, counts, documents,
            factor, numbers, frequencies, idf,
        )  # fmt: skip
        return numbers, frequencies, idf

    def _known(self) -> tuple[NDArray[Any], ...]:
        return self._text, self._ends, self._fields, self._table

    def _rehashed(self, length: int) -> Array:
        """A hash table of the given length over all terms."""
        table: Array = writers().rehash(self._text, self._ends, self.size, length)
        return table

    def _grow(self, text: int) -> None:
        used = int(self._ends[self.size - 1]) if self.size else 0
        if len(self._text) - used <= text:
            self._text = _extended(self._text, used, 2 * used + text + 1)
        if self.size == len(self._ends):
            self._ends = _extended(self._ends, self.size, 2 * self.size)
            self._fields = _extended(self._fields, self.size, 2 * self.size)
        if 2 * self.size >= len(self._table):
            self._table = self._rehashed(2 * len(self._table))


def _extended(array: NDArray[Any], used: int, size: int) -> NDArray[Any]:
    extended = np.zeros(size, array.dtype)
    extended[:used] = array[:used]
    return extended
