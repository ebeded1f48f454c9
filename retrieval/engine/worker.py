"""Following the sources in a process of its own, so that answers don't wait."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple
from pathlib import Path

from corpus.errors import TaxnewsError
from corpus.store.database import REPAIR
from corpus.store.store import Store
from corpus.store.values import KnownSource
from corpus.sync.following import Report, follow
from corpus.sync.ingest import Summary
from corpus.sync.workers import APART
from retrieval.cluster.choice import ClusterChoice
from retrieval.embeddings.choice import EmbedderChoice
from retrieval.engine.indexer import Indexer

log = logging.getLogger(__name__)

_TURN = 0.2  # seconds between two looks at whether the other process lives
_PAUSE = 10.0  # seconds before it is started again
_DAY = 86400.0
_NICENESS = 10
_PATIENCE = 10  # seconds for a batch to end; a kill loses no more than that batch
_CHILD = (
    "import sys; sys.path[:] = sys.argv[4:]; from retrieval.engine.worker import serve; serve()"
)


def watch(store: Store, stop: threading.Event, report: Report) -> None:
    """Follow the sources of `store`, and keep its index in step, until `stop` is set.

    What is learned of the corpus, seconds of work, waits until a source brings nothing new.
    """
    with Indexer(store.path) as indexer:
        _watch(store, indexer, stop, report)


def _watch(store: Store, indexer: Indexer, stop: threading.Event, report: Report) -> None:
    is_behind = False

    def index_and_report(source: KnownSource, result: Summary | Exception) -> None:
        nonlocal is_behind
        if isinstance(result, Exception) or result.has_changes:
            is_behind = True  # an error may have come after something was written
        elif is_behind:
            indexer.do("index")
            is_behind = False
        report(source, result)

    follow(store, stop=stop, on_commit=lambda: indexer.do("keep_up"), report=index_and_report)


@contextmanager
def watching(
    db: Path, embedder: EmbedderChoice | None = None, cluster: ClusterChoice | None = None
) -> Iterator[None]:
    """Within, another process follows the sources of `db`, makes the vectors of an `embedder`
    and feeds a `cluster`; it ends with this one in any case.

    One that dies is started again.
    """
    stop = threading.Event()
    keeper = threading.Thread(target=_keep_running, args=(db, embedder, cluster, stop))
    keeper.start()
    try:
        yield
    finally:
        stop.set()
        keeper.join()


def _keep_running(
    db: Path,
    embedder: EmbedderChoice | None,
    cluster: ClusterChoice | None,
    stop: threading.Event,
) -> None:
    wanted = json.dumps(astuple(embedder) if embedder else None)
    fed = json.dumps(asdict(cluster) if cluster else None, default=str)
    while not stop.is_set():
        process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(db), wanted, fed, *sys.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            **APART,
        )
        while process.poll() is None and not stop.wait(_TURN):
            pass
        if process.poll() is not None:
            log.error("what follows the sources has ended (%s) and begins again", process.poll())
            stop.wait(_PAUSE)
        try:
            process.communicate(timeout=_PATIENCE)  # closes its standard input
        except subprocess.TimeoutExpired:
            _kill(process)
            process.communicate()


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and what it has started: they are a group of their own."""
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def look_over(db: Path, stop: threading.Event) -> None:
    """Read the whole database and its index once a day, until `stop` is set.

    A disk damages files without a trace. A damaged index is built anew; damaged
    posts, which are withheld, are logged.
    """
    while not stop.wait(_DAY):
        try:
            with Store.open(db) as store:
                for fault in store.faults():
                    log.error("%s: %s; %s", db, fault, REPAIR)
            with Indexer(db) as indexer:
                indexer.do("repair_index")
        except (TaxnewsError, OSError) as error:
            log.error("%s", error)


def serve() -> None:
    """Follow the sources of the database in `sys.argv[1]` until standard input ends, make the
    vectors of the embedder that `sys.argv[2]` describes, and feed the cluster of `sys.argv[3]`."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        stop.set()

    if hasattr(os, "nice"):
        os.nice(_NICENESS)  # who asks comes first
    threading.Thread(target=wait_for_the_end, daemon=True).start()
    db = Path(sys.argv[1])
    threading.Thread(target=look_over, args=(db, stop), daemon=True).start()
    if wanted := json.loads(sys.argv[2]):
        _build_vectors(db, EmbedderChoice(*wanted), stop)
    fed = json.loads(sys.argv[3])
    with feeding(db, ClusterChoice.of(fed) if fed else None), Store.open(db) as store:
        # How each look went is kept in the database: taxnews source list, taxnews doctor.
        watch(store, stop, lambda source, result: None)


@contextmanager
def feeding(db: Path, cluster: ClusterChoice | None) -> Iterator[None]:
    """Within, a thread brings a cluster up to the database at `db`, if there is one."""
    if cluster is None:
        yield
        return
    from retrieval.cluster.feeding import keep_feeding  # here, as few have one

    stop = threading.Event()
    feeder = threading.Thread(target=keep_feeding, args=(db, cluster, stop), daemon=True)
    feeder.start()
    try:
        yield
    finally:
        stop.set()
        feeder.join(_PATIENCE)  # what is broken off is written again


def _build_vectors(db: Path, embedder: EmbedderChoice, stop: threading.Event) -> None:
    """Make vectors in a thread, which a stop need not wait for: a kill harms none."""
    from retrieval.embeddings.building import keep_building  # here, as few want it

    building = threading.Thread(target=keep_building, args=(db, embedder, stop), daemon=True)
    building.start()
