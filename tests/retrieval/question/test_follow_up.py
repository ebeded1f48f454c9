"""Questions that are answered from the story just shown."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.answering.answer import Answer, Shown
from retrieval.answering.answerer import Answerer
from retrieval.engine.opening import opened_answerer
from retrieval.question.follow_up import asks_what_came_next
from tests.support.answering import OTHERS, corpus_of, post, text_of

CASE = "献县四通加油站少缴了多少税"
LEANING = ["那罚了多少？", "后来呢", "是哪一年的事", "谁查的？", "然後呢", "那补税多少", "为什么？"]


@pytest.fixture(scope="module")
def answerer(sample_db: Path) -> Iterator[Answerer]:
    with opened_answerer(sample_db) as answerer:
        yield answerer


def continued(answerer: Answerer, question: str, shown: Shown) -> Answer:
    """The answer from the story shown."""
    return answerer.continued(answerer.read(question), shown, 6)


@pytest.mark.parametrize("question", LEANING)
def test_a_question_without_a_subject_leans_on_the_last_story(
    answerer: Answerer, question: str
) -> None:
    first = answerer.ask(CASE).passages[0]
    answer = continued(answerer, question, Shown(first.post, first.paragraph))
    assert answer.passages
    assert {passage.post for passage in answer.passages} == {first.post}


def test_what_the_last_story_does_not_tell_is_not_found(answerer: Answerer) -> None:
    first = answerer.ask(CASE).passages[0]
    shown = Shown(first.post, first.paragraph)
    untold = continued(answerer, "那判了几年？", shown)
    assert (untold.passages, untold.confidence) == ((), 0.0)
    assert [related.post for related in untold.related] == [first.post]
    assert continued(answerer, "那是哪天？", shown).passages


def test_the_words_of_a_question_that_names_nothing_count_less_than_its_kind(
    tmp_path: Path,
) -> None:
    texts = ("检查人员还原了案件的事实，是铁的事实。", "该厂自2021年起隐匿收入。", "该厂已经停业。")
    story = post("mill", "云岭磨坊隐匿收入", *texts)
    with corpus_of(tmp_path, story, *OTHERS) as answerer:
        keys = {text_of(hit): hit.key for hit in answerer.hits("云岭磨坊")}
        answer = continued(answerer, "是哪年的事", Shown("mill", keys[texts[0]]))
    assert answer.passages[0].paragraph == keys[texts[1]]


@pytest.mark.parametrize("question", ["后来呢", "详细点", "能说具体一点吗？", "继续", "再展开说说"])
def test_what_came_next_is_told_from_after_the_passage_shown(
    answerer: Answerer, question: str
) -> None:
    first = answerer.ask("2021年广东给多少户次纳税人自动发放了发票？").passages[0]
    answer = continued(answerer, question, Shown(first.post, first.paragraph))
    assert answer.passages
    assert all(passage.paragraph > first.paragraph for passage in answer.passages)


def test_a_story_that_has_gone_since_answers_nothing(answerer: Answerer) -> None:
    answer = continued(answerer, "那罚了多少？", Shown("000000000000000000", 1))
    assert (answer.passages, answer.confidence) == ((), 0.0)


@pytest.mark.parametrize(("question", "comes_next"), [("后来呢", True), ("那罚了多少？", False)])
def test_asking_what_came_next_is_told_from_asking_a_fact(
    answerer: Answerer, question: str, comes_next: bool
) -> None:
    read = answerer.read(question)
    assert asks_what_came_next(read) is comes_next
