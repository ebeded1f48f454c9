"""A real OpenAI-compatible embeddings endpoint on loopback, which can be made to misbehave."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[["EmbeddingsServer", list[str]], bytes]
"""What a server sends for these texts."""

NUMBERS = 64


def vector(text: str) -> list[float]:
    """How often a text's characters stand in it, by their numbers: like texts are near."""
    counts = [0.0] * NUMBERS
    for character in text:
        counts[ord(character) % NUMBERS] += 1.0
    return counts


def right(_: "EmbeddingsServer", texts: list[str]) -> bytes:
    rows = [{"index": number, "embedding": vector(text)} for number, text in enumerate(texts)]
    return json.dumps({"object": "list", "data": rows}).encode()


class EmbeddingsServer:
    """Answers by `reply`, with `status`; a context manager. `asked` holds the requests' bodies."""

    def __init__(self) -> None:
        self.reply: Reply = right
        self.status = 200
        self.headers: dict[str, str] = {}
        self.asked: list[dict[str, Any]] = []
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append({**asked, "host": self.headers["Host"]})
                body = server.reply(server, asked["input"])
                self.send_response(server.status)
                for name, value in {"Content-Length": str(len(body)), **server.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def port(self) -> int:
        return int(self._http.server_address[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/embeddings"

    def __enter__(self) -> "EmbeddingsServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
