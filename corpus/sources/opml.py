"""Lists of feeds in OPML, as feed readers exchange them (OPML 2.0, opml.org/spec2.opml)."""

from collections.abc import Iterable
from pathlib import Path
from xml.sax.saxutils import quoteattr

from lxml import etree

from corpus.errors import SourceError

_LARGEST = 10_000_000  # bytes of a list


def is_opml(location: str) -> bool:
    """Whether a location is a list of feeds and no source itself."""
    return "://" not in location and location.lower().endswith(".opml")


def load(path: Path) -> list[str]:
    """The addresses of the feeds in an OPML file, each once, in its order.

    Raises SourceError if it can't be read, is none, or names no feed.
    """
    try:
        content = path.expanduser().read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: can't be read ({error.strerror})") from error
    if len(content) > _LARGEST:
        raise SourceError(f"{path}: larger than {_LARGEST:,} bytes: no list of feeds")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"{path}: no OPML ({error})") from error
    outlines = root.iter("outline") if root.tag == "opml" else ()
    found = dict.fromkeys(each.get("xmlUrl", "").strip() for each in outlines)
    found.pop("", None)
    if not found:
        raise SourceError(f"{path}: no feed in it (no outline with an xmlUrl)")
    return list(found)


def dump(feeds: Iterable[str]) -> str:
    """The feeds with these addresses as OPML."""
    lines = [
        f'    <outline type="rss" text={quoteattr(feed)} xmlUrl={quoteattr(feed)}/>'
        for feed in feeds
    ]
    head = '<?xml version="1.0" encoding="utf-8"?>\n<opml version="2.0">'
    title = "  <head><title>taxnews</title></head>\n  <body>"
    return "\n".join([head, title, *lines, "  </body>", "</opml>"])
