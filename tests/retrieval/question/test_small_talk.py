"""What is no question for the news gets a line; a question never does."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.engine.opening import opened_answerer
from retrieval.question.small_talk import REPLIES, reply_to
from retrieval.text import analyzer


def said(text: str) -> str | None:
    """The kind of small talk, in a corpus that knows the word MCN."""
    reply = reply_to(analyzer.normalise(text), lambda word: word == "mcn")
    return None if reply is None else {line: kind for kind, line in REPLIES.items()}[reply]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", "nothing"),
        (" \n　\t", "nothing"),
        ("？！。", "nothing"),
        ("请问", "nothing"),
        ("您好～", "greeting"),
        ("大家早上好呀", "greeting"),
        ("Ｈｅｌｌｏ", "greeting"),
        ("在不在？", "greeting"),
        ("謝謝你們", "thanks"),
        ("好的，多谢了🙏", "nod"),
        ("谢谢您，很有帮助！", "thanks"),
        ("非常感谢你们的耐心解答", "thanks"),
        ("麻烦了", "thanks"),
        ("说得很清楚", "nod"),
        ("暂时没有别的问题了", "nod"),
        ("不好意思，发错了", "nod"),
        ("原來如此", "nod"),
        ("你确定吗？", "doubt"),
        ("真的假的", "doubt"),
        ("什么破程序", "complaint"),
        ("太蠢了吧", "complaint"),
        ("一点用都没有", "complaint"),
        ("我要投诉", "human"),
        ("能帮我算一下要交多少个税吗", "sum"),
        ("明天天气怎么样", "chore"),
        ("能說英語嗎", "language"),
        ("你是税务局的人吗", "who"),
        ("中秋快乐", "greeting"),
        ("明白了", "nod"),
        ("没看懂", "unclear"),
        ("看不懂啊", "unclear"),
        ("能不能说得简单点？", "unclear"),
        ("太长了", "unclear"),
        ("再说详细一点", "unclear"),
        ("这个不对啊", "complaint"),
        ("你答错了！", "complaint"),
        ("答非所问", "complaint"),
        ("不是我要問的", "complaint"),
        ("没回答我的问题", "complaint"),
        ("转人工客服", "human"),
        ("你们的电话是多少", "human"),
        ("帮帮我", "nothing"),
        ("问题", "nothing"),
        ("我想问一下哈，那个……就是说", "nothing"),
        ("老师，查一下", "nothing"),
        ("急急急", "plea"),
        ("在线等！", "plea"),
        ("救命啊", "plea"),
        ("啊啊啊啊", "nothing"),
        ("嘤嘤嘤", "laugh"),
        ("12366", "human"),
        ("税务局电话多少", "human"),
        ("help", "who"),
        ("再见啦", "farewell"),
        ("你是機器人嗎", "who"),
        ("你能做什么呀", "who"),
        ("呵呵呵呵", "laugh"),
        ("🎉🎉", "emoji"),
        ("👨‍👩‍👧", "emoji"),
        ("３＋４＝？", "sum"),
        ("六加七等于多少", "sum"),
        ("帮我写一封情书", "chore"),
        ("讲个笑话吧", "chore"),
        ("能帮我报税吗", "chore"),
        ("Where is the nearest station?", "language"),
        ("Где вокзал", "language"),
        ("駅はどこですか", "language"),
        ("qazwsx edc", "gibberish"),
        ("20481024", "gibberish"),
    ],
)
def test_small_talk_gets_the_line_of_its_kind(text: str, kind: str) -> None:
    assert said(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "你好，请问云岭的加油站罚了多少",
        "不对吗",
        "对不对",
        "发票开错了",
        "申报表填得不对",
        "不是我要问的企业，是它的母公司",
        "请问契税几个点",
        "谢谢，那滞纳金怎么算",
        "早上好，今年汇算什么时候开始",
        "好评返现要交税吗",
        "行政复议多久",
        "人工费怎么抵扣",
        "12366人工客服几点下班",
        "简易计税的项目有哪些",
        "看不懂通知书可以复议吗",
        "那个呢",
        "查了吗",
        "急救包能免税吗",
        "问题发票怎么处理",
        "税务局电话录音能作证据吗",
        "对公账户是什么",
        "哈尔滨退税",
        "MCN",
        "税",
        "3%减按1%",
        "１００万要交多少",
        "写字楼出租交什么税",
        "推荐人的奖金要不要交个税",
        "帮我算一下月薪两万要交多少个税",
        "我要投诉代账公司",
        "帮我开发票的公司跑了怎么办",
        "垃圾处理费怎么开票",
        "这个行不行",
        "这是骗人的吗",
        "有用吗",
        "就这些吗",
        "确定吗啡的税率",
        "感谢费要交税吗",
    ],
)
def test_a_question_is_never_taken_for_small_talk(text: str) -> None:
    assert said(text) is None


@given(
    opening=st.sampled_from(["你好", "您好，", "請問", "在吗 ", "哈哈哈", "谢谢🙏"]),
    question=st.text("发票税款退缴罚企业案偷虚开纳", min_size=4, max_size=40).filter(
        lambda text: len(set(text)) > 2
    ),
)
def test_what_a_question_opens_with_does_not_hide_it(opening: str, question: str) -> None:
    assert said(opening + question) is None


@given(st.text(max_size=1000))
def test_any_text_is_either_small_talk_of_a_kind_or_a_question(text: str) -> None:
    assert said(text) in {None, *REPLIES}


def test_small_talk_is_answered_by_its_line_alone(sample_db: Path) -> None:
    with opened_answerer(sample_db) as answerer:
        answer = answerer.ask("你好呀")
    assert (answer.reply, answer.answered, answer.related) == (REPLIES["greeting"], False, ())
