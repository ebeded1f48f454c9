"""The compiled loops, loaded by the first that needs them.

To load numba and the kernels takes as long as some hundred searches without them (`plain`), so
that a command that asks one question never does. Both find the same, to the last digit.
"""

import sys
from functools import lru_cache
from types import ModuleType

_KERNELS = "retrieval.index.kernels"


@lru_cache(maxsize=1)
def kernels() -> ModuleType:
    """The compiled loops; loaded at the first call."""
    from retrieval.index import kernels  # here, as it imports numba

    return kernels


def are_compiled() -> bool:
    """Whether this process has loaded the compiled loops."""
    return _KERNELS in sys.modules
