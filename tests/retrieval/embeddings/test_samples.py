"""Real vectors over the sample posts, where BM25 alone answers nearly all: no harm is done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.embeddings import building
from retrieval.embeddings.choice import LOCAL, EmbedderChoice
from retrieval.embeddings.similarity import Similarities
from retrieval.embeddings.vectors import VectorReader, folder_of, owner
from retrieval.engine.opening import opened_answerer
from retrieval.quality.evaluation import GoldQuestion, assess, read_questions
from tests.quality import NOW, QUESTIONS

pytestmark = pytest.mark.semantic


@pytest.fixture
def answerer(own_db: Path) -> Iterator[Answerer]:
    """One with real vectors, whose questions wait for theirs however busy the machine is."""
    from retrieval.embeddings.local import LocalEmbedder

    embedder = LocalEmbedder(patience=60)
    with Store.open(own_db) as store:
        building.catch_up(store, embedder)
        reader = VectorReader(folder_of(own_db), owner(embedder.name, store.identity()))
        with opened_answerer(own_db) as alone:
            yield Answerer(
                store,
                alone.index,
                alone._calibration,
                similar=Similarities(embedder, reader),
            )
    embedder.close()


def right(answerer: Answerer, gold: GoldQuestion) -> bool:
    return assess(gold, answerer.ask(gold.question, now=NOW)).answer_at_1


def test_of_the_judged_questions_three_in_a_hundred_at_most_are_answered_worse(
    answerer: Answerer, own_db: Path
) -> None:
    gold = [one for one in read_questions(QUESTIONS) if one.posts]
    found = sum(right(answerer, one) for one in gold)
    with opened_answerer(own_db) as alone:
        assert found >= sum(right(alone, one) for one in gold) - 0.03 * len(gold)


def test_the_command_answers_with_the_local_model(own_db: Path) -> None:
    with Store.open(own_db) as store:
        assert building.progress(store, EmbedderChoice(LOCAL).name)[0] == 0
    with opened_answerer(own_db, None, EmbedderChoice(LOCAL)) as answerer:
        assert answerer.ask("骗取留抵退税的公司被罚了多少", now=NOW).answered
