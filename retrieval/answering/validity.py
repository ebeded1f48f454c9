"""Does a post tell a rule, and until when does that hold?

The newest day to which the text says that it is in force: 执行至2023年12月31日, 延续实施至2027年底,
自2019年1月1日至2021年12月31日, 从今年10月1日至2015年底. A rule without such a day holds until
another ends it.
"""

import re
from datetime import date

from corpus.reading.post_types import PostType
from corpus.reading.posts import Post

_RULES = ("statute", "notice", "interpretation")
_OF_RULE = re.compile(
    r"政策|新规|办法|条例|规定|公告|通知|税法|优惠|减免|[减免]征|税率|起征点|扣除|施行|实施|延续"
)
_END = r"(20\d\d)年(?:(\d{1,2})月(\d{1,2})日|年?[底末])"
# 截至 is a day up to which something was counted.
_UNTIL = re.compile(
    rf"(?:(?:执行|(?<![蔓拖])延|施行|实施|有效)[^。；]{{0,12}}?(?<!截)|期限[^。；]{{0,20}}?"
    rf"|(?:[自从](?:20\d\d年|今年)?|20\d\d年)\d{{1,2}}月\d{{1,2}}日起?[，,]?)[至到]{_END}"
)


def tells_rule(type_: PostType | None, title: str) -> bool:
    """Whether a post is a rule, explains one, or reports of one."""
    is_report = type_ in ("report", "flash")
    return type_ in _RULES or (is_report and _OF_RULE.search(title) is not None)


def last_day(post: Post, type_: PostType, shown: str) -> date | None:
    """The last day on which the rule that a post tells is in force, as far as it says one.

    What is no rule as a whole may tell one in the passage `shown` of it; a case tells none.
    """
    if type_ == "case":
        return None
    is_rule = tells_rule(type_, post.title or "")
    if not is_rule and not _OF_RULE.search(shown):
        return None
    days = [
        day
        for text in ([paragraph.text for paragraph in post.paragraphs] if is_rule else [shown])
        if "至20" in text or "到20" in text  # far faster to see, and most have neither
        for match in _UNTIL.finditer(text)
        if (day := _day(*match.groups()))
    ]
    return max(days, default=None)


def _day(year: str, month: str | None, day: str | None) -> date | None:
    try:
        return date(int(year), int(month or 12), int(day or 31))
    except ValueError:  # 6月31日
        return None
