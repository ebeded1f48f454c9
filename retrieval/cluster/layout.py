"""Which indexes a cluster holds for a corpus, and which fields they have.

For each kind of document there is an alias `PREFIX-KIND`, which stands for the index
`PREFIX-KIND-STAMP`: a rebuild makes new indexes and moves all aliases in one step. The mark is in
`PREFIX-state`.
"""

from typing import Any

from retrieval.cluster.choice import ClusterChoice
from retrieval.index_sync import FIELDS, K1, B

PARAGRAPHS, POSTS, ARRIVALS = "paragraphs", "posts", "arrivals"
KINDS = (PARAGRAPHS, POSTS, ARRIVALS)

_LONGEST = 8000
"""Characters of a value by which posts are filtered: Lucene takes none of 32,766 bytes."""

_KEYWORD = {"type": "keyword", "ignore_above": _LONGEST}
_NARROWING = dict.fromkeys(("day", "categories", "source", "places", "type"), _KEYWORD)
_TERMS = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}

_MAPPINGS: dict[str, dict[str, Any]] = {
    PARAGRAPHS: {
        "dynamic": "false",
        "_source": {"enabled": False},
        "properties": {
            "key": {"type": "long"},
            "post": {"type": "keyword"},
            **dict.fromkeys(FIELDS, _TERMS),
            **_NARROWING,
        },
    },
    POSTS: {
        "dynamic": "false",
        "properties": {
            **dict.fromkeys(("id", "url", "published", "arrived"), _KEYWORD),
            **_NARROWING,
        },
    },
    ARRIVALS: {"dynamic": "false", "properties": {"number": {"type": "long"}}},
}


def alias(choice: ClusterChoice, kind: str) -> str:
    """The name under which documents of a kind are asked for."""
    return f"{choice.prefix}-{kind}"


def state(choice: ClusterChoice) -> str:
    """The index of the mark."""
    return f"{choice.prefix}-state"


def definition(choice: ClusterChoice, kind: str) -> dict[str, Any]:
    """How the index of a kind is made. What is written is seen when the feeder says so."""
    return {
        "settings": {
            "number_of_shards": choice.shards,
            "number_of_replicas": choice.replicas,
            "refresh_interval": "-1",
            "similarity": {"default": {"type": "BM25", "k1": K1, "b": B}},
        },
        "mappings": _MAPPINGS[kind],
    }


def state_definition(choice: ClusterChoice) -> dict[str, Any]:
    """How the index of the mark is made."""
    return {
        "settings": {"number_of_shards": 1, "number_of_replicas": choice.replicas},
        "mappings": {"enabled": False},
    }
