"""The exceptions that taxnews raises on purpose; everything else is a bug.

At the edges (command line, chat) a `TaxnewsError` becomes one line for the
person; its message therefore names the file or value and says what to do.
"""

from gettext import gettext as _
from typing import Literal


class TaxnewsError(Exception):
    """Base of every error that taxnews raises for bad input or a bad state."""


ProblemKind = Literal[
    "binary",
    "conflict",
    "duplicate",
    "empty",
    "encoding",
    "forgotten",
    "lost",
    "no front matter",
    "no object",
    "not JSON",
    "other layout",
    "too large",
    "unpublished",
    "unreadable",
]
"""Why a file, or an entry of a source, is no post."""


class NotAPost(TaxnewsError):
    """A file that holds no post: a stub, a layout, a binary, an empty file."""

    def __init__(self, name: str, kind: ProblemKind, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.kind = kind
        self.reason = reason


class StoreError(TaxnewsError):
    """A database that is missing, foreign, locked, damaged or of a newer schema."""


class CorpusUnreachable(TaxnewsError):
    """What holds the posts does not answer, or not as it should; later it may."""


class SourceError(TaxnewsError):
    """A source that can't be read: not there, not answering, or not what it should be.

    It is not to be asked again for `wait` seconds.
    """

    def __init__(self, reason: str, *, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


def installed_by(extra: str) -> str:
    """How an extra of taxnews is installed. There is no such project on PyPI: whoever took the
    name there would be installed instead."""
    how = _(
        "pip install '.[{extra}]' in the folder of taxnews, or 'FILE.whl[{extra}]' of its wheel"
    )
    return how.format(extra=extra)
