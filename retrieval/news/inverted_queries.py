"""Many saved queries → which of them a post answers, all at once.

What the queries name is inverted (form → queries), so that a post is read once for all of them. One
pass gives each query the most that the post could say of it, wherever it stands; only those for
which that is enough are scored place by place, as an answer would be.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpus.reading.post_types import PostType
from retrieval.answering.answerer import Answerer
from retrieval.news.concept_index import ConceptIndex, short_nouns, with_false_words_parted
from retrieval.news.titles import (
    counts_money,
    crimes_in,
    is_of_case,
    is_of_sales,
    tells_change,
)
from retrieval.news.wants import Wanted, wanted_by
from retrieval.question.question import Named
from retrieval.ranking.confidence import LEAST_CONFIDENCE, UNKNOWN_ENTITY_PENALTY, combined
from retrieval.ranking.normalised_stories import NormalisedStory
from retrieval.ranking.signals import scoring_concepts

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

LEAST_SAID = 0.7
"""What a post must say, in one window, of what a query names. An answer may say less: of all posts
it is the best one; a new post stands alone. Not a higher confidence, which is also of how rare
the words are: where all posts are of evaders, 加油站 偷税 is never as sure as that."""

LEAST_OF_A_WORD = 0.6
"""What it must say, anywhere, of each word that the query parts by a space. One of three characters
is said whole, perhaps with a few others inside (自贸试验区 is 自贸区): half of it (海外 of 海外仓)
is another word."""

_SAID_WHOLE = 3
_INSIDE = "[一-鿿]{0,3}"

_EARLY = 6  # sentences in which a case says what it is about; what comes later, it says again
_LEAD = 1  # and in which any other post says it; with the one after
_AGAIN = 3  # places that say it: one sentence is in two, with the one before and the one after

_LEAST_TITLED = 3  # titles that name what a query does, from which its subject can be told
_WHOLE = 0.5  # the part of a concept that is a word, and no pair of characters across two
_SHARE_OF_CASES = 0.1  # of these titles, at least, where cases are of that subject too

_ROUNDING = 1e-9  # by which a sum of parts may miss what it is in full


@dataclass(frozen=True, slots=True)
class Title:
    """The title of a recent post, normalised, and whether the post is of a case."""

    text: str
    is_of_case: bool


class InvertedQueries:
    """Saved queries by what they name. A query is known by its position among them."""

    def __init__(
        self, queries: Sequence[Named], answerer: Answerer, titles: Sequence[Title]
    ) -> None:
        """`titles` of recent posts say which words are alternatives, and what cases are of."""
        recent = [title.text for title in titles]
        wanted = [wanted_by(query, recent) for query in queries]
        self._answerer = answerer
        self._needed = answerer.window_score_at(LEAST_CONFIDENCE) - _ROUNDING
        self._index = ConceptIndex()
        self._kinds = _Kinds(wanted)
        self._rows = _Rows(wanted, answerer, self._index)
        self._words = _Words(wanted, self._index)
        self._names = _Names(wanted, answerer, self._index)
        in_titles = [self._index.matched([title.text])[:, 0] for title in titles]
        are_of_cases = [title.is_of_case for title in titles]
        self._are_of_cases = self._kinds.are_of_cases | self._rows.in_cases(in_titles, are_of_cases)
        self._topics = self._rows.topics(self._words.are_alone, in_titles)

    def answered_by(self, post: NormalisedStory, type_: PostType) -> list[tuple[int, float]]:
        """The queries that a post of a type answers, by their positions, and how surely."""
        said = self._index.matched([post.whole])[:, 0]
        is_case = is_of_case(post.title, type_)
        may_be = self._rows.may_answer(said, self._needed)
        may_be &= self._kinds.admit(post.title, is_case=is_case)
        may_be &= self._words.are_said(said, may_be, post.whole)
        positions = np.flatnonzero(may_be)
        if not len(positions):
            return []
        places = self._places(post, positions)
        unknown = self._names.lacking(said, positions)
        scores = places.best_scores() - UNKNOWN_ENTITY_PENALTY * unknown
        is_about = self._is_about(places, positions, is_case=is_case)
        if type_ == "statute":
            is_about &= places.in_title()
        sure = is_about & (scores >= self._needed)
        return [
            (int(position), self._answerer.window_confidence(float(score)))
            for position, score in zip(positions[sure], scores[sure], strict=True)
        ]

    def _places(self, post: NormalisedStory, positions: Integers) -> "_Places":
        """What a post says, place by place, of the queries at some positions."""
        sentences = [sentence for sentences in post.paragraphs for sentence in sentences]
        texts = with_false_words_parted([post.title, *sentences], self._rows.short_nouns)
        rows = self._rows.of(positions)
        seen = self._index.matched(texts)[self._rows.concepts[rows.numbers]]
        topics = self._topics[positions]
        of_topics = rows.firsts + np.maximum(topics - self._rows.starts[positions], 0)
        topics = np.where(topics >= 0, of_topics, -1)
        return _Places([post.title, *sentences], texts, self._rows, rows, seen, topics)

    def _is_about(self, places: "_Places", positions: Integers, *, is_case: bool) -> Bools:
        """Of which queries at some positions a post is about what they name."""
        of_change = self._kinds.are_of_change[positions]
        enough = places.say_enough(of_change)
        in_lead = ~self._kinds.are_of_cases[positions] & (not is_case)
        is_about = _is_told(enough, places.opens(), in_lead)
        if is_case:
            is_about &= enough[:, 0] | self._are_of_cases[positions]
        return is_about


class _Kinds:
    """What kind of posts each query wants."""

    def __init__(self, wanted: Sequence[Wanted]) -> None:
        subjects = np.array([wants.subject for wants in wanted])
        self._are_of_rules: Bools = subjects == "rules"
        self.are_of_cases: Bools = subjects == "cases"
        self._are_of_any_case = _flags(wants.is_of_any_case for wants in wanted)
        self._are_of_sales = _flags(wants.is_of_sales for wants in wanted)
        self.are_of_change = _flags(wants.is_of_change for wants in wanted)
        self._of_crimes: dict[frozenset[str], list[int]] = defaultdict(list)
        for position, wants in enumerate(wanted):
            self._of_crimes[wants.crimes].append(position)

    def admit(self, title: str, *, is_case: bool) -> Bools:
        """Which queries want a post of this title, as far as that tells."""
        admitted = ~self._are_of_rules if is_case else ~self._are_of_any_case
        if is_of_sales(title):
            admitted &= ~self._are_of_rules | self._are_of_sales
        if is_case:
            admitted &= ~self._are_of_other_crimes(title)
        return admitted

    def _are_of_other_crimes(self, title: str) -> Bools:
        """Which queries name a crime, but none of those that the title of a case names."""
        titled = crimes_in(title)
        others = np.zeros(len(self.are_of_cases), np.bool_)
        for crimes, positions in self._of_crimes.items():
            if crimes and titled and crimes.isdisjoint(titled):
                others[positions] = True
        return others


@dataclass(frozen=True, slots=True)
class _Selection:
    """The rows of some queries: their `numbers`; where among these each query begins, `firsts`;
    and how many each has, `counts`."""

    numbers: Integers
    firsts: Integers
    counts: Integers


class _Rows:
    """The concepts that the queries name and that tell: a row each, those of a query adjacent.

    By row: the `owners` are the positions of the queries, `parts` what saying the concept is worth
    to the query (1 for all of them), `concepts` the numbers in the index. By query: `starts`.
    """

    def __init__(self, wanted: Sequence[Wanted], answerer: Answerer, index: ConceptIndex) -> None:
        rows = [
            (position, concept)
            for position, wants in enumerate(wanted)
            for concept in scoring_concepts(wants.named)
        ]
        concepts = [concept for _, concept in rows]
        self._size = len(wanted)
        self._index = index
        self.owners = np.array([position for position, _ in rows], np.int64)
        parts = np.array([concept.part for concept in concepts])
        self.are_words = parts >= _WHOLE
        totals = np.bincount(self.owners, parts, self._size)
        self.parts = parts / totals[self.owners] if rows else parts
        self.idf_masses = np.array(answerer.idf_masses(concepts))
        self.concepts = index.add(concepts)
        self.starts = np.searchsorted(self.owners, np.arange(self._size + 1))
        self.short_nouns = short_nouns(concepts)
        self._idfs = np.array([concept.idf for concept in concepts])

    def of(self, positions: Integers) -> _Selection:
        """The rows of the queries at some positions."""
        starts = self.starts[positions]
        counts = self.starts[positions + 1] - starts
        ends = np.cumsum(counts)
        firsts = ends - counts
        return _Selection(np.arange(ends[-1]) + np.repeat(starts - firsts, counts), firsts, counts)

    def may_answer(self, said: Bools, needed: float) -> Bools:
        """Which queries a post may answer that says these concepts somewhere: those that it would,
        were all of it said in one window."""
        anywhere = said[self.concepts]
        coverage = np.bincount(self.owners, self.parts * anywhere, self._size)
        idf_mass = np.bincount(self.owners, self.idf_masses * anywhere, self._size)
        may: Bools = _is_enough(coverage) & (combined(coverage, idf_mass) >= needed)
        return may

    def in_cases(self, in_titles: Sequence[Bools], are_of_cases: Sequence[bool]) -> Bools:
        """Which queries cases have in their titles, among posts that have, by the concepts in each
        title; true of all that hardly any title has."""
        counts = np.zeros((2, self._size))
        for in_title, is_case in zip(in_titles, are_of_cases, strict=True):
            rows = np.flatnonzero(in_title[self.concepts])  # few
            coverage = np.bincount(self.owners[rows], self.parts[rows], self._size)
            counts[int(is_case)] += _is_enough(coverage)
        is_rare = counts.sum(axis=0) < _LEAST_TITLED
        are_titled: Bools = is_rare | (counts[1] >= _SHARE_OF_CASES * counts[0])
        return are_titled

    def topics(self, are_alone: Bools, in_titles: Sequence[Bools]) -> Integers:
        """By query that is one word, the row of its rarest word that titles name; -1 for none."""
        often = sum((each.astype(np.int64) for each in in_titles), np.zeros(1, np.int64))
        is_titled = np.broadcast_to(often >= _LEAST_TITLED, len(self._index))[self.concepts]
        worth = np.where(is_titled & self.are_words, self._idfs, 0.0)
        topics = np.full(self._size, -1)
        for position in np.flatnonzero(are_alone):
            start, end = self.starts[position : position + 2]
            if worth[start:end].any():
                topics[position] = start + worth[start:end].argmax()
        return topics


class _Words:
    """The words of the queries that spaces part, of each of which a post must say enough.

    `_words`, `_parts` and `_concepts` are by concept in a word, the others by word.
    """

    def __init__(self, wanted: Sequence[Wanted], index: ConceptIndex) -> None:
        owned = [(position, word) for position, wants in enumerate(wanted) for word in wants.words]
        inside = [
            (number, concept)
            for number, (position, word) in enumerate(owned)
            for concept in wanted[position].demanded
            if concept.forms[0] in word
        ]
        self._written = [word for _, word in owned]
        self._owners = np.array([position for position, _ in owned], np.int64)
        self._are_short = _flags(len(word) == _SAID_WHOLE for word in self._written)
        self._words = np.array([number for number, _ in inside], np.int64)
        self._parts = np.array([concept.part for _, concept in inside])
        self._totals = np.bincount(self._words, self._parts, len(owned))
        self._concepts = index.add(concept for _, concept in inside)
        self.are_alone = _flags(len(wants.words) == 1 for wants in wanted)

    def are_said(self, said: Bools, queries: Bools, text: str) -> Bools:
        """Of which of some `queries` a post says enough of each word, by the concepts that it says
        and its text; what is returned of the other queries means nothing."""
        coverage = np.bincount(self._words, self._parts * said[self._concepts], len(self._totals))
        lacking = coverage < LEAST_OF_A_WORD * self._totals - _ROUNDING
        in_part = coverage < self._totals - _ROUNDING
        in_part &= self._are_short & queries[self._owners]
        for word in np.flatnonzero(in_part & ~lacking):
            lacking[word] = _with_others_inside(self._written[word]).search(text) is None
        says = np.ones(len(queries), np.bool_)
        says[self._owners[lacking]] = False
        return says


@lru_cache(maxsize=4096)
def _with_others_inside(word: str) -> re.Pattern[str]:
    """A word as it is, or with other characters inside."""
    first, last = re.escape(word[:1]), re.escape(word[-1:])
    return re.compile(f"{re.escape(word[:2])}{_INSIDE}{last}|{first}{_INSIDE}{re.escape(word[1:])}")


class _Names:
    """The persons and places that the queries name."""

    def __init__(self, wanted: Sequence[Wanted], answerer: Answerer, index: ConceptIndex) -> None:
        named = [
            (position, name)
            for position, wants in enumerate(wanted)
            for name in wants.named.entities
        ]
        names = [name for _, name in named]
        self._size = len(wanted)
        self._owners = np.array([position for position, _ in named], np.int64)
        self._rarities = np.minimum(1.0, np.array(answerer.idf_masses(names)))
        self._concepts = index.add(names)

    def lacking(self, said: Bools, positions: Integers) -> Floats:
        """How rare, in 0–1, the rarest name is that a query at one of these positions has and a
        post lacks that says these concepts."""
        rarest = np.zeros(self._size)
        lacking = ~said[self._concepts]
        np.maximum.at(rarest, self._owners[lacking], self._rarities[lacking])
        return rarest[positions]


class _Places:
    """What the places of a post, its title and then its sentences, say of some queries.

    A place is read alone, and in its window: with the title and the next sentence, as
    `confidence.coverage_and_score` has it.
    """

    def __init__(
        self,
        written: Sequence[str],
        texts: Sequence[str],
        of_all: _Rows,
        rows: _Selection,
        seen: Bools,
        topics: Integers,
    ) -> None:
        """`seen`: whether the concept of a row stands in a place (rows, places). `topics` are by
        query the place among `rows` of what a window must hold to say anything, -1 for none."""
        self._written = written
        self._texts = texts
        self._rows = rows
        self._seen = seen
        self._parts = of_all.parts[rows.numbers]
        self._idf_masses = of_all.idf_masses[rows.numbers]
        self._are_words = of_all.are_words[rows.numbers]
        self._in_window = seen | seen[:, :1]
        self._in_window[:, 1:-1] |= seen[:, 2:]
        self._coverage = self._covered(self._in_window).round(9)
        self._coverage[~self._in_window[topics] & (topics >= 0)[:, None]] = 0.0

    def _covered(self, held: Bools) -> Floats:
        """Which share of each query is held: (queries, places)."""
        covered: Floats = np.add.reduceat(held * self._parts[:, None], self._rows.firsts)
        return covered

    def best_scores(self) -> Floats:
        """By query the score of the window that covers it best."""
        best = self._coverage.argmax(axis=1)
        of_rows = np.repeat(best, self._rows.counts)
        at_best = self._in_window[np.arange(len(of_rows)), of_rows]
        idf_mass = np.add.reduceat(at_best * self._idf_masses, self._rows.firsts)
        scores: Floats = combined(self._coverage[np.arange(len(best)), best], idf_mass)
        return scores

    def say_enough(self, of_change: Bools) -> Bools:
        """Whether a place says enough of a query in its window; and alone, and tells of a change,
        where the query is `of_change`: (queries, places)."""
        enough = _is_enough(self._coverage)
        if of_change.any():
            alone = _is_enough(self._covered(self._seen)) & _changes(self._texts)
            enough[of_change] &= alone[of_change]
        return enough

    def opens(self) -> Bools:
        """Which sentences begin an item of an agenda or a list, a subject of its own."""
        return _flags(_ITEM.search(sentence) is not None for sentence in self._written[1:])

    def in_title(self) -> Bools:
        """Of which queries the title has a word."""
        titled: Bools = np.logical_or.reduceat(
            self._seen[:, 0] & self._are_words, self._rows.firsts
        )
        return titled


# With what an item of an agenda, or of a list, begins.
_ITEM = re.compile(
    r"会议(?:还|同时)?(?:决定|确定|通过|审议通过|讨论通过|明确|要求)"
    r"|^(?:[一二三四五六七八九十]+(?:是|要|、)|\(?[一二三四五六七八九十\d]+\)|\d+\.(?!\d)"
    r"|[其第][一二三四五六七八九十][是,、]|案例[一二三四五六七八九十\d]+)"
    r"|[,:]第?一是"
)


def _is_told(enough: Bools, opens: Bools, in_lead: Bools) -> Bools:
    """Which queries a post is about, by the places that say enough of each: its title or first
    sentences do (its lead, where it is wanted `in_lead`), or where an item begins, or several
    places."""
    early = enough[:, : 1 + _EARLY].any(axis=1)
    first: Bools = np.where(in_lead, enough[:, : 1 + _LEAD].any(axis=1), early)
    again = enough[:, 1:][:, opens].any(axis=1) | (enough.sum(axis=1) >= _AGAIN)
    is_about: Bools = first | again
    return is_about


def _changes(texts: Sequence[str]) -> Bools:
    """Which of a post's title and sentences tell of a change; a title that counts money does not,
    and any other does."""
    title, *sentences = texts
    return np.array([not counts_money(title), *map(tells_change, sentences)], np.bool_)


def _is_enough(coverage: NDArray[Any]) -> Bools:
    enough: Bools = coverage >= LEAST_SAID - _ROUNDING
    return enough


def _flags(values: Iterable[bool]) -> Bools:
    return np.array(list(values), np.bool_)
