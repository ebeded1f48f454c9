"""How characters sound."""

import pytest
from pypinyin import lazy_pinyin

from retrieval.text.sounds import (
    may_sound_alike,
    sound,
    sounding_like,
    sounding_nearly_like,
)
from tests import sounds


def test_the_table_is_what_pypinyin_says() -> None:
    assert sounds.TABLE.read_text(encoding="utf-8") == sounds.table()


def test_each_character_in_common_use_has_its_usual_sound() -> None:
    characters = list(sounds.gb2312())
    assert len(characters) == 6763
    assert [sound(character) for character in characters] == lazy_pinyin(characters)


def test_characters_of_a_sound_are_found_by_each_of_them() -> None:
    assert "票" in sounding_like("飘")
    assert "飘" in sounding_like("票")
    assert sounding_like("a") == ""


@pytest.mark.parametrize(
    ("one", "other", "is_so"),
    [
        ("值", "殖", True),
        ("航", "行", True),
        ("形", "行", True),
        ("税", "瑞", False),
        ("x", "x", True),
        ("增殖税", "增值税", True),
        ("增殖税", "增值瑞", False),
    ],
)
def test_characters_have_the_sounds_that_they_have_in_words(
    one: str, other: str, is_so: bool
) -> None:
    assert may_sound_alike(one, other) is is_so
    assert may_sound_alike(other, one) is is_so


@pytest.mark.parametrize(
    ("typed", "near"), [("张", "臧"), ("刘", "牛"), ("林", "凌"), ("英", "音"), ("陈", "程")]
)
def test_sounds_that_many_speakers_confuse_are_near(typed: str, near: str) -> None:
    assert near in sounding_nearly_like(typed)
    assert typed in sounding_nearly_like(near)
    assert typed not in sounding_nearly_like(typed)
