"""An embedder of our own for tests: like texts get near vectors, at once and everywhere alike."""

from collections.abc import Sequence

import numpy as np

from retrieval.embeddings.embedder import Vectors
from tests.support.embeddings_server import vector


class Letters:
    """Counts characters. `alias` are texts that stand for others; without a `size` of 64 the
    last numbers are left out."""

    def __init__(
        self, name: str = "letters 1", size: int = 64, alias: dict[str, str] | None = None
    ):
        self.name = name
        self.size = size
        self.alias = alias or {}
        self.is_down = False
        self.embedded: list[str] = []
        self.patience = 60.0
        self.waited: list[float] = []

    def question(self, text: str, seconds: float) -> Vectors | None:
        self.waited.append(seconds)
        return None if self.is_down else self.questions([text])[0]

    def questions(self, texts: Sequence[str]) -> Vectors:
        rows = np.array([vector(self.alias.get(text, text))[: self.size] for text in texts]) + 0.01
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)

    def passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded += texts
        return self.questions(texts)

    def close(self) -> None:
        pass
