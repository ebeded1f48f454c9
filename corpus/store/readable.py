"""What answers, alerts and chats need of the stories, so that a cluster can hold them too."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol

from corpus.reading.posts import Post
from corpus.store.corrections import Correction
from corpus.store.values import Arrival, CorpusFacts, Filters, Story


def in_order(found: Iterable[tuple[str | None, str]], addresses: Sequence[str]) -> list[str]:
    """The ids of posts that were found with their addresses, in the order of `addresses`."""
    places = {address: place for place, address in enumerate(addresses)}
    return [id_ for _, id_ in sorted((places[url], id_) for url, id_ in found if url in places)]


class Readable(Protocol):
    """The reading half of `Store`; its methods say what comes back."""

    @property
    def path(self) -> object:
        """Where the stories are, as a message names it."""
        ...

    def facts(self) -> CorpusFacts: ...

    def stories(self, ids: Iterable[str]) -> list[Story]: ...

    def posts_at(self, addresses: Sequence[str]) -> list[str]: ...

    def checksums_of(self, keys: Iterable[int]) -> dict[str, int]: ...

    def where(self, filters: Filters | None, among: set[int] | None = None) -> Any:
        """Which paragraphs may be found, as the index beside these stories takes it."""
        ...

    def listed(self, filters: Filters, limit: int, offset: int) -> list[Post]: ...

    def newest(self, limit: int) -> list[Story]: ...

    def newest_of(self, filters: Filters, limit: int) -> list[Story]: ...

    def names(self) -> tuple[list[str], dict[str, str]]: ...

    def news(self, since: datetime, until: datetime) -> list[Story]: ...

    def source_counts(self, ids: Iterable[str]) -> dict[str, int]: ...

    def arrivals(self, since: int) -> list[Arrival]: ...

    def last_arrival(self) -> int: ...

    def corrections_mark(self) -> str | None: ...

    def corrections(self) -> list[Correction]: ...
