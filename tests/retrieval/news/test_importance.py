"""What makes a post important, feature by feature."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.reading.posts import Paragraph, Post
from corpus.store.values import Story
from retrieval.news.importance import REASONS, WEIGHTS, Important, most_important

SINCE = datetime(2026, 11, 24, 0, 30, tzinfo=timezone.utc)
UNTIL = SINCE + timedelta(days=1)


def story(
    number: int,
    text: str = "",
    *,
    title: str = "",
    source: str | None = None,
    hours: float | None = 12,
) -> Story:
    published = None if hours is None else SINCE + timedelta(hours=hours)
    paragraphs = (Paragraph(None, text or f"第{number}篇说的是别的事。"),)
    named = title or f"题目{number}"
    post = Post(f"{number}", named, published, None, (), source, None, paragraphs)
    return Story(post, (number,))


def ranked(
    *stories: Story,
    source_counts: dict[str, int] | None = None,
    watched: frozenset[str] = frozenset(),
    limit: int = 10,
) -> list[Important]:
    return most_important(stories, source_counts or {}, watched, SINCE, UNTIL, limit)


def share(name: str, one: Story, **more: dict[str, int] | frozenset[str]) -> float:
    (found,) = ranked(one, **more)  # type: ignore[arg-type]
    return found.shares[name] / WEIGHTS[name]


def test_every_feature_has_a_weight_and_a_reason() -> None:
    (only,) = ranked(story(1))
    assert only.shares.keys() == WEIGHTS.keys() == REASONS.keys()
    assert only.score == pytest.approx(sum(only.shares.values()))


@pytest.mark.parametrize(("files", "value"), [(1, 0), (2, 1 / 3), (4, 2 / 3), (8, 1), (99, 1)])
def test_a_story_carried_by_many_counts_more(files: int, value: float) -> None:
    assert share("carried", story(1), source_counts={"1": files}) == pytest.approx(value)


def test_copies_of_a_text_are_one_story_carried_by_all_of_them() -> None:
    text = "税务总局公布五起骗取出口退税案件，涉案企业虚构货物，低值高报，被追缴税款并处罚款。" * 3
    copies = [story(n, text, title="五起骗税案", hours=n) for n in (3, 1, 2)]
    found = ranked(*copies, story(9), source_counts={"1": 2, "2": 1, "3": 1})
    assert [one.story.post.id for one in found] == ["1", "9"]  # the first to come stands for all
    assert found[0].shares["carried"] == pytest.approx(WEIGHTS["carried"] * 2 / 3)


def test_an_answer_to_a_saved_query_counts() -> None:
    assert share("watched", story(1), watched=frozenset({"1"})) == 1
    assert share("watched", story(1), watched=frozenset({"2"})) == 0


@pytest.mark.parametrize(
    ("source", "value"),
    [("国家税务总局", 1), ("中国税务报", 0.7), ("新华社", 0.7), ("证券日报", 0.4), ("博客", 0)],
)
def test_who_publishes_it_counts(source: str, value: float) -> None:
    assert share("authority", story(1, source=source)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("补税３００元。", 0),
        ("补税100万元。", 0),
        ("退税1千万元。", 1 / 6),
        ("偷税十亿元，罚款3万元。", 1 / 2),
        ("减税1万亿元。", 1),
        ("减税99万亿元。", 1),
        ("共1,000万户。", 0),
        ("9" * 100_000, 0),  # quadratic, it took minutes
    ],
)
def test_the_largest_amount_of_money_counts(text: str, value: float) -> None:
    assert share("amount", story(1, text)) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    ("hours", "value"), [(0, 0), (6, 1 / 4), (24, 1), (30, 1), (-20, 0), (None, 0)]
)
def test_the_later_in_the_period_the_fresher(hours: float | None, value: float) -> None:
    assert share("fresh", story(1, hours=hours)) == pytest.approx(value)


def test_a_longer_text_tells_more_up_to_a_limit() -> None:
    assert share("length", story(1, "长" * 500)) == pytest.approx(0.25, abs=0.01)
    assert share("length", story(1, "长" * 9000)) == 1


def test_of_equals_the_newer_comes_first_and_the_limit_holds() -> None:
    texts = ("甲乙丙丁戊己庚", "子丑寅卯辰巳午", "天地玄黄宇宙洪", "赵钱孙李周吴郑")
    stories = [story(n, text, title="题", hours=-n) for n, text in enumerate(texts)]
    assert [one.story.post.id for one in ranked(*reversed(stories), limit=3)] == ["0", "1", "2"]


@given(
    st.lists(st.tuples(st.text(max_size=40), st.text(max_size=20), st.floats(-48, 48)), max_size=6)
)
def test_shares_stay_within_their_weights_whatever_the_text(
    rows: list[tuple[str, str, float]],
) -> None:
    stories = [story(n, text, source=source, hours=h) for n, (text, source, h) in enumerate(rows)]
    found = ranked(*stories)
    assert len({one.story.post.id for one in found}) == len(found) <= len(stories)
    for one in found:
        assert all(-1e-9 <= value <= WEIGHTS[name] + 1e-9 for name, value in one.shares.items())
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_nothing_comes_of_nothing() -> None:
    assert ranked() == []
    assert most_important([story(1)], {}, frozenset(), SINCE, SINCE, 0) == []
