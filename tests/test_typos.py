"""Homophones typed for a term of the field."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.typos import Typos

TERMS = ["增值税", "虚开发票", "留抵退税", "骗取出口退税", "发票"]
CORPUS = "增值税发票虚开发票留抵退税骗取出口退税，飘扬，增加繁殖，底下"


def typos(corpus: str = CORPUS) -> Typos:
    return Typos(TERMS, lambda pairs: [pair in corpus for pair in pairs])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("增殖税怎么交", "增值税怎么交"),
        ("虚开发飘", "虚开发票"),
        ("留底退税", "留抵退税"),
        ("增殖税和留底退税", "增值税和留抵退税"),
        ("增值税", "增值税"),
        ("", ""),
        ("2021%😀", "2021%😀"),
    ],
)
def test_a_homophone_is_read_as_the_term(typed: str, meant: str) -> None:
    assert typos().correct(typed) == meant


def test_what_the_corpus_knows_is_left_as_it_was_typed() -> None:
    assert typos(CORPUS + "增殖税").correct("增殖税") == "增殖税"


def test_a_word_that_the_corpus_writes_is_no_typing_error_of_another() -> None:
    terms, corpus = ["老实缴税", "增值税"], "老实缴税交税增值税"
    corrector = Typos(terms, lambda pairs: [pair in corpus for pair in pairs])
    assert corrector.correct("对老实交税的人") == "对老实交税的人"
    assert corrector.correct("增殖税") == "增值税"


def test_a_term_that_the_corpus_lacks_is_not_what_was_meant() -> None:
    assert typos("飘扬").correct("虚开发飘") == "虚开发飘"


def test_a_word_that_shares_no_character_with_the_term_is_another_word() -> None:
    assert typos().correct("法票") == "发票"
    assert typos().correct("罚漂") == "罚漂"


@given(st.text(st.sampled_from("增殖值税虚开发飘票留底抵退，a1😀"), max_size=30))
def test_a_correction_keeps_the_length_and_needs_no_other(text: str) -> None:
    corrected = typos().correct(text)
    assert len(corrected) == len(text)
    assert typos().correct(corrected) == corrected
