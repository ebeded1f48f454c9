"""What a question asks of its subject: the nouns and verbs beside the words of asking.

Of 残保金征收比例是多少 比例, of 衣柜是什么牌子 牌子.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from retrieval.text import analyzer

_ASKING = re.compile(r"多[少久大长高]|几|什么|啥|哪|怎|如何|咋|谁|[何啥]时")
_MARKS = frozenset(",。;:?! ")
_FARTHEST = 4  # words

Attribute = tuple[str, ...]
"""A word, then the other names that it has."""


def attributes(normal: str, synonyms: Mapping[str, Sequence[str]]) -> tuple[Attribute, ...]:
    """What a normalised question asks of its subject; `synonyms` are those of its words."""
    words = analyzer.tagged(normal)
    found: dict[str, Attribute] = {}
    for place, (word, _) in enumerate(words):
        if _ASKING.match(word):
            for asked in (_first(words[:place][::-1]), _first(words[place + 1 :])):
                others = (
                    n for typed, ns in synonyms.items() if asked and asked in typed for n in ns
                )
                if asked:
                    found[asked] = (asked, *others)
    return tuple(found.values())


def _first(words: Sequence[tuple[str, str]]) -> str | None:
    """The first noun or verb of some words, of two characters and more, before any mark."""
    return next(_content(words[:_FARTHEST]), None)


def _content(words: Sequence[tuple[str, str]]) -> Iterator[str]:
    for word, tag in words:
        if word in _MARKS:
            return
        if tag[0] in "nv" and len(word) > 1:
            yield word
