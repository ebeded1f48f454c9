"""Conversations over the sample posts are the same in Telegram as on the command line."""

from datetime import datetime
from pathlib import Path

from corpus.reading.posts import CHINA
from retrieval.engine.opening import opened_answerer
from tests.drills.talks import differences

TALKS = [
    ["2021年广东给多少户次纳税人自动发放了发票？", "铺到了多少台银行智慧柜员机", "你是谁"],
    ["主播金茜茜补罚多少", "她怎么做的", "判了几年", "换个话题，三起个税扣除案例是什么"],
    ["办税员勾结税务分局局长虚开发票，判了几年", "端午的呢", "火星的呢"],
    ["骗取留抵退税的有多少起？主播金茜茜补罚多少？"],
    ["你好", "最近有什么新闻", "2022年有哪些骗税案"],
]  # fmt: skip
NOW = datetime(2023, 3, 1, tzinfo=CHINA)


def test_a_conversation_in_telegram_goes_as_on_the_command_line(sample_db: Path) -> None:
    with opened_answerer(sample_db) as answerer:
        assert differences(answerer, TALKS, NOW) == []
