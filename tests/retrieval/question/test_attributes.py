"""What a question asks of its subject."""

import pytest

from retrieval.question.attributes import attributes
from retrieval.text import analyzer


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("残保金的征收比例是多少", ["比例"]),
        ("宣传周的主题是什么", ["主题"]),
        ("花了多少经费", ["经费"]),
        ("退税单怎么补办", ["退税", "补办"]),
        ("多少钱", []),
        ("增值税", []),
    ],
)
def test_what_stands_beside_the_word_of_asking_is_asked_for(
    question: str, asked: list[str]
) -> None:
    found = [words[0] for words in attributes(analyzer.normalise(question), {})]
    assert set(asked) <= set(found)
    assert bool(asked) == bool(found)


def test_an_attribute_has_the_other_names_of_its_word() -> None:
    assert attributes("征收比例是多少", {"征收比例": ("税率",)}) == (("比例", "税率"),)
