"""What a saved query wants: posts of which types, and which of its words they must say.

Somebody who saves 留抵退税 政策 wants rules and news of them, and no case in which the policy is
quoted; who saves 主播 偷税 wants cases. A word such as 政策 or 最新 says this much and is said by
no post for its own sake.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from corpus.reading.places import is_province, place_named
from retrieval.news.event_names import is_trade, own_name
from retrieval.news.titles import CHANGES, CRIME_NAME, crimes_in
from retrieval.question.case_cues import has_case_cue, names_body
from retrieval.question.question import Concept, Named
from retrieval.text import analyzer

Subject = Literal["rules", "cases", "any"]

# Words for rules as such, and for their coming and going.
_RULES = (
    "政策|新政|新规|规定|法规|规章|规则|条文|文件|公告|通知|办法|解读|问答|指引|口径|措施|举措|方案|制度"
    "|改革|立法|修法|修正案?|修订|修改|草案|征求意见稿?|调整|变化|变动|落地|出台|发布|施行|实施"
)
# Words for news as such, or for whatever there is to tell of something.
_NEWS = (
    "最新|最近|近期|近日|今年|动态|进展|消息|新闻|资讯|信息|情况|问题|内容|相关|有关|全面"
    "|比例|标准|幅度|水平|金额|数据"
)
# Words for cases as such: who adds one to a place wants whatever case there is.
_CASES = "案件|案子|案例|大案|要案|典型"
_GENERIC = re.compile(rf"(?:{_RULES}|{_NEWS}|{_CASES})+")
_OF_CASES = re.compile(_CASES)
_OF_RULES = re.compile(_RULES)
# What comes of every case that is published; of whom it is said, a case is wanted of.
_OUTCOME = re.compile(r"补税|罚款|[被受]?处罚|被[查罚处]|查处|曝光|通报|[补追]缴")
# What rules do for everybody, in whichever of these words: each finds the others.
_ACTS = (
    "减税 减免 优惠 降税 降费 减负 免征 免税 减征 减半 减按 起征点 税费支持 税费政策",
    "推开 推广 推行 启动 试点",
    "下调 降低 降至 调低 下降",
    "上调 提高 提至 调高 上升",
    "缓缴 缓税 缓交 延期缴纳",
    "延续 延长 延至",
)
_OTHERS = {word: tuple(words.split()) for words in _ACTS for word in words.split()}
# Which cases have too: somebody took it who may not. Within one word it is the name of a policy.
_OF_BOTH = "优惠"
# Names that are wanted whole: of a law, as people write it (增值税法, 发票管理办法), where not all
# that there is of the tax is wanted; of a tax (环境保护税), where its subject is not.
_LAW = re.compile(
    r"[一-鿿]{2,}(?:(?<![办方做手违依执司合非立修书算用看说])法(?:实施条例|实施细则)?"
    r"|(?<!实施)条例|(?:管理|暂行|实施)办法)"
)
_TAX = re.compile(r"[一-鿿]{2,}(?<![退免减纳征完缴交涉报节偷逃骗补抵欠抗避漏增收扣降加国地应含])税")

# What asks for a change, in whichever word a post tells it; and for how much was sold.
_OF_CHANGE = re.compile(CHANGES)
_OF_SALES = re.compile(r"(?:销售|购物|成交|交易|营业|消费)(?:总?额|金额|收入|数据|情况)|货值")
# Who sells, beside what: 餐饮店 is whoever does 餐饮.
_SELLER = re.compile(r"(?P<trade>[一-鿿]{2,}?)(?:店|店铺|门店|商店|商家|商户|企业|行业)")

_LEAST_TITLED = 2  # titles by which a trade is known


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a saved query wants.

    `named` is what it names, `words` are those that spaces part, both without generic words unless
    there are no others; `demanded` are the concepts of which a post must say enough for each word.
    `is_of_any_case`: it names no deed, and wants nothing but cases. `is_of_sales`: it asks how much
    is sold; `is_of_change`: what changes. `crimes` are those that it names, if it names nothing
    else.
    """

    subject: Subject
    named: Named
    words: tuple[str, ...]
    demanded: tuple[Concept, ...]
    is_of_any_case: bool = False
    is_of_sales: bool = False
    is_of_change: bool = False
    crimes: frozenset[str] = frozenset()


def wanted_by(question: Named, titles: Sequence[str] = ()) -> Wanted:
    """What a saved query wants, by what it names; the normalised `titles` of recent posts say which
    of its words are alternatives."""
    words = tuple(dict.fromkeys(filter(None, map(_telling, question.subject.split()))))
    is_of_any_case = _OF_CASES.search(question.subject) is not None
    if names_body(" ".join(words)) and any(map(_OUTCOME.fullmatch, words)):
        words = tuple(word for word in words if not _OUTCOME.fullmatch(word))
        is_of_any_case = True
    if not words:
        words = tuple(question.subject.split())
    named = replace(question, concepts=tuple(_said(question, words)) or question.concepts)
    for group in _alternatives(named, words, titles):
        named = _either(named, group)
    return Wanted(
        subject=_subject_of(question),
        named=named,
        words=words,
        demanded=tuple(_without_crimes(concept, words, titles) for concept in named.concepts),
        is_of_any_case=is_of_any_case and not has_case_cue(" ".join(words)),
        is_of_sales=_OF_SALES.search(question.subject) is not None,
        is_of_change=_OF_CHANGE.search(question.subject) is not None,
        crimes=crimes_in(" ".join(words)) if all(map(crimes_in, words)) else frozenset(),
    )


def is_generic(word: str) -> bool:
    """Whether a word says only that rules, news or cases are wanted."""
    return _GENERIC.fullmatch(word) is not None


def names_rules(words: str) -> bool:
    """Whether words ask for rules as such: 政策, 新规."""
    return _OF_RULES.search(words) is not None


def _said(question: Named, words: Sequence[str]) -> list[Concept]:
    """What the words of a question say: a law, a tax and a company by its name."""

    def inside(text: str) -> list[Concept]:
        return [concept for concept in question.concepts if concept.forms[0] in text]

    named = {name: _named for word in words for name in _names(word)}
    named |= {word: _company for word in words if _unknown_company(word)}
    rest = " ".join(words)
    for name in (names := [name for name in named if inside(name)]):
        rest = rest.replace(name, " ")
    said = [_whole(concept) for concept in inside(rest)]
    return said + [named[name](name, inside(name)) for name in names]


def _without_crimes(concept: Concept, words: Sequence[str], titles: Sequence[str]) -> Concept:
    """A concept without the names of crimes, if it is of a means that titles name: 买单配票 is not
    all that there is of 骗取出口退税."""
    forms = tuple(form for form in concept.forms if not CRIME_NAME.fullmatch(form))
    is_means = len(forms) < len(concept.forms) and any(
        concept.forms[0] in word and not CRIME_NAME.search(word) and any(word in t for t in titles)
        for word in words
    )
    return replace(concept, forms=forms) if is_means else concept


def _alternatives(question: Named, words: Sequence[str], titles: Sequence[str]) -> list[list[str]]:
    """The words in a row that name provinces, or trades by which posts are titled, but none by two
    of them."""
    kinds = [_kind(question, word) for word in words]
    if not any(kind and kind == after for kind, after in pairwise(kinds)):
        return []
    groups: list[list[str]] = []
    before = ""
    titled: list[set[str]] = []  # by the trades of the last group
    for word, kind in zip(words, kinds, strict=True):
        of_word = _titled(_forms_of(question, word), titles) if kind == "trade" else set()
        if kind == "trade" and len(of_word) < _LEAST_TITLED:
            kind = ""
        if kind and kind == before and all(map(of_word.isdisjoint, titled)):
            groups[-1].append(word)
            titled.append(of_word)
        else:
            groups.append([word])
            titled = [of_word]
        before = kind
    return [group for group in groups if len(group) > 1]


def _titled(forms: Sequence[str], titles: Sequence[str]) -> set[str]:
    """The titles that have one of some forms."""
    return {title for title in titles if any(form in title for form in forms)}


def _kind(question: Named, word: str) -> str:
    """Of which things a word names one: "province", "trade", or "" for all others."""
    place = place_named(word)
    if place is not None and word in place and is_province(place):
        return "province"
    return "trade" if any(map(is_trade, _forms_of(question, word))) else ""


def _forms_of(question: Named, word: str) -> tuple[str, ...]:
    """A word, and what stands for the whole of it."""
    inside = [concept for concept in question.concepts if concept.forms[0] in word]
    return _named(word, inside).forms if inside else (word,)


def _either(question: Named, words: Sequence[str]) -> Named:
    """The question with one concept in the place of several words, of which a post says one."""
    forms = tuple(form for word in words for form in _forms_of(question, word))
    kept = [c for c in question.concepts if not any(c.forms[0] in word for word in words)]
    replaced = [concept for concept in question.concepts if concept not in kept]
    if not replaced:  # words of none of the question's concepts
        return question
    heaviest = max(replaced, key=lambda concept: concept.weight)
    either = replace(heaviest, forms=forms)
    entities = tuple(
        either if any(e.forms[0] in word for word in words) else e for e in question.entities
    )
    return replace(question, concepts=(either, *kept), entities=entities)


def _unknown_company(word: str) -> bool:
    """Whether a word is the name of a company whose own name is none of the dictionary's words."""
    own = own_name(word)
    return own is not None and not any(
        own in part or part in own
        for part, tag in analyzer.tagged(word)
        if len(part) > 1 and not tag.startswith("nr")
    )


def _company(name: str, concepts: Sequence[Concept]) -> Concept:
    """The one concept of a company: its own name, whatever is said of its trade."""
    own = own_name(name)
    assert own, "only a company's word is asked"
    return Concept((own,), max(concept.idf for concept in concepts))


def _names(word: str) -> list[str]:
    """The laws and taxes that a word names."""
    if _LAW.fullmatch(word):
        return [word]
    parts: list[str] = []
    for part, _ in analyzer.tagged(word):
        if part == "税" and parts:  # 水资源税 is two words to the dictionary
            parts[-1] += part
        else:
            parts.append(part)
    return [part for part in parts if _TAX.fullmatch(part)]


def _named(name: str, concepts: Sequence[Concept]) -> Concept:
    """The one concept of a name, with what stands for the whole of it, for a law only laws; it
    counts as its parts do together."""
    common = [f for f in concepts[0].forms[1:] if all(f in c.forms for c in concepts[1:])]
    if _LAW.fullmatch(name):
        common = [form for form in common if _LAW.fullmatch(form)]
    return Concept((name, *common), sum(concept.weight for concept in concepts))


def _whole(concept: Concept) -> Concept:
    """A concept; an act in all its words, and it says as much as a name does."""
    others = _OTHERS.get(concept.forms[0])
    if others is None:
        return concept
    return replace(concept, forms=tuple(dict.fromkeys((*concept.forms, *others))), part=1.0)


def _telling(word: str) -> str:
    """A word without generic ones at its ends, "" if it is nothing else; a law's name is whole."""
    if _LAW.fullmatch(word):
        return word
    if is_generic(word):  # 新规 is two words to the dictionary
        return ""
    seller = _SELLER.fullmatch(word)
    if seller and is_trade(seller["trade"]) and not is_trade(word):
        return seller["trade"]
    cut = [part for part, _ in analyzer.tagged(word)]
    while cut and is_generic(cut[-1]):
        cut.pop()
    while cut and is_generic(cut[0]):
        cut.pop(0)
    return "".join(cut)


def _subject_of(question: Named) -> Subject:
    words = question.subject
    is_of_rules = names_rules(words)
    acts = {act for act in _OTHERS if act in words}
    is_of_rules |= bool(acts - {_OF_BOTH}) or (bool(acts) and " " not in words.strip())
    is_of_rules |= any(_LAW.fullmatch(_telling(word)) for word in words.split())
    is_of_cases = has_case_cue(words)
    if is_of_rules == is_of_cases:
        return "any"
    return "rules" if is_of_rules else "cases"
