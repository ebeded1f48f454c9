"""A rule that has run out, or been changed, gives way to what follows it: 延至2023年底 to
延续至2027年底, 税率为16% to 由16%降至13%."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from corpus.reading.posts import CHINA
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.excerpts import Place
from retrieval.ranking.normalised_stories import texts_of
from retrieval.text import analyzer

SUCCESSORS = 24
"""Among how many of the best hits one is looked for that follows another."""

_AS_MUCH = 0.6
"""How much of what a paragraph says of the question another one says of the same rule."""

_OF_TIME = ("date", "term", "whether")
"""The answer types of when, for how long and whether still, which the end of a rule answers."""

_VALUE = r"((?<!\d)\d[\d.]*(?:%|[万亿]?元|(?<!\d{4})年|个月|[天升倍]|周?岁|平方米))"
_CHANGE = re.compile(
    rf"[由从][^,。;]{{0,16}}?{_VALUE}[^,。;由从]{{0,10}}?[提升降调增扩延缩减改][^,。;]{{0,3}}?[到至为]{_VALUE}"
)

_PART = re.compile(r"[^。;\n]+")

# What is only asked for or planned changes no rule.
_PROPOSED = re.compile("建议|呼吁|提议|提案|草案|征求意见|有望|拟(?=[将把对由从])")


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a paragraph tells of a rule: when that was `published`, `until` when it holds (None: no
    end is told), its `values`, the `changes` of values that it tells itself, which of the
    question's concepts it has `said`, and whether it `answers`: has what is asked for."""

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


@dataclass(frozen=True, slots=True)
class _Change:
    """That a value is another now: what was `old` is `new`, and which of the question's concepts
    are `said` where that stands."""

    old: str
    new: str
    said: int


class Succession:
    """Which of the paragraphs at `places`, best first, follow others."""

    def __init__(self, question: ParsedQuestion, places: Sequence[Place]) -> None:
        self._question = question
        self._places = places
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
        near = list(later) if has_run_out else [at for at in later if at in self._changes]
        rule = self._rule(number) if near else None
        if rule:
            yield from (at for at in near if self._follows(rule, at))

    @cached_property
    def _normals(self) -> Sequence[str]:
        """Of each place the paragraph, or the article that it is of, normalised."""
        forms = [(excerpts.forms, position) for excerpts, position in self._places]
        texts = texts_of([(own, own.units[position]) for own, position in forms])
        return ["\n".join(paragraphs) for _, *paragraphs in texts]

    @cached_property
    def _changes(self) -> dict[int, list[_Change]]:
        """The changes that are told, by place."""
        found: dict[int, list[_Change]] = {}
        for at, normal in enumerate(self._normals):
            for part in _PART.findall(normal) if _CHANGE.search(normal) else ():
                said = self._said(at, part)
                changes = [_Change(old, new, said) for old, new in _CHANGE.findall(part)]
                found.setdefault(at, []).extend(changes)
        return found

    def _said(self, number: int, text: str) -> int:
        """The question's concepts in a text of a place, or in the title over it."""
        excerpts, _ = self._places[number]
        return self._concepts.matched(f"{excerpts.forms.title}\n{text}")

    def _until(self, number: int) -> date | None:
        """Until when the rule holds that the paragraph at a place tells."""
        if number not in self._days:
            excerpts, position = self._places[number]
            sentence = excerpts.best_sentence(position).text
            self._days[number] = excerpts.forms.validity.last_day(sentence)
        return self._days[number]

    def _follows(self, rule: _Rule, number: int) -> bool:
        """Whether a place tells of the rule, later, and what is in its place today."""
        today = self._question.today
        is_changed = self._changes_it(rule, number)
        if not is_changed and not rule.has_run_out(today):
            return False  # few places are read further
        other = self._rule(number)
        if not other or other.published <= rule.published or other.answers < rule.answers:
            return False
        is_extended = rule.has_run_out(today) and rule.is_extended_by(other)
        holds = is_changed and not other.has_run_out(today)
        return holds or (is_extended and self._is_same(rule, other.said))

    def _changes_it(self, rule: _Rule, number: int) -> bool:
        """Whether a place tells that a value of the rule is another now, or the change that the
        rule tells, once more: it is for others too then."""
        return any(
            (
                (change.old in rule.values and change.new not in rule.values)
                or (change.old, change.new) in rule.changes
            )
            and self._is_same(rule, change.said)
            for change in self._changes.get(number, ())
        )

    def _is_same(self, rule: _Rule, said: int) -> bool:
        """Whether what says these concepts of the question is of the same rule."""
        share = self._concepts.weight_share
        both = share(said & rule.said)
        return both > 0 and both >= _AS_MUCH * share(rule.said)

    def _rule(self, number: int) -> _Rule | None:
        """What the paragraph at a place tells of a rule; None of a case, of what is only proposed,
        or without a date."""
        if number not in self._rules:
            excerpts, position = self._places[number]
            story = excerpts.story
            published = story.post.published
            told = f"{story.post.title or ''}\n{excerpts.best_sentence(position).text}"
            is_none = story.type == "case" or _PROPOSED.search(told)
            rule = None if is_none or not published else self._read(number, published)
            self._rules[number] = rule
        return self._rules[number]

    def _read(self, number: int, published: datetime) -> _Rule:
        excerpts, position = self._places[number]
        kind, normal = self._question.answer_type, self._normals[number]
        told = analyzer.normalise(excerpts.best_sentence(position).text)
        # What is new where it tells a change; of a statute none: its next text takes its place.
        changes = frozenset(_CHANGE.findall(told))
        values = {new for _, new in changes} or set(re.findall(_VALUE, told))
        return _Rule(
            published=published.astimezone(CHINA).date(),
            until=self._until(number),
            values=frozenset() if excerpts.story.type == "statute" else frozenset(values),
            changes=changes,
            said=self._said(number, normal),
            answers=not kind or kind.name in _OF_TIME or bool(kind.pattern.search(normal)),
        )
