"""What ranking needs of an index, so that another one can stand in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from retrieval.index.arrays import Floats
from retrieval.index.writes import Terms


class Searchable(Protocol):
    """The reading half of `Index`; a search cluster offers the same (`retrieval.cluster`).

    `where` narrows a search to some paragraphs, in a form of the index's own.
    """

    def search(
        self,
        terms: Terms,
        k: int = 10,
        where: Any = None,
        weights: Mapping[str, float] | None = None,
    ) -> list[tuple[int, float]]: ...

    def document_frequency(self, term: str, field: str | None = None) -> int: ...

    def idf(self, terms: Sequence[str], field: str | None = None) -> Floats: ...

    def __len__(self) -> int: ...
