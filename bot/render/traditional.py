"""Simplified → Traditional Chinese, characters only: no word is replaced by another.

OpenCC chooses a character by the phrases around it, and takes for a phrase what lies across two
words: 办理发票 has 理发 in it. So it is given one word of our segmentation at a time. What it
then gets wrong are terms of taxation, which stand in a list, and names: in those a character that
Traditional texts have too is left alone.
"""

import re
from functools import lru_cache

from corpus.chinese import converter
from corpus.reading.places import place_named
from retrieval.text import analyzer, entities

_TERMS = {
    "复议": "復議",
    "汇算": "匯算",
    "冲红": "沖紅",
    "红冲": "紅沖",
    "冲减": "沖減",
    "冲抵": "沖抵",
    "冲账": "沖賬",
    "冲回": "沖回",
    "冲正": "沖正",
    "制发": "製發",
}
"""Terms of taxation and accounting that OpenCC writes otherwise."""

_TERM = re.compile("|".join(_TERMS))
_HAN = re.compile(r"[㐀-䶿一-鿿]+")
_UNNAMED = re.compile(r"([一-鿿])某(?![年月日天时次个些种类项地市县区省国处家公企单平机部门局所])")
_SURNAMES = entities.ALL_SURNAMES | frozenset("党种朴")
_NEVER_IN_NAMES = frozenset("万宁云")
"""In names always 萬, 寧, 雲, though Traditional texts have these characters too."""


def in_traditional(text: str) -> str:
    """`text` with the characters of Traditional Chinese, as people in Taiwan write (為, not 爲)."""
    return _COUNTED.sub(r"\1隻", _HAN.sub(lambda match: _converted(match[0]), text))


_COUNTED = re.compile(r"(?<=\d)(\s?)只(?![有要是能可需])")


@lru_cache(maxsize=4096)
def _converted(run: str) -> str:
    """One run of Chinese characters."""
    words = analyzer.tagged(run)
    convert = converter("s2tw").convert
    characters = list("".join(_same_length(word, convert(word)) for word, _ in words))
    starts = _starts(words)
    for match in _TERM.finditer(run):
        start, end = match.span()
        if {start, end} <= starts or not starts & set(range(start, end + 1)) - {start, end}:
            characters[start:end] = _TERMS[match[0]]
    for at in _in_names(run, words):
        characters[at] = run[at]
    return "".join(characters)


def _same_length(word: str, converted: str) -> str:
    return converted if len(converted) == len(word) else word


def _starts(words: analyzer.Tagged) -> set[int]:
    """Where words begin and end."""
    at, starts = 0, {0}
    for word, _ in words:
        at += len(word)
        starts.add(at)
    return starts


def _in_names(run: str, words: analyzer.Tagged) -> set[int]:
    """Where characters of people's names stand that Traditional texts have too: 于, 余, 范."""
    starts = _starts(words)
    found: set[int] = set()
    for match in _UNNAMED.finditer(run):
        if match.start() in starts and match[1] in _SURNAMES:
            found |= _left_alone(run, match.start(), match.start() + 1)
    at = 0
    for word, tag in analyzer.guessed(run):
        if tag.startswith(("nr", "ns")) and entities.begins_as_name(word) and not _is_place(word):
            found |= _left_alone(run, at, at + len(word))
        at += len(word)
    return found


def _is_place(word: str) -> bool:
    return word[-1] in "区县市镇乡村" or place_named(word) is not None


def _left_alone(run: str, start: int, end: int) -> set[int]:
    """Where between these a name is to stay as it is."""
    return {
        at
        for at in range(start, end)
        if run[at] not in _NEVER_IN_NAMES and _is_traditional_too(run[at])
    }


def _is_traditional_too(character: str) -> bool:
    """Whether Big5, the charset of Traditional Chinese, has the character."""
    try:
        character.encode("big5")
    except UnicodeEncodeError:
        return False
    return True
