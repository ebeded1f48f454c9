"""The protocol of a source: a look at it returns readings of what has changed."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from corpus.reading.readings import Reading

Listed = Callable[[int], None]
"""Called with the number of files found so far."""


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a source found.

    `files` are paths to be read where they have changed, `entries` what was read at once: all
    that the source has now. Of the files that were read below `folder`, those named in `gone`
    are no longer there; if that is None, all that are neither among `files` nor in a folder that
    is `closed`. `cursor` is what the next look starts from.
    """

    cursor: str | None = None
    files: Sequence[str] = ()
    entries: Iterable[Reading] = ()
    folder: str | None = None
    gone: Sequence[str] | None = None
    closed: Sequence[str] = ()


class Source(Protocol):
    """A folder, a git checkout, a feed or a JSON Lines file."""

    def look(self, cursor: str | None, listed: Listed) -> Found | None:
        """What is there; None if that is still what it was at `cursor`.

        Raises SourceError, saying why, if the source can't be read.
        """
