"""Where a text holds phrases of a list."""

import re

from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.phrases import Phrases

letters = st.text("税票罚个", min_size=1, max_size=4)


def test_the_longest_phrase_is_found_from_the_left() -> None:
    phrases = Phrases(["个税", "个税起征点", "起征点", "税局"])
    assert list(phrases.found("问个税起征点，去个税局")) == ["个税起征点", "个税"]


def test_a_space_takes_the_place_of_each_phrase() -> None:
    assert Phrases(["来着", "说白了"]).without("说白了印花税几个点来着") == " 印花税几个点 "


def test_no_phrases_leave_a_text_as_it_is() -> None:
    assert Phrases([]).without("印花税") == "印花税"


@given(st.lists(letters, max_size=8), st.text("税票罚个，", max_size=30))
def test_phrases_are_found_as_an_expression_of_them_all_finds_them(
    phrases: list[str], text: str
) -> None:
    expression = "|".join(map(re.escape, sorted(set(phrases), key=len, reverse=True))) or "(?!)"
    assert list(Phrases(phrases).spans(text)) == [m.span() for m in re.finditer(expression, text)]
