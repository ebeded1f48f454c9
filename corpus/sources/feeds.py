"""An RSS or Atom feed → readings, one for each entry."""

import hashlib
import html as html_text
import io
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from html.entities import html5
from typing import Any
from xml.sax.saxutils import escape

import feedparser

from corpus.errors import SourceError
from corpus.reading.dates import read_date
from corpus.reading.html import text_of
from corpus.reading.links import is_address, resolved
from corpus.reading.posts import Paragraph, Post, code_in, hashed_id, read_html
from corpus.reading.readings import ENTRY, Problem, Reading
from corpus.sources import http
from corpus.sources.encodings import decoded
from corpus.sources.source import Found, Listed

VERSION = 6
"""Another number after every change of what is read of a feed: it is then read anew."""

MOST = 4_000_000  # characters of an entry: a longer one is no news
_ADDRESS = re.compile(r"https?://\S+")
_NAVIGATION = re.compile(
    r"返回\S*(?:[｜|]\s*返回首页)?"
    r"|[\[【（(]?(?:(?:点击)?(?:阅读|查看)(?:全文|更多|原文|详情)"
    r"|(?:continue reading|read more)\b.{0,200})"
    r"[\s.…>»→]*[\]】）)]?"
    r"|The post .{0,400} (?:first appeared|appeared first) on .{0,200}",
    re.IGNORECASE,
)
# What WordPress writes under each entry: its title again, and the site's name.
_SIGNATURE = re.compile(r"(?:文章)?(.{1,400}?)最先出现在.{1,200}")


@dataclass(frozen=True, slots=True)
class Feed:
    """An RSS or Atom feed on the web: a `Source`."""

    location: str
    limits: http.Limits = http.LIMITS

    def look(self, cursor: str | None, listed: Listed) -> Found | None:
        """The feed's entries, if it has changed."""
        seen = json.loads(cursor or "{}")
        if seen.pop("version", 1) != VERSION:
            seen = {}  # what has not changed there is read otherwise now
        document = http.fetch(self.location, **seen, limits=self.limits)
        if document is None:
            return None
        mark = {"etag": document.etag, "modified": document.modified, "version": VERSION}
        entries = parse(document.data, document.content_type, self.location)
        return Found(cursor=json.dumps(mark), entries=entries)


def parse(data: bytes, content_type: str, location: str) -> list[Reading]:
    """The entries of the feed in `data`, each named once; raises SourceError if it is none.

    An entry carries the story whose 18-digit code its link or its own id holds,
    else one of its own, whose id is a hash of the entry's.
    """
    found = decoded(data, content_type)
    if found is None:
        raise SourceError(f"{location}: in no known encoding; it should be served as UTF-8")
    text, warning = found
    if "<!ENTITY" in text:
        # Entities of its own: nothing a feed needs, and how a small file grows huge.
        raise SourceError(f"{location}: a feed that defines XML entities is not read")
    _check_bounds(text, location)
    feed = _parsed(_well_formed(text), location)
    if not feed.get("version"):
        reason = _what_it_is(text) or feed.get("bozo_exception") or "neither RSS nor Atom"
        raise SourceError(f"{location}: not a feed ({reason})")
    if feed.bozo and not feed.entries:
        raise SourceError(f"{location}: a broken feed ({feed.bozo_exception})")
    channel = _Channel(
        location=location,
        medium=text_of(feed.feed.get("title", "")) or None,
        bases=(feed.feed.get("link") or "", location),
        warnings=(warning,) if warning else (),
    )
    readings: dict[str, Reading] = {}
    for entry, own_id in _with_own_ids(feed.entries):
        reading = channel.reading(entry, own_id)
        readings.setdefault(reading.name, reading)  # the newest comes first
    return list(readings.values())


def unique(own_id: str, location: str) -> str:
    """An id that no other source uses: an address or a URN is one, "17" is not."""
    return own_id if ":" in own_id else f"{location} {own_id}"


# --- text → parsed ----------------------------------------------------------------------

_DECLARATION = re.compile(r"<\?xml[^<>]*\?>", re.IGNORECASE)
_ILLEGAL = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")  # in XML 1.0
_CDATA = re.compile(r"(<!\[CDATA\[.*?(?:\]\]>|\Z))", re.DOTALL)
_AMPERSAND = re.compile(r"&(#[0-9]+;|#[xX][0-9A-Fa-f]+;|\w+;)?")
_EMPTY_LINK = re.compile(r"<link\s*(?:/>|>\s*</link\s*>)")  # it hides an id that is one
_DIGITS = 9  # of a reference: more stand for no character, and take long to read
_OF_XML = ("lt;", "gt;", "amp;", "quot;", "apos;")
_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|meta|title|script|style|center|div|table|h[1-6]|p|br)\b",
    re.IGNORECASE,
)
_TITLE = re.compile(r"<title[^<>]*>([^<]{0,200})", re.IGNORECASE)


def _well_formed(text: str) -> str:
    """`text` without what makes many a feed no XML, controls, bare `&`, names of HTML; and
    without empty links."""
    text = _ILLEGAL.sub("", text).lstrip("\ufeff \t\r\n")
    parts = _CDATA.split(_DECLARATION.sub("", text, count=1))
    parts[::2] = [_EMPTY_LINK.sub("", _AMPERSAND.sub(_reference, part)) for part in parts[::2]]
    return '<?xml version="1.0" encoding="utf-8"?>' + "".join(parts)


def _reference(match: re.Match[str]) -> str:
    """A reference that XML knows, for whatever stands at an `&`."""
    name = match[1]
    if not name:
        return "&amp;"
    if name in _OF_XML:
        return match[0]
    if name[0] == "#":
        if len(name) > _DIGITS:
            return ""
        number = int(name[2:-1], 16) if name[1] in "xX" else int(name[1:-1])
        is_legal = number < 0x110000 and not _ILLEGAL.match(chr(number))
        return match[0] if is_legal else ""
    return escape(html5[name]) if name in html5 else f"&amp;{name}"


_ATTRIBUTES, _CATEGORIES, _ENTRIES = 200, 2_000, 20_000
"""So many of an element, of an entry and of a feed no feed has; feedparser takes the square of the
first two, and minutes for more entries."""
_ATTRIBUTE = r"\s+[^\s=<>\"'/]+\s*=\s*(?:\"[^\"]*\"|'[^']*')"
_OVERLOADED = re.compile(rf"<[^\s=<>\"'/]+(?:{_ATTRIBUTE}){{{_ATTRIBUTES}}}")
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)\b")
_CATEGORY = re.compile(r"<(?:[\w.-]+:)?(?:category|subject|keywords|tags)\b")


def _check_bounds(text: str, location: str) -> None:
    """Raise SourceError for a feed that would take hours to parse."""
    if _OVERLOADED.search(text):
        raise SourceError(f"{location}: an element with {_ATTRIBUTES} attributes, as no feed has")
    entries = _ENTRY.split(text)
    if len(entries) > _ENTRIES:
        raise SourceError(f"{location}: a feed of over {_ENTRIES:,} entries is not read")
    if any(len(_CATEGORY.findall(entry)) > _CATEGORIES for entry in entries):
        raise SourceError(f"{location}: an entry of over {_CATEGORIES:,} categories is not read")


def _parsed(text: str, location: str) -> Any:
    try:
        return feedparser.parse(
            # A stream: what looks like a path or an address would be opened.
            io.BytesIO(text.encode()),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,  # our own reader takes the text alone
            resolve_relative_uris=False,
        )
    except Exception as error:  # whatever a hostile feed makes feedparser stumble over
        raise SourceError(f"{location}: not a readable feed ({error!r})") from error


def _what_it_is(text: str) -> str | None:
    """What stands where a feed should."""
    if not text.strip():
        return "it is empty"
    if _PAGE.match(text):
        title = _TITLE.search(text)
        named = f' called "{text_of(title[1])}"' if title and title[1].strip() else ""
        return f"a web page{named}; look there for the address of its feed"
    start = text.lstrip()[0]
    if start in "{[":
        return "JSON, not RSS or Atom"
    if start != "<":
        return "no XML"
    return None


# --- entries ----------------------------------------------------------------------------


def _with_own_ids(entries: list[Any]) -> list[tuple[Any, str]]:
    """Each entry with a name that is unique in its feed.

    That is its own id, unless entries of other titles or links bear it too.
    """
    ids, links = [], defaultdict(set)
    for entry in entries:
        html = _html(entry)
        both = (entry.get("title", ""), entry.get("link", ""))
        own_id = entry.get("id") or both[1] or hashlib.sha256(html.encode()).hexdigest()
        ids.append((own_id, both))
        links[own_id].add(both)
    return [
        (entry, own_id if len(links[own_id]) == 1 else f"{own_id} {hashed_id(str(both))}")
        for entry, (own_id, both) in zip(entries, ids, strict=True)
    ]


def _html(entry: Any) -> str:
    """The longest of an entry's texts."""
    contents = [str(part.get("value", "")) for part in entry.get("content", [])]
    return max([*contents, str(entry.get("summary", ""))], key=len)


@dataclass(frozen=True, slots=True)
class _Channel:
    """What the entries of a feed share."""

    location: str
    medium: str | None
    bases: tuple[str, ...]
    warnings: tuple[str, ...]

    def reading(self, entry: Any, own_id: str) -> Reading:
        html, link = _html(entry), entry.get("link") or None
        name = f"{self.location}#{own_id}".encode("utf-8", "backslashreplace").decode()
        published, warning = _time(entry)
        title = text_of(_unescaped(entry.get("title", ""))) or None
        terms = tuple(text_of(tag.term) for tag in entry.get("tags", []) if tag.get("term"))
        url = self._link(entry)
        content = json.dumps(
            [VERSION, title, str(published), terms, self.medium, url, html, self.warnings]
        )
        digest = hashlib.sha256(content.encode()).hexdigest()
        if len(html) > MOST:
            return Reading(name, digest, Problem("too large", f"more than {MOST:,} characters"))
        paragraphs, medium = read_html(_unescaped(html))
        paragraphs = _article(paragraphs, title)
        if not title and not paragraphs:
            return Reading(name, digest, Problem("empty", "an entry without title and text"))
        post = Post(
            id=code_in(link or "") or code_in(own_id) or hashed_id(unique(own_id, self.location)),
            title=title,
            published=published,
            category=terms[0] if terms else None,
            tags=terms[1:],
            source=medium or text_of(entry.get("source", {}).get("title", "")) or self.medium,
            url=url,
            paragraphs=paragraphs,
            warnings=(*self.warnings, warning) if warning else self.warnings,
        )
        # A summary says less.
        return Reading(name, digest, post, ENTRY + (not entry.get("content")))

    def _link(self, entry: Any) -> str | None:
        """The address of an entry's page."""
        link = entry.get("link") or ""
        # An id stands in for a missing link, but most ids are none.
        if link == entry.get("id") and not (is_address(link) or link.startswith("/")):
            return None
        return resolved(link, self.bases)


def _time(entry: Any) -> tuple[datetime | None, str | None]:
    """The first time of an entry that can be read, and a warning."""
    # `dict.get`, for feedparser answers one date for another.
    stated = [dict.get(entry, field) for field in ("published", "updated", "created")]
    read = [read_date(value) for value in stated if value]
    return next((each for each in read if each[0]), (read or [read_date("")])[0])


_ESCAPED_TWICE = re.compile(r"&amp;(#\d+;|#[xX][0-9A-Fa-f]+;|[A-Za-z]+\d*;)")
_TAG = r"/?(?:p|br|div|span|a|img|b|i|strong|em|font|table|tr|td|ul|ol|li|h[1-6]|section)\b"
_ENDLESS = re.compile(rf"&(?:amp;)*#[xX]?[0-9A-Fa-f]{{{_DIGITS},}};?")
_ESCAPED_TAG = re.compile(f"&lt;{_TAG}", re.IGNORECASE)
_REAL_TAG = re.compile(f"<{_TAG}", re.IGNORECASE)


def _unescaped(html: str) -> str:
    """`html` as it was meant, where a program escaped it more often than once."""
    html = _ENDLESS.sub("", html)
    for _ in range(3):
        if len(_ESCAPED_TAG.findall(html)) > len(_REAL_TAG.findall(html)):
            plain = _ENDLESS.sub("", html_text.unescape(html))  # what was hidden in another
        else:
            plain = _ESCAPED_TWICE.sub(r"&\1", html)
        if plain == html:
            break
        html = plain
    return html


def _article(paragraphs: tuple[Paragraph, ...], title: str | None) -> tuple[Paragraph, ...]:
    """Without the site's closing lines: the address of the source, the way back, and where an
    entry of this title is from."""
    kept = list(paragraphs)
    while kept and _is_closing(kept[-1].text, title):
        kept.pop()
    return tuple(kept)


def _is_closing(text: str, title: str | None) -> bool:
    signature = _SIGNATURE.fullmatch(text)
    is_signed = signature and title and _letters(signature[1]) == _letters(title)
    return bool(is_signed or _ADDRESS.fullmatch(text) or _NAVIGATION.fullmatch(text))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))
