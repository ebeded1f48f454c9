"""Numbers in one form: 百分之三十, 三成 and 30%; 4723300元, 472.33万元 and 四百七十二点三三万元.

A Chinese numeral is rewritten only before a unit: 五倍, 第六十三条, never in 三亚 or 一般.
An amount is written in 亿 or 万 where it is as large, without zeros at the end of its decimals.
"""

import re
from collections.abc import Callable
from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SCALES = {"十": 10, "百": 100, "千": 1000}
_NUMERAL = "零〇一二两三四五六七八九十百千"
_LARGE = {"": Decimal(1), "万": Decimal(10**4), "亿": Decimal(10**8)}

# Each begins with a character or one of a few: a scan for those is many times as fast as one
# for any digit, or one that looks behind at every place.
_THOUSANDS = re.compile(r",(?<=\d,)(?=\d{3}(?!\d))")
_PERCENT = re.compile(rf"百分之([{_NUMERAL}]+)(?:点([{_NUMERAL}]+))?|百分之(\d+(?:\.\d+)?)")
# Not the end of a number that begins in digits: 5千元.
_WHOLE = rf"[{_NUMERAL}](?<![\d{_NUMERAL}].)[{_NUMERAL}]*"
# A digit alone is a number before the first of these units only: 一起 and 一家 hardly ever count.
_COUNTED = re.compile(
    rf"({_WHOLE})(?=([万亿倍条款项年元%天月日]|个(?:月|工作日|点(?!评))|周岁|小时)"
    r"|[岁人名位户家个起份次张档级件笔批吨])"
)
# These can't; so what all of their matches hold is looked for first.
_YEAR = re.compile(r"([〇零一二三四五六七八九]{4})年")
_HAS_YEAR = re.compile(r"年(?<=[〇零一二三四五六七八九]年)")
_DECIMAL = re.compile(rf"([{_NUMERAL}]+)点([〇零一二三四五六七八九]+)(?=[万亿元%倍])")
_HAS_DECIMAL = re.compile(rf"点(?<=[{_NUMERAL}]点)[〇零一二三四五六七八九]")
# A number is looked for where its unit stands behind a digit.
_SCALED = re.compile(r"(\d+(?:\.\d+)?)([十百千])")
_AT_SCALE = re.compile(r"[十百千](?<=\d.)(?=[万亿元])")
_AMOUNT = re.compile(
    r"(\d+(?:\.\d+)?)(?:(亿)(?:零?(\d+(?:\.\d+)?)万)?|(万)(?!亿)(?:零?(\d{1,4})(?=元))?|(?=元))"
)
_LONGEST_AMOUNT = 20  # characters, so that reckoning with it loses no digit
_AT_AMOUNT = re.compile(r"[元万亿](?<=\d.)")
# 三成 is a share; 成 begins many words (成立, 成本), and 一成 is the end of others (统一成).
_TENTHS = re.compile(
    r"[二两三四五六七八九2-9](?<![\d第].)成(?![员立本品功果都为交人份效长就分绩熟套型年事群语文名才新色])"
)
_POINTS = re.compile(r"个点(?<=\d个点)(?![位击心赞子评名])")
_GAP = re.compile(r" (?<=\d ) *(?=[万亿元%年月日天个倍])")
_ISO_DATE = re.compile(r"(?<![\d-])(\d{4})-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])(?![\d-])")
_HAS_ISO_DATE = re.compile(r"-(?<=\d{4}-)\d")


WRITTEN = re.compile(
    rf"(?:百分之)?[\d{_NUMERAL}][\d{_NUMERAL}万亿点.,]*(?:[元%倍年月日天成]|个[月点])"
)
"""A number with its unit as it may be written, with the ways of writing mixed."""


def in_one_form(text: str) -> str:
    """`text`, in half width and Simplified characters, with its numbers in one form.

    百分之五 becomes 5%, 第六十三条 第63条, 一百八十三天 183天, 20000元 2万元, 30 万元 30万元,
    2027-12-31 2027年12月31日.
    """
    text = _GAP.sub("", _THOUSANDS.sub("", text))
    if _HAS_ISO_DATE.search(text):
        text = _ISO_DATE.sub(lambda date: f"{date[1]}年{int(date[2])}月{int(date[3])}日", text)
    text = _PERCENT.sub(_percent, text)
    if _HAS_YEAR.search(text):
        text = _YEAR.sub(lambda match: f"{_digits(match[1])}年", text)
    if _HAS_DECIMAL.search(text):
        text = _DECIMAL.sub(lambda match: f"{value_of(match[1])}.{_digits(match[2])}", text)
    text = _COUNTED.sub(_counted, text)
    text = _sub_at(_AT_SCALE, _SCALED, _scaled, text)
    text = _TENTHS.sub(lambda match: f"{_DIGITS.get(match[0][0], match[0][0])}0%", text)
    text = _POINTS.sub("%", text)
    return _sub_at(_AT_AMOUNT, _AMOUNT, _amount, text)


def _sub_at(
    places: re.Pattern[str],
    number: re.Pattern[str],
    rewritten: Callable[[re.Match[str]], str],
    text: str,
) -> str:
    """`text` with each `number` rewritten that ends in digits at one of some `places`."""
    parts, done = [], 0
    for place in places.finditer(text):
        start = place.start()
        while start > done and text[start - 1] in "0123456789.":
            start -= 1
        if place.start() >= done and (match := number.match(text, start)):
            parts += [text[done:start], rewritten(match)]
            done = match.end()
    return "".join(parts) + text[done:]


def _digits(numeral: str) -> str:
    return "".join(str(_DIGITS[c]) for c in numeral if c in _DIGITS)


def value_of(numeral: str) -> int:
    """The value of a numeral below ten thousand: 六十三 → 63, 一百零五 → 105, 12 → 12."""
    if numeral.isdecimal():
        return int(numeral)
    total = digit = 0
    for c in numeral:
        if c in _SCALES:
            total += (digit or 1) * _SCALES[c]
            digit = 0
        else:
            digit = _DIGITS[c]
    return total + digit


def _percent(match: re.Match[str]) -> str:
    if match[3]:
        return f"{match[3]}%"
    decimals = f".{_digits(match[2])}" if match[2] else ""
    return f"{value_of(match[1])}{decimals}%"


def _counted(match: re.Match[str]) -> str:
    numeral = match[1]
    if len(numeral) == 1:
        is_number = match[2] is not None and (match[2] not in "年天月日" or numeral not in "百千")
    else:
        is_number = any(c in _SCALES for c in numeral)
    return str(value_of(numeral)) if is_number else numeral


def _scaled(match: re.Match[str]) -> str:
    number = float(match[1])
    return f"{round(number * _SCALES[match[2]], 6):g}" if number < 1000 else match[0]


def _amount(match: re.Match[str]) -> str:
    number, hundred_million, ten_thousands, ten_thousand, units = match.groups()
    if len(match[0]) > _LONGEST_AMOUNT:
        return match[0]
    value = Decimal(number) * _LARGE[hundred_million or ten_thousand or ""]
    value += Decimal(ten_thousands or 0) * _LARGE["万"] + Decimal(units or 0)
    unit = next((unit for unit in "亿万" if value >= _LARGE[unit]), "")
    return f"{(value / _LARGE[unit]).normalize():f}{unit}"
