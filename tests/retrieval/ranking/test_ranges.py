"""The ranges that a rule tells apart, and the quantities of a question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.ranking.ranges import Quantity, Range, place_in_ranges, quantities, ranges
from retrieval.text import analyzer

ALL = float("inf")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("在岗满三年不足八年的，发两份", [Range(3, 8, "年")]),
        ("长度超过6米但不超过9米的", [Range(6, 9, "米")]),
        ("每次收入不超过 5000 元，减除费用 900 元", [Range(-ALL, 5000, "元")]),
        ("20万元以上90万元以下", [Range(200_000, 900_000, "元")]),
        ("超过2万元至7.5万元的部分", [Range(20_000, 75_000, "元")]),
        ("排量1.2升以上至1.8升(含)的", [Range(1.2, 1.8, "升")]),
        ("六十周岁以上", [Range(60, ALL, "岁")]),
        (
            "职工不超过40人、资产不超过800万元",
            [Range(-ALL, 40, "人"), Range(-ALL, 8_000_000, "元")],
        ),
        ("2021年至2023年偷税5万元", []),
        ("3000元至1.2万元的部分", [Range(3000, 12_000, "元")]),
        ("55分至80分、55分以下", [Range(55, 80, "分"), Range(-ALL, 55, "分")]),
    ],
)
def test_bounds_beside_each_other_are_one_range(text: str, told: list[Range]) -> None:
    assert list(ranges(analyzer.normalise(text))) == told


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("干了五年被辞退，能领几个月", [Quantity(5, "年")]),
        ("新买的船8米长", [Quantity(8, "米")]),
        ("一次付2600要扣多少", [Quantity(2600, "元")]),
        ("一次结3千块", [Quantity(3000, "元")]),
        ("一年收入30万补税吗", [Quantity(300_000, "元")]),
        ("城里有30万辆车", []),
        ("卖了200万的房子", [Quantity(2_000_000, "元")]),
        ("第二套，95平", [Quantity(95, "平方米")]),
        ("一年最多领几次，2024年的", []),
        ("第12条说什么", []),
        ("摊位拿了三年了", [Quantity(3, "年")]),
        ("卫生打70分", [Quantity(70, "分")]),
        ("上限从20万往上提到多少", []),
    ],
)
def test_a_question_says_the_quantities_of_its_case(question: str, said: list[Quantity]) -> None:
    assert list(quantities(analyzer.normalise(question))) == said


@pytest.mark.parametrize(
    ("text", "place"),
    [("满3年不足8年的", 1), ("满8年的", -1), ("不超过9米的", 0), ("发两份", 0)],
)
def test_a_quantity_is_in_a_range_or_out_of_all(text: str, place: int) -> None:
    assert place_in_ranges(quantities("干了5年"), text) == place


@given(st.text(alphabet="0123456789.万元年米人不超过满足以上下至到,、()含 "))
def test_every_text_can_be_read_for_ranges(text: str) -> None:
    assert all(one.low <= one.high for one in ranges(text))
    assert all(said.value >= 0 for said in quantities(text))
