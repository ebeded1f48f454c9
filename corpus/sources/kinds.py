"""The kinds of sources: which one a location is, and how it is looked at."""

import os
from gettext import gettext as _

from corpus.errors import SourceError
from corpus.sources import http
from corpus.sources.checkouts import Checkout
from corpus.sources.feeds import Feed
from corpus.sources.folders import Folder
from corpus.sources.jsonlines import JsonLines
from corpus.sources.source import Source

JSON_LINES = (".jsonl", ".ndjson")

NAMES = {
    "folder": "folder",
    "git": "git checkout",
    "feed": "feed",
    "jsonl": "JSON Lines file",
}
"""What people call the kinds."""

LOCAL = ("folder", "git", "jsonl")
"""The kinds that cost nobody else anything."""


def kind_of(location: str) -> tuple[str, str]:
    """What kind of source `location` is, and how it is kept: absolute, or an address.

    Raises SourceError if it is none.
    """
    if not location.strip():
        raise SourceError(_("an empty name is no source"))
    try:
        location.encode()
    except UnicodeEncodeError:
        raise SourceError(f"{location!a}: only names in UTF-8 can be kept as sources") from None
    if "://" in location:
        return "feed", http.checked(location.strip())
    path = os.path.abspath(os.path.expanduser(location))
    if os.path.isdir(path):
        return ("git" if os.path.lexists(os.path.join(path, ".git")) else "folder"), path
    if os.path.isfile(path) and path.lower().endswith(JSON_LINES):
        return "jsonl", path
    message = _(
        "{location}: no source: a folder, a git checkout, a .jsonl file, or a feed's address with"
        " its https://"
    )
    raise SourceError(message.format(location=location))


def source_of(kind: str, location: str, *, pull: bool, limits: http.Limits) -> Source:
    """The source of this kind at `location`."""
    if kind == "folder":
        return Folder(location)
    if kind == "git":
        return Checkout(location, pull=pull)
    if kind == "feed":
        return Feed(location, limits)
    return JsonLines(location)
