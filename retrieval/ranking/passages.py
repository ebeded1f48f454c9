"""A story and a question → the passage that shows the answer, and the sentence that says it."""

import math
import re
from bisect import bisect_left
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from retrieval.question.answer_types import AnswerType
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.articles import label
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.figures import WantedFigure, wanted_figure
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE, Piece, short
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
# A sentence leans on the one before it, and on all in its paragraph: the company is named in one,
# its fine in the next. What they say counts for it too, but less than what it says itself.
_BEFORE = 0.7
# Of two equal pieces the longer tells more, by a little a character.
_FULLER = 0.001
# What a piece may be worth at most.
_MOST = 1 + _CERTAIN + _CLAUSE + _FIGURE + _RANGE
# A passage grows within a paragraph rather than into the next one.
_SAME_PARAGRAPH = 0.05

# What begins a clause that is the sum of the one before it: 并处罚款,共计30万元.
_SUM = re.compile("共|合计|总计|累计|计|约|高?达")


# A sentence that answers nothing: the formula that all has been paid, and a question.
_EMPTY = 0.5
_PAID = re.compile(r"已\w{0,8}(?:入库|缴清)")
_HEADING = re.compile(r"^.{0,50}\?\W*$")
# The end of a sentence, without its beginning, and the next one.
_TORN = 0.1
# Two sentences of different paragraphs hang together less.
_APART = 0.05
# What heads a list, and its items: each leans on the head.
_HEADS = re.compile(r":\s*$")
_ITEM = re.compile(
    r"\s*(?:\(?[一二三四五六七八九十\d]{1,3}[)、.]|[①-⑳]|第[一二三四五六七八九十\d]+[,、])"
)
_NO_END = (",", "，", ";", "；", "、", ":", "：")
# Who points to a body that is named elsewhere, and what names one.
_POINTS = re.compile(
    r"^\W*(?:经查,?)?(?:\w{0,6},)?(?:对|将)?(?:[该上述]{1,2}[公企店厂机单个团纳中加网主]|其(?!他|中|余|实|次))"
)
_NAMES = re.compile(r"公司|加[油气]站|[店厂行]|中心|工作室|合作社|医院|诊所|事务所|集团|主播|网红")


_QUESTIONS, _TITLES = 8, 8
"""Of how many questions, and titles of each, scorers are kept."""


class PieceMatch(NamedTuple):
    """What a piece says: the concepts it holds, the weight share of the clause that fits the
    expected answer type, None if none does, how well it tells the figure that is asked for, and
    whether it tells the range of the case (1), others (-1), or none (0)."""

    found: int
    clause: float | None
    figure: float
    range: int

    def __or__(self, other: "PieceMatch") -> "PieceMatch":
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
        """`title` is the story's, normalised; `scorer_of` keeps what it finds of a text."""
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
        if normal not in self._known:
            self._known[normal] = self._match(normal)
        return self._known[normal]

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
        """Whether what is asked for is told by its form, so that without it nothing answers."""
        kind = self._asked.answer_type
        return kind is not None and (kind.is_certain or kind.name == "handling")

    def under(self, head: PieceMatch, item: PieceMatch) -> PieceMatch:
        """What an item of a list says below its head: 免征契税: (四)夫妻之间变更房屋权属."""
        whole = item | head
        if head.clause is not None:  # the item is the rest of the clause that fits
            own = self._matcher.weight_share(item.found)
            whole = whole._replace(clause=max(whole.clause or 0.0, own))
        return item._replace(clause=whole.clause, figure=whole.figure)


@lru_cache(maxsize=_QUESTIONS * _TITLES)
def scorer_of(question: ParsedQuestion, title: str) -> SentenceScorer:
    """The scorer of a question and a title: the same to rank and to show what was ranked."""
    return SentenceScorer(question, title)


def _clauses(normal: str) -> list[str]:
    """The clauses of a text, each with a sum that follows it."""
    spans: list[tuple[int, int]] = []
    for start, end in analyzer.clauses(normal):
        if spans and _SUM.match(normal, start):
            start, _ = spans.pop()
        spans.append((start, end))
    return [normal[start:end] for start, end in spans]


def passage(
    scorer: SentenceScorer, story: list[Piece], unit: range, shown: Container[int] = ()
) -> tuple[int, int]:
    """Which pieces [start, end) of `story` to show of it, `LONGEST_PASSAGE` characters at most.

    The best one or two adjacent ones of the paragraphs of `unit`, and of their neighbours,
    as long as they fit, whichever say more (the next one, where neither says anything:
    what answers follows what names it); from where an article begins, if that fits; (0, 0) if
    that would be none but pieces `shown` before.
    """

    def fits(start: int, end: int) -> bool:
        return _length(story[start:end]) <= LONGEST_PASSAGE

    def says(place: int) -> PieceMatch:
        return scorer.match(story[place].normal)

    here = {place for place in _places(story, unit) if place not in shown}
    if not here:
        return 0, 0
    spans = [
        (start, end)
        for start in sorted(here)
        for end in (start + 1, start + 2)
        if end - 1 in here and fits(start, end)
    ]
    start, end = max(spans, key=lambda span: _worth(scorer, list(map(says, range(*span)))))
    opening = min(here)
    if label(story[opening].text) and fits(opening, end) and not set(range(opening, end)) - here:
        start = opening
    said = _joined(list(map(says, range(start, end))))
    core = end
    while True:
        grown = []
        for place, beside in ((start - 1, start), (end, end - 1)):
            if not 0 <= place < len(story) or place in shown:
                continue
            if fits(min(start, place), max(end, place + 1)):
                same = story[place].paragraph == story[beside].paragraph
                grown.append((scorer.score(said | says(place)) + _SAME_PARAGRAPH * same, place))
        if not grown:
            return start, _without_headings(story, core, end)
        _, place = max(grown)
        start, end = min(start, place), max(end, place + 1)
        said |= says(place)


def _without_headings(story: list[Piece], core: int, end: int) -> int:
    """The end of a passage that goes to `end`, before what only heads the rest of the story (答:);
    what answers goes to `core`."""
    while core < end < len(story) and (
        _HEADS.search(story[end - 1].normal) or _HEADING.match(story[end - 1].normal)
    ):
        end -= 1
    return end


def _places(story: list[Piece], unit: range) -> range:
    """The places of the pieces of some paragraphs."""
    start, end = (bisect_left(story, at, key=_paragraph) for at in (unit.start, unit.stop))
    return range(start, end)


_paragraph = attrgetter("paragraph")


def _worth(scorer: SentenceScorer, matches: list[PieceMatch]) -> float:
    """Two pieces must say more than one to be worth the second."""
    return scorer.score(_joined(matches)) - 0.02 * len(matches)


def _joined(matches: list[PieceMatch]) -> PieceMatch:
    whole = matches[0]
    for other in matches[1:]:
        whole |= other
    return whole


def text_of(shown: list[Piece]) -> str:
    """Adjacent pieces as a reader sees them: a line a paragraph."""
    lines: dict[int, str] = {}
    for piece in shown:
        lines[piece.paragraph] = lines.get(piece.paragraph, "") + piece.text
    return "\n".join(line.strip() for line in lines.values())


def sentence(scorer: SentenceScorer, shown: list[Piece]) -> str:
    """The one or two adjacent sentences, or parts of one, of the pieces `shown` that answer.

    At most `LONGEST_SENTENCE` characters; a part of their `text_of`. Whole sentences where they
    fit, and with the one before that names who did it, where it says only 该公司. Of a list whose
    head holds what is asked for the head too, or alone.
    """
    parts = [part for piece in shown for part in short(piece)]
    if not parts:
        return ""
    _, (start, end) = _picked(scorer, parts)
    start, end = _with_head(scorer, parts, *_whole(parts, start, end))
    start, end = _with_name(parts, start, end)
    text = text_of(parts[start:end])
    return text.rstrip("".join(_NO_END)) or text


def best_sentence(scorer: SentenceScorer, story: list[Piece], unit: range) -> tuple[float, str]:
    """How well the best sentence or two of the paragraphs of `unit` answer, in 0–1, and these."""
    parts = [part for place in _places(story, unit) for part in short(story[place])]
    value, (start, end) = _picked(scorer, parts)
    return min(1.0, max(0.0, value / _MOST)), text_of(parts[start:end])


def _picked(scorer: SentenceScorer, parts: list[Piece]) -> tuple[float, tuple[int, int]]:
    """Which parts [start, end) answer best, and what they are worth."""
    matches = [scorer.match(part.normal) for part in parts]
    lengths = list(accumulate((len(part.text) for part in parts), initial=0))
    empty = list(accumulate((_says_nothing(part.normal) for part in parts), initial=0))
    best, picked, before = -math.inf, (0, 0), 0
    head: PieceMatch | None = None
    told = -math.inf  # how well the best item of a list answers of those before
    for start, first in enumerate(parts):
        is_item = _ITEM.match(first.normal) is not None
        if start:
            last = parts[start - 1]
            if _HEADS.search(last.normal):
                head, told = matches[start - 1], -math.inf
            goes_on = last.paragraph == first.paragraph
            head = head if is_item or goes_on else None
            if is_item and _ITEM.match(last.normal):
                before = 0  # another item of the list says nothing of this one
            else:
                before = matches[start - 1].found | (before if goes_on else 0)
            before |= head.found if head else 0
        # Of the items of a list that say as much the first, however long the others are.
        fuller = _FULLER
        if is_item:
            own = scorer.score(matches[start])
            fuller, told = (0.0, told) if own <= told else (_FULLER, own)
        is_opening = not start or _ends(parts, start - 1)
        lacks_opening = False
        sentences: list[str] = []
        for end in range(start + 1, len(parts) + 1):
            part = parts[end - 1]
            lacks_opening |= bool(sentences) and not is_opening and _ends(parts, end - 2)
            length = lengths[end] - lengths[start] + part.paragraph - first.paragraph
            if part.sentence - first.sentence > 1 or length > LONGEST_SENTENCE:
                break
            # Of a sentence in parts the figure may stand in one and its deed in another.
            if sentences and part.sentence == parts[end - 2].sentence:
                sentences[-1] += part.normal
            else:
                sentences.append(part.normal)
            whole = _joined(list(map(scorer.match, sentences)))
            if head:
                whole = scorer.under(head, whole)
            value = scorer.score(whole, before) + fuller * length
            value -= _EMPTY * (empty[end] - empty[start])
            value -= _TORN * lacks_opening + _APART * (part.paragraph != first.paragraph)
            if value > best:
                best, picked = value, (start, end)
    return best, picked


@lru_cache(maxsize=16384)
def _says_nothing(normal: str) -> bool:
    is_formula = _PAID.search(normal) and not any(map(str.isdigit, normal))
    return bool(is_formula or _HEADING.match(normal))


def _ends(parts: list[Piece], at: int) -> bool:
    """Whether a sentence, or its paragraph, ends with a part that isn't the last."""
    return parts[at].paragraph != parts[at + 1].paragraph or not parts[at].text.rstrip().endswith(
        _NO_END
    )


def _whole(parts: list[Piece], start: int, end: int) -> tuple[int, int]:
    """The same parts with what is left of their sentences to the full stop, where that fits."""
    for at in range(end, len(parts) + 1):
        if at > end and parts[at - 1].paragraph != parts[end - 1].paragraph:
            break
        if _length(parts[start:at]) > LONGEST_SENTENCE:
            break
        if not parts[at - 1].text.rstrip().endswith(_NO_END):
            end = at
            break
    for at in range(start, -1, -1):
        if _length(parts[at:end]) > LONGEST_SENTENCE:
            break
        if not at or _ends(parts, at - 1):
            return at, end
    return start, end


def _with_head(scorer: SentenceScorer, parts: list[Piece], start: int, end: int) -> tuple[int, int]:
    """The same items of a list from its head on, if that holds what is asked for; the head alone
    where both do not fit and nothing but that answers."""
    places = _head_of(parts, start)
    if not places:
        return start, end
    head, item = (
        _joined([scorer.match(part.normal) for part in parts[of.start : of.stop]])
        for of in (places, range(start, end))
    )
    if head.clause is None or item.clause is not None:
        return start, end
    if _length(parts[places.start : end]) <= LONGEST_SENTENCE:
        return places.start, end
    return (places.start, places.stop) if scorer.wants_form else (start, end)


def _head_of(parts: list[Piece], item: int) -> range:
    """The places of the sentence that heads the list of an item; empty for what is no item."""
    at = item
    while at and _ITEM.match(parts[at].normal):
        at -= 1
        while at and parts[at - 1].sentence == parts[at].sentence:
            at -= 1
    stop = next((n for n in range(at, item) if _HEADS.search(parts[n].normal)), None)
    fits = stop is not None and _length(parts[at : stop + 1]) <= LONGEST_SENTENCE
    return range(at, stop + 1) if stop is not None and fits else range(0)


def _with_name(parts: list[Piece], start: int, end: int) -> tuple[int, int]:
    """The same parts with the sentence before them, if that names whom they only point to."""
    if not start or not _POINTS.search(parts[start].normal):
        return start, end
    at = start - 1
    while at and parts[at - 1].sentence == parts[at].sentence:
        at -= 1
    before = "".join(part.normal for part in parts[at:start])
    names = _NAMES.search(before) and not _NAMES.search(parts[start].normal)
    fits = _length(parts[at:end]) <= LONGEST_SENTENCE
    return (at, end) if names and fits else (start, end)


def _length(parts: list[Piece]) -> int:
    """The characters of adjacent parts, a line end between paragraphs."""
    return sum(len(part.text) for part in parts) + parts[-1].paragraph - parts[0].paragraph
