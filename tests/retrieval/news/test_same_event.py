"""Which posts report the same event, and which of them tells what it has come to."""

from datetime import datetime, timedelta

from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.store.values import Story
from retrieval.news.same_event import Marks, Told, marks_of, singles_first

DAY = datetime(2026, 3, 2, 9, tzinfo=CHINA)


def story(title: str, text: str, days: int = 0) -> Story:
    published = DAY + timedelta(days=days)
    post = Post("1", title, published, None, (), None, None, (Paragraph(None, text),))
    return Story(post, (1,))


def told(*stories: Story) -> list[tuple[int, bool]]:
    known = Told()
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


def test_marks_are_of_names_sums_documents_and_days() -> None:
    post = story("《石料资源税征收办法》发布", "2026年第12号公告。主播林小雨偷税1,234.5万元。")
    assert marks_of(post) == Marks(
        frozenset(
            {
                "document 石料资源税征收办法",
                "document 2026年第12号",
                "person 林小雨",
                "sum 1234.5",
            }
        ),
        frozenset(),
        DAY.date(),
    )
