"""A database, or a cluster → an `Answerer`, or the `Library` that chats use.

The one place that decides which of the two is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corpus.store.readable import Readable
from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.answering.calibration import calibration
from retrieval.answering.corrections import Current
from retrieval.answering.errors import EmptyCorpus
from retrieval.cluster.choice import ClusterChoice
from retrieval.embeddings.choice import EmbedderChoice
from retrieval.embeddings.opening import opened_embedder
from retrieval.engine.library import Library, Trends
from retrieval.engine.news import News
from retrieval.engine.upkeep import TURN, keep_up
from retrieval.index import Index, IndexLocked, settle
from retrieval.index_sync import catch_up, has_index, lag, open_index
from retrieval.news.trends import trend
from retrieval.text.synonyms import Synonyms
from retrieval.text.synonyms import load as load_synonyms

_FIRST = "税务新闻"
"""Asked before anybody asks: nobody shall wait for what is slow the first time."""

if TYPE_CHECKING:
    from retrieval.embeddings.embedder import Embedder
    from retrieval.embeddings.similarity import Similarities


@contextmanager
def opened_answerer(
    db: Path,
    synonyms: Path | None = None,
    embedder: EmbedderChoice | None = None,
    cluster: ClusterChoice | None = None,
) -> Iterator[Answerer]:
    """An `Answerer` over the database at `db`, its index brought up to date first; or over a
    `cluster`, as it was fed.

    `synonyms` is an operator's file of names. Vectors are read, not made: without any, or
    without an `embedder`, BM25 ranks alone. Raises StoreError, EmptyCorpus, BadSynonyms,
    EmbeddingError or ClusterError.
    """
    names = load_synonyms(synonyms)
    if cluster:
        with _on_cluster(cluster, db, names) as (answerer, _):
            yield answerer
        return
    with Store.open(db) as store, _model(embedder) as model, _opened_index(store) as opened:
        learned = calibration(store, opened)
        similar = _similarities(store, model) if model else None
        answerer = Answerer(
            store, opened, learned, names=names, corrections=Current(store), similar=similar
        )
        opened.follow(TURN)
        yield answerer


@contextmanager
def _on_cluster(
    cluster: ClusterChoice, db: Path, names: Synonyms
) -> Iterator[tuple[Answerer, Readable]]:
    from retrieval.cluster.answerer import ClusterAnswerer  # here, as few have one
    from retrieval.cluster.opening import opened_cluster

    with opened_cluster(cluster, db) as corpus:
        stories = corpus.stories
        yield ClusterAnswerer(stories, corpus.index, corpus.calibration, names), stories


@contextmanager
def opened_stories(db: Path, cluster: ClusterChoice | None = None) -> Iterator[Readable]:
    """The stories of the database at `db`, or of a `cluster`, without what finds them."""
    if cluster:
        from retrieval.cluster.opening import opened_cluster  # here, as few have one

        with opened_cluster(cluster, db) as corpus:
            yield corpus.stories
    else:
        with Store.open(db) as store:
            yield store


@contextmanager
def opened_news(
    db: Path, synonyms: Path | None = None, cluster: ClusterChoice | None = None
) -> Iterator[News]:
    """What is new in the database at `db`, or in a `cluster`; raises as `opened_answerer`."""
    if cluster:
        with _on_cluster(cluster, db, load_synonyms(synonyms)) as (answerer, stories):
            yield News(stories, answerer)
        return
    with opened_answerer(db, synonyms) as answerer, Store.open(db) as store:
        yield News(store, answerer)


@contextmanager
def opened_trends(db: Path) -> Iterator[Trends]:
    """What counts mentions in the database at `db`. Raises StoreError or EmptyCorpus."""
    with Store.open(db) as store, _opened_index(store) as opened:
        if not len(opened):
            raise EmptyCorpus(store)
        yield partial(trend, store, opened)


@contextmanager
def _opened_index(store: Store) -> Iterator[Index]:
    """The index of `store`, brought up to date first where that can be done."""
    try:
        catch_up(store)
    except IndexLocked:  # another process is about it: what is there will do
        if not has_index(store.path):  # nothing is there yet
            keep_up(store)
    except OSError:  # a full or write-protected disk: what is there will do, if it fits
        if not has_index(store.path):
            raise
        with open_index(store.path, read_only=True) as opened:
            if lag(store, opened) is None:
                raise
    with open_index(store.path, read_only=True) as opened:
        yield opened


def _model(chosen: EmbedderChoice | None) -> AbstractContextManager[Embedder | None]:
    return opened_embedder(chosen) if chosen else nullcontext()


def _similarities(store: Store, embedder: Embedder) -> Similarities:
    from retrieval.embeddings.similarity import Similarities  # here, as few want it
    from retrieval.embeddings.vectors import VectorReader, folder_of, owner

    whose = owner(embedder.name, store.identity())
    return Similarities(embedder, VectorReader(folder_of(store.path), whose))


@contextmanager
def opened_library(
    db: Path,
    synonyms: Path | None = None,
    embedder: EmbedderChoice | None = None,
    cluster: ClusterChoice | None = None,
) -> Iterator[Library]:
    """What the chats need of the database at `db`; takes and raises what `opened_answerer` does."""
    if cluster:
        with _on_cluster(cluster, db, load_synonyms(synonyms)) as (answerer, stories):
            answerer.ask(_FIRST)
            yield Library(stories, answerer, None)
        return
    with (
        opened_answerer(db, synonyms, embedder) as answerer,
        Store.open(db) as store,
        # Counting takes seconds over millions of paragraphs, and a connection serves one at a time.
        opened_trends(db) as trends,
    ):
        settle(len(answerer.index))
        answerer.ask(_FIRST)
        yield Library(store, answerer, trends)
