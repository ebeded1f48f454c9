"""Text as people see it: without what is not printed, and in one line."""

import re
import unicodedata

_UNPRINTABLE = re.compile(
    # Controls but tab and line ends; zero-width and bidirectional marks; BOM; lone surrogates.
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")


def printable(text: str) -> str:
    """`text` without what no reader sees, and no encoder takes."""
    return _UNPRINTABLE.sub("", text)


def in_one_line(text: str) -> str:
    """The same, with a space for each end of a line: the name of a file may hold one."""
    return printable(" ".join(text.splitlines()))


def squeeze(text: str) -> str:
    """One space for a run of them, none at the ends; none for a line end inside Chinese."""
    text = text.strip()
    if text.isprintable() and "  " not in text:  # most often, and checked at no cost
        return text
    return _SPACE.sub(_space, _UNPRINTABLE.sub("", text).strip())


def _space(match: re.Match[str]) -> str:
    before, after = match.string[match.start() - 1], match.string[match.end()]
    both_wide = all(unicodedata.east_asian_width(c) in "WF" for c in (before, after))
    return "" if "\n" in match[0] and both_wide else " "
