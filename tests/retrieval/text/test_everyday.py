"""What people say for what is regulated: the file, and questions in such words."""

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import pytest

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.engine.opening import opened_answerer
from retrieval.text import analyzer, synonyms
from retrieval.text.synonyms import Synonyms

RULES = {
    "旧车": "已征车辆购置税的车辆转让给他人的，受让人不再缴纳车辆购置税。",
    "进口车": "进口自用的车辆，按照关税计税价格加上关税缴纳车辆购置税。",
    "失业": "非因本人意愿中断就业，并已办理失业登记的，可以领取失业保险金。",
    "服役": "领取失业保险金的人员应征服兵役的，停止领取失业保险金。",
    "通勤": "在上下班途中，受到非本人主要责任的交通事故伤害的，应当认定为工伤。",
    "职业病": "患职业病，并有诊断证明的，应当认定为工伤。",
    "继承": "法定继承人通过继承承受房屋权属的，免征契税。",
    "夫妻": "婚姻关系存续期间夫妻之间变更房屋权属的，免征契税。",
    "福利": "将自产货物用于集体福利的，视同应税交易，缴纳增值税。",
    "收费": "收取政府性基金的，不属于应税交易，不缴纳增值税。",
}


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    db = Path(tmp_path_factory.mktemp("everyday"), "news.db")
    published = datetime(2024, 5, 6, tzinfo=timezone.utc)
    posts = [
        Post(str(n), title, published, None, (), None, None, (Paragraph(None, text),))
        for n, (title, text) in enumerate(RULES.items())
    ]
    with Store.open(db, create=True) as store, store.transaction():
        store.write([Reading(post.id, post.id, post) for post in posts])
    with opened_answerer(db) as answerer:
        yield answerer


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("买别人开过的车还要交购置税吗", "旧车"),
        ("国外带车回来怎么交购置税", "进口车"),
        ("自己辞职能领失业金吗", "失业"),
        ("领失业金的时候去当兵怎么办", "服役"),
        ("下班出车祸算不算工伤", "通勤"),
        ("尘肺算不算工伤", "职业病"),
        ("老人去世留下的房子交契税吗", "继承"),
        ("房子写两人名字交契税吗", "夫妻"),
        ("发粽子要交增值税吗", "福利"),
    ],
)
def test_everyday_words_find_the_rule_that_is_written_in_official_ones(
    answerer: Answerer, question: str, rule: str
) -> None:
    answer = answerer.ask(question)
    assert [found.title for found in (*answer.passages, *answer.related)][:1] == [rule]


def test_everyday_words_find_official_ones_and_not_the_other_way_round() -> None:
    bundled = synonyms.load()
    assert "非因本人意愿中断就业" in bundled.of("主动离职")["主动离职"]
    assert "主动离职" not in bundled.of("非因本人意愿中断就业")


def test_each_line_of_the_file_is_one_way_and_of_names_that_a_chat_or_a_text_holds() -> None:
    ideas = []
    for line in _lines("everyday.tsv"):
        said, *written = line.split("\t")
        ideas.append(analyzer.normalise(f"{said}{written[:1]}"))
        assert said.endswith("=>"), line
        assert written, line
        names = [said.removesuffix("=>"), *written]
        assert len(set(names)) == len(names), line
        assert all(name == name.strip() for name in names), line
        assert 1 <= len(names[0]) <= 12, line
        assert all(2 <= len(name) <= 15 for name in written), line
    assert ideas
    assert len(set(ideas)) == len(ideas)


def test_no_line_of_the_file_says_what_the_terms_of_the_field_say() -> None:
    terms = Synonyms("\n".join(_lines("synonyms.tsv")))
    for line in _lines("everyday.tsv"):
        said, *written = map(analyzer.normalise, line.replace("=>", "").split("\t"))
        assert not set(written) & set(terms.of(said).get(said, ())), line


def _lines(name: str) -> list[str]:
    text = Path(synonyms.__file__).with_name(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_what_asks_is_searched_by_what_it_asks_for(answerer: Answerer) -> None:
    assert "纳税人" in answerer.read("契税谁交").terms["words"]


@pytest.mark.parametrize(
    ("question", "is_of_field"),
    [("失业金领几个月", True), ("产假工资谁发", True), ("明天下雨吗", False)],
)
def test_contributions_are_of_the_field_as_taxes_are(
    answerer: Answerer, question: str, is_of_field: bool
) -> None:
    assert answerer.read(question).is_of_field == is_of_field
