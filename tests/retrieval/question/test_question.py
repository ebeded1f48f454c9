"""A question read: its subject and the years it means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question import question
from retrieval.text import analyzer


@pytest.mark.parametrize(
    ("asked", "subject"),
    [
        ("摊位费截止时间", "摊位费"),
        ("最早收摊位费的是哪个城市", "最早收摊位费的是"),
        ("哪些东西不收摊位费", "不收摊位费"),
        ("退押金这事儿能办到哪天为止", "退押金 能办到"),
        ("摊位费几月到几月交", "摊位费 交"),
        ("摊位证有效时间是多久", "摊位证有效 是"),
        ("时间戳的规定", "时间戳的规定"),
        ("请问一下，云岭制衣厂补了多少税？谢谢🙏", "云岭制衣厂补了 税"),
        ("https://example.org/a?b 云岭", "云岭"),
        ("最近有什么云岭的新闻吗？", "最近 云岭"),
        ("云岭事件", "云岭"),
        ("事件营销", "事件营销"),
        ("新闻", "新闻"),
        ("摊位费有哪些", "摊位费"),
        ("摊位费有什么优惠", "摊位费 优惠"),
        ("什么？", "什么"),
        ("", ""),
        ("🙏", ""),
    ],
)
def test_stop_phrases_and_words_of_asking_are_no_part_of_the_subject(
    asked: str, subject: str
) -> None:
    assert question.subject_of(analyzer.normalise(asked)) == subject


@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    normal = analyzer.normalise(text)
    subject = question.subject_of(normal)
    assert subject == " ".join(subject.split())
