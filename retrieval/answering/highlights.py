"""Hits → the passages that a reader is shown, with their highlights."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache

from retrieval.answering.answer import Passage, passage_of
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.excerpts import Excerpts
from retrieval.ranking.pieces import Piece, text_of
from retrieval.ranking.ranking import Hit
from retrieval.ranking.rules import is_article
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
    pinned: Hit | None = None,
) -> list[Passage]:
    """The passages around the best hits: of a story each sentence once at most, of several
    posts that carry the same words the best; of the `pinned` one nothing but its paragraph."""
    chooser = _Chooser(question, pinned)
    passages: list[Passage] = []
    for hit in hits:
        if len(passages) == limit:
            break
        if (shown := chooser.around(hit)) is not None:
            passages.append(shown)
    return passages


class _Chooser:
    """Chooses passages one after the other, none of what was shown before."""

    def __init__(self, question: ParsedQuestion, pinned: Hit | None) -> None:
        self._question = question
        self._pinned = pinned
        self._forms = {form for concept in question.concepts for form in concept.forms}
        self._shown: dict[str, set[int]] = defaultdict(set)  # by post, the places of its pieces
        self._wordings: list[tuple[str, frozenset[str]]] = []  # of which post, and its shingles

    def around(self, hit: Hit) -> Passage | None:
        """The passage around a hit; None if all of it was shown, or another post said it."""
        excerpts = hit.excerpts.of(self._question)
        chosen = self._pieces(hit, excerpts)
        if not chosen or self._is_repeated(hit.story.post.id, chosen):
            return None
        text = text_of(chosen)
        return passage_of(
            hit.story,
            hit.position,
            text,
            sentence(excerpts.scorer, chosen),
            score=hit.score,
            highlights=tuple(_highlights(text, self._forms)),
            validity=excerpts.forms.validity,
        )

    def _pieces(self, hit: Hit, excerpts: Excerpts) -> list[Piece]:
        """The pieces of a hit's story to show around it, none if they were shown before."""
        story, unit = excerpts.forms.pieces, excerpts.forms.units[hit.position]
        before = self._shown[hit.story.post.id]
        if is_article(hit.story, unit) and any(story[at].paragraph in unit for at in before):
            return []  # an article is shown once
        apart = _apart(hit, story, alone=hit is self._pinned)
        start, end = excerpts.passage(hit.position, apart.union(before))
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
