"""The store's paragraphs → the index beside the database, kept in step with it.

The index carries, as the mark of its last write, which database it follows, up
to which of its generations, and by which analyzer; where one of these does not
fit, the index is built anew. So the two can't disagree unnoticed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from corpus.store import Entry, Store
from retrieval import analysis
from retrieval.index import Index, IndexCorrupt, IndexMismatch

FIELDS = ("words", "bigrams", "characters")
"""The kinds of terms of a paragraph; a field of the index each."""

K1, B = 0.9, 0.4
"""BM25's parameters: Anserini's for passages (Yang et al., SIGIR 2017)."""

TITLE = 2
"""How often a title and a heading count, beside the text below them."""

# Lucene's idf and not rank-bm25's, which is negative for a term in more than half
# of the paragraphs: a match must never cost.
_SETTINGS: dict[str, Any] = {"similarity": "lucene", "k1": K1, "b": B, "fields": FIELDS}

_BATCH = 4000  # paragraphs a write of the index

Terms = dict[str, list[str]]
Track = Callable[[Sequence[int]], Iterable[int]]
"""Passes the numbers of paragraphs through and shows how far it is."""


def folder_of(db: Path) -> Path:
    """Where the index of the database `X.db` lies: `X.index`."""
    return db.with_suffix(".index")


def has_index(db: Path) -> bool:
    """Whether the database at `db` has an index to be read, up to date or not."""
    return (folder_of(db) / "manifest.json").exists()


def open_index(db: Path, *, read_only: bool = False) -> Index:
    """The index of the database at `db`, made if it is missing (unless `read_only`)."""
    return Index.open(folder_of(db), **_SETTINGS, read_only=read_only)


def catch_up(store: Store, *, track: Track = iter, rebuild: bool = False) -> None:
    """Bring the index of `store` up to it: what changed, or all if it must (or `rebuild`).

    Raises `IndexLocked` while another process does so.
    """
    try:
        index = open_index(store.path)
    except (IndexCorrupt, IndexMismatch):
        index = Index.create(folder_of(store.path), **_SETTINGS)
    with index:
        changes = None if rebuild else store.changes(_generation(store, index))
        if changes is None:
            # The generation first: what is written meanwhile is added again next time.
            generation = store.generation()
            entries = _entries(store, track(store.all_keys()))
            index.rebuild(map(_keyed, entries), mark=_mark(store, generation))
        elif changes.generation != _generation(store, index):
            generation = changes.generation
            index.delete(changes.removed)
            added = map(_keyed, _entries(store, track(changes.added)))
            while batch := list(islice(added, _BATCH)):
                index.add(batch)
            index.add([], mark=_mark(store, generation))
        else:
            return
    store.forget_changes(generation)


def _entries(store: Store, keys: Iterable[int]) -> Iterator[Entry]:
    keys = iter(keys)
    while batch := list(islice(keys, _BATCH)):
        yield from store.entries(batch)


def terms(text: str, titles: str = "") -> Terms:
    """The terms of a normalised text by field, those of its normalised titles `TITLE` times."""
    return {
        name: cut(text) + TITLE * cut(titles)
        for name, cut in (
            ("words", analysis.words),
            ("bigrams", analysis.bigrams),
            ("characters", analysis.characters),
        )
    }


def _keyed(entry: Entry) -> tuple[int, Terms]:
    titles = analysis.normalise(f"{entry.title or ''}\n{entry.heading or ''}")
    return entry.key, terms(analysis.normalise(entry.text), titles)


def _mark(store: Store, generation: int) -> str:
    return f"{store.identity()}:{_analyzer()}:{generation}"


def lag(store: Store, index: Index) -> int | None:
    """How many changes `index` lacks; None if it is another's and has to be built anew."""
    generation = _generation(store, index)
    changes = store.changes(generation)
    return None if changes is None else changes.generation - generation


def _generation(store: Store, index: Index) -> int:
    """The generation of `store` that `index` is at; -1 if it is at none."""
    before, _, generation = (index.mark or "").rpartition(":")
    return int(generation) if before == f"{store.identity()}:{_analyzer()}" else -1


@lru_cache(maxsize=1)
def _analyzer() -> str:
    """What tells this analyzer from one that would cut other terms."""
    source = Path(analysis.__file__).read_bytes()
    return hashlib.sha256(source + "\n".join(analysis.tax_words()).encode()).hexdigest()[:8]
