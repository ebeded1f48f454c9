"""A JSON Lines file → readings, one a line; and posts → lines that can be read back.

A line is an object with any of `id`, `title`, `published` (ISO 8601),
`category`, `tags`, `source`, `url`, and its words in `paragraphs` (objects with
`heading` and `text`, or texts), `html` or `text` (a line of it is a paragraph).
"""

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from corpus.errors import ProblemKind, SourceError
from corpus.reading.dates import read_date
from corpus.reading.links import resolved
from corpus.reading.posts import (
    Paragraph,
    Post,
    bounded,
    code_in,
    hashed_id,
    id_of_text,
    read_html,
)
from corpus.reading.readings import ENTRY, Problem, Reading
from corpus.reading.text import printable, squeeze
from corpus.sources.feeds import unique
from corpus.sources.folders import stamp_of
from corpus.sources.source import Found, Listed

MAX_LINE = 4_000_000  # bytes
_OUR_ID = re.compile("[0-9]{18}|x[0-9a-f]{17}")


@dataclass(frozen=True, slots=True)
class JsonLines:
    """A JSON Lines file of posts: a `Source`."""

    location: str

    def look(self, cursor: str | None, listed: Listed) -> Found | None:
        """The file's lines, if it has changed."""
        stamp = stamp_of(self.location)
        if stamp and stamp == cursor:
            return None
        return Found(cursor=stamp, entries=load(Path(self.location)))


def load(path: Path) -> Iterator[Reading]:
    """The readings of the file's lines, one after the other; blank lines are none.

    Raises SourceError if the file can't be read.
    """
    try:
        with path.open("rb") as file:
            number = 0
            first: dict[str, tuple[int, str | None]] = {}  # by name: its line, and the digest
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    yield _problem(
                        path, number, None, "too large", f"line {number} is over {MAX_LINE:,} bytes"
                    )
                    while not line.endswith(b"\n") and (line := file.readline(MAX_LINE)):
                        pass
                elif line.strip():
                    reading = _reading(path, number, line)
                    before, digest = first.setdefault(reading.name, (number, reading.digest))
                    if before == number:
                        yield reading
                    elif digest != reading.digest:
                        reason = f"line {number} has the id of line {before}"
                        yield _problem(path, number, reading.digest, "duplicate", reason)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}") from error


def line(post: Post) -> str:
    """`post` as one JSON object on one line, as `taxnews parse --json` prints it."""
    return json.dumps(
        {
            "id": post.id,
            "title": post.title,
            "published": post.published.isoformat() if post.published else None,
            "category": post.category,
            "tags": post.tags,
            "source": post.source,
            "url": post.url,
            "paragraphs": [{"heading": p.heading, "text": p.text} for p in post.paragraphs],
            "warnings": post.warnings,
        },
        ensure_ascii=False,
    )


def _reading(path: Path, number: int, data: bytes) -> Reading:
    digest = hashlib.sha256(data).hexdigest()
    try:
        entry = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        reason = f"not UTF-8, line {number} (byte {error.start})"
        return _problem(path, number, digest, "encoding", reason)
    except (ValueError, RecursionError):
        return _problem(path, number, digest, "not JSON", f"not JSON, line {number}")
    if not isinstance(entry, dict):
        return _problem(path, number, digest, "no object", f"no JSON object, line {number}")
    post = _post(entry, path)
    if not post.paragraphs and "no text" not in post.warnings:
        post = replace(post, warnings=(*post.warnings, "no text"))
    if not post.title and not post.paragraphs:
        return _problem(path, number, digest, "empty", f"neither title nor text, line {number}")
    return Reading(_name(path, _plain(entry.get("id")) or post.id), digest, post, ENTRY)


def _post(entry: dict[str, Any], path: Path) -> Post:
    title, own_id = _plain(entry.get("title")), _plain(entry.get("id"))
    url = resolved(_plain(entry.get("url")), ())
    paragraphs, medium = _paragraphs(entry)
    published, doubt = read_date(_plain(entry.get("published")))
    if _OUR_ID.fullmatch(own_id):
        post_id = own_id
    elif number := code_in(url or ""):
        post_id = number
    elif own_id:
        post_id = hashed_id(unique(own_id, str(path)))
    else:
        post_id = id_of_text(title, paragraphs)
    return Post(
        id=post_id,
        title=title or None,
        published=published,
        category=_plain(entry.get("category")) or None,
        tags=_texts(entry.get("tags")),
        source=_plain(entry.get("source")) or medium,
        url=url,
        paragraphs=paragraphs,
        warnings=_texts(entry.get("warnings")) or ((doubt,) if doubt else ()),
    )


def _paragraphs(entry: dict[str, Any]) -> tuple[tuple[Paragraph, ...], str | None]:
    """The first of `paragraphs`, `html` and `text` that holds words; and the medium."""
    paragraphs = tuple(part for each in _listed(entry.get("paragraphs")) for part in _parts(each))
    html = "\n".join(each for each in _listed(entry.get("html")) if isinstance(each, str))
    medium = None
    if not paragraphs and html:
        paragraphs, medium = read_html(printable(html))
    if not paragraphs:
        paragraphs = tuple(part for each in _listed(entry.get("text")) for part in _parts(each))
    return bounded(paragraphs), medium


def _parts(value: object) -> Iterator[Paragraph]:
    """The paragraphs of an object with `heading` and `text`, or of text: one a line."""
    heading = None
    lines: list[object] = [value]
    if isinstance(value, dict):
        heading, lines = _plain(value.get("heading")) or None, [value.get("text")]
    elif isinstance(value, str):
        lines = [*value.splitlines()]
    yield from (Paragraph(heading, text) for text in map(_plain, lines) if text)


def _texts(value: object) -> tuple[str, ...]:
    """A string, or those in a list."""
    return tuple(filter(None, map(_plain, _listed(value))))


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _plain(value: object) -> str:
    """A string or number as one clean line; "" for anything else."""
    is_text = isinstance(value, str | int) and not isinstance(value, bool)
    is_number = isinstance(value, float) and math.isfinite(value)
    return squeeze(str(value)) if is_text or is_number else ""


def _problem(
    path: Path, number: int, digest: str | None, kind: ProblemKind, reason: str
) -> Reading:
    return Reading(_name(path, f"line {number}"), digest, Problem(kind, reason))


def _name(path: Path, own_id: object) -> str:
    # Not a path: so that lines are not taken for files of the folder.
    return f"jsonl:{path}#{own_id}".encode("utf-8", "backslashreplace").decode()
