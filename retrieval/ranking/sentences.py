"""Which one or two sentences of a story say the answer?"""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import NamedTuple

from retrieval.ranking.pieces import (
    LONGEST_SENTENCE,
    NO_END,
    Piece,
    length_of,
    places_of,
    short,
    text_of,
)
from retrieval.ranking.sentence_scorer import HIGHEST, PieceMatch, SentenceScorer, joined

# Of two equal pieces the longer tells more, by a little a character.
_FULLER = 0.001
# A sentence that answers nothing: the formula that all has been paid, and a question.
_EMPTY = 0.5
# The end of a sentence, without its beginning, and the next one.
_TORN = 0.1
# Two sentences of different paragraphs hang together less.
_APART = 0.05
# Who points to a body that is named elsewhere, and what names one.
_POINTS = re.compile(
    r"^\W*(?:经查,?)?(?:\w{0,6},)?(?:对|将)?(?:[该上述]{1,2}[公企店厂机单个团纳中加网主]|其(?!他|中|余|实|次))"
)
_NAMES = re.compile(r"公司|加[油气]站|[店厂行]|中心|工作室|合作社|医院|诊所|事务所|集团|主播|网红")


def sentence(scorer: SentenceScorer, shown: Sequence[Piece]) -> str:
    """The one or two adjacent sentences, or parts of one, of the pieces `shown` that answer.

    At most `LONGEST_SENTENCE` characters; a part of their `text_of`. Whole sentences where they
    fit, and with the one before that names who did it, where it says only 该公司. Of a list whose
    head holds what is asked for the head too, or alone.
    """
    parts = [part for piece in shown for part in short(piece)]
    if not parts:
        return ""
    best = _Candidates(scorer, parts).best()
    start, end = _with_head(scorer, parts, *_whole(parts, best.start, best.end))
    start, end = _with_name(parts, start, end)
    text = text_of(parts[start:end])
    return text.rstrip("".join(NO_END)) or text


class BestSentence(NamedTuple):
    """How well the best sentence or two of some paragraphs answer, in 0–1, and their `parts`."""

    score: float
    parts: Sequence[Piece]

    @property
    def text(self) -> str:
        """As a reader sees them."""
        return text_of(self.parts)


def best_sentence(scorer: SentenceScorer, story: Sequence[Piece], unit: range) -> BestSentence:
    """The best sentence or two of the paragraphs of `unit`."""
    parts = [part for place in places_of(story, unit) for part in short(story[place])]
    best = _Candidates(scorer, parts).best()
    return BestSentence(min(1.0, max(0.0, best.score / HIGHEST)), parts[best.start : best.end])


class _Candidate(NamedTuple):
    """The parts [start, end), which may be shown as the sentence that answers."""

    score: float
    start: int
    end: int


class _Context(NamedTuple):
    """What a sentence leans on that begins with a part: the concepts that stand `before` it, and
    the `head` of its list. `fuller` is what each of its characters counts."""

    before: int
    head: PieceMatch | None
    fuller: float


class _Candidates:
    """All that may be shown as the sentence that answers, of adjacent parts of a story."""

    def __init__(self, scorer: SentenceScorer, parts: Sequence[Piece]) -> None:
        self._scorer = scorer
        self._parts = parts
        self._matches = [scorer.match(part.normal) for part in parts]
        self._empty = list(accumulate((part.is_empty for part in parts), initial=0))

    def best(self) -> _Candidate:
        """The best of them, the first of several; of no parts a score of minus infinity."""
        best = _Candidate(-math.inf, 0, 0)
        for start, context in enumerate(self._contexts()):
            best = self._better(best, start, context)
        return best

    def _contexts(self) -> Iterator[_Context]:
        """What stands before each part."""
        before = 0
        head: PieceMatch | None = None
        told = -math.inf  # how well the best item of a list answers of those before
        was_item = False
        for at, part in enumerate(self._parts):
            is_item = part.is_item
            if at:
                last = self._parts[at - 1]
                if last.is_head:
                    head, told = self._matches[at - 1], -math.inf
                goes_on = last.paragraph == part.paragraph
                head = head if is_item or goes_on else None
                if is_item and was_item:
                    before = 0  # another item of the list says nothing of this one
                else:
                    before = self._matches[at - 1].found | (before if goes_on else 0)
                before |= head.found if head else 0
            # Of the items of a list that say as much the first, however long the others are.
            fuller = _FULLER
            if is_item:
                own = self._scorer.score(self._matches[at])
                fuller, told = (0.0, told) if own <= told else (_FULLER, own)
            was_item = is_item
            yield _Context(before, head, fuller)

    def _better(self, best: _Candidate, start: int, context: _Context) -> _Candidate:
        """`best`, or what is better and begins with a part: one or two sentences, not too long."""
        parts, first = self._parts, self._parts[start]
        is_opening = not start or _ends(parts, start - 1)
        lacks_opening = False
        before: PieceMatch | None = None  # what the first of two sentences says
        said, text = self._matches[start], first.normal  # the last of them
        for end in range(start + 1, len(parts) + 1):
            part = parts[end - 1]
            is_more = end > start + 1
            lacks_opening |= is_more and not is_opening and _ends(parts, end - 2)
            length = part.end - first.start
            if part.sentence - first.sentence > 1 or length > LONGEST_SENTENCE:
                break
            # Of a sentence in parts the figure may stand in one and its deed in another.
            if is_more and part.sentence == parts[end - 2].sentence:
                text += part.normal
                said = self._scorer.match(text)
            elif is_more:
                before, said, text = said, self._matches[end - 1], part.normal
            score = self._score(before | said if before else said, context)
            score += context.fuller * length
            score -= _EMPTY * (self._empty[end] - self._empty[start])
            score -= _TORN * lacks_opening + _APART * (part.paragraph != first.paragraph)
            if score > best.score:
                best = _Candidate(score, start, end)
        return best

    def _score(self, said: PieceMatch, context: _Context) -> float:
        """What is said is worth in its context, as the scorer has it."""
        if context.head:
            said = self._scorer.under(context.head, said)
        return self._scorer.score(said, context.before)


def _ends(parts: Sequence[Piece], at: int) -> bool:
    """Whether a sentence, or its paragraph, ends with a part that isn't the last."""
    return parts[at].paragraph != parts[at + 1].paragraph or not parts[at].goes_on


def _whole(parts: Sequence[Piece], start: int, end: int) -> tuple[int, int]:
    """The same parts with what is left of their sentences to the full stop, where that fits."""
    for at in range(end, len(parts) + 1):
        if at > end and parts[at - 1].paragraph != parts[end - 1].paragraph:
            break
        if length_of(parts[start:at]) > LONGEST_SENTENCE:
            break
        if not parts[at - 1].goes_on:
            end = at
            break
    for at in range(start, -1, -1):
        if length_of(parts[at:end]) > LONGEST_SENTENCE:
            break
        if not at or _ends(parts, at - 1):
            return at, end
    return start, end


def _with_head(
    scorer: SentenceScorer, parts: Sequence[Piece], start: int, end: int
) -> tuple[int, int]:
    """The same items of a list from its head on, if that holds what is asked for; the head alone
    where both do not fit and nothing but that answers."""
    places = _head_of(parts, start)
    if not places:
        return start, end
    head, item = (
        joined([scorer.match(part.normal) for part in parts[of.start : of.stop]])
        for of in (places, range(start, end))
    )
    if head.clause is None or item.clause is not None:
        return start, end
    if length_of(parts[places.start : end]) <= LONGEST_SENTENCE:
        return places.start, end
    return (places.start, places.stop) if scorer.wants_form else (start, end)


def _head_of(parts: Sequence[Piece], item: int) -> range:
    """The places of the sentence that heads the list of an item; empty for what is no item."""
    at = item
    while at and parts[at].is_item:
        at -= 1
        while at and parts[at - 1].sentence == parts[at].sentence:
            at -= 1
    stop = next((n for n in range(at, item) if parts[n].is_head), None)
    fits = stop is not None and length_of(parts[at : stop + 1]) <= LONGEST_SENTENCE
    return range(at, stop + 1) if stop is not None and fits else range(0)


def _with_name(parts: Sequence[Piece], start: int, end: int) -> tuple[int, int]:
    """The same parts with the sentence before them, if that names whom they only point to."""
    if not start or not _POINTS.search(parts[start].normal):
        return start, end
    at = start - 1
    while at and parts[at - 1].sentence == parts[at].sentence:
        at -= 1
    before = "".join(part.normal for part in parts[at:start])
    names = _NAMES.search(before) and not _NAMES.search(parts[start].normal)
    fits = length_of(parts[at:end]) <= LONGEST_SENTENCE
    return (at, end) if names and fits else (start, end)
