"""Dates in whatever form a site writes them."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.reading.dates import CHINA, read_date

SPRING = datetime(2024, 3, 1, 20, 5, tzinfo=CHINA)
DAY = datetime(2024, 3, 1, tzinfo=CHINA)


@pytest.mark.parametrize(
    "value",
    [
        "2024-03-01 20:05:00", "2024-03-01T20:05:00", "2024-3-1 20:05", "2024/03/01 20:05:00",
        "2024.03.01 20:05", "2024年3月1日 20:05", "2024年03月01日20时05分", "2024年3月1日20点5分",
        "2024年3月1日下午8:05", "2024-03-01 晚上 8:05", "２０２４年３月１日　２０：０５",
        "二〇二四年三月一日二十时五分", "20240301200500", "20240301T120500Z", "'2024-03-01 20:05'",
        "发布时间：2024-03-01 20:05", "星期五 2024-03-01 20:05", "2024-03-01T12:05:00Z",
        "2024-03-01T20:05:00.123+08:00", "2024-03-01 20:05:00 +0800", "2024-03-01 12:05 UTC",
        "2024-03-01 20:05 Asia/Shanghai", "2024-03-01 20:05 北京时间",
        "Fri, 01 Mar 2024 20:05:00 +0800", "Fri, 1 Mar 2024 20:05", "1 March 2024 20:05:00",
        "Fri, 01 Mar 2024 20:05:00 CST", "Fri, 01 Mar 2024 12:05:00 GMT", "1 Mar 24 20:05:00",
        "Fri, 01 Mar 2024 07:05:00 EST", "Fri, 01 Mar 2024 20:05:00 +0800 (CST)",
        "Fri, 01-Mar-2024 20:05:00 GMT+8", "Fri Mar 01 20:05:00 CST 2024",
        "Fri Mar  1 20:05:00 2024", "Fri Mar 01 2024 20:05:00 GMT+0800 (中国标准时间)",
        "March 1, 2024 8:05 PM", "周五, 01 三月 2024 20:05:00 +0800", "1709294700", "1709294700000",
        "2024年3月1日晚8点5分", "2024-03-01 夜间 8:05", "2024-03-01 8:05 下午",
        "民国113年3月1日 20:05", "中華民國113年3月1日 20:05", "24年3月1日 20:05", "2024·3·1 20:05",
        "2024‑03‑01 20:05", "2024—03—01 20:05", "2024-03-01\u200e 20:05", "1709294700.5",
        "/Date(1709294700000)/", "1709294700000+0800", "1709294700000000",
    ],
)  # fmt: skip
def test_a_date_is_read_in_whatever_form(value: str) -> None:
    assert read_date(value) == (SPRING, None)


@pytest.mark.parametrize(
    "value",
    ["2024年3月1日", "2024-3-1", "2024.03.01", "2024/3/1", "20240301", "二○二四年三月一日",
     "Fri, 1 Mar 2024", "Mar 1, 2024", "2024年3月1日凌晨12点", "2024年3月1日—3月5日",
     "2024-03-01 24:00 +0800", "2024-03-01 12:00 AM"],
)  # fmt: skip
def test_a_day_is_its_beginning_in_china(value: str) -> None:
    assert read_date(value) == (DAY + timedelta(days="24:00" in value), None)


@pytest.mark.parametrize(
    ("value", "hour", "minute"),
    [
        ("早8点", 8, 0), ("上午10点半", 10, 30), ("中午11:30", 11, 30), ("中午1点", 13, 0),
        ("下午3点", 15, 0), ("下午3点一刻", 15, 15), ("傍晚6点", 18, 0), ("晚9点三刻", 21, 45),
        ("深夜11点", 23, 0), ("半夜2点", 2, 0), ("凌晨12点半", 0, 30), ("晚上12点", 24, 0),
    ],
)  # fmt: skip
def test_an_hour_is_of_its_part_of_the_day(value: str, hour: int, minute: int) -> None:
    time = DAY + timedelta(hours=hour, minutes=minute)
    assert read_date(f"2024年3月1日{value}") == (time, None)


def test_a_day_may_be_counted_in_tens_of_old() -> None:
    assert read_date("二〇二四年三月廿一日") == (DAY.replace(day=21), None)


@pytest.mark.parametrize(
    ("value", "day", "guess"),
    [
        ("3/1/2024", DAY, "the month first"),
        ("1.3.2024", DAY, "the day first"),
        ("3/13/2024", DAY.replace(day=13), None),
        ("13/3/2024", DAY.replace(day=13), None),
        ("3/3/2024", DAY.replace(day=3), None),
        ("2024-03-01 XYZ", DAY, "the zone XYZ is not known, China's taken"),
        ("2024-03-01 +9900", DAY, "no zone +9900, China's taken"),
    ],
)
def test_what_is_guessed_is_warned_of(value: str, day: datetime, guess: str | None) -> None:
    assert read_date(value) == (day, guess and f"a guess at the date {value!r}: {guess}")


@pytest.mark.parametrize(
    "value",
    ["", "昨天", "三月一日", "03-01 20:00", "2024-02-30", "2024-13-01", "2024-03-01 25:00",
     "0000-00-00 00:00:00", "-0001-11-30", "0001-01-01T00:00:00Z", "1899-12-30", "1900-01-01",
     "1970-01-01", "Thu Jan 01 1970 08:00:00 GMT+0800", "+0800", "17092512", "2024年3月",
     "0001-01-01 00:00 +1400", "9999-12-31 23:59:59 -1200",
     "2024-03-01" + "x" * 300],
)  # fmt: skip
def test_what_is_no_date_is_none_and_warned_of(value: str) -> None:
    assert read_date(value) == (None, f"no usable date ({value!r})")


@given(st.text())
def test_any_text_is_a_date_or_none(text: str) -> None:
    found, warning = read_date(text)
    assert (found is None) <= (warning is not None)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)),
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["%Y-%m-%dT%H:%M:%S%z", "%Y/%m/%d %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %z"]),
)
def test_a_date_that_was_written_is_read_back(time: datetime, minutes: int, form: str) -> None:
    moment = time.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_date(moment.strftime(form)) == (moment, None)
