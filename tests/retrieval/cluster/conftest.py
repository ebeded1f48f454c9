"""A cluster for the tests: a server of ours, or a real one that TAXNEWS_TEST_CLUSTER names."""

import os
import uuid
from collections.abc import Iterator

import pytest

from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.client import Client
from tests.support.search_server import SearchServer

REAL = "TAXNEWS_TEST_CLUSTER"


@pytest.fixture(params=["server", pytest.param("opensearch", marks=pytest.mark.cluster)])
def choice(request: pytest.FixtureRequest) -> Iterator[ClusterChoice]:
    """A cluster in which nothing is yet, under a prefix of the test's own."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    if request.param == "server":
        with SearchServer() as server:
            yield ClusterChoice((server.url,), prefix, timeout=30.0)
        return
    if REAL not in os.environ:
        pytest.skip(f"{REAL} names no cluster; make cluster starts one")
    nodes = tuple(os.environ[REAL].split(","))
    choice = ClusterChoice(nodes, prefix, replicas=1, timeout=30.0)
    yield choice
    with Client(choice) as client:
        client.ask("DELETE", f"/{prefix}-*", seconds=30.0)
