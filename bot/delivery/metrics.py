"""Figures for Prometheus, if the operator wants them (the extra `metrics`).

Nothing about people is in them: no ids, no questions.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from functools import partial
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from bot.delivery.health import Health, page
from corpus.errors import TaxnewsError, installed_by

Vectors = Callable[[], tuple[int, int] | None]
"""How many vectors there are, and how many questions got none."""


class Metrics:
    """Counts nothing. `PrometheusMetrics` counts."""

    def searched(self, seconds: float, *, answered: bool) -> None:
        """A question was searched for."""

    def refused(self) -> None:
        """A question was turned away: too many, too long, empty."""

    def sent(self) -> None:
        """A message has arrived."""

    def flooded(self) -> None:
        """Telegram asked to wait."""

    def failed(self) -> None:
        """Something went wrong."""

    def queued(self, updates: int) -> None:
        """So many updates wait or are being handled."""

    def embedding(self, vectors: Vectors) -> None:
        """An embedder is set; `vectors` says how it does."""

    def close(self) -> None:
        """The bot has ended."""


def _figure(vectors: Vectors, place: int) -> int:
    return (vectors() or (0, 0))[place]


class PrometheusMetrics(Metrics):
    """Serves its counters over HTTP at `address`, as "127.0.0.1:9108", under /metrics, and how
    the bot is under /healthz and /readyz."""

    def __init__(self, address: str, health: Health) -> None:
        try:
            import prometheus_client as prometheus
        except ImportError:
            raise TaxnewsError(
                f"TAXNEWS_METRICS_LISTEN needs an extra: {installed_by('metrics')}"
            ) from None
        registry = prometheus.CollectorRegistry()

        def counter(name: str, text: str, labels: tuple[str, ...] = ()) -> prometheus.Counter:
            return prometheus.Counter(f"taxnews_{name}", text, labels, registry=registry)

        self._questions = counter("questions", "Questions searched for", ("answered",))
        self._refused = counter("refused", "Questions turned away")
        self._sent = counter("sent", "Messages that arrived")
        self._floods = counter("floods", "Waits that Telegram asked for")
        self._errors = counter("errors", "Updates that could not be handled")
        self._seconds = prometheus.Histogram(
            "taxnews_search_seconds",
            "Time from question to answer",
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
            registry=registry,
        )
        self._queue = prometheus.Gauge("taxnews_queue", "Updates in memory", registry=registry)
        self._gauge = partial(prometheus.Gauge, registry=registry)
        self._server = _server(address, health, prometheus.make_wsgi_app(registry))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def searched(self, seconds: float, *, answered: bool) -> None:
        self._questions.labels("yes" if answered else "no").inc()
        self._seconds.observe(seconds)

    def refused(self) -> None:
        self._refused.inc()

    def sent(self) -> None:
        self._sent.inc()

    def flooded(self) -> None:
        self._floods.inc()

    def failed(self) -> None:
        self._errors.inc()

    def queued(self, updates: int) -> None:
        self._queue.set(updates)

    def embedding(self, vectors: Vectors) -> None:
        names = {
            "taxnews_vectors": "Paragraphs with a vector",
            "taxnews_questions_without_vector": "Questions answered by BM25 alone",
        }
        for place, (name, text) in enumerate(names.items()):
            self._gauge(name, text).set_function(partial(_figure, vectors, place))

    def close(self) -> None:
        """Stops serving them."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


_App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class _Server(ThreadingMixIn, WSGIServer):
    """An HTTP server of which a slow client holds up nobody else."""

    daemon_threads = True


class _ServerOverIPv6(_Server):
    address_family = socket.AF_INET6


class _Silent(WSGIRequestHandler):
    """Logs no request."""

    def log_message(self, *_: Any) -> None:
        pass


def _server(address: str, health: Health, metrics: _App) -> WSGIServer:
    """What serves `metrics` and the pages of `health`. Raises `TaxnewsError`."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        found = page(health, environ["PATH_INFO"])
        if found is None:
            return metrics(environ, start_response)
        status, text = found
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [text.encode()]

    host, _, port = address.rpartition(":")
    server = _ServerOverIPv6 if ":" in host else _Server
    try:
        return make_server(host.strip("[]"), int(port), app, server, _Silent)
    except OSError as error:
        raise TaxnewsError(f"TAXNEWS_METRICS_LISTEN: can't listen ({error.strerror})") from None
