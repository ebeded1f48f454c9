"""Numbers in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text import analyzer
from retrieval.text.numbers import in_one_form


@pytest.mark.parametrize(
    ("written", "one_form"),
    [
        ("百分之三十", "30%"),
        ("百分之零点五", "0.5%"),
        ("减按三成计入", "减按30%计入"),
        ("降了六个点", "降了6%"),
        ("一百八十三天", "183天"),
        ("次年三月一日至六月三十日", "次年3月1日至6月30日"),
        ("二〇二四年七月一日", "2024年7月1日"),
        ("判了八年五个月", "判了8年5个月"),
        ("一百零五名", "105名"),
        ("二十万户", "20万户"),
        ("20000元", "2万元"),
        ("10,000元", "1万元"),
        ("1000.50元", "1000.5元"),
        ("0.5万元", "5000元"),
        ("359.70万元", "359.7万元"),
        ("12600万元", "1.26亿元"),
        ("1亿600万元", "1.06亿元"),
        ("13万5千元", "13.5万元"),
        ("1.5万亿元", "1.5万亿元"),
        ("月销售额 10 万元", "月销售额 10万元"),
        ("减按 1 % 征收", "减按 1% 征收"),
        ("延续至 2027-12-31", "延续至 2027年12月31日"),
        ("2026-02-04起", "2026年2月4日起"),
    ],
)
def test_a_number_is_written_in_one_form(written: str, one_form: str) -> None:
    assert in_one_form(written) == one_form


@pytest.mark.parametrize(
    "amount", ["四百七十二点三三万元", "4723300元", "4,723,300元", "472.33万元", "472.330万元"]
)
def test_an_amount_is_the_same_however_it_is_written(amount: str) -> None:
    assert in_one_form(amount) == "472.33万元"


@pytest.mark.parametrize(
    "text",
    [
        "一起骗税",
        "三家公司",
        "千家万户",
        "九成新",
        "统一成立",
        "三成员",
        "百日攻坚",
        "三个点评",
        "编号2027-13-31",
    ],
)
def test_what_only_looks_like_a_number_is_left_alone(text: str) -> None:
    assert in_one_form(text) == text


def test_no_digit_of_a_long_number_is_lost() -> None:
    assert in_one_form("9" * 40 + "元") == "9" * 40 + "元"


@given(st.integers(1, 10**12))
def test_yuan_and_ten_thousands_meet(yuan: int) -> None:
    ten_thousands = f"{yuan // 10_000}.{yuan % 10_000:04d}万元"
    assert in_one_form(f"{yuan}元") == in_one_form(ten_thousands)


@given(st.text(alphabet="0123456789.,零一二两三五十百千万亿点成元年月日天个%第 "))
def test_every_text_can_be_normalised(text: str) -> None:
    assert isinstance(analyzer.normalise(text), str)
