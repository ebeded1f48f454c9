"""A rule that has run out, or been changed, gives way to what follows it: 延至2023年底 to
延续至2027年底, 税率为16% to 由16%降至13%."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.normalised_stories import Normaliser, texts_of
from retrieval.ranking.validity import last_day
from retrieval.text import analyzer

SUCCESSORS = 24
"""Among how many of the best hits one is looked for that follows another."""

_AS_MUCH = 0.6
"""How much of what a paragraph says of the question another one says of the same rule."""

_OF_TIME = ("date", "term")
"""The answer types of when and for how long, which the end of any rule answers."""

_VALUE = r"(\d[\d.]*(?:%|[万亿]?元|年|个月|[天日升倍]|周?岁|平方米))"
_CHANGE = re.compile(
    rf"[由从][^,。;]{{0,16}}?{_VALUE}[^,。;由从]{{0,10}}?[提升降调增扩延缩减改][^,。;]{{0,3}}?[到至为]{_VALUE}"
)

Place = tuple[Story, int]
"""A paragraph: its story and its position there."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a paragraph tells of a rule: when that was `published`, `until` when it holds (None: no
    end is told), its `values`, the `changes` of a value into another, which of the question's
    concepts it has `said`, and whether it `answers`: has what is asked for."""

    published: date
    until: date | None
    values: frozenset[str]
    changes: frozenset[tuple[str, str]]
    said: int
    answers: bool

    def has_run_out(self, today: date) -> bool:
        """Whether the rule has ended before some day."""
        return self.until is not None and self.until < today

    def is_extended_by(self, other: "_Rule") -> bool:
        """Whether another tells that it holds longer."""
        return bool(self.until and other.until and other.until > self.until)

    def is_changed_by(self, other: "_Rule") -> bool:
        """Whether another tells that a value of it is another now."""
        return any(old in self.values and new not in self.values for old, new in other.changes)


class Succession:
    """Which of the paragraphs at `places`, best first, follow others.

    `sentence_of` has the best sentence of a paragraph.
    """

    def __init__(
        self,
        question: ParsedQuestion,
        places: Sequence[Place],
        sentence_of: Callable[[Place], str],
        normaliser: Normaliser,
    ) -> None:
        self._question = question
        self._places = places
        self._sentence_of = sentence_of
        self._normaliser = normaliser
        self._concepts = ConceptMatcher(question.concepts, [c.weight for c in question.concepts])
        self._rules: dict[int, _Rule | None] = {}
        self._days: dict[int, date | None] = {}

    def order(self, among: int) -> list[int]:
        """The numbers of the places: before each of the first `among` those that follow its rule,
        where that has run out on the day of the question or been changed."""
        ordered: dict[int, None] = {}
        for number in range(min(among, len(self._places))):
            self._put(number, ordered)
        return list(ordered | dict.fromkeys(range(len(self._places))))

    def _put(self, number: int, ordered: dict[int, None]) -> None:
        if number in ordered:
            return
        for at in self._successors(number):
            self._put(at, ordered)
        ordered[number] = None

    def _successors(self, number: int) -> Iterator[int]:
        """The later places that follow the rule of one."""
        until = self._until(number)
        has_run_out = until is not None and until < self._question.today
        later = range(number + 1, len(self._places))
        near = list(later) if has_run_out else [at for at in later if at in self._changing]
        rule = self._rule(number) if near else None
        if rule:
            followed = ((at, self._rule(at)) for at in near)
            yield from (at for at, other in followed if other and self._follows(rule, other))

    @cached_property
    def _normals(self) -> Sequence[str]:
        """Of each place the paragraph, or the article that it is of, normalised."""
        forms = [(self._normaliser.forms(story), position) for story, position in self._places]
        texts = texts_of([(own, own.units[position]) for own, position in forms])
        return ["\n".join(paragraphs) for _, *paragraphs in texts]

    @cached_property
    def _changing(self) -> frozenset[int]:
        """The places that tell of a change."""
        return frozenset(at for at, normal in enumerate(self._normals) if _CHANGE.search(normal))

    def _until(self, number: int) -> date | None:
        """Until when the rule holds that the paragraph at a place tells."""
        if number not in self._days:
            story, position = place = self._places[number]
            unit = self._normaliser.forms(story).units[position]
            text = "\n".join(story.post.paragraphs[at].text for at in unit)
            self._days[number] = last_day(story.post, story.type, text, self._sentence_of(place))
        return self._days[number]

    def _follows(self, rule: _Rule, other: _Rule) -> bool:
        """Whether `other` is the same as a rule, told later, and takes its place today."""
        share, today = self._concepts.weight_share, self._question.today
        both = share(other.said & rule.said)
        is_same = both > 0 and both >= _AS_MUCH * share(rule.said)
        is_later = other.published > rule.published
        is_changed = rule.is_changed_by(other) and not other.has_run_out(today)
        is_extended = rule.has_run_out(today) and rule.is_extended_by(other)
        takes_place = is_extended or is_changed
        return is_same and is_later and takes_place and other.answers >= rule.answers

    def _rule(self, number: int) -> _Rule | None:
        """What the paragraph at a place tells of a rule; None of a case, or without a date."""
        if number not in self._rules:
            story, _ = self._places[number]
            published = story.post.published
            is_case = story.type == "case"
            rule = None if is_case or not published else self._read(number, published)
            self._rules[number] = rule
        return self._rules[number]

    def _read(self, number: int, published: datetime) -> _Rule:
        story, _ = place = self._places[number]
        kind, normal = self._question.answer_type, self._normals[number]
        told = analyzer.normalise(self._sentence_of(place))
        changes = frozenset(_CHANGE.findall(told))
        # What is new where it tells a change; a statute is changed by none but a statute.
        values = {new for _, new in changes} or set(re.findall(_VALUE, told))
        return _Rule(
            published=published.astimezone(CHINA).date(),
            until=self._until(number),
            values=frozenset() if story.type == "statute" else frozenset(values),
            changes=changes,
            said=self._concepts.matched(f"{self._normaliser.forms(story).title}\n{normal}"),
            answers=not kind or kind.name in _OF_TIME or bool(kind.pattern.search(normal)),
        )
