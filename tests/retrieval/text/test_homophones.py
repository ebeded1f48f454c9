"""Homophones typed for a term of the field, or for a word that the corpus writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.homophones import Typos

TERMS = ["增值税", "虚开发票", "留抵退税", "骗取出口退税", "发票"]
CORPUS = "增值税发票虚开发票留抵退税骗取出口退税，飘扬，增加繁殖，底下"


def typos(corpus: str = CORPUS, **written: int) -> Typos:
    return Typos(
        TERMS, lambda pairs: [pair in corpus for pair in pairs], lambda word: written.get(word, 0)
    )


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
    corrector = Typos(terms, lambda pairs: [pair in corpus for pair in pairs], lambda word: 0)
    assert corrector.correct("对老实交税的人") == "对老实交税的人"
    assert corrector.correct("增殖税") == "增值税"


def test_a_term_that_the_corpus_lacks_is_not_what_was_meant() -> None:
    assert typos("飘扬").correct("虚开发飘") == "虚开发飘"


def test_a_word_that_shares_no_character_with_the_term_is_another_word() -> None:
    assert typos().correct("法票") == "发票"
    assert typos().correct("罚漂") == "罚漂"


def test_a_seller_is_no_buyer_though_they_sound_alike() -> None:
    corrector = Typos(["买发票"], lambda pairs: [p in "买发票" for p in pairs], lambda word: 99)
    assert corrector.correct("卖发票的人") == "卖发票的人"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("那位客虎的功司", "那位客户的公司"),
        ("青害一家公司", "青海一家公司"),
        ("检察远", "检察院"),  # a piece beside a word
        ("客虎", "客户"),
        ("客户的客虎", "客户的客户"),
        ("批良发票", "批良发票"),  # the corpus has no 批量
        ("除口", "除口"),  # 除 stands beside any word
        ("我的功丝", "我的功丝"),  # one character of two
        ("客虎😀％２０２１客虎", "客户😀％２０２１客户"),
    ],
)
def test_a_piece_of_no_word_is_read_as_the_word_that_it_sounds_like(typed: str, meant: str) -> None:
    corrector = typos(客户=50, 公司=900, 青海=10, 检察院=30, 出口=60)
    assert corrector.correct(typed) == meant


def test_the_more_frequent_word_is_what_was_meant() -> None:
    assert typos(公司=50, 公私=20).correct("公撕") == "公司"
    assert typos(公司=20, 公私=50).correct("公撕") == "公私"


def test_a_word_that_the_corpus_hardly_writes_is_not_what_was_meant() -> None:
    assert typos(客户=9).correct("客虎") == "客虎"


def test_a_pair_that_the_corpus_writes_is_a_name_perhaps_and_no_error() -> None:
    assert typos(CORPUS + "陕西盛帆", 陕西省=99).correct("陕西盛帆") == "陕西盛帆"
    assert typos(陕西省=99).correct("陕西盛") == "陕西省"


@pytest.mark.parametrize("typed", ["郭强偷税", "张艺兴", "李薇偷税"])
def test_a_person_who_is_not_in_the_corpus_is_no_other_person(typed: str) -> None:
    corrector = typos(国强=90, 张艺星=90, 一行=90, 李伟=90)
    assert corrector.correct(typed) == typed


def test_a_question_of_nothing_but_errors_is_read_in_one_pass() -> None:
    assert typos().correct("虚开发飘增殖税" * 2000) == "虚开发票增值税" * 2000


@given(st.text(st.sampled_from("增殖值税虚开发飘票留底抵退，a1😀"), max_size=30))
def test_a_correction_keeps_the_length_and_needs_no_other(text: str) -> None:
    corrected = typos().correct(text)
    assert len(corrected) == len(text)
    assert typos().correct(corrected) == corrected


def test_what_people_say_is_meant_where_what_is_written_for_it_is_told() -> None:
    def correct(*texts: str) -> str:
        corpus = {text[i : i + 2] for text in texts for i in range(len(text) - 1)}
        corrector = Typos(
            ["炒股"],
            lambda pairs: [pair in corpus for pair in pairs],
            lambda word: 0,
            {"炒股": ["证券交易"]}.__getitem__,
        )
        return corrector.correct("抄股要交税")

    assert correct("证券交易") == "炒股要交税"
    assert correct("房屋租赁") == "抄股要交税"


@pytest.mark.parametrize("typed", ["打几折", "算谁的", "水管漏水了", "还会涨"])
def test_usual_words_and_words_of_asking_are_meant_as_they_are_typed(typed: str) -> None:
    terms = ["打给", "算税", "漏税"]
    known = {*terms, "水管"}
    corrector = Typos(terms, lambda pairs: [pair in known for pair in pairs], lambda word: 90)
    assert corrector.correct(typed) == typed
