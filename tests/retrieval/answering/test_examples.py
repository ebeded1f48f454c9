"""Questions for who has not asked yet: of the corpus at hand, and answered by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.answering.answerer import Answerer
from retrieval.answering.examples import examples
from tests.support.answering import OTHERS, corpus_of, post

CASE = post(
    "c1",
    "账本里的秘密——揭秘青石市云帆渔具有限公司隐匿收入偷税案件",
    "青石市税务局稽查局查处青石市云帆渔具有限公司偷税案件。",
    "该公司隐匿收入，被追缴税款、加收滞纳金并处罚款共计36.5万元。",
    day="2026-03-09",
)
RULE = post(
    "r1",
    "青石市税务局关于渔船油补申报有关事项的公告",
    "为方便渔民，现将渔船油补申报有关事项公告如下。",
    "本公告自2026年4月1日起施行。",
    day="2026-03-08",
)
REPORT = post(
    "p1",
    "春汛期间青石市渔获销售额同比增长17.3%",
    "青石市税务局的数据显示，春汛期间全市渔获销售额同比增长17.3%。",
    day="2026-03-07",
)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    folder = Path(tmp_path_factory.mktemp("examples"))
    with corpus_of(folder, CASE, RULE, REPORT, *OTHERS) as answerer:
        yield answerer


def test_examples_are_of_different_kinds_and_answered_by_their_posts(answerer: Answerer) -> None:
    asked = examples(answerer, 3)
    assert asked == [
        "春汛期间青石市渔获销售额同比增长多少？",
        "渔船油补申报有关事项的公告什么时候施行？",
        "青石市云帆渔具有限公司被罚了多少？",
    ]
    answers = [answerer.ask(question, limit=1).passages[0].post for question in asked]
    assert answers == ["p1", "r1", "c1"]


def test_a_corpus_of_which_no_question_can_be_made_has_no_example(tmp_path: Path) -> None:
    with corpus_of(tmp_path, *OTHERS) as answerer:
        assert examples(answerer, 3) == []
