"""Turns of a conversation: the same story, the same question about another, a new one, none."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.answering.dialogue import reply
from retrieval.answering.talk import Talk
from retrieval.question.conversation import (
    Conversation,
    may_be_people,
    nouns_of,
    parties_in,
    people_in,
    with_opposite,
)
from retrieval.question.openings import after_thanks, corrected
from retrieval.question.small_talk import REPLIES
from tests.support.answering import OTHERS, corpus_of, post
from tests.support.conversation_posts import NOW, POSTS


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with corpus_of(Path(tmp_path_factory.mktemp("dialogue")), *POSTS) as answerer:
        yield answerer


def talked(answerer: Answerer, *turns: str) -> Answer:
    """The answer to the last of `turns`."""
    conversation = None
    for turn in turns:
        answer = reply(answerer, turn, conversation, now=NOW)
        conversation = answer.conversation
    return answer


@pytest.mark.parametrize(
    ("turns", "story", "understood"),
    [
        (["星海加油站罚了多少", "怎么藏的收入"], "wuxi", None),
        (["星海加油站罚了多少", "它少缴了多少"], "wuxi", None),
        (["星海加油站罚了多少", "晨光加油站少缴了多少"], "baoding", None),
        (["星海加油站罚了多少", "星海加油站少缴了多少"], "wuxi", None),
        (["星海加油站罚了多少", "保定那家呢"], "baoding", "保定 加油站罚了多少"),
        (["星海加油站罚了多少", "保定那家呢", "那少缴了多少"], "baoding", None),
        (["税收宣传月的主题是什么", "24年的呢"], "y2024", "2024年 税收宣传月的主题是什么"),
        (["2024年税收宣传月的主题是什么", "去年的呢"], "y2025", "2025年 税收宣传月的主题是什么"),
        (["星海加油站罚了多少", "换个话题，契税的税率是多少"], "deed", None),
        (["星海加油站罚了多少", "少缴了多少", "保定那家呢"], "baoding", "保定 少缴了多少"),
        (
            ["星海加油站罚了多少", "保定改动加油机数据的那家呢"],
            "baoding",
            "保定改动加油机数据 加油站罚了多少",
        ),
        (
            ["春节海岛免税店卖了多少钱", "中秋那几天呢"],
            "autumn",
            "中秋那几天 海岛免税店卖了多少钱",
        ),
        (["2024年4月出口退税多少亿元", "5月的呢"], "may", "5月 出口退税多少亿元"),
        (["船舶吨税每吨多少钱", "卖给人家了，交过的吨税退吗"], "vessel", None),
        (["农场种植的收入免不免税", "那开具的发票要保存几年"], "books", None),
        (["船舶吨税每吨多少钱", "它搞到哪里为止"], "vessel", None),
        (["郑佳怡罚了多少", "有没有坐牢", "直播了几年"], "star", None),
        (["农场种植的收入免不免税", "要票吗"], "farm", None),
        (["星海加油站罚了多少", "另外问下契税的税率是多少"], "deed", None),
        (["星海加油站罚了多少", "不是无锡，我问的是保定的"], "baoding", "保定 加油站罚了多少"),
        (["星海加油站罚了多少", "不对，少缴了多少"], "wuxi", None),
        (
            ["税收宣传月的主题是什么", "不对 我要的是24年的"],
            "y2024",
            "2024年税收宣传月的主题是什么",
        ),
        (["2025年税收宣传月的主题是什么", "前一年的呢"], "y2024", "2024年 税收宣传月的主题是什么"),
        (["2024年4月出口退税多少亿元", "再往后一年呢"], "later", "2025年 出口退税多少亿元"),
        (["星海加油站罚了多少", "好的谢谢 保定那家呢"], "baoding", "保定 加油站罚了多少"),
        (["星海加油站罚了多少", "对了契税的税率是多少"], "deed", None),
        (["星海加油站罚了多少", "对了，罚款交了没"], "wuxi", None),
    ],
)
def test_a_turn_is_answered_from_the_story_that_it_means(
    answerer: Answerer, turns: list[str], story: str, understood: str | None
) -> None:
    answer = talked(answerer, *turns)
    assert [passage.post for passage in answer.passages[:1]] == [story]
    assert answer.question == turns[-1]
    assert "".join((answer.understood or "").split()) == "".join((understood or "").split())


@pytest.mark.parametrize(
    "turns",
    [
        ["星海加油站罚了多少", "判了几年"],
        ["星海加油站罚了多少", "桂林那家呢"],
        ["星海加油站罚了多少", "他有多少粉丝"],
        ["郑佳怡罚了多少", "有没有坐牢"],
        ["农场种植的收入免不免税", "养猫吗"],
        ["星海加油站罚了多少", "谢谢"],
        ["春节海岛免税店卖了多少钱", "端午的呢"],
        ["船舶吨税每吨多少钱", "热气球收不收"],
        ["船舶吨税每吨多少钱", "税率呢"],
        ["船舶吨税每吨多少钱", "装修的钱也能算进去吗"],
        ["星海化工园占地多少", "保定的呢"],
        ["税收宣传月的主题是什么", "桂林有这个吗"],
        ["郑佳怡罚了多少", "现在还播吗"],
        ["2025年税收宣传月的主题是什么", "今年改了没"],
        ["郑佳怡罚了多少", "她号封了没"],
    ],
)
def test_what_is_told_nowhere_is_not_found(answerer: Answerer, turns: list[str]) -> None:
    assert not talked(answerer, *turns).answered


def test_a_turn_leads_back_to_a_story_that_was_shown_before_another(answerer: Answerer) -> None:
    turns = "星海加油站罚了多少", "契税的税率是多少", "郑佳怡罚了多少", "星海那家少缴了多少"
    answer = talked(answerer, *turns)
    assert (answer.passages[0].post, answer.understood) == ("wuxi", None)
    again = reply(answerer, "刚才契税的税率呢", answer.conversation, now=NOW)
    assert again.passages[0].post == "deed"


def test_of_stories_about_another_place_the_one_with_the_title_of_the_one_shown_is_meant(
    tmp_path: Path,
) -> None:
    posts = (
        post("first", "海角市曝光一起虚假宣传", "海角市税务局约谈了发广告的云帆公司。"),
        post("alike", "云岭市曝光一起虚假宣传", "云岭市税务局约谈了一家公司,它发了传单。"),
        post("other", "云岭市的一家公司", "云岭市税务局约谈了一家公司,它发了横幅。"),
    )
    with corpus_of(tmp_path, *POSTS, *posts) as answerer:
        answer = talked(answerer, "海角市发广告的公司叫什么", "云岭市的呢，发了啥")
    assert answer.passages[0].post == "alike"


def test_the_day_of_another_story_is_known_too(tmp_path: Path) -> None:
    posts = (
        post("park", "海角综保区开园", "海角综保区2023年8月28日开园。", day="2023-08-29"),
        post("isle", "云岭综保区获批", "云岭综保区日前获得批复。", day="2022-08-01"),
    )
    with corpus_of(tmp_path, *POSTS, *posts) as answerer:
        answer = talked(answerer, "海角综保区什么时候开的", "云岭的呢")
    assert [passage.post for passage in answer.passages[:1]] == ["isle"]


def test_a_name_that_no_dictionary_has_gives_way_to_a_place(answerer: Answerer) -> None:
    answer = talked(answerer, "星海被罚款罚了多少", "保定的呢")
    assert (answer.understood or "").split() == ["保定", "被罚款罚了多少"]


def test_a_year_stands_for_the_part_of_it_that_was_asked_about(tmp_path: Path) -> None:
    posts = (
        post(
            "half", "上半年网箱出口12亿元", "上半年，网箱出口12亿元，同比增长5%。", day="2023-07-20"
        ),
        post(
            "next", "上半年网箱出口15亿元", "上半年，网箱出口15亿元，同比增长9%。", day="2024-07-18"
        ),
        post("year", "2024年网箱出口31亿元", "2024年，网箱出口31亿元。", day="2025-01-10"),
        post("reed", "2022年芦席出口2亿元", "2022年，芦席出口2亿元。", day="2023-01-10"),
    )
    with corpus_of(tmp_path, *POSTS, *posts) as answerer:
        answer = talked(answerer, "2023上半年网箱出口多少亿元", "24年的呢")
        assert answer.passages[0].post == "next"
        whole = talked(answerer, "2023上半年芦席出口多少亿元", "22年的呢")
        assert whole.passages[0].post == "reed"


def test_a_city_that_the_dictionary_calls_a_verb_gives_way_to_another(answerer: Answerer) -> None:
    answer = talked(answerer, "保定加油站罚了多少", "无锡的呢")
    assert (answer.understood or "").split() == ["无锡", "加油站罚了多少"]


def test_a_name_is_offered_beside_the_answers_to_other_questions(answerer: Answerer) -> None:
    answer = talked(answerer, "郑嘉怡罚了多少？星海加油站罚了多少？")
    assert [part.reply for part in answer.parts] == ["是不是“郑佳怡”？", None]
    assert [passage.post for passage in answer.passages] == ["wuxi"]
    meant = reply(answerer, "是", answer.conversation, now=NOW)
    assert [passage.post for passage in meant.passages[:1]] == ["star"]


def test_a_case_tells_of_today_what_it_says_of_the_day_of_the_report(answerer: Answerer) -> None:
    answer = talked(answerer, "郑佳怡罚了多少", "罚款现在缴清了吗")
    assert answer.passages[0].post == "star"


def test_a_name_gives_way_to_another_but_for_the_word_of_its_kind() -> None:
    title = "揭秘无锡市滨湖区星海加油站偷税案"
    assert parties_in("无锡星海加油站罚了多少", title) == ["无锡", "星海"]
    assert parties_in("加油站罚了多少", title) == []


def test_a_turn_without_an_answer_leaves_the_conversation_as_it_was(answerer: Answerer) -> None:
    answer = talked(answerer, "星海加油站罚了多少", "桂林那家呢", "谢谢", "怎么藏的收入")
    assert answer.passages[0].post == "wuxi"


def test_the_first_turn_is_a_question_like_any_other(answerer: Answerer) -> None:
    question = "星海加油站罚了多少"
    alone = answerer.ask(question, now=NOW)
    assert replace(talked(answerer, question), conversation=None) == alone


def test_a_turn_that_asks_again_of_another_thing_finds_that_in_the_story(
    answerer: Answerer,
) -> None:
    turns = ["农场从事种植的收入免不免所得税", "自用的呢", "销售种子的呢"]
    shown = [talked(answerer, *turns[: n + 1]).passages[0].sentence for n in range(3)]
    assert [sentence[:3] for sentence in shown] == ["第一条", "第二条", "第三条"]
    understood = talked(answerer, *turns).understood or ""
    assert understood.split() == ["销售种子的", "农场从事种植的收入免不免所得税"]


def test_a_case_shown_for_want_of_a_rule_does_not_hold_the_talk(answerer: Answerer) -> None:
    asked = "直播带货的收入交税吗"
    shown = [talked(answerer, *turns).passages[0] for turns in ([asked], [asked, "哪些免征"])]
    assert [passage.type == "case" for passage in shown] == [True, False]


def test_what_is_talked_of_stays_beside_turns_that_name_nothing(answerer: Answerer) -> None:
    last = Conversation("应该怎么交", subject="仓库 房产税")
    about, bare = (reply(answerer, "能免吗", c, now=NOW) for c in (last, replace(last, subject="")))
    assert [about.passages[0].post, bare.passages[0].post] == ["farm", "autumn"]


RULES = (
    post(
        "fund",
        "果农互助金办法",
        "第一条 果园应当自招用果农之日起三十日内，到管理中心设立互助金账户。",
        "第二条 果农退出的，互助金账户可以注销，余额退还果农。",
        "第三条 果园不设立互助金账户的，处一万元以上五万元以下的罚款。",
    ),
    post(
        "bank",
        "储蓄所检查办法",
        "第一条 储蓄所拒绝检查开户资料的，处十万元以上五十万元以下的罚款。",
        "第二条 储蓄所违规给人开户的，处二十万元以上罚款。",
    ),
    post(
        "ferry",
        "渡轮旅客免税购物公告",
        "渡轮旅客离岸免税购物，限购金额从每人每次五千元上调为八千元。购物旅客须年满十六周岁。",
    ),
    post("field", "主播钱文书偷税案", "经查，主播钱文书少缴税款6万元，依法被罚款3万元。"),
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with corpus_of(Path(tmp_path_factory.mktemp("rules")), *POSTS, *RULES) as answerer:
        yield answerer


@pytest.mark.parametrize(
    ("first", "turn", "told"),
    [
        ("互助金账户多少天内设立", "要是干脆不给开户罚多少", "一万元以上五万元以下"),
        ("渡轮免税能买到多少", "多大岁数的人能买", "十六周岁"),
    ],
)
def test_a_turn_that_leads_back_to_the_rule_shown_is_asked_there(
    rules: Answerer, first: str, turn: str, told: str
) -> None:
    answer = talked(rules, first, turn)
    assert told in answer.passages[0].text
    assert answer.understood is None


def test_a_short_turn_that_leads_back_to_the_rule_shown_is_put_into_its_question(
    rules: Answerer,
) -> None:
    answer = talked(rules, "果农退出的互助金账户能注销吗", "余款呢")
    assert answer.passages[0].post == "fund"
    assert answer.understood == "余款 果农退出的互助金账户能注销吗"


@pytest.mark.parametrize("shown", [None, "bank"])
def test_a_question_without_the_right_story_is_asked_together_with_the_turn(
    rules: Answerer, shown: str | None
) -> None:
    last = Conversation("渡轮免税能买到多少", shown)
    answer = reply(rules, "多大岁数的人能买", last, now=NOW)
    assert [passage.post for passage in answer.passages[:1]] == ["ferry"]
    assert answer.understood == "多大岁数的人能买 渡轮 免税"


def test_a_person_whom_only_a_story_knows_is_one_of_another_story(rules: Answerer) -> None:
    answer = talked(rules, "郑佳怡罚了多少", "钱文书呢")
    assert [passage.post for passage in answer.passages[:1]] == ["field"]
    assert answer.understood == "钱文书 罚了多少"
    assert Talk(rules, Conversation("契税的税率是多少"), NOW).turn("钱文书呢").names == ()


@pytest.mark.parametrize(
    ("turn", "text"),
    [
        ("那个体户呢", "个体户呢"),
        ("那个税呢", "个税呢"),
        ("那年底的呢", "年底的呢"),
        ("那罚款呢", "罚款呢"),
        ("那个呢", "那个呢"),
        ("那家店呢", "那家店呢"),
        ("那里面呢", "那里面呢"),
        ("那时候呢", "那时候呢"),
        ("那", "那"),
        ("另外问下罚款", "罚款呢"),
        ("另外问责了谁", "另外问责了谁"),
    ],
)
def test_what_leads_up_to_a_turn_is_told_from_a_word_that_begins_as_a_measure(
    answerer: Answerer, turn: str, text: str
) -> None:
    assert Talk(answerer, Conversation("契税的税率是多少"), NOW).turn(turn).text == text


def test_only_what_was_named_before_is_pointed_back_to(answerer: Answerer) -> None:
    talk = Talk(answerer, Conversation("星海加油站罚了多少"), NOW)
    turns = "那家罚了多少", "后来那家罚了多少", "卖酒的那家罚了多少", "保定那家罚了多少"
    assert [talk.turn(q).points_back for q in turns] == [True, True, False, False]


def test_verbs_name_nobody(answerer: Answerer) -> None:
    talk = Talk(answerer, Conversation("契税的税率是多少"), NOW)
    assert talk.turn("那没去办呢 罚不罚").names == ()


@pytest.mark.parametrize(
    ("turn", "asked"),
    [
        ("不是这个,我问的是房产税", "房产税呢"),
        ("不是他,我说的是钱文书", "钱文书呢"),
        ("不是丢了 是没开", "没开呢"),
        ("我说错了,是一般纳税人", "一般纳税人呢"),
        ("我问的是公司,不是个体户", "公司呢"),
        ("不对,什么时候罚的", "什么时候罚的"),
        ("不是", None),
        ("不是耕地的呢,交多少", None),
        ("不是本地户口,能领吗", None),
        ("那不是骗税吗", None),
        ("我是问公司", "公司呢"),
        ("我想问离职的几天办", None),
        ("不是丢了我问的是没开", "没开呢"),
        ("不是本人指定的账户能退吗", None),
        ("不是发票有问题吗", None),
        ("不是股东说了算吗", None),
        ("我问是不是要交税", None),
        ("不对,说明书几月交", "说明书几月交"),
        ("不对 我要的是去年的", "去年的呢"),
        ("我要查什么时候交", None),
    ],
)
def test_a_correction_says_what_is_asked_instead(turn: str, asked: str | None) -> None:
    assert corrected(turn) == asked


@pytest.mark.parametrize(
    ("message", "rest"),
    [
        ("谢谢,税率呢", "税率呢"),
        ("好的谢谢 那契税呢", "那契税呢"),
        ("嗯嗯那契税呢", "那契税呢"),
        ("谢谢", "谢谢"),
        ("好的", "好的"),
        ("好处费要交税吗", "好处费要交税吗"),
        ("可以退税吗", "可以退税吗"),
        ("感谢信要贴花吗", "感谢信要贴花吗"),
    ],
)
def test_thanks_are_no_part_of_what_follows(message: str, rest: str) -> None:
    assert after_thanks(message) == rest


def test_a_surname_that_is_a_verb_or_a_numeral_too_names_nobody() -> None:
    turns = ("他公司其他员工也被查了吗", "她有几100万粉丝", "高管是谁")
    assert [name for turn in turns for name in may_be_people(turn)] == ["高管"]
    assert may_be_people("那万小林罚了多少") == ["万小林"]


def test_a_turn_that_is_all_attribute_asks_the_last_question_of_it(answerer: Answerer) -> None:
    answer = talked(answerer, "农场从事种植的收入免不免所得税", "销售种子的")
    assert answer.passages[0].sentence.startswith("第三条")


def test_a_phrase_asks_what_was_asked_last_of_another_thing(rules: Answerer) -> None:
    answer = talked(rules, "互助金账户多少天内设立", "不设立的罚多少", "储蓄所")
    assert answer.passages[0].post == "bank"
    assert (answer.understood or "").split()[:2] == ["储蓄所", "不设立的罚多少"]


def test_two_who_were_told_of_are_not_compared(answerer: Answerer) -> None:
    answer = talked(answerer, "郑佳怡罚了多少", "他俩谁罚得多")
    assert answer.reply == REPLIES["over all"]


def test_of_two_stories_shown_each_is_shown_to_who_compares_them(answerer: Answerer) -> None:
    turns = "星海加油站罚了多少", "保定那家呢", "这俩谁罚得重"
    answer = talked(answerer, *turns)
    assert [passage.post for passage in answer.passages] == ["baoding", "wuxi"]
    told = zip(answer.passages, ("170万元", "60万元"), strict=True)
    assert all(fine in passage.sentence for passage, fine in told)
    assert talked(answerer, *turns, "少缴了多少").passages[0].post == "baoding"


def test_the_last_question_tells_which_paragraph_of_its_story_a_turn_means(tmp_path: Path) -> None:
    foreign = post(
        "foreign",
        "外轮运费征税办法",
        "第一条 外轮从港口载客取得的运费，依照百分之四的综合计征率计征。",
        "第二条 按照协定征税的，由对方按多少征税从其规定。",
    )
    with corpus_of(tmp_path, *POSTS, foreign) as answerer:
        answer = talked(answerer, "外轮从港口载客，运费算收入吗", "那按多少征税")
    assert answer.passages[0].sentence.startswith("第一条")


def test_a_whole_question_of_another_subject_is_asked_by_itself(tmp_path: Path) -> None:
    rent = post(
        "rent",
        "企业所得税实施办法",
        "第一条 企业收取的逾期未退包装物押金，计入其他收入，缴纳企业所得税。",
        "第二条 企业的业务招待费，按照发生额的百分之六十扣除。",
    )
    with corpus_of(tmp_path, *POSTS, rent) as answerer:
        other = talked(answerer, "发票存根联保存几年", "农场自用仓库免什么税")
        told_nowhere = talked(answerer, "企业所得税的业务招待费扣多少", "房东不退押金能去法院告吗")
    assert (other.passages[0].post, other.understood) == ("farm", None)
    assert not told_nowhere.answered


def test_a_pronoun_leads_to_no_other_case(tmp_path: Path) -> None:
    fans = post("fans", "主播钱文书偷税案", "主播钱文书拥有三百万粉丝，少缴税款6万元。")
    with corpus_of(tmp_path, *POSTS, fans) as answerer:
        assert not talked(answerer, "郑佳怡罚了多少", "她有几百万粉丝").answered
        assert talked(answerer, "郑佳怡罚了多少", "钱文书有几百万粉丝").answered


def test_a_question_is_about_its_abbreviations_too(answerer: Answerer) -> None:
    nouns = nouns_of("个税汇算什么时候办", answerer.read, answerer.synonyms_in, NOW.date())
    assert nouns.split() == ["个税", "汇算"]


def test_a_person_whom_no_dictionary_has_gives_way_to_another() -> None:
    whole = "主播林茜茜偷税案\n林茜茜少缴税款,她的助理黄某也被查。"
    assert people_in("主播林茜茜补罚多少", whole) == ["林茜茜"]
    assert people_in("主播林茜茜补罚多少", "主播偷税案") == []
    assert people_in("主播金茜茜补罚多少", "主播金茜茜偷税案") == ["金茜茜"]
    assert people_in("卖金条的店补罚多少", "金店偷税案,店里卖金条") == []


def test_several_questions_of_a_message_are_each_answered(answerer: Answerer) -> None:
    answer = talked(answerer, "星海加油站罚了多少？晨光加油站呢？判了几年？")
    assert [(p.part, p.post) for p in answer.passages] == [(1, "wuxi"), (2, "baoding")]
    assert [part.answered for part in answer.parts] == [True, True, False]


def test_a_name_that_sounds_like_one_of_the_corpus_is_offered_and_a_yes_asks_for_it(
    answerer: Answerer,
) -> None:
    offer = reply(answerer, "郑嘉怡罚了多少", None, now=NOW)
    assert (offer.answered, offer.reply) == (False, "是不是“郑佳怡”？")
    answer = reply(answerer, "是的", offer.conversation, now=NOW)
    assert answer.passages[0].post == "star"
    assert "44万元" in answer.passages[0].text
    assert reply(answerer, "郑佳怡罚了多少", None, now=NOW).answered


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("郑嘉宜罚了多少", None),  # two characters off
        ("郑佳一罚了多少", "郑佳怡"),
        ("郑佳英罚了多少", "郑佳怡"),
        ("郑丽怡罚了多少", "郑佳怡"),
        ("无锡星河加油站罚了多少", "星海加油站"),
        ("无锡星嗨加油站罚了多少", "星海加油站"),
        ("无锡星海加油站罚了多少", None),
        ("海岛买免税店卖了多少", None),
        ("无锡星加油站罚了多少", None),
        ("晨光加油站罚了多少", None),
    ],
)
def test_a_name_one_character_off_is_offered_and_not_answered(
    answerer: Answerer, question: str, name: str | None
) -> None:
    answer = reply(answerer, question, None, now=NOW)
    assert answer.reply == (f"是不是“{name}”？" if name else None)
    assert not (name and answer.answered)


def test_among_hundreds_of_unknown_names_none_is_looked_for_long(answerer: Answerer) -> None:
    started = time.process_time()
    reply(answerer, "回苏卢蒋蔡" * 200, None, now=NOW)
    assert time.process_time() - started < 0.5


def test_the_same_question_again_has_the_same_answer(answerer: Answerer) -> None:
    first = talked(answerer, "星海加油站罚了多少")
    assert talked(answerer, "星海加油站罚了多少", "星海加油站罚了多少") == first


DOCK = "https://www.example.com/2024/dock.html"


@pytest.mark.parametrize(
    "link", [DOCK, "http://example.com/2024/dock.html?from=chat", f"“{DOCK}”。"]
)
def test_a_link_to_a_post_shows_its_first_passage_and_may_be_asked_about(
    answerer: Answerer, link: str
) -> None:
    answer = talked(answerer, link)
    (passage,) = answer.passages
    assert (answer.question, passage.post, passage.url) == (link, "dock", DOCK)
    assert passage.text == "海角市税务局稽查局查处海角码头，该码头三年里虚列装卸成本。"
    assert "38万元" in talked(answerer, link, "罚了多少").passages[0].sentence


def test_what_is_said_beside_a_link_is_asked_of_its_post(answerer: Answerer) -> None:
    assert "38万元" in talked(answerer, f"{DOCK} 罚了多少").passages[0].sentence


@pytest.mark.parametrize(
    "message",
    ["https://e.com/no.html", "这是什么 https://e.com/no.html", "www.e.com/a www.e.com/b"],
)
def test_a_link_to_no_post_is_said_to_be_unknown(answerer: Answerer, message: str) -> None:
    answer = talked(answerer, "星海加油站罚了多少", message)
    assert (answer.reply, answer.passages) == (REPLIES["unknown link"], ())
    assert talked(answerer, "星海加油站罚了多少", message, "少缴了多少").passages[0].post == "wuxi"


def test_a_question_beside_an_unknown_link_is_answered(answerer: Answerer) -> None:
    answer = talked(answerer, "晨光加油站罚了多少 https://e.com/no.html")
    assert answer.passages[0].post == "baoding"


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    """A post of three cases, two more of the last one's kind, and two rules."""
    cases = post(
        "three",
        "税务部门公布3起洗车行偷税案件",
        "本月，南浦、北埠、西陵税务部门公布了3起洗车行偷税案件，全省今年共检查洗车行520户。",
        "一、南浦市税务局稽查局依法对飞瀑洗车行偷税案进行处理。",
        "经查，该洗车行用店员的账户收款，被罚款11万元。",
        "二、北埠市税务局稽查局依法对银浪洗车行偷税案进行处理。",
        "经查，该洗车行在账簿上少列收入，被罚款22万元。",
        "三、西陵市税务局稽查局依法对净驰洗车行偷税案进行处理。",
        "经查，该洗车行销毁账簿隐匿收入，被罚款33万元。",
        "税务部门将继续检查洗车行。",
        day="2025-03-01",
    )
    ferry = post("ferry", "东川查处摆渡公司偷税案", "东川摆渡公司偷税，被罚款44万元。")
    canal = post("canal", "运河查处货船公司偷税案", "运河货船公司偷税，被罚款55万元。")
    stamp = post("stamp", "印花税法", "第一条 借款合同的印花税减半征收。")
    form = post("form", "增值税申报公告", "第一条 增值税申报表的栏次有调整。", "第二条 即日施行。")
    folder = Path(tmp_path_factory.mktemp("several"))
    with corpus_of(folder, cases, ferry, canal, stamp, form, *OTHERS) as answerer:
        yield answerer


CASES = "公布的3起洗车行偷税案件是真的吗"


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        ([CASES, "第二个罚了多少"], "22万元"),
        ([CASES, "罚了多少", "第三个呢"], "33万元"),
        ([CASES, "最后一个罚了多少"], "33万元"),
        ([CASES, "罚了多少", "最后一家呢"], "33万元"),
        ([CASES, "银浪那家罚了多少"], "22万元"),
        ([CASES, "第三个罚了多少", "怎么藏的收入"], "销毁账簿"),
        ([CASES, "第三个罚了多少", "全省检查了多少户"], "520户"),
        ([CASES, "头一个罚了多少"], "11万元"),
        (["东川摆渡公司偷税罚了多少", "北埠的洗车行呢"], "22万元"),
    ],
)
def test_one_of_several_cases_of_a_post_is_asked_about_by_its_number_or_its_name(
    several: Answerer, turns: list[str], told: str
) -> None:
    passage = talked(several, *turns).passages[0]
    assert (passage.post, told in passage.sentence) == ("three", True)


def test_the_next_passage_is_shown_until_there_is_none(several: Answerer) -> None:
    first = talked(several, "偷税案罚款多少")
    posts = [passage.post for passage in first.passages]
    assert len(set(posts)) > 1
    turns, shown = ["偷税案罚款多少"], [posts[0]]
    for _ in posts[1:]:
        turns.append("换一个")
        shown.append(talked(several, *turns).passages[0].post)
    assert shown == posts
    assert not talked(several, *turns, "还有别的吗").answered
    assert talked(several, turns[0], "第2个呢").passages[0].post == posts[1]


def test_the_next_passage_follows_the_story_that_was_asked_about_further(tmp_path: Path) -> None:
    """The story shown was shown again, since another paragraph of it was shown meanwhile."""
    posts = [
        post(name, f"{yard}造船厂偷税案", f"{yard}造船厂偷税，罚款{fine}万元。", "厂长卖掉了账本。")
        for name, yard, fine in [("a", "白鹭", 11), ("b", "红松", 22), ("c", "青藤", 33)]
    ]
    with corpus_of(tmp_path, *posts, *OTHERS) as answerer:
        first = talked(answerer, "造船厂偷税罚款多少").passages
        found = list(dict.fromkeys(passage.post for passage in first))
        turns = ["造船厂偷税罚款多少", "换一个", "厂长卖掉了什么"]
        assert talked(answerer, *turns).passages[0].post == found[1]
        assert talked(answerer, *turns, "换一个").passages[0].post == found[2]


def test_others_of_whom_the_story_shown_tells_are_asked_about_there(tmp_path: Path) -> None:
    """They were looked for in the next story that was found."""
    told = ("白鹭造船厂骗取退税，厂长被判五年。", "其他人员被判一年。")
    weir = post("weir", "白鹭造船厂骗税案", *told)
    dam = post("dam", "红松造船厂骗税案", "红松造船厂骗取退税，有关人员被判两年。")
    with corpus_of(tmp_path, weir, dam, *OTHERS) as answerer:
        answer = talked(answerer, "白鹭造船厂厂长判了几年", "其他人呢")
        assert [passage.post for passage in answer.passages][:1] == ["weir"]
        assert "其他人员被判一年" in answer.passages[0].sentence


def test_the_second_post_of_a_list_is_shown_and_the_last(several: Answerer) -> None:
    listed = talked(several, "2024年5月有什么新闻")
    assert listed.is_list
    for place, turn in ((1, "第二条讲了什么"), (-1, "最后一条讲了什么")):
        shown = talked(several, "2024年5月有什么新闻", turn).passages[0]
        assert shown.post == listed.passages[place].post


@pytest.mark.parametrize("turn", ["原文发我", "链接呢", "来源是哪里？", "全文"])
def test_who_asks_for_the_source_is_shown_the_passage_again(answerer: Answerer, turn: str) -> None:
    shown = talked(answerer, "星海加油站罚了多少").passages[0]
    again = talked(answerer, "星海加油站罚了多少", turn).passages
    assert [(each.post, each.paragraph) for each in again] == [(shown.post, shown.paragraph)]


@pytest.mark.parametrize(
    ("turn", "completed"),
    [
        ("房产税呢", "房产税 借款合同 减半征收吗"),
        ("车购税呢", "车购税 借款合同 减半征收吗"),
        ("房产税去哪里交", "房产税去哪里交 借款 征收"),
        ("去哪里交", "去哪里交 印花税 借款 征收"),
    ],
)
def test_a_tax_takes_the_place_of_the_one_that_was_asked_about(
    several: Answerer, turn: str, completed: str
) -> None:
    talk = Talk(several, Conversation("借款合同印花税减半征收吗"), NOW)
    assert sorted(talk.completed(talk.turn(turn)).split()) == sorted(completed.split())


def test_what_is_told_of_one_tax_is_no_answer_about_another(several: Answerer) -> None:
    answer = talked(several, "增值税申报表有没有改", "印花税也减半吗")
    assert answer.passages[0].post == "stamp"
    assert not talked(several, "增值税申报表有没有改", "资源税也减半吗").answered


@pytest.mark.parametrize(
    ("last", "turn", "asked"),
    [
        ("单位最低交几个点", "最高呢", "单位最高交几个点"),
        ("最多能扣多少", "那最少是多少?", "最少能扣多少"),
        ("单位最低交几个点", "最低呢", None),
        ("单位最低交几个点", "最高的税率呢", None),
        ("契税几个点", "最高呢", None),
        ("最高税率和最低税率是多少", "最高呢", None),
    ],
)
def test_a_degree_takes_the_place_of_its_opposite(last: str, turn: str, asked: str | None) -> None:
    assert with_opposite(last, turn) == asked


def test_the_opposite_degree_is_asked_of_the_story_shown_first(tmp_path: Path) -> None:
    fund = post("fund", "公积金条例", "职工缴存公积金的比例不得低于5%，最高不得高于12%。")
    loan = post("loan", "公积金贷款政策调整", "公积金贷款的首付比例最低为20%。")
    with corpus_of(tmp_path, fund, loan, *OTHERS) as answerer:
        assert talked(answerer, "公积金比例最低多少").passages[0].post == "loan"
        assert talked(answerer, "公积金比例最高多少", "最低呢").passages[0].post == "fund"


def test_words_typed_alone_of_which_the_story_shown_says_nothing_are_a_subject_of_their_own(
    tmp_path: Path,
) -> None:
    fund = post("fund", "公积金提取办法", "职工离职、退休的，可以提取公积金。")
    levy = post("levy", "残疾人就业保障金公告", "对安排残疾人的单位，减征残疾人就业保障金。")
    with corpus_of(tmp_path, fund, levy, *OTHERS) as answerer:
        alone = talked(answerer, "公积金怎么取", "残保金")
        assert (alone.passages[0].post, alone.understood) == ("levy", None)
        going_on = talked(answerer, "公积金怎么取", "退休的呢")
        assert going_on.passages[0].post == "fund"


UNRELATED = (
    post("kiln", "陶窑矿泥税公告", "陶窑开采矿泥的，矿泥税税率为百分之六。"),
    post("late", "滞纳金公告", "渔船晚交滞纳金的，滞纳金按日万分之五计算。"),
    post("raft", "竹筏厂偷税案", "经查，竹筏厂少缴税款九万元，被处罚款四万元。"),
    post("north", "云岭制衣业新闻", "云岭新闻：制衣厂今年新招五百人。"),
    post("slip", "发票遗失公告", "发票丢失的，于次日书面报告。"),
)


@pytest.fixture(scope="module")
def unrelated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answerer]:
    with corpus_of(Path(tmp_path_factory.mktemp("unrelated")), *UNRELATED, *OTHERS) as answerer:
        yield answerer


@pytest.mark.parametrize("first", ["竹筏厂罚了多少", "矿泥税税率是多少", "石桥办税厅迁到哪"])
@pytest.mark.parametrize(
    ("question", "post"),
    [
        ("渔船滞纳金怎么算", "late"),
        ("矿泥税税率是多少", "kiln"),
        ("竹筏厂偷税罚了多少", "raft"),
        ("晚交是什么意思", "late"),
        ("窑主也开采矿泥，矿泥税税率按多少", "kiln"),
        ("云岭有什么新闻", "north"),
    ],
)
def test_a_question_with_a_subject_of_its_own_is_answered_by_itself_after_any_other(
    unrelated: Answerer, first: str, question: str, post: str
) -> None:
    answer = talked(unrelated, first, question)
    assert (answer.passages[0].post, answer.understood) == (post, None)


def test_a_question_whose_subject_no_story_tells_of_is_not_answered_from_the_one_shown(
    unrelated: Answerer,
) -> None:
    assert not talked(unrelated, "矿泥税税率是多少", "开采珊瑚要交多少税").answered
    assert not talked(unrelated, "矿泥税税率是多少", "珊瑚税税率为多少").answered


def test_what_names_no_subject_of_its_own_goes_on_with_the_story_shown(unrelated: Answerer) -> None:
    case = talked(unrelated, "矿泥税税率是多少", "竹筏厂罚了多少", "少缴多少")
    assert case.passages[0].post == "raft"
    assert talked(unrelated, "陶窑交什么税", "税率多少").passages[0].post == "kiln"


@pytest.mark.parametrize(
    ("turn", "goes_on"),
    [
        ("这其实是什么货", False),
        ("应该交契税还是印花税", False),
        ("契税还要交吗", True),
        ("其中契税是多少", True),
        ("那会儿契税是多少", True),
        ("如果不交契税呢", True),
    ],
)
def test_a_turn_goes_on_where_it_says_so(answerer: Answerer, turn: str, goes_on: bool) -> None:
    talk = Talk(answerer, Conversation("契税的税率是多少"), NOW)
    assert talk.goes_on(talk.turn(turn), turn) is goes_on


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("契税怎么交", True),
        ("税率多少", False),
        ("怎么交税", False),
        ("河北有什么新闻", True),
        ("有什么新闻", False),
        ("摊余是什么意思", True),
    ],
)
def test_a_tax_a_meaning_and_the_news_of_a_place_are_subjects(
    answerer: Answerer, question: str, names: bool
) -> None:
    talk = Talk(answerer, Conversation("星海加油站罚了多少"), NOW)
    assert talk.names_subject(talk.turn(question)) is names


def test_the_kind_of_a_word_that_no_story_has_is_its_end(tmp_path: Path) -> None:
    slips = [post(f"slip{n}", None, f"{n}号窗口领发票。") for n in range(4)]
    with corpus_of(tmp_path, *slips, *OTHERS) as answerer:
        talk = Talk(answerer, Conversation("柳湾办税厅在哪"), NOW)
        assert not talk.names_subject(talk.turn("要开发票吗"))


def test_another_of_a_kind_is_looked_for_beyond_what_was_found(several: Answerer) -> None:
    answer = talked(several, CASES, "还有别的货船吗")
    assert answer.passages[0].post == "canal"
    assert not talked(several, CASES, "还有别的飞艇吗").answered


def test_who_wants_more_of_a_story_is_told_what_follows(several: Answerer) -> None:
    more = talked(several, CASES, "详细点").passages[0]
    assert (more.post, "飞瀑洗车行" in more.text) == ("three", True)
    assert talked(several, "详细点").reply == REPLIES["unclear"]
