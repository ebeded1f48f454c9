"""Which posts report the same event: of the same body, person, sum, document, or cases of a day.

A case comes as a notice, a feature, in a roundup and with a comment, from several media and over
days; one calls a company by its whole name, another by half of it. An exact sum (911.18万元) hardly
ever belongs to two events, unless they bear different names; a short one (12.32万元) belongs to one
only in the same place. A roundup joins the first of its cases that is known.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from corpus.reading.places import is_province
from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.news.event_names import bodies_in, persons_in
from retrieval.text import analyzer

WITHIN = timedelta(days=30)
"""How long after an event a post may still report it."""

_SUM = re.compile(r"(?<![\d.])(\d[\d,]{0,24}(?:\.\d{1,12})?)(?=[万亿]{0,2}(?:余|多)?[元份户件])")
_ABOUT = re.compile(r"(?<![\d.])(\d{3,12})(\.\d{1,12})?[余多]?万[余多]?元")
_LEAST_DIGITS = 4  # of a sum that may belong to one event only
_EXACT_DIGITS = 5  # of one that is
_MANY_SUMS = 3  # roundups with as many as this would have one in common
_NUMBERED = re.compile(r"(?:19|20)\d\d年第?\d+号")
_LETTERED = re.compile(r"[一-鿿]{1,4}[〔\[](?:19|20)\d\d[〕\]]\d+号")  # 财关税〔2025〕12号
_ISSUERS = (
    "财政部",
    "海关总署",
    "国务院",
    "商务部",
    "人民银行",
    "税务总局",
)  # the first that signs
_SIGNED = 24  # characters before a number that say who signs
_TITLED = re.compile(r"《([^》]{6,80})》")
_RULE = re.compile(r"关于[^《》]{4,76}")  # what every title of a rule has, whoever signs it
_EDITION = re.compile(r"^中华人民共和国|\([^()]*\)$|草案$")
_CASES = re.compile(r"(?<!\d)([2-9]|[1-9]\d)起([^,。;:!]{0,30}?)(?:案|被|$)")
_DAY = re.compile(r"(?<!\d)(1?\d)月([123]?\d)日")
_OPENING = 300  # characters that say what a post is about

# What every roundup of cases says; the rest says which cases.
_OF_ALL = re.compile(
    r"涉税|税收|违法|违规|典型|[偷逃骗]+税|税款|税务|部门|依法|查处|曝光|公布|相关|有关|利用|通过"
)

_NAMES = ("body", "person")  # marks that are names
_ROUNDED = {"about": "round", "round": "about"}  # which marks of sums go together

# The stages of an event: each is news of its own.
_STAGES = {
    "verdict": re.compile(r"一审|二审|宣判|判处|获刑|判决"),
    "in force": re.compile(
        r"(?:[今明昨][天日]|正式)(?:\([^()]*\))?起?(?:正式|全面)?(?:施行|实施|生效|执行)"
    ),
    "arrest": re.compile(r"逮捕|刑事拘留|提起公诉"),
    "repealed": re.compile(r"废止|停止执行|延期执行|撤销"),
}


@dataclass(frozen=True, slots=True)
class Marks:
    """What identifies the event of a post, each with its kind before it ("sum 911.18"); `stages`
    are how far the event has come (a verdict), `day` when the post was published, `opening` its
    title and first characters, in which a name may stand."""

    marks: frozenset[str]
    stages: frozenset[str]
    day: date | None
    opening: str = ""

    @property
    def is_roundup(self) -> bool:
        """Whether the post is of several cases."""
        return bool(_of(self.marks, "cases"))


def marks_of(story: Story) -> Marks:
    """The marks of a post."""
    title = analyzer.normalise(story.post.title or "")
    text = analyzer.normalise("\n".join(p.text for p in story.post.paragraphs))
    whole, opening = f"{title}\n{text}", f"{title}\n{text[:_OPENING]}"
    day = story.post.published.astimezone(CHINA).date() if story.post.published else None
    sums = (number.replace(",", "") for number in _SUM.findall(whole))
    marks = {f"sum {number}" for number in sums if _digits(number) >= _LEAST_DIGITS}
    marks |= _rounded(whole)
    is_rule = story.type in ("notice", "statute")
    marks |= {f"document {name}" for name in _documents(title, opening, is_rule=is_rule)}
    marks |= {f"body {name}" for name in bodies_in(title, text[:_OPENING])}
    marks |= {f"person {name}" for name in persons_in(opening)}
    marks |= {f"place {place}" for place in story.places if not is_province(place)}
    for count, what in _CASES.findall(opening):
        marks |= {f"cases {_day_named(opening, day)} {count}", f"topic {_OF_ALL.sub('', what)}"}
    stages = frozenset(name for name, form in _STAGES.items() if form.search(whole))
    return Marks(frozenset(marks), stages, day, opening)


def _documents(title: str, opening: str, *, is_rule: bool) -> Iterator[str]:
    """How a post identifies a rule: by its number, with who signs it; by its title, from 关于."""
    yield from _LETTERED.findall(opening)
    for found in _NUMBERED.finditer(opening):
        before = opening[max(0, found.start() - _SIGNED) : found.start()]
        yield next((issuer for issuer in _ISSUERS if issuer in before), "") + found.group()
    for name in _TITLED.findall(title):
        rule = _RULE.search(name)
        yield _EDITION.sub("", _EDITION.sub("", rule.group() if rule else name))
    titles = [title] if is_rule else _TITLED.findall(opening)
    yield from (_EDITION.sub("", rule.group()) for rule in map(_RULE.search, titles) if rule)


def _digits(number: str) -> int:
    return len(number.replace(".", "").strip("0"))


def _rounded(text: str) -> set[str]:
    """The sums of a text in whole 万元: said so ("round"), or as one may say them ("about")."""
    marks = set()
    for whole, rest in _ABOUT.findall(text):
        if rest:
            marks |= {f"about {int(whole)}", f"about {round(float(whole + rest))}"}
        elif int(whole) % 10:
            marks |= {f"round {whole}", f"about {whole}"}
    return marks


def _day_named(opening: str, published: date | None) -> date | None:
    """The day that a roundup names first, near the one on which it was published, or else that."""
    found = _DAY.search(opening)
    if published is None or found is None:
        return published
    try:
        named = datetime(published.year, int(found[1]), int(found[2])).date()
    except ValueError:
        return published
    return named if abs(named - published) <= WITHIN else published


def _of(marks: frozenset[str] | set[str], *kinds: str) -> set[str]:
    """The marks of some kinds, without what kind they are."""
    parts = (mark.partition(" ") for mark in marks)
    return {value for kind, _, value in parts if kind in kinds}


class KnownEvents:
    """The events that were reported so far, by their keys, in order."""

    def __init__(self) -> None:
        self._events: list[_Event] = []
        # The events, by their places, that have a mark, or a pair of characters in their opening.
        self._marked: dict[str, set[int]] = defaultdict(set)
        self._opened: dict[str, set[int]] = defaultdict(set)

    def add(self, key: int, marks: Marks) -> tuple[int, bool]:
        """The key of the event that a post reports, its own `key` if that is new; and whether it
        reports a new stage of a known event."""
        likely = [(self._events[place].certainty(marks), place) for place in self._near(marks)]
        known = [place for certainty, place in likely if certainty]
        if not known:
            place = len(self._events)
            self._events.append(_Event(key, set(marks.marks), set(marks.stages), marks.day, marks))
            for pair in _pairs([marks.opening]):
                self._opened[pair].add(place)
            self._note(place)
            return key, False
        place = max(likely, key=lambda pair: pair[0])[1]
        is_update = self._events[place].goes_on(marks, is_one=len(known) == 1)
        self._note(place)
        return self._events[place].key, is_update

    def _note(self, place: int) -> None:
        for mark in self._events[place].marks:
            self._marked[mark].add(place)
            kind, _, name = mark.partition(" ")
            if kind in _NAMES:
                self._marked[f"begins {name[:2]}"].add(place)

    def _near(self, post: Marks) -> list[int]:
        """The events that a post may report, by their places: they share a mark, or the beginning
        of a name."""
        near: set[int] = set()
        for mark in post.marks:
            kind, _, value = mark.partition(" ")
            if kind not in ("place", "topic"):
                near |= self._marked.get(mark, set())
            if kind in _ROUNDED:
                near |= self._marked.get(f"{_ROUNDED[kind]} {value}", set())
            if kind in _NAMES:
                near |= self._opened.get(value[:2], set())
        for pair in _pairs([post.opening]):
            near |= self._marked.get(f"begins {pair}", set())
        return sorted(near)


@dataclass(slots=True)
class _Event:
    key: int
    marks: set[str]
    stages: set[str]
    day: date | None
    first: Marks

    def certainty(self, post: Marks) -> int:
        """How surely a post reports the event: 0 not at all, 3 by a name or a document."""
        if self.day and post.day and abs(self.day - post.day) > WITHIN:
            return 0
        if self._shared(post, "document") or self._is_named(post):
            return 3
        is_of_many = post.is_roundup or self.first.is_roundup
        if not is_of_many and any(_of(self.marks, k) and _of(post.marks, k) for k in _NAMES):
            return 0  # of others, whatever the sums
        sums = self._shared(post, "sum")
        if len(sums) > 1 or any(_digits(number) >= _EXACT_DIGITS for number in sums):
            return 2
        if is_of_many:
            return int(self._is_same_roundup(post))
        return int(bool(sums or self._is_rounded(post)) and self._is_near(post))

    def _shared(self, post: Marks, kind: str) -> set[str]:
        return _of(self.marks, kind) & _of(post.marks, kind)

    def _is_named(self, post: Marks) -> bool:
        """Whether a name of one stands in the other. A name in a roundup is not of the event."""
        names = _of(self.marks, *_NAMES) if not self.first.is_roundup else set()
        others = _of(post.marks, *_NAMES) if not post.is_roundup else set()
        return any(name in post.opening for name in names) or any(
            name in self.first.opening for name in others
        )

    def _is_rounded(self, post: Marks) -> bool:
        """Whether one says in whole 万元 what the other says exactly, or so too."""
        ours, theirs = _of(self.marks, "about"), _of(post.marks, "about")
        return bool(_of(post.marks, "round") & ours or _of(self.marks, "round") & theirs)

    def _is_near(self, post: Marks) -> bool:
        """Whether both may be of one place."""
        ours, theirs = _of(self.marks, "place"), _of(post.marks, "place")
        return not ours or not theirs or not ours.isdisjoint(theirs)

    def _is_same_roundup(self, post: Marks) -> bool:
        """Whether two roundups without an exact sum in common are of the same cases: as many, of
        the same day, and, if both say of what, of the same. Two with many sums are not."""
        counts = [len(_of(marks, "sum")) for marks in (self.marks, post.marks)]
        if not self._shared(post, "cases") or min(counts) >= _MANY_SUMS:
            return False
        ours, theirs = _pairs(_of(self.marks, "topic")), _pairs(_of(post.marks, "topic"))
        return not ours or not theirs or not ours.isdisjoint(theirs)

    def goes_on(self, post: Marks, *, is_one: bool) -> bool:
        """Adds a post that reports the event; whether it reports a new stage. A roundup reports
        other events too."""
        is_roundup = not is_one or post.is_roundup
        if not is_roundup:
            self.marks |= post.marks
        else:
            self.marks |= {mark for mark in post.marks if mark.startswith(("cases ", "topic "))}
        is_later = self.day is not None and post.day is not None and post.day > self.day
        is_update = is_later and not is_roundup and not post.stages <= self.stages
        self.stages |= post.stages
        return is_update


def _pairs(texts: Iterable[str]) -> set[str]:
    return {one + other for text in texts for one, other in pairwise(text)}


def singles_first(posts: Sequence[Marks]) -> list[int]:
    """The positions of posts that came at once, roundups after the single events."""

    def rank(place: int) -> tuple[bool, int]:
        marks = posts[place]
        return marks.is_roundup, -len(marks.marks) if marks.is_roundup else 0

    return sorted(range(len(posts)), key=rank)
