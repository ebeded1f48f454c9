"""Requests to the nodes of a cluster: in turn, without the dead ones, repeated where that is safe.

A node that gives no answer in time is left out at once. A thread asks it until it answers again:
no question ever does.
"""

import itertools
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import httpx

from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.errors import (
    ClusterConflict,
    ClusterError,
    ClusterGone,
    NotInCluster,
)

log = logging.getLogger(__name__)

WRITING = 15.0
"""Seconds that a node has for a request that writes."""

PATIENCE = 3.0
"""Seconds for which a request is sent again and again, and a node waited for if all were lost."""

_PROBES = 0.5  # seconds between two looks at dead nodes
_PAUSE = 0.1  # seconds before a node that answered with an error is asked again
LOCALLY: Mapping[str, str] = {"preference": "_local"}
"""A node that has the documents itself asks no other, which may hang."""

_JSON = {"Content-Type": "application/json"}
_LINES = {"Content-Type": "application/x-ndjson"}

Body = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Params = Mapping[str, str | int]


class Client:
    """Speaks with a cluster; any thread may, several at once. A context manager."""

    def __init__(self, choice: ClusterChoice) -> None:
        """Raises `ClusterError` if the password or the certificates can't be read."""
        self.choice = choice
        self._nodes = _Nodes(choice.nodes, self._answers)
        self._http = httpx.Client(
            auth=_auth(choice),
            verify=_trusted(choice),
            timeout=choice.timeout,
            trust_env=False,
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16),
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connections, and the thread that looks at dead nodes."""
        self._nodes.close()
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        params: Params | None = None,
        seconds: float | None = None,
        is_repeatable: bool = True,
    ) -> Any:
        """The cluster's answer to a request of JSON: an object, or a list of them.

        `body` is an object, or several for a request of a line each. A request that is not
        repeatable is sent again only if no node can have received it.

        Raises `ClusterGone`, `ClusterConflict`, `NotInCluster`; `ClusterError` if it is refused.
        """
        content, headers = _encoded(body)
        failure = ""
        for node in self._nodes.turn():
            try:
                response = self._http.request(
                    method,
                    node + path,
                    content=content,
                    headers=headers,
                    params=dict(params or {}),
                    timeout=seconds or self.choice.timeout,
                )
            except httpx.TransportError as error:
                self._nodes.lose(node)
                failure = f"{node}: {_reason(error)}"
                if not is_repeatable and not isinstance(error, httpx.ConnectError):
                    break
                continue
            if response.status_code < 500 and response.status_code != 429:
                return _answer(response, node)
            failure = f"{node}: HTTP {response.status_code}"
            if not is_repeatable:
                break
            time.sleep(_PAUSE)
        raise ClusterGone(f"the cluster does not answer ({failure or 'no node is alive'})")

    def _answers(self, node: str) -> bool:
        """Whether a node answers, whatever it says of a document that readers may ask for."""
        path = f"{node}/{self.choice.prefix}-state/_doc/mark"
        try:
            response = self._http.get(path, params={**LOCALLY, "_source": "false"})
        except httpx.TransportError:
            return False
        return response.status_code < 500


class _Nodes:
    """Which nodes are alive, and whose turn it is."""

    def __init__(self, nodes: Sequence[str], answers: Callable[[str], bool]) -> None:
        self._all = tuple(nodes)
        self._answers = answers
        self._dead: set[str] = set()
        self._first = itertools.count()
        self._changed = threading.Condition()
        self._emptied = 0.0
        self._is_closed = threading.Event()
        self._prober: threading.Thread | None = None

    def turn(self) -> Iterator[str]:
        """The nodes to be tried for one request, one after the other: those that are alive when
        it is their turn, until there is none or patience ends."""
        first = next(self._first) % len(self._all)
        deadline = time.monotonic() + PATIENCE
        while self._one_lives(deadline) and time.monotonic() < deadline:
            for node in self._all[first:] + self._all[:first]:
                if node not in self._dead:
                    yield node

    def _one_lives(self, deadline: float) -> bool:
        """Whether a node is alive; if all have been lost just now, one is waited for."""
        with self._changed:
            until = min(deadline, self._emptied + PATIENCE)
            left = max(0.0, until - time.monotonic())
            return self._changed.wait_for(lambda: len(self._dead) < len(self._all), left)

    def lose(self, node: str) -> None:
        """Leave a node out until it answers again."""
        with self._changed:
            if node in self._dead or self._is_closed.is_set():
                return
            self._dead.add(node)
            log.warning("%s does not answer and is left out", node)
            if len(self._dead) == len(self._all):
                self._emptied = time.monotonic()
            if self._prober is None:
                self._prober = threading.Thread(target=self._probe, daemon=True, name="cluster")
                self._prober.start()

    def _probe(self) -> None:
        """Looks at dead nodes until there are none."""
        while not self._is_closed.wait(_PROBES):
            with self._changed:
                dead = sorted(self._dead)
                if not dead:
                    self._prober = None
                    return
            for node in dead:
                if self._answers(node):
                    with self._changed:
                        self._dead.discard(node)
                        self._changed.notify_all()
                    log.warning("%s answers again", node)

    def close(self) -> None:
        self._is_closed.set()
        if prober := self._prober:
            prober.join()


def _encoded(body: Body) -> tuple[bytes | None, dict[str, str]]:
    if body is None:
        return None, {}
    if isinstance(body, Mapping):
        return _line(body), _JSON
    return b"".join(_line(each) + b"\n" for each in body), _LINES


def _line(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _answer(response: httpx.Response, node: str) -> Any:
    """What a node says. Its reasons may quote what was asked: only their type is reported."""
    if response.status_code in (401, 403):
        raise ClusterError(
            f"{node}: HTTP {response.status_code}: TAXNEWS_CLUSTER_USER and"
            " TAXNEWS_CLUSTER_PASSWORD_FILE name nobody who may do this"
        )
    try:
        said = response.json()
    except ValueError:
        raise ClusterError(
            f"{node}: HTTP {response.status_code} without JSON: is it a node of a cluster?"
        ) from None
    if response.is_success:
        return said
    error = said.get("error") if isinstance(said, dict) else None
    kind = error.get("type") if isinstance(error, dict) else None
    message = f"{node}: HTTP {response.status_code} ({kind or 'not found'})"
    if response.status_code == 404:
        raise NotInCluster(message)
    if response.status_code == 409:
        raise ClusterConflict(message)
    raise ClusterError(message)


def _reason(error: httpx.TransportError) -> str:
    if isinstance(error, httpx.TimeoutException):
        return "no answer in time"
    return str(error) or type(error).__name__


def _auth(choice: ClusterChoice) -> tuple[str, str] | None:
    if choice.user is None or choice.password_file is None:
        return None
    try:
        password = choice.password_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        password = ""
    if not password:
        raise ClusterError(f"TAXNEWS_CLUSTER_PASSWORD_FILE: no password in {choice.password_file}")
    return choice.user, password


def _trusted(choice: ClusterChoice) -> ssl.SSLContext:
    """By which certificates nodes are known; by none, and without reading any, where no node has
    one."""
    if all(node.startswith("http:") for node in choice.nodes):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        return ssl.create_default_context(cafile=str(choice.ca) if choice.ca else None)
    except (OSError, ssl.SSLError):
        raise ClusterError(f"TAXNEWS_CLUSTER_CA: no certificates in {choice.ca}") from None
