"""A bureau's notice and the story about it name the same body."""

import pytest

from retrieval.text.title_events import grouped_by_event


@pytest.mark.parametrize(
    ("title", "other", "is_same"),
    [
        (
            "账本里的秘密——揭秘青石市云帆渔具有限公司隐匿收入偷税案件",
            "国家税务总局青石市税务局稽查局依法查处青石市云帆渔具有限公司偷税案件",
            True,
        ),
        (
            "青石市税务局稽查局依法查处一起骗取增值税留抵退税案件",
            "白沙市税务局稽查局依法查处一起骗取增值税留抵退税案件",
            False,
        ),
        (
            "青石市税务局稽查局依法查处青石市云帆渔具有限公司私户收款偷税案件",
            "白沙市税务局稽查局依法查处白沙市星桥口腔门诊部有限公司私户收款偷税案件",
            False,
        ),
        (
            "青石市税务局稽查局有关负责人就林小渔偷逃税案件答记者问",
            "青石市税务部门依法对林小渔偷逃税案件进行处理",
            True,
        ),
        ("专家学者解读查处网络主播偷逃税案件", "依法查处网络主播偷逃税案件", False),
        ("渔具消费活跃", "渔具消费活跃起来", True),
        ("青石市开渔", "青石市办税厅迁址", False),
    ],
)
def test_titles_of_one_affair_share_a_name(title: str, other: str, is_same: bool) -> None:
    assert (len(grouped_by_event([1, 2], [title, other])) == 1) == is_same
    assert (len(grouped_by_event([2, 1], [other, title])) == 1) == is_same


def test_what_many_titles_of_a_list_share_is_no_name() -> None:
    titles = [f"查处{name}非法倒卖灯具礼盒案" for name in ("甲店", "乙店", "丙店", "丁店", "戊店")]
    assert grouped_by_event([1, 2, 3, 4, 5], titles) == [[1], [2], [3], [4], [5]]


def test_items_stay_in_their_order_with_those_of_one_affair_together() -> None:
    titles = ["揭秘云帆渔具公司偷税案", "渔港今日开渔", "税务局查处云帆渔具公司"]
    assert grouped_by_event([1, 2, 3], titles) == [[1, 3], [2]]
