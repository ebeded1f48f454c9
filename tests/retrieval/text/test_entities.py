"""Which words name a person or a place."""

from datetime import date
from pathlib import Path

import pytest

from retrieval.index import Index
from retrieval.question import question
from retrieval.text import analyzer
from retrieval.text.entities import agent, company, is_entity, persons
from retrieval.text.synonyms import Synonyms


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("李娜在上海被查", ["李娜", "上海"]),
        ("范冰冰补税", ["范冰冰"]),
        ("明星的银行卡、支付宝和许可证", []),
        ("海关找东西，顾客上门", []),
        ("孙女的黄金首饰", []),
        ("", []),
    ],
)
def test_persons_and_places_are_told_from_ordinary_words(text: str, names: list[str]) -> None:
    tagged = analyzer.tagged(analyzer.normalise(text))
    assert [word for word, tag in tagged if is_entity(word, tag)] == names


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("张艺兴偷税被罚了多少", [(0, "张艺")]),
        ("2021年，鹿晗和肖战", [(6, "鹿晗"), (9, "肖战")]),
        ("林姗姗偷税", [(0, "林姗")]),
        ("开了３张假发票，几张卖了", []),
        ("王总、李姐和赵某", []),
        ("严查于是任何曾被成批的", []),
        ("王1李a张😀", []),
        ("王", []),
        ("那张表", []),
        ("", []),
    ],
)
def test_a_person_whom_no_dictionary_has_begins_with_a_surname(
    text: str, begin: list[tuple[int, str]]
) -> None:
    assert list(persons(analyzer.tagged(analyzer.normalise(text)))) == begin


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("喜茶偷税罚了多少", "喜茶"),
        ("三只羊补税", "三只羊"),
        ("顺丰 被查", "顺丰"),
        ("陆鸣舟补罚", "陆鸣舟"),
        ("拼多多因为涉税信息被罚款", "拼多多"),
        ("阿里巴巴被税务局查过", "阿里巴巴"),  # a name of the dictionary
        ("主播偷税", None),  # a word of the dictionary
        ("听说喜茶偷税", None),  # not at the start
        ("喜茶上市", None),  # nothing of taxation
        ("我家偷税", None),
        ("帮人虚开发票", None),
        ("替人骗税", None),
        ("税偷税", None),
        ("％😀偷税", None),
        ("", None),
    ],
)
def test_who_did_it_may_have_a_name_that_no_dictionary_has(text: str, name: str | None) -> None:
    assert agent(analyzer.tagged(text)) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("白桦建材骗取了留抵退税", "白桦"),
        ("白桦建材 留抵退税", "白桦"),
        ("云栖科技有限公司偷税", "云栖"),
        ("绍兴蓝湾商贸虚开发票", "蓝湾"),  # after its place
        ("鑫沪再生资源虚开", "鑫沪"),
        ("小微公司偷税", None),  # perhaps a kind of company
        ("建材公司骗取留抵退税", None),
        ("一家建材公司骗取留抵退税", None),
        ("开个餐饮公司偷税", None),
        ("某商贸公司虚开发票", None),
        ("高科技公司骗税", None),  # a word of the dictionary
        ("外贸公司骗税", None),
        ("绍兴商贸公司虚开发票", None),
        ("白桦建材上市", None),  # nothing of taxation
        ("", None),
    ],
)
def test_a_company_may_have_a_name_that_no_dictionary_has_before_its_trade(
    text: str, name: str | None
) -> None:
    assert company(analyzer.tagged(text)) == name


def test_what_has_other_names_is_no_person(tmp_path: Path) -> None:
    with Index.open(f"{tmp_path}/index", fields=["words", "bigrams", "characters"]) as index:
        read = question.read(
            "李娜偷税", "李娜偷税", index, Synonyms("李娜\t娜娜"), today=date(2026, 5, 6)
        )
    assert read.entities == ()


def test_whoever_is_named_says_all_of_a_question_in_whatever_pieces(tmp_path: Path) -> None:
    with Index.open(f"{tmp_path}/index", fields=["words", "bigrams", "characters"]) as index:
        read = question.read(
            "林姗姗补税", "林姗姗补税", index, Synonyms(""), today=date(2026, 5, 6)
        )
    assert {c.forms[0]: c.part for c in read.concepts}["林姗"] == 1.0
    assert [name.forms for name in read.entities] == [("林姗",)]
