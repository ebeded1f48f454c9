"""The one place where the parts are joined: database → store → answerer."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from platformdirs import user_data_path

from corpus.store import Store
from retrieval.answers import Answerer
from retrieval.index import IndexLocked
from retrieval.indexing import catch_up, open_index


def default_db() -> Path:
    """`TAXNEWS_DB`, else taxnews.db in the platform's folder for a user's data."""
    named = os.environ.get("TAXNEWS_DB")
    return Path(named) if named else user_data_path("taxnews", appauthor=False) / "taxnews.db"


@contextmanager
def opened_answerer(db: Path) -> Iterator[Answerer]:
    """An `Answerer` over the database at `db`, its index brought up to date first.

    Raises StoreError or EmptyCorpus.
    """
    with Store.open(db) as store:
        # Another process that writes the index is bringing it up to date itself.
        with suppress(IndexLocked):
            catch_up(store)
        with open_index(db, read_only=True) as index:
            yield Answerer(store, index)
