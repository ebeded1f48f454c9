"""How characters sound, without their tones: 税 is shui, 行 is xing, in some words hang.

`sounds.tsv` is made from pypinyin, which takes a tenth of a second to load; `tests/sounds.py` makes
it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files


def sound(character: str) -> str:
    """The usual sound of a character; the character itself if it is not in common use."""
    return _table().usual.get(character, character)


def sounds(character: str) -> frozenset[str]:
    """All sounds of a character, in some words only too; the character itself if it is not in
    common use."""
    return _table().sounds.get(character) or frozenset(character)


def sounding_like(character: str) -> str:
    """The characters in common use whose usual sound is that of one, itself among them."""
    table = _table()
    return table.sounding[table.usual[character]] if character in table.usual else ""


_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("l", "n"), ("ing", "in"),
         ("eng", "en"), ("ang", "an"))  # fmt: skip
"""Sounds that many speakers don't tell apart: beginnings, or ends, and what stands for them."""


def sounding_nearly_like(character: str) -> str:
    """The characters whose usual sound is nearly that of one: zh for z, n for l, ing for in."""
    table = _table()
    typed = table.usual.get(character)
    return "".join(table.sounding.get(near, "") for near in _near(typed)) if typed else ""


def _near(typed: str) -> list[str]:
    """The sounds that are taken for one."""
    found = []
    for one, other in _NEAR:
        for part, instead in ((one, other), (other, one)):
            if part[0] in "aei" and typed.endswith(part):
                found.append(typed.removesuffix(part) + instead)
            elif part[0] not in "aei" and typed.startswith(part):
                found.append(instead + typed.removeprefix(part))
    return list(dict.fromkeys(sound for sound in found if sound != typed))


def may_sound_alike(text: str, other: str) -> bool:
    """Whether each character of a text has a sound in common, be it in some words only, with the
    one in its place in another of the same length."""
    pairs = zip(text, other, strict=True)
    return all(one == its or not sounds(one).isdisjoint(sounds(its)) for one, its in pairs)


@dataclass(frozen=True)
class _Table:
    usual: Mapping[str, str]  # by character
    sounding: Mapping[str, str]  # characters by their usual sound
    sounds: Mapping[str, frozenset[str]]  # all of a character


@lru_cache(maxsize=1)
def _table() -> _Table:
    text = (files("retrieval.text") / "sounds.tsv").read_text(encoding="utf-8")
    usual: dict[str, str] = {}
    sounding: dict[str, str] = {}
    sounds: dict[str, frozenset[str]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        name, mostly, sometimes, *_ = [*line.split("\t"), ""]
        sounding[name] = mostly
        usual |= dict.fromkeys(mostly, name)
        alone = frozenset({name})
        for character in mostly + sometimes:
            sounds[character] = sounds[character] | alone if character in sounds else alone
    return _Table(usual, sounding, sounds)
