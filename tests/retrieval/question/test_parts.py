"""Several questions in one message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question.parts import MOST_PARTS, as_written, parts_of
from retrieval.text import analyzer

SEVERAL = {
    "星海厂罚了多少？晨光厂罚了多少？": ["星海厂罚了多少", "晨光厂罚了多少"],
    "1、星海厂罚了多少 2、谁查的": ["星海厂罚了多少", "谁查的"],
    "星海厂罚了多少\n晨光厂呢": ["星海厂罚了多少", "晨光厂呢"],
    "星海厂和晨光厂各被罚了多少": ["星海厂被罚了多少", "晨光厂被罚了多少"],
    "星海厂、晨光厂分别罚了多少？": ["星海厂罚了多少", "晨光厂罚了多少"],
    "星海厂偷税多少，还有晨光厂呢": ["星海厂偷税多少", "还有晨光厂呢"],
    "星海厂补税是几万，罚款又是几万": ["星海厂补税是几万", "罚款又是几万"],
    "星海厂怎么偷的税？晨光厂怎么偷的税？": ["星海厂怎么偷的税", "晨光厂怎么偷的税"],
    "契税怎么申报？印花税要交吗？": ["契税怎么申报", "印花税要交吗"],
}
ONE = [
    "星海厂罚了多少",
    "星海厂罚了多少？？",
    "老师好，星海厂罚了多少？谢谢！",
    "我在网上看到星海厂的消息，说它改了账本还瞒了收入，罚了多少？",
    "税法和条例有什么区别",
    "2.5倍罚款是多少",
    "停业的小店能不能不申报？专家怎么说",
    "星海厂合同写的货款多少，实际收到多少",
    "星海厂用错税率，少缴了多少",
    "王老板本人和他公司分别罚了多少",
]


@pytest.mark.parametrize(("message", "parts"), SEVERAL.items())
def test_each_question_of_a_message_is_a_part(message: str, parts: list[str]) -> None:
    assert list(parts_of(analyzer.normalise(message))) == parts


def test_a_part_is_told_as_it_was_written() -> None:
    message = "星海廠優惠到哪一年結束？王老板罚了多少，"
    first, last = parts_of(analyzer.normalise(message))
    assert first == "星海厂优惠到哪1年结束"
    assert [as_written(part, message) for part in (first, last)] == [
        "星海廠優惠到哪一年結束",
        "王老板罚了多少",
    ]
    assert as_written("邓伦被罚了多少", "薇娅和邓伦各被罚了多少") == "邓伦被罚了多少"


@pytest.mark.parametrize("message", ONE)
def test_one_question_stays_whole(message: str) -> None:
    normal = analyzer.normalise(message)
    assert parts_of(normal) == (normal,)


@given(st.text(st.sampled_from("星海厂罚多少谁呢和各?,。\n1、2"), max_size=60))
def test_a_message_has_a_part_and_a_bounded_number(message: str) -> None:
    assert 1 <= len(parts_of(message)) <= MOST_PARTS
