"""A story and a question → the sentence that answers."""

from retrieval.ranking.pieces import LONGEST_PASSAGE, pieces
from retrieval.ranking.sentence_scorer import SentenceScorer
from retrieval.ranking.sentences import sentence
from tests.support.scoring import AMOUNT, MEANS, OPENING, TITLE, MakeScorer


def test_the_sentence_holds_the_kind_of_thing_asked_for_and_not_the_title_again(
    scorer_of: MakeScorer,
) -> None:
    far = "此前，该厂经营多年，客户遍布周边县市，从未引起注意，直到一份比对报告送到检查人员手里。"
    story = pieces([OPENING + far * 2 + AMOUNT], LONGEST_PASSAGE)
    found = sentence(scorer_of("云岭制衣厂少缴多少税款", TITLE), story)
    assert AMOUNT in found
    assert OPENING not in found


def test_a_sentence_leans_on_the_one_before_it(scorer_of: MakeScorer) -> None:
    named = "近日，国家税务总局云岭市税务局第一稽查局根据相关部门移交的线索，依法查处了"
    named += "云岭制衣厂案件。"
    told = "经查，2021年至2023年期间，该厂通过亲属账户收取货款、现金结算不入账、篡改门店软件的数据"
    told += "等方式少列了收入，并进行虚假纳税申报，少缴增值税、企业所得税等税款。"
    story = pieces([named + told], LONGEST_PASSAGE)
    assert sentence(scorer_of("云岭制衣厂案件 收入怎么藏的"), story) == told


def test_a_sum_belongs_to_the_clause_before_it(scorer_of: MakeScorer) -> None:
    scorer = scorer_of("云岭制衣厂被罚款多少")
    apart, together = "对其并处罚款,共计50万元。", "对其并处罚款共计50万元。"
    assert scorer.match(apart) == scorer.match(together)


def test_two_sentences_may_stand_on_both_sides_of_a_paragraph_s_end(scorer_of: MakeScorer) -> None:
    story = pieces(["云岭制衣厂被查。", AMOUNT], LONGEST_PASSAGE)
    found = sentence(scorer_of("云岭制衣厂少缴多少税款"), story)
    assert found == f"云岭制衣厂被查。\n{AMOUNT}"


def said(scorer: SentenceScorer, *texts: str) -> str:
    return sentence(scorer, pieces(list(texts), LONGEST_PASSAGE))


def test_the_figure_of_the_deed_asked_for_leads(scorer_of: MakeScorer) -> None:
    evaded = "云岭制衣厂隐匿收入，偷税三十万元。"
    fined = "对云岭制衣厂偷税作出追缴税款、加收滞纳金并处罚款共计五十八万元的处罚决定。"
    between = "该厂起初不承认，称账簿在搬迁时遗失，经检查人员多次约谈才如实说明情况。" * 2
    assert evaded in said(scorer_of("云岭制衣厂偷税多少"), evaded, between, fined)
    assert fined in said(scorer_of("云岭制衣厂被罚多少"), evaded, between, fined)


def test_a_long_sentence_is_not_cut_before_the_figure(scorer_of: MakeScorer) -> None:
    grounds = "综合考虑上述情况，依据有关法律法规和裁量基准的规定，" * 4
    found = said(
        scorer_of("云岭制衣厂被罚多少"), f"{grounds}对云岭制衣厂并处罚款，共计五十八万元。"
    )
    assert found.endswith("共计五十八万元。")


def test_a_sentence_goes_on_after_a_semicolon(scorer_of: MakeScorer) -> None:
    text = "云岭制衣厂少缴税款的，处一倍罚款；主动补缴的，从轻处罚。"
    assert said(scorer_of("云岭制衣厂少缴税款罚几倍"), text) == text


def test_the_end_of_a_sentence_does_not_lead_to_the_next_without_its_beginning(
    scorer_of: MakeScorer,
) -> None:
    long = "跨区域携带空白账簿的，" + "由所在地的主管机关责令限期改正并处一万元以下的罚款；" * 5
    lost = "云岭制衣厂丢失账簿的，依照前款规定处罚。"
    found = said(scorer_of("云岭制衣厂丢失账簿怎么处罚"), long + "有违法所得的予以没收。", lost)
    assert found == lost


def test_the_formula_that_all_is_paid_is_no_answer(scorer_of: MakeScorer) -> None:
    fine = "对云岭制衣厂并处罚款共计五十八万元。"
    paid = "目前，云岭制衣厂的税款、罚款均已追缴入库。"
    assert said(scorer_of("云岭制衣厂罚款多少"), fine, paid) == fine


def test_the_range_of_the_case_answers(scorer_of: MakeScorer) -> None:
    short_time = "工作满一年不足四年的，每月发三百元；"
    long_time = "工作满四年不足九年的，每月发五百元；"
    longest = "工作满九年的，每月发七百元，全部由单位负担。"
    found = said(scorer_of("工作了六年，每月发多少元"), short_time, long_time, longest)
    assert long_time.rstrip("；") in found


def test_an_item_is_the_rest_of_the_clause_that_heads_its_list(scorer_of: MakeScorer) -> None:
    head = "第六条 有下列情形之一的，免征摊位税："
    items = ["（一）学校使用的摊位；", "（二）夫妻之间变更摊位；", "（三）庙会使用的摊位。"]
    after = "根据本县夫妻摊位和摊位税征管的需要，县政府可以规定免征摊位税。"
    found = said(scorer_of("夫妻之间变更摊位收摊位税不"), head, *items, after)
    assert items[1].rstrip("；") in found
    assert after not in found


def test_of_items_that_say_as_much_the_first_answers_and_not_the_longest(
    scorer_of: MakeScorer,
) -> None:
    head = "第三条 摊位税税率："
    first = "（一）露天摊位，税率为百分之三；"
    longer = f"（二）{'带顶棚、水电和库房的' * 9}摊位，税率为百分之五；"
    found = said(scorer_of("摊位税税率多少"), head, first, longer)
    assert "百分之三" in found
    assert "百分之五" not in found


def test_an_item_of_a_list_leans_on_what_heads_it(scorer_of: MakeScorer) -> None:
    head = "有下列情形之一的，可以申请退还云岭制衣厂的押金："
    items = ["（一）停工满一年的；", "（二）设备被盗的；", "（三）依法注销的。"]
    found = said(scorer_of("云岭制衣厂的设备被盗，能退押金吗"), head, *items)
    assert "设备被盗" in found


def test_the_head_of_a_list_leads_that_holds_what_is_asked_for(scorer_of: MakeScorer) -> None:
    head = "摊主有下列行为之一的，由市场管理办公室责令限期改正，并可以处三百元以下的罚款："
    items = ["（一）占用通道的；", "（二）未按时打扫摊位的；", "（三）拒不退场的。"]
    story = pieces([head, *items], LONGEST_PASSAGE)
    scorer = scorer_of("未按时打扫摊位罚多少钱")
    assert sentence(scorer, story) == "\n".join([head, *items[:2]]).rstrip("；")
    long = head.replace("责令", "在查明事实、听取申辩、告知其权利以后，依照本办法规定的程序，责令")
    items[0] = (
        "（一）占用、堵塞、损坏通道和公用设施，或者在通道内堆放货物、停放车辆，影响其他摊主的；"
    )
    assert sentence(scorer, pieces([long, *items], LONGEST_PASSAGE)) == long.rstrip("：")


def test_a_question_for_an_end_is_answered_by_an_end(scorer_of: MakeScorer) -> None:
    published = "2023年8月28日，云岭制衣厂的免税政策公布。"
    end = "免税执行到2027年底。"
    assert end in said(scorer_of("云岭制衣厂免税到哪年"), published, end)


def test_what_is_ruled_of_the_deed_answers(scorer_of: MakeScorer) -> None:
    ruled = "云岭制衣厂可以向税务机关申请退还；"
    other = "已办理退税的，云岭制衣厂应当重新计算税款。"
    assert ruled.rstrip("；") in said(scorer_of("云岭制衣厂的税款能不能退"), other, ruled)


def test_the_sentence_before_names_who_is_only_pointed_to(scorer_of: MakeScorer) -> None:
    name = "检查人员查实了云岭制衣厂的账外收入。"
    assert said(scorer_of("收取货款用了谁的账户"), name + MEANS) == name + MEANS
