"""A database → an `Answerer`, or the `Library` that chats use."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.answering.calibration import calibration
from retrieval.answering.corrections import Current
from retrieval.engine.library import Library
from retrieval.engine.upkeep import TURN, keep_up
from retrieval.index import IndexLocked, prepare
from retrieval.index_sync import catch_up, has_index, lag, open_index
from retrieval.text.synonyms import load as load_synonyms


@contextmanager
def opened_answerer(db: Path, synonyms: Path | None = None) -> Iterator[Answerer]:
    """An `Answerer` over the database at `db`, its index brought up to date first.

    `synonyms` is an operator's file of names. Raises StoreError, EmptyCorpus or BadSynonyms.
    """
    names = load_synonyms(synonyms)
    with Store.open(db) as store:
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
            answerer = Answerer(store, opened, learned, names=names, corrections=Current(store))
            opened.follow(TURN)
            yield answerer


@contextmanager
def opened_library(db: Path, synonyms: Path | None = None) -> Iterator[Library]:
    """What the chats need of the database at `db`; takes and raises what `opened_answerer` does."""
    with (
        opened_answerer(db, synonyms) as answerer,
        Store.open(db) as store,
        Store.open(db) as counted,
    ):
        # What is slow the first time: nobody shall wait for it.
        prepare()
        answerer.ask("税务新闻")
        yield Library(store, answerer, counted)
