"""Which cluster does an operator want? This module imports no client."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "taxnews"
SHARDS, REPLICAS = 1, 2
TIMEOUT = 1.5


@dataclass(frozen=True, slots=True)
class ClusterChoice:
    """A cluster by its settings: the addresses of its `nodes`, what its indexes' names begin with.

    `password_file` holds the password of `user`; `ca` the certificates that sign the nodes' own,
    None for those that the system trusts. `shards` and `replicas` are of indexes that are made;
    `timeout` is the seconds that a node has for a request of a question.
    """

    nodes: tuple[str, ...]
    prefix: str = PREFIX
    user: str | None = None
    password_file: Path | None = None
    ca: Path | None = None
    shards: int = SHARDS
    replicas: int = REPLICAS
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "ClusterChoice":
        """A choice from its fields as JSON has them."""
        files = {name: Path(row[name]) for name in ("password_file", "ca") if row[name]}
        return cls(**{**row, **files, "nodes": tuple(row["nodes"])})
