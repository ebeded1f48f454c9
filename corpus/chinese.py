"""Conversion between Traditional and Simplified Chinese."""

from functools import lru_cache

import opencc


def is_traditional(text: str) -> bool:
    """Whether whoever wrote `text` writes Traditional Chinese.

    Some characters, as 台 and 后, are at home in both scripts: the majority decides.
    """
    traditional = _changed_by("t2s", text)
    # The phrases of "s2t" hold 42 MB: they are read for whoever writes a Traditional character.
    return traditional > 0 and traditional > _changed_by("s2t", text)


def _changed_by(configuration: str, text: str) -> int:
    converted = converter(configuration).convert(text)
    return sum(a != b for a, b in zip(text, converted, strict=False))


def simplified(text: str) -> str:
    """`text` in Simplified Chinese."""
    return str(converter("t2s").convert(text))


@lru_cache
def converter(configuration: str) -> opencc.OpenCC:
    return opencc.OpenCC(configuration)
