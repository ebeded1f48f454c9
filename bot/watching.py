"""Following the sources in a process of its own, so that answers don't wait."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot import app
from corpus.errors import TaxnewsError
from corpus.following import Report, follow
from corpus.ingest import Summary
from corpus.store import Source, Store

_PATIENCE = 10  # seconds for a batch to end; a kill loses no more than that batch
_CHILD = "import sys; sys.path[:] = sys.argv[2:]; from bot.watching import serve; serve()"


def watch(store: Store, stop: threading.Event, report: Report) -> None:
    """Follow the sources of `store`, and keep its index in step, until `stop` is set."""

    def index_and_report(source: Source, result: Summary | TaxnewsError) -> None:
        if isinstance(result, Summary) and result.has_changes:
            app.index(store)
        report(source, result)

    follow(store, stop=stop, on_commit=lambda: app.keep_up(store), report=index_and_report)


@contextmanager
def watching(db: Path) -> Iterator[None]:
    """Within, another process follows the sources of `db`; it ends with this one in any case."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD, str(db), *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for this process: it ends the other
    )
    try:
        yield
    finally:
        try:
            process.communicate(timeout=_PATIENCE)  # closes its standard input
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def serve() -> None:
    """Follow the sources of the database in `sys.argv[1]` until standard input ends."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def wait_for_the_end() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    with Store.open(Path(sys.argv[1])) as store:
        # How each look went is kept in the database: taxnews source list, taxnews doctor.
        watch(store, stop, lambda source, result: None)
