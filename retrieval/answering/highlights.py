"""Hits → the passages that a reader is shown, with their highlights."""

import re
from collections.abc import Iterable, Sequence, Set
from functools import lru_cache

from retrieval.answering.answer import Passage, passage_of
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.articles import label
from retrieval.ranking.normalised_stories import Normaliser
from retrieval.ranking.passages import passage
from retrieval.ranking.pieces import Piece, text_of
from retrieval.ranking.ranking import Hit
from retrieval.ranking.rules import is_rule
from retrieval.ranking.sentence_scorer import SentenceScorer, scorer_of
from retrieval.ranking.sentences import sentence
from retrieval.text import analyzer
from retrieval.text.near_duplicates import is_near_duplicate, shingles
from retrieval.text.numbers import WRITTEN

_PASSAGES = 1024
"""Of how many passages it is kept where their numbers stand: a megabyte or two."""


def shown_passages(
    question: ParsedQuestion,
    hits: Iterable[Hit],
    limit: int,
    normaliser: Normaliser,
    pinned: Hit | None = None,
) -> list[Passage]:
    """The passages around the best hits: of a story each sentence once at most, of several
    posts that carry the same words the best; of the `pinned` one nothing but its paragraph."""
    passages: list[Passage] = []
    shown: dict[str, set[int]] = {}
    stories: dict[str, tuple[SentenceScorer, list[Piece], Sequence[range]]] = {}
    wordings: list[tuple[str, frozenset[str]]] = []
    forms = {form for concept in question.concepts for form in concept.forms}
    for hit in hits:
        if len(passages) == limit:
            break
        post = hit.story.post
        if post.id not in stories:
            made = normaliser.forms(hit.story)
            stories[post.id] = scorer_of(question, made.title), made.pieces, made.units
        scorer, story, own = stories[post.id]
        before = shown.setdefault(post.id, set())
        apart = _apart(hit, story, alone=hit is pinned)
        unit = own[hit.position]
        if is_rule(hit.story) and label(post.paragraphs[unit.start].text):
            apart |= {at for at, p in enumerate(story) if p.paragraph not in unit}
            if any(story[at].paragraph in unit for at in before):  # an article is shown once
                continue
        start, end = passage(scorer, story, unit, before | apart)
        if start == end:
            continue
        before.update(range(start, end))
        chosen = story[start:end]
        wording = shingles("".join(piece.normal for piece in chosen))
        if any(of != post.id and is_near_duplicate(known, wording) for of, known in wordings):
            continue
        wordings.append((post.id, wording))
        text = text_of(chosen)
        passages.append(
            passage_of(
                hit.story,
                hit.position,
                text,
                sentence(scorer, chosen),
                score=hit.score,
                highlights=tuple(_highlights(text, forms)),
            )
        )
    return passages


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
