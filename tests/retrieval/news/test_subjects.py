"""A saved query finds the posts whose subject it is, and not those that merely have it in them."""

from collections.abc import Iterator

import pytest

from retrieval.news.titles import tells_change
from tests.support.saved_queries import Matched, matched_ids, post

FILLER = tuple(f"第{n}个渔村修好了码头,渔民说潮水来得早。" for n in range(9))
POSTS = [
    post("cut", "明年起钢笔进口关税下调", "钢笔的进口关税明年降至3%，文具商称便宜了。"),
    post("rise", "海州文具商谈进货", "上周起，毛笔的进口关税上调。", "进货的人少了一半。"),
    post("shelf", "海州港口商场开门", "商场摆出免收关税的毛笔，游客排队来看。", "商场十点关门。"),
    post("revenue", "海州港关税收入3.2亿元", "海州港今年的关税收入是3.2亿元。"),
    post("charges", "车船有关税费明年调整", "车船的有关税费明年起下调，车主少缴一成。"),
    post(
        "statute",
        "青山市渔船管理条例",
        "（2019年3月2日青山市人民代表大会常务委员会第五次会议通过）",
        "第一条 为了管理渔船，制定本条例。",
        "第二条 渔船转让的，买方缴纳印花税。",
        "第三条 印花税由税务机关征收。",
        "第四条 渔船每年检验一次。",
        "第五条 未缴印花税的渔船不得出海。",
    ),
    post("stamp", "渔船印花税可网上缴", "渔船的印花税明年起可网上缴，渔民不用进城。"),
    post("mention", "海州渔村修码头", *FILLER, "码头合同的印花税减了一半。"),
    post("second", "海州渔村开渔", "今天开渔。", "渔民领到了船证。", "有人还缴了印花税。", *FILLER),
    post("list", "海州公布渔港三件事", *FILLER, "要做三件事：第一是渔港契税减半。", *FILLER),
    post("no list", "海州渔港过节", *FILLER, "有人说起渔港契税减半。", *FILLER),
    post(
        "fraud",
        "青山一商行骗取出口退税被查",
        "青山市税务局查处一家商行，该商行接受虚开发票骗取出口退税，被罚四万元。",
    ),
    post(
        "invoices",
        "临江一钢厂虚开发票被查",
        "临江市税务局查处一家钢厂，该钢厂虚开发票，被罚六万元。",
    ),
    post(
        "plain",
        "青山一木材行被查",
        "青山市税务局查处一家木材行，该行虚开发票，被罚九万元。",
    ),
]


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matched]:
    """A query → the ids of the posts that match it."""
    with matched_ids(POSTS, tmp_path_factory.mktemp("subjects") / "taxnews.db") as matched:
        yield matched


def test_a_word_is_not_read_across_two_others(matched: Matched) -> None:
    assert matched("关税") == {"cut", "rise", "shelf", "revenue"}  # and not 有关|税费


def test_who_asks_for_a_change_gets_what_tells_of_one_in_any_word(matched: Matched) -> None:
    assert matched("关税调整") == matched("关税 变动") == {"cut", "rise"}


def test_a_change_is_told_by_the_figure_that_it_leads_to() -> None:
    assert tells_change("钢笔的关税由5%降到3%。")
    assert not tells_change("钢笔的关税是3%。")


def test_a_statute_is_found_by_its_subject_and_not_by_a_provision(matched: Matched) -> None:
    assert matched("印花税") == {"stamp"}
    assert matched("渔船 印花税") == {"stamp", "statute"}


def test_the_first_item_of_a_list_is_told_for_itself_in_the_sentence_that_announces_it(
    matched: Matched,
) -> None:
    assert matched("渔港 契税") == {"list"}


def test_who_names_a_crime_alone_gets_no_case_whose_title_names_another(matched: Matched) -> None:
    assert matched("虚开发票") == {"invoices", "plain"}
    assert matched("青山 虚开发票") == {"fraud", "plain"}
