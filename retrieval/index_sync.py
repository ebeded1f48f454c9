"""The store's paragraphs → the index beside the database, kept in step with it.

The index carries, as the mark of its last write, which database it follows, up
to which of its generations, and by which analyzer; where one of these does not
fit, the index is built anew. So the two can't disagree unnoticed.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from corpus.store.store import Store
from corpus.store.values import Entry
from corpus.sync.workers import Workers
from retrieval.index import Encoded, Index, IndexCorrupt, IndexMismatch, encoded
from retrieval.text import analyzer

log = logging.getLogger(__name__)

FIELDS = ("words", "bigrams", "characters")
"""The kinds of terms of a paragraph; a field of the index each."""

K1, B = 0.9, 0.45
"""BM25's parameters: about Anserini's for passages, 0.9 and 0.4 (Yang et al., SIGIR 2017);
paragraphs of statutes and answers want a little more of `b`, those of web pages less."""

TITLE = 2
"""How often a title and a heading count, beside the text below them."""

# Lucene's idf and not rank-bm25's, which is negative for a term in more than half
# of the paragraphs: a match must never cost.
_SETTINGS: dict[str, Any] = {"similarity": "lucene", "k1": K1, "b": B, "fields": FIELDS}

# What an index carried while the version was a hash of the analyzer's source.
_OLD_VERSIONS = {"f356db5e": "1"}

_BATCH = 4000  # paragraphs a write of the index
_TASKS = 2000  # paragraphs that a process segments at a time

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
    except (IndexCorrupt, IndexMismatch) as error:
        log.warning("%s (done now)", error)
        index = Index.create(folder_of(store.path), **_SETTINGS)
    with index:
        changes = None if rebuild else store.changes(_generation(store, index))
        if changes is None:
            # The generation first: what is written meanwhile is added again next time.
            generation = store.generation()
            entries = _batches(store, track(store.all_keys()), _TASKS)
            with Workers(_encoded) as workers:
                ready = (batch for _, batch in workers.map((None, some) for some in entries))
                index.rebuild_from(ready, mark=_mark(store, generation))
        elif changes.generation != _generation(store, index):
            generation = changes.generation
            index.delete(changes.removed)
            for batch in _batches(store, track(changes.added), _BATCH):
                index.add(keyed(batch))
            index.add([], mark=_mark(store, generation))
        else:
            return
    store.forget_changes(generation)


def _batches(store: Store, keys: Iterable[int], size: int) -> Iterator[list[Entry]]:
    keys = iter(keys)
    while batch := list(islice(keys, size)):
        yield list(store.entries(batch))


def terms(text: str) -> Terms:
    """The terms of a normalised text by field."""
    return {
        "words": analyzer.words(text),
        "bigrams": analyzer.bigrams(text),
        "characters": analyzer.characters(text),
    }


def keyed(entries: Sequence[Entry]) -> list[tuple[int, Terms]]:
    """The terms of paragraphs, their titles' among them, by the paragraphs' numbers."""
    texts = analyzer.normalise_all(entry.text for entry in entries)
    titles = [
        (analyzer.subject_line(entry.title, entry.places), entry.heading or "") for entry in entries
    ]
    of_titles: dict[tuple[str, str], Terms] = {}  # the paragraphs of a post share them
    for both in titles:
        if both not in of_titles:
            of_titles[both] = terms(analyzer.normalise("\n".join(both)))
    return [
        (
            entry.key,
            {name: cut + TITLE * of_titles[both][name] for name, cut in terms(text).items()},
        )
        for entry, text, both in zip(entries, texts, titles, strict=True)
    ]


def _encoded(entries: Sequence[Entry]) -> Encoded:
    """Paragraphs ready for the index."""
    return encoded(keyed(entries), FIELDS)


def _mark(store: Store, generation: int) -> str:
    return f"{store.identity()}:{analyzer.ANALYZER_VERSION}:{generation}"


def lag(store: Store, index: Index) -> int | None:
    """How many changes `index` lacks; None if it is another's and has to be built anew."""
    generation = _generation(store, index)
    changes = store.changes(generation)
    return None if changes is None else changes.generation - generation


def _generation(store: Store, index: Index) -> int:
    """The generation of `store` that `index` is at; -1 if it is at none."""
    identity, _, rest = (index.mark or "").partition(":")
    version, _, generation = rest.partition(":")
    version = _OLD_VERSIONS.get(version, version)
    is_ours = identity == store.identity() and version == str(analyzer.ANALYZER_VERSION)
    return int(generation) if is_ours else -1
