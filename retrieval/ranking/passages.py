"""Which pieces of a story show the answer?"""

from collections.abc import Container, Sequence

from retrieval.ranking.articles import label
from retrieval.ranking.pieces import (
    HEADING,
    LONGEST_PASSAGE,
    Piece,
    places_of,
)
from retrieval.ranking.sentence_scorer import SentenceScorer, joined

# A passage grows within a paragraph rather than into the next one.
_SAME_PARAGRAPH = 0.05
# Two pieces must say more than one to be worth the second.
_SECOND = 0.02


def passage(
    scorer: SentenceScorer, story: Sequence[Piece], unit: range, shown: Container[int] = ()
) -> tuple[int, int]:
    """Which pieces [start, end) of `story` to show of it, `LONGEST_PASSAGE` characters at most.

    The best one or two adjacent ones of the paragraphs of `unit`, and of their neighbours,
    as long as they fit, whichever say more (the next one, where neither says anything:
    what answers follows what names it); from where an article begins, if that fits; (0, 0) if
    that would be none but pieces `shown` before.
    """
    here = {place for place in places_of(story, unit) if place not in shown}
    if not here:
        return 0, 0
    start, core = _best(scorer, story, here)
    opening = min(here)
    is_open = here.issuperset(range(opening, core)) and _fits(story, opening, core)
    if is_open and label(story[opening].text):
        start = opening
    start, end = _grown(scorer, story, (start, core), shown)
    return start, _without_headings(story, core, end)


def beyond(story: Sequence[Piece], unit: range) -> frozenset[int]:
    """The places of the pieces of other paragraphs than those of `unit`."""
    return frozenset(at for at, piece in enumerate(story) if piece.paragraph not in unit)


def _best(scorer: SentenceScorer, story: Sequence[Piece], here: set[int]) -> tuple[int, int]:
    """The best one or two adjacent pieces [start, end) of those at some places."""
    spans = [
        (start, end)
        for start in sorted(here)
        for end in (start + 1, start + 2)
        if end - 1 in here and _fits(story, start, end)
    ]

    def worth(span: tuple[int, int]) -> float:
        said = joined([scorer.match(story[place].normal) for place in range(*span)])
        return scorer.score(said) - _SECOND * len(range(*span))

    return max(spans, key=worth)


def _grown(
    scorer: SentenceScorer,
    story: Sequence[Piece],
    span: tuple[int, int],
    shown: Container[int],
) -> tuple[int, int]:
    """The pieces [start, end) with their neighbours that were not `shown`, as long as they fit."""
    if not shown and _fits(story, 0, len(story)):
        return 0, len(story)
    start, end = span
    said = joined([scorer.match(story[place].normal) for place in range(start, end)])
    while True:
        grown: list[tuple[float, int]] = []
        for place, beside in ((start - 1, start), (end, end - 1)):
            if not 0 <= place < len(story) or place in shown:
                continue
            if _fits(story, min(start, place), max(end, place + 1)):
                same = story[place].paragraph == story[beside].paragraph
                score = scorer.score(said | scorer.match(story[place].normal))
                grown.append((score + _SAME_PARAGRAPH * same, place))
        if not grown:
            return start, end
        _, place = max(grown)
        start, end = min(start, place), max(end, place + 1)
        said |= scorer.match(story[place].normal)


def _fits(story: Sequence[Piece], start: int, end: int) -> bool:
    return story[end - 1].end - story[start].start <= LONGEST_PASSAGE


def _without_headings(story: Sequence[Piece], core: int, end: int) -> int:
    """The end of a passage that goes to `end`, before what only heads the rest of the story (答:);
    what answers goes to `core`."""
    while core < end < len(story) and (
        story[end - 1].is_head or HEADING.match(story[end - 1].normal)
    ):
        end -= 1
    return end
