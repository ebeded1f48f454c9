"""What a saved query wants: which types of posts, and which of its words must be said."""

from collections.abc import Iterator

import pytest

from retrieval.news.asides import without_asides
from retrieval.question.case_cues import has_case_cue
from retrieval.ranking.normalised_stories import NormalisedStory
from tests.support.saved_queries import Matched, matched_ids, post

FILLER = tuple(f"会议听取了第{n}项汇报,涉及水利和粮食。" for n in range(9))
POSTS = [
    post("rule", "出口退税明年起全程网上办", "企业申报出口退税不再交纸质材料，三天到账。"),
    post(
        "case",
        "海州一贸易公司骗取出口退税被查处",
        "海州市税务局查处一家贸易公司骗取出口退税案件，追缴税款80万元，出口退税政策不容侵害。",
    ),
    post(
        "agenda",
        "市政府召开常务会议",
        *FILLER,
        "会议决定，五月起下调石料的资源税税额。",
        *FILLER,
    ),
    post(
        "aside",
        "市政府总结全年工作",
        *FILLER,
        "有代表提到石料的资源税。",
        *FILLER,
    ),
    post("draft", "省人大审议渔船管理方案等", "会议审议渔船管理方案，石料的资源税草案也在其中。"),
    post("law", "契税法施行满一年", "契税法施行一年，海州市的买房人少跑了腿。"),
    post("deed", "海州契税可在网上缴", "海州市的契税可在网上缴，买房人当天领证。"),
    post("water", "海州水库蓄满了水资源", "海州市的水资源充足，今冬灌溉有保障。"),
    post("well", "海州开征水资源税", "海州市的井水开征水资源税，洗浴业税额最高。"),
    post(
        "software",
        "海州红芮信息科技有限公司偷税被罚",
        "海州红芮信息科技有限公司偷税,罚款二十万元。",
    ),
    post(
        "other software",
        "海州晨星信息科技有限公司偷税被罚",
        "海州晨星信息科技有限公司账外收款偷税,罚款九万元。",
    ),
    post("relief", "小微企业明年继续减征所得税", "小微企业的所得税明年减半征收。"),
    post("star", "一网红偷税被罚", "海州市税务局查处一名网红偷税，追缴税款30万元。"),
    post(
        "abuse",
        "青山一商行骗享小微企业优惠被查",
        "青山市税务局查处一家商行骗享小微企业所得税优惠案件。",
    ),
    post("pump", "青山一加油站隐匿收入被处理", "青山市一家加油站隐匿收入,被处二十万元。"),
    post("invoices", "加油站开出电子发票", "加油站明年起开电子发票，车主扫码可取。"),
    post("island", "离岛免税可网上提货", "离岛免税的货品明年起可在网上提货。"),
    post("sold", "离岛免税销售额突破3亿元", "离岛免税的货品今年卖出3亿元，同比增长8%。"),
    *(
        post(
            f"{trade} {n}",
            f"青山{n}家{name}私户收款",
            f"青山市{n}家{name}用私户收款少缴税款，被处五万元。",
        )
        for trade, name in (("hotel", "酒店"), ("jeweller", "珠宝店"))
        for n in (1, 2, 3)
    ),
    post("lodging", "酒店企业有税收优惠", "酒店企业的税收优惠延续到明年。"),
    *(
        post(name, f"{name}优惠延续", f"{name}的优惠延续到明年。")
        for name in ("农机", "渔船", "果园", "茶山")
    ),
    post("incentive", "企业税收优惠延续", "企业的税收优惠延续到明年，工厂也能享受。"),
    post("capital", "北京一文具店虚开发票", "北京市一家文具店虚开发票,被罚三万元。"),
    post("port", "上海一修车铺虚开发票", "上海市一家修车铺虚开发票,被罚四万元。"),
    post("credit", "纳税信用等级今天公布", "海州市公布企业的纳税信用等级，好的企业可贷款。"),
    post("means", "临江一商行买单配票被查", "临江市一家商行买单配票,被罚六十万元。"),
    post("abroad", "海州电商到境外开店", "海州三家电商到境外开店，海外买家多了。"),
    post("depot", "海州电商租海外仓", "海州一家电商租下海外仓，海外买家次日收货。"),
    post(
        "roundup",
        "临江公布五起案例",
        *FILLER,
        "案例4:虚填大病医疗扣除。",
        *FILLER,
    ),
    post(
        "closing",
        "海州一食品厂隐匿收入被罚",
        "海州市税务局查处一家食品厂隐匿收入偷税，罚款20万元。",
        "该局有关负责人提醒，要如实申报，避免影响纳税信用。",
    ),
]


@pytest.fixture(scope="module")
def matched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Matched]:
    """A query → the ids of the posts that match it."""
    with matched_ids(POSTS, tmp_path_factory.mktemp("wants") / "taxnews.db") as matched:
        yield matched


@pytest.mark.parametrize("words", ["出口退税 新规", "出口退税 最新政策", "出口退税政策"])
def test_who_asks_for_rules_gets_no_cases_and_needs_no_word_for_rules(
    matched: Matched, words: str
) -> None:
    assert matched(words) == {"rule"}


@pytest.mark.parametrize(
    "words",
    ["北京 上海 资源税 上海 上海", "内蒙古自治区 宁夏回族自治区", "江苏 浙江 骗税 浙江 浙江"],
)
def test_alternatives_may_be_said_twice_or_be_of_no_word_of_the_corpus(
    matched: Matched, words: str
) -> None:
    assert matched(words) == set()


def test_who_names_a_deed_gets_cases(matched: Matched) -> None:
    assert matched("骗取 出口退税") == {"case"}


def test_who_names_neither_gets_both(matched: Matched) -> None:
    assert matched("出口退税") == {"rule", "case"}


def test_an_item_of_an_agenda_is_told_for_itself_and_a_mention_is_not(matched: Matched) -> None:
    assert matched("资源税 改革") == {"agenda", "draft", "well"}  # a draft (草案) is no case


def test_relief_is_found_in_any_of_its_words(matched: Matched) -> None:
    assert matched("小微企业 减税") == {"relief"}


def test_an_incentive_in_one_word_is_a_policy_and_by_a_space_what_cases_have_too(
    matched: Matched,
) -> None:
    assert matched("小微企业优惠") == {"relief"}
    assert matched("小微企业 优惠") == {"relief", "abuse"}


def test_how_much_was_sold_is_no_news_of_rules_unless_it_is_asked_for(matched: Matched) -> None:
    assert matched("离岛免税 新规") == {"island"}
    assert matched("离岛免税 销售额") == {"sold"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("加油站 补税", {"pump"}),
        ("加油站 曝光", {"pump"}),
        ("水资源税 补税", set()),  # of nobody: by rule, and said so
    ],
)
def test_what_comes_of_every_case_need_not_be_said_of_somebody(
    matched: Matched, query: str, found: set[str]
) -> None:
    assert matched(query) == found


def test_of_trades_that_no_title_names_together_a_post_says_one(matched: Matched) -> None:
    hotels, jewellers = ({f"{trade} {n}" for n in (1, 2, 3)} for trade in ("hotel", "jeweller"))
    assert matched("酒店 私户收款") == hotels
    assert matched("酒店 珠宝 私户收款") == hotels | jewellers
    assert matched("酒店 超市 私户收款") == set()  # no title is of one


def test_who_sells_is_named_by_the_trade(matched: Matched) -> None:
    hotels, jewellers = ({f"{trade} {n}" for n in (1, 2, 3)} for trade in ("hotel", "jeweller"))
    assert matched("酒店行业 私户收款") == matched("酒店企业 私户收款") == hotels
    assert matched("珠宝门店 私户收款") == jewellers


def test_a_means_is_not_all_that_there_is_of_its_crime(matched: Matched) -> None:
    assert matched("买单配票") == {"means"}
    assert matched("循环出口") == {"case"}  # no title says so


def test_a_word_of_three_characters_is_said_whole(matched: Matched) -> None:
    assert matched("电商 海外") == {"abroad", "depot"}
    assert matched("电商 海外仓") == {"depot"}
    assert matched("电商 租外仓") == {"depot"}  # 租海外仓


def test_a_case_of_a_roundup_is_told_for_itself(matched: Matched) -> None:
    assert matched("大病医疗扣除") == {"roundup"}


def test_of_one_word_a_post_says_the_rarest_subject_of_titles(matched: Matched) -> None:
    assert matched("企业税收优惠") >= {"lodging", "incentive"}
    assert matched("酒店企业税收优惠") == {"lodging"}


def test_of_several_provinces_a_post_is_of_one(matched: Matched) -> None:
    assert matched("上海 虚开发票") == {"port"}
    assert matched("北京 上海 广西 虚开发票") == {"capital", "port"}
    assert matched("海州 上海 虚开发票") == set()  # a city, and no province


def test_what_is_written_finds_what_people_say(matched: Matched) -> None:
    assert matched("主播 偷税") == {"star"}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("契税法", {"law"}),
        ("契税法 修订草案", {"law"}),
        ("契税", {"law", "deed"}),
        ("水资源税", {"well"}),
        ("海州 水资源", {"water", "well"}),
    ],
)
def test_a_law_and_a_tax_are_wanted_by_their_whole_names(
    matched: Matched, query: str, found: set[str]
) -> None:
    assert matched(query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("红芮信息科技", {"software"}),
        ("海州红芮信息技术有限公司", {"software"}),
        ("红芮公司", {"software"}),
        ("信息科技公司", {"software", "other software"}),
    ],
)
def test_a_company_is_wanted_by_its_own_name(matched: Matched, query: str, found: set[str]) -> None:
    assert matched(query) == found


@pytest.mark.parametrize("query", ["主播偷税的案子", "主播偷税案件", "网红 偷税 典型案例"])
def test_words_for_cases_as_such_need_not_be_said(matched: Matched, query: str) -> None:
    assert matched(query) == {"star"}


def test_a_place_and_a_word_for_cases_bring_its_cases_only(matched: Matched) -> None:
    assert matched("海州 案例") == {"case", "star", "closing", "software", "other software"}


@pytest.mark.parametrize(
    ("words", "is_cue"),
    [
        ("税务总局公布征管改革方案", False),
        ("个人所得税法修正案草案", False),
        ("西藏出台税收优惠", False),
        ("抓好减税降费落实", False),
        ("中外举行税收协定谈判", False),
        ("税务行政处罚裁量基准", False),
        ("缓缴的社保费年底前补缴", False),
        ("老板藏了两套账", True),
        ("虚开发票案开庭", True),
        ("税务部门公布5起涉税违法案件", True),
        ("两人被抓获", True),
        ("会计获刑三年", True),
        ("稽查局处罚一家公司", True),
    ],
)
def test_words_that_hold_a_cue_for_cases_are_none(words: str, is_cue: bool) -> None:
    assert has_case_cue(words) == is_cue


def test_what_an_official_says_to_everybody_is_no_news(matched: Matched) -> None:
    assert matched("纳税信用") == {"credit"}


def test_advice_laws_lists_and_counts_are_asides() -> None:
    post = NormalisedStory(
        "标题",
        (
            ("经查,该店少缴税款。", "税务局有关负责人表示,要守法。", "影响信用。"),
            ("根据《税收征收管理法》和《发票管理办法》,罚款三万元。",),
            ("减征资源税、房产税、印花税和车船税,快。",),
            (
                "减征资源税、房产税、印花税等,快。",
                "收入(已扣除出口退税)增长,未扣除出口退税前也是。",
            ),
            ("公布5起案件,包括3起骗税案件、1家中介违法案件和2名网红偷税案件。",),
        ),
    )
    assert without_asides(post, "case").paragraphs == (
        ("经查,该店少缴税款。", "", ""),
        (",罚款三万元。",),
        (",快。",),
        (",快。", "收入增长,也是。"),
        ("",),
    )
    assert without_asides(post, "report").paragraphs[0] == post.paragraphs[0]
