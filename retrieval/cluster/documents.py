"""Stories and arrivals ↔ documents of a cluster."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.store.values import Arrival, Entry, Filters, Story
from retrieval.index_sync import Terms

Document = dict[str, Any]


def id_of(post: str) -> str:
    """The name of a post's document: ids of posts may be longer than a cluster takes."""
    return hashlib.sha256(post.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def document_of(story: Story, checksum: int, arrived: Sequence[str], sources: int) -> Document:
    """The document of a story: with the times at which it was news, and how many files carry it."""
    post = story.post
    published = post.published.astimezone(CHINA).isoformat() if post.published else None
    return {
        "id": post.id,
        "title": post.title,
        "published": published,
        "category": post.category,
        "tags": post.tags,
        "url": post.url,
        "warnings": post.warnings,
        "keys": story.keys,
        "paragraphs": [(paragraph.heading, paragraph.text) for paragraph in post.paragraphs],
        "checksum": checksum,
        "arrived": arrived,
        "sources": sources,
        **_filter_fields(story),
    }


def _filter_fields(story: Story) -> Document:
    """What filters ask of a post."""
    post = story.post
    return {
        "day": post.published.astimezone(CHINA).date().isoformat() if post.published else None,
        "categories": list(dict.fromkeys(filter(None, (post.category, post.category_name)))),
        "source": post.source,
        "places": story.places,
        "type": story.type,
    }


def story_of(document: Mapping[str, Any]) -> Story:
    """The inverse of `document_of`."""
    published = document["published"]
    post = Post(
        id=document["id"],
        title=document["title"],
        published=datetime.fromisoformat(published) if published else None,
        category=document["category"],
        tags=tuple(document["tags"]),
        source=document["source"],
        url=document["url"],
        paragraphs=tuple(Paragraph(heading, text) for heading, text in document["paragraphs"]),
        warnings=tuple(document["warnings"]),
    )
    return Story(post, tuple(document["keys"]), tuple(document["places"]), document["type"])


def entries_of(story: Story) -> list[Entry]:
    """What is indexed of each paragraph of a story."""
    return [
        Entry(key, story.post.title, story.places, paragraph.heading, paragraph.text)
        for key, paragraph in zip(story.keys, story.post.paragraphs, strict=True)
    ]


def paragraph_of(key: int, terms: Terms, story: Story) -> Document:
    """The document of a paragraph: its terms, by field, and what filters ask of its post."""
    cut = {field: " ".join(listed) for field, listed in terms.items()}
    return {"key": key, "post": id_of(story.post.id), **cut, **_filter_fields(story)}


def arrival_document(arrival: Arrival) -> Document:
    """The document of an arrival."""
    return asdict(arrival)


def arrival_of(document: Mapping[str, Any]) -> Arrival:
    """The inverse of `arrival_document`."""
    return Arrival(**document)


def clauses_of(filters: Filters | None, among: Iterable[int] | None = None) -> list[Document]:
    """The clauses that a document must fulfil: of posts that `filters` admit, its key `among`."""
    clauses: list[Document] = []
    if filters:
        asked = {"categories": filters.category, "places": filters.place, "type": filters.type}
        clauses += [{"term": {field: value}} for field, value in asked.items() if value is not None]
        days = {"gte": filters.since, "lte": filters.until}
        if limits := {end: day.isoformat() for end, day in days.items() if day}:
            clauses.append({"range": {"day": limits}})
        if filters.source is not None:
            clauses.append({"wildcard": {"source": {"value": f"*{_literal(filters.source)}*"}}})
    if among is not None:
        clauses.append({"terms": {"key": sorted(among)}})
    return clauses


def _literal(text: str) -> str:
    """A text as a wildcard takes it for itself."""
    return "".join(f"\\{character}" if character in "\\*?" else character for character in text)
