"""Text → terms."""

import unicodedata

import jieba
import pytest
import rjieba
from hypothesis import given
from hypothesis import strategies as st

from corpus.reading.post_files import load
from retrieval.text import analyzer
from tests.conftest import SAMPLE

AWKWARD = [
    "2021年全年为287万户次纳税人自动发放发票，比例超过70%。",
    "《增值税法》２０２６年１月１日起施行；寧波甬九財稅幫客戶虛列費用",
    "骗取留抵退税16.33万元😀𠮷野家，iPhone15、ＥＴＣ与COVID-19 a_b c-d",
    "",
    "　\t\n",
    "%%%%《》“”‘’（）",
    "é e\u0301 ﬁ ½ ㊗ ① Ⅷ",
]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ＡＢＣ", "abc"),
        ("寧波甬九財稅幫客戶虛列費用", "宁波甬九财税帮客户虚列费用"),
        ("３２％", "32%"),
        ("", ""),
        ("😀𠮷", "😀𠮷"),
    ],
)
def test_width_case_and_script_are_normalised(text: str, normal: str) -> None:
    assert analyzer.normalise(text) == normal


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("１０００万", "1000万"),
        ("1千万", "1000万"),
        ("1千万元", "1000万元"),
        ("5千元", "5000元"),
        ("2.5千亿元", "2500亿元"),
        ("五千元", "5000元"),
        ("百分之五", "5%"),
        ("第六十三条", "第63条"),
        ("三亚一般十分", "三亚一般十分"),
    ],
)
def test_numbers_are_written_in_one_form(text: str, normal: str) -> None:
    assert analyzer.normalise(text) == normal


def test_a_flood_of_digits_takes_no_longer_than_other_text() -> None:
    flood = "1" * 200_000  # took twenty minutes where each digit was a beginning
    assert analyzer.normalise(f"{flood} 1千万元") == f"{flood} 1000万元"


def test_rjieba_cuts_exactly_as_jieba_does_with_our_dictionary() -> None:
    theirs = jieba.Tokenizer()
    theirs.initialize()
    ours = rjieba.Jieba()
    for word in analyzer.tax_words():
        frequency = ours.suggest_freq(word)
        ours.add_word(word, frequency, None)
        theirs.add_word(word, frequency)
    texts = [p.text for path in SAMPLE.rglob("*.md") for p in load(path).paragraphs] + AWKWARD
    for text in map(analyzer.normalise, texts):
        expected = [w for w in theirs.cut_for_search(text, HMM=False) if w[0].isalnum()]
        actual = [w for w in ours.cut_for_search(text, hmm=False) if w[0].isalnum()]
        assert actual == expected


def test_the_tax_dictionary_has_each_word_once_and_keeps_it_whole() -> None:
    words = analyzer.tax_words()
    assert sorted(set(words)) == sorted(words)
    for word in words:
        assert word in analyzer.words(word)


@given(st.text())
def test_the_short_cut_to_half_width_is_nfkc(text: str) -> None:
    assert analyzer._half_width(text) == unicodedata.normalize("NFKC", text)


@given(st.text())
def test_sentences_cover_the_text_without_gap_or_overlap(text: str) -> None:
    spans = analyzer.sentences(text)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(start < end for start, end in spans)


def test_a_sentence_keeps_the_closing_quote_and_does_not_end_at_a_decimal_point() -> None:
    text = "“核对一下就能提交。”林某说。补税1.5万元！后来呢？"
    assert [text[a:b] for a, b in analyzer.sentences(text)] == [
        "“核对一下就能提交。”",
        "林某说。",
        "补税1.5万元！",
        "后来呢？",
    ]


@given(st.one_of(st.text(), st.sampled_from(AWKWARD)))
def test_terms_are_words_without_white_space(text: str) -> None:
    for word in analyzer.words(text):
        assert word
        assert word[0].isalnum()
        assert not any(c.isspace() for c in word)
