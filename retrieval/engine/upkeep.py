"""Bringing the index of a store up to date, and repairing it."""

import time

from corpus.store.store import Store
from retrieval.answering import calibration
from retrieval.index import IndexCorrupt, IndexLocked, IndexMismatch
from retrieval.index_sync import Track, catch_up, has_index, lag, open_index

TURN = 0.2  # seconds between two tries for the index, and two looks at what was added to it


def index(
    store: Store,
    *,
    track: Track = iter,
    learning: calibration.Track = iter,
    rebuild: bool = False,
) -> None:
    """Bring the index of `store` up to date, and what is learned of it."""
    keep_up(store, track=track, rebuild=rebuild)
    with open_index(store.path, read_only=True) as opened:
        if len(opened):
            calibration.calibration(store, opened, learning)


def repair_index(store: Store, *, track: Track = iter) -> None:
    """Build the index of `store` anew if a byte of it is damaged, else bring it up to date."""
    damaged = False
    if has_index(store.path):
        try:
            with open_index(store.path, read_only=True) as opened:
                opened.verify()
                damaged = len(opened) != store.facts().paragraphs and not lag(store, opened)
        except (IndexCorrupt, IndexMismatch):
            damaged = True
    index(store, track=track, rebuild=damaged)


def keep_up(store: Store, *, track: Track = iter, rebuild: bool = False) -> None:
    """Bring the index of `store` up to date, after any other process that is about it."""
    while True:
        try:
            return catch_up(store, track=track, rebuild=rebuild)
        except IndexLocked:
            time.sleep(TURN)
