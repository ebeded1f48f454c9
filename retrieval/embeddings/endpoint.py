"""Vectors from an OpenAI-compatible endpoint on the operator's own machine or network.

Questions are people's tax affairs: they go to a loopback or private address or nowhere. The
host's name is resolved for each request, what it resolves to is checked, and that is what is
connected to. No proxy is asked, no redirect followed.
"""

import asyncio
import json
import logging
import socket
import threading
import time
from collections.abc import Coroutine, Sequence
from concurrent.futures import CancelledError
from typing import Any, TypeVar

import httpx
import numpy as np

from retrieval.embeddings.addresses import is_own
from retrieval.embeddings.choice import EmbedderChoice
from retrieval.embeddings.embedder import EmbeddingError, Vectors

log = logging.getLogger(__name__)

PATIENCE = 0.28
"""Seconds that a question waits for its vector, all in all: 300 ms with what is around it."""

_REST = 2.0  # seconds in which no question asks one that was late or has failed

BATCH_PATIENCE = 60.0
"""Seconds that a batch of passages waits."""

LARGEST = 32_000_000
"""Bytes of an answer, unpacked, that are read."""

MOST_NUMBERS = 8192
"""Numbers of a vector at most."""

T = TypeVar("T")


class EndpointEmbedder:
    """Embeds by asking an endpoint. Raises EmbeddingError for an address that is not one's own."""

    patience = PATIENCE

    def __init__(self, choice: EmbedderChoice) -> None:
        self._choice = choice
        self._url = _address(choice.where)
        _refuse_public(self._url.host)
        self._loop = _Loop()
        self._client = httpx.AsyncClient(trust_env=False, headers={"Accept-Encoding": "identity"})
        self._rests_until = 0.0
        self._is_failing = False

    @property
    def name(self) -> str:
        return self._choice.name

    def question(self, text: str, seconds: float) -> Vectors | None:
        """None at once for a while after a failure."""
        if time.monotonic() < self._rests_until:
            return None
        asked = [self._choice.query_prefix + text]
        try:
            vector: Vectors = self._asked(asked, "query", seconds)[0]
        except EmbeddingError as error:
            self._rests_until = time.monotonic() + _REST
            self._note(error)
            return None
        self._note(None)
        return vector

    def _note(self, error: EmbeddingError | None) -> None:
        """Logs the first of several failures, and their end."""
        if error and not self._is_failing:
            log.warning("%s; answering by BM25 alone", error)
        elif self._is_failing and not error:
            log.warning("%s: answers again", self._url)
        self._is_failing = error is not None

    def questions(self, texts: Sequence[str]) -> Vectors:
        asked = [self._choice.query_prefix + text for text in texts]
        return self._asked(asked, "query", BATCH_PATIENCE)

    def passages(self, texts: Sequence[str]) -> Vectors:
        asked = [self._choice.passage_prefix + text for text in texts]
        return self._asked(asked, "passage", BATCH_PATIENCE)

    def close(self) -> None:
        self._loop.close(self._client.aclose())

    def _asked(self, texts: list[str], kind: str, seconds: float) -> Vectors:
        try:
            data = self._loop.run(self._post(texts, kind), seconds)
        except (asyncio.TimeoutError, CancelledError):
            raise self._error(f"no answer after {seconds:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            raise self._error(str(error) or type(error).__name__) from None
        try:
            return _vectors(data, len(texts))
        except ValueError as error:
            raise self._error(str(error)) from None

    def _error(self, reason: str) -> EmbeddingError:
        return EmbeddingError(f"{self._url}: {reason}")

    async def _post(self, texts: list[str], kind: str) -> bytes:
        address = await self._own_address()
        async with self._client.stream(
            "POST",
            self._url.copy_with(host=address),
            # `input_type` is for servers that put a model's prefixes themselves.
            json={"model": self._choice.model, "input": texts, "input_type": kind},
            headers={"Host": self._url.netloc.decode("ascii")},
            extensions={"sni_hostname": self._url.raw_host.decode("ascii")},
            timeout=None,  # all of it is timed as one
        ) as response:
            if response.status_code != 200:
                raise self._error(f"HTTP {response.status_code}")
            data = bytearray()
            async for chunk in response.aiter_bytes():
                data += chunk
                if len(data) > LARGEST:
                    raise self._error(f"more than {LARGEST:,} bytes")
            return bytes(data)

    async def _own_address(self) -> str:
        """What the host resolves to now, if all of it is one's own."""
        found = await asyncio.get_running_loop().getaddrinfo(
            self._url.host, None, type=socket.SOCK_STREAM
        )
        return _checked(self._url.host, found)


def _address(where: str) -> httpx.URL:
    """The address to post to: `where`, with what of /v1/embeddings it lacks."""
    try:
        url = httpx.URL(where)
    except httpx.InvalidURL as error:
        raise EmbeddingError(f"TAXNEWS_EMBEDDINGS: not an address ({error})") from None
    path = url.path.rstrip("/")
    if not path.endswith("/embeddings"):
        path = f"{path or '/v1'}/embeddings"
    return url.copy_with(path=path)


def _refuse_public(host: str) -> None:
    """Raises EmbeddingError if `host` is known, and not one's own."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return  # it may be known later; each request looks again
    _checked(host, found)


def _checked(host: str, found: Sequence[tuple[Any, ...]]) -> str:
    """The first of the addresses found of `host`; raises EmbeddingError if one is not own."""
    addresses = [str(address[0]).partition("%")[0] for *_, address in found]
    strange = [address for address in addresses if not is_own(address)]
    if strange or not addresses:
        raise EmbeddingError(
            f"TAXNEWS_EMBEDDINGS: {host} is at {strange[0] if strange else 'no address'}, neither"
            " this machine nor a private network; questions are sent nowhere else"
        )
    return addresses[0]


def _vectors(data: bytes, count: int) -> Vectors:
    """The vectors of an endpoint's answer, each of length 1. Raises ValueError."""
    try:
        rows = json.loads(data)["data"]
        numbered = sorted((int(row["index"]), row["embedding"]) for row in rows)
        table = np.array([vector for _, vector in numbered], np.float64)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise ValueError("its answer holds no embeddings") from None
    if [number for number, _ in numbered] != list(range(count)):
        raise ValueError(f"{len(numbered)} embeddings instead of {count}")
    if table.ndim != 2 or not 0 < table.shape[1] <= MOST_NUMBERS:
        raise ValueError("an embedding that is no list of numbers")
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or not lengths.all():
        raise ValueError("an embedding without a direction")
    return np.asarray(table / lengths, np.float32)


class _Loop:
    """An event loop in a thread of its own: only there can all of a request be timed as one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, daemon=True, name="embeddings"
        )
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """What `work` returns; raises asyncio.TimeoutError after `seconds`."""
        timed = asyncio.wait_for(work, seconds)
        return asyncio.run_coroutine_threadsafe(timed, self._loop).result()

    def close(self, last: Coroutine[Any, Any, None]) -> None:
        """Do `last`, and end."""
        asyncio.run_coroutine_threadsafe(last, self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
