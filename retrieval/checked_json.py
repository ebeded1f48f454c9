"""A small JSON file with its format and a checksum: whole, or as good as missing."""

import json
import os
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def _nothing() -> None:
    pass


def read(path: Path, name: str, form: int) -> dict[str, Any] | None:
    """What `write` has written under `name`; None if there is none, it is damaged, or of another
    format than `form`."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        known: dict[str, Any] = kept[name]
        whole = kept["format"] == form and kept["checksum"] == _checksum(known)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return known if whole else None


def write(
    path: Path, name: str, form: int, known: dict[str, Any], written: Callable[[], None] = _nothing
) -> None:
    """Put a file in place of the one at `path`, if there is one: a reader sees the one or the
    other. `written` is called before it is renamed."""
    fresh = path.with_suffix(f".{os.getpid()}")
    kept = {"format": form, "checksum": _checksum(known), name: known}
    fresh.write_text(json.dumps(kept), encoding="utf-8")
    written()
    os.replace(fresh, path)


def _checksum(known: dict[str, Any]) -> int:
    return zlib.crc32(json.dumps(known, sort_keys=True).encode())
