"""What scores the sentences of stories."""

from collections.abc import Iterator
from datetime import date

import pytest

from retrieval.index_sync import open_index
from retrieval.question.question import read
from retrieval.ranking.sentence_scorer import SentenceScorer
from retrieval.text import analyzer
from retrieval.text.synonyms import Synonyms
from tests.support.answering import FACTORY, OTHERS, corpus_of
from tests.support.scoring import MakeScorer


@pytest.fixture(scope="module")
def scorer_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeScorer]:
    """Makes the scorer of a question, for a reader of a title, over a corpus of a few posts."""
    folder = tmp_path_factory.mktemp("scorer")
    with corpus_of(folder, FACTORY, *OTHERS), open_index(folder / "a.db", read_only=True) as index:

        def make(asked: str, title: str = "") -> SentenceScorer:
            normal = analyzer.normalise(asked)
            return SentenceScorer(
                read(asked, normal, index, Synonyms(""), today=date(2025, 5, 6)),
                analyzer.normalise(title),
            )

        yield make
