"""A story and a question → the passage that shows the answer, and the sentence that says it."""

import re
from collections.abc import Container
from typing import NamedTuple

from retrieval.question.question import ParsedQuestion
from retrieval.ranking.articles import label
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE, Piece, short
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
# A sentence leans on the one before it, and on all in its paragraph: the company is named in one,
# its fine in the next. What they say counts for it too, but less than what it says itself.
_BEFORE = 0.7
# Of two equal pieces the longer tells more, by a little a character.
_FULLER = 0.001
# A passage grows within a paragraph rather than into the next one.
_SAME_PARAGRAPH = 0.05

# What begins a clause that is the sum of the one before it: 并处罚款,共计30万元.
_SUM = re.compile("共|合计|总计|累计|计|约|高?达")


class PieceMatch(NamedTuple):
    """What a piece says: the concepts it holds, and the weight share of the clause that fits
    the expected answer type, None if none does."""

    found: int
    clause: float | None

    def __or__(self, other: "PieceMatch") -> "PieceMatch":
        clause = self.clause
        if clause is None or (other.clause is not None and other.clause > clause):
            clause = other.clause
        return PieceMatch(self.found | other.found, clause)


class SentenceScorer:
    """How well a piece of a story answers a question, for a reader who has seen the title."""

    def __init__(self, question: ParsedQuestion, title: str) -> None:
        """`title` is the story's, normalised."""
        weights = [c.weight for c in question.concepts]
        weights += [_CHARACTER * c.weight for c in question.characters]
        concepts = question.concepts + question.characters
        self._matcher = ConceptMatcher(
            concepts,
            [
                _IN_TITLE * weight if any(form in title for form in concept.forms) else weight
                for concept, weight in zip(concepts, weights, strict=True)
            ],
        )
        self._answer_type = question.answer_type
        self._bonus = _CERTAIN if self._answer_type and self._answer_type.is_certain else _LIKELY
        self._known: dict[str, PieceMatch] = {}

    def match(self, normal: str) -> PieceMatch:
        """What a normalised piece of text says; computed once per text."""
        if normal not in self._known:
            self._known[normal] = self._match(normal)
        return self._known[normal]

    def _match(self, normal: str) -> PieceMatch:
        found = self._matcher.matched(normal)
        if self._answer_type is None or not self._answer_type.pattern.search(normal):
            return PieceMatch(found, None)
        shares = [
            self._matcher.weight_share(self._matcher.matched(clause))
            for clause in _clauses(normal)
            if self._answer_type.pattern.search(clause)
        ]
        return PieceMatch(found, max(shares, default=0.0))

    def score(self, match: PieceMatch, before: int = 0) -> float:
        """What that is worth as an answer; only to be compared within one question.

        `before` are the concepts that stand before it.
        """
        share = self._matcher.weight_share(match.found)
        share += _BEFORE * (self._matcher.weight_share(match.found | before) - share)
        return share if match.clause is None else share + self._bonus + _CLAUSE * match.clause


def _clauses(normal: str) -> list[str]:
    """The clauses of a text, each with a sum that follows it."""
    spans: list[tuple[int, int]] = []
    for start, end in analyzer.clauses(normal):
        if spans and _SUM.match(normal, start):
            start, _ = spans.pop()
        spans.append((start, end))
    return [normal[start:end] for start, end in spans]


def passage(
    scorer: SentenceScorer, story: list[Piece], unit: Container[int], shown: Container[int] = ()
) -> tuple[int, int]:
    """Which pieces [start, end) of `story` to show of it, `LONGEST_PASSAGE` characters at most.

    The best one or two adjacent ones of the paragraphs of `unit`, and of their neighbours,
    as long as they fit, whichever say more (the next one, where neither says anything:
    what answers follows what names it); from where an article begins, if that fits; (0, 0) if
    that would be none but pieces `shown` before.
    """
    ends = [0]
    for piece in story:
        ends.append(ends[-1] + len(piece.text))

    def fits(start: int, end: int) -> bool:
        # A line end stands between paragraphs.
        breaks = story[end - 1].paragraph - story[start].paragraph
        return ends[end] - ends[start] + breaks <= LONGEST_PASSAGE

    def says(place: int) -> PieceMatch:
        return scorer.match(story[place].normal)

    here = {
        place for place, piece in enumerate(story) if piece.paragraph in unit and place not in shown
    }
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
    while True:
        grown = []
        for place, beside in ((start - 1, start), (end, end - 1)):
            if not 0 <= place < len(story) or place in shown:
                continue
            if fits(min(start, place), max(end, place + 1)):
                same = story[place].paragraph == story[beside].paragraph
                grown.append((scorer.score(said | says(place)) + _SAME_PARAGRAPH * same, place))
        if not grown:
            return start, end
        _, place = max(grown)
        start, end = min(start, place), max(end, place + 1)
        said |= says(place)


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

    At most `LONGEST_SENTENCE` characters; a part of their `text_of`.
    """
    parts = [part for piece in shown for part in short(piece)]
    matches = [scorer.match(part.normal) for part in parts]
    best, picked, before = -1.0, parts[:0], 0
    for start, first in enumerate(parts):
        if start:
            last = parts[start - 1]
            before = matches[start - 1].found | (before if last.paragraph == first.paragraph else 0)
        length = 0
        for end in range(start, len(parts)):
            part = parts[end]
            is_next_line = end > start and part.paragraph > parts[end - 1].paragraph
            length += len(part.text) + is_next_line
            if part.sentence - first.sentence > 1 or length > LONGEST_SENTENCE:
                break
            value = scorer.score(_joined(matches[start : end + 1]), before) + _FULLER * length
            if value > best:
                best, picked = value, parts[start : end + 1]
    return text_of(picked)
