"""What narrows a search or a saved query: 来源:…, 分类:…, 地区:… and 类型:… among its words."""

import re
from dataclasses import replace

from corpus.chinese import simplified
from corpus.reading.places import place_named
from corpus.reading.post_types import type_named
from corpus.store.values import Filters


def narrowed(text: str) -> tuple[str, Filters]:
    """The words of `text`, and what the others narrow it to; a place as it is written. The name
    of no type remains among the words.

    >>> words, filters = narrowed("骗取退税 地区：广东 类型:案例")
    >>> words, filters.place, filters.type
    ('骗取退税', '广东', 'case')
    """
    words: list[str] = []
    found: dict[str, str] = {}
    for word in simplified(text).split():
        match = re.fullmatch(r"(来源|分类|地区|类型)[:：](.+)", word)
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


def located(filters: Filters) -> Filters | None:
    """`filters` with the full name of their place, None if there is no such place."""
    if filters.place is None:
        return filters
    place = place_named(filters.place)
    return replace(filters, place=place) if place else None
