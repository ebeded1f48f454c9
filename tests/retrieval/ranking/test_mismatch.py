"""Silence where a story tells of another name, place, time or figure than the question's."""

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.engine.opening import opened_answerer

NEWS = (
    (
        "宁波市税务局查处青泉建材有限公司偷税案件",
        "经查，宁波青泉建材有限公司2021年至2022年隐匿收入，少缴增值税31.52万元。"
        "税务部门对青泉建材有限公司追缴税款，并处罚款共计52.7万元。",
    ),
    (
        "长春市税务局查处主播陆鸣舟偷税案件",
        "经查，陆鸣舟隐匿直播收入。税务部门对陆鸣舟追缴税款并处罚款共计88万元。陆鸣舟已缴清。",
    ),
    ("我国启动第8个税法宣传周", "第8个税法宣传周今天启动，主题为税惠千家。"),
    (
        "灵活就业人员可以缓缴养老保险费",
        "灵活就业人员缴费有困难的，可以缓缴养老保险费，最长不超过六个月。",
    ),
    (
        "税务部门查处三江药房偷税案件",
        "经查，三江药房借用两名店员的银行卡收款，少缴税款12.6万元。任何药房都不得偷税。",
    ),
    (
        "一名收购员多报羊只被查",
        "经查，收购员石某某多报了5只羊。石某某不符合补贴条件，石某某退还补贴。",
    ),
    (
        "十二个海关试点关税保证保险",
        "大连、厦门等十二个海关参加关税保证保险试点，企业凭保单办理通关。",
    ),
    (
        "企业所得税法的不征税收入",
        "收入总额中的下列收入为不征税收入：财政拨款；行政事业性收费；政府性基金。",
    ),
)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    db = Path(tmp_path_factory.mktemp("mismatch"), "news.db")
    published = datetime(2024, 11, 6, tzinfo=timezone.utc)
    posts = [
        Post(str(n), title, published, None, (), None, None, (Paragraph(None, text),))
        for n, (title, text) in enumerate(NEWS)
    ]
    with Store.open(db, create=True) as store, store.transaction():
        store.write([Reading(post.id, post.id, post) for post in posts])
    with opened_answerer(db) as answerer:
        yield answerer


@pytest.mark.parametrize(
    "question",
    [
        "青泉建材有限公司少缴多少增值税",
        "清泉建材有限公司少缴多少增值税",  # sounds alike: a slip of the keyboard
        "青泉建材2022年少缴增值税多少",
        "第一次在长沙办，灵活就业人员的养老保险费能缓缴多久",
        "三江药房借两个店员的银行卡收款，少缴多少税",
        "灵活就业人员2025年可以缓缴养老保险费吗",
        "哪家公司少缴增值税31.52万元",
        "主播陆鸣舟一共罚款多少",
        "第8个税法宣传周的主题是什么",
        "我在长沙灵活就业，养老保险费可以缓缴吗",
        "哪些海关参加关税保证保险试点",
        "哪些收入不征税",
        "三江药房的店员的银行卡收款少缴多少税",
        "开三江药房的兄弟少缴多少税款",
        "收购员石某报了几只羊",
    ],
)
def test_a_question_of_the_story_itself_is_answered(answerer: Answerer, question: str) -> None:
    assert answerer.ask(question).answered


@pytest.mark.parametrize(
    "question",
    [
        "青岭建材有限公司少缴多少增值税",
        "深圳青泉建材有限公司少缴多少增值税",
        "青泉建材2030年少缴增值税多少",
        "灵活就业人员2026年可以缓缴养老保险费吗",
        "哪家公司少缴增值税99.99万元",
        "主播陆鸣远一共罚款多少",
        "第9个税法宣传周的主题是什么",
        "哪些海关没有参加关税保证保险试点",
        "哪些药房没有偷税",
        "主播陆鸣舟的妻子一共罚款多少",
        "三江药房的店员的老公少缴多少税",
        "陆鸣舟的罚款什么时候涨到99万元",
        "三江药房少缴税款什么时候涨到2.6万元",
        "楼下饭馆今天又关门，我没吃成面",
    ],
)
def test_a_question_of_another_name_place_year_or_figure_is_not(
    answerer: Answerer, question: str
) -> None:
    assert not answerer.ask(question).answered
