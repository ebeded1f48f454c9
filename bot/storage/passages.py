"""Answers and passages as JSON, and back."""

import json
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from retrieval.answering.answer import Answer, Passage

_FIELDS = tuple(field.name for field in fields(Passage))


def dump_answer(answer: Answer) -> str:
    """The passages of an answer as JSON. Its question is not kept."""
    return json.dumps([_row(passage) for passage in answer.passages], ensure_ascii=False)


def load_answer(text: str) -> Answer:
    passages = tuple(_passage(row) for row in json.loads(text))
    return Answer(question="", confidence=0.0, passages=passages)


def dump_passage(passage: Passage) -> str:
    return json.dumps(_row(passage), ensure_ascii=False)


def load_passage(text: str) -> Passage:
    return _passage(json.loads(text))


def _row(passage: Passage) -> dict[str, Any]:
    """A passage as it is kept: what is None is left out."""
    row = {name: value for name in _FIELDS if (value := getattr(passage, name)) is not None}
    if passage.published:
        row["published"] = passage.published.isoformat()
    if passage.until:
        row["until"] = passage.until.isoformat()
    return row


def _passage(row: dict[str, Any]) -> Passage:
    """The passage of which `_row` made a row."""
    published, until = row.get("published"), row.get("until")
    own = {
        "is_pinned": bool(row.get("is_pinned")),
        "is_newer": bool(row.get("is_newer")),
        "published": datetime.fromisoformat(published) if published else None,
        "until": date.fromisoformat(until) if until else None,
        "places": tuple(row.get("places", ())),
        "highlights": tuple((start, end) for start, end in row["highlights"]),
    }
    return Passage(**dict.fromkeys(_FIELDS) | row | own)
