"""The mark: up to where a cluster is fed, and what is learned, corrected and counted of the corpus.

One document, written last and read first: what it says is what a reader finds.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from corpus.store.corrections import Correction, Spot
from corpus.store.values import CorpusFacts
from retrieval.answering.calibration import RANKING_VERSION, calibration_of
from retrieval.cluster.client import LOCALLY, WRITING, Client
from retrieval.cluster.errors import ClusterError, NotInCluster
from retrieval.cluster.layout import state
from retrieval.ranking.confidence import Calibration
from retrieval.text.analyzer import ANALYZER_VERSION

log = logging.getLogger(__name__)

EVERY = 1.0
"""Seconds between two looks at the mark."""

VERSIONS = f"{ANALYZER_VERSION}.{RANKING_VERSION}"
"""How terms are cut and confidence is measured: a reader and the feeder must agree."""

AGREE = "use the same everywhere, then: taxnews cluster rebuild"
"""What mends it if they don't."""


@dataclass(frozen=True)
class Mark:
    """What a feeder left: `identity` is the database's, `number` the last change of a post that
    is here, `stamp` the indexes' own name, `fed` when that was (ISO 8601 in UTC).

    `names` are the media, and the names of the categories by their codes, those of the most posts
    first.
    """

    identity: str
    versions: str
    number: int
    stamp: str
    shards: int
    facts: CorpusFacts
    names: tuple[tuple[str, ...], dict[str, str]]
    last_arrival: int
    calibration: Calibration
    corrections_mark: str | None
    corrections: tuple[Correction, ...]
    fed: str

    def row(self) -> dict[str, Any]:
        """The mark as JSON takes it."""
        newest = self.facts.newest
        facts = asdict(self.facts) | {"newest": newest.isoformat() if newest else None}
        return asdict(self) | {"facts": facts}


def mark_of(row: Mapping[str, Any]) -> Mark:
    """The inverse of `Mark.row`. Raises `ClusterError` for what is none."""
    try:
        newest = row["facts"]["newest"]
        facts = row["facts"] | {"newest": datetime.fromisoformat(newest) if newest else None}
        media, categories = row["names"]
        own: dict[str, Any] = {
            "facts": CorpusFacts(**facts),
            "names": (tuple(media), categories),
            "calibration": calibration_of(row["calibration"]),
            "corrections": tuple(map(_correction, row["corrections"])),
        }
        return Mark(**{**row, **own})
    except (TypeError, KeyError, ValueError):
        raise ClusterError(f"the cluster was fed by another version of taxnews: {AGREE}") from None


def _correction(row: Mapping[str, Any]) -> Correction:
    spot = Spot(**row["spot"]) if row["spot"] else None
    return Correction(**{**row, "spot": spot, "names": tuple(row["names"])})


def other_version(mark: Mark) -> str | None:
    """By which other version of taxnews a cluster was fed, in words; None if by this one."""
    if mark.versions == VERSIONS:
        return None
    return f"fed by another version of taxnews ({mark.versions}, here {VERSIONS})"


@dataclass(frozen=True, slots=True)
class Version:
    """Which writing of the mark was read; a later one is refused to who knows an older."""

    number: int
    term: int


def read_mark(client: Client) -> tuple[Mark, Version] | None:
    """The mark and its version, None where nothing was fed yet."""
    try:
        found = client.ask("GET", _path(client), params=LOCALLY)
    except NotInCluster:
        return None
    return mark_of(found["_source"]), _version(found)


def read_version(client: Client) -> Version | None:
    """The version of the mark, whoever wrote it; None where there is none."""
    try:
        return _version(client.ask("GET", _path(client), params={**LOCALLY, "_source": "false"}))
    except NotInCluster:
        return None


def write_mark(client: Client, mark: Mark, over: Version | None) -> None:
    """Put a mark in place of the version `over`, None: of none.

    Raises `ClusterConflict` if it is another by now.
    """
    only: dict[str, str | int] = (
        {"op_type": "create"}
        if over is None
        else {"if_seq_no": over.number, "if_primary_term": over.term}
    )
    client.ask("PUT", _path(client), mark.row(), params=only, seconds=WRITING, is_repeatable=False)


def _path(client: Client) -> str:
    return f"/{state(client.choice)}/_doc/mark"


def _version(found: Mapping[str, Any]) -> Version:
    return Version(found["_seq_no"], found["_primary_term"])


class FollowedMark:
    """The mark as it was when last looked at. A context manager.

    Raises `ClusterError` if nothing was fed yet, or by another version of taxnews.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True, name="mark")
        found = read_mark(client)
        if found is None:
            prefix = client.choice.prefix
            raise ClusterError(f"no posts under {prefix} in the cluster: taxnews cluster feed")
        self._mark, self._version = found
        self.now()

    def __enter__(self) -> "FollowedMark":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def now(self) -> Mark:
        """The mark; the same object until it is another one."""
        if other := other_version(self._mark):
            raise ClusterError(f"the cluster was {other}: {AGREE}")
        return self._mark

    def _follow(self) -> None:
        while not self._stop.wait(EVERY):
            try:
                is_other = read_version(self._client) != self._version
                if is_other and (read := read_mark(self._client)):
                    self._mark, self._version = read
            except ClusterError as error:  # whoever asks a question is told
                log.debug("%s", error)
