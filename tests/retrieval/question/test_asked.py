"""Which clauses of a question ask."""

import pytest

from retrieval.question.asked import asking_clauses
from retrieval.text import analyzer


@pytest.mark.parametrize(
    ("question", "asking"),
    [
        ("我在县里开网店，去年卖了两万件，发票怎么补开", ["发票怎么补开"]),
        ("契税谁交，什么时候交？", ["契税谁交", "什么时候交"]),
        ("厂房租给别人，要交房产税吗", ["要交房产税吗"]),
        ("水资源税 缓缴 期限", ["水资源税 缓缴 期限"]),
        ("听说税率降了，现在的税率", ["现在的税率"]),
        ("", []),
    ],
)
def test_the_clauses_that_ask_are_told_from_those_around(question: str, asking: list[str]) -> None:
    assert asking_clauses(analyzer.normalise(question)) == asking
