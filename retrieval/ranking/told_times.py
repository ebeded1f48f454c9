"""Does a story tell of the time that a question asks about?

Of a rule any later time will do, and an earlier one until it is changed. Of what came of a time, a
sum or a number, each time has its own: what was collected 今年前三季度 is nothing that a report of
another year tells, or one of its first quarter.
"""

import re

from corpus.reading.post_types import RULES
from corpus.store.values import Story
from retrieval.question.question import ParsedQuestion

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?=年|\D|$)")
_END_OF_YEAR, _START_OF_YEAR = 11, 2  # months
_STATUTE = re.compile(r"(?:法|条例|办法|规定|细则)(?:\W|$)")

# Parts of a year and how else each is told; days of rest, which come each year.
_PARTS = tuple(
    (re.compile(asked), re.compile(told))
    for asked, told in (
        ("[一1]季度|(?<!第)[一1首]季|前(?:三|3)个月", "[一1首]季|1[-至—~]3月|前3个月|3月底"),
        ("[二2]季度", "[二2]季|4[-至—~]6月"),
        ("(?<!前)[三3]季度", "(?<!前)[三3]季|7[-至—~]9月"),
        ("[四4]季度", "[四4]季|10[-至—~]12月"),
        ("上半年|前(?:六|6)个月", "上半年|1[-至—~]6月|前6个月|6月底"),
        ("前(?:三|3)个?季度|前(?:九|9)个月", "前[三3]个?季度|1[-至—~]9月|前9个月|9月底"),
        ("下半年", "下半年|7[-至—~]12月"),
        ("春节|过年|除夕", "春节|除夕"),
        ("元旦(?!起)", "元旦"),
        ("五一|劳动节", "五一|劳动节|5月1日"),
        ("国庆|十一(?:假期|黄金周|长假)", "国庆|十一|10月[1-8]日"),
        ("端午", "端午"),
        ("中秋", "中秋"),
        ("清明", "清明"),
    )
)
# A figure that is published each year, or how much was done.
_EACH_YEAR = re.compile(
    r"(?:税收|财政|预算|基金)收入|减税降费|同比|增[速幅]|缴费基数|(?:平均|社平|最低)工资|[一-鿿]了(?:多少|几)"
    r"|(?:涨|降|调[高低整]?|上调|下调|提高|增[长加]|减少|下降)(?:到|至|为)?(?:多少|几)"
)
_FIGURES = frozenset({"amount", "share", "number", "count", "price"})


def asks_what_came(question: ParsedQuestion) -> bool:
    """Whether a question asks for a figure of what came of a time that it names, not for a rule."""
    kind = question.answer_type
    if not question.years or kind is None or kind.name not in _FIGURES:
        return False
    return _EACH_YEAR.search(question.normal) is not None or any(
        asked.search(question.normal) for asked, _ in _PARTS
    )


def is_of_another_time(question: ParsedQuestion, story: Story, whole: str) -> bool:
    """Whether a story, `whole` being its text, tells of no time that the question asks about."""
    return untold_year(question, story, whole) is not None or _is_of_another_part(question, whole)


def untold_year(question: ParsedQuestion, story: Story, whole: str) -> int | None:
    """The year that a question asks about and a story does not tell of, None if there is none.

    A year that is named by a word (今年) is one only where what came of it is asked for.
    """
    is_of_what_came = asks_what_came(question) and story.type not in RULES
    named = [int(year) for year in _YEAR.findall(question.normal)]
    asked = list(question.years) if is_of_what_came else named
    if not asked or _STATUTE.search(whole.split("\n", 1)[0]):
        return None
    told = [int(year) for year in _YEAR.findall(whole)]
    if published := story.post.published:
        before = after = True
        if is_of_what_came:
            is_early = published.month <= _START_OF_YEAR
            before = "去年" in whole or "上年" in whole or (is_early and "全年" in whole)
            after = "明年" in whole
        else:  # What is announced at the end of a year holds from the next.
            after = published.month >= _END_OF_YEAR
        told += [published.year - before, published.year + after]
    if not told:
        return None
    if is_of_what_came:
        is_told = not set(told).isdisjoint(asked)
    else:
        is_told = any(min(told) <= year <= max(told) for year in asked)
    return None if is_told else asked[-1]


def _is_of_another_part(question: ParsedQuestion, whole: str) -> bool:
    """Whether what came of a part of a year is asked for that a text does not name."""
    if not asks_what_came(question):
        return False
    return any(asked.search(question.normal) and not told.search(whole) for asked, told in _PARTS)
