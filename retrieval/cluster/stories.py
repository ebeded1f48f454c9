"""The stories of a cluster: `Readable` over HTTP."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from corpus.reading.posts import CHINA, Post
from corpus.store.corrections import Correction
from corpus.store.readable import in_order
from corpus.store.values import Arrival, CorpusFacts, Filters, Story
from retrieval.cluster.client import Client
from retrieval.cluster.documents import arrival_of, clauses_of, id_of, story_of
from retrieval.cluster.index import ClusterIndex, documents_of, hits_of
from retrieval.cluster.layout import ARRIVALS, POSTS, alias
from retrieval.cluster.mark import FollowedMark, Mark
from retrieval.cluster.own_corrections import OwnCorrections
from retrieval.ranking.kept import Kept

_KEPT = 4_000_000  # characters of stories
_BATCH = 100  # stories asked for at a time
_PAGE = 1000  # ids
_DEEPEST = 10_000  # results of one search: OpenSearch gives no more
_ARRIVALS = 500

Query = Mapping[str, Any]


class ClusterStories:
    """Reads the stories; thread-safe. Those that were read are kept until the mark is another.

    What operators corrected is what the feeder's database says, and `own`.
    """

    def __init__(
        self, client: Client, mark: FollowedMark, index: ClusterIndex, own: OwnCorrections
    ) -> None:
        self._client = client
        self._posts = alias(client.choice, POSTS)
        self._mark = mark
        self._index = index
        self._own = own
        self._kept: tuple[Mark, Kept[tuple[int, Story]]] | None = None

    @property
    def path(self) -> object:
        return f"the cluster's {self._client.choice.prefix}"

    def facts(self) -> CorpusFacts:
        """What the corpus held when it was last fed."""
        return self._mark.now().facts

    def stories(self, ids: Iterable[str]) -> list[Story]:
        """The stories with these ids, ordered by id; unknown ids are left out."""
        found = self._read(map(id_of, ids))
        return sorted((story for _, story in found), key=lambda story: story.post.id)

    def posts_at(self, addresses: Sequence[str]) -> list[str]:
        """The ids of the posts with one of these addresses, in the order of the addresses."""
        body = {"size": _PAGE, "query": {"terms": {"url": list(addresses)}}}
        found = self._read(hit["_id"] for hit in self._found(POSTS, body))
        return in_order(((story.post.url, story.post.id) for _, story in found), addresses)

    def checksums_of(self, keys: Iterable[int]) -> dict[str, int]:
        """By id the checksums of the stories to which these paragraphs belong."""
        found = self._read(self._index.posts_of(keys))
        return {story.post.id: checksum for checksum, story in found}

    def _read(self, names: Iterable[str]) -> list[tuple[int, Story]]:
        """The checksums and stories of documents; of those that are gone, none."""
        mark = self._mark.now()
        current = self._kept
        if current is None or current[0] is not mark:
            self._kept = current = mark, Kept(_KEPT, _size)
        kept = current[1]
        listed = list(dict.fromkeys(names))
        known = {name: kept.get(name) for name in listed}
        unknown = [name for name, one in known.items() if one is None]
        for start in range(0, len(unknown), _BATCH):
            for name, one in self._asked(unknown[start : start + _BATCH]):
                known[name] = one
                kept.put(name, one)
        return [one for one in known.values() if one]

    def _asked(self, names: Sequence[str]) -> Iterator[tuple[str, tuple[int, Story]]]:
        for name, fields in documents_of(self._client, self._posts, names):
            yield name, (fields["checksum"], story_of(fields))

    def where(
        self, filters: Filters | None, among: set[int] | None = None
    ) -> Sequence[Query] | None:
        """The clauses of a search, None for all paragraphs."""
        return clauses_of(filters, among) or None

    def listed(self, filters: Filters, limit: int, offset: int) -> list[Post]:
        """The newest posts that filters admit, without their paragraphs."""
        newest = self._newest(filters, limit, offset)
        return [replace(story.post, paragraphs=()) for story in newest]

    def newest(self, limit: int) -> list[Story]:
        """The newest stories, `limit` at most, ordered by id."""
        return sorted(self._newest(Filters(), limit), key=lambda story: story.post.id)

    def newest_of(self, filters: Filters, limit: int) -> list[Story]:
        """The newest stories that `filters` admit, `limit` at most, the newest first."""
        return self._newest(filters, limit)

    def _newest(self, filters: Filters, limit: int, offset: int = 0) -> list[Story]:
        size = min(limit, _DEEPEST - offset)
        if size <= 0:
            return []
        dated = {"exists": {"field": "published"}}
        body = {
            "size": size,
            "from": offset,
            "query": {"bool": {"filter": [dated, *clauses_of(filters)]}},
            "sort": [{"published": "desc"}, {"id": "asc"}],
        }
        names = [hit["_id"] for hit in self._found(POSTS, body)]
        stories = {id_of(story.post.id): story for _, story in self._read(names)}
        return [stories[name] for name in names if name in stories]

    def names(self) -> tuple[list[str], dict[str, str]]:
        """The media of the posts, and the names of the categories by their codes: those of the
        most posts first."""
        media, categories = self._mark.now().names
        return list(media), categories

    def news(self, since: datetime, until: datetime) -> list[Story]:
        """The stories that came after `since`, up to `until`, ordered by id, as of a store."""
        times = (since, until, since - timedelta(days=1))
        dated = [moment.astimezone(CHINA).isoformat() for moment in times]
        utc = [m.astimezone(timezone.utc).isoformat(timespec="milliseconds") for m in times]
        followed = {"exists": {"field": "arrived"}}
        unfollowed = {
            "bool": {
                "filter": [{"range": {"published": {"gt": dated[0], "lte": dated[1]}}}],
                "must_not": [followed],
            }
        }
        came = {
            "bool": {
                "filter": [
                    {"range": {"arrived": {"gt": utc[0], "lte": utc[1]}}},
                    {"range": {"published": {"gt": dated[2]}}},
                ]
            }
        }
        query = {"bool": {"should": [unfollowed, came], "minimum_should_match": 1}}
        found = self._read(self._all_of(query))
        return sorted((story for _, story in found), key=lambda story: story.post.id)

    def _all_of(self, query: Query) -> Iterator[str]:
        """The names of all posts that a query finds."""
        body: dict[str, Any] = {"size": _PAGE, "query": query, "sort": [{"id": "asc"}]}
        while hits := self._found(POSTS, body):
            yield from (hit["_id"] for hit in hits)
            body["search_after"] = hits[-1]["sort"]

    def source_counts(self, ids: Iterable[str]) -> dict[str, int]:
        """By story, how many files and entries carry it."""
        names, counts = list(map(id_of, ids)), {}
        for start in range(0, len(names), _PAGE):
            page = names[start : start + _PAGE]
            for _, fields in documents_of(self._client, self._posts, page, "id,sources"):
                counts[fields["id"]] = fields["sources"]
        return counts

    def arrivals(self, since: int) -> list[Arrival]:
        """The arrivals after number `since`, in order, at most 500."""
        body = {
            "size": _ARRIVALS,
            "query": {"range": {"number": {"gt": since, "lte": self.last_arrival()}}},
            "sort": [{"number": "asc"}],
            "_source": True,
        }
        return [arrival_of(hit["_source"]) for hit in self._found(ARRIVALS, body)]

    def last_arrival(self) -> int:
        """The number of the last arrival that was fed, 0 if there was none."""
        return self._mark.now().last_arrival

    def _found(self, kind: str, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        return hits_of(self._client, kind, {"_source": False, **body})

    def corrections_mark(self) -> str | None:
        """Another value after every change of the corrections, here or at the feeder's."""
        return f"{self._mark.now().corrections_mark} {self._own.mark()}"

    def corrections(self) -> list[Correction]:
        """What operators corrected of the answers; what they did here counts last."""
        return [*self._mark.now().corrections, *self._own.all()]


def _size(kept: tuple[int, Story]) -> int:
    return sum(len(paragraph.text) for paragraph in kept[1].post.paragraphs)
