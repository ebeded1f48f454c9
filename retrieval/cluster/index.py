"""The paragraphs of a cluster as ranking asks for them: `Searchable` over HTTP."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count, islice
from typing import Any

import numpy as np

from retrieval.cluster.client import LOCALLY, Client, Params
from retrieval.cluster.layout import PARAGRAPHS, alias
from retrieval.cluster.mark import FollowedMark, Mark
from retrieval.index import Lucene
from retrieval.index.arrays import Floats
from retrieval.index.writes import Terms, by_field
from retrieval.index_sync import FIELDS
from retrieval.index_sync import terms as terms_of
from retrieval.ranking.kept import Kept

MOST_TERMS = 1000
"""Terms of one search: OpenSearch takes 1,024. Of a longer question the most valuable."""

_KEPT = 200_000  # terms, and paragraphs, of which something is remembered
_TRIES = 1000  # names of documents looked at for one in each shard

Term = tuple[str, str]
"""A field and a term of it."""


class ClusterIndex:
    """Finds paragraphs; thread-safe. How often terms occur is asked once for each mark."""

    def __init__(self, client: Client, mark: FollowedMark) -> None:
        self._client = client
        self._mark = mark
        self._posts: Kept[str] = Kept(_KEPT, lambda _: 1)
        self._counted: tuple[Mark, Kept[tuple[int]]] | None = None
        self._routes: tuple[str, Sequence[str | None]] = ("", ())

    def __len__(self) -> int:
        return self._mark.now().facts.paragraphs

    def search(
        self,
        terms: Terms,
        k: int = 10,
        where: Sequence[Mapping[str, Any]] | None = None,
        weights: Mapping[str, float] | None = None,
    ) -> list[tuple[int, float]]:
        """The k best paragraphs that share a term with the question: (key, score), best first,
        equal ones by key; of those that fulfil the clauses `where`."""
        mark = self._mark.now()
        asked = Counter(
            (field, term) for field, listed in by_field(terms, FIELDS).items() for term in listed
        )
        if not asked or k < 1:
            return []
        boosts = {term: times * (weights or {}).get(term[0], 1.0) for term, times in asked.items()}
        body = {
            "size": k,
            "query": {
                "bool": {
                    "should": [_clause(*term, boost) for term, boost in self._valued(boosts)],
                    "minimum_should_match": 1,
                    "filter": list(where or ()),
                }
            },
            "stored_fields": "_none_",
            "docvalue_fields": ["key", "post"],
        }
        # Else each of several shards would weigh terms by its own paragraphs.
        params = {"search_type": "dfs_query_then_fetch"} if mark.shards > 1 else {}
        found = hits_of(self._client, PARAGRAPHS, body, params)
        return sorted(map(self._noted, found), key=lambda hit: (-hit[1], hit[0]))

    def _noted(self, hit: Mapping[str, Any]) -> tuple[int, float]:
        """A hit's key and score; of which post it is, is remembered."""
        (key,), (post,) = hit["fields"]["key"], hit["fields"]["post"]
        self._posts.put(key, post)
        return key, hit["_score"]

    def _valued(self, boosts: Mapping[Term, float]) -> list[tuple[Term, float]]:
        """The terms of a search with what multiplies them: the most valuable."""
        listed = list(boosts.items())
        if len(listed) <= MOST_TERMS:
            return listed
        counts = self._frequencies([term for term, _ in listed])
        worth = self._idf(counts) * np.array([boost for _, boost in listed])
        best = np.sort(np.argsort(-worth, kind="stable")[:MOST_TERMS])
        return [listed[at] for at in best.tolist()]

    def posts_of(self, keys: Iterable[int]) -> set[str]:
        """The names of the documents of the posts to which these paragraphs belong."""
        known = {key: self._posts.get(key) for key in keys}
        if unknown := [key for key, post in known.items() if post is None]:
            body = {
                "size": len(unknown),
                "query": {"terms": {"key": unknown}},
                "stored_fields": "_none_",
                "docvalue_fields": ["key", "post"],
            }
            for hit in hits_of(self._client, PARAGRAPHS, body):
                self._noted(hit)
        return {post for key in known if (post := self._posts.get(key)) is not None}

    def fetch(self, texts: Iterable[str]) -> None:
        """Ask at once how often all terms of some normalised texts occur."""
        self._frequencies(
            [
                (field, term)
                for text in texts
                for field, cut in terms_of(text).items()
                for term in cut
            ]
        )

    def document_frequency(self, term: str, field: str | None = None) -> int:
        """The number of paragraphs that hold a term in a field (the first one by default)."""
        return self._frequencies([(field or FIELDS[0], term)])[0]

    def idf(self, terms: Sequence[str], field: str | None = None) -> Floats:
        """The inverse document frequencies of terms, 0 for unknown ones."""
        return self._idf(self._frequencies([(field or FIELDS[0], term) for term in terms]))

    def _idf(self, counts: Sequence[int]) -> Floats:
        frequencies = np.array(counts, np.int64)
        return Lucene().idf(len(self), frequencies, lambda: (frequencies, frequencies))

    def _frequencies(self, terms: Sequence[Term]) -> list[int]:
        mark = self._mark.now()
        counts = self._counted
        if counts is None or counts[0] is not mark:
            self._counted = counts = mark, Kept(_KEPT, lambda _: 1)
        kept = counts[1]
        known = {term: kept.get(term) for term in terms}
        if unknown := [term for term, number in known.items() if number is None]:
            counted = self._ask_frequencies(unknown, mark)
            for term in unknown:
                known[term] = (counted[term],)
                kept.put(term, (counted[term],))
        return [(known[term] or (0,))[0] for term in terms]

    def _ask_frequencies(self, terms: Sequence[Term], mark: Mark) -> Counter[Term]:
        """In how many paragraphs terms stand: what a document made of them would share."""
        texts: dict[str, list[str]] = {}
        for field, term in terms:
            texts.setdefault(field, []).append(term)
        document = {
            "doc": {field: " ".join(listed) for field, listed in texts.items()},
            "fields": list(texts),
            "term_statistics": True,
            "field_statistics": False,
            **dict.fromkeys(("positions", "offsets", "payloads"), False),
        }
        docs = [
            document if route is None else document | {"routing": route}
            for route in self._routes_of(mark)
        ]
        path = f"/{alias(self._client.choice, PARAGRAPHS)}/_mtermvectors"
        counted: Counter[Term] = Counter()
        for one in self._client.ask("POST", path, {"docs": docs}, params=LOCALLY)["docs"]:
            for field, vector in one.get("term_vectors", {}).items():
                for term, numbers in vector["terms"].items():
                    counted[field, term] += numbers.get("doc_freq", 0)
        return counted

    def _routes_of(self, mark: Mark) -> Sequence[str | None]:
        """Names that lead a document to each of the shards."""
        if mark.shards == 1:
            return (None,)
        if self._routes[0] != mark.stamp:
            self._routes = mark.stamp, list(self._found_routes(mark.shards))
        return self._routes[1]

    def _found_routes(self, shards: int) -> Iterable[str]:
        path = f"/{alias(self._client.choice, PARAGRAPHS)}/_search_shards"
        missing = set(range(shards))
        for name in map(str, islice(count(), _TRIES)):
            if not missing:
                return
            ((copy, *_), *_) = self._client.ask("GET", path, params={"routing": name})["shards"]
            if copy["shard"] in missing:
                missing.discard(copy["shard"])
                yield name


def hits_of(
    client: Client, kind: str, body: Mapping[str, Any], params: Params | None = None
) -> list[dict[str, Any]]:
    """What a search finds among the documents of a kind: of all shards, or an error."""
    found: list[dict[str, Any]] = client.ask(
        "POST",
        f"/{alias(client.choice, kind)}/_search",
        {"track_total_hits": False, **body},
        params={**LOCALLY, "allow_partial_search_results": "false", **(params or {})},
    )["hits"]["hits"]
    return found


def documents_of(
    client: Client, index: str, names: Sequence[str], fields: str = "*"
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Of documents with these names that an index has, the names and the fields, which commas part.

    They are asked for at once, and of the node that answers alone: not too many.
    """
    params = {**LOCALLY, "_source_includes": fields}
    said = client.ask("POST", f"/{index}/_mget", {"ids": list(names)}, params=params)
    for one in said["docs"]:
        if one.get("found"):
            yield one["_id"], one["_source"]


def _clause(field: str, term: str, boost: float) -> dict[str, Any]:
    return {"term": {field: {"value": term, "boost": boost}}}
