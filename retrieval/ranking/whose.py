"""Is a story of another person than the question names? Of who helped him, or told on him."""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from retrieval.text import analyzer
from retrieval.text.entities import begins_as_name, is_entity, persons


@lru_cache(maxsize=4096)
def persons_of(normal: str) -> frozenset[str]:
    """The persons that a normalised text names: of each what the dictionary has, or the surname
    and the next character."""
    tagged = analyzer.tagged(normal)
    known = (w for w, tag in tagged if tag.startswith("nr") and is_entity(w, tag))
    names = {name for name in known if begins_as_name(name)}
    return frozenset(names | {name for _, name in persons(tagged)})


def is_of_other_person(asked: Collection[str], texts: Sequence[str]) -> bool:
    """Whether the title, the first of some normalised texts of a story, names a person and none
    of those asked for; nor is one of these another name of that person: 黄薇(网名:薇娅)."""
    title, *others = texts
    if any(name in title for name in asked):
        return False
    named = persons_of(title)
    return bool(named) and not any(
        re.search(rf"{re.escape(name)}[^(,。]{{0,2}}\([^()]*{re.escape(one)}", text)
        for name in named
        for one in asked
        for text in others
    )
