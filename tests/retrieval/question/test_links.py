"""The links in a message: where they begin and end, and what is left of the message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.reading.links import spellings
from retrieval.question.links import MOST, links_in


@pytest.mark.parametrize(
    ("text", "addresses", "rest"),
    [
        ("https://e.com/a.html", ["https://e.com/a.html"], ""),
        (" <HTTP://e.com/a.html> 。", ["http://e.com/a.html"], ""),
        ("tv.e.com/2024/1.shtml", ["http://tv.e.com/2024/1.shtml"], ""),
        ("www.e.com/a", ["http://www.e.com/a"], ""),
        ("https://e.com/a罚了多少？", ["https://e.com/a"], "罚了多少？"),
        ("是真的吗https://e.com/a.", ["https://e.com/a"], "是真的吗"),
        ("http://e.com/a http://e.com/b", ["http://e.com/a", "http://e.com/b"], ""),
        ("税率是1.5/2吗", [], "税率是1.5/2吗"),
        ("小李@e.com/税", [], "小李@e.com/税"),
        ("http://", [], "http://"),
    ],
)
def test_links_are_told_from_what_is_said_beside_them(
    text: str, addresses: list[str], rest: str
) -> None:
    assert links_in(text) == (addresses, rest)


def test_of_many_links_the_first_few_are_followed() -> None:
    addresses, rest = links_in(" ".join(f"http://e.com/{n}" for n in range(90)) + " 是什么")
    assert (addresses, rest) == ([f"http://e.com/{n}" for n in range(MOST)], "是什么")


@given(st.text(max_size=300))
def test_whatever_is_typed_has_links_or_is_left_as_it_is(text: str) -> None:
    addresses, rest = links_in(text)
    assert addresses or rest in {text.strip(), ""}


def test_spellings_of_an_address_begin_with_the_likeliest() -> None:
    spelt = spellings("http://www.e.com/a/?from=chat")
    assert spelt[0] == "http://www.e.com/a/?from=chat"
    assert spelt.index("https://e.com/a?from=chat") < spelt.index("https://e.com/a")
    assert {"http://e.com/a", "http://www.e.com/a/", "https://www.e.com/a"} < {*spelt}
    assert len(spelt) == len({*spelt})
