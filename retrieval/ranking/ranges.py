"""In which of the ranges that a rule tells apart is a quantity of the question?

A rule tells cases apart: 满1年不足5年的, 超过10米但不超过18米的, 4000元以上. Who asks says a
quantity: 交了7年, 12米长, 一次付3500.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from retrieval.question.question import ParsedQuestion

_SCALES = {"": 1.0, "千": 1e3, "万": 1e4, "亿": 1e8}
_UNIT = r"元|周岁|岁|年|个月|天|日|小时|平方米|米|公里|吨|升|人|名|户|份|座|分(?![之钟局公])"
_NUMBER = rf"(\d+(?:\.\d+)?)([万亿]?)({_UNIT})(?:\(不?含[^)]{{0,8}}\))?"
_BOUND = re.compile(
    r"(?:(?P<most>不满|未满|不足|不超过|未超过|低于|少于|小于|不高于|不多于|[至到])"
    r"|(?P<least>满|超过|高于|大于|达到|不低于|不少于|多于)) ?"
    rf"{_NUMBER}|{_NUMBER}及?(?:(?P<above>以[上外])|(?P<below>以[下内])|(?P<from>(?<![年月日天时])(?=[至到]\d)))"
)
# What may stand between the two bounds of a range: 超过10米但不超过18米, 50万元以上500万元以下.
_BETWEEN = re.compile(r"(?:以上)?,?[但且]?")
# 块 is how 元 is said, 平 how 平方米 is. A number without a unit is money where it is paid, or
# large.
_SAID = re.compile(
    rf"(?<![\d.第])(\d+(?:\.\d+)?)多?([千万亿]?)[余多]?({_UNIT}|块|平(?![台均时]))(?![工以])"
    rf"|[付给发拿挣赚收花卖领]了?(\d+(?:\.\d+)?)([千万亿]?)(?![\d.a-z%千万亿]|{_UNIT})"
    r"|(?<![\d.第])(\d+(?:\.\d+)?)多?([万亿])"
    r"(?![余多万亿\d人名户家个件份张台辆套次只头吨斤公平亩升米立年天日月])"
)
# What a rule was changed from, and no quantity of a case: 从30万往上调了.
_CHANGED = re.compile(r"[从由]\d[\d.]*[^\d,。?!]{0,6}[调提涨降升扩增减变改]")
_FAR = 8
_SAME = {"日": "天", "名": "人", "周岁": "岁", "块": "元", "平": "平方米"}
_OUR_YEARS = (1900.0, 2100.0)
_TIMES = ("年", "个月", "天", "小时")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number and its unit; money is in 元."""

    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high` of a unit, with both."""

    low: float
    high: float
    unit: str

    def holds(self, quantity: Quantity) -> bool:
        """Whether a quantity is in it."""
        return self.unit == quantity.unit and self.low <= quantity.value <= self.high


def quantities(normal: str) -> tuple[Quantity, ...]:
    """What a normalised question says of its case. Neither a year, nor one of a time: what is paid
    一年, 一天."""
    said = []
    for match in _SAID.finditer(normal):
        if _CHANGED.match(normal[max(0, match.start() - 1) : match.end() + _FAR]):
            continue
        number, scale = match[1] or match[4] or match[6], match[2] or match[5] or match[7] or ""
        quantity = _quantity(number, scale, match[3] or "元")
        is_year = quantity.unit == "年" and _OUR_YEARS[0] <= quantity.value <= _OUR_YEARS[1]
        if not is_year and not (quantity.unit in _TIMES and quantity.value == 1.0):
            said.append(quantity)
    return tuple(said)


def quantities_of(question: ParsedQuestion) -> tuple[Quantity, ...]:
    """What a question says of its case. What a case tells is no rule (不足100万元 is how much it
    was): none of a question about one."""
    return () if question.is_of_case else quantities(question.normal)


def ranges(normal: str) -> Iterator[Range]:
    """The ranges that a normalised text tells apart."""
    low: Quantity | None = None
    end = 0
    for match in _BOUND.finditer(normal):
        number, scale, unit = match.group(3, 4, 5) if match[3] else match.group(6, 7, 8)
        bound = _quantity(number, scale, unit)
        is_low = bool(match["least"] or match["above"] or match["from"] is not None)
        goes_on = _BETWEEN.fullmatch(normal, end, match.start()) is not None
        if low and not is_low and low.unit == bound.unit and goes_on:
            yield Range(low.value, bound.value, bound.unit)
            low = None
            continue
        if low:
            yield Range(low.value, inf, low.unit)
        low, end = (bound, match.end()) if is_low else (None, end)
        if not is_low and match["most"] not in ("至", "到"):
            yield Range(-inf, bound.value, bound.unit)
    if low:
        yield Range(low.value, inf, low.unit)


def _quantity(number: str, scale: str, unit: str) -> Quantity:
    return Quantity(float(number) * _SCALES[scale], _SAME.get(unit, unit))


def place_in_ranges(said: Sequence[Quantity], normal: str) -> int:
    """1 if one of the quantities is in a range of a normalised text, -1 if all that it tells of
    their units leave them out, 0 if it tells none."""
    if not said:
        return 0
    units = {quantity.unit for quantity in said}
    comparable = [one for one in ranges(normal) if one.unit in units]
    if any(one.holds(quantity) for one in comparable for quantity in said):
        return 1
    return -1 if comparable else 0
