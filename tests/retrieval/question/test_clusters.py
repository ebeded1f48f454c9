"""Questions that are alike stand together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question.clusters import groups


@pytest.mark.parametrize(
    ("first", "second", "are_alike"),
    [
        ("小规模纳税人免税政策什么时候到期", "请问小规模纳税人免税到期时间是什么时候？", True),
        ("邓纶偷逃税款多少万", "邓纶偷逃了多少税款", True),
        ("２０２２年廣東留抵退稅多少", "2022年广东留抵退税有多少", True),
        ("邓纶偷逃税款多少万", "邓纶结婚了吗", False),
        ("小规模纳税人怎么登记", "一般纳税人发票怎么开", False),
        ("广东的留抵退税", "浙江的个人所得税", False),
    ],
)
def test_wordings_of_one_question_are_alike_and_others_not(
    first: str, second: str, are_alike: bool
) -> None:
    assert groups([first, second]) == ([[0, 1]] if are_alike else [[0], [1]])


def test_a_question_joins_the_group_that_is_most_like_it() -> None:
    asked = ["广东留抵退税金额", "广东留抵退税时间", "广东留抵退税的时间", "火星"]
    assert groups(asked)[-1] == [3]
    assert groups([*asked[:1], *asked[3:], *asked[1:3]])[0] == [0, 2, 3]


@given(st.lists(st.text(st.sampled_from("税务发票退广东多少的？ 2%😀𠮷"), max_size=8), max_size=12))
def test_every_question_is_in_one_group_and_the_same_ones_in_one(questions: list[str]) -> None:
    found = groups(questions)
    assert sorted(place for group in found for place in group) == list(range(len(questions)))
    assert all(group == sorted(group) for group in found)
    assert [group[0] for group in found] == sorted(group[0] for group in found)
