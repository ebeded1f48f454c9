"""Everything the bot says of its own, in Chinese and in English.

Values with {braces} are filled by `str.format`; they are plain text, to be
escaped like any other before they go into HTML.
"""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Texts:
    """The bot's words in one language."""

    # An answer and its surroundings
    source_button: str
    sample: str
    old_post: str
    more: str
    not_found: str
    related: str
    no_title: str
    date: str

    # About the bot
    welcome: str
    help: str
    corpus: str
    corpus_empty: str
    newest: str
    stale: str
    not_advice: str

    # To what can't be answered
    ask_empty: str
    too_long: str
    not_text: str
    unknown_command: str
    not_allowed: str
    failed: str

    # Names of the commands, as Telegram's menu shows them
    command_ask: str
    command_help: str
    command_start: str


ZH = Texts(
    source_button="原文",
    sample="示例",
    old_post="发布于 {years} 年前，政策可能已有变化。",
    more="其他相关报道",
    not_found="没有找到能回答这个问题的报道。",
    related="也许相关：",
    no_title="（无标题）",
    date="{0.year}年{0.month}月{0.day}日",
    welcome="你好！我从税务新闻里找答案：直接发来问题，我给出报道里回答它的那一段，附日期、媒体和原文链接。",
    help=(
        "怎么问\n"
        "· 私聊：直接发问题，例如：2021年广东自动发放了多少户次发票？\n"
        "· 群里：@{username} 加问题，或回复我的消息，或用 /ask 问题\n"
        "· 一次一个问题，最多 1000 字；找不到时我会直说，不会猜。"
    ),
    corpus="资料库：{posts} 篇报道，{paragraphs} 个段落。",
    corpus_empty="资料库还是空的，暂时答不了问题。",
    newest="最新一篇发布于 {date}。",
    stale="⚠️ 最新一篇已是 {days} 天前的，近来的消息可能还没有收录。",
    not_advice="答案都是新闻原文的摘录，不是税务意见；办税请以主管税务机关的答复为准。",
    ask_empty="请把问题写在 /ask 后面，例如：/ask 留抵退税怎么防骗取？",
    too_long="问题太长了（{length} 字），请缩短到 {limit} 字以内。",
    not_text="我只看得懂文字，请把问题打字发给我。",
    unknown_command="没有这个命令。直接发问题就行，或看看 /help。",
    not_allowed="抱歉，这个机器人只对指定的人开放。你的 Telegram 编号是 {user}，可请管理员添加。",
    failed="抱歉，出了点问题，这次没能回答。请稍后再试。",
    command_ask="问一个税务新闻的问题",
    command_help="怎么用，收录了什么",
    command_start="开始",
)

EN = Texts(
    source_button="Source",
    sample="sample",
    old_post="Published {years} years ago; the policy may have changed since.",
    more="Other reports",
    not_found="I found no report that answers this question.",
    related="Perhaps related:",
    no_title="(no title)",
    date="{0:%Y-%m-%d}",
    welcome=(
        "Hello! I look for answers in Chinese tax news: send a question (in Chinese) and I reply"
        " with the passage that answers it, its date, medium and a link to the source."
    ),
    help=(
        "How to ask\n"
        "· Here: just send the question, as: 2021年广东自动发放了多少户次发票？\n"
        "· In groups: @{username} and the question, a reply to one of my messages, or /ask\n"
        "· One question at a time, 1,000 characters at most. If I find nothing I say so; I"
        " never guess."
    ),
    corpus="The corpus: {posts} posts, {paragraphs} paragraphs.",
    corpus_empty="The corpus is still empty, so I can't answer anything yet.",
    newest="The newest post is of {date}.",
    stale="⚠️ The newest post is {days} days old: recent news may be missing.",
    not_advice=(
        "Answers are quotations of news, not tax advice; for your own case ask the tax authority."
    ),
    ask_empty="Please write the question after /ask, as: /ask 留抵退税怎么防骗取？",
    too_long="The question is too long ({length} characters); please keep it within {limit}.",
    not_text="I understand text only: please type your question.",
    unknown_command="I don't know this command. Just send a question, or see /help.",
    not_allowed=(
        "Sorry, this bot is open to chosen people only. Your Telegram id is {user}; its operator"
        " can add you."
    ),
    failed="Sorry, something went wrong and I couldn't answer. Please try again later.",
    command_ask="Ask about tax news",
    command_help="How to use me, what I know",
    command_start="Start",
)

TEXTS: dict[Language, Texts] = {"zh": ZH, "en": EN}


def language_of(code: str | None) -> Language:
    """The language to speak to a user whose client has the IETF tag `code`; unknown: Chinese."""
    return "zh" if not code or code.lower().startswith("zh") else "en"
