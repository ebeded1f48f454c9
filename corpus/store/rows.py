"""Values ↔ rows: what is stored of a post, a paragraph and a file, and its checksums."""

import json
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from corpus.reading.posts import (
    CHINA,
    SAMPLE_CATEGORY,
    SAMPLE_NAME,
    TAG_ENDING,
    Paragraph,
    Post,
)
from corpus.reading.readings import About, Reading, about
from corpus.store.values import Filters, Text

COLUMNS = ("title", "published", "category", "tags", "source", "url", "warnings")
STORED = ("id", *COLUMNS)
INSERT_POST = (
    f"INSERT OR IGNORE INTO posts (id, {', '.join(COLUMNS)}, checksum, type)"
    f" VALUES (:id, {', '.join(':' + column for column in COLUMNS)}, :checksum, :type)"
)
UPDATE_POST = (
    f"UPDATE posts SET {', '.join(f'{column} = :{column}' for column in COLUMNS)},"
    " checksum = :checksum, type = :type WHERE id = :id"
)
INSERT_PLACE = "INSERT INTO places (post, place) VALUES (?, ?)"
INSERT_PARAGRAPH = (
    "INSERT INTO paragraphs (id, post, position, heading, text) VALUES (?, ?, ?, ?, ?)"
)
OF_CATEGORY = (
    "(:category IS NULL OR category = :category OR (tags = :tags"
    f" AND category <> '{SAMPLE_CATEGORY}' AND category NOT GLOB '*[^ -~]*'))"
)
"""A post is of a category by its code or its name: see `category_name`."""
ADMITTED = (
    "(:since IS NULL OR substr(published, 1, 10) >= :since)"
    " AND (:until IS NULL OR substr(published, 1, 10) <= :until)"
    f" AND (:source IS NULL OR instr(source, :source)) AND {OF_CATEGORY}"
)
"""What filters ask of a post, but its place and its type: an index finds those."""
UPSERT_FILE = """
    INSERT INTO files (path, hash, stamp, source, post, preference, reading, checksum)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (path) DO UPDATE SET hash = excluded.hash, stamp = excluded.stamp,
        source = coalesce(excluded.source, source), post = excluded.post,
        preference = excluded.preference, reading = excluded.reading,
        checksum = excluded.checksum
    """


def columns(post: Post) -> dict[str, Any]:
    """The columns of `posts` but the id; times in China's zone, so that they sort."""
    return {
        "title": post.title,
        "published": post.published.astimezone(CHINA).isoformat() if post.published else None,
        "category": post.category,
        "tags": json.dumps(post.tags, ensure_ascii=False),
        "source": post.source,
        "url": post.url,
        "warnings": json.dumps(post.warnings, ensure_ascii=False),
    }


def post_of(row: dict[str, Any], paragraphs: Iterable[Paragraph] = ()) -> Post:
    """The inverse of `columns`."""
    return Post(
        id=row["id"],
        title=row["title"],
        published=datetime.fromisoformat(row["published"]) if row["published"] else None,
        category=row["category"],
        tags=_strings(row["tags"]),
        source=row["source"],
        url=row["url"],
        paragraphs=tuple(paragraphs),
        warnings=_strings(row["warnings"]),
    )


def _strings(array: str) -> tuple[str, ...]:
    """The strings of a JSON array; most are empty, and not worth a parser's call."""
    return () if array == "[]" else tuple(json.loads(array))


def checksum_of(row: dict[str, Any], texts: Iterable[Text]) -> int:
    """The checksum of a story: of all that is shown of it, and of its paragraphs' numbers."""
    parts: list[Any] = [row[column] for column in STORED]
    for text in texts:
        parts += text
    return crc("\0".join(map(str, parts)))


def crc(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def json_list(values: Iterable[object]) -> str:
    """A list for SQLite's json_each; damage may have made numbers or bytes of ids."""
    return json.dumps(list(values), default=str)


def dumped(post: Post, learned: About) -> str:
    """A reading that is not shown, as JSON."""
    paragraphs = [[p.heading, p.text] for p in post.paragraphs]
    row = {"id": post.id, **columns(post), "paragraphs": paragraphs, "about": learned}
    return json.dumps(row, ensure_ascii=False)


def loaded(reading: str) -> tuple[Post, About]:
    """The inverse of `dumped`; of an older one, too, that says nothing of what is learned."""
    row = json.loads(reading)
    post = post_of(row, (Paragraph(heading, text) for heading, text in row["paragraphs"]))
    if "about" not in row:
        return post, about(post)
    places, type_ = row["about"]
    return post, About(tuple(places), type_)


def filter_values(filters: Filters) -> dict[str, Any]:
    """What a query takes of filters."""
    return {
        "place": filters.place,
        "since": filters.since.isoformat() if filters.since else None,
        "until": filters.until.isoformat() if filters.until else None,
        "source": filters.source,
        **category_values(filters.category),
        "type": filters.type,
    }


def category_values(category: str | None) -> dict[str, Any]:
    """What `OF_CATEGORY` takes."""
    return {
        "category": SAMPLE_CATEGORY if category == SAMPLE_NAME else category,
        "tags": json.dumps([f"{category}{TAG_ENDING}"], ensure_ascii=False),
    }


def numbered(post: Post, key: int) -> list[Text]:
    """The paragraphs of a post, numbered from `key` on."""
    return [(key + i, p.heading, p.text) for i, p in enumerate(post.paragraphs)]


def paragraph_rows(post: Post, texts: Iterable[Text]) -> list[tuple[Any, ...]]:
    return [(key, post.id, i, heading, text) for i, (key, heading, text) in enumerate(texts)]


def file_row(reading: Reading, post: Post, source: int | None, dump: str | None) -> list[Any]:
    """The row of `files` of a reading; `dump` is None of the one that is shown."""
    return [
        reading.name, reading.digest, reading.stamp, source, post.id, reading.preference,
        dump, None if dump is None else crc(dump),
    ]  # fmt: skip


def place_rows(post: str, places: Iterable[str]) -> list[tuple[str, str]]:
    return [(post, place) for place in places]
