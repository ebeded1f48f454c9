"""Which type of text is a post? Recognised by its form and by the words of its title and opening.

Statutes are recognised by their articles, notices by their names and numbers, cases by a deed and
what came of it for somebody; what is short is a flash, and the rest are reports.
"""

import re
from typing import Literal, get_args

from corpus.reading.posts import Post

PostType = Literal["case", "notice", "statute", "report", "interpretation", "flash"]

POST_TYPES: tuple[PostType, ...] = get_args(PostType)

RULES: tuple[PostType, ...] = ("statute", "notice")
"""The types of posts that are the text of a rule."""

ON_RULES: tuple[PostType, ...] = (*RULES, "interpretation")
"""Those, and what explains one."""

NEWS: tuple[PostType, ...] = ("report", "flash")
"""The types of posts that tell what happened, and of no case."""

NAMES: dict[PostType, str] = {
    "statute": "法规",
    "notice": "公告",
    "interpretation": "解读",
    "case": "案例",
    "report": "报道",
    "flash": "快讯",
}
"""What readers call the types, and write to ask for one."""

_BY_NAME: dict[str, PostType] = {
    **{name: type_ for type_, name in NAMES.items()},
    **{type_: type_ for type_ in POST_TYPES},
    "法律": "statute", "条例": "statute", "通知": "notice", "文件": "notice",
    "问答": "interpretation", "案件": "case", "新闻": "report", "快报": "flash",
}  # fmt: skip

ARTICLE = re.compile(
    r"[\s　]*第[零〇一二两三四五六七八九十百千0-9]{1,7}条(?:之[一二三四五六七八九十]+)?"
)
"""With what an article of a statute begins."""

_LEAST_ARTICLES = 3
_LONGEST_FLASH = 300
"""Characters of a flash's text: a paragraph or two of a wire."""
_OPENING = 2
"""Paragraphs that say what a post is about."""

# The name of a rule, as its makers give it, at the end of a title.
_EDITION = r"(?:[（(〔\[][^）)〕\]]{1,20}[）)〕\]])*$"
_STATUTE = re.compile(
    r"(?:法|法典|条例|办法|规定|细则|准则|规程|规则|决定|解释|章程|制度)(?:重点条款|节选|摘要)?"
    + _EDITION
)
_NOTICE = re.compile(
    r"(?:公告|通告|通知|办法|规定|规程|须知)"
    + _EDITION
    + r"|关于.{2,60}(?:公告|通告|通知|批复|复函|意见|方案|决定)"
    + _EDITION
    + r"|^[^，。]{0,30}关于.{2,60}的(?:公告|通告|通知|批复|复函|意见|方案|决定)"
)
# A report of a rule has a verb in its title.
_REPORTED = re.compile(
    r"印发|签署|通过|审议|举行|召开|闭幕|听取|征求|征集|今[天日]|昨[天日]|近日|日前"
    r"|(?:发布|公布|出台|下发)(?!的)|[《“].*[》”].{0,6}(?:明确|施行|实施|落地|来了)"
)
_NUMBER = (
    r"(?:[〔\[（(]\s*(?:19|20)\d\d\s*[〕\]）)]\s*第?\s*\d+\s*号"
    r"|公告\s*(?:19|20)\d\d年第\d+号|令\s*第\d+号)"
)
_NUMBERED = re.compile(rf"[（(]?[\w 、]{{2,20}}?{_NUMBER}")
# The line below the title of a statute: when, by whom and how it was adopted.
_ADOPTED = re.compile(r"[（(]?(?:19|20)\d\d年\d+月\d+日.{0,200}?(?:通过|公布|发布|修[订正改])")
_INTERPRETATION = re.compile(
    r"解读|解析|释义|详解|答记者问|问答|答疑|解答|有问必答|您?问我答|一图(?:看|读)懂|一文(?:看|读)?[懂清]|热点问题"
    r"|读懂|图解|指引$|操作指南|怎么(?:办|交|算|填|报|享受)[？?]?$|如何.{2,30}[？?]$|[？?].{0,4}(?:答案|一起来?看|官方|权威)"
)
# What is done against taxation, and what is done about it.
_DEED = (
    r"[偷逃漏骗抗]逃?税|偷逃|骗取|骗享|骗补|虚开|隐匿|虚列|虚假(?:申报|填报|开票)|拒不申报|走私|私户收款|阴阳合同"
    r"|涉税违法|税收违法|涉税犯罪|违法违规|未依法|未按规定|少缴|账外|伪造|倒卖|受贿|职务犯罪|行贿"
)
_DEEDS = re.compile(_DEED)
_DONE = (
    r"查处|曝光|查获|破获|侦破|打掉|捣毁|判[处刑决]|获刑|被[罚判捕抓查诉]|处罚|罚款|追缴|立案|通报|处理|审理|公诉|逮捕"
    r"|宣判|落网|移送"
)
_CASE_TITLE = re.compile(
    r"(?<![草方提议预备档图答法文教专个立正])案(?![头值额牍台卷])"
    rf"|(?:{_DEED}).{{0,40}}(?:{_DONE}|\d万?元)|(?:{_DONE}).{{0,40}}(?:{_DEED})"
    r"|被[罚判捕]|获刑|依法(?:查处|处罚)|补罚|补税.{0,6}罚|连税带罚|被.{0,4}处分|对.{1,40}进行处[理罚]"
    r"|涉[税嫌].{0,20}(?:处罚|被查|调查)"
)
# Somebody, who is named or is one of a kind, ...
_SOMEBODY = (
    r"某|有限(?:责任)?公司|(?:该|涉案)(?:公司|企业|团伙|人员|男子)|犯罪嫌疑人|犯罪团伙|被告人|法定代表人|实际控制人"
    r"|[一两三四五六七八九\d](?:名|起|家)|经营者|网络主播"
)
# ... and what became of it.
_OUTCOME = (
    r"(?:追缴|补缴|加收|处以?|并处|罚款|罚金|骗取|偷逃|虚开|少缴)[^。；]{0,60}\d[\d.,]*\s*[万亿]?余?[元份]"
    r"|判处[^。]{0,30}(?:徒刑|拘役)|移送(?:公安|司法|检察)机关|依法(?:查处|作出[^。]{0,20}处[罚理])|抓获|行政处罚决定"
)
_SOMEBODY_IN = re.compile(_SOMEBODY)
_OUTCOME_IN = re.compile(_OUTCOME)


def type_of(post: Post) -> PostType:
    """The type of text that a post is."""
    title = (post.title or "").strip()
    texts = [paragraph.text for paragraph in post.paragraphs]
    if _is_statute(title, texts):
        return "statute"
    if _is_notice(title, texts):
        return "notice"
    if _CASE_TITLE.search(title):
        return "case"
    if _INTERPRETATION.search(title):
        return "interpretation"
    if _tells_a_case(title, texts):
        return "case"
    return "flash" if sum(map(len, texts)) <= _LONGEST_FLASH else "report"


def type_named(text: str) -> PostType | None:
    """The type that someone means who writes its name, in Chinese or as the store has it."""
    return _BY_NAME.get(text.strip().lower())


def _is_statute(title: str, texts: list[str]) -> bool:
    has_name = _STATUTE.search(title) is not None and not _REPORTED.search(title)
    if has_name and texts and _ADOPTED.match(texts[0]):
        return True
    articles = sum(ARTICLE.match(text) is not None for text in texts)
    return articles >= _LEAST_ARTICLES and (has_name or 3 * articles >= len(texts))


def _is_notice(title: str, texts: list[str]) -> bool:
    has_name = _NOTICE.search(title) is not None and not _REPORTED.search(title)
    return has_name or any(_NUMBERED.match(text) for text in [title, *texts[:1]])


def _tells_a_case(title: str, texts: list[str]) -> bool:
    opening = texts[:_OPENING]
    is_of_deed = _DEEDS.search(title + "\n".join(opening)) is not None
    return is_of_deed and any(map(_tells_what_became_of_somebody, opening))


def _tells_what_became_of_somebody(text: str) -> bool:
    """Whether a paragraph has somebody before an outcome, or behind one."""
    return any(
        first is not None and then.search(text, first.end()) is not None
        for first, then in (
            (_SOMEBODY_IN.search(text), _OUTCOME_IN),
            (_OUTCOME_IN.search(text), _SOMEBODY_IN),
        )
    )
