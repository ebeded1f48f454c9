"""When a digest is wanted: what is typed → a schedule → the next time."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bot.render.texts import Texts
from corpus.chinese import simplified

ZONE = "Asia/Shanghai"
"""The zone of a schedule that names no other."""

_DAYS = "一二三四五六日"
_DAY = re.compile(r"每?(?:周|星期|礼拜)([一二三四五六日天])")
_TIME = re.compile(r"(?<![\d:])(\d{1,2}):(\d{2})(?![\d:])", re.ASCII)


def parse_schedule(text: str) -> dict[str, Any] | None:
    """The schedule that `text` asks for, None if it can't be understood.

    An hour, and perhaps a weekday, a zone, 分类:… for a category, 关注 for the saved queries;
    the weekday and the hour with a space between or without.

    >>> parse_schedule("周一8:30 分类:hgjj")["weekday"]
    0
    """
    schedule: dict[str, Any] = {"weekday": None, "zone": ZONE, "category": None, "watched": False}
    plain = simplified(unicodedata.normalize("NFKC", text))
    times = [(int(match[1]), int(match[2])) for match in _TIME.finditer(plain)]
    if len(times) != 1 or times[0][0] > 23 or times[0][1] > 59:
        return None
    schedule["time"] = list(times[0])
    rest = _DAY.sub(lambda match: f" {match[0]} ", _TIME.sub(" ", plain))
    for word in rest.split():
        if match := _DAY.fullmatch(word):
            schedule["weekday"] = _DAYS.index(match[1].replace("天", "日"))
        elif word in ("每天", "每日", "天天", "daily"):
            schedule["weekday"] = None
        elif match := re.fullmatch(r"分类:(.+)", word):
            schedule["category"] = match[1]
        elif word in ("关注", "watches"):
            schedule["watched"] = True
        elif re.fullmatch(r"(?:UTC|[A-Za-z_]+(?:/[A-Za-z_+-]+)+)", word) and _is_zone(word):
            schedule["zone"] = word
        else:
            return None
    return schedule


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def described(schedule: dict[str, Any], texts: Texts) -> str:
    """A schedule in words."""
    hour, minute = schedule["time"]
    weekday = schedule["weekday"]
    when = {"time": f"{hour:02}:{minute:02}", "zone": _zone_name(schedule["zone"], texts)}
    if weekday is None:
        said = texts.digest_every_day.format(**when)
    else:
        said = texts.digest_every_week.format(day=_DAYS[weekday], **when)
    category = f"分类:{schedule['category']}" if schedule["category"] else ""
    return " ".join(filter(None, [said, category, "关注" if schedule["watched"] else ""]))


def told_time(time: datetime, schedule: dict[str, Any], texts: Texts) -> str:
    """A time of a schedule in words, in the schedule's zone."""
    zone = _zone_name(schedule["zone"], texts)
    return texts.digest_time.format(day=texts.date.format(time), time=f"{time:%H:%M}", zone=zone)


def _zone_name(zone: str, texts: Texts) -> str:
    return texts.zone_china if zone == ZONE else zone


def next_time(schedule: dict[str, Any], after: datetime) -> datetime:
    """The first time of the schedule after a moment, in the schedule's zone."""
    local = after.astimezone(ZoneInfo(schedule["zone"]))
    hour, minute = schedule["time"]
    day = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    while day <= local or schedule["weekday"] not in (None, day.weekday()):
        day += timedelta(days=1)
    return day
