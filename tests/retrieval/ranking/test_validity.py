"""Until when a rule holds, as its text says."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from corpus.reading.posts import CHINA, Paragraph, Post
from retrieval.ranking.validity import Validity, tells_rule


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
        ("2026-01-01 至 2027-12-31，渔船减半征收车船税。", date(2027, 12, 31)),
        ("油补政策再延续涉及捕捞、养殖、加工等11项至2023年底。", date(2023, 12, 31)),
        ("油补政策期限延长至“十四五”末，即2025年底。", date(2025, 12, 31)),
        ("油补政策延长至2020年。", date(2020, 12, 31)),
        ("油补政策到2020年。", None),
        ("自2020年3月1日至5月31日，对渔船免征车船税。", date(2020, 5, 31)),
        ("执行至2023年13月40日。", None),
        ("执行至2023-02-31。", None),
        ("执行至2023-13-01。", None),
        ("2021年至2023年，全市退税三亿元。", None),
    ],
)
def test_the_last_day_of_a_rule_is_read(text: str, day: date | None) -> None:
    assert Validity(rule("前言。", text), "notice").last_day("前言。") == day


def test_of_several_days_the_last_counts() -> None:
    texts = ("原执行至2021年12月31日的油补政策", "延续执行至2023年12月31日。")
    assert Validity(rule("前言。", *texts), "notice").last_day("前言。") == date(2023, 12, 31)


@pytest.mark.parametrize("numbers", ["一、 二、 三、", "第一条 第二条 第三条"])
def test_what_one_measure_of_a_notice_says_of_itself_ends_no_other(numbers: str) -> None:
    """A rule for good was shown as one that has run out."""
    measures = ("2020年1月1日至2023年12月31日，渔船免征车船税。", "盐税减半。", "油补照常发放。")
    boats, salt, boon = (f"{n}{text}" for n, text in zip(numbers.split(), measures, strict=True))
    days = [Validity(rule(boats, salt, boon), "notice").last_day(text) for text in (boats, salt)]
    assert days == [date(2023, 12, 31), None]
    end = f"{numbers.split()[2]}本公告执行至2025年12月31日。"
    assert Validity(rule(boats, salt, end), "notice").last_day(salt) == date(2025, 12, 31)


def test_the_paragraph_that_heads_the_items_of_a_notice_tells_their_last_day() -> None:
    head, item = "一、下列政策执行至2023年12月31日：", "（一）盐税减半。"
    assert Validity(rule(head, item), "notice").last_day(item) == date(2023, 12, 31)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("从今天起至今年12月31日，对渔船免征车船税。", date(2022, 12, 31)),
        ("渔船车船税免征政策延至明年底。", date(2023, 12, 31)),
        ("一律免除渔港租金至年底。", date(2022, 12, 31)),
        ("3月1日至5月底，对渔船免征车船税。", date(2022, 5, 31)),
        ("1月1日至2月28日，油补政策退税三亿元。", None),
        ("政策实施以来，预计到今年年底退税三亿元。", None),
    ],
)
def test_a_day_without_a_year_is_of_the_post_and_none_before_it_ends_a_rule(
    text: str, day: date | None
) -> None:
    post = replace(rule(text), published=datetime(2022, 3, 1, tzinfo=CHINA))
    assert Validity(post, "report").last_day(text) == day


def test_in_a_statute_a_day_without_a_year_comes_back_each_year() -> None:
    text = "纳税年度自公历1月1日起至12月31日止。"
    post = replace(rule(text), published=datetime(2022, 3, 1, tzinfo=CHINA))
    assert Validity(post, "statute").last_day(text) is None


def test_of_a_list_the_sentence_and_its_head_tell_until_when_a_rule_holds() -> None:
    items = ("一是油补政策延至2023年底。", "二是盐税减半。", "三是渔港租金减半，实施至2025年底。")
    text = "会议决定，" + "".join(items)
    meeting = replace(rule(text), title="市政府召开会议")
    days = [Validity(meeting, "report").last_day(item) for item in items]
    assert days == [date(2023, 12, 31), None, date(2025, 12, 31)]
    under = "以下政策延续至2027年底：" + "".join(items[:2])
    meeting = replace(rule(under), title="市政府召开会议")
    assert Validity(meeting, "report").last_day(items[1]) == date(2027, 12, 31)


def test_of_a_sentence_over_two_paragraphs_either_tells_the_day() -> None:
    meeting = replace(rule("油补照常发放。", "盐税政策延至2025年底。"), title="市政府召开会议")
    assert Validity(meeting, "report").last_day("油补照常发放。\n盐税政策延至2025年底。") == date(
        2025, 12, 31
    )


def test_the_clause_before_tells_until_when_a_clause_holds() -> None:
    clauses = (
        "油补政策延至2023年底；",
        "船龄二十年以上的减半；",
        "盐税优惠延至2027年底；",
        "其他不变。",
    )
    text = "".join(clauses)
    meeting = replace(rule(text), title="市政府召开会议")
    days = [Validity(meeting, "report").last_day(clause) for clause in clauses]
    assert days == [date(2023, 12, 31)] * 2 + [date(2027, 12, 31)] * 2


def test_the_title_tells_until_when_the_rule_of_a_report_holds() -> None:
    report = replace(rule("渔民说好。"), title="油补政策延续至2027年底")
    assert Validity(report, "report").last_day("渔民说好。") == date(2027, 12, 31)


def test_a_meeting_tells_of_the_rules_in_the_passage_that_is_shown() -> None:
    boats, salt = "会议决定，渔船油补政策延至2023年底。", "会议还决定，盐税减半政策延至2025年底。"
    meeting = replace(rule(boats, salt), title="市政府召开会议")
    assert Validity(meeting, "report").last_day(boats) == date(2023, 12, 31)
    assert Validity(meeting, "report").last_day("会议听取了汇报。") is None
    dates = "2020年1月1日至2021年12月31日，渔民多捕鱼两万吨，渔汛蔓延至2022年底。"
    assert Validity(meeting, "report").last_day(dates) is None


def test_a_case_runs_out_on_no_day() -> None:
    text = "本公告执行至2023年12月31日。"
    assert Validity(rule(text), "case").last_day(text) is None
    assert not tells_rule("case", "骗享税费优惠政策被查")
    assert tells_rule("report", "油补政策延续")
    assert not tells_rule("report", "渔港今日开渔")
    assert not tells_rule(None, "油补政策延续")


def test_a_paragraph_of_nothing_but_last_days_is_read_in_one_go() -> None:
    """It took minutes while all that stands before each of them was read for it."""
    text = "油补政策延续至2023年底，" * 10_000
    assert Validity(rule(text), "notice").last_day(text) == date(2023, 12, 31)
