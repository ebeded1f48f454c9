"""The date that a post, a feed's item or a line states, in whatever form → a time.

`read_date` knows dates as Chinese sites write them, ISO 8601, RFC 822, the forms of C and
JavaScript, and Unix times. A time without a zone is China's, and so is `CST`.
"""

import re
import unicodedata
from datetime import datetime, timedelta, timezone

from corpus.reading.text import printable

CHINA = timezone(timedelta(hours=8))

_LONGEST = 200  # characters: a longer text states no date

_CHINESE_DIGITS = str.maketrans("〇零○一二三四五六七八九", "000123456789")
_CHINESE_NUMBER = re.compile("[〇零○一二三四五六七八九十廿卅]+(?=[年月日号時时点點分])")
_PLAIN_SIGNS = {
    **dict.fromkeys((0x2010, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212), "-"),
    **dict.fromkeys(map(ord, "·•。"), "."),
}
_FRACTIONS = (("半", "30分"), ("一刻", "15分"), ("三刻", "45分"))
_REPUBLIC = re.compile(r"民[国國]\s*(\d{1,3})(?=\s*年)")
_SHORT_YEAR = re.compile(r"(?<!\d)(\d\d)(?=年\s*\d{1,2}\s*月)")
_UNSET = 1900
"""No news is as old: a year up to this one is how a program writes down no date."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_MONTH = r"(?P<name>(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?|\d{1,2}月)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|[日号])?"
_CLOCK = (
    r"(?P<hour>\d{1,2})(?::|[时時点點](?!\d{3}))(?:(?P<minute>\d{1,2})分?)?"
    r"(?::?(?P<second>\d{1,2})秒?(?:[.,]\d+)?)?(?!\d)"
)
_DATES = tuple(
    re.compile(rf"(?<!\d){form}", re.IGNORECASE)
    for form in (
        # 2024-03-01, 2024/3/1, 2024.03.01, 2024年3月1日
        r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})(?!\d)\s*[日号]?",
        # 20240301, 20240301T080000, 20240301080000
        r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)"
        r"(?:T?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?)?(?!\d)",
        # 1 Mar 2024, 01-Mar-24, 01 三月 2024
        rf"{_DAY}[\s-]+{_MONTH}[\s,-]+(?P<year>\d{{4}}|\d\d)(?!\d|\s*:)",
        # Mar 1, 2024
        rf"{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})(?!\d|\s*:)",
        # Mar 01 08:00:00 CST 2024
        rf"{_MONTH}\s+{_DAY}\s+{_CLOCK}\s*(?P<zone>[^\d\s][^\s]*)?\s+(?P<year>\d{{4}})(?!\d)",
        # 3/1/2024 in America, 1.3.2024 elsewhere
        r"(?P<month>\d{1,2})(?P<sign>[-/.])(?P<day>\d{1,2})(?P=sign)(?P<year>\d{4})(?!\d)",
    )
)
_TIME = re.compile(
    r"(?P<before>[上下中]午|凌晨|清晨|[午半深]夜|夜[里裡间間晚]?|[早晚][上间間]?|傍晚|[ap]\.?m\.?\s)?\s*"
    rf"(?<![\d+:-]){_CLOCK}\s*(?P<after>[ap]\.?m\b\.?|[上下]午)?",
    re.IGNORECASE,
)
# From 2001 to 2033, in seconds or more finely; also as .NET writes it into JSON.
_UNIX = re.compile(r"(?:/Date\()?(1\d{9})(?:\d{3}){0,3}(?:\.\d+)?(?:[+-]\d{4})?(?:\)/)?")

_OFFSET = re.compile(
    r"(?:GMT|UTC?|Z)?\s*([+-])(\d{1,2})(?::?([0-5]\d))?(?![\d年月日])", re.IGNORECASE
)
_NAMED = re.compile(r"[A-Za-z][A-Za-z/_]*|北京时间|中国标准时间")
# RFC 822's zones, and those of the neighbours; CST is China's here, not North America's.
_ZONES = {
    "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "BST": 1, "CET": 1, "CEST": 2, "EET": 2,
    "MSK": 3, "CST": 8, "BJT": 8, "CHINA": 8, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9,
    "EST": -5, "EDT": -4, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7,
    "ASIA/SHANGHAI": 8, "ASIA/CHONGQING": 8, "ASIA/HONG_KONG": 8, "ASIA/TAIPEI": 8, "PRC": 8,
    "北京时间": 8, "中国标准时间": 8,
}  # fmt: skip


def read_date(value: str) -> tuple[datetime | None, str | None]:
    """The time that `value` states, None if it states none; and a warning, None if all is clear.

    A day without an hour is its beginning in China. What had to be guessed, the order of day
    and month or an unknown zone, is warned of.
    """
    found, guess = _read(value)
    if found is None:
        return None, f"no usable date ({value!r})"
    return found, f"a guess at the date {value!r}: {guess}" if guess else None


def _read(value: str) -> tuple[datetime | None, str | None]:
    text = _plain(value)
    if unix := _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(unix[1]), CHINA), None
    for form in _DATES:
        if match := form.search(text):
            parts = match.groupdict()
            rest = text[match.end() :]
            if parts.get("hour") is None and (time := _TIME.search(text, match.end())):
                parts |= time.groupdict()
                rest = text[time.end() :]
            elif parts.get("zone"):
                rest = parts["zone"]
            zone, guess = _zone(rest)
            guess = _order(parts) or guess
            return _moment(parts, zone), guess
    return None, None


def _order(parts: dict[str, str | None]) -> str | None:
    """Put day and month, where the year comes last, into their order; how, if that is a guess."""
    if not parts.get("sign"):
        return None
    first, second = int(parts["month"] or 0), int(parts["day"] or 0)
    is_month_first = parts["sign"] == "/" if max(first, second) <= 12 else first <= 12
    if not is_month_first:
        parts["month"], parts["day"] = parts["day"], parts["month"]
    if first == second or max(first, second) > 12:
        return None
    return "the month first" if is_month_first else "the day first"


def _plain(value: str) -> str:
    """`value` in ASCII digits and plain signs, without quotation marks."""
    if len(value) > _LONGEST:
        return ""
    text = unicodedata.normalize("NFKC", printable(value)).translate(_PLAIN_SIGNS)
    for part, minutes in _FRACTIONS:
        text = re.sub(rf"(?<=[点點]){part}", minutes, text)
    text = _CHINESE_NUMBER.sub(_digits, text)
    text = _REPUBLIC.sub(lambda match: str(1911 + int(match[1])), text)
    return _SHORT_YEAR.sub(lambda match: str(_year(match[1])), text).strip(" \t\r\n\"'")


def _digits(match: re.Match[str]) -> str:
    """A Chinese number up to 99, or a year that is spelt digit by digit, in digits."""
    number = match[0].replace("廿", "二十").replace("卅", "三十")
    tens, ten, ones = number.partition("十")
    number = f"{tens or '1'}{ones or '0'}" if ten else tens
    return number.translate(_CHINESE_DIGITS)


def _moment(parts: dict[str, str | None], zone: timezone) -> datetime | None:
    """The time of a match; None if there is no such day or hour."""
    hour, minute, second = (int(parts.get(part) or 0) for part in ("hour", "minute", "second"))
    next_day = (hour, minute, second) == (24, 0, 0)
    if half := parts.get("before") or parts.get("after"):
        hour = _hour(hour, half.lower())
        next_day = hour == 24
    try:
        found = datetime(
            _year(parts["year"] or ""), _month(parts), int(parts["day"] or 0),
            0 if next_day else hour, minute, min(second, 59) if second == 60 else second,
            tzinfo=zone,
        ) + timedelta(days=next_day)  # fmt: skip
        is_set = found.astimezone(CHINA).year > _UNSET and abs(found - _EPOCH) > timedelta(hours=8)
    except (ValueError, OverflowError):
        return None  # a 31st of February, or a time that is before the year 1 in China
    return found if is_set else None


def _hour(hour: int, half: str) -> int:
    """The hour of the day that `hour` is in the half of the day; 24 at its end."""
    if hour > 12:
        return hour
    if half[0] == "中":
        return hour + 12 * (hour < 6)
    if "晚" in half or "夜" in half:
        return 24 if hour == 12 else hour + 12 * (hour >= 5)
    if half[0] in "p下":
        return hour % 12 + 12
    return hour % 12 if half[0] in "a凌清" else hour


def _year(digits: str) -> int:
    """The year; one of two digits as RFC 2822 reads it."""
    year = int(digits)
    return year if len(digits) > 2 else year + (2000 if year < 50 else 1900)


def _month(parts: dict[str, str | None]) -> int:
    name = parts.get("name")
    if name is None:
        return int(parts["month"] or 0)
    return int(name[:-1]) if name.endswith("月") else _MONTHS.index(name[:3].lower()) + 1


def _zone(rest: str) -> tuple[timezone, str | None]:
    """The zone that `rest`, what follows the time, begins with: China's if it names none."""
    rest = rest.strip(" \t\r\n([.,;")
    if match := _OFFSET.match(rest):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        if offset < timedelta(hours=15):
            return timezone(-offset if match[1] == "-" else offset), None
        return CHINA, f"no zone {match[0].strip()}, China's taken"
    match = _NAMED.match(rest)
    if not match:
        return CHINA, None
    hours = _ZONES.get(match[0].upper())
    if hours is None:
        return CHINA, f"the zone {match[0]} is not known, China's taken"
    return timezone(timedelta(hours=hours)), None
