"""Which node is asked, what is asked again, and what an error says."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.client import Client
from retrieval.cluster.errors import (
    ClusterConflict,
    ClusterError,
    ClusterGone,
    NotInCluster,
)
from tests.support.search_server import SearchServer, Shelf

INDEX = "/a-state"
MARK = f"{INDEX}/_doc/mark"


@pytest.fixture
def nodes() -> Iterator[list[SearchServer]]:
    """Three nodes that hold the same."""
    shelf = Shelf()
    with ExitStack() as stack:
        yield [stack.enter_context(SearchServer(shelf)) for _ in range(3)]


def client_of(nodes: list[SearchServer], timeout: float = 30.0) -> Client:
    return Client(ClusterChoice(tuple(node.url for node in nodes), "a", timeout=timeout))


def asked(nodes: list[SearchServer]) -> list[int]:
    """How many requests each node had for the index, without those that ask whether it lives."""
    return [sum(f"GET {INDEX}" == each for each in node.asked) for node in nodes]


def test_the_nodes_are_asked_in_turn(nodes: list[SearchServer]) -> None:
    with client_of(nodes) as client:
        client.ask("PUT", INDEX)
        for _ in range(6):
            assert client.ask("GET", INDEX) == {"a-state": {}}
    assert asked(nodes) == [2, 2, 2]


def test_a_dead_node_is_asked_by_no_question_and_comes_back_by_itself(
    nodes: list[SearchServer],
) -> None:
    with client_of(nodes) as client:
        client.ask("PUT", INDEX)
        nodes[1].die()
        for _ in range(9):
            client.ask("GET", INDEX)
        assert sum(asked(nodes)) == 9
        assert asked(nodes)[1] <= 1  # on a connection that was still open
        nodes[1].come_back()
        before = asked(nodes)[1]
        while asked(nodes)[1] == before:
            client.ask("GET", INDEX)


def test_a_node_that_hangs_costs_one_time_out_and_then_nothing(nodes: list[SearchServer]) -> None:
    with client_of(nodes) as client:
        client.ask("PUT", INDEX)
    nodes[0].delay = 60.0
    with client_of(nodes, timeout=1.0) as client:
        client.ask("GET", INDEX)
        started = time.monotonic()
        for _ in range(20):
            client.ask("GET", INDEX)
        assert time.monotonic() - started < 20.0
    assert asked(nodes)[0] == 1
    nodes[0].delay = 0.0


def test_an_error_of_a_node_is_no_error_where_another_answers(nodes: list[SearchServer]) -> None:
    with client_of(nodes) as client:
        client.ask("PUT", INDEX)
        nodes[0].status = nodes[1].status = 500
        assert client.ask("GET", INDEX) == {"a-state": {}}


def test_what_may_not_be_repeated_is_sent_once(nodes: list[SearchServer]) -> None:
    with client_of(nodes) as client:
        client.ask("PUT", INDEX)
        for node in nodes:
            node.status = 503
            node.asked.clear()
        with pytest.raises(ClusterGone):
            client.ask("PUT", MARK, {}, is_repeatable=False)
    assert sum(len(node.asked) for node in nodes) == 1


def test_a_cluster_that_is_gone_is_said_to_be_and_is_back_by_itself(
    nodes: list[SearchServer],
) -> None:
    with client_of(nodes) as client:
        client.ask("PUT", INDEX)
        for node in nodes:
            node.die()
        with pytest.raises(ClusterGone, match="the cluster does not answer"):
            client.ask("GET", INDEX)
        nodes[2].come_back()
        while True:
            try:
                assert client.ask("GET", INDEX) == {"a-state": {}}
                break
            except ClusterGone:
                time.sleep(0.05)


def test_questions_of_many_threads_are_all_answered_while_a_node_dies(
    nodes: list[SearchServer],
) -> None:
    answers: list[object] = []
    with client_of(nodes) as client:
        client.ask("PUT", INDEX)

        def ask() -> None:
            answers.extend(client.ask("GET", INDEX) for _ in range(20))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        nodes[0].die()
        for thread in threads:
            thread.join()
    assert answers == [{"a-state": {}}] * 80


def test_what_is_missing_and_what_is_another_by_now_are_errors_of_their_own(
    nodes: list[SearchServer],
) -> None:
    with client_of(nodes) as client:
        with pytest.raises(NotInCluster):
            client.ask("GET", MARK)
        client.ask("PUT", INDEX)
        client.ask("PUT", MARK, {}, params={"op_type": "create"})
        with pytest.raises(ClusterConflict):
            client.ask("PUT", MARK, {}, params={"op_type": "create"})


def test_no_error_holds_the_password_or_what_was_asked(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("开门大吉\n", encoding="utf-8")
    with SearchServer(password="Basic another") as server:
        choice = ClusterChoice((server.url,), "a", "reader", secret)
        with Client(choice) as client, pytest.raises(ClusterError) as refused:
            client.ask("POST", "/a-posts/_search", {"query": {"term": {"words": "谁骗了税"}}})
    assert "HTTP 401" in str(refused.value)
    assert "TAXNEWS_CLUSTER_USER" in str(refused.value)
    assert "开门大吉" not in str(refused.value)
    assert "谁骗了税" not in str(refused.value)


def test_a_password_is_sent_as_http_has_it(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("sesame\n", encoding="utf-8")
    with SearchServer(password="Basic cmVhZGVyOnNlc2FtZQ==") as server:
        choice = ClusterChoice((server.url,), "a", "reader", secret)
        with Client(choice) as client:
            assert client.ask("GET", "/_cluster/health") == {"status": "green"}


def test_a_password_or_certificates_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    none = tmp_path / "none"
    with pytest.raises(ClusterError, match=f"PASSWORD_FILE: no password in {none}"):
        Client(ClusterChoice(("https://n1:9200",), user="a", password_file=none))
    with pytest.raises(ClusterError, match=f"CA: no certificates in {none}"):
        Client(ClusterChoice(("https://n1:9200",), ca=none))
