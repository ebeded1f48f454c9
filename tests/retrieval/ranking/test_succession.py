"""A rule that has run out, or been changed, gives way to what follows it: small rules."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from corpus.reading.posts import CHINA, Post
from retrieval.answering.answerer import Answerer
from tests.support.answering import OTHERS, corpus_of, post

OLD = post(
    "old", "渔船油补政策延至2023年底",
    "市政府决定，渔船油补按每条船每年三千元发放，政策延至2023年底。", day="2021-12-29",
)  # fmt: skip
NEW = post(
    "new", "多项惠渔政策延续实施",
    "市政府公布一批惠渔政策，包括渔船油补按每条船每年四千元发放，执行到2027年底。",
    day="2023-08-28",
)  # fmt: skip
PASSING = post(
    "passing", "渔民谈渔船油补", "渔民说，渔船油补每条船每年五千元就好了。", day="2024-05-01"
)
OTHER = post("other", "盐场电价政策延续实施", "盐场电价政策延续实施至2028年底。", day="2024-06-01")
QUESTION = "渔船油补政策延到什么时候"


def posts_of(answerer: Answerer, question: str, year: int) -> list[str]:
    """The posts of the hits, each once, best first, asked in some year."""
    hits = answerer.hits(question, now=datetime(year, 6, 1, tzinfo=CHINA))
    return list(dict.fromkeys(hit.story.post.id for hit in hits))


@pytest.mark.parametrize("question", [QUESTION, "渔船油补政策延至年底，每条船每年多少元"])
def test_a_rule_that_has_run_out_gives_way_to_the_one_that_goes_on_with_it(
    tmp_path: Path, question: str
) -> None:
    with corpus_of(tmp_path, OLD, NEW, PASSING, OTHER, *OTHERS) as answerer:
        assert posts_of(answerer, question, 2023)[0] == "old"
        assert posts_of(answerer, question, 2024)[:2] == ["new", "old"]
        assert posts_of(answerer, question, 2029)[:2] == ["new", "old"]


def test_a_question_that_names_a_year_before_gets_the_rule_of_that_year(tmp_path: Path) -> None:
    with corpus_of(tmp_path, OLD, NEW, *OTHERS) as answerer:
        assert posts_of(answerer, "2022年渔船油补政策延到什么时候", 2026)[0] == "old"
        for question in ("今年渔船油补政策延到什么时候", "今年渔船油补政策还延续吗"):
            assert posts_of(answerer, question, 2026)[0] == "new"


def test_what_goes_on_has_the_score_of_the_rule_before_which_it_goes(tmp_path: Path) -> None:
    with corpus_of(tmp_path, OLD, NEW, *OTHERS) as answerer:
        before, after = answerer.hits(QUESTION, now=datetime(2026, 6, 1, tzinfo=CHINA))[:2]
        assert before.score == after.score
        assert before.shares["valid"] > 0
        assert "valid" not in after.shares


@pytest.mark.parametrize("later", [PASSING, OTHER])
def test_what_tells_no_end_or_of_another_rule_goes_before_none(tmp_path: Path, later: Post) -> None:
    with corpus_of(tmp_path, OLD, later, *OTHERS) as answerer:
        assert posts_of(answerer, QUESTION, 2026)[0] == "old"
        assert answerer.ask(QUESTION, now=datetime(2026, 6, 1, tzinfo=CHINA)).passages[0].until


TON = post("ton", "海盐每吨收费二十元", "海盐开采按每吨20元收资源费。", day="2018-05-01")
RAISED = post(
    "raised",
    "多项收费标准调整",
    "自7月1日起，海盐开采的资源费由每吨20元提高到30元。",
    day="2020-05-01",
)
FOR_A_WHILE = "2020年7月1日至2022年底实施新标准，海盐开采的资源费由每吨20元提高到30元。"
LAKE = post(
    "lake",
    "湖盐收费标准调整",
    "自7月1日起，湖盐开采的资源费由每吨25元提高到40元。",
    day="2021-05-01",
)


def test_a_value_that_was_changed_gives_way_to_the_one_it_became(tmp_path: Path) -> None:
    with corpus_of(tmp_path, TON, RAISED, LAKE, *OTHERS) as answerer:
        for question in ("海盐每吨收费多少元", "海盐每吨收费现在多少元"):
            assert posts_of(answerer, question, 2026)[:2] == ["raised", "ton"]
        for question in ("海盐每吨以前收费多少元", "刚开始收费时海盐每吨收费多少元"):
            assert posts_of(answerer, question, 2026)[0] == "ton"


def test_the_same_change_told_once_more_goes_before_the_first(tmp_path: Path) -> None:
    first = post(
        "first", "海盐资源费比例提高", "小盐场的海盐资源费减免比例由20%提高到30%，今年起执行。",
        day="2020-05-01",
    )  # fmt: skip
    again = post(
        "again", "多项收费标准调整", "自7月1日起，所有盐场的海盐资源费减免比例由20%统一提高到30%。",
        day="2023-05-01",
    )  # fmt: skip
    with corpus_of(tmp_path, first, again, *OTHERS) as answerer:
        assert posts_of(answerer, "海盐资源费减免比例", 2026)[0] == "again"
        assert "valid" in answerer.hits("海盐资源费减免比例")[0].shares


def test_a_value_that_was_changed_for_a_while_comes_back(tmp_path: Path) -> None:
    while_ = replace(RAISED, paragraphs=(replace(RAISED.paragraphs[0], text=FOR_A_WHILE),))
    with corpus_of(tmp_path, TON, while_, *OTHERS) as answerer:
        assert posts_of(answerer, "海盐每吨收费多少元", 2021)[0] == "raised"
        assert posts_of(answerer, "海盐每吨收费多少元", 2026)[0] == "ton"


def test_a_report_of_a_change_goes_before_no_statute(tmp_path: Path) -> None:
    title = "海盐资源费条例"
    law = post(
        "law", title, "（2018年5月1日青溪市人大常委会通过）", "第一条 为了节约海盐，制定本条例。",
        "第二条 海盐每吨收费20元。", "第三条 本条例自公布之日起施行。", day="2018-05-01",
    )  # fmt: skip
    with corpus_of(tmp_path, law, RAISED, *OTHERS) as answerer:
        assert posts_of(answerer, "海盐每吨收费多少元", 2026)[0] == "law"


def test_a_change_is_of_the_rule_that_is_told_beside_it(tmp_path: Path) -> None:
    """Of several changes in one paragraph each is of its own rule."""
    several = "{}每吨由20元提高到30元；海参每斤收费由50元提高到80元；海带每斤收费由7元提高到9元。"
    title = "多项收费标准调整"
    own = post("own", title, several.format("海盐开采收费"), day="2020-05-01")
    other = post("other", title, several.format("石灰运费"), day="2020-05-01")
    question = "海盐每吨收费多少元"
    for name in ("own", "other"):
        (tmp_path / name).mkdir()
    with corpus_of(tmp_path / "own", TON, own, *OTHERS) as answerer:
        assert posts_of(answerer, question, 2026)[:2] == ["own", "ton"]
    with corpus_of(tmp_path / "other", TON, other, *OTHERS) as answerer:
        assert posts_of(answerer, question, 2026)[0] == "ton"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("多项收费标准调整", "有代表建议，海盐开采的资源费由每吨20元提高到30元。"),
        ("多项收费标准调整", "有关部门拟将海盐开采的资源费由每吨20元提高到30元。"),
        ("收费标准公开征求意见", "海盐开采的资源费由每吨20元提高到30元。"),
    ],
)
def test_what_is_only_proposed_goes_before_no_rule(tmp_path: Path, title: str, text: str) -> None:
    """A report of a proposal was taken for the change of a rule that is in force."""
    with corpus_of(tmp_path, TON, post("plan", title, text, day="2020-05-01"), *OTHERS) as answerer:
        assert posts_of(answerer, "海盐每吨收费多少元", 2026)[:2] == ["ton", "plan"]
