"""The store's paragraphs → the index beside the database, kept in step with it.

The index carries, as the mark of its last write, which database it follows, up
to which of its generations, and by which analyzer; where one of these does not
fit, the index is built anew. So the two can't disagree unnoticed.
"""

import hashlib
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from corpus.store import Entry, Store
from retrieval import analysis
from retrieval.index import Index, IndexCorrupt, IndexMismatch

FIELDS = ("words", "bigrams", "characters")
"""The kinds of terms of a paragraph; a field of the index each."""

K1, B = 0.9, 0.4
"""BM25's parameters: Anserini's for passages (Yang et al., SIGIR 2017)."""

TITLE = 2
"""How often a title and a heading count, beside the text below them."""

_BATCH = 4000  # paragraphs a write of the index

Terms = dict[str, list[str]]
Track = Callable[[Iterable[Entry]], Iterable[Entry]]
"""Passes paragraphs through and shows how far it is."""


def folder_of(db: Path) -> Path:
    """Where the index of the database `X.db` lies: `X.index`."""
    return db.with_suffix(".index")


def open_index(db: Path, *, read_only: bool = False) -> Index:
    """The index of the database at `db`, made if it is missing (unless `read_only`)."""
    return Index.open(
        folder_of(db), similarity="lucene", k1=K1, b=B, fields=FIELDS, read_only=read_only
    )


def in_step(store: Store, index: Index) -> bool:
    """Whether the index holds what the store holds."""
    return index.mark == _mark(store, store.generation())


def catch_up(store: Store, *, track: Track = iter, rebuild: bool = False) -> None:
    """Bring the index of `store` up to it: what changed, or all if it must (or `rebuild`).

    Raises `IndexLocked` while another process does so.
    """
    try:
        index = open_index(store.path)
    except (IndexCorrupt, IndexMismatch):
        index = Index.create(
            folder_of(store.path), similarity="lucene", k1=K1, b=B, fields=FIELDS
        )
    with index:
        # Read first: what is written while the paragraphs are read comes next time.
        changes = store.changes(_generation(store, index)) if not rebuild else None
        if changes is None:
            generation = store.generation()
            index.rebuild(map(_keyed, track(store.entries())), mark=_mark(store, generation))
        else:
            index.delete(changes.removed)
            added = map(_keyed, track(store.entries(changes.added)))
            while batch := list(islice(added, _BATCH)):
                index.add(batch)
            index.add([], mark=_mark(store, changes.generation))
            generation = changes.generation
        store.forget_changes(generation)


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


def _generation(store: Store, index: Index) -> int:
    """The generation of `store` that `index` is at; -1 if it is at none."""
    before, _, generation = (index.mark or "").rpartition(":")
    return int(generation) if before == f"{store.identity()}:{_analyzer()}" else -1


def _analyzer() -> str:
    """What tells this analyzer from one that would cut other terms."""
    source = Path(analysis.__file__).read_bytes()
    return hashlib.sha256(source + "\n".join(analysis.tax_words()).encode()).hexdigest()[:8]
