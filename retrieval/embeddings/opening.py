"""The choice of an embedder → the embedder; only then is anything of it imported."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from retrieval.embeddings.choice import LOCAL, EmbedderChoice

if TYPE_CHECKING:
    from retrieval.embeddings.embedder import Embedder


@contextmanager
def opened_embedder(choice: EmbedderChoice) -> Iterator[Embedder]:
    """The embedder that is chosen. Raises EmbeddingError."""
    embedder = _embedder(choice)
    try:
        yield embedder
    finally:
        embedder.close()


def _embedder(choice: EmbedderChoice) -> Embedder:
    if choice.where == LOCAL:
        from retrieval.embeddings.local import LocalEmbedder

        return LocalEmbedder()
    from retrieval.embeddings.endpoint import EndpointEmbedder

    return EndpointEmbedder(choice)
