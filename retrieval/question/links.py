"""The links in a message, and what the message says beside them."""

import re

from corpus.reading.links import resolved

# Also one without its scheme, if a path follows the host: tv.cctv.com/2024/1.shtml.
_LINK = re.compile(
    r"(?<![\w.@/-])(?:https?://|www\.|(?:[a-z0-9-]+\.)+[a-z]{2,}/)[!-~]+"
    r"|https?://[!-~]+",
    re.IGNORECASE | re.ASCII,
)
_AROUND = "\"'()<>[].,;:!?*_"
"""What may stand around a link, and is no part of it at its end."""


MOST = 4
"""Links of a message that are followed: each costs a look at all posts of the store."""


def links_in(text: str) -> tuple[list[str], str]:
    """The addresses of the first `MOST` links in a message, and what it says beside all of them;
    "" if that is marks alone."""
    found = [resolved(link[0].rstrip(_AROUND), ()) for link in _LINK.finditer(text)]
    rest = _LINK.sub(" ", text).strip()
    says = any(character.isalnum() for character in rest)
    return list(filter(None, found))[:MOST], rest if says else ""
