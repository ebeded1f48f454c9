"""The endpoint: what it is asked, where it may be, and what of its answers is taken."""

import json
import socket
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from retrieval.embeddings.addresses import is_own
from retrieval.embeddings.choice import EmbedderChoice
from retrieval.embeddings.embedder import EmbeddingError
from retrieval.embeddings.endpoint import PATIENCE, EndpointEmbedder
from retrieval.embeddings.opening import opened_embedder
from tests.support.embeddings_server import EmbeddingsServer, Reply, vector

UNHURRIED = 60.0  # seconds: an answer that is wanted may be late on a busy machine


@pytest.fixture
def server() -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as started:
        yield started


@pytest.fixture
def embedder(server: EmbeddingsServer) -> Iterator[EndpointEmbedder]:
    opened = EndpointEmbedder(EmbedderChoice(server.url, "small", "query: ", "passage: "))
    yield opened
    opened.close()


def unit(text: str) -> list[float]:
    numbers = np.array(vector(text))
    return list(numbers / np.linalg.norm(numbers))


def test_a_question_and_passages_are_asked_for_with_their_prefixes(
    server: EmbeddingsServer, embedder: EndpointEmbedder
) -> None:
    asked = embedder.question("骗税罚多少", UNHURRIED)
    found = embedder.passages(["罚款", "退税"])
    assert asked is not None
    np.testing.assert_allclose(asked, unit("query: 骗税罚多少"), rtol=1e-5)
    np.testing.assert_allclose(found, [unit("passage: 罚款"), unit("passage: 退税")], rtol=1e-5)
    host = f"127.0.0.1:{server.port}"
    assert server.asked == [
        {"model": "small", "input": ["query: 骗税罚多少"], "input_type": "query", "host": host},
        {
            "model": "small",
            "input": ["passage: 罚款", "passage: 退税"],
            "input_type": "passage",
            "host": host,
        },
    ]


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/", "/v1/embeddings"])
def test_an_address_may_leave_out_what_is_the_same_everywhere(
    server: EmbeddingsServer, path: str
) -> None:
    choice = EmbedderChoice(f"http://127.0.0.1:{server.port}{path}", "small")
    with opened_embedder(choice) as embedder:
        assert embedder.question("税", UNHURRIED) is not None


def embeddings(*vectors: object) -> Reply:
    rows = [{"index": number, "embedding": one} for number, one in enumerate(vectors)]
    return lambda *_: json.dumps({"data": rows}).encode()


@pytest.mark.parametrize(
    "reply",
    [
        lambda *_: b"",
        lambda *_: b"<html>it works</html>",
        lambda *_: b"[" * 100_000,
        lambda *_: b"null",
        lambda *_: b'{"data": 7}',
        lambda *_: b'{"data": [{"embedding": [1.0]}]}',
        lambda *_: b"\xff\xfe\x00",
        embeddings(),
        embeddings([1.0], [1.0]),
        embeddings([]),
        embeddings("税"),
        embeddings(None),
        embeddings([0.0, 0.0]),
        embeddings([float("nan"), 1.0]),
        embeddings([float("inf"), 1.0]),
        embeddings([[1.0]]),
        embeddings([10**400]),
        embeddings([1.0] * 8193),
        lambda *_: b" " * 32_000_001,
    ],
)
def test_what_is_no_vector_is_none(
    server: EmbeddingsServer, embedder: EndpointEmbedder, reply: Reply
) -> None:
    server.reply = reply
    assert embedder.question("税", PATIENCE) is None
    with pytest.raises(EmbeddingError, match=str(server.port)):
        embedder.passages(["税"])


@pytest.mark.parametrize("status", [204, 301, 302, 307, 400, 404, 429, 500, 503])
def test_an_answer_that_is_not_200_is_none(
    server: EmbeddingsServer, embedder: EndpointEmbedder, status: int
) -> None:
    with EmbeddingsServer() as elsewhere:
        server.status = status
        server.headers = {"Location": elsewhere.url}
        assert embedder.question("税", PATIENCE) is None
        with pytest.raises(EmbeddingError, match=f"HTTP {status}"):
            embedder.passages(["税"])
        assert elsewhere.asked == []


def test_one_that_does_not_answer_is_waited_for_no_longer_than_told(
    server: EmbeddingsServer, embedder: EndpointEmbedder
) -> None:
    def never(server: EmbeddingsServer, _: list[str]) -> bytes:
        server.released.wait(60)
        return b""

    server.reply = never
    begun = time.monotonic()
    assert embedder.question("税", PATIENCE) is None
    assert time.monotonic() - begun < 10


def test_after_a_failure_it_is_left_alone_for_a_while_and_then_asked_again(
    server: EmbeddingsServer, embedder: EndpointEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    server.status = 500
    assert embedder.question("税", PATIENCE) is None
    server.status = 200
    assert embedder.question("税", PATIENCE) is None
    assert len(server.asked) == 1
    now += 3
    assert embedder.question("税", UNHURRIED) is not None


def test_one_that_is_not_there_is_none() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    choice = EmbedderChoice(f"http://127.0.0.1:{port}", "small")
    with opened_embedder(choice) as embedder:
        assert embedder.question("税", PATIENCE) is None


def test_what_is_asked_is_not_logged(
    server: EmbeddingsServer, embedder: EndpointEmbedder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("WARNING")
    server.status = 500
    embedder.question("我的公司欠税", PATIENCE)
    assert "HTTP 500; answering by BM25 alone" in caplog.text
    assert "欠税" not in caplog.text


def test_no_proxy_is_asked(server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with EmbeddingsServer() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        with opened_embedder(EmbedderChoice(server.url, "small")) as embedder:
            assert embedder.question("税", UNHURRIED) is not None
        assert proxy.asked == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "10.1.2.3", "172.31.0.1", "192.168.0.9", "::1", "fd00::7"],
)
def test_loopback_and_private_addresses_are_own(address: str) -> None:
    assert is_own(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "0.0.0.0",
        "172.32.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "2001:db8::1",
        "::",
        "fe80::1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "localhost",
        "",
    ],
)
def test_all_others_are_not(address: str) -> None:
    assert not is_own(address)


@pytest.mark.parametrize("host", ["8.8.8.8", "[2001:4860:4860::8888]", "0.0.0.0"])
def test_a_public_address_is_refused_at_once(host: str) -> None:
    with (
        pytest.raises(EmbeddingError, match=r"neither this machine nor a private network"),
        opened_embedder(EmbedderChoice(f"http://{host}/v1", "small")),
    ):
        pass


def found(*addresses: str) -> list[tuple[Any, ...]]:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses]


@pytest.mark.parametrize("addresses", [["8.8.8.8"], ["127.0.0.1", "8.8.8.8"]])
def test_a_name_that_leads_outside_later_is_not_followed(
    server: EmbeddingsServer, monkeypatch: pytest.MonkeyPatch, addresses: list[str]
) -> None:
    resolved = found("127.0.0.1")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: resolved)
    choice = EmbedderChoice(f"http://vectors.example:{server.port}", "small")
    with opened_embedder(choice) as embedder:
        assert embedder.question("税", UNHURRIED) is not None
        assert server.asked[0]["host"] == f"vectors.example:{server.port}"
        resolved = found(*addresses)
        assert embedder.question("税", PATIENCE) is None
        assert len(server.asked) == 1
        with pytest.raises(EmbeddingError, match=r"vectors\.example is at 8\.8\.8\.8"):
            embedder.passages(["税"])
