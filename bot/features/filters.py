"""Filters with an unknown place, medium or category: refused, with the nearest names or a list."""

import asyncio
import re

from bot.chat.service import Service
from bot.render.message import held
from bot.render.texts import Texts
from corpus.reading import post_types
from corpus.store.values import Filters
from retrieval.question.filters import UnknownFilter, unknown_in


async def unknown_filters(
    service: Service, filters: Filters, texts: Texts, *, words: str = ""
) -> str | None:
    """What to say where a place, medium, category or type does not exist; None if all do.

    The name of no type is still among the `words`.
    """
    if match := re.search(r"类型:(\S*)", words):
        known = texts.comma.join(post_types.NAMES.values())
        said = texts.type_unknown.format(value=match[1])
        return said + texts.filter_list.format(names=known)
    if not filters.narrow:
        return None
    names = await asyncio.to_thread(service.library.names)
    unknown = unknown_in(filters, names)
    return _refusal(unknown, texts) if unknown else None


async def commonest_category(service: Service) -> str:
    """The name of the category of the most posts, as an example; "…" without any."""
    names = await asyncio.to_thread(service.library.names)
    return held(next(iter(names.categories.values()), "…"))


def _refusal(unknown: UnknownFilter, texts: Texts) -> str:
    if unknown.kind == "place":
        return texts.place_unknown.format(place=unknown.value)
    says = texts.source_unknown if unknown.kind == "source" else texts.category_unknown
    said = says.format(value=unknown.value)
    if not unknown.names:
        return said
    hint = texts.filter_near if unknown.is_near else texts.filter_list
    return said + hint.format(names=held(texts.comma.join(unknown.names)))
