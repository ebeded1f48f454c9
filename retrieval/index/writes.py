"""What is written to an index: paragraphs encoded, and a write as the journal has it."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

import numpy as np

from retrieval.index.arrays import Integers, Numbers
from retrieval.index.vocabulary import encode

Terms = Sequence[str] | Mapping[str, Sequence[str]]

WRITE = struct.Struct("<BQqI")  # kind, generation, bytes of the mark (-1: none), documents


@dataclass(frozen=True)
class Encoded:
    """Paragraphs as an index takes them in; `encoded` makes it, in any process."""

    keys: Integers  # ascending
    counts: list[Numbers]  # a field each: terms a document; none for a delete
    texts: list[bytes]  # a field each


@dataclass(frozen=True)
class Write(Encoded):
    """One add or delete, as it stands in the journal."""

    generation: int
    mark: str | None

    def pack(self) -> bytes:
        mark = (self.mark or "").encode()
        head = WRITE.pack(
            len(self.counts),
            self.generation,
            -1 if self.mark is None else len(mark),
            len(self.keys),
        )
        content = [head, mark, self.keys.tobytes()]
        for counts, text in zip(self.counts, self.texts, strict=True):
            content += [counts.tobytes(), struct.pack("<Q", len(text)), text]
        return b"".join(content)

    @classmethod
    def unpack(cls, record: bytes) -> Write:
        fields, generation, marked, size = WRITE.unpack_from(record)
        at = WRITE.size + max(0, marked)
        mark = None if marked < 0 else record[WRITE.size : at].decode()
        # A copy, as it can be written to: kernels are compiled anew for arrays that can't.
        keys = np.frombuffer(record, np.int64, size, at).copy()
        at += keys.nbytes
        counts, texts = [], []
        for _ in range(fields):
            counts.append(np.frombuffer(record, np.uint32, size, at))
            at += 4 * size
            (length,) = struct.unpack_from("<Q", record, at)
            texts.append(record[at + 8 : at + 8 + length])
            at += 8 + length
        return cls(keys, counts, texts, generation, mark)


def encoded(entries: Iterable[tuple[int, Terms]], fields: Sequence[str]) -> Encoded:
    """Paragraphs ready for an index with these fields; of a key given twice the last one counts.

    Raises ValueError for a key or a field that can't be.
    """
    latest = {
        key if type(key) is int and key >= 0 else _checked(key): terms for key, terms in entries
    }
    keys = sorted(latest)
    columns = _columns([latest[key] for key in keys], fields)
    return Encoded(
        np.array(keys, np.int64),
        [_counts(column) for column in columns],
        [encode(column) for column in columns],
    )


def _columns(listed: list[Terms], fields: Sequence[str]) -> list[list[Sequence[str]]]:
    """The terms of all paragraphs by field."""
    if set(map(type, listed)) == {list}:  # the usual case, at once
        own = cast(list[Sequence[str]], listed)
        return [own if name == fields[0] else [()] * len(own) for name in fields]
    of_fields = [by_field(terms, fields) for terms in listed]
    return [[terms.get(name, ()) for terms in of_fields] for name in fields]


def by_field(terms: Terms, fields: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """The terms of each field; those that come without are of the first."""
    if isinstance(terms, list):  # the usual case, at once
        return {fields[0]: terms}
    if isinstance(terms, Mapping):
        for name in terms:
            place_of(name, fields)
        return terms
    if isinstance(terms, str):
        raise TypeError("terms are a list of strings, not one string")
    return {fields[0]: terms}


def place_of(name: str, fields: Sequence[str]) -> int:
    """The number of a field; raises ValueError for one that the index lacks."""
    if name not in fields:
        raise ValueError(f"no field {name!r} in this index: it has {', '.join(fields)}")
    return fields.index(name)


def _checked(key: Any) -> int:
    number = int(key)
    if number != key or number < 0:
        raise ValueError(f"a key is an integer from 0 on, not {key!r}")
    return number


def batches(entries: Iterable[tuple[int, Terms]], size: int) -> Iterator[list[tuple[int, Terms]]]:
    """An iterable in lists of a size."""
    feed = iter(entries)
    while batch := list(islice(feed, size)):
        yield batch


def _counts(column: Sequence[Sequence[str]]) -> Numbers:
    return np.fromiter(map(len, column), np.uint32, len(column))
