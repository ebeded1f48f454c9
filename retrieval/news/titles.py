"""What do the title and sentences of a post tell: a case, of which crime, a change, sales?"""

import re

from corpus.reading.post_types import NEWS, PostType
from retrieval.question.case_cues import has_case_cue

# The crimes of tax law: the names of each, and what else in a title tells of it.
_CRIMES = {
    "evasion": ("偷税|逃税|逃避缴纳税款", "偷逃|逃避缴纳"),
    "fraud": ("骗税|虚假出口|骗取(?:出口|留抵)?退税罪?", "骗退|骗取[一-鿿]{0,4}退税"),
    "invoices": ("虚开(?:增值税专用)?(?:发票)?", "假发票"),
}
CRIME_NAME = re.compile("|".join(names for names, _ in _CRIMES.values()))
"""The name of a crime of tax law."""

_SIGNS_OF_CRIME = {crime: re.compile("|".join(signs)) for crime, signs in _CRIMES.items()}

CHANGES = "调整|变动|变化|改动"
"""The words for a change as such: a pattern."""

_CHANGE = re.compile(
    rf"{CHANGES}|[上下]调|[降提升调][至到]|[降提升改调]为|降低|提高|降税|[加减免停]征|减按"
    r"|取消|恢复|暂停|豁免|延[长续期]|新增|增加"
)
_MONEY = re.compile(r"\d[\d.,]*[余多]?[千百万亿]?[万亿]")
# How much was sold, in a title: 销售额突破百亿元, 购物金额同比增长8%.
_SALES = re.compile(
    r"(?:(?:销售|购物|成交|交易|营业|消费|商品)总?(?:额|金额|收入)|货值|进出口|外贸|出口额|进口额).*[\d翻倍]"
)


def is_of_sales(title: str) -> bool:
    """Whether a post of this normalised title says how much was sold, which is no news of rules."""
    return _SALES.search(title) is not None


def crimes_in(text: str) -> frozenset[str]:
    """The crimes of tax law that a normalised text names, or tells of in other words: "evasion",
    "fraud", "invoices"."""
    return frozenset(crime for crime, signs in _SIGNS_OF_CRIME.items() if signs.search(text))


def tells_change(text: str) -> bool:
    """Whether a normalised text says that something changes."""
    return _CHANGE.search(text) is not None


def counts_money(title: str) -> bool:
    """Whether a normalised title counts money."""
    return _MONEY.search(title) is not None


def is_of_case(title: str, type_: PostType) -> bool:
    """Whether a post of this normalised title and type tells of a case, or comments on one."""
    return type_ == "case" or (type_ in NEWS and has_case_cue(title))
