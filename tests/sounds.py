"""The sounds of characters, as pypinyin has them.

    python -m tests.sounds

writes them anew into retrieval/text/sounds.tsv, where a start reads them in a hundredth of the time
that pypinyin takes to load.
"""

from collections import Counter, defaultdict
from pathlib import Path

from pypinyin import lazy_pinyin
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.phrases_dict import phrases_dict

import retrieval.text

TABLE = Path(retrieval.text.__path__[0]) / "sounds.tsv"
LEAST = 2
"""In how many of pypinyin's phrases a character has a sound, if it is in use."""

HEAD = """\
# Made by `python -m tests.sounds` from pypinyin. A line a sound, without its tone: the characters
# of GB 2312 that mostly have it, then those that have it in some words.
"""


def table() -> str:
    """The text of sounds.tsv."""
    characters = gb2312()
    usual = dict(zip(characters, lazy_pinyin(list(characters)), strict=True))
    mostly: defaultdict[str, list[str]] = defaultdict(list)
    sometimes: defaultdict[str, list[str]] = defaultdict(list)
    times = _times_in_phrases()
    for character in characters:
        mostly[usual[character]].append(character)
        for sound, count in times[character].items():
            if count >= LEAST and sound != usual[character]:
                sometimes[sound].append(character)
    lines = [
        "\t".join((sound, "".join(mostly[sound]), "".join(sometimes[sound]))).rstrip("\t")
        for sound in sorted({*mostly, *sometimes})
    ]
    return HEAD + "\n".join(lines) + "\n"


def gb2312() -> str:
    """The 6,763 characters in common use."""
    rows, cells = range(0xB0, 0xF8), range(0xA1, 0xFF)
    codes = (bytes((row, cell)) for row in rows for cell in cells)
    return "".join(code.decode("gb2312", errors="ignore") for code in codes)


def _times_in_phrases() -> defaultdict[str, Counter[str]]:
    """By character, in how many phrases it has which sound."""
    times: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for phrase, sounds in phrases_dict.items():
        for character, [toned, *_] in zip(phrase, sounds, strict=False):
            times[character][to_normal(toned, v_to_u=False).replace("ü", "v")] += 1
    return times


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
