"""Work on all cores: a few processes that read, or segment, while this one writes."""

import gc
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from corpus.errors import TaxnewsError

L = TypeVar("L")
T = TypeVar("T")
R = TypeVar("R")

_WORTH_IT = 200  # tasks: fewer are done by the time a process has started
APART: dict[str, Any] = (
    {"process_group": 0} if sys.version_info >= (3, 11) else {"start_new_session": True}
)
"""How a process is started that Ctrl-C does not reach: it is for this one, which ends the other.

A session of its own would keep Ctrl-C away too, but Linux may share the cores among sessions first
(autogroups), and a low priority would count for nothing beside this process.
"""

_AHEAD = 2  # batches for each process: enough to keep it busy, and all that memory holds

_kept: list[subprocess.Popen[bytes]] | None = None  # processes without work; None: they end


@contextmanager
def kept() -> Iterator[None]:
    """Within, a process that has done its work is there for the next `Workers`, and ends with the
    block: until a new one has imported what it needs, a quarter of a second has passed."""
    global _kept
    _kept = []
    try:
        yield
    finally:
        processes, _kept = _kept, None
        _end(processes)


class Workers(Generic[T, R]):
    """Applies a function of a module to batches of tasks, in other processes; a context manager.

    The processes are plain children that end with their standard input, so
    that none outlives this one however it ends. One starts only for a batch of many tasks; those
    there are take any.
    """

    def __init__(self, function: Callable[[Sequence[T]], R]) -> None:
        self._function = function
        self._count = _cores()
        self._threads = ThreadPoolExecutor(self._count)
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> "Workers[T, R]":
        while _kept:
            self._take(_kept.pop())
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if _kept is not None and error is None:
            self._threads.shutdown(cancel_futures=True)  # what they are at is done
            _kept.extend(self._processes)
            return
        for process in self._processes:
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        _end(self._processes)

    @property
    def are_there(self) -> bool:
        """Whether processes are there before the first batch: they have done other work."""
        return bool(self._processes)

    def map(self, batches: Iterable[tuple[L, Sequence[T]]]) -> Iterator[tuple[L, R]]:
        """What the function makes of each batch, in order, beside what the batch came with."""
        pending: deque[tuple[L, Future[R]]] = deque()
        for label, tasks in batches:
            pending.append((label, self._submit(tasks)))
            if len(pending) > self._count * _AHEAD:
                yield _done(pending)
        while pending:
            yield _done(pending)

    def _submit(self, tasks: Sequence[T]) -> Future[R]:
        if self._count > 1 and len(tasks) >= _WORTH_IT and len(self._processes) < self._count:
            self._take(_started())
        if self._processes:
            return self._threads.submit(self._ask, tasks)
        done: Future[R] = Future()
        done.set_result(self._function(tasks))
        return done

    def _take(self, process: subprocess.Popen[bytes]) -> None:
        self._processes.append(process)
        self._idle.put(process)

    def _ask(self, tasks: Sequence[T]) -> R:
        process = self._idle.get()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump((self._function, tasks), process.stdin)
            process.stdin.flush()
            answer: R = pickle.load(process.stdout)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise TaxnewsError(
                f"a process that was at work on {_name(tasks[0])} and what follows it died"
                f" ({error}); run the command again: it goes on from there"
            ) from error
        finally:
            self._idle.put(process)
        return answer


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", _CHILD, *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **APART,
    )


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Kills processes, and waits for them."""
    for process in processes:
        process.kill()
    for process in processes:
        process.communicate()


def _cores() -> int:
    """How many this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _done(pending: deque[tuple[L, Future[R]]]) -> tuple[L, R]:
    label, future = pending.popleft()
    return label, future.result()


def _name(task: Any) -> Any:
    """The name of a task: its first part."""
    return task[0] if isinstance(task, tuple) else getattr(task, "key", task)


# The same modules as here, whatever lies in the folder from which this was started.
_CHILD = "import sys; sys.path[:] = sys.argv[1:]; from corpus.sync.workers import run; run()"


def run() -> None:
    """Answer the batches on standard input on standard output, till it ends."""
    gc.disable()  # batches leave no cycles behind, and looking for some costs a fifth of the time
    # Its input ends, maybe midway, when the process that started this one does.
    with suppress(EOFError, BrokenPipeError, pickle.UnpicklingError):
        while True:
            function, tasks = pickle.load(sys.stdin.buffer)
            pickle.dump(function(tasks), sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
            sys.stdout.buffer.flush()
