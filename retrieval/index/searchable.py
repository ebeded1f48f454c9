"""What ranking needs of an index, so that another one can stand in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from retrieval.index.arrays import Floats
from retrieval.index.live import Where
from retrieval.index.writes import Terms


class Searchable(Protocol):
    """The reading half of `Index`; a search cluster could offer the same."""

    def search(
        self,
        terms: Terms,
        k: int = 10,
        where: Where | None = None,
        weights: Mapping[str, float] | None = None,
    ) -> list[tuple[int, float]]: ...

    def scores(
        self, terms: Terms, keys: Sequence[int], weights: Mapping[str, float] | None = None
    ) -> Floats: ...

    def document_frequency(self, term: str, field: str | None = None) -> int: ...

    def idf(self, terms: Sequence[str], field: str | None = None) -> Floats: ...

    def __len__(self) -> int: ...
