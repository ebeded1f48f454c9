"""Conversion between Traditional and Simplified Chinese."""

from functools import lru_cache

import opencc


def is_traditional(text: str) -> bool:
    """Whether whoever wrote `text` writes Traditional Chinese.

    Some characters, as 台 and 后, are at home in both scripts: the majority decides.
    """
    traditional, simplified = (
        sum(a != b for a, b in zip(text, converter(c).convert(text), strict=False))
        for c in ("t2s", "s2t")
    )
    return bool(traditional > simplified)


def simplified(text: str) -> str:
    """`text` in Simplified Chinese."""
    return str(converter("t2s").convert(text))


@lru_cache
def converter(configuration: str) -> opencc.OpenCC:
    return opencc.OpenCC(configuration)
