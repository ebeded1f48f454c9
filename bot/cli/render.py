"""Answers and posts for the command line: text for people, JSON for machines."""

import json
from datetime import date, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from bot.cli.lines import day, joined
from bot.render.age import expiry_of
from bot.render.texts import ZH
from corpus.reading.post_types import NAMES
from corpus.reading.posts import SAMPLE_CATEGORY, SAMPLE_NAME, Post
from retrieval.answering.answer import Answer, Passage, Related

NOT_FOUND = "没有找到能回答这个问题的报道。"
NOT_FOUND_OF_YEAR = "没有找到能回答{year}年情况的报道。"
RELATED = "也许相关："
UNDERSTOOD = "按“{question}”查："
ALTERNATIVES = "其他结果："
NEWER = "另有 {count} 篇更新的报道，见下。"

_LONGEST = 60  # characters of an alternative's sentence


def post_text(post: Post) -> RenderableType:
    """A post as a person reads it."""
    about = joined(post.id, day(post.published), post.source, post.category)
    parts = [Text(post.title or "(无标题)", style="bold"), Text(about, style="dim")]
    heading = None
    for paragraph in post.paragraphs:
        if paragraph.heading != heading:
            heading = paragraph.heading
            parts.append(Text(f"\n【{heading}】"))
        parts.append(Text(paragraph.text))
    parts += [Text(post.url or "")] + [Text(f"! {w}", style="yellow") for w in post.warnings]
    return Group(*parts)


def answer_json(answer: Answer, took_ms: float) -> str:
    """One line: the answer as `taxnews ask --json` prints it."""
    return _line(_row(answer, took_ms))


def error_json(question: str, error: str) -> str:
    """The same for a question that was refused."""
    none = Answer(question, confidence=0.0, passages=())
    return _line(_row(none, took_ms=0.0) | {"error": error})


def _row(answer: Answer, took_ms: float) -> dict[str, Any]:
    return {
        "question": answer.question,
        "understood": answer.understood,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "answers": [
            {
                "rank": rank,
                "part": passage.part,
                "score": round(passage.score, 6),
                "post": passage.post,
                "title": passage.title,
                "type": passage.type,
                "published": _iso(passage.published),
                "source": passage.source,
                "url": passage.url,
                "until": passage.until.isoformat() if passage.until else None,
                "heading": passage.heading,
                "text": passage.text,
                "sentence": passage.sentence,
                "highlights": passage.highlights,
            }
            for rank, passage in enumerate(answer.passages, 1)
        ],
        "related": [
            {
                "post": r.post,
                "title": r.title,
                "published": _iso(r.published),
                "url": r.url,
            }
            for r in answer.near
        ],
        "reply": answer.reply,
        "error": None,
        "took_ms": round(took_ms, 1),
    }


def answer_text(answer: Answer, today: date) -> RenderableType:
    """An answer as a person reads it: the sentence, its passage, the others a line each; and
    whether its rule has run out before `today`."""
    if answer.parts:
        return Group(*(_labelled(n, part, today) for n, part in enumerate(answer.parts, 1)))
    if answer.reply:
        told = [Text(near.url, style="blue") for near in answer.near[:1] if near.url]
        return Group(Text(answer.reply), *told)
    if answer.is_list:
        return Group(*(Text(_listed(n, passage)) for n, passage in enumerate(answer.passages, 1)))
    if not answer.passages:
        related = [Text(f"· {_related(r)}") for r in answer.near]
        year = answer.untold_year
        nothing = NOT_FOUND_OF_YEAR.format(year=year) if year else NOT_FOUND
        return Group(Text(nothing), *([Text(RELATED), *related] if related else []))
    best, *others = answer.passages
    lead = [Text(UNDERSTOOD.format(question=answer.understood), style="dim")]
    parts = [
        *(lead if answer.understood else []),
        Text(f"{best.sentence}\n", style="bold"),
        Text(best.title, style="bold"),
        Text(byline(best), style="dim"),
        *_expired(best, today),
        *([] if best.text.strip() == best.sentence.strip() else [_emphasised(best)]),
        Text(best.url or "", style="blue"),
    ]
    if answer.newer:
        parts.append(Text(NEWER.format(count=len(answer.newer)), style="italic"))
    if others:
        parts.append(Text(f"\n{ALTERNATIVES}", style="dim"))
        parts += [
            Text(f"{n}. {_clipped(p.sentence)}（{joined(p.title, day(p.published), p.url)}）")
            for n, p in enumerate(others, 2)
        ]
    return Group(*parts)


def _labelled(number: int, answer: Answer, today: date) -> RenderableType:
    """The answer to one question of several: its sentence and where it is from."""
    lead = Text(f"{number}. {answer.understood or answer.question}", style="bold")
    if not answer.passages:
        return Group(lead, Text(answer.reply or NOT_FOUND))
    best = answer.passages[0]
    origin = Text(joined(best.title, byline(best), best.url))
    return Group(lead, Text(best.sentence), origin, *_expired(best, today))


def _expired(passage: Passage, today: date) -> list[Text]:
    expired = expiry_of(passage, ZH, today)
    return [Text(expired, style="italic")] if expired else []


def _listed(number: int, passage: Passage) -> str:
    return f"{number}. {joined(day(passage.published), passage.title, passage.url)}"


def byline(passage: Passage) -> str:
    """Date (China's), medium, type, and whether the post is one of the bundled samples."""
    sample = SAMPLE_NAME if passage.category == SAMPLE_CATEGORY else None
    type_ = NAMES[passage.type] if passage.type else None
    return joined(day(passage.published), passage.source, type_, sample)


def _emphasised(passage: Passage) -> Text:
    text = Text(passage.text)
    for start, end in passage.highlights:
        text.stylize("underline", start, end)
    return text


def _clipped(text: str) -> str:
    """`text` on one line, cut to `_LONGEST` characters."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"


def _related(related: Related) -> str:
    return joined(related.title, day(related.published), related.url)


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)
