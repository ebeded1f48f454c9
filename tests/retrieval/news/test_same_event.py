"""Which posts report the same event, and which of them tells what it has come to."""

import time
from datetime import datetime, timedelta
from itertools import product

import pytest

from corpus.reading.places import places_of
from corpus.reading.post_types import type_of
from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.store.values import Story
from retrieval.news.event_names import bodies_in, persons_in
from retrieval.news.same_event import KnownEvents, Marks, marks_of, singles_first

DAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)


def story(title: str, text: str, days: int = 0) -> Story:
    published = DAY + timedelta(days=days)
    post = Post("1", title, published, None, (), None, None, (Paragraph(None, text),))
    return Story(post, (1,), places_of(post), type_of(post))


def told(*stories: Story) -> list[tuple[int, bool]]:
    known = KnownEvents()
    return [known.add(key, marks_of(story)) for key, story in enumerate(stories)]


NOTICE = story("海州查处青松加油站偷税案", "青松加油站少缴税款662.45万元。")
OTHER = story("云泽查处白桦加油站偷税案", "白桦加油站少缴税款158.38万元。")
FEATURE = story("——还原海州市青松加油站偷税真相", "少缴662.45万元，怎么查出来的。")
ROUNDUP = story("税务部门曝光2起加油站偷税案件", "青松少缴662.45万元，白桦少缴158.38万元。")
COMMENT = story("2起加油站案件说明什么", "守法才走得远。")


def test_a_notice_and_a_feature_of_the_same_sum_and_name_are_one_story() -> None:
    assert told(NOTICE, OTHER, FEATURE) == [(0, False), (1, False), (0, False)]


def test_a_roundup_joins_a_case_that_was_told_and_joins_no_cases() -> None:
    assert told(NOTICE, OTHER, ROUNDUP, FEATURE) == [(0, False), (1, False), (0, False), (0, False)]
    assert told(NOTICE, ROUNDUP, COMMENT, OTHER) == [(0, False), (0, False), (0, False), (3, False)]


def test_roundups_come_after_the_cases_that_they_are_of() -> None:
    marks = [marks_of(one) for one in (COMMENT, ROUNDUP, NOTICE, OTHER)]
    assert singles_first(marks) == [2, 3, 1, 0]


def test_a_round_sum_is_no_mark() -> None:
    one, other = story("甲店被罚", "罚款20万元。"), story("乙店被罚", "罚款20万元。")
    assert told(one, other) == [(0, False), (1, False)]


def test_a_verdict_of_a_later_day_is_new_once_and_of_the_same_day_it_is_not() -> None:
    verdict = story("青松加油站案宣判", "青松加油站少缴662.45万元，一审判处罚金。", days=9)
    assert told(NOTICE, verdict, verdict) == [(0, False), (0, True), (0, False)]
    same_day = story("青松加油站案宣判", "青松加油站少缴662.45万元，一审判处罚金。")
    assert told(NOTICE, same_day) == [(0, False), (0, False)]


def test_the_same_sum_a_quarter_later_is_another_story() -> None:
    later = story("海州查处青松加油站偷税案", "青松加油站少缴税款662.45万元。", days=90)
    assert told(NOTICE, later) == [(0, False), (1, False)]


def test_a_company_is_known_by_half_of_its_name_and_by_a_rounded_sum() -> None:
    notice = story(
        "海州市税务局查处海州红杉建材贸易有限公司骗取留抵退税案",
        "海州红杉建材贸易有限公司骗取留抵退税911.18万元。",
    )
    half = story("红杉建材的仓库里没有货", "这家企业骗走逾900万元退税。", 1)
    other_half = story("红杉公司负责人道歉", "老板说，退税已经还清。", 2)
    rounded = story("海州一建材商骗退税911万元", "税务局查了它的仓库账。", 3)
    verdict = story("红杉贸易骗税案宣判", "一审判处负责人有期徒刑六年。", 9)
    assert told(notice, half, other_half, rounded, verdict) == [
        (0, False),
        (0, False),
        (0, False),
        (0, False),
        (0, True),
    ]
    assert told(half, notice) == [(0, False), (0, False)]


def test_companies_of_a_trade_are_several_though_sum_and_place_are_the_same() -> None:
    one = story("海州查处海州晨星信息科技有限公司偷税案", "海州市的这家公司少缴662.45万元。")
    other = story("海州查处海州远山信息科技有限公司偷税案", "海州市的这家公司少缴662.45万元。")
    assert told(one, other) == [(0, False), (1, False)]
    star = story("查处网络主播林小雨偷税案", "林小雨少缴662.45万元。")
    other_star = story("查处网络主播周大海偷税案", "周大海少缴662.45万元。")
    assert told(star, other_star) == [(0, False), (1, False)]
    assert told(one, star) == [(0, False), (0, False)]  # whose company it may be
    shops = (
        story("海州查处一起加油站偷税案", "罚款三十万元。"),
        story("云泽查处一起加油站偷税案", ""),
    )
    assert told(*shops) == [(0, False), (1, False)]


def test_a_short_sum_is_told_of_one_thing_in_one_place_only() -> None:
    here = story("厦门市税务局查处一起骗税案", "骗取12.32万元。")
    again = story("厦门市追回骗走的退税", "一店骗取12.32万元。")
    there = story("大连市税务局查处一起骗税案", "骗取12.32万元。")
    assert told(here, again, there) == [(0, False), (0, False), (2, False)]


def test_two_roundups_of_as_many_cases_of_a_day_are_told_apart_by_what_they_are_of() -> None:
    stations = story("税务部门曝光3起加油站偷税案件", "少缴151.23万元、262.34万元、373.45万元。")
    stars = story("税务部门曝光3起网络主播偷税案件", "少缴451.23万元、562.34万元、673.45万元。")
    on_stations = story("3起加油站案件说明什么", "3月2日，公布了3起加油站案件。", 1)
    on_stars = story("3起网络主播案件说明什么", "守法才走得远。")
    assert told(stations, stars, on_stations, on_stars) == [
        (0, False),
        (1, False),
        (0, False),
        (1, False),
    ]


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("查处红杉信息技术(海州)有限公司", {"红杉信息", "红杉技术", "红杉公司", "红杉有限公司"}),
        ("海州市马丁有限公司被罚", {"马丁公司", "马丁有限公司"}),
        ("揭秘海州晨星医疗美容门诊部有限公司", {"晨星医疗", "晨星美容"}),
        ("云泽县青松岔路加油站偷税", {"青松岔路加油站"}),
        ("依法查处一起加油站偷税案件", set()),
        ("该信息科技有限公司与某贸易有限公司", set()),
        ("网络主播林小雨偷税案", {"林小雨"}),
        ("以周大海为首的团伙", {"周大海"}),
        ("依法对吴珊偷逃税案件进行处理", {"吴珊"}),
        ("主播偷逃税等案件公布", set()),
        ("法定代表人王某因骗税获刑", set()),
    ],
)
def test_names_are_what_a_body_or_person_may_be_called(title: str, names: set[str]) -> None:
    assert bodies_in(title, "") | persons_in(title) == names


def test_a_rule_is_known_by_its_title_and_by_its_number_with_who_signs_it() -> None:
    rule = story(
        "财政部 税务总局关于石料税收政策的公告", "财政部 税务总局公告2026年第12号,公告如下。"
    )
    told_of = story(
        "两部门：石料企业明年少缴税", "两部门发布《关于石料税收政策的公告》,明年施行。", 1
    )
    by_number = story("石料企业少缴税", "财政部和税务总局的2026年第12号公告说,石料免税。", 2)
    in_force = story("《关于石料税收政策的公告》施行", "公告今天（3月9日）起正式施行。", 7)
    other = story("国家税务总局关于印章的公告", "国家税务总局公告2026年第12号,公告如下。")
    assert told(rule, told_of, by_number, in_force, other) == [
        (0, False),
        (0, False),
        (0, False),
        (0, True),
        (4, False),
    ]
    law = story("《中华人民共和国石料资源税法（草案）》征求意见", "草案有二十条。")
    again = story("读懂《石料资源税法》草案", "共二十条。")
    assert told(law, again) == [(0, False), (0, False)]


@pytest.mark.parametrize("number", ["9" * 400 + ".5", "1," * 1000, "11," * 600 + "1"])
def test_a_number_without_end_is_no_sum_and_soon_read(number: str) -> None:
    started = time.process_time()
    many = "\n".join([f"甲店少缴{number}万元。"] * 100)
    assert marks_of(story("甲店被查", many)).stages == frozenset()
    assert time.process_time() - started < 5


def test_many_events_are_told_apart_in_little_time() -> None:
    known = KnownEvents()
    own = "山川湖泊江河溪流松柏杨柳桃李杏梅兰竹菊荷风云雷电雨雪霜露日月星辰春夏秋冬红黄蓝绿青紫黑白"
    posts = [
        story(f"{one}{other}商贸有限公司", f"少缴{n + 1000}.37万元。")
        for n, (one, other) in enumerate(product(own, own))
    ]
    marks = [marks_of(post) for post in posts]
    started = time.process_time()
    assert [known.add(n, one)[0] for n, one in enumerate(marks)] == list(range(len(posts)))
    assert time.process_time() - started < 10


def test_marks_are_of_names_sums_documents_and_days() -> None:
    text = "2026年第12号公告。主播林小雨偷税1234.5万元。"
    assert marks_of(story("《石料资源税征收办法》发布", text)) == Marks(
        frozenset(
            {
                "document 石料资源税征收办法",
                "document 2026年第12号",
                "person 林小雨",
                "sum 1234.5",
                "about 1234",
            }
        ),
        frozenset(),
        DAY.date(),
        f"《石料资源税征收办法》发布\n{text}",
    )
