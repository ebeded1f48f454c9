"""Forms of time, each with the days that it means on Saturday, 28 November 2026."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question.times import (
    normal,
    period,
    times_in,
    with_full_years,
    written,
    years_in,
)

TODAY = date(2026, 11, 28)

FORMS = {
    "今天": "2026-11-28 2026-11-28",
    "昨天": "2026-11-27 2026-11-27",
    "昨日": "2026-11-27 2026-11-27",
    "前天": "2026-11-26 2026-11-26",
    "大前天": "2026-11-25 2026-11-25",
    "本周": "2026-11-23 2026-11-29",
    "这周": "2026-11-23 2026-11-29",
    "这个星期": "2026-11-23 2026-11-29",
    "上周": "2026-11-16 2026-11-22",
    "上週": "2026-11-16 2026-11-22",
    "上个星期": "2026-11-16 2026-11-22",
    "上上周": "2026-11-09 2026-11-15",
    "上周五": "2026-11-20 2026-11-20",
    "本周一": "2026-11-23 2026-11-23",
    "最近一周": "2026-11-22 2026-11-28",
    "近7天": "2026-11-22 2026-11-28",
    "过去三天": "2026-11-26 2026-11-28",
    "本月": "2026-11-01 2026-11-30",
    "这个月": "2026-11-01 2026-11-30",
    "這個月": "2026-11-01 2026-11-30",
    "本月5号": "2026-11-05 2026-11-05",
    "上个月": "2026-10-01 2026-10-31",
    "上個月": "2026-10-01 2026-10-31",
    "上月": "2026-10-01 2026-10-31",
    "上上个月": "2026-09-01 2026-09-30",
    "上月底": "2026-10-21 2026-10-31",
    "近一个月": "2026-10-29 2026-11-28",
    "最近三个月": "2026-08-29 2026-11-28",
    "近半年": "2026-05-29 2026-11-28",
    "近三年": "2023-11-29 2026-11-28",
    "过去五年": "2021-11-29 2026-11-28",
    "今年": "2026-01-01 2026-12-31",
    "去年": "2025-01-01 2025-12-31",
    "前年": "2024-01-01 2024-12-31",
    "去年7月": "2025-07-01 2025-07-31",
    "去年的七月份": "2025-07-01 2025-07-31",
    "今年3月中旬": "2026-03-11 2026-03-20",
    "7月": "2026-07-01 2026-07-31",
    "12月": "2025-12-01 2025-12-31",
    "十二月": "2025-12-01 2025-12-31",
    "11月30日": "2026-11-30 2026-11-30",
    "2026年4月": "2026-04-01 2026-04-30",
    "2025年7月4日": "2025-07-04 2025-07-04",
    "2025年7月4号": "2025-07-04 2025-07-04",
    "2025-07-04": "2025-07-04 2025-07-04",
    "2025/7/4": "2025-07-04 2025-07-04",
    "2025.7.4": "2025-07-04 2025-07-04",
    "2025-07": "2025-07-01 2025-07-31",
    "２０２５／７／４": "2025-07-04 2025-07-04",
    "二〇二五年七月": "2025-07-01 2025-07-31",
    "二零二五年七月四日": "2025-07-04 2025-07-04",
    "2025年": "2025-01-01 2025-12-31",
    "２０２４年": "2024-01-01 2024-12-31",
    "24年": "2024-01-01 2024-12-31",
    "18年5月": "2018-05-01 2018-05-31",
    "98年": "1998-01-01 1998-12-31",
    "一季度": "2026-01-01 2026-03-31",
    "首季": "2026-01-01 2026-03-31",
    "2025年首季度": "2025-01-01 2025-03-31",
    "第四季度": "2026-10-01 2026-12-31",
    "去年三季度": "2025-07-01 2025-09-30",
    "上季度": "2026-07-01 2026-09-30",
    "本季度": "2026-10-01 2026-12-31",
    "上半年": "2026-01-01 2026-06-30",
    "2024上半年": "2024-01-01 2024-06-30",
    "24年前三季度": "2024-01-01 2024-09-30",
    "2025年下半年": "2025-07-01 2025-12-31",
    "年初": "2026-01-01 2026-02-28",
    "去年底": "2025-11-01 2025-12-31",
    "2024年初": "2024-01-01 2024-02-29",
    "2019年头五个月": "2019-01-01 2019-05-31",
    "今年前三季度": "2026-01-01 2026-09-30",
    "今年以来": "2026-01-01 2026-11-28",
    "2024年以来": "2024-01-01 2026-11-28",
    "2020年以前": "1949-01-01 2019-12-31",
    "2023年到2025年": "2023-01-01 2025-12-31",
    "2025年3月至5月": "2025-03-01 2025-05-31",
    "2025年11月至2月": "2025-11-01 2026-02-28",
    "2025-03-01至2025-03-09": "2025-03-01 2025-03-09",
}


@pytest.mark.parametrize(("form", "days"), FORMS.items())
def test_a_form_of_time_means_its_days(form: str, days: str) -> None:
    since, until = days.split()
    expected = date.fromisoformat(since), date.fromisoformat(until)
    assert period(form, TODAY) == expected
    [span] = times_in(normal(f"云岭市{form}的退税"), TODAY)
    assert (span.since, span.until) == expected


def test_four_digits_are_a_year_where_nothing_else_stands() -> None:
    assert period(" ２０２５ ", TODAY) == (date(2025, 1, 1), date(2025, 12, 31))
    assert period("3025", TODAY) is None
    assert not times_in(normal("第2025号公告"), TODAY)


@pytest.mark.parametrize(
    "text",
    ["满10年", "10年以上有期徒刑", "3年6个月", "判了12年", "第24条", "2.5倍", "2025.7万元",
     "骗取退税", "2025年13月45日", "6个月", "近况", "1年内", "2025-13-40", "", "星期", "0年"],
)  # fmt: skip
def test_what_is_no_time_is_none(text: str) -> None:
    assert period(text, TODAY) is None


YEARS = {
    "24年出台的优惠": (2024,),
    "我记得22年6月起减半": (2022,),
    "沿用24年1月的税率": (2024,),
    "一直用24年度的表": (2024,),
    "22年至24年退了多少": (2022, 2024),
    "35年退多少": (2035,),
    "98年开的店": (1998,),
    "缴满15年能领养老金吗": (),
    "缴满15年起可以领": (),
    "三年至10年有期徒刑": (),
    "主犯判了12年": (),
    "15年左右": (),
    "2022年云岭退了多少税": (2022,),
    "2022退了多少税": (2022,),
    "二〇二一年的新政": (2021,),
    "去年和今年各是多少": (2025, 2026),
    "前年": (2024,),
    "大前年": (2023,),
    "上年结转的": (2025,),
    "缴费5年以上年限": (),
    "2年后年检": (),
    "电话12022345": (),
    "1895年": (),
    "": (),
}


@pytest.mark.parametrize(("text", "years"), YEARS.items())
def test_years_are_read_by_the_day_that_is_passed_in(text: str, years: tuple[int, ...]) -> None:
    assert years_in(normal(text), TODAY) == years


@pytest.mark.parametrize("text", YEARS)
def test_a_year_of_two_digits_is_written_out_where_it_is_read(text: str) -> None:
    written_out = with_full_years(normal(text), TODAY)
    assert years_in(written_out, TODAY) == YEARS[text]
    assert with_full_years(written_out, TODAY) == written_out


PUBLISHED = [
    "2026年4月曝光的虚开发票案件",
    "2025年7月4日公布的案件",
    "今天有什么新闻",
    "昨天的税务新闻",
    "上个月骗取留抵退税的案件有哪些",
    "2019年10月31号报的假发票案",
    "去年5月税务总局通报的那起案子",
    "2030年公布了哪些偷税案件",
    "发布于2024年3月的公告",
    "本周有哪些骗税案例",
]
HAPPENED = [
    "2021年广东自动发放了多少发票",
    "2024年个税申报的期限",
    "去年7月的税率",
    "2021年自动发放了发票的新闻",
    "4月怎么报税",
    "2023年少报的收入",
]


@pytest.mark.parametrize("text", PUBLISHED)
def test_a_time_of_publishing_is_a_condition(text: str) -> None:
    assert [span.is_of_post for span in times_in(normal(text), TODAY)] == [True]


@pytest.mark.parametrize("text", HAPPENED)
def test_a_time_of_happening_is_none(text: str) -> None:
    assert [span.is_of_post for span in times_in(normal(text), TODAY)] == [False]


@pytest.mark.parametrize("digit", "3３٣३")
def test_a_digit_is_one_in_any_script(digit: str) -> None:
    assert times_in(f"近{digit}年", TODAY) == times_in("近3年", TODAY) != []


def test_a_guessed_year_is_told_from_a_named_one() -> None:
    text = "去年7月和8月和近三年"
    assert [span.has_year for span in times_in(text, TODAY)] == [True, False, True]


@given(
    text=st.text(
        st.sampled_from("今去前昨年月日天周上本近一二十0123456789-/.到至以来初底季度半个")
    ),
    today=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
)
def test_spans_are_in_order_and_none_ends_before_it_begins(text: str, today: date) -> None:
    at = 0
    for span in times_in(text, today):
        assert at <= span.start < span.end <= len(text)
        assert span.since <= span.until
        at = span.end


@given(
    since=st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    days=st.integers(0, 800),
    today=st.dates(date(1990, 1, 1), date(2100, 1, 1)),
)
def test_days_that_are_written_out_are_read_as_the_same_at_any_time(
    since: date, days: int, today: date
) -> None:
    until = since + timedelta(days)
    assert period(written(since, until), today) == (since, until)
    year = (date(since.year, 1, 1), date(since.year, 12, 31))
    assert period(written(*year), today) == year
