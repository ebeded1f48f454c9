"""How well does a piece of a story answer a question?"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from retrieval.question.answer_types import AnswerType
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.figures import WantedFigure, wanted_figure
from retrieval.ranking.ranges import Quantity, place_in_ranges, quantities_of
from retrieval.text import analyzer

# How a piece of text is worth as an answer: the weight share of the concepts it holds,
# in which what the title says already counts less, and a single character
# less than a word (判 is in 判处) ...
_IN_TITLE = 0.2
_CHARACTER = 0.5
# ... and, where it holds the kind of thing that is asked for, a bonus, the
# larger the more certain the form; and the weight share of the very clause that has it.
_CERTAIN = 0.9
_LIKELY = 0.2
_CLAUSE = 1.0
# Of several ranges that a rule tells apart, the one in which a quantity of the question is.
_RANGE = 0.6
# Of several figures the one of the deed that is asked for; it weighs as much as the form.
_FIGURE = 0.9
# A sentence is read with those before it in its paragraph: the company is named in one, its fine in
# the next. What they say counts too, but less than what the sentence says itself.
_BEFORE = 0.7

HIGHEST = 1 + _CERTAIN + _CLAUSE + _FIGURE + _RANGE
"""The highest score that a piece may have."""

# What begins a clause that is the sum of the one before it: 并处罚款,共计30万元.
_SUM = re.compile("共|合计|总计|累计|计|约|高?达")

_QUESTIONS = 8
"""Of how many questions is kept what their scorers need."""


class PieceMatch(NamedTuple):
    """What a piece says: the concepts it holds, the weight share of the clause that fits the
    expected answer type, None if none does, how well it tells the figure that is asked for, and
    whether it tells the range of the case (1), others (-1), or none (0)."""

    found: int
    clause: float | None
    figure: float
    range: int

    def __or__(self, other: "PieceMatch") -> "PieceMatch":
        if other.clause is None and not other.range and self.found | other.found == self.found:
            return self  # nothing is added, as mostly: no figure is told without its clause
        clause = self.clause
        if clause is None or (other.clause is not None and other.clause > clause):
            clause = other.clause
        figure = self.figure if self.figure > other.figure else other.figure
        return PieceMatch(self.found | other.found, clause, figure, self._range_with(other))

    def _range_with(self, other: "PieceMatch") -> int:
        """The range of the case, if one of both tells it."""
        return max(self.range, other.range) or min(self.range, other.range)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What of a question its scorers need, whatever the title."""

    weights: tuple[float, ...]
    matcher: ConceptMatcher
    answer_type: AnswerType | None
    bonus: float
    figure: WantedFigure | None
    quantities: tuple[Quantity, ...]


@lru_cache(maxsize=_QUESTIONS)
def _asked(question: ParsedQuestion) -> _Asked:
    concepts = question.concepts + question.characters
    weights = [c.weight for c in question.concepts]
    weights += [_CHARACTER * c.weight for c in question.characters]
    kind = question.answer_type
    return _Asked(
        weights=tuple(weights),
        matcher=ConceptMatcher(concepts, weights),
        answer_type=kind,
        bonus=_CERTAIN if kind and kind.is_certain else _LIKELY,
        figure=wanted_figure(question.normal),
        quantities=quantities_of(question),
    )


class SentenceScorer:
    """How well a piece of a story answers a question, for a reader who has seen the title."""

    def __init__(self, question: ParsedQuestion, title: str) -> None:
        """`title` is the story's, normalised."""
        self._asked = asked = _asked(question)
        in_title = asked.matcher.matched(title)
        weights = [
            _IN_TITLE * weight if in_title >> at & 1 else weight
            for at, weight in enumerate(asked.weights)
        ]
        self._matcher = asked.matcher.with_weights(weights)
        self._known: dict[str, PieceMatch] = {}

    def match(self, normal: str) -> PieceMatch:
        """What a normalised piece of text says; computed once per text."""
        known = self._known.get(normal)
        if known is None:
            known = self._known[normal] = self._match(normal)
        return known

    def _match(self, normal: str) -> PieceMatch:
        found = self._matcher.matched(normal)
        asked, kind = self._asked, self._asked.answer_type
        place = place_in_ranges(asked.quantities, normal)
        if kind is None or not kind.pattern.search(normal):
            return PieceMatch(found, None, 0.0, place)
        shares = [
            self._matcher.weight_share(self._matcher.matched(clause))
            for clause in _clauses(normal)
            if kind.pattern.search(clause)
        ]
        figure = asked.figure.fit(normal) if asked.figure else 0.0
        closest = kind.closest
        figure = 1.0 if closest and closest.search(normal) else figure
        return PieceMatch(found, max(shares, default=0.0), figure, place)

    def score(self, match: PieceMatch, before: int = 0) -> float:
        """What that is worth as an answer; only to be compared within one question.

        `before` are the concepts that stand before it.
        """
        share = self._matcher.weight_share(match.found)
        if match.found | before != match.found:
            share += _BEFORE * (self._matcher.weight_share(match.found | before) - share)
        share += _RANGE * match.range
        if match.clause is None:
            return share
        return share + self._asked.bonus + _CLAUSE * match.clause + _FIGURE * match.figure

    @property
    def wants_form(self) -> bool:
        """Whether the form alone proves an answer, so that a text without it answers nothing."""
        kind = self._asked.answer_type
        return kind is not None and (kind.is_certain or kind.name == "handling")

    def under(self, head: PieceMatch, item: PieceMatch) -> PieceMatch:
        """What an item of a list says below its head: 免征契税: (四)夫妻之间变更房屋权属."""
        whole = item | head
        if head.clause is not None:  # the item is the rest of the clause that fits
            own = self._matcher.weight_share(item.found)
            whole = whole._replace(clause=max(whole.clause or 0.0, own))
        return item._replace(clause=whole.clause, figure=whole.figure)


def _clauses(normal: str) -> list[str]:
    """The clauses of a text, each with a sum that follows it."""
    spans: list[tuple[int, int]] = []
    for start, end in analyzer.clauses(normal):
        if spans and _SUM.match(normal, start):
            start, _ = spans.pop()
        spans.append((start, end))
    return [normal[start:end] for start, end in spans]


def joined(matches: Sequence[PieceMatch]) -> PieceMatch:
    """What pieces say together, one at least."""
    whole = matches[0]
    for other in matches[1:]:
        whole |= other
    return whole
