"""The index kept in step by a process of its own, which ends when nothing comes any more.

What indexing needs (numba, dictionaries: some 100 MB) whoever follows sources would else hold for
days in which nothing is new.
"""

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Literal

from corpus.errors import TaxnewsError
from corpus.store.store import Store

Work = Literal["keep_up", "index", "repair_index"]
"""A function of `retrieval.engine.upkeep` over a store."""

_IDLE = 60.0  # seconds without work after which the process ends; to start it takes one
_DONE = "done"
_CHILD = (
    "import sys; sys.path[:] = sys.argv[2:]; from retrieval.engine.indexer import serve; serve()"
)


class IndexingFailed(TaxnewsError):
    """The index could not be brought up to date; the message says why."""


class Indexer:
    """Does the upkeep of the index of a database; any thread may ask, one at a time is served."""

    def __init__(self, db: Path) -> None:
        self._db = db
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Indexer":
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._end()

    def do(self, work: Work) -> None:
        """Returns when `work` is done. Raises `IndexingFailed`."""
        with self._lock:
            reply = self._ask(work)
            if reply == "" and self._ended() == 0:  # it had nothing to do, and ended meanwhile
                reply = self._ask(work)
            if reply == "":
                raise IndexingFailed(f"{self._db}: indexing has ended ({self._ended()})")
            if reply != _DONE:
                raise IndexingFailed(reply)

    def _ask(self, work: Work) -> str:
        """What the process says in a line, "" where it has ended."""
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-c", _CHILD, str(self._db), *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(f"{work}\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            return ""
        return self._process.stdout.readline().rstrip("\n")

    def _end(self) -> None:
        """Closes the standard input of the process: it ends after its work, and is waited for."""
        if self._process:
            self._process.communicate()

    def _ended(self) -> int | None:
        """How the process has ended; it is waited for."""
        return self._process.wait() if self._process else None


def serve() -> None:
    """Do the work that comes in lines on standard input over the database in `sys.argv[1]`, and
    say a line for each, until there is none for a while."""
    from retrieval.engine import upkeep  # here, so that who only asks has it not in memory

    with Store.open(Path(sys.argv[1])) as store:
        while True:
            idle = threading.Timer(_IDLE, os._exit, (0,))
            idle.start()
            work = sys.stdin.readline()
            idle.cancel()
            if not work:
                return
            try:
                getattr(upkeep, work.strip())(store)
                reply = _DONE
            except Exception as error:  # whatever it is, the other process reports it
                reply = " ".join(str(error).split()) or type(error).__name__
            print(reply, flush=True)
