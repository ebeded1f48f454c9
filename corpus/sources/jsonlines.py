"""A JSON Lines file → readings, one a line; and posts → lines that can be read back.

A line is an object with any of `id`, `title`, `published` (ISO 8601),
`category`, `tags`, `source`, `url`, and its words in `paragraphs` (objects with
`heading` and `text`), `text` (a line of it is a paragraph) or `html`.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.errors import ProblemKind, SourceError
from corpus.reading.dates import read_date
from corpus.reading.posts import (
    Paragraph,
    Post,
    code_in,
    hashed_id,
    id_of_text,
    read_html,
)
from corpus.reading.readings import ENTRY, Problem, Reading
from corpus.reading.text import squeeze
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
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    yield _problem(
                        path, number, None, "too large", f"line {number} is over {MAX_LINE:,} bytes"
                    )
                    while not line.endswith(b"\n") and (line := file.readline(MAX_LINE)):
                        pass
                elif line.strip():
                    yield _reading(path, number, line)
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
        told = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        reason = f"not UTF-8, line {number} (byte {error.start})"
        return _problem(path, number, digest, "encoding", reason)
    except (ValueError, RecursionError):
        return _problem(path, number, digest, "not JSON", f"not JSON, line {number}")
    if not isinstance(told, dict):
        return _problem(path, number, digest, "no object", f"no JSON object, line {number}")
    post = _post(told, path)
    if not post.title and not post.paragraphs:
        return _problem(path, number, digest, "empty", f"neither title nor text, line {number}")
    return Reading(_name(path, _plain(told.get("id")) or post.id), digest, post, ENTRY)


def _post(told: dict[str, Any], path: Path) -> Post:
    title, url, own_id = _plain(told.get("title")), _plain(told.get("url")), _plain(told.get("id"))
    paragraphs, medium = _paragraphs(told)
    published, doubt = read_date(_plain(told.get("published")))
    if _OUR_ID.fullmatch(own_id):
        post_id = own_id
    elif number := code_in(url):
        post_id = number
    elif own_id:
        post_id = hashed_id(unique(own_id, str(path)))
    else:
        post_id = id_of_text(title, paragraphs)
    return Post(
        id=post_id,
        title=title or None,
        published=published,
        category=_plain(told.get("category")) or None,
        tags=_texts(told.get("tags")),
        source=_plain(told.get("source")) or medium,
        url=url or None,
        paragraphs=paragraphs,
        warnings=_texts(told.get("warnings")) or ((doubt,) if doubt else ()),
    )


def _paragraphs(told: dict[str, Any]) -> tuple[tuple[Paragraph, ...], str | None]:
    parts = told.get("paragraphs")
    if isinstance(parts, list):
        told_parts = [part for part in parts if isinstance(part, dict)]
        pairs = [(_plain(part.get("heading")), _plain(part.get("text"))) for part in told_parts]
        return tuple(Paragraph(heading or None, text) for heading, text in pairs if text), None
    if isinstance(told.get("html"), str):
        return read_html(told["html"])
    texts = map(_plain, str(told.get("text") or "").splitlines())
    return tuple(Paragraph(None, text) for text in texts if text), None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(_plain, value)) if isinstance(value, list) else ()


def _plain(value: object) -> str:
    """A string or number as one clean line; "" for anything else."""
    return squeeze(str(value)) if isinstance(value, (str, int)) else ""


def _problem(
    path: Path, number: int, digest: str | None, kind: ProblemKind, reason: str
) -> Reading:
    return Reading(_name(path, f"line {number}"), digest, Problem(kind, reason))


def _name(path: Path, own_id: object) -> str:
    # Not a path: the folder's own files are told apart from what is in this one.
    return f"jsonl:{path}#{own_id}".encode("utf-8", "backslashreplace").decode()
