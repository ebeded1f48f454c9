"""The compiled loops, loaded by the first that needs them.

To load numba and the loops takes as long as some hundred searches without them (`plain`), and to
compile them takes seconds: a command that asks one question, or indexes a few posts, never does.
Both find and write the same, to the last digit.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from types import ModuleType

PATIENCE = 1.0  # CPU seconds of work without compiled loops before they are loaded
MANY = 1 << 17  # terms of a write, for which the compiled loops are loaded at once


class Work:
    """A kind of work, which compiled loops in a module of their own do fast."""

    def __init__(self, kernels: str) -> None:
        self._kernels = kernels
        self._spent = 0.0
        self._stays_plain = False

    def is_plain(self) -> bool:
        """Whether it is done without the compiled loops, as by a process that has just begun.

        Always where numba is not installed.
        """
        if self._kernels in sys.modules:
            return False
        return self._stays_plain or self._spent < PATIENCE or not has_compiler()

    def stay_plain(self) -> None:
        """Do without the compiled loops for good, unless they are loaded already."""
        self._stays_plain = True

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Adds up what the work inside takes, where that decides anything."""
        if self._stays_plain:
            yield
            return
        started = time.thread_time()
        yield
        self._spent += time.thread_time() - started


_SEARCH = "retrieval.index.search_kernels"
searching = Work(_SEARCH)
writing = Work("retrieval.index.kernels")


@lru_cache(maxsize=1)
def has_compiler() -> bool:
    """Whether numba is installed."""
    return find_spec("numba") is not None


def are_compiled() -> bool:
    """Whether this process has loaded the compiled loops that search."""
    return _SEARCH in sys.modules


@lru_cache(maxsize=1)
def kernels() -> ModuleType:
    """The compiled loops that write; loaded at the first call."""
    from retrieval.index import kernels  # here, as it imports numba

    return kernels


@lru_cache(maxsize=1)
def search_kernels() -> ModuleType:
    """The compiled loops that search; loaded at the first call."""
    from retrieval.index import search_kernels

    return search_kernels


def writers() -> ModuleType:
    """The loops that write: the compiled ones, or `plain_writing`, which has the same."""
    if not writing.is_plain():
        return kernels()
    from retrieval.index import plain_writing  # here, as who only searches needs neither

    return plain_writing
