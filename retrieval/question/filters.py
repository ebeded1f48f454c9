"""What narrows a search or a saved query: 来源:…, 分类:…, 地区:… and 类型:… among its words, and a
time in any form."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches

from corpus.chinese import simplified
from corpus.reading.places import place_named
from corpus.reading.post_types import type_named
from corpus.store.values import Filters
from retrieval.question.requests import subject_of_news
from retrieval.question.times import Span, times_in, without_times
from retrieval.text.entities import ALL_SURNAMES


def narrowed(text: str) -> tuple[str, Filters]:
    """The words of `text`, and what the others narrow it to; a place as it is written. The name
    of no type remains among the words.

    >>> words, filters = narrowed("骗取退税 地区：广东 类型:案例")
    >>> words, filters.place, filters.type
    ('骗取退税', '广东', 'case')
    """
    words: list[str] = []
    found: dict[str, str] = {}
    for word in _joined(simplified(unicodedata.normalize("NFKC", text))).split():
        match = re.fullmatch(r"(来源|分类|地区|类型):(.+)", word)
        if match and (match[1] != "类型" or type_named(match[2])):
            found[match[1]] = match[2]
        else:
            words.append(word)
    return " ".join(words), Filters(
        source=found.get("来源"),
        category=found.get("分类"),
        place=found.get("地区"),
        type=type_named(found.get("类型", "")),
    )


_YEAR_ALONE = re.compile(r"(?<!\S)((?:19|20)\d\d)(?!\S)", re.ASCII)


def timed(text: str, today: date) -> tuple[str, Filters]:
    """As `narrowed`, with the time that `text` names, by `today`: one that stands by itself, or
    says when a post was published (去年7月公布的).

    >>> words, filters = timed("骗取退税 去年一季度", date(2026, 11, 28))
    >>> words, str(filters.since), str(filters.until)
    ('骗取退税', '2025-01-01', '2025-03-31')
    """
    words, filters = narrowed(text)
    plain = _YEAR_ALONE.sub(r"\1年", words)
    spans = [span for span in times_in(plain.lower(), today) if _is_condition(plain, span)]
    if not spans:
        return words, filters
    plain = without_times(plain, spans)
    if any(span.is_of_post for span in spans):
        plain = subject_of_news(plain)
    last = spans[-1]
    return " ".join(plain.split()).strip("的 "), replace(
        filters, since=last.since, until=last.until
    )


def _is_condition(text: str, span: Span) -> bool:
    """Whether a time stands by itself, or says when a post was published."""
    is_begun = not text[: span.start].rstrip("\n") or text[span.start - 1].isspace()
    is_ended = text[span.end :].removeprefix("的")[:1].strip() == ""
    return span.is_of_post or (is_begun and is_ended)


def with_full_place(filters: Filters) -> Filters | None:
    """`filters` with the full name of their place, None if there is no such place."""
    if filters.place is None:
        return filters
    place = place_named(filters.place)
    return replace(filters, place=place) if place else None


_MOST_NEAR, _MOST_LISTED = 3, 8


@dataclass(frozen=True, slots=True)
class Names:
    """The media that the corpus has, and the names of its categories by their codes: those of the
    most posts first."""

    sources: Sequence[str]
    categories: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class UnknownFilter:
    """A filter that admits no post whatever is asked: its `kind` is "place", "source" or
    "category". `names` are those nearest to its value if it `is_near`, else the commonest."""

    kind: str
    value: str
    names: tuple[str, ...] = ()
    is_near: bool = False


def unknown_in(filters: Filters, names: Names) -> UnknownFilter | None:
    """The first of `filters` that names what does not exist; None if all do."""
    if with_full_place(filters) is None:
        return UnknownFilter("place", filters.place or "")
    source, category = filters.source, filters.category
    if source is not None and not any(source in name for name in names.sources):
        return _unknown("source", source, names.sources)
    called = list(dict.fromkeys(names.categories.values()))
    if category is not None and category not in (*names.categories, *called):
        codes = get_close_matches(category.lower(), names.categories, _MOST_NEAR, cutoff=0.5)
        near = dict.fromkeys(names.categories[code] for code in codes)
        if near:
            return UnknownFilter("category", category, tuple(near), is_near=True)
        return _unknown("category", category, called)
    return None


def _unknown(kind: str, value: str, names: Sequence[str]) -> UnknownFilter:
    near = [name for name in names if value in name][:_MOST_NEAR]
    near = near or get_close_matches(value.lower(), names, _MOST_NEAR, cutoff=0.5)
    return UnknownFilter(kind, value, tuple(near or names[:_MOST_LISTED]), is_near=bool(near))


_PARTED = re.compile(r"(?<![\w:])([一-鿿])[ ·•・]+([一-鿿]{1,2})(?![\w:])")


def _joined(text: str) -> str:
    """`text` with names in one piece that are written apart: 黄 薇 and 黄·薇 are 黄薇."""
    return _PARTED.sub(
        lambda match: match[1] + match[2] if match[1] in ALL_SURNAMES else match[0], text
    )
