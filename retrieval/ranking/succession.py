"""A rule that has run out gives way to what goes on with it: 延至2023年底 to 延续至2027年底."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.normalised_stories import Normaliser
from retrieval.ranking.validity import last_day
from retrieval.text import analyzer

SUCCESSORS = 24
"""Among how many of the best hits one is looked for that goes on with a rule that has run out."""

_AS_MUCH = 0.6
"""How much of what a paragraph says of the question another one says of the same rule."""

_OF_TIME = ("date", "term")
"""The answer types of when and for how long, which the end of any rule answers."""

Place = tuple[Story, int]
"""A paragraph: its story and its position there."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a paragraph tells of a rule: when that was `published`, `until` when it holds, which of
    the question's concepts it has `said`, and whether it `answers`: has what is asked for."""

    published: date
    until: date
    said: int
    answers: bool


class Succession:
    """Which of the paragraphs at `places`, best first, tell of one rule, and how long it holds.

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

    def order(self, among: int) -> list[int]:
        """The numbers of the places: where one of the first `among` tells a rule that has run out
        on the day of the question, those before it that go on with that rule."""
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
        """The later places that go on with the rule of one, if that has run out."""
        rule = self._rule(number)
        if rule and rule.until < self._question.today:
            for at in range(number + 1, len(self._places)):
                other = self._rule(at)
                if other and self._goes_on(rule, other):
                    yield at

    def _goes_on(self, rule: _Rule, other: _Rule) -> bool:
        """Whether `other` is the same as a rule, told later, and holds longer."""
        share = self._concepts.weight_share
        is_same = share(other.said & rule.said) >= _AS_MUCH * share(rule.said)
        is_later = other.published > rule.published and other.until > rule.until
        return is_later and is_same and other.answers >= rule.answers

    def _rule(self, number: int) -> _Rule | None:
        """What the paragraph at a place tells of a rule; None if no end of it."""
        if number not in self._rules:
            self._rules[number] = self._read(self._places[number])
        return self._rules[number]

    def _read(self, place: Place) -> _Rule | None:
        (story, position), kind = place, self._question.answer_type
        forms = self._normaliser.forms(story)
        text = "\n".join(story.post.paragraphs[at].text for at in forms.units[position])
        until = last_day(story.post, story.type, text, self._sentence_of(place))
        if until is None or story.post.published is None:
            return None
        normal = analyzer.normalise(text)
        return _Rule(
            published=story.post.published.astimezone(CHINA).date(),
            until=until,
            said=self._concepts.matched(f"{forms.title}\n{normal}"),
            answers=kind is None
            or kind.name in _OF_TIME
            or kind.pattern.search(normal) is not None,
        )
