"""Reading files on all cores: a few processes that parse while this one writes."""

import contextlib
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from types import TracebackType
from typing import TypeVar

from corpus.errors import TaxnewsError
from corpus.readings import Reading
from corpus.sources import folders

Tasks = list[tuple[str, str | None]]
"""Files to read: the path, and the digest of its last reading if there was one."""
T = TypeVar("T")

_WORTH_IT = 200  # files: fewer are read by the time a process has started
_AHEAD = 2  # batches for each process: enough to keep it busy, and all that memory holds


class Readers:
    """Reads batches of files in other processes; used as a context manager.

    The processes are plain children that end with their standard input, so
    that none outlives this one however it ends, and start only for many files.
    """

    def __init__(self) -> None:
        self._count = _cores()
        self._threads = ThreadPoolExecutor(self._count)
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Readers":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            process.communicate()

    def map(self, batches: Iterable[tuple[T, Tasks]]) -> Iterator[tuple[T, list[Reading]]]:
        """The readings of each batch, in order, beside what it came with."""
        pending: deque[tuple[T, Future[list[Reading]]]] = deque()
        for label, tasks in batches:
            pending.append((label, self._submit(tasks)))
            if len(pending) > self._count * _AHEAD:
                yield _result(*pending.popleft())
        while pending:
            yield _result(*pending.popleft())

    def _submit(self, tasks: Tasks) -> Future[list[Reading]]:
        if self._count > 1 and len(tasks) >= _WORTH_IT:
            if not self._processes:
                self._start()
            return self._threads.submit(self._ask, tasks)
        done: Future[list[Reading]] = Future()
        done.set_result([folders.read(*task) for task in tasks])
        return done

    def _start(self) -> None:
        for _ in range(self._count):
            process = subprocess.Popen(
                [sys.executable, "-c", _CHILD, *sys.path],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # Ctrl-C is for this process: it ends the others
            )
            self._processes.append(process)
            self._idle.put(process)

    def _ask(self, tasks: Tasks) -> list[Reading]:
        process = self._idle.get()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump(tasks, process.stdin)
            process.stdin.flush()
            answer: list[Reading] = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise TaxnewsError(
                f"a process that read {tasks[0][0]} and the files after it died ({error});"
                " run the command again: it goes on from there"
            ) from error
        finally:
            self._idle.put(process)
        return answer


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _result(label: T, future: Future[list[Reading]]) -> tuple[T, list[Reading]]:
    return label, future.result()


# The same modules as here, whatever lies in the folder from which this was started.
_CHILD = "import sys; sys.path[:] = sys.argv[1:]; from corpus.workers import serve; serve()"


def serve() -> None:
    """Answer batches on standard input with readings on standard output, till it ends."""
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            tasks: Tasks = pickle.load(sys.stdin.buffer)
            pickle.dump([folders.read(*task) for task in tasks], sys.stdout.buffer)
            sys.stdout.buffer.flush()
