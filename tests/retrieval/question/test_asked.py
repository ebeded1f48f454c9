"""Which clauses of a question ask."""

import pytest

from retrieval.question.asked import asking_clauses, asks_how_to, asks_nothing
from retrieval.text import analyzer


@pytest.mark.parametrize(
    ("question", "asking"),
    [
        ("我在县里开网店，去年卖了两万件，发票怎么补开", ["发票怎么补开"]),
        ("契税谁交，什么时候交？", ["契税谁交", "什么时候交"]),
        ("厂房租给别人，要交房产税吗", ["要交房产税吗"]),
        ("水资源税 缓缴 期限", ["水资源税 缓缴 期限"]),
        ("听说税率降了，现在的税率", ["现在的税率"]),
        ("这张单子是不是换样子了，我找半天没看出来", ["这张单子是不是换样子了"]),
        ("收不收年费，账户刚开", ["收不收年费"]),
        ("", []),
    ],
)
def test_the_clauses_that_ask_are_told_from_those_around(question: str, asking: list[str]) -> None:
    assert asking_clauses(analyzer.normalise(question)) == asking


@pytest.mark.parametrize(
    ("question", "is_how_to"),
    [
        ("渔船的车船税怎么申报", True),
        ("怎么开具红字的发票", True),
        ("如何计算盐税的税额", True),
        ("盐税在哪个窗口交", True),
        ("林青溪怎么藏的钱", False),
        ("后来怎么处理的", False),
        ("盐税多少", False),
    ],
)
def test_how_something_is_done_is_another_question_than_how_it_was(
    question: str, is_how_to: bool
) -> None:
    assert asks_how_to(analyzer.normalise(question)) == is_how_to


@pytest.mark.parametrize(
    ("message", "is_statement"),
    [
        ("今天又开会到九点，困死了", True),
        ("我昨天去银行排了半天", True),
        ("本店转让，设备齐全，价格面议", True),
        ("老板今天不在呀", True),
        ("我想去海边看看日出", True),
        ("渔船 车船税 减免", False),
        ("我想看看主播的案子", False),
        ("麻烦帮我找一下林青溪的新闻", False),
        ("耕地占用税税额", False),
        ("我的摊位还交不交税", False),
        ("他也要交？", False),
        ("摊位关了，押金退多少", False),
        ("他们说不用交了，真的假的", False),
        ("我的摊主，最后罚他没有", False),
        ("我今天一分钱也没有", True),
        ("", False),
    ],
)
def test_a_statement_is_told_from_questions_and_words_to_look_for(
    message: str, is_statement: bool
) -> None:
    assert asks_nothing(analyzer.normalise(message)) == is_statement
