"""When a digest is wanted: what is typed → a schedule → the next time."""

import re
import unicodedata
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.render.texts import Texts
from bot.storage.subscription_values import Schedule
from corpus.chinese import simplified

_DAYS = "一二三四五六日"
_DAY = re.compile(r"每?(?:周|星期|礼拜)([一二三四五六日天])")
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])", re.ASCII)


_HOURS = "零一二三四五六七八九十"
_OCLOCK = re.compile(
    r"(早上|早晨|上午|中午|下午|傍晚|晚上|晚)?(\d{1,2}|十[一二]|二十[一二三]?|[一二两三四五六七八九十])点"
    r"(?:(半)|([0-5]?\d)分?|整|钟)?",
    re.ASCII,
)


def _in_digits(match: re.Match[str]) -> str:
    """An hour as people say it, in digits: 早上八点半 is 08:30, 晚上9点 21:00."""
    part, said, half, minutes = match.groups()
    hour = int(said) if said.isdecimal() else _value(said)
    if part in ("下午", "傍晚", "晚上", "晚"):
        hour = (hour + 12) % 24
    return f" {hour}:{30 if half else int(minutes or 0):02} "


def _value(numeral: str) -> int:
    tens, ten, ones = numeral.replace("两", "二").rpartition("十")
    value = _HOURS.index(ones) if ones else 0
    return value + (10 * (_HOURS.index(tens) if tens else 1) if ten else 0)


def parse_schedule(text: str) -> Schedule | None:
    """The schedule that `text` asks for, None if it can't be understood.

    An hour, and perhaps a weekday, a zone, 分类:… for a category, 关注 for the saved queries;
    the weekday and the hour with a space between or without; the hour as it is said, too.

    >>> parse_schedule("周一8:30 分类:央视网").weekday, parse_schedule("每天早上八点半").time
    (0, (8, 30))
    """
    plain = _OCLOCK.sub(_in_digits, simplified(unicodedata.normalize("NFKC", text)))
    times = [(int(match[1]), int(match[2])) for match in _TIME.finditer(plain)]
    if len(times) != 1 or times[0][0] > 23 or times[0][1] > 59:
        return None
    schedule = Schedule(times[0])
    rest = _DAY.sub(lambda match: f" {match[0]} ", _TIME.sub(" ", plain))
    for word in rest.split():
        if match := _DAY.fullmatch(word):
            schedule = replace(schedule, weekday=_DAYS.index(match[1].replace("天", "日")))
        elif word in ("每天", "每日", "天天", "daily"):
            schedule = replace(schedule, weekday=None)
        elif match := re.fullmatch(r"分类:(.+)", word):
            schedule = replace(schedule, category=match[1])
        elif word in ("关注", "watches"):
            schedule = replace(schedule, watched=True)
        elif re.fullmatch(r"(?:UTC|[A-Za-z_]+(?:/[A-Za-z_+-]+)+)", word) and _is_zone(word):
            schedule = replace(schedule, zone=word)
        else:
            return None
    return schedule


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def described(schedule: Schedule, texts: Texts) -> str:
    """A schedule in words."""
    hour, minute = schedule.time
    weekday = schedule.weekday
    when = {"time": f"{hour:02}:{minute:02}", "zone": _zone_name(schedule.zone, texts)}
    if weekday is None:
        said = texts.digest_every_day.format(**when)
    else:
        said = texts.digest_every_week.format(day=texts.weekdays[weekday], **when)
    category = f"分类:{schedule.category}" if schedule.category else ""
    return " ".join(filter(None, [said, category, "关注" if schedule.watched else ""]))


def written_time(time: datetime, schedule: Schedule, texts: Texts) -> str:
    """A time of a schedule in words, in the schedule's zone."""
    zone = _zone_name(schedule.zone, texts)
    return texts.digest_time.format(day=texts.date.format(time), time=f"{time:%H:%M}", zone=zone)


def _zone_name(zone: str, texts: Texts) -> str:
    return texts.zone_china if zone == "Asia/Shanghai" else zone


def next_time(schedule: Schedule, after: datetime) -> datetime:
    """The first time of the schedule after a moment, in the schedule's zone."""
    local = after.astimezone(ZoneInfo(schedule.zone))
    hour, minute = schedule.time
    day = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while day <= local or schedule.weekday not in (None, day.weekday()):
        day += timedelta(days=1)
    return day
