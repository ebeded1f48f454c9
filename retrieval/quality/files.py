"""Reading files of test collections, with errors that name file and line."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from corpus.errors import TaxnewsError


class BadTestCollection(TaxnewsError):
    """A test collection that can't be read; the message names file and line."""


def lines(path: Path) -> Iterator[str]:
    opener: Callable[..., IO[str]] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines(path), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise BadTestCollection(f"{path}:{number}: not JSON ({error})") from None
