import pytest

from corpus import chinese


@pytest.mark.parametrize(
    ("text", "expected"),
    [("發票要怎麼開", True), ("发票怎么开", False), ("台湾", False), ("關於发票认证关联", False)],
)
def test_the_script_is_what_most_characters_are_of(text: str, expected: bool) -> None:
    assert chinese.is_traditional(text) == expected


def test_a_simplified_question_is_judged_without_the_phrases_of_the_traditional_script() -> None:
    chinese.converter.cache_clear()
    assert not chinese.is_traditional("小规模纳税人的税率")
    assert chinese.converter.cache_info().currsize == 1
