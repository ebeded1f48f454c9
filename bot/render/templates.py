"""What a chat wants its posts to look like: a text with fields, checked and filled."""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from bot.render.links import web_address
from bot.render.message import MESSAGE_LIMIT, inert, safe, units
from bot.render.passage import date_of
from bot.render.texts import Texts
from corpus.chinese import simplified
from retrieval.answering.answer import Passage

LONGEST = 300
"""Characters of a template."""

FIELDS = {
    "标题": "title",
    "句子": "sentence",
    "链接": "link",
    "标签": "tags",
    "日期": "date",
    "来源": "source",
}
"""The fields in Chinese, and what else each may be called."""

MOST_FILLED = 5
"""Posts of one message of alerts that are written by a template; more are a list."""

_FIELD = re.compile(r"\{([^{}]*)\}")
_TITLE, _SENTENCE, _SENTENCE_OF_MANY = 200, 300, 120


def wrong_field(template: str) -> str | None:
    """The first field that there is not, or the brace that opens or closes none; None if all are
    right.

    >>> wrong_field("{标题}\\n{作者}"), wrong_field("{title} {"), wrong_field("{标题}")
    ('{作者}', '{', None)
    """
    for match in _FIELD.finditer(template):
        if _field(match[1]) not in FIELDS.values():
            return match[0]
    stray = re.search(r"[{}]", _FIELD.sub("", template))
    return stray[0] if stray else None


def _field(name: str) -> str:
    """The field of a name, in Chinese of either script or in English; the name of none."""
    name = simplified(name.strip())
    return FIELDS.get(name, name)


def has_field(template: str) -> bool:
    """Whether a template says anything of the post."""
    return bool(_FIELD.search(template))


def filled(passages: Sequence[Passage], template: str, texts: Texts) -> str:
    """Posts as HTML by a template, as many as a message holds; a line of empty fields is left
    out."""
    parts = _parts(passages, template, texts)
    while len(parts) > 1 and not _is_short(parts):
        parts.pop()
    return "\n\n".join(parts)


def is_held(passages: Sequence[Passage], template: str, texts: Texts) -> bool:
    """Whether one message holds all of these posts."""
    return _is_short(_parts(passages, template, texts))


def _parts(passages: Sequence[Passage], template: str, texts: Texts) -> list[str]:
    longest = _SENTENCE if len(passages) == 1 else _SENTENCE_OF_MANY
    return ["\n".join(_lines(passage, template, texts, longest)) for passage in passages]


def _is_short(parts: Sequence[str]) -> bool:
    return units("\n\n".join(parts)) <= MESSAGE_LIMIT - 200


def _lines(passage: Passage, template: str, texts: Texts, longest: int) -> Iterator[str]:
    values = _values(passage, texts, longest)
    for line in template.split("\n"):
        used = [values[_field(name)] for name in _FIELD.findall(line)]
        if used and not any(used):
            continue
        words = _FIELD.split(line)[::2]
        yield "".join(
            safe(word) + value for word, value in zip(words, [*used, ""], strict=True)
        ).rstrip()


def _values(passage: Passage, texts: Texts, longest: int) -> Mapping[str, str]:
    """What stands in the fields, as HTML."""
    url = web_address(passage.url)
    type_ = texts.types[passage.type] if passage.type else ""
    return {
        "title": inert(passage.title, _TITLE) or safe(texts.no_title),
        "sentence": inert(passage.sentence.replace("\n", ""), longest),
        "link": f'<a href="{escape(url)}">{safe(texts.source_button)}</a>' if url else "",
        "tags": " ".join(filter(None, map(_tag, (type_, passage.source or "")))),
        "date": date_of(passage.published, texts),
        "source": inert(passage.source or "", 60),
    }


def _tag(name: str) -> str:
    """A hashtag of a name; "" if nothing is left of it."""
    word = re.sub(r"\W", "", name)[:30]
    return f"#{word}" if word else ""
