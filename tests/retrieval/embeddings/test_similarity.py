"""Vectors built from a store, and what they do to answers: without them BM25 alone decides."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.answering.answerer import Answerer
from retrieval.embeddings import building
from retrieval.embeddings.embedder import EmbeddingError, Vectors
from retrieval.embeddings.similarity import Similarities, scale_of
from retrieval.embeddings.vectors import VectorReader, folder_of, owner
from retrieval.engine.opening import opened_answerer
from tests.support.embedding import Letters

ASKED = "骗取留抵退税被罚多少"


def similarities(store: Store, embedder: Letters) -> Similarities:
    reader = VectorReader(folder_of(store.path), owner(embedder.name, store.identity()), every=0)
    return Similarities(embedder, reader)


def with_similarities(answerer: Answerer, similar: Similarities | None) -> Answerer:
    return Answerer(answerer._store, answerer._index, answerer._calibration, similar=similar)


def test_every_paragraph_gets_a_vector_once_the_newest_posts_first(own_db: Path) -> None:
    embedder = Letters()
    with Store.open(own_db) as store:
        count = len(store.all_keys())
        building.catch_up(store, embedder)
        probe, *embedded = embedder.embedded
        posts = [story.post for story in store.stories_of(store.newest_keys()[:1])]
        assert probe == building.PROBE
        assert len(embedded) == count
        newest = f"{posts[0].title}\n{posts[0].paragraphs[0].text[:400]}".strip()
        assert newest in embedded[: building.BATCH]
        assert building.progress(store, embedder.name) == (count, count)
        assert building.progress(store, "another") == (0, count)
        building.catch_up(store, embedder)
        assert embedder.embedded == [probe, *embedded, probe]


def test_what_is_removed_loses_its_vector_and_what_is_added_gets_one(own_db: Path) -> None:
    embedder = Letters()
    with Store.open(own_db) as store:
        building.catch_up(store, embedder)
        gone = store.listed(Filters(), 1, 0)[0]
        store.forget([gone.id])
        before = len(embedder.embedded)
        building.catch_up(store, embedder)
        reader = VectorReader(folder_of(own_db), owner(embedder.name, store.identity()))
        assert reader.keys().tolist() == store.all_keys()
        assert len(embedder.embedded) == before + 1  # the probe


def test_one_that_stops_goes_on_where_it_was(own_db: Path) -> None:
    stop = threading.Event()

    class Stopping(Letters):
        def passages(self, texts: Sequence[str]) -> Vectors:
            if len(self.embedded) > 20:
                stop.set()
            return super().passages(texts)

    with Store.open(own_db) as store:
        count = len(store.all_keys())
        first, second = Stopping(), Letters()
        building.catch_up(store, first, stop=stop)
        made = len(first.embedded) - 1
        assert building.progress(store, first.name) == (made, count)
        building.catch_up(store, second)
        assert len(second.embedded) - 1 == count - made


def test_one_that_fails_keeps_what_was_made(own_db: Path) -> None:
    class Failing(Letters):
        def passages(self, texts: Sequence[str]) -> Vectors:
            if len(self.embedded) > 20:
                raise EmbeddingError("gone")
            return super().passages(texts)

    with Store.open(own_db) as store:
        embedder = Failing()
        with pytest.raises(EmbeddingError, match="gone"):
            building.catch_up(store, embedder)
        assert building.progress(store, embedder.name)[0] == len(embedder.embedded) - 1


def test_a_damaged_vector_is_made_anew(own_db: Path) -> None:
    embedder = Letters()
    with Store.open(own_db) as store:
        building.catch_up(store, embedder)
        numbers = folder_of(own_db) / "1.numbers"
        broken = bytearray(numbers.read_bytes())
        broken[70] ^= 1
        numbers.write_bytes(broken)
        assert building.damaged(store, embedder.name) == 1
        building.catch_up(store, embedder)
        assert building.damaged(store, embedder.name) == 0
        assert building.progress(store, embedder.name)[0] == len(store.all_keys())


def test_the_paragraph_that_means_the_same_is_like_the_question(own_db: Path) -> None:
    with Store.open(own_db) as store:
        keys = store.all_keys()
        entry = next(iter(store.entries([keys[7]])))
        embedder = Letters(alias={ASKED: f"{entry.title}\n{entry.text[:400]}".strip()})
        building.catch_up(store, embedder)
        similar = similarities(store, embedder)
        found = similar(ASKED, keys)
        assert found.keys() == set(keys)
        assert max(found, key=lambda key: found[key]) == keys[7]
        assert 0 <= min(found.values()) < max(found.values()) <= 1
        embedder.is_down = True
        assert similar("别的问题", keys) == {}


def test_all_vectors_of_a_turn_are_waited_for_as_long_as_one_may_be(own_db: Path) -> None:
    with Store.open(own_db) as store:
        embedder = Letters()
        building.catch_up(store, embedder)
        similar, keys = similarities(store, embedder), store.all_keys()
        with similar.turn(asked=time.monotonic() - 40):
            assert similar(ASKED, keys)
            assert similar("第二个问题", keys)
        assert 20 > embedder.waited[0] > embedder.waited[1]
        assert similar.without() == 0


def test_a_question_that_waited_too_long_for_its_turn_goes_on_without_a_vector_counted_once(
    own_db: Path,
) -> None:
    with Store.open(own_db) as store:
        embedder = Letters()
        building.catch_up(store, embedder)
        similar, keys = similarities(store, embedder), store.all_keys()
        with similar.turn(asked=time.monotonic() - 61):
            assert similar(ASKED, keys) == {}
            assert similar("第二个问题", keys) == {}
        assert embedder.waited == []
        assert similar.without() == 1
        with similar.turn(asked=time.monotonic()):
            assert similar(ASKED, keys)
        with similar.turn(asked=time.monotonic() - 61):
            assert similar(ASKED, keys)  # its vector was kept
        assert similar.without() == 1


def test_without_vectors_an_answer_is_that_of_bm25_alone(own_db: Path) -> None:
    with opened_answerer(own_db) as alone, Store.open(own_db) as store:
        plain = alone.ask(ASKED)
        none_made = with_similarities(alone, similarities(store, Letters()))
        assert none_made.ask(ASKED) == plain
        building.catch_up(store, Letters())
        down = Letters()
        down.is_down = True
        other_size = Letters(size=32)
        other_model = Letters("letters 2")
        for embedder in (down, other_size, other_model):
            assert with_similarities(alone, similarities(store, embedder)).ask(ASKED) == plain


def test_similarity_has_its_line_in_the_ranking_and_counts_in_the_confidence(own_db: Path) -> None:
    with opened_answerer(own_db) as alone, Store.open(own_db) as store:
        best = alone.hits(ASKED)[0]
        entry = next(iter(store.entries([best.key])))
        near = Letters(alias={ASKED: f"{entry.title}\n{entry.text[:400]}".strip()})
        building.catch_up(store, near)
        answerer = with_similarities(alone, similarities(store, near))
        hits = answerer.hits(ASKED)
        assert hits[0].key == best.key
        assert hits[0].similarity is not None
        assert hits[0].similarity > 0.51
        assert hits[0].shares["similarity"] == 0.125 * hits[0].similarity
        assert answerer.ask(ASKED).confidence > alone.ask(ASKED).confidence
        assert "similarity" not in answerer.without("similarity").hits(ASKED)[0].shares


def test_a_paragraph_without_a_vector_counts_as_the_others_on_average(own_db: Path) -> None:
    with opened_answerer(own_db) as alone:
        hits = alone.hits(ASKED)
        lacking = hits[1].key

        class Some(Similarities):
            def __call__(self, question: str, keys: Sequence[int]) -> dict[int, float]:
                return {key: 0.2 + 0.4 * (key % 2) for key in keys if key != lacking}

        with Store.open(own_db) as store:
            some = Some(Letters(), similarities(store, Letters())._vectors)
            found = {hit.key: hit for hit in with_similarities(alone, some).hits(ASKED)}
        others = [hit.similarity for key, hit in found.items() if key != lacking]
        mean = sum(one for one in others if one is not None) / len(others)
        assert found[lacking].similarity is None
        assert found[lacking].shares["similarity"] == pytest.approx(0.125 * mean)


def test_a_scale_is_the_mean_of_all_and_the_spread_beside_one_title() -> None:
    embedder = Letters()
    titles, paragraphs = embedder.questions(["甲"]), embedder.passages(["甲", "乙"])
    mean, spread = scale_of(titles, paragraphs)
    like, unlike = (paragraphs @ titles.T)[:, 0].tolist()
    assert (mean, spread) == pytest.approx(((like + unlike) / 2, (like - unlike) / 2))
