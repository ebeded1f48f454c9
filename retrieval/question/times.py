"""Which times does a text mean? 去年7月, 2025-07-04, 上个月, 近三年 → spans of days.

A span may say when a post was published (2026年4月曝光的案件, 今天有什么新闻): that is a
condition on its date. Any other says when a thing happened.
"""

import calendar
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from corpus.chinese import simplified


@dataclass(frozen=True, slots=True)
class Span:
    """Days from `since` to `until`, both included, as the text says at [start, end).

    `has_year`: the text tells the year, by a number or a word (去年, 近三年), so that it is not
    guessed, as that of 7月 is. `is_of_post`: they say when a post was published, not when a
    thing happened.
    """

    since: date
    until: date
    start: int
    end: int
    has_year: bool = True
    is_of_post: bool = False

    @property
    def is_year(self) -> bool:
        """Whether it is a whole year."""
        year = self.since.year
        return (self.since, self.until) == (date(year, 1, 1), date(year, 12, 31))

    @property
    def is_of_month(self) -> bool:
        """Whether it is within one month."""
        return (self.since.year, self.since.month) == (self.until.year, self.until.month)

    def in_year(self, year: int) -> "Span":
        """The same days of another year, for a span within one."""
        since, until = (_in(day, year) for day in (self.since, self.until))
        return replace(self, since=since, until=until, has_year=True)

    def holds(self, day: date) -> bool:
        """Whether `day` is one of its days."""
        return self.since <= day <= self.until


def _in(day: date, year: int) -> date:
    """The same day of another year, or the last of its month."""
    return date(year, day.month, min(day.day, calendar.monthrange(year, day.month)[1]))


_Days = tuple[date, date]
_Reader = Callable[[re.Match[str], date], _Days | None]

# --- numbers and the calendar -------------------------------------------------------------

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_N = r"(?:\d{1,3}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
_FIRST, _LAST = date(1949, 1, 1), date(2199, 12, 31)


def _number(numeral: str) -> int:
    """A numeral below a hundred, in digits or Chinese: 十二 is 12, 二〇二五 is 2025."""
    if numeral.isdecimal():  # in Arabic's digits, or others', too
        return int(numeral)
    if "十" in numeral:
        tens, _, units = numeral.partition("十")
        return 10 * _DIGITS.get(tens, 1) + _DIGITS.get(units, 0)
    return int("".join(str(_DIGITS[c]) for c in numeral))


def _month(year: int, month: int, months: int = 1) -> _Days | None:
    """The days of `months` whole months from one on; None where there is no such month."""
    if not (1 <= month <= 12 and _FIRST.year <= year <= _LAST.year):
        return None
    last = month + months - 1
    return date(year, month, 1), date(year, last, calendar.monthrange(year, last)[1])


def _back(day: date, months: int) -> date:
    """The same day of a month that is `months` before, or the last of a shorter one."""
    total = day.year * 12 + day.month - 1 - months
    year, month = max(_FIRST.year, total // 12), total % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _year(text: str | None, today: date) -> int | None:
    """今年, 2025年, 24年 or a four-digit numeral → the year; None for none or an unlikely one."""
    if not text:
        return None
    if text in _YEARS:
        return today.year + _YEARS[text]
    year = _number(text.rstrip("年 "))
    if year < 100:
        year += 2000 if year <= today.year % 100 + 10 else 1900
    return year if _FIRST.year <= year <= _LAST.year else None


# --- the forms -----------------------------------------------------------------------------

_YEARS = {"今年": 0, "本年": 0, "本年度": 0, "今年度": 0, "去年": -1, "上年": -1,
          "上一年": -1, "前年": -2, "大前年": -3, "明年": 1, "后年": 2}  # fmt: skip
_DAYS = {"今天": 0, "今日": 0, "今儿": 0, "今早": 0, "今晚": 0, "昨天": 1, "昨日": 1, "昨儿": 1,
         "昨晚": 1, "前天": 2, "前日": 2, "大前天": 3, "明天": -1, "后天": -2}  # fmt: skip
_HAN_YEAR = r"[〇零一二三四五六七八九]{4}年"
# Two digits are a year only where they can be no number of years: not 满10年, 10年以上. What goes
# on as a date does is one after any word: 用24年1月的, 交了24年度的; and so is what a year leads up
# to: 22年至24年.
_IS_NUMBER = r"[以之内期多零前后级限又]|有期|来(?!的)|间|左右"
_PART = rf"[上下]半年|第?[一二三四1-4]季|[头前]{_N}个?(?:季|月)"  # of a year
_SHORT_YEAR = (
    r"(?:(?<![\d.第判满了过近去期续达超长有用约仅共每隔只整刑至后前])\d\d年(?!" + _IS_NUMBER + ")"
    rf"|(?<![\d.第判满])\d\d年(?={_N}月|[初底末度版]|那[会时]|出[的台]|{_PART})"
    r"|(?<=\d年至)\d\d年(?!" + _IS_NUMBER + "))"
)
_SHORT = re.compile(_SHORT_YEAR)
_FULL_YEAR = rf"(?<!\d)(?:19|20)\d\d(?:年|(?={_PART}))"
_RELATIVE = (  # but 以上年限, 上年纪, 两年后年检
    r"(?!(?<=以)上年|上年[纪岁]|(?<=年)后年)(?:"
    + "|".join(sorted(_YEARS, key=len, reverse=True))
    + ")"
)
_Y = rf"(?:{_FULL_YEAR}|{_HAN_YEAR}|(?:{_RELATIVE})的?|{_SHORT_YEAR})"
_ANY_YEAR = re.compile(rf"(?<!\d)(?:19|20)\d\d(?!\d)|{_Y}")
_SEP = r"\s*[-/.]\s*"


def _of_year(match: re.Match[str], today: date) -> int | None:
    year = match["year"]
    return _year(year.rstrip("的 ") if year else None, today)


def _read_day(match: re.Match[str], today: date) -> _Days | None:
    month, day = _number(match["month"]), _number(match["day"])
    year = _of_year(match, today) if match["year"] else _latest_year(today, month, day)
    return _one(year or 0, month, day)


def _one(year: int, month: int, day: int) -> _Days | None:
    """One day; None where there is no such day."""
    try:
        one = date(year, month, day)
    except ValueError:
        return None
    return one, one


def _latest_year(today: date, month: int, day: int = 1) -> int:
    """The year of the last such month and day, today's if it is still this month."""
    return today.year if (month, day) <= (today.month, max(today.day, day)) else today.year - 1


def _read_month(match: re.Match[str], today: date) -> _Days | None:
    month = _number(match["month"])
    year = _of_year(match, today) if match["year"] else _latest_year(today, month)
    whole = _month(year, month) if year else None
    return _third(whole, match["third"]) if whole else None


def _third(whole: _Days, third: str | None) -> _Days:
    """The part of a month that 初, 上旬, 中旬, 下旬 … name."""
    first, last = whole
    if third in ("初", "上旬"):
        return first, first.replace(day=10)
    if third == "中旬":
        return first.replace(day=11), first.replace(day=20)
    return (first.replace(day=21), last) if third in ("底", "末", "下旬") else whole


def _read_part(match: re.Match[str], today: date) -> _Days | None:
    """A quarter, a half, the start, the middle or the end of a year."""
    part, year = match["part"], _of_year(match, today)
    if match["nth"]:
        start, months = 3 * "一二三四1234".index(match["nth"]) % 12 + 1, 3
    else:
        start, months = _PARTS[part]
    if year is None and match["year"]:
        return None
    if year is None:  # the last that has begun
        year = today.year if start <= today.month else today.year - 1
    return _month(year, start, months)


_PARTS = {"首季": (1, 3), "首季度": (1, 3), "上半年": (1, 6), "下半年": (7, 6), "年初": (1, 2),
          "初": (1, 2), "年中": (6, 2), "年底": (11, 2), "年末": (11, 2), "底": (11, 2),
          "末": (11, 2)}  # fmt: skip


def _read_year(match: re.Match[str], today: date) -> _Days | None:
    year = _of_year(match, today)
    return (date(year, 1, 1), date(year, 12, 31)) if year else None


def _read_numbers(match: re.Match[str], _today: date) -> _Days | None:
    if match["day"] is None:
        return _month(int(match["year"]), int(match["month"]))
    return _one(int(match["year"]), int(match["month"]), int(match["day"]))


def _read_near_day(match: re.Match[str], today: date) -> _Days:
    one = today - timedelta(_DAYS[match[0]])
    return one, one


def _read_week(match: re.Match[str], today: date) -> _Days:
    weeks = len(match["before"] or "")
    monday = today - timedelta(today.weekday() + 7 * weeks)
    if day := match["day"]:
        one = monday + timedelta("一二三四五六日天".index(day) if day != "天" else 6)
        return one, one
    return monday, monday + timedelta(6)


def _read_near_month(match: re.Match[str], today: date) -> _Days | None:
    first = _back(today.replace(day=1), len(match["before"] or ""))
    whole = _month(first.year, first.month)
    if match["day"]:
        return _one(first.year, first.month, _number(match["day"]))
    return _third(whole, match["third"]) if whole else None


def _read_near_quarter(match: re.Match[str], today: date) -> _Days | None:
    start = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    if match["before"]:
        start = _back(start, 3)
    return _month(start.year, start.month, 3)


def _read_lately(match: re.Match[str], today: date) -> _Days | None:
    """近三年, 最近一周, 过去7天: up to today."""
    count = 0.5 if match["count"] == "半" else _number(match["count"])
    unit = match["unit"]
    if unit == "天" or "周" in unit or "星期" in unit or "礼拜" in unit:
        days = int(count * (1 if unit == "天" else 7))
        return (today - timedelta(days - 1), today) if 0 < days < 40_000 else None
    months = int(count * {"年": 12, "季": 3, "季度": 3}.get(unit, 1))
    return (_back(today, months) + timedelta(1), today) if 0 < months < 1200 else None


def _read_start(match: re.Match[str], today: date) -> _Days | None:
    """今年前三季度, 2019年头五个月."""
    year, count = _of_year(match, today), _number(match["count"])
    months = count * (3 if match["unit"] == "季度" else 1)
    return _month(year, 1, months) if year and 1 <= months <= 12 else None


def _read_this_year_on(_match: re.Match[str], today: date) -> _Days:
    return today.replace(month=1, day=1), today


_FORMS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (
        re.compile(
            rf"(?<![\d.])(?P<year>(?:19|20)\d\d){_SEP}(?P<month>[01]?\d)"
            rf"(?:{_SEP}(?P<day>[0-3]?\d))?(?![\d.]|万|亿|元|%)"
        ),
        _read_numbers,
    ),
    (
        re.compile(rf"(?P<year>{_Y})?\s*(?<!\d)(?P<month>{_N})月份?\s*(?P<day>{_N})[日号](?!文)"),
        _read_day,
    ),
    (
        re.compile(
            rf"(?P<year>{_Y})?\s*(?<![\d个])(?P<month>{_N})月份?(?!\d|大会)"
            r"(?P<third>[初底末]|[上中下]旬)?"
        ),
        _read_month,
    ),
    (
        re.compile(
            rf"(?P<year>{_Y})?\s*(?P<part>第?(?P<nth>[一二三四1-4])季度|首季度?"
            r"|[上下]半年|年[初中底末](?!终)|(?<=年)[初底末])"
        ),
        _read_part,
    ),
    (
        re.compile(rf"(?P<year>{_Y})\s*[头前](?P<count>{_N})个?(?P<unit>月|季度)"),
        _read_start,
    ),
    (re.compile(r"今年以来|年内"), _read_this_year_on),
    (re.compile(rf"(?P<year>{_Y})"), _read_year),
    (
        re.compile(
            rf"(?:最近|近|过去|这)的?(?P<count>半|{_N})个?"
            r"(?P<unit>天|周|星期|礼拜|月|季度|季|年)(?!前|度)"
        ),
        _read_lately,
    ),
    (
        re.compile(
            r"(?:[本这]|(?P<before>上{1,3}))一?个?(?:周|星期|礼拜)(?P<day>[一二三四五六日天])?"
            r"(?!年)"
        ),
        _read_week,
    ),
    (
        re.compile(
            rf"(?:[本这当]个?|(?P<before>上{{1,3}})一?个?)月(?P<third>[初底末]|[上中下]旬)?"
            rf"(?:(?P<day>{_N})[日号])?"
        ),
        _read_near_month,
    ),
    (re.compile(r"(?:[本这]|(?P<before>上))一?个?季度?"), _read_near_quarter),
    (re.compile("|".join(sorted(_DAYS, key=len, reverse=True))), _read_near_day),
)

# --- what a span says -------------------------------------------------------------------------

_BETWEEN = re.compile(r"\s*(?:到|至|[-~—–]+)\s*")
_ONWARD = re.compile(r"(?:以来|以后|之后|起(?!诉|草)|开始)")
_BEFORE = re.compile(r"(?:以前|之前|前(?!后))")
_PUBLISHED = (
    r"(?:公布|曝光|通报|披露|发布|公开|刊[登发]|登出|播[出报]|报[道导]"
    r"|(?<![申上举预填汇少多漏瞒谎虚])报(?=[的了过出]))"
)
_NEWS = r"(?:新闻|消息|资讯|动态|要闻|头条|快讯|报道|大事)"
_CASES = r"(?:案件|案例|案子|大案|个案)"
_WHICH = r"(?:有?(?:哪些|哪几[件起个]|什么|啥)|有没有|列[出举]|盘点)"
_IS_PUBLISHED = re.compile(rf"(?:[^,。?!;]{{0,8}}?){_PUBLISHED}")
_IS_NEWS = re.compile(
    rf"[^,。?!;了被把]{{0,14}}?(?:{_NEWS}(?:{_WHICH}|[吗呢啊呀么没有\s])*(?:[?!。]|$)"
    rf"|{_CASES}{_WHICH}|{_WHICH}[^,。?!;]{{0,10}}{_CASES})"
)
_PUBLISHED_ON = re.compile(rf"{_PUBLISHED}[于在]\s*$")


_BESIDE_YEAR = re.compile(
    r"(?:再?往?前|[上头])[1一]年(?![内以之])|(?P<after>(?:再?往?后|下)[1一]年(?![内以之])|转年)"
)
_LEAST_PART = timedelta(27)  # of a year: no day, which the same of another year hardly follows


def normal(text: str) -> str:
    """`text` in the form that `times_in` reads: half width, Simplified, lower case."""
    return simplified(unicodedata.normalize("NFKC", text)).lower()


def times_in(text: str, today: date) -> tuple[Span, ...]:
    """The spans that a normalised text names, in order, relative ones by `today`."""
    found = _joined(text, _spans(text, today))
    return tuple(_qualified(text, _opened(text, span, today)) for span in found)


def without_times(text: str, spans: Sequence[Span]) -> str:
    """`text` with a space for each of the spans in it, which are in order."""
    for span in reversed(spans):
        text = f"{text[: span.start]} {text[span.end :]}"
    return text


def years_in(text: str, today: date) -> tuple[int, ...]:
    """The years that a normalised text names, by number or word, in order: 2024, 24年, 去年."""
    named = (_year(match[0].rstrip("的 "), today) for match in _ANY_YEAR.finditer(text))
    return tuple(sorted({year for year in named if year}))


def without_years(text: str) -> str:
    """A normalised text without the years that it names, by number or word."""
    return _ANY_YEAR.sub(" ", text)


def with_full_years(text: str, today: date) -> str:
    """A normalised text with years of two digits in four: 24年 is 2024年."""
    return _SHORT.sub(lambda match: f"{_year(match[0], today) or match[0][:-1]}年", text)


def with_year_meant(text: str, year: int | None) -> str:
    """A normalised text with the year that 前一年 and 后一年 mean where `year` is spoken of."""
    return _BESIDE_YEAR.sub(
        lambda found: f"{year + (1 if found['after'] else -1)}年" if year else found[0], text
    )


def in_same_part(text: str, last: str, today: date) -> str:
    """A normalised text that names a year, with the part of it after that which `last`, normalised,
    names: 23年上半年呢 for 23年呢 after 2024年上半年; as it is where there is no such part."""
    spans, before = times_in(text, today), times_in(last, today)
    if len(spans) != 1 or len(before) != 1 or not spans[0].is_year or before[0].is_year:
        return text
    (span,), (part,) = spans, before
    if part.since.year != part.until.year or part.until - part.since < _LEAST_PART:
        return text
    words = without_years(last[part.start : part.end]).strip(" 的")
    return f"{text[: span.end]}{words}{text[span.end :]}"


def period(text: str, today: date) -> tuple[date, date] | None:
    """The days that the whole of `text` means, as an option or a filter; None if it is no time.
    A number of four digits alone is a year.

    >>> period("２０２５年一季度", date(2026, 3, 1))
    (datetime.date(2025, 1, 1), datetime.date(2025, 3, 31))
    """
    plain = normal(text).strip()
    if _YEAR_ALONE.fullmatch(plain):
        plain += "年"
    spans = times_in(plain, today)
    is_whole = len(spans) == 1 and not (plain[: spans[0].start] + plain[spans[0].end :]).strip(
        "的 "
    )
    return (spans[0].since, spans[0].until) if is_whole else None


_YEAR_ALONE = re.compile(r"(?:19|20)\d\d")


def written(since: date, until: date) -> str:
    """Days in a form that `period` reads as the same at any time: 2025年, 2025年7月, 2025-07-04,
    2025-07-04至2025-07-06."""
    if (since, until) == (date(since.year, 1, 1), date(since.year, 12, 31)):
        return f"{since.year}年"
    if (since, until) == _month(since.year, since.month):
        return f"{since.year}年{since.month}月"
    return str(since) if since == until else f"{since}至{until}"


def _spans(text: str, today: date) -> list[Span]:
    """The longest form at each place, from left to right."""
    spans: list[Span] = []
    at = 0
    # Each form's first match from here on; one that was passed over is looked for again.
    ahead = [form.search(text) for form, _ in _FORMS]
    while True:
        for place, match in enumerate(ahead):
            if match and match.start() < at:
                ahead[place] = _FORMS[place][0].search(text, at)
        best = min(
            (match for match in ahead if match),
            key=lambda match: (match.start(), -match.end()),
            default=None,
        )
        if best is None:
            break
        read = _FORMS[ahead.index(best)][1]
        if days := read(best, today):
            groups = best.groupdict()
            has_year = "year" not in groups or groups["year"] is not None
            start = best.end() - len(best[0].lstrip())
            spans.append(Span(*days, start, best.end(), has_year))
        at = best.end()
    return spans


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """The spans, those of which one leads up to the next (2023年到2025年) as one."""
    joined: list[Span] = []
    for span in spans:
        before = joined[-1] if joined else None
        if before and _BETWEEN.fullmatch(text, before.end, span.start):
            until = span.until if span.has_year else _in_year(span.until, before.since)
            joined[-1] = replace(before, until=max(before.until, until), end=span.end)
        else:
            joined.append(span)
    return joined


def _in_year(day: date, since: date) -> date:
    """`day` in the first year in which it comes after `since`."""
    return _in(day, since.year + ((day.month, day.day) < (since.month, since.day)))


def _opened(text: str, span: Span, today: date) -> Span:
    """The span, open to one side where the text says so: 2024年以来, 2020年以前."""
    if (match := _ONWARD.match(text, span.end)) and span.since <= today:
        return replace(span, until=max(span.until, today), end=match.end())
    if match := _BEFORE.match(text, span.end):
        return replace(span, since=_FIRST, until=span.since - timedelta(1), end=match.end())
    return span


def _qualified(text: str, span: Span) -> Span:
    """The span, with whether it says when a post was published."""
    is_of_post = (
        _IS_PUBLISHED.match(text, span.end)
        or _IS_NEWS.match(text, span.end)
        or _PUBLISHED_ON.search(text, 0, span.start)
    )
    return replace(span, is_of_post=True) if is_of_post else span
