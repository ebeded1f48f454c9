"""Questions that no single story answers."""

import pytest

from retrieval.question.small_talk import REPLIES
from retrieval.question.unanswerable import reply_to_unanswerable
from retrieval.text import analyzer


def reply(question: str) -> str | None:
    return reply_to_unanswerable(analyzer.normalise(question))


@pytest.mark.parametrize(
    "question",
    [
        *("哪里？", "到底多少钱", "怎么回事呀", "2024年", "2024年3月", "是谁", "什么时候的事"),
        *("税", "公司", "100万", "看看", "要交税吗", "需要缴纳什么税", "要交多少税钱"),
        *("那少缴了多少", "补缴了多少税款", "偷税了多少钱", "虚开了几份发票", "判了几年"),
    ],
)
def test_a_question_without_a_subject_is_asked_for_one(question: str) -> None:
    assert reply(question) == REPLIES["no subject"]


@pytest.mark.parametrize(
    "question",
    [
        "补税最多的网红是谁",
        "哪个市查出来的案子最多",
        "罚款金额排前三的是哪几家",
        "被通报次数最多的中介叫什么",
        "偷税超过3000万元的有哪些",
        "虚开发票金额排名前三的案件",
        "罚款最多的主播",
        "她们俩谁罚得多",
        "他们两家谁先被罚",
    ],
)
def test_a_comparison_of_all_of_the_news_is_declined(question: str) -> None:
    assert reply(question) == REPLIES["over all"]


@pytest.mark.parametrize(
    "question",
    [
        "最多能扣多少",
        "其他两家公司谁被罚了",
        "他俩谁是主播",
        "最低按几个点缴公积金",
        "个税最高的税率",
        "多少钱以内的票不用交增值税",
        "契税",
        "薇娅",
        "滴滴怎么了",
        "怎么退税",
        "不交税会怎样",
        "公司注销要交税吗",
        "偷税罚多少",
        "退税了怎么办",
        "薇娅补缴了多少",
        "这次降税最快几天办完",
        "不超过140平米的房子契税有哪些优惠",
    ],
)
def test_what_a_story_may_answer_is_not_declined(question: str) -> None:
    assert reply(question) is None
