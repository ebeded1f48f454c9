"""A question typed in pinyin (geshui qizhengdian), in the characters that it stands for."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import product

from retrieval.text import analyzer, synonyms
from retrieval.text.sounds import sound, sounds

_PINYIN = re.compile(r"[a-zü][a-zü' ]{4,98}[?]?")
_CHINESE = re.compile(r"[一-鿿]{2,8}")

# What stands beside the terms of a question: words that ask, and what is done.
_BESIDE = (
    "多少 多少钱 怎么 怎么办 怎么样 什么 什么时候 哪些 哪里 如何 多久 几个 是多少 有哪些 可以 需要"
    " 条件 标准 时间 政策 规定 交 缴 领 退 查 办 开 算 补 扣 要 吗 的 有 是 和"
).split()

_MOST_READINGS = 16
"""Of a word whose characters may be read in more ways, the first of these are known."""


def in_characters(normal: str) -> str:
    """A normalised question as it is, or in characters if it is nothing but the pinyin of terms of
    taxation, and of words that ask beside them. The fewest words that spell it are meant."""
    if not _PINYIN.fullmatch(normal):
        return normal
    typed = re.sub("[ '?]", "", normal).replace("ü", "v")
    best: list[tuple[int, list[str]] | None] = [(0, []), *[None] * len(typed)]
    longest = _longest()
    for end in range(1, len(typed) + 1):
        for start in range(max(0, end - longest), end):
            before, word = best[start], _words().get(typed[start:end])
            known = best[end]
            if before and word and (known is None or before[0] + 1 < known[0]):
                best[end] = (before[0] + 1, [*before[1], word])
    _, words = best[-1] or (0, [])
    return "".join(words) if set(words).difference(_BESIDE) else normal


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    """The words by their spellings; of words that are spelled alike those that ask, then those of
    the dictionary of taxation."""
    words: dict[str, str] = {}
    for word in _known():
        for spelling in _spellings(word):
            words.setdefault(spelling, word)
    return words


@lru_cache(maxsize=1)
def _longest() -> int:
    return max(map(len, _words()))


def _known() -> Iterable[str]:
    yield from _BESIDE
    terms = (*analyzer.tax_words(), *synonyms.load().names())
    yield from (term for term in terms if _CHINESE.fullmatch(term))


def _spellings(word: str) -> Iterator[str]:
    """How a word may be typed: ü as v or u, and without the tones."""
    readings = product(*(sorted(sounds(one), key=sound(one).__ne__) for one in word))
    for number, reading in enumerate(readings):
        if number == _MOST_READINGS:
            return
        spelling = "".join(reading)
        yield spelling
        yield re.sub("([ln])v", r"\1u", spelling)
