"""An endpoint as operators use it: commands, the follower, and answers while it is away."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from corpus.store.store import Store
from retrieval.embeddings import building
from retrieval.embeddings.choice import EmbedderChoice
from retrieval.embeddings.opening import opened_embedder
from retrieval.engine.opening import opened_answerer, opened_library
from retrieval.engine.worker import watching
from tests.conftest import Run
from tests.support.embeddings_server import EmbeddingsServer, Reply, right

ASKED = "骗取留抵退税被罚多少"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddingsServer]:
    with EmbeddingsServer() as started:
        monkeypatch.setenv("TAXNEWS_EMBEDDINGS", started.url)
        monkeypatch.setenv("TAXNEWS_EMBEDDINGS_MODEL", "letters")
        yield started


def chosen(server: EmbeddingsServer) -> EmbedderChoice:
    return EmbedderChoice(server.url, "letters")


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def progress(db: Path) -> tuple[int, int]:
    with Store.open(db) as store:
        return building.progress(store, EmbedderChoice("any", "letters").name)


@pytest.mark.usefixtures("server")
def test_the_index_makes_vectors_that_list_doctor_and_explain_know_of(
    own_db: Path, tmp_path: Path, taxnews: Run
) -> None:
    count = progress(own_db)[1]
    with Store.open(own_db) as store:
        store.add_source("folder", str(tmp_path / "site"), every=9)
    listed = taxnews("source", "list", "--db", own_db).stdout
    assert listed.endswith(f"vectors: 0 of {count} paragraphs\n")
    made = taxnews("index", "--vectors", "--db", own_db)
    assert made.stdout.endswith(f"{count} of {count} paragraphs have a vector\n")
    assert progress(own_db) == (count, count)
    assert f"vectors: {count} of {count}" in taxnews("source", "list", "--db", own_db).stdout
    assert f"ok    vectors: {count} of {count}" in taxnews("doctor", "--db", own_db).stdout
    explained = taxnews("explain", ASKED, "--db", own_db).stdout
    assert explained.count("similarity") >= 2  # of the confidence, and of each hit


def test_without_an_embedder_there_are_no_vectors_to_make(
    own_db: Path, taxnews: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TAXNEWS_EMBEDDINGS", raising=False)
    done = taxnews("index", "--vectors", "--db", own_db)
    assert (done.returncode, "TAXNEWS_EMBEDDINGS is not set" in done.stderr) == (2, True)
    assert "vectors" not in taxnews("doctor", "--db", own_db).stdout
    assert not own_db.with_suffix(".vectors").exists()


def test_the_doctor_says_that_the_endpoint_is_ill(
    own_db: Path, taxnews: Run, server: EmbeddingsServer
) -> None:
    server.status = 503
    done = taxnews("doctor", "--db", own_db)
    assert done.returncode == 1
    assert "WRONG vectors: " in done.stdout
    assert "HTTP 503; BM25 answers alone" in done.stdout


def test_a_public_endpoint_ends_the_start(
    own_db: Path, taxnews: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAXNEWS_EMBEDDINGS", "http://8.8.8.8/v1")
    monkeypatch.setenv("TAXNEWS_EMBEDDINGS_MODEL", "letters")
    done = taxnews("ask", ASKED, "--db", own_db)
    assert done.returncode == 2
    assert "8.8.8.8, neither this machine nor a private network" in done.stderr
    assert ASKED not in done.stderr


def test_the_follower_makes_the_vectors(own_db: Path, server: EmbeddingsServer) -> None:
    count = progress(own_db)[1]
    with watching(own_db, chosen(server)):
        assert within(120, lambda: progress(own_db) == (count, count))


def cut(server: EmbeddingsServer, texts: list[str]) -> bytes:
    return right(server, texts)[:-20]


def smaller(_: EmbeddingsServer, texts: list[str]) -> bytes:
    return b'{"data": [{"index": 0, "embedding": [0.6, 0.8]}]}'


def never(server: EmbeddingsServer, _: list[str]) -> bytes:
    server.released.wait(60)
    return b""


@pytest.mark.parametrize(
    ("reply", "status"), [(right, 500), (cut, 200), (smaller, 200), (never, 200)]
)
def test_an_endpoint_that_is_ill_leaves_the_answer_to_bm25_in_time(
    own_db: Path, server: EmbeddingsServer, reply: Reply, status: int
) -> None:
    with opened_answerer(own_db) as alone:
        plain = alone.ask(ASKED)
    with Store.open(own_db) as store, opened_answerer(own_db, None, chosen(server)) as answerer:
        similar = answerer.similar
        assert similar is not None
        building.catch_up(store, similar._embedder)
        assert answerer.hits("留抵退税")[0].similarity is not None
        server.reply, server.status = reply, status
        begun = time.monotonic()
        with similar.turn(begun):
            assert answerer.ask(ASKED) == plain
        assert time.monotonic() - begun < 10
        assert similar.without() == 1


def test_the_library_says_how_many_vectors_there_are_and_how_many_failed(
    own_db: Path, server: EmbeddingsServer
) -> None:
    server.status = 500
    with opened_library(own_db) as library:
        assert library.vectors() is None
    with opened_library(own_db, None, chosen(server)) as library:
        vectors = library.vectors()
        assert vectors is not None
        assert vectors[0] == 0


def test_who_waited_while_others_were_answered_asks_for_no_vector(
    own_db: Path, server: EmbeddingsServer
) -> None:
    with Store.open(own_db) as store, opened_embedder(chosen(server)) as embedder:
        building.catch_up(store, embedder)
    with opened_library(own_db, None, chosen(server)) as library:
        vectors, asked = library.vectors(), len(server.asked)
        assert vectors is not None
        library.ask(ASKED, asked=time.monotonic() - 1)
        assert len(server.asked) == asked
        assert library.vectors() == (vectors[0], vectors[1] + 1)
