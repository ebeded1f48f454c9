"""Which posts report the same event: of the same body, person, sum, document, or cases of a day.

A case comes as a notice, a feature, in a roundup and with a comment, from several media and over
days. An exact sum (911.18万元) is hardly ever told of two things; nor is a document's number.
A roundup goes with the first of its cases that was told.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.text import analyzer

WITHIN = timedelta(days=30)
"""For how long a later post is taken to report an event further."""

_SUM = re.compile(r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)(?=[万亿]*(?:余|多)?[元份户件])")
_LEAST_DIGITS = 4  # of a sum that is told of one thing only
_DOCUMENT = re.compile(r"(?:19|20)\d\d年第?\d+号|[〔\[](?:19|20)\d\d[〕\]]\d+号")
_TITLED = re.compile(r"《([^》]{6,60})》")
_CASES = re.compile(r"(?<!\d)([2-9]|[1-9]\d)起")
# The end of a body's name with what is its own before it: 树皮岔路加油站, 马丁新能源科技有限公司.
_OWN = r"((?:(?![一起家该某户名个的了])[一-鿿]){4}"
_COMPANY = re.compile(rf"{_OWN}(?:有限责任公司|有限公司|股份公司))")
# Of other bodies only a title tells for sure where the name begins.
_BODY = re.compile(rf"{_OWN}(?:加[油气]+站|事务所|合作社|医院|门诊部|学校|中心|商行|[厂店]))")
_PERSON = re.compile(
    r"以([一-鿿]{2,3})为(?:首|实际控制人)"
    r"|(?:主播|网红|博主|艺人|演员)([一-鿿]{2,3}?)(?=[偷逃漏少涉被案虚隐,、(]|进行)"
)
_OPENING = 300  # characters that say of what a post is

# What an event comes to, later: each is news of its own.
_STAGES = {
    "verdict": re.compile(r"一审|二审|宣判|判处|获刑|判决"),
    "in force": re.compile(r"(?:今天|今日|正式)(?:起)?(?:施行|实施|生效|执行)"),
    "arrest": re.compile(r"逮捕|刑事拘留|提起公诉"),
    "repealed": re.compile(r"废止|停止执行|延期执行|撤销"),
}


_CASES_OF = "cases "


@dataclass(frozen=True, slots=True)
class Marks:
    """By what an event is known again; `stages` is what it has come to, `day` when it was told."""

    marks: frozenset[str]
    stages: frozenset[str]
    day: date | None

    @property
    def is_roundup(self) -> bool:
        """Whether the post is of several cases."""
        return any(mark.startswith(_CASES_OF) for mark in self.marks)


def marks_of(story: Story) -> Marks:
    """The marks of a post."""
    title = analyzer.normalise(story.post.title or "")
    text = analyzer.normalise("\n".join(p.text for p in story.post.paragraphs))
    whole = f"{title}\n{text}"
    published = story.post.published
    day = published.astimezone(CHINA).date() if published else None
    sums = (number.replace(",", "") for number in _SUM.findall(whole))
    opening = title + text[:_OPENING]
    marks = {f"sum {number}" for number in sums if _digits(number) >= _LEAST_DIGITS}
    marks |= {f"document {number}" for number in _DOCUMENT.findall(opening)}
    marks |= {f"document {name}" for name in _TITLED.findall(title)}
    marks |= {f"body {name}" for name in _COMPANY.findall(opening) + _BODY.findall(title)}
    marks |= {f"person {one or other}" for one, other in _PERSON.findall(opening)}
    marks |= {f"{_CASES_OF}{day} {count}" for count in _CASES.findall(opening)}
    stages = frozenset(name for name, form in _STAGES.items() if form.search(whole))
    return Marks(frozenset(marks), stages, day)


def _digits(number: str) -> int:
    return len(number.replace(".", "").strip("0"))


class Told:
    """Events that were told, by their keys, in order."""

    def __init__(self) -> None:
        self._told: list[_Event] = []

    def add(self, key: int, marks: Marks) -> tuple[int, bool]:
        """The key of the event that a post reports, its own `key` if that is new; and whether it
        tells what a told event has come to since."""
        known = [event for event in self._told if event.is_told_by(marks)]
        if not known:
            self._told.append(_Event(key, set(marks.marks), set(marks.stages), marks.day))
            return key, False
        return known[0].key, known[0].goes_on(marks, is_one=len(known) == 1)


@dataclass(slots=True)
class _Event:
    key: int
    marks: set[str]
    stages: set[str]
    day: date | None

    def is_told_by(self, post: Marks) -> bool:
        is_near = not self.day or not post.day or abs(self.day - post.day) <= WITHIN
        return is_near and not self.marks.isdisjoint(post.marks)

    def goes_on(self, post: Marks, *, is_one: bool) -> bool:
        """Adds a post that reports the event; whether it tells what it has come to. A roundup tells
        of other events too."""
        is_roundup = not is_one or post.is_roundup
        self.marks |= {m for m in post.marks if not is_roundup or m.startswith(_CASES_OF)}
        is_later = self.day is not None and post.day is not None and post.day > self.day
        is_update = is_later and not is_roundup and not post.stages <= self.stages
        self.stages |= post.stages
        return is_update


def singles_first(posts: Sequence[Marks]) -> list[int]:
    """The places of posts that came at once, roundups after the events that they are of."""

    def rank(place: int) -> tuple[bool, int]:
        marks = posts[place]
        return marks.is_roundup, -len(marks.marks) if marks.is_roundup else 0

    return sorted(range(len(posts)), key=rank)
