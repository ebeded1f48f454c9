"""Which kind of answer a question wants, and what looks like one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.question import answer_types, expected_type
from retrieval.text import analyzer


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("云岭制衣厂一共补了多少税款", "amount"),
        ("云岭制衣厂为什么被查", "why"),
        ("云岭制衣厂不给账本找的什么借口", "excuse"),
        ("林青溪怎么解释这笔钱", "excuse"),
        ("云岭案的主犯判了几年", "verdict"),
        ("云岭案的主犯最后判了没", "trial"),
        ("偷税会坐牢吗", "crime"),
        ("给人虚开一张发票算不算犯罪", "crime"),
        ("云岭案的主犯坐了多久牢", "verdict"),
        ("云岭制衣厂被罚几倍", "share"),
        ("云岭制衣厂什么时候注销的", "date"),
        ("退税要等多久", "term"),
        ("云岭案查了多少户企业", "count"),
        ("开网店要准备哪些材料", "papers"),
        ("云岭案的账藏在哪里", "where"),
        ("谁是云岭制衣厂的老板", "person"),
        ("云岭制衣厂的法定代表人是哪位", "person"),
        ("林姐真名", "person"),
        ("谁查的云岭制衣厂", "who"),
        ("渔船车船税谁来交", "payer"),
        ("盐税该由谁承担", "payer"),
        ("云岭制衣厂怎么隐匿收入", "how"),
        ("按哪一条处罚的", "law"),
        ("云岭制衣厂里头到底几号人", "count"),
        ("云岭制衣厂扣了多少所得税", "amount"),
        ("云岭制衣厂的衬衫卖多少钱一件", "price"),
        ("林青溪今年多大", "age"),
        ("云岭县今年多大力度减税", None),
        ("一箱苹果酒卖多少钱", "amount"),
        ("云岭摊位的租金打几折", "amount"),
        ("云岭制衣厂连补带罚几多", "amount"),
        ("主播幾時之前要自查", "date"),
        ("云岭制衣厂打的什么幌子", "how"),
        ("云岭制衣厂用的啥花招", "how"),
        ("没开票的收入还要报税吗？", "whether"),
        ("云岭案主犯的刑期", "verdict"),
        ("那位判了缓刑的老板叫啥", "person"),
        ("云岭制衣厂以前是干什么的", "occupation"),
        ("林青溪什么来头", "occupation"),
        ("林青溪 职务", "occupation"),
        ("综合所得包括哪几项", "list"),
        ("这些服务分成几大类", "count"),
        ("云岭制衣厂不认罚后来怎样", "handling"),
        ("帮人造假的怎么罚", "handling"),
        ("云岭制衣厂补了几个亿", "amount"),
        ("摊位新规讲了哪几块", "list"),
        ("摊位费减半的面积提高到", "amount"),
        ("卫生打70分算哪一级", "grade"),
        ("摊位评成啥等级", "grade"),
        ("现在退押金快了多少", "term"),
        ("云岭的摊主最后罚他没有", "handling"),
        ("最早设摊位的是哪个城市", "where"),
        ("少交的补上了，还要坐牢吗", "crime"),
        ("多小的摊位可以不交摊位费", "threshold"),
        ("摊位保险摊主自己要掏钱吗", "payer"),
        ("云岭市现任市长是谁", "person"),
        ("云岭制衣厂补了几百万", "amount"),
        ("云岭制衣厂连补带罚总共几何", "amount"),
        ("摊位费一共哪几样", "list"),
        ("合同金额写错了，划掉改一下行吗", "whether"),
        ("摊位费涨到几块了", "amount"),
        ("县城 摊位费 每平米", "amount"),
        ("摊位押金有没有上限", "amount"),
        ("租不到一年能打几折", "amount"),
        ("盐税本来要扣多少所得税", "amount"),
        ("偷税多少就要坐牢", "threshold"),
        ("摊主后来法院怎么判的", "trial"),
        ("用什么法子少交的税", "how"),
        ("云岭制衣厂的案子是哪个法院在审", "office"),
        ("云岭制衣厂是哪里的税务局查的", "office"),
        ("盐税由按月报还是按季报", "term"),
        ("延期申请的办理时限", "term"),
        ("云岭优惠年限额多少", "amount"),
        ("即租即退是什么东西", "meaning"),
        ("退押金要带什么东西", "papers"),
        ("用什么东西冒充好货", "how"),
        ("买车要贴税票，是不是人人都要", "whether"),
        ("云岭制衣厂 偷税 数额", "amount"),
        ("云岭制衣厂的厂房面积是多少", "area"),
        ("云岭保税区有多大", "area"),
        ("云岭案的影响有多大", None),
        ("云岭制衣厂买了多少吨煤", "count"),
        ("云岭制衣厂 虚开专票 份数", "count"),
        ("人数最多的是哪家厂", "body"),
        ("云岭的20几家厂怎么偷税的", "how"),
        ("云岭制衣厂补了多少个人所得税", "amount"),
        ("云岭制衣厂怎么被发现的", "discovery"),
        ("税务局咋盯上云岭制衣厂的", "discovery"),
        ("什么线索暴露了云岭制衣厂", "discovery"),
        ("消费税有多少个税目", "count"),
        ("我一个月才卖几万块，客户要专票，能给他开吗", "whether"),
        ("地方能派税收任务吗，预算法咋说", "whether"),
        ("外国船运货，综合计征率是多少", "share"),
        ("离境退税多少起退", "amount"),
        ("新法施行时间", "date"),
        ("这几家公司的账", None),
        ("青溪税法里说的小型摊位是什么意思", "meaning"),
        ("摊位费和卫生费有啥区别", "difference"),
        ("办摊位证要带什么证件", "papers"),
        ("申请减免摊位费的条件是什么", "conditions"),
        ("摊位证丢了去哪里补办", "venue"),
        ("收费的乱要钱找谁", "venue"),
        ("摊主摔伤了谁来赔", "payer"),
        ("摊位费谁交", "payer"),
        ("滞纳金怎么算", "calculation"),
        ("摊位证怎么办理", "procedure"),
        ("摊位怎么缴税", "calculation"),
        ("摊位怎么计税", "calculation"),
        ("摊位的免租额度", "amount"),
        ("摊位费减免标准", "standard"),
        ("稿酬个税", "calculation"),
        ("报名后几天内要交押金", "term"),
        ("云岭制衣厂告税务局赢了没", "trial"),
        ("云岭制衣厂到底罚没罚", "handling"),
        ("空着的摊位交不交摊位费", "whether"),
        ("摊位加名字收手续费不", "whether"),
        ("做麻布的几家厂用了什么花招", "how"),
        ("云岭制衣厂前几年的账", None),
        ("云岭制衣厂", None),
        ("", None),
    ],
)
def test_the_way_of_asking_tells_the_kind_of_answer(asked: str, kind: str | None) -> None:
    found = expected_type.answer_type_of(analyzer.normalise(asked))
    assert (found.name if found else None) == kind


@pytest.mark.parametrize(
    ("kind", "answer", "other"),
    [
        ("amount", "补缴税款120.5万元。", "依法补缴税款。"),
        ("amount", "全年退税1.5万亿元。", "全年退税1.5万户。"),
        ("number", "面积近5.6万平方米。", "2021年3月4日完工。"),
        ("date", "优惠到 2027-12-31 为止。", "优惠到底为止。"),
        ("share", "占三分之一。", "占一部分。"),
        ("share", "处1.5倍罚款。", "处以罚款。"),
        ("date", "2024年3月注销。", "随后注销。"),
        ("date", "当月7号注销。", "按财税〔2012〕39号和第13号公告注销。"),
        ("term", "应当在三个工作日内报告。", "5月1日起，2025年全面实施。"),
        ("age", "须达到法定退休年龄。", "须提交申请。"),
        ("term", "失效之日起30日内缴回，为期2年。", "须年满18周岁。"),
        ("date", "应于次年3月前办理，可以拖到明年底。", "税款由买方承担。"),
        ("payer", "对盐的出让方征收。", "盐税按吨征收。"),
        ("meaning", "即租即退就是当场退还押金。", "即租即退方便摊主。"),
        ("venue", "由摊主直接在市场办理。", "摊主可以举报。"),
        ("office", "云岭市税务局依法查处。", "该店由税务机关查处。"),
        ("threshold", "退税款十万元以上的。", "判处有期徒刑三年。"),
        ("threshold", "骗取的税款达到五万元的，应当立案。", "他骗取税款五万元。"),
        ("discovery", "税务局收到群众举报。", "税务局依法处罚。"),
        ("excuse", "该厂会计人员称，钱用于经营。", "该厂会计人员称为林姐。"),
        ("count", "查处35户企业。", "查处多户企业。"),
        ("trial", "法院正在审理。", "移送公安机关,由税务局判断。"),
        ("verdict", "判处有期徒刑3年。", "移送检察机关。"),
        ("verdict", "法院作出判决：林青溪六年。", "税务局判断，2021年起就有人虚开。"),
        ("crime", "涉嫌犯罪的，移送公安机关。", "由税务机关追缴税款。"),
        ("body", "由云岭远山商贸有限公司开具。", "由该公司、这家店和其他企业开具。"),
        ("body", "晨光加油站已被查处。", "该加油站已被查处。"),
        ("excuse", "林青溪以“电脑故障”为由推脱。", "林青溪交出了账本。"),
        ("person", "该厂负责人林青溪自首。", "该厂负责人表示接受处罚。"),
        ("person", "警方抓获赵某等人。", "警方查封某公司和某些企业。"),
        ("who", "发票由云岭市税务局查处。", "发票开给了多家企业。"),
        ("payer", "盐场为盐税的纳税义务人。", "盐税按吨计算。"),
        ("payer", "车船税由保险机构代收代缴。", "车船税按年申报。"),
        ("occupation", "云岭大学教授林青溪认为，这样不妥。", "林青溪认为，这样不妥。"),
        ("occupation", "云岭制衣厂主要从事成衣加工。", "云岭制衣厂已经注销。"),
        ("list", "下列行为是虚开：（一）为他人开具；（二）为自己开具。", "这样就是虚开。"),
    ],
)
def test_a_kind_of_answer_is_told_by_its_form(kind: str, answer: str, other: str) -> None:
    looks = next(k for k in answer_types.ANSWER_TYPES if k.name == kind).pattern
    assert looks.search(analyzer.normalise(answer))
    assert not looks.search(analyzer.normalise(other))


@pytest.mark.parametrize(
    ("asked", "answer", "other"),
    [
        ("抓了多少人", "抓获35名嫌疑人。", "查处35户企业。"),
        ("抓了几个人", "抓获35名嫌疑人。", "查处35个团伙。"),
        ("查了几户", "查处三家企业。", "抓获35人。"),
        ("查了多少家企业，最后抓了多少人", "抓获35人。", "查处35家企业。"),
        ("开了几千张票", "开具9296份发票。", "涉及35户企业。"),
        ("多少平方米", "面积5.6万平方米。", "长5.6万米。"),
        ("收了多少公斤", "收购3吨羊绒。", "查处3户企业。"),
        ("有多少席", "得到3席。", "共3次。"),
        ("分成几大类", "有八大类。", "有8人。"),
        ("多少种布料免税", "对35项布料免税。", "查处35户企业。"),
        ("一年能买几次", "不限次数。", "不限金额。"),
        ("有多少个粉丝", "有292万粉丝。", "卖了292万元。"),
    ],
)
def test_a_count_is_of_what_the_question_counts(asked: str, answer: str, other: str) -> None:
    kind = expected_type.answer_type_of(analyzer.normalise(asked))
    assert kind is not None
    assert kind.pattern.search(analyzer.normalise(answer))
    assert not kind.pattern.search(analyzer.normalise(other))


@pytest.mark.parametrize(
    ("asked", "answer", "other"),
    [
        ("免税到哪年", "执行到2027年底。", "2023年8月28日公布。"),
        ("申报截止时间", "应于6月30日前办理。", "3月1日发布。"),
        ("新规从哪天起施行", "自2026年1月1日起施行。", "执行至2027年12月31日。"),
        ("那个科长给了啥处分", "给予留党察看二年、撤职处分。", "被给予处理处分。"),
        ("哪家厂偷税", "云岭远山制衣厂（以下简称“远山厂”）", "远山厂主要生产成衣。"),
        ("为什么查它", "由于申报异常，税务局立案检查。", "该厂未按期申报。"),
        ("餐费能不能抵", "不得从销项税额中抵扣。", "应当按期申报。"),
        ("自己盖房要交税吗", "减半征收。", "可以由县政府决定。"),
        ("空摊位交不交摊位费", "免予缴纳摊位费。", "可以由市场决定。"),
        ("摊位废了押金给退吗", "可以申请退还押金。", "应当按月缴纳。"),
        ("摊位税几个点", "税率为百分之八。", "减除百分之十后计算。"),
        ("摊位税按租金的多少交", "依照租金计算的，税率为8%。", "一次减除10%。"),
        ("几天内要交押金", "自签约之日起十五日内缴纳。", "按日加收万分之五。"),
        ("摊位最长能空多久", "不得超过十二个月。", "每月十日缴纳。"),
        ("要交满几年才能退押金", "缴费满十五年的，可以退还。", "不超过五年。"),
        ("摊主告市场，赢了没", "法院驳回其诉讼请求。", "法院开庭审理此案。"),
        ("云岭制衣厂最后怎么处理的", "冻结其全部账户。", "对该厂立案检查。"),
        ("摊位确权要不要交摊位税", "不征收摊位税。", "可以由市场决定。"),
        ("旧摊位几个点", "减按 0.5% 征收。", "减除百分之十后计算。"),
        ("优惠用到哪天", "延续至 2027-12-31。", "2023-08-28公布。"),
        ("多少天之内要退场", "期限延长至28天。", "每月10日缴纳。"),
        ("为什么没罚它", "因调整后仍为亏损，不予处罚。", "属于该厂的账户。"),
        ("摊位费几号截止", "应于次年3月1日至4月10日缴清。", "2024年3月1日公布。"),
        ("摊位费什么时候交", "摊位费按年申报缴纳。", "摊位费自2024年3月1日起征收。"),
        ("摊主后来怎么处理的", "追缴摊位费并处罚款共计3万元。", "摊主已按规定缴清。"),
        ("摊位费几个月报一次", "摊位费按季申报。", "摊位费自3月1日起征收，为期两年。"),
        (
            "多久之内要申请退押金",
            "退场后1年内,可以申请退押金。",
            "自受理申请之日起60日内作出决定。",
        ),
        ("退押金多久能批下来", "自受理之日起60日内作出决定。", "退场后1年内,可以申请退押金。"),
        ("摊位保险员工自己要掏钱吗", "职工个人不缴纳摊位保险费。", "由用人单位缴纳摊位保险费。"),
        ("摊位保险公司要掏钱吗", "由用人单位缴纳摊位保险费。", "职工个人不缴纳摊位保险费。"),
        ("上哪申请退押金", "通过市场服务平台提出申请。", "申请条件由市场部门公布。"),
        ("哪个省最先收摊位费", "在云岭省先行征收摊位费。", "摊位费由省政府规定。"),
        ("摊主把布料换个名，能换吗", "不得变更布料的名称。", "应当登记布料的名称。"),
        ("迟交的摊位费怎么算", "按日加收千分之三。", "摊位费以人民币计算。"),
        ("摊主怎么藏的钱", "通过亲属账户收款等方式隐匿收入。", "办公室使用一台旧电脑。"),
    ],
)
def test_one_of_the_answers_that_fit_is_asked_for(asked: str, answer: str, other: str) -> None:
    kind = expected_type.answer_type_of(analyzer.normalise(asked))
    assert kind is not None
    assert kind.closest is not None
    assert kind.closest.search(analyzer.normalise(answer))
    assert not kind.closest.search(analyzer.normalise(other))


@given(st.text(max_size=200))
def test_any_text_has_a_kind_or_none(text: str) -> None:
    found = expected_type.answer_type_of(analyzer.normalise(text))
    assert found is None or found.name in {kind.name for kind in answer_types.ANSWER_TYPES}


@given(st.data())
def test_an_answer_is_found_by_whatever_of_its_forms_it_begins_with(data: st.DataObject) -> None:
    scanned = {}
    for kind in answer_types.ANSWER_TYPES:
        if found := re.fullmatch(r"\[.+?\]\(\?<=\(\?=(.+)\)\.\)", kind.pattern.pattern):
            scanned[found[1]] = kind.pattern
    form = data.draw(st.sampled_from(sorted(scanned)))
    text = data.draw(st.from_regex(form))
    assert scanned[form].search(text)


@pytest.mark.parametrize(
    ("asked", "answer", "is_one"),
    [
        ("药品进口收多少关税", "实行零关税。", True),
        ("买电动车免多少税", "免征车辆购置税。", True),
        ("买车交多少税", "免征车辆购置税。", False),
        ("云岭制衣厂少交了多少关税", "实行零关税。", False),
        ("衬衫多少钱一件", "每件衬衫卖60元。", True),
        ("衬衫多少钱一件", "共收款60元。", False),
        ("最晚什么时候补交", "可于明年底前补缴。", True),
        ("摊位费什么时候交", "自期满之日起15日内缴纳。", True),
        ("摊位费什么时候交", "摊位费自2020年开始征收。", False),
        ("摊位费什么时候交", "请核查以前年度是否缴清。", False),
        ("摊位费什么时候缴清的", "2024年3月1日缴清。", True),
        ("摊位费补多少", "依照本法规定全额计算缴纳。", False),
        ("摊位费退多少", "多缴的全额退还。", True),
        ("摊位费退款要多久", "上半年办理了两千笔。", False),
        ("摊位费退款要多久", "半年内退还。", True),
    ],
)
def test_none_at_all_the_price_of_one_and_the_end_of_a_year_answer_what_asks_for_them(
    asked: str, answer: str, is_one: bool
) -> None:
    kind = expected_type.answer_type_of(analyzer.normalise(asked))
    assert kind is not None
    assert (kind.pattern.search(analyzer.normalise(answer)) is not None) == is_one


@pytest.mark.parametrize(
    ("asked", "kind", "is_of_table"),
    [
        ("契税税率是多少", "share", True),
        ("二手房契税税率是多少", "share", False),
        ("契税税额", "amount", True),
        ("契税要交多少钱", "amount", True),
        ("契税交了多少钱", "amount", False),
        ("契税", "bare tax", False),
        ("偷税", None, False),
        ("不交税", None, False),
    ],
)
def test_the_bare_name_of_a_tax_asks_who_pays_it_and_its_rate_may_stand_in_a_table(
    asked: str, kind: str | None, is_of_table: bool
) -> None:
    found = expected_type.answer_type_of(asked)
    table = "契税的税率,依照本法所附《契税税率表》执行。"
    assert (found.name if found else None) == kind
    assert (found is not None and found.pattern.search(table) is not None) == is_of_table
