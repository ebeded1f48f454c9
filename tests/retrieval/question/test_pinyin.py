"""Questions typed in pinyin, as where no other keyboard is at hand."""

from pathlib import Path

import pytest

from retrieval.question.pinyin import in_characters
from tests.support.answering import OTHERS, corpus_of, post


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("yinhuashui", "印花税"),
        ("geshui qizhengdian", "个税起征点"),
        ("zengzhishui shuilv duoshao?", "增值税税率多少"),
        ("zengzhishui shuilü duoshao", "增值税税率多少"),
        ("qishui shenme shihou jiao", "契税什么时候交"),
    ],
)
def test_the_pinyin_of_terms_is_read_as_them(typed: str, meant: str) -> None:
    assert in_characters(typed) == meant


@pytest.mark.parametrize(
    "typed",
    ["hello there", "what is the rate of vat", "duoshao qian", "yinhuashui rate", "shui", "印花税"],
)
def test_what_is_not_all_pinyin_or_names_no_term_is_left_as_it_is(typed: str) -> None:
    assert in_characters(typed) == typed


def test_a_question_in_pinyin_gets_the_answer_of_its_characters(tmp_path: Path) -> None:
    rate = post("rate", "云岭印花税税率", "云岭的印花税税率为万分之三。")
    with corpus_of(tmp_path, rate, *OTHERS) as answerer:
        typed, written = map(answerer.ask, ("yinhuashui shuilv duoshao", "印花税税率多少"))
    assert typed.passages == written.passages != ()
