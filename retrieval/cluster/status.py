"""How is a cluster, and up to where is it fed?"""

from dataclasses import dataclass

from retrieval.cluster.client import Client
from retrieval.cluster.mark import Mark, read_mark


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the cluster, by its name; one of them is the manager."""

    name: str
    version: str
    is_manager: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What a cluster says of itself: its `health` is green if every shard has all its copies,
    yellow if some are missing, red if posts are; how many copies of shards of this corpus are
    `started`, of how many; and the mark, None where nothing was fed."""

    health: str
    nodes: tuple[Node, ...]
    started: int
    copies: int
    mark: Mark | None


def status_of(client: Client) -> Status:
    """How the cluster is now. Raises `ClusterError`."""
    listed = {"format": "json", "h": "name,version,cluster_manager"}
    nodes = client.ask("GET", "/_cat/nodes", params=listed)
    path = f"/_cat/shards/{client.choice.prefix}-*"
    shards = client.ask("GET", path, params={"format": "json", "h": "state"})
    found = read_mark(client)
    return Status(
        health=client.ask("GET", "/_cluster/health")["status"],
        nodes=tuple(
            sorted(
                (Node(n["name"], n["version"], n["cluster_manager"] == "*") for n in nodes),
                key=lambda node: node.name,
            )
        ),
        started=sum(shard["state"] == "STARTED" for shard in shards),
        copies=len(shards),
        mark=found[0] if found else None,
    )
