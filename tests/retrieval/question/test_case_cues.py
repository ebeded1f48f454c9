"""Does a question ask about a case or about a rule?"""

import pytest

from retrieval.question.case_cues import is_of_case
from retrieval.question.question import subject_of
from retrieval.text import analyzer


def asks_of_case(question: str) -> bool:
    normal = analyzer.normalise(question)
    return is_of_case(normal, analyzer.tagged(subject_of(normal)))


@pytest.mark.parametrize(
    "question",
    [
        "昆明那家火锅店少报了多少收入",
        "网红主播张小满被罚了多少",
        "青岛的服装公司虚开了几份发票",
        "这个案子的主犯判了几年",
        "那个会计是怎么被发现的",
        "白桦建材 骗取 留抵退税 多少",
    ],
)
def test_somebody_and_what_was_done_are_cues_of_a_case(question: str) -> None:
    assert asks_of_case(question)


@pytest.mark.parametrize(
    "question",
    [
        "偷税会坐牢吗",
        "房产税税率是多少",
        "小规模纳税人多久申报一次",
        "滞纳金一天收几个点",
        "我有个门店要单独报税吗",
        "虚开了发票又主动红冲了，还会处罚吗",
    ],
)
def test_what_holds_for_everybody_is_none(question: str) -> None:
    assert not asks_of_case(question)
