"""Simplified → Traditional, characters only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.traditional import in_traditional


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        (
            "办理发票，空白发票，受理发票申请",
            "辦理發票，空白發票，受理發票申請",
        ),  # no 理髮, no 白髮
        ("系统开发票，虚开发票罪", "系統開發票，虛開發票罪"),
        ("理发店里剪头发", "理髮店裡剪頭髮"),
        ("行政复议，反复议论，汇算清缴，征管法", "行政復議，反覆議論，匯算清繳，徵管法"),
        ("冲红，即征即退，制发文书", "沖紅，即徵即退，製發文書"),
        ("100余户企业的3只股票，余额", "100餘戶企業的3隻股票，餘額"),
        ("位于某市，发生于某年，对于某公司", "位於某市，發生於某年，對於某公司"),
        ("后来的皇后在里面", "後來的皇后在裡面"),
    ],
)
def test_words_are_converted_one_by_one(simplified: str, traditional: str) -> None:
    assert in_traditional(simplified) == traditional


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("于某偷税", "于某偷稅"),
        ("范某与于某某", "范某與于某某"),
        ("网络主播余洋被罚", "網絡主播余洋被罰"),
        ("会计涂静、郁某、党某", "會計涂靜、郁某、党某"),
        ("刘某、万某、宁某、钟某、叶某", "劉某、萬某、寧某、鍾某、葉某"),
        ("周杰伦和马云", "周杰倫和馬雲"),
    ],
)
def test_in_names_a_character_that_both_scripts_have_is_left_alone(
    simplified: str, traditional: str
) -> None:
    assert in_traditional(simplified) == traditional


def test_no_word_is_replaced_by_another() -> None:
    assert in_traditional("网络信息软件程序") == "網絡信息軟件程序"


@given(st.text(alphabet="发票理白于余范某洋征收复议冲红a1<&， 后里只", max_size=30))
def test_every_character_stays_in_its_place(text: str) -> None:
    assert len(in_traditional(text)) == len(text)
