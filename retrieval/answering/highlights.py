"""Hits → the passages that a reader is shown, with their highlights."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache

from retrieval.answering.answer import Passage, passage_of
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.normalised_stories import Normaliser, StoryForms
from retrieval.ranking.passages import beyond, passage
from retrieval.ranking.pieces import Piece, text_of
from retrieval.ranking.ranking import Hit
from retrieval.ranking.rules import is_article
from retrieval.ranking.sentence_scorer import SentenceScorer, scorer_of
from retrieval.ranking.sentences import sentence
from retrieval.text import analyzer
from retrieval.text.near_duplicates import is_near_duplicate, shingles
from retrieval.text.numbers import WRITTEN

_PASSAGES = 2048
"""Of how many passages it is kept where their numbers stand: a few megabytes."""


def shown_passages(
    question: ParsedQuestion,
    hits: Iterable[Hit],
    limit: int,
    normaliser: Normaliser,
    pinned: Hit | None = None,
) -> list[Passage]:
    """The passages around the best hits: of a story each sentence once at most, of several
    posts that carry the same words the best; of the `pinned` one nothing but its paragraph."""
    chooser = _Chooser(question, normaliser, pinned)
    passages: list[Passage] = []
    for hit in hits:
        if len(passages) == limit:
            break
        if (shown := chooser.around(hit)) is not None:
            passages.append(shown)
    return passages


class _Chooser:
    """Chooses passages one after the other, none of what was shown before."""

    def __init__(
        self, question: ParsedQuestion, normaliser: Normaliser, pinned: Hit | None
    ) -> None:
        self._question = question
        self._normaliser = normaliser
        self._pinned = pinned
        self._forms = {form for concept in question.concepts for form in concept.forms}
        self._shown: dict[str, set[int]] = defaultdict(set)  # by post, the places of its pieces
        self._wordings: list[tuple[str, frozenset[str]]] = []  # of which post, and its shingles

    def around(self, hit: Hit) -> Passage | None:
        """The passage around a hit; None if all of it was shown, or another post said it."""
        made = self._normaliser.forms(hit.story)
        scorer = scorer_of(self._question, made.title)
        chosen = self._pieces(hit, made, scorer)
        if not chosen or self._is_repeated(hit.story.post.id, chosen):
            return None
        text = text_of(chosen)
        return passage_of(
            hit.story,
            hit.position,
            text,
            sentence(scorer, chosen),
            score=hit.score,
            highlights=tuple(_highlights(text, self._forms)),
        )

    def _pieces(self, hit: Hit, made: StoryForms, scorer: SentenceScorer) -> list[Piece]:
        """The pieces of a hit's story to show around it, none if they were shown before."""
        post, story, unit = hit.story.post, made.pieces, made.units[hit.position]
        before = self._shown[post.id]
        apart = _apart(hit, story, alone=hit is self._pinned)
        if is_article(hit.story, unit):
            apart |= beyond(story, unit)
            if any(story[at].paragraph in unit for at in before):  # an article is shown once
                return []
        start, end = passage(scorer, story, unit, before | apart)
        before.update(range(start, end))
        return story[start:end]

    def _is_repeated(self, post: str, chosen: Sequence[Piece]) -> bool:
        """Whether a passage of another post says nearly the same as these pieces of a post."""
        wording = shingles("".join(piece.normal for piece in chosen))
        if any(of != post and is_near_duplicate(known, wording) for of, known in self._wordings):
            return True
        self._wordings.append((post, wording))
        return False


def _apart(hit: Hit, story: list[Piece], *, alone: bool) -> frozenset[int]:
    """The places of the pieces that may not stand in one passage with the hit's: all of other
    paragraphs if it stands `alone`, else those that a muted paragraph parts from it."""
    keys = hit.story.keys
    if alone:
        return frozenset(at for at, p in enumerate(story) if p.paragraph != hit.position)
    if keys[-1] - keys[0] == len(keys) - 1:  # a story's keys follow each other: none is left out
        return frozenset()
    runs = [key - at for at, key in enumerate(keys)]
    return frozenset(at for at, p in enumerate(story) if runs[p.paragraph] != runs[hit.position])


def _highlights(text: str, forms: Set[str]) -> Iterable[tuple[int, int]]:
    """Where `text` holds one of some forms of what is asked, as disjoint [start, end) in order."""
    folded, numbers = _read(text)
    held = bytearray(len(text))
    for start, end in numbers:
        if not forms.isdisjoint(_figures(folded[start:end])):
            held[start:end] = b"1" * (end - start)
    for form in forms:
        at = folded.find(form)
        while at >= 0:
            held[at : at + len(form)] = b"1" * len(form)
            at = folded.find(form, at + len(form))
    return [match.span() for match in re.finditer(b"1+", held)]


@lru_cache(maxsize=_PASSAGES)
def _read(text: str) -> tuple[str, list[tuple[int, int]]]:
    """A text folded, and where numbers stand in it."""
    folded = analyzer.fold(text)
    return folded, [number.span() for number in WRITTEN.finditer(folded)]


@lru_cache(maxsize=4096)
def _figures(number: str) -> tuple[str, ...]:
    """The terms in digits of a number that is written in any form."""
    terms = analyzer.bigrams(analyzer.normalise(number))
    return tuple(term for term in terms if term[0].isdigit())
