"""A question → the passages that answer it, or none."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.store.store import Store
from corpus.store.values import Filters
from corpus.sync.ingest import ingest
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.answering.dialogue import reply
from retrieval.answering.errors import EmptyCorpus, QuestionTooLong
from retrieval.engine.opening import opened_answerer
from retrieval.question.question import MOST_CONCEPTS, MOST_TERMS
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE
from tests.support.answering import OTHERS, corpus_of, post

POST = """---
layout: post
title: "{title}"
date: {date} 08:00:00 +0800
categories: ceshibao
tags: 测试报新闻
---
{body}<p class="em_media">（文章来源：测试报）</p>

<http://example.org/{code}.html>
"""


@pytest.fixture(scope="module")
def answerer(sample_db: Path) -> Iterator[Answerer]:
    with opened_answerer(sample_db) as answerer:
        yield answerer


def check(answer: Answer, limit: int) -> None:
    assert 0 <= answer.confidence <= 1
    assert answer.answered == bool(answer.passages)
    assert len(answer.passages) <= limit
    assert not (answer.passages and answer.related)
    texts = [passage.text for passage in answer.passages]
    assert len(set(texts)) == len(texts)
    for passage in answer.passages:
        assert 0 < len(passage.text) <= LONGEST_PASSAGE
        assert 0 < len(passage.sentence) <= LONGEST_SENTENCE
        assert passage.sentence in passage.text
        flat = [offset for span in passage.highlights for offset in span]
        assert flat == sorted(flat)
        assert all(0 <= offset <= len(passage.text) for offset in flat)


QUESTION_CHARACTERS = st.text(
    st.one_of(
        st.sampled_from(
            "广东发票纳税人骗取留抵退税多少？！ 20１２％%《》“”財稅虛開。\n😀𠮷\u200b\u202e"
        ),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


@settings(deadline=None)
@given(question=QUESTION_CHARACTERS, limit=st.integers(1, 8))
def test_any_question_gets_an_answer_of_the_promised_shape(
    answerer: Answerer, question: str, limit: int
) -> None:
    check(answerer.ask(question, limit=limit), limit)


def test_a_question_over_the_limit_is_refused_and_one_at_it_is_not(answerer: Answerer) -> None:
    check(answerer.ask("骗取留抵退税" * 166 + "税税税税", limit=3), 3)
    with pytest.raises(QuestionTooLong, match="1,001 characters; at most 1,000"):
        answerer.ask("税" * 1001)


def test_a_long_question_is_searched_by_its_most_telling_terms(
    answerer: Answerer,
) -> None:
    asked = "2021年广东给多少户次纳税人自动发放了发票？"
    # 500 characters, of which hardly one is in the news.
    padded = asked + "".join(map(chr, range(0x5A00, 0x5A00 + 500)))
    read = answerer.read(padded)
    assert sum(map(len, read.terms.values())) == MOST_TERMS
    assert len(read.concepts) <= MOST_CONCEPTS
    assert len(read.characters) <= MOST_CONCEPTS
    assert "广东" in read.terms["words"]
    best, expected = (answerer.hits(text)[0] for text in (padded, asked))
    assert best.story.post.id == expected.story.post.id


def test_the_same_question_in_another_script_or_width_has_the_same_answer(
    answerer: Answerer,
) -> None:
    plain = answerer.ask("2021年广东给多少户次纳税人自动发放了发票")
    other = answerer.ask("２０２１年廣東給多少戶次納稅人自動發放了發票")
    assert plain.passages == other.passages
    assert "287万户次" in plain.passages[0].sentence


def test_filters_that_narrow_nothing_cost_nothing(answerer: Answerer) -> None:
    asked: list[str] = []
    answerer.ask("广东给多少户次纳税人自动发放了发票")  # its stories are kept from now on
    answerer._store._db.conn.set_trace_callback(asked.append)
    answerer.ask("广东给多少户次纳税人自动发放了发票")
    without = asked[:]
    asked.clear()
    answerer.ask("广东给多少户次纳税人自动发放了发票", filters=Filters())
    answerer._store._db.conn.set_trace_callback(None)
    assert asked == without != []


def test_filters_keep_to_a_period_a_medium_and_a_category(answerer: Answerer) -> None:
    filters = Filters(since=date(2022, 2, 16), until=date(2022, 2, 16), source="税务报")
    answer = answerer.ask("广东给多少户次纳税人自动发放了发票", filters=filters)
    assert {passage.post for passage in answer.passages} == {"202202162277943417"}
    assert answerer.ask(
        "广东给多少户次纳税人自动发放了发票", filters=Filters(category="shili")
    ).passages
    for other in (Filters(category="shil"), Filters(category="%")):
        assert not answerer.ask("广东给多少户次纳税人自动发放了发票", filters=other).passages
    before = Filters(until=date(2022, 2, 15))
    assert not answerer.ask("广东给多少户次纳税人自动发放了发票", filters=before).passages


def test_an_empty_corpus_says_so(tmp_path: Path) -> None:
    with (
        Store.open(tmp_path / "empty.db", create=True),
        pytest.raises(EmptyCorpus, match="taxnews ingest"),
        opened_answerer(tmp_path / "empty.db") as answerer,
    ):
        answerer.ask("税")


def test_a_long_paragraph_is_shown_by_whole_sentences_around_the_answer(tmp_path: Path) -> None:
    filler = "该局持续优化服务措施，努力提升办税缴费的便利程度和群众的获得感。"
    body = f"<p>{filler * 30}云岭市今年共退税三亿两千万元。{filler * 30}</p>"
    (tmp_path / "2024-01-01-NW202401010000000001.md").write_text(
        POST.format(title="云岭退税", date="2024-01-01", body=body, code=1), encoding="utf-8"
    )
    with Store.open(tmp_path / "a.db", create=True) as store:
        ingest(store, [tmp_path])
    with opened_answerer(tmp_path / "a.db") as answerer:
        answer = answerer.ask("云岭市今年退税多少")
    check(answer, 6)
    shown = answer.passages[0]
    assert "云岭市今年共退税三亿两千万元。" in shown.sentence
    assert len(shown.text) > LONGEST_PASSAGE - len(filler)
    assert shown.text.replace("云岭市今年共退税三亿两千万元。", "").replace(filler, "") == ""


def test_an_amount_is_highlighted_however_it_is_written(tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    body = "青湖砖厂少缴税款三十二点五万元，被罚款325,000元。"
    (folder / "1.md").write_text(
        POST.format(title="青湖砖厂", date="2025-01-02", body=body, code=1)
    )
    with Store.open(tmp_path / "news.db", create=True) as store:
        ingest(store, [folder])
    with opened_answerer(tmp_path / "news.db") as answerer:
        shown = answerer.ask("青湖砖厂 32.5万元").passages[0]
    marked = [shown.text[start:end] for start, end in shown.highlights]
    assert "三十二点五万元" in marked
    assert "325,000元" in marked


def test_a_question_that_is_answered_surely_by_itself_is_answered_in_any_talk(
    answerer: Answerer,
) -> None:
    first = reply(answerer, "2021年广东给多少户次纳税人自动发放了发票？", None)
    later = reply(answerer, "2025年检查了多少涉嫌虚开骗税的企业？", first.conversation)
    assert later.passages
    assert "7.58万户" in later.passages[0].sentence


@pytest.mark.parametrize(
    ("message", "is_answered"),
    [
        ("我家在镇上租了仓库存茶叶，想享受房产税减半", True),
        ("茶园的仓库今天好冷啊，我都冻坏了", False),
    ],
)
def test_a_statement_is_answered_if_it_has_words_of_taxes(
    tmp_path: Path, message: str, is_answered: bool
) -> None:
    tea = post("tea", "茶园房产税减半", "茶园自用的仓库，从今天起房产税减半征收，我市先行。")
    with corpus_of(tmp_path, tea, *OTHERS) as answerer:
        assert answerer.ask(message).answered == is_answered


@pytest.mark.parametrize(
    ("question", "is_answered"),
    [
        ("最早开夜市办税窗口的是哪个城市", True),
        ("2023年云岭市欠摊位费最多的是哪家公司", True),
        ("欠摊位费最多的是哪家公司", False),
        ("2023年云岭市离境退税最多的是哪家商店", False),
    ],
)
def test_which_is_the_first_or_the_most_is_answered_where_one_story_states_it(
    tmp_path: Path, question: str, is_answered: bool
) -> None:
    first = post("first", "松溪开设全国首个夜市办税窗口", "松溪市开设全国首个夜市办税窗口。")
    most = post(
        "most",
        "云岭市公布摊位费欠费名单",
        "2023年云岭市欠摊位费最多的为云岭远山服饰有限公司，欠三十万元。",
        day="2023-12-01",
    )
    with corpus_of(tmp_path, first, most, *OTHERS) as answerer:
        answer = answerer.ask(question)
        assert answer.answered == is_answered
        assert (answer.reply is None) == is_answered
        assert (answerer.line_to(question) is None) == is_answered


@pytest.mark.parametrize(
    ("question", "is_answered"),
    [
        ("松溪蓝湾建材骗取了多少留抵退税", True),
        ("蓝湾建材 骗取 留抵退税 多少", True),
        ("云栖建材 骗取 留抵退税 多少", False),
        ("云栖建材骗取了多少留抵退税", False),
    ],
)
def test_a_company_that_no_post_names_is_not_answered_by_another_of_its_trade(
    tmp_path: Path, question: str, is_answered: bool
) -> None:
    cases = [
        post(
            f"case{n}",
            f"{place}税务部门查处一起建材企业骗取留抵退税案件",
            f"经查，{place}{name}建材有限公司通过隐匿收入等手段骗取留抵退税{n + 2}万元。",
        )
        for n, (place, name) in enumerate([("松溪", "蓝湾"), ("平岗", "鹤鸣"), ("青坪", "鑫沪")])
    ]
    with corpus_of(tmp_path, *cases, *OTHERS) as answerer:
        assert answerer.ask(question).answered == is_answered
