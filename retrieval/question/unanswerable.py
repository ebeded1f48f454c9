"""Questions that no single story answers: those without a subject, and those over all of the news.

Neither list names what is asked about; only the words of asking and comparing that stand around.
"""

import re

from retrieval.question.question import ParsedQuestion
from retrieval.question.small_talk import REPLIES
from retrieval.question.stop_phrases import without_stop_phrases
from retrieval.text import analyzer

# Words that ask, and times: none of them names a subject.
_ASKING = re.compile(
    r"(?:19|20)\d\d年?|\d{1,2}[年月日号天]|[今去前明]年|上?半年|[本上下]个?月|[今昨前明]天|季度"
    r"|什么|怎么个?|怎样|如何|为什么|为何|多少|多久|多长|多大|哪[里儿些个家位年天月种]?|几|谁|啥|咋|何"
    r"|到底|究竟|一共|总共|大概|具体|后来|最后|结果|请问|呢|吗|吧|呀|啊|嘛|了|的|地|得|着|过|个|些|种|样"
    r"|一下?|是|有|在|到|从|要|会|能|可以?|都|就|才|还|又|也|不|没|这|那|我|你|他|她|它|们"
)
# Nouns and verbs of every story.
_EMPTY = frozenset(
    "事 事情 事儿 情况 回事 钱 元 块 人 时候 时间 地方 原因 办法 东西 法 年 月 日 天 号 交 办 弄 搞"
    " 做 用 来 去 算 说 讲 发生 交法 办法 做法 怎么回事 什么样 起 次 件 种 些 回 意思 新闻"
    " 公司 企业 单位 老板 个人 税务".split()
)
# A deed and how much of it, but nobody who did it: 那少缴了多少.
_UNTOLD_WHOSE = re.compile(
    r"[那又还]?(?:被?[罚判抓追]|追缴|[补少多欠漏]?[缴交报]|补|[偷逃漏骗欠退]税?|偷逃|虚[开列增]|骗[取享]|隐瞒|藏|瞒)(?:税款?)?"
    r"了(?:多[少久]|几)(?:[钱元万年倍份张]|个?月|税[款费]?|罚款|滞纳金|发票)*"
)  # That tax is paid at all, and none named: 要交税吗, 交多少税.
_UNTOLD_WHICH = re.compile(
    r"(?:我们?|还|到底|一共|大概|需|得|该|要|用|不|是|否)*(?:[交缴纳]|缴纳)(?:多少|什么|啥|哪些)?税款?[钱]?"
    r"(?:[吗么呢啊呀吧不了?!]|没有)*"
)

# 最 with what it compares, asked of one of many; or one of many asked for, and then compared.
_GRADE = "[多少高低大小重狠轻惨长短久早晚快慢贵严]"
_MOST = (
    rf"(?:最{_GRADE}"
    r"|排(?:在|名)?(?:第[一1]|前[几两\d三五十])|排行|排名)"
)
_OF_ALL = re.compile(
    rf"{_MOST}[^,。?!;]{{0,8}}(?:是|叫)?[^,。?!;]{{0,4}}(?:谁|哪[一1]?[个家位名起件省市年次些座所])"
    rf"|{_MOST}的?[^,。?!;]{{0,8}}(?:是|叫)(?:谁|哪|什么|啥)"
    rf"|(?:谁|哪[一1]?[个家位名起件省市年次座所])[^,。?!;]{{0,16}}{_MOST}(?:[的了]?[?。!]*$)"
    r"|(?<!其)[她他它]们?(?:俩|两(?:个人?|家|位|人))[^,。?!;]{0,6}(?:谁|哪[一1]?[个家位])"
    rf"(?:[先后更比]|[^,。?!;]{{0,8}}{_GRADE}[一些点]*[?。!]*$)"
    rf"|{_MOST}的?(?:案件?|案子|公司|企业|加油站|主播|网红|明星|人|省份?|城市|地[区方])[?。!]*$"
)
# Whoever is over an amount: 超过1亿元的有哪些.
_OVER = re.compile(
    r"(?:超过|大于|高于|多于|不到|低于|少于|达到|以上|以下|[过上])"
    r"[\d.]*[万亿元]*(?:以[上下])?的[^,。?!;]{0,10}(?:有哪|都?有谁|哪[些几]|有几|有多少)"
)
# Which was the first, and how a story says so; so the most and the least.
_FIRST = re.compile("最[早先]")
_STATED = (
    (_FIRST, "最[早先]|首[个家次批例]|率先|先行|第一[个家次批例]"),
    (
        re.compile("最[多高大重长贵]|排"),
        "最[多高大重长贵]|[居列位排][^,。;]{0,8}(?:首|第[一1])|首位|榜首",
    ),
    (re.compile("最[少低小轻短]"), "最[少低小轻短]|末位|垫底"),
)
_OF_WHAT = re.compile(r"([一-鿿]{2})得?最")  # 欠税最多
_AN_AMOUNT = re.compile(r"\d[\d.]*[万亿]*元|\d[\d.]*[万亿]|\d倍")


def reply_to_unanswerable(normal: str) -> str | None:
    """The line for a normalised question that no story can answer, None if one may."""
    asked = without_stop_phrases(normal)
    if len(asked.strip()) == 1 or not has_subject(asked):
        return REPLIES["no subject"]
    return REPLIES["over all"] if is_over_all(asked) else None


def stated_superlative(question: ParsedQuestion) -> re.Pattern[str] | None:
    """How a single story says what a question over all stories asks for: who was the first, or was
    the most where or when it names; None of any other."""
    normal = question.normal
    if not (_FIRST.search(normal) or question.years or question.places):
        return None
    stated = next((stated for asked, stated in _STATED if asked.search(normal)), None)
    of_what = _OF_WHAT.search(normal)
    holds = "".join(f"(?=.*{character})" for character in of_what[1]) if of_what else ""
    return re.compile(f"(?s)^{holds}.*(?:{stated})") if stated else None


def has_subject(normal: str) -> bool:
    """Whether a normalised question is more than words of asking, times and how much was done."""
    if any(p.fullmatch(normal) for p in (_UNTOLD_WHOSE, _UNTOLD_WHICH, _AN_AMOUNT)):
        return False
    return any(_names(word, tag) for word, tag in analyzer.tagged(_ASKING.sub(" ", normal)))


def _names(word: str, tag: str) -> bool:
    """Whether a word may name what is asked about: not 看看, but 滴滴."""
    is_doubled = len(word) == 2 and word[0] == word[1] and tag[0] != "n"
    return word not in _EMPTY and word[0].isalnum() and not is_doubled


def is_over_all(normal: str) -> bool:
    """Whether a normalised question compares stories, or picks them by an amount."""
    if _OF_ALL.search(normal):
        return True
    return _AN_AMOUNT.search(normal) is not None and _OVER.search(normal) is not None
