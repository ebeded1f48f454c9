"""Until when a rule holds, as its text says."""

from dataclasses import replace
from datetime import date

import pytest

from corpus.reading.posts import Paragraph, Post
from retrieval.answering.validity import last_day, tells_rule


def rule(*texts: str) -> Post:
    paragraphs = tuple(Paragraph(None, text) for text in texts)
    return Post("1", "关于渔船油补的公告", None, None, (), None, None, paragraphs)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("本公告执行至2023年12月31日。", date(2023, 12, 31)),
        ("油补政策延续实施至2027年底。", date(2027, 12, 31)),
        ("自2019年1月1日至2021年12月31日，对渔船免征车船税。", date(2021, 12, 31)),
        ("本办法有效期至2025年6月30日。", date(2025, 6, 30)),
        ("从今年9月1日起，到2017年12月31日，对渔船免征车船税。", date(2017, 12, 31)),
        ("从今年10月1日至2015年底，对渔船免征车船税。", date(2015, 12, 31)),
        ("2024年1月1日至2027年12月31日，渔船减半征收车船税。", date(2027, 12, 31)),
        ("渔船油补政策延至2023年底。", date(2023, 12, 31)),
        ("油补政策执行期限由今年底延长至2017年底。", date(2017, 12, 31)),
        ("油补政策的期限截至2021年底。", date(2021, 12, 31)),
        ("政策实施以来，截至2023年底共补贴渔船三千艘。", None),
        ("本公告自2023年1月1日起施行。", None),
        ("执行至2023年13月40日。", None),
        ("2021年至2023年，全市退税三亿元。", None),
    ],
)
def test_the_last_day_of_a_rule_is_read(text: str, day: date | None) -> None:
    assert last_day(rule("前言。", text), "notice", "前言。") == day


def test_of_several_days_the_last_counts() -> None:
    texts = ("原执行至2021年12月31日的油补政策", "延续执行至2023年12月31日。")
    assert last_day(rule(*texts), "notice", "") == date(2023, 12, 31)


def test_a_meeting_tells_of_the_rules_in_the_passage_that_is_shown() -> None:
    boats, salt = "会议决定，渔船油补政策延至2023年底。", "会议还决定，盐税减半政策延至2025年底。"
    meeting = replace(rule(boats, salt), title="市政府召开会议")
    assert last_day(meeting, "report", boats) == date(2023, 12, 31)
    assert last_day(meeting, "report", "会议听取了汇报。") is None
    dates = "2020年1月1日至2021年12月31日，渔民多捕鱼两万吨，渔汛蔓延至2022年底。"
    assert last_day(meeting, "report", dates) is None


def test_a_case_runs_out_on_no_day() -> None:
    text = "本公告执行至2023年12月31日。"
    assert last_day(rule(text), "case", text) is None
    assert not tells_rule("case", "骗享税费优惠政策被查")
    assert tells_rule("report", "油补政策延续")
    assert not tells_rule("report", "渔港今日开渔")
    assert not tells_rule(None, "油补政策延续")
