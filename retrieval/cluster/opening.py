"""A cluster that was fed → what answers need of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.client import Client
from retrieval.cluster.index import ClusterIndex
from retrieval.cluster.mark import FollowedMark
from retrieval.cluster.own_corrections import OwnCorrections
from retrieval.cluster.stories import ClusterStories
from retrieval.ranking.confidence import Calibration


@dataclass(frozen=True)
class ClusterCorpus:
    """A corpus on a cluster."""

    stories: ClusterStories
    index: ClusterIndex
    calibration: Calibration


@contextmanager
def opened_cluster(choice: ClusterChoice, db: Path) -> Iterator[ClusterCorpus]:
    """The corpus that `choice` names; `db` is where this machine's bot keeps its own tables.

    Raises `ClusterError` where the cluster is gone, or nothing was fed to it.
    """
    with Client(choice) as client, FollowedMark(client) as mark, OwnCorrections(db) as own:
        index = ClusterIndex(client, mark)
        stories = ClusterStories(client, mark, index, own)
        yield ClusterCorpus(stories, index, mark.now().calibration)
