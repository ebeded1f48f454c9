"""A template: every field, wrong ones, and that whatever is typed fits a message."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.message import MESSAGE_LIMIT, Message, units
from bot.render.templates import FIELDS, filled, wrong_field
from bot.render.texts import EN, ZH
from tests.support.running_bot import PASSAGE

EVERY = "【{标题}】\n{句子}\n{日期} {来源} {链接}\n{标签}"


def test_every_field_is_filled_and_escaped() -> None:
    passage = replace(PASSAGE, type="case", source="中国 税务报")
    assert filled([passage], EVERY, ZH) == (
        "【智慧税务：让“数据多跑路” &lt;“纳税人少跑腿”&gt;】\n"
        "2021年，广东给287万户次纳税人自动发放了发票。\n"
        "2023年2月5日 中国 税务报"
        ' <a href="https://www.example.com/a/202302052628723431.html">原文</a>\n'
        "#案例 #中国税务报"
    )


@pytest.mark.parametrize("names", [FIELDS.keys(), FIELDS.values(), ["標題", "來源", " 鏈接 "]])
def test_fields_have_names_in_both_scripts_and_in_english(names: list[str]) -> None:
    template = "\n".join(f"{{{name}}}" for name in names)
    assert wrong_field(template) is None
    assert "智慧税务" in filled([PASSAGE], template, EN)


@pytest.mark.parametrize(
    ("template", "wrong"),
    [
        ("{标题} {作者}", "{作者}"),
        ("{}", "{}"),
        ("{标题", "{"),
        ("标题}", "}"),
        ("{title} {link}", None),
        ("没有", None),
    ],
)
def test_a_field_that_there_is_not_is_named(template: str, wrong: str | None) -> None:
    assert wrong_field(template) == wrong


def test_a_line_whose_fields_are_all_empty_is_left_out() -> None:
    bare = replace(PASSAGE, url=None, type=None, source=None, published=None)
    assert filled([bare], "{标题}\n原文：{链接}\n{标签} {日期}\n——", ZH).splitlines()[1:] == ["——"]


@given(
    st.text(st.sampled_from("{}标题句子链接<&\n #a"), max_size=300),
    st.integers(1, 12),
    st.text(max_size=900),
)
def test_whatever_is_typed_is_refused_or_fits_a_message(
    template: str, count: int, sentence: str
) -> None:
    if wrong_field(template) is not None:
        return
    passage = replace(PASSAGE, sentence=sentence, title=sentence)
    assert units(Message(filled([passage] * count, template, ZH)).plain) <= MESSAGE_LIMIT
