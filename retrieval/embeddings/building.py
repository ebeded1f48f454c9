"""The store's paragraphs → their vectors, kept in step with it: the newest posts first."""

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from corpus.errors import TaxnewsError
from corpus.store.store import Store
from retrieval.embeddings.choice import EmbedderChoice
from retrieval.embeddings.embedder import Embedder, passage
from retrieval.embeddings.opening import opened_embedder
from retrieval.embeddings.similarity import scale_of
from retrieval.embeddings.vectors import VectorReader, VectorWriter, folder_of, owner

log = logging.getLogger(__name__)

Track = Callable[[Sequence[int]], Iterable[int]]
"""Passes the numbers of paragraphs through and shows how far it is."""

BATCH = 8
"""Paragraphs embedded at a time: what a kill loses, a second's work."""

PROBE = "纳税人应当依法缴纳税款。"
"""The text by which a model is known again."""

_TURN = 5.0  # seconds between two looks at the store
_PAUSE = 60.0  # seconds after which an embedder that failed is asked again
_ENOUGH = 512  # vectors of which a scale is learned before there are all
_TITLES, _PARAGRAPHS = 64, 512  # that it is learned of
_SMALL = 100_000  # rows: from so many on, a few removed ones may stay a while
_NICEST = 19


def catch_up(
    store: Store,
    embedder: Embedder,
    *,
    track: Track = iter,
    stop: threading.Event | None = None,
) -> None:
    """Bring the vectors of `store` up to it, until `stop` is set.

    Raises VectorsLocked while another process does so, EmbeddingError if the embedder fails.
    """
    with VectorWriter(folder_of(store.path), owner(embedder.name, store.identity())) as vectors:
        vectors.follow_model(embedder.passages([PROBE])[0])
        held = vectors.whole()
        is_damaged = len(held) < len(vectors)
        keys = store.newest_keys()
        missing = [key for key in keys if key not in held]
        for batch in _batches(track(missing)):
            if stop and stop.is_set():
                return
            _add(store, embedder, vectors, batch)
            if vectors.wants_scale(_ENOUGH):
                _scale(store, embedder, vectors)
        removed = len(held - set(keys))
        if is_damaged or (removed and (len(held) < _SMALL or removed > len(held) / 10)):
            vectors.keep_only(keys)
        if vectors.wants_scale(1):
            _scale(store, embedder, vectors)


def _add(store: Store, embedder: Embedder, vectors: VectorWriter, keys: list[int]) -> None:
    """Add the vectors of those of these paragraphs that have not been removed meanwhile."""
    if entries := list(store.entries(keys)):
        texts = [passage(entry.title, entry.text) for entry in entries]
        vectors.add([entry.key for entry in entries], embedder.passages(texts))


def _scale(store: Store, embedder: Embedder, vectors: VectorWriter) -> None:
    """Learn the scale of the cosines: from titles and paragraphs of other posts, nearly all."""
    keys, paragraphs = vectors.sample(_PARAGRAPHS)
    titles = list(dict.fromkeys(e.title for e in store.entries(keys) if e.title))
    some = titles[:: max(1, len(titles) // _TITLES)][:_TITLES]
    if some:
        vectors.set_scale(scale_of(embedder.questions(some), paragraphs))


def _batches(keys: Iterable[int]) -> Iterator[list[int]]:
    keys = iter(keys)
    while batch := list(islice(keys, BATCH)):
        yield batch


def progress(store: Store, model: str) -> tuple[int, int]:
    """How many paragraphs of `store` have a vector of `model`, and how many there are."""
    reader = VectorReader(folder_of(store.path), owner(model, store.identity()))
    keys = store.all_keys()
    return len(set(reader.keys().tolist()).intersection(keys)), len(keys)


def damaged(store: Store, model: str) -> int:
    """How many vectors of `model` are damaged; reads all of them."""
    return VectorReader(folder_of(store.path), owner(model, store.identity())).damaged()


def keep_building(db: Path, choice: EmbedderChoice, stop: threading.Event) -> None:
    """Bring the vectors up to the database again and again, until `stop` is set.

    What goes wrong, an endpoint that is gone say, is logged, and tried again.
    """
    _yield_to_others()
    wait = 0.0
    while not stop.wait(wait):
        try:
            with Store.open(db) as store, opened_embedder(choice) as embedder:
                _follow(store, embedder, stop)
        except (TaxnewsError, OSError) as error:
            log.error("%s", error)
        wait = _PAUSE


def _follow(store: Store, embedder: Embedder, stop: threading.Event) -> None:
    done: int | None = None
    while not stop.is_set():
        generation = store.generation()
        if generation != done:
            catch_up(store, embedder, stop=stop)
            done = generation
        stop.wait(_TURN)


def _yield_to_others() -> None:
    """On Linux a thread has a priority of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICEST)
