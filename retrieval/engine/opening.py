"""A database → an `Answerer`, or the `Library` that chats use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.answering.calibration import calibration
from retrieval.answering.corrections import Current
from retrieval.embeddings.choice import EmbedderChoice
from retrieval.embeddings.opening import opened_embedder
from retrieval.engine.library import Library
from retrieval.engine.upkeep import TURN, keep_up
from retrieval.index import IndexLocked, prepare
from retrieval.index_sync import catch_up, has_index, lag, open_index
from retrieval.text.synonyms import load as load_synonyms

if TYPE_CHECKING:
    from retrieval.embeddings.embedder import Embedder
    from retrieval.embeddings.similarity import Similarities


@contextmanager
def opened_answerer(
    db: Path, synonyms: Path | None = None, embedder: EmbedderChoice | None = None
) -> Iterator[Answerer]:
    """An `Answerer` over the database at `db`, its index brought up to date first.

    `synonyms` is an operator's file of names. Vectors are read, not made: without any, or
    without an `embedder`, BM25 ranks alone. Raises StoreError, EmptyCorpus, BadSynonyms or
    EmbeddingError.
    """
    names = load_synonyms(synonyms)
    with Store.open(db) as store, _model(embedder) as model:
        try:
            catch_up(store)
        except IndexLocked:  # another process is about it: what is there will do
            if not has_index(db):  # nothing is there yet
                keep_up(store)
        except OSError:  # a full or write-protected disk: what is there will do, if it fits
            if not has_index(db):
                raise
            with open_index(db, read_only=True) as opened:
                if lag(store, opened) is None:
                    raise
        with open_index(db, read_only=True) as opened:
            learned = calibration(store, opened)
            similar = _similarities(store, model) if model else None
            answerer = Answerer(
                store, opened, learned, names=names, corrections=Current(store), similar=similar
            )
            opened.follow(TURN)
            yield answerer


def _model(chosen: EmbedderChoice | None) -> AbstractContextManager[Embedder | None]:
    return opened_embedder(chosen) if chosen else nullcontext()


def _similarities(store: Store, embedder: Embedder) -> Similarities:
    from retrieval.embeddings.similarity import Similarities  # here, as few want it
    from retrieval.embeddings.vectors import VectorReader, folder_of, owner

    whose = owner(embedder.name, store.identity())
    return Similarities(embedder, VectorReader(folder_of(store.path), whose))


@contextmanager
def opened_library(
    db: Path, synonyms: Path | None = None, embedder: EmbedderChoice | None = None
) -> Iterator[Library]:
    """What the chats need of the database at `db`; takes and raises what `opened_answerer` does."""
    with (
        opened_answerer(db, synonyms, embedder) as answerer,
        Store.open(db) as store,
        Store.open(db) as counted,
    ):
        # What is slow the first time: nobody shall wait for it.
        prepare()
        answerer.ask("税务新闻")
        yield Library(store, answerer, counted)
