"""An RSS or Atom feed → readings, one for each entry."""

import calendar
import hashlib
import io
import json
import re
from datetime import datetime, timezone
from typing import Any

import feedparser
from feedparser.encodings import convert_to_utf8

from corpus.errors import SourceError
from corpus.reading.posts import Paragraph, Post, code_in, hashed_id, read_html, text_of
from corpus.reading.readings import ENTRY, Problem, Reading

_ADDRESS = re.compile(r"https?://\S+")
_NAVIGATION = re.compile(r"返回\S*(?:[｜|]\s*返回首页)?")


def read(data: bytes, content_type: str, location: str) -> list[Reading]:
    """The entries of the feed in `data`, each named once; raises SourceError if it is none.

    An entry tells the story whose 18-digit code its link or its own id holds,
    else one of its own, whose id is a hash of the entry's.
    """
    headers = {"content-type": content_type}
    try:
        # As it is decoded, too: in EBCDIC or UTF-7 they look like nothing.
        decoded = convert_to_utf8(headers, data, {}) if data else b""
        if any(b"<!ENTITY" in form.replace(b"\0", b"") for form in (data, decoded)):
            # Entities of its own: nothing a feed needs, and how a small file grows huge.
            raise SourceError(f"{location}: a feed that defines XML entities is not read")
        feed = feedparser.parse(
            io.BytesIO(data),  # a stream: what looks like a path or an address would be opened
            response_headers=headers,
            sanitize_html=False,  # our own reader takes the text alone
            resolve_relative_uris=False,
        )
    except SourceError:
        raise
    except Exception as error:  # whatever a hostile feed makes feedparser stumble over
        raise SourceError(f"{location}: not a readable feed ({error!r})") from error
    if not feed.get("version"):
        reason = feed.get("bozo_exception") or "neither RSS nor Atom"
        raise SourceError(f"{location}: not a feed ({reason})")
    if feed.bozo and not feed.entries:
        raise SourceError(f"{location}: a broken feed ({feed.bozo_exception})")
    medium = text_of(feed.feed.get("title", "")) or None
    readings: dict[str, Reading] = {}
    for entry in feed.entries:
        reading = _reading(entry, location, medium)
        readings.setdefault(reading.name, reading)  # the newest comes first
    return list(readings.values())


def _reading(entry: Any, location: str, feed_title: str | None) -> Reading:
    link = entry.get("link") or None
    contents = [part.get("value", "") for part in entry.get("content", [])]
    html = max([*contents, entry.get("summary", "")], key=len)
    own_id = entry.get("id") or link or hashlib.sha256(html.encode()).hexdigest()
    name = f"{location}#{own_id}".encode("utf-8", "backslashreplace").decode()
    published = _time(entry)
    title = text_of(entry.get("title", "")) or None
    terms = tuple(text_of(tag.term) for tag in entry.get("tags", []) if tag.get("term"))
    paragraphs, medium = read_html(html)
    paragraphs = _article(paragraphs)
    source = medium or text_of(entry.get("source", {}).get("title", "")) or feed_title
    content = json.dumps([title, str(published), terms, source, link, html])
    digest = hashlib.sha256(content.encode()).hexdigest()
    if not title and not paragraphs:
        return Reading(name, digest, Problem("empty", "an entry without title and text"))
    post = Post(
        id=code_in(link or "") or code_in(own_id) or hashed_id(unique(own_id, location)),
        title=title,
        published=published,
        category=terms[0] if terms else None,
        tags=terms[1:],
        source=source,
        url=link if link and _ADDRESS.fullmatch(link) else None,
        paragraphs=paragraphs,
        warnings=() if published else ("no usable date ('')",),
    )
    return Reading(name, digest, post, ENTRY + (not contents))  # a summary says less


def unique(own_id: str, location: str) -> str:
    """An id that no other source uses: an address or a URN is one, "17" is not."""
    return own_id if ":" in own_id else f"{location} {own_id}"


def _time(entry: Any) -> datetime | None:
    parsed = entry.get("published_parsed") or entry.get("updated_parsed")
    try:
        return datetime.fromtimestamp(calendar.timegm(parsed), timezone.utc) if parsed else None
    except (ValueError, OverflowError):
        return None


def _article(paragraphs: tuple[Paragraph, ...]) -> tuple[Paragraph, ...]:
    """Without the site's closing lines: the address of the source and the way back."""
    kept = list(paragraphs)
    while kept and (_ADDRESS.fullmatch(kept[-1].text) or _NAVIGATION.fullmatch(kept[-1].text)):
        kept.pop()
    return tuple(kept)
