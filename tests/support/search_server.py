"""A server on loopback that speaks what taxnews asks of an OpenSearch node, over documents in
memory: for tests where no OpenSearch runs. It can be made to misbehave.

Terms are weighed as Lucene does, exactly; `tests/retrieval/cluster` runs the same tests over a real
cluster too.
"""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from retrieval.index_sync import FIELDS, K1, B
from tests.support.ports import held

Document = dict[str, Any]


class Refused(Exception):
    """A request that is answered by an error."""

    def __init__(self, status: int, kind: str) -> None:
        self.status = status
        self.kind = kind


class Shelf:
    """What a cluster holds: nodes may share one."""

    def __init__(self) -> None:
        self.indexes: dict[str, dict[str, Document]] = {}
        self.seen: dict[str, dict[str, Document]] = {}
        self.aliases: dict[str, str] = {}
        self.versions: dict[tuple[str, str], int] = {}
        self.refused_documents = 0
        self.lock = threading.RLock()

    def name(self, name: str) -> str:
        """The index that a name stands for."""
        index = self.aliases.get(name, name)
        if index not in self.indexes:
            raise Refused(404, "index_not_found_exception")
        return index

    def refresh(self, name: str) -> None:
        self.seen[name] = dict(self.indexes[name])


class SearchServer:
    """A node. A context manager; `asked` holds the methods and paths of the requests."""

    def __init__(self, shelf: Shelf | None = None, password: str | None = None) -> None:
        self.shelf = shelf or Shelf()
        self.password = password
        self.status: int | None = None
        self.delay = 0.0
        self.is_dead = False
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append(f"{self.command} {self.path}")
                time.sleep(server.delay)
                if server.is_dead:
                    self.close_connection = True
                    return
                status, said = server.answer(
                    self.command, self.path, body, self.headers.get("Authorization")
                )
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._handler = Handler
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = int(self._http.server_address[1])
        self._begin()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _begin(self) -> None:
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def __enter__(self) -> "SearchServer":
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_dead:
            self.die()
        self._held.close()

    def die(self) -> None:
        """Ends the node: nobody listens at its port any more, and it answers on no connection."""
        self.is_dead = True
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()
        self._held = held(self.port)

    def come_back(self) -> None:
        """Starts it again after `die`, with what the others hold."""
        self.is_dead = False
        self._held.close()
        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler)
        self._begin()

    def answer(
        self, method: str, target: str, body: bytes, authorization: str | None
    ) -> tuple[int, Any]:
        """The status and the content of the answer to one request."""
        if self.password is not None and authorization != self.password:
            return 401, {"error": {"type": "security_exception"}}
        if self.status is not None:
            return self.status, {"error": {"type": "made_to_fail"}}
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        path = parts.path.strip("/").split("/")
        with self.shelf.lock:
            try:
                return 200, self._done(method, path, query, body)
            except Refused as error:
                return error.status, {"error": {"type": error.kind}}

    def _done(self, method: str, path: list[str], query: Mapping[str, str], body: bytes) -> Any:
        verbs: dict[str, Callable[[], Any]] = {
            "_search": lambda: self._search(path[0], json.loads(body)),
            "_mget": lambda: self._mget(path[0], json.loads(body)["ids"]),
            "_mtermvectors": lambda: self._frequencies(path[0], json.loads(body)["docs"]),
            "_doc": lambda: self._document(method, path, query, body),
            "_refresh": lambda: self._refresh(path[0].split(",")),
            "_bulk": lambda: self._bulk(body.splitlines(), query),
            "_aliases": lambda: self._move(json.loads(body)["actions"]),
            "_alias": lambda: self._aliased(path[0].split(",")),
            "_cat": lambda: self._listed(path),
            "_cluster": lambda: {"status": "green"},
        }
        verb = next((part for part in path if part.startswith("_")), None)
        if verb:
            return verbs[verb]()
        if method == "DELETE":
            for name in path[0].split(","):
                del self.shelf.indexes[name]
                self.shelf.aliases = {a: i for a, i in self.shelf.aliases.items() if i != name}
            return {}
        if method == "PUT":
            self.shelf.indexes[path[0]] = {}
            self.shelf.refresh(path[0])
            return {}
        return {self.shelf.name(path[0]): {}}

    # --- documents ---------------------------------------------------------------------------

    def _document(
        self, method: str, path: list[str], query: Mapping[str, str], body: bytes
    ) -> dict[str, Any]:
        name, id_ = self.shelf.name(path[0]), path[2]
        version = self.shelf.versions.get((name, id_))
        if method == "GET":
            if id_ not in self.shelf.indexes[name]:
                raise Refused(404, "not_found")
            said = {"_seq_no": version, "_primary_term": 1}
            source = {"_source": self.shelf.indexes[name][id_]}
            return said if query.get("_source") == "false" else said | source
        wanted = query.get("if_seq_no")
        if (query.get("op_type") == "create" and version is not None) or (
            wanted is not None and int(wanted) != version
        ):
            raise Refused(409, "version_conflict_engine_exception")
        self.shelf.indexes[name][id_] = json.loads(body)
        self.shelf.versions[name, id_] = 0 if version is None else version + 1
        return {}

    def _bulk(self, lines: list[bytes], query: Mapping[str, str]) -> dict[str, Any]:
        items: list[dict[str, Any]] = []
        rest = iter(map(json.loads, lines))
        for action in rest:
            ((verb, about),) = action.items()
            document = next(rest) if verb == "index" else None
            name = about["_index"]
            if query["require_alias"] == "true" and name not in self.shelf.aliases:
                items.append({verb: {"status": 404, "error": {"type": "index_not_found"}}})
                continue
            if len(items) < self.shelf.refused_documents:
                items.append({verb: {"status": 503, "error": {"type": "unavailable_shards"}}})
                continue
            held = self.shelf.indexes[self.shelf.name(name)]
            if document is None:
                held.pop(about["_id"], None)
            else:
                held[about["_id"]] = document
            items.append({verb: {"status": 200}})
        errors = any("error" in one for item in items for one in item.values())
        return {"errors": errors, "items": items}

    def _mget(self, name: str, ids: list[str]) -> dict[str, Any]:
        held = self.shelf.indexes[self.shelf.name(name)]
        return {
            "docs": [
                {"_id": i, "found": True, "_source": held[i]}
                if i in held
                else {"_id": i, "found": False}
                for i in ids
            ]
        }

    def _refresh(self, names: list[str]) -> dict[str, Any]:
        for name in names:
            self.shelf.refresh(self.shelf.name(name))
        return {"_shards": {"failed": 0}}

    # --- indexes -----------------------------------------------------------------------------

    def _move(self, actions: list[dict[str, Any]]) -> dict[str, Any]:
        for action in actions:
            if "add" in action:
                self.shelf.aliases[action["add"]["alias"]] = action["add"]["index"]
        return {}

    def _aliased(self, patterns: list[str]) -> dict[str, Any]:
        return {
            name: {"aliases": {a: {} for a, i in self.shelf.aliases.items() if i == name}}
            for name in self.shelf.indexes
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        }

    def _listed(self, path: list[str]) -> list[dict[str, str]]:
        if path[1] == "nodes":
            return [{"name": "n1", "version": "2.19.6", "cluster_manager": "*"}]
        return [{"state": "STARTED"} for n in self.shelf.indexes if fnmatchcase(n, path[2])]

    # --- searches ----------------------------------------------------------------------------

    def _frequencies(self, name: str, docs: list[Document]) -> dict[str, Any]:
        seen = self.shelf.seen[self.shelf.name(name)].values()
        found = []
        for asked in docs:
            vectors: dict[str, Any] = {}
            for field, text in asked["doc"].items():
                counts = Counter(term for d in seen for term in _terms(d[field]))
                terms = {t: {"doc_freq": counts[t]} for t in text.split() if counts[t]}
                vectors[field] = {"terms": terms}
            found.append({"term_vectors": vectors})
        return {"docs": found}

    def _search(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        seen = self.shelf.seen[self.shelf.name(name)]
        found = {i: d for i, d in seen.items() if _fulfils(d, body["query"])}
        scores = _scores(seen, found, body["query"].get("bool", {}).get("should", ()))
        hits = []
        for id_, document in found.items():
            order = [(next(iter(each)), next(iter(each.values()))) for each in body.get("sort", ())]
            hits.append(
                {
                    "_id": id_,
                    "_score": scores.get(id_, 0.0),
                    "_source": document,
                    "fields": {f: [document[f]] for f in body.get("docvalue_fields", ())},
                    "sort": [document[field] for field, _ in order],
                }
            )
        hits.sort(key=lambda hit: -hit["_score"])
        for at, each in reversed(list(enumerate(body.get("sort", ())))):
            is_descending = next(iter(each.values())) == "desc"
            hits.sort(key=lambda hit, at=at: hit["sort"][at], reverse=is_descending)  # type: ignore[misc]
        if after := body.get("search_after"):
            hits = [hit for hit in hits if hit["sort"] > after]
        start = body.get("from", 0)
        return {"hits": {"hits": hits[start : start + body["size"]]}}


@lru_cache(maxsize=10_000)
def _terms(text: str) -> Counter[str]:
    """How often each term stands in the text of a field."""
    return Counter(text.split())


def _values(document: Document, field: str) -> list[Any]:
    value = document.get(field)
    return value if isinstance(value, list) else [] if value is None else [value]


def _fulfils(document: Document, query: dict[str, Any]) -> bool:
    ((kind, asked),) = query.items()
    if kind == "bool":
        should = asked.get("should", ())
        return (
            all(_fulfils(document, each) for each in asked.get("filter", ()))
            and not any(_fulfils(document, each) for each in asked.get("must_not", ()))
            and (not should or any(_fulfils(document, each) for each in should))
        )
    if kind == "exists":
        return bool(_values(document, asked["field"]))
    ((field, wanted),) = asked.items()
    values = _values(document, field)
    if kind == "term" and field in FIELDS:
        return wanted["value"] in _terms(document[field])
    if kind == "term":
        return wanted in values
    if kind == "terms":
        return bool(set(wanted) & set(values))
    if kind == "wildcard":
        return any(wanted["value"].strip("*").replace("\\", "") in value for value in values)
    limits: dict[str, Callable[[Any, Any], bool]] = {
        "gt": lambda a, b: a > b,
        "gte": lambda a, b: a >= b,
        "lt": lambda a, b: a < b,
        "lte": lambda a, b: a <= b,
    }
    return any(all(limits[end](v, limit) for end, limit in wanted.items()) for v in values)


def _scores(
    seen: Mapping[str, Document], found: Mapping[str, Document], should: Any
) -> dict[str, float]:
    """BM25 of the documents found, as Lucene computes it."""
    scores: dict[str, float] = dict.fromkeys(found, 0.0)
    for clause in should:
        if "term" not in clause:
            continue
        ((field, wanted),) = clause["term"].items()
        if field not in FIELDS:
            continue
        held = [d for d in seen.values() if wanted["value"] in _terms(d[field])]
        average = sum(_terms(d[field]).total() for d in seen.values()) / max(1, len(seen))
        idf = math.log1p((len(seen) - len(held) + 0.5) / (len(held) + 0.5))
        for id_, document in found.items():
            terms = _terms(document[field])
            if count := terms[wanted["value"]]:
                norm = K1 * (1 - B + B * terms.total() / average)
                scores[id_] += wanted["boost"] * idf * count * (K1 + 1) / (count + norm)
    return scores
