"""The compiled loops, loaded by the first that needs them.

To load numba and the loops takes as long as some hundred searches without them (`plain`), and to
compile them takes seconds: a command that asks one question never does. Both find the same, to the
last digit.
"""

import sys
from functools import lru_cache
from types import ModuleType

_SEARCH = "retrieval.index.search_kernels"


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


def are_compiled() -> bool:
    """Whether this process has loaded the compiled loops that search."""
    return _SEARCH in sys.modules
