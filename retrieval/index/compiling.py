"""Kernels, compiled at their first call; what came out is kept on disk where that can be.

numba keeps it beside the kernels' file or, where that is read-only, in the user's cache folder
(NUMBA_CACHE_DIR overrides). A user without a home folder has neither, if the install is root's.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

SOURCES = ("arrays.py", "kernels.py", "plain.py", "reading_ahead.py", "search_kernels.py")
"""The files that the kernels are made of: constants and kernels of one go into those of another."""

_uncached: list[Any] = []
"""The kernels that have no place on disk yet."""

_own_folder: Path | None = None
"""Where those may be kept."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function, compiled at its first call; without a place on disk, in every process."""
    import numba  # here, as an index that only answers a question does without

    kernel: Callable[..., Any] = numba.njit(nogil=True)(function)
    if not (_has_cache_folder() and _is_cached(kernel)):
        _uncached.append(kernel)
        _keep()
    return kernel


def cache_in(folder: Path) -> None:
    """Keeps the kernels that have no other place in `folder`, if that is this user's own."""
    global _own_folder
    _own_folder = folder
    _keep()


def _keep() -> None:
    if _uncached and _own_folder is not None and _is_own(_own_folder):
        _config().CACHE_DIR = str(_own_folder)
        _uncached[:] = [kernel for kernel in _uncached if not _is_cached(kernel)]


def _config() -> Any:
    import numba

    return numba.config


def _has_cache_folder() -> bool:
    # Without a home folder numba would make one named ~ in the working folder.
    named = _config().CACHE_DIR or os.environ.get("XDG_CACHE_HOME")
    return bool(named) or os.path.isabs(os.path.expanduser("~"))


def _is_cached(kernel: Any) -> bool:
    try:
        kernel.enable_caching()
    except RuntimeError:  # there is nowhere to write
        return False
    # numba compiles a kernel again where its own file has changed, and so would keep old loops.
    kept = getattr(getattr(kernel, "_cache", None), "_cache_file", None)
    if kept is not None:
        kept._source_stamp = _stamp()
    return True


@lru_cache(maxsize=1)
def _stamp() -> tuple[tuple[float, int], ...]:
    """When each of the `SOURCES` was changed, and its size."""
    files = (Path(__file__).with_name(name) for name in SOURCES)
    known = [file.stat() for file in files if file.exists()]
    return tuple((found.st_mtime, found.st_size) for found in known)


def _is_own(folder: Path) -> bool:
    """Whether `folder`, made if it is missing, belongs to this user: kernels from disk are run."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        is_ours = os.name != "posix" or folder.stat().st_uid == os.geteuid()
    except OSError:
        return False
    return is_ours and os.access(folder, os.W_OK)
