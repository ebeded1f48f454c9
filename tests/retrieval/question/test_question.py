"""A question read: its subject and the years it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question import question
from retrieval.text import analyzer


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("请问一下，云岭制衣厂补了多少税？谢谢🙏", "云岭制衣厂补了 税"),
        ("https://example.org/a?b 云岭", "云岭"),
        ("最近有什么云岭的新闻吗？", "最近有 云岭"),
        ("云岭事件", "云岭"),
        ("事件营销", "事件营销"),
        ("新闻", "新闻"),
        ("什么？", "什么"),
        ("", ""),
        ("🙏", ""),
    ],
)
def test_courtesy_and_words_of_asking_are_no_part_of_the_subject(asked: str, subject: str) -> None:
    assert question.subject_of(analyzer.normalise(asked)) == subject


@pytest.mark.parametrize(
    ("asked", "years"),
    [
        ("24年出台的优惠", (2024,)),
        ("我记得22年6月起减半", (2022,)),
        ("缴满15年能领养老金吗", ()),
        ("主犯判了12年", ()),
        ("2022年云岭退了多少税", (2022,)),
        ("二〇二一年的新政", (2021,)),
        ("去年和今年各是多少", (2024, 2025)),
        ("前年", (2023,)),
        ("电话12022345", ()),
        ("1895年", ()),
        ("", ()),
    ],
)
def test_years_are_read_by_the_clock_that_is_passed_in(asked: str, years: tuple[int, ...]) -> None:
    assert question.years_of(analyzer.normalise(asked), 2025) == years


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    normal = analyzer.normalise(text)
    subject = question.subject_of(normal)
    assert subject == " ".join(subject.split())
    assert all(0 <= year <= 2999 for year in question.years_of(normal, 2025))
