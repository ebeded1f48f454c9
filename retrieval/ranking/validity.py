"""Does a post tell a rule, and until when does that hold?

The last day on which the text says that it is in force: 执行至2023年12月31日, 延续实施至明年底,
自2019年1月1日至2021年12月31日, 3月1日至5月底. A rule without such a day holds until another
ends it.
"""

import re
from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from itertools import accumulate, takewhile

from corpus.reading.post_types import NEWS, ON_RULES, PostType
from corpus.reading.posts import CHINA, Post
from retrieval.ranking.articles import label

_OF_RULE = re.compile(
    r"政策|新规|办法|条例|规定|公告|通知|税法|优惠|减免|[减免]征|税率|起征点|扣除|施行|实施|延续"
)
_END = re.compile(
    r"[至到]\s?(?:“[^”]{1,6}”末，即)?(?:(?P<iso>20[0-9]{2}-[0-9]{2}-[0-9]{2})"
    r"|(?:(?P<year>20[0-9]{2}|[今当本明])年)?(?:"
    r"(?P<month>[0-9]{1,2})月(?:(?P<day>[0-9]{1,2})日|[底末])?|年?(?<=年)[底末]"
    r"|(?P<only>(?<=[0-9]年))))"
)
# What stands before the last day of a rule: its first day, or a verb of its going on.
_FIRST = re.compile(
    r"(?:(?:(?P<year>20[0-9]{2})年|今年)?[0-9]{1,2}月(?:[0-9]{1,2}日)?|[今即][天日]|20[0-9]{2}年"
    r"|20[0-9]{2}-[0-9]{2}-[0-9]{2})起?[，,]?\s?$"
)
_GOES_ON = re.compile("执行|施行|实施|有效|持续|期限|免|(?<![蔓拖])延")
_ENDS = re.compile("(?:执行|施行|实施|有效|延[长续]?)$")
_COUNTED = re.compile("(?<!期限)截$|[计争]$")  # 截至, 预计到, 力争到
_NEAR = 40
"""How many characters before the last day are read, so that a long text takes no longer."""

# Parts of a paragraph that may each be of another rule: clauses, items of a list.
_PART = re.compile(r"(?<=[。；])|(?<=[，：:])(?=[一二三四五六七八九]是)")
_ITEM = re.compile(r"\s*(?:[（(]?[一二三四五六七八九十]{1,3}(?:[)）、]|[是要])|[①-⑳])")
# What of a numbered paragraph says that it speaks of the whole notice, or heads a list.
_OF_NOTICE = re.compile(r"本[公通办决规意政]|公告|通知|上述|以上[政规]|期限|有效期|[:：]\s*$")


def tells_rule(type_: PostType | None, title: str) -> bool:
    """Whether a post is a rule, explains one, or reports of one."""
    is_report = type_ in NEWS
    return type_ in ON_RULES or (is_report and _OF_RULE.search(title) is not None)


class Validity:
    """Until when the rules hold that a post tells; what says so of the whole post is read once."""

    def __init__(self, post: Post, type_: PostType) -> None:
        self._title = post.title or ""
        self._type = type_
        self._texts = [paragraph.text for paragraph in post.paragraphs]
        self._is_rule = tells_rule(type_, self._title)
        # In a statute a day without a year comes back each year: 纳税年度自1月1日至12月31日.
        is_dated = post.published and type_ != "statute"
        day = post.published.astimezone(CHINA).date() if post.published and is_dated else None
        self._published = day

    def last_day(self, sentence: str) -> date | None:
        """The last day on which the rule is in force that a `sentence` of the post tells, a line a
        paragraph, as far as the post says one; None of a case.

        It is what the sentence says, or else what governs that: the clause before it, the head of
        its list, its paragraph, the title; the whole post where that is a notice. What another
        item of a list, or another numbered paragraph, says of itself is of another rule.
        """
        if not self._tells_an_end:
            return None
        places = [self._paragraph_of(line) for line in sentence.split("\n")]
        if not (self._is_rule or any(_OF_RULE.search(text) for text, _ in places)):
            return None
        days = [_first(_governing(*place), self._published) for place in places]
        return max(filter(None, days), default=None) or self._of_post

    @cached_property
    def _tells_an_end(self) -> bool:
        """Whether anything in the post may be the last day of a rule; in a case nothing is."""
        return self._type != "case" and any(map(_END.search, [self._title, *self._texts]))

    @cached_property
    def _of_post(self) -> date | None:
        """The last day of the post as a whole."""
        wider = [self._title] if self._is_rule else []
        if self._type in ("notice", "interpretation"):
            wider.append("\n".join(filter(_is_of_all, self._texts)))
        return _first(wider, self._published)

    def _paragraph_of(self, line: str) -> tuple[str, range]:
        """The paragraph that holds a line, and where; the line itself if none does."""
        text = next((text for text in self._texts if line in text), line)
        start = text.index(line)
        return text, range(start, start + len(line))


def _is_of_all(paragraph: str) -> bool:
    """Whether what a paragraph of a notice says may hold for the others too."""
    is_item = _ITEM.match(paragraph) or label(paragraph)
    return not is_item or _OF_NOTICE.search(paragraph) is not None


def _governing(paragraph: str, place: range) -> Iterator[str]:
    """What says in a paragraph when that holds which stands at a place, the nearest first."""
    parts = _PART.split(paragraph)
    ends = list(accumulate(map(len, parts)))
    first = bisect_right(ends, place.start)
    last = bisect_left(ends, place.stop)
    yield "".join(parts[first : last + 1])
    if first < len(parts) and _ITEM.match(parts[first]):
        yield "".join(takewhile(lambda part: not _ITEM.match(part), parts))
        return
    yield from takewhile(lambda part: not part.endswith("。"), reversed(parts[:first]))
    yield paragraph


def _first(texts: Iterable[str], published: date | None) -> date | None:
    """The last day that the first of some texts tells that tells one."""
    return next((day for each in texts if (day := _last(each, published))), None)


def _last(text: str, published: date | None) -> date | None:
    """The last of the days up to which a text says that something holds."""
    if "至" not in text and "到" not in text:  # far faster to see
        return None
    days = [
        day
        for part in _PART.split(text)
        for match in _END.finditer(part)
        if (day := _day(match, part[max(0, match.start() - _NEAR) : match.start()], published))
        # Up to a day before the post something was counted.
        and (published is None or day >= published)
    ]
    return max(days, default=None)


def _day(end: re.Match[str], before: str, published: date | None) -> date | None:
    """The day that the end of a time means; None if no rule ends on it."""
    if _COUNTED.search(before):
        return None
    first = _FIRST.search(before)
    goes_on = _ENDS.search(before) if end["only"] is not None else _GOES_ON.search(before)
    if not (goes_on or (first and end["only"] is None)):
        return None
    if end["iso"]:
        return _date(*map(int, end["iso"].split("-")))
    year = end["year"] or (first and first["year"])
    if year and year.isdigit():
        number = int(year)
    elif published:
        number = published.year + (year == "明")
    else:
        return None
    return _date(number, int(end["month"] or 12), int(end["day"] or 0))


def _date(year: int, month: int, day: int) -> date | None:
    """A day, the last of its month if it is 0; None where there is none: 6月31日, 13月."""
    try:
        return date(year, month, day or monthrange(year, month)[1])
    except ValueError:
        return None
