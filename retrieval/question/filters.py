"""What narrows a search or a saved query: 来源:…, 分类:… and 地区:… among its words."""

import re
from dataclasses import replace

from corpus.chinese import simplified
from corpus.reading.places import place_named
from corpus.store.values import Filters


def narrowed(text: str) -> tuple[str, Filters]:
    """The words of `text`, and what the others narrow it to; a place as it is written.

    >>> narrowed("骗取退税 地区：广东")
    ('骗取退税', Filters(since=None, until=None, source=None, category=None, place='广东'))
    """
    words: list[str] = []
    found: dict[str, str] = {}
    for word in simplified(text).split():
        if match := re.fullmatch(r"(来源|分类|地区)[:：](.+)", word):
            found[match[1]] = match[2]
        else:
            words.append(word)
    return " ".join(words), Filters(
        source=found.get("来源"), category=found.get("分类"), place=found.get("地区")
    )


def located(filters: Filters) -> Filters | None:
    """`filters` with the full name of their place, None if there is no such place."""
    if filters.place is None:
        return filters
    place = place_named(filters.place)
    return replace(filters, place=place) if place else None
