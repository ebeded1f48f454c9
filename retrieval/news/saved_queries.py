"""Saved queries → which of them a new post answers.

The other way round than a search: the queries wait, the post comes. What the queries
name is inverted (form → queries), so that a post is read once for all of them: one pass
gives each query the most that the post could say of it, wherever it stands, and only
those for which that is enough are scored as an answer would be, all at once. A passage is
chosen when it is asked for.

A post says what its sentences say, but for boilerplate (`retrieval.news.boilerplate`) and asides
(`retrieval.news.asides`), and the names of the places that it is about. It is about what it says
early, more than once, or where an item of its agenda begins. What a query wants of it, and posts of
which types, says `retrieval.news.wants`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from corpus.reading.post_types import PostType
from corpus.store.values import Story
from retrieval.answering.answer import Passage, passage_of
from retrieval.answering.answerer import Answerer
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.news.asides import without_asides
from retrieval.news.boilerplate import common_clauses, without_boilerplate
from retrieval.news.wants import (
    counts_money,
    crimes_in,
    is_of_case,
    is_of_sales,
    tells_change,
    wanted_by,
)
from retrieval.question.question import Concept, Named
from retrieval.ranking.confidence import (
    LEAST_CONFIDENCE,
    UNKNOWN_ENTITY_PENALTY,
    combined,
)
from retrieval.ranking.normalised_stories import NormalisedStory, normalise
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE, pieces
from retrieval.ranking.signals import scoring_concepts
from retrieval.text import analyzer

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

_Title = tuple[str, bool]  # of a post, normalised; and whether that is of a case
_LEAST_TITLED = 3  # titles that name what a query does, from which its subject can be told
_WHOLE = 0.5  # the part of a concept that is a word, and no pair of characters across two
_SHARE_OF_CASES = 0.1  # of these titles, at least, where cases are of that subject too

_READ_AGAIN = timedelta(days=1)  # 今年, how rare words are and boilerplate change slowly


@dataclass(frozen=True, slots=True)
class Match:
    """A saved query (its key) that a post answers, and how surely, in 0–1."""

    query: int
    confidence: float
    _choose: Callable[[], Passage] = field(repr=False, compare=False)

    @property
    def passage(self) -> Passage:
        """The passage that answers, chosen when it is first asked for."""
        return self._choose()


class SavedQueryMatcher:
    """Saved queries, waiting for posts. Not thread-safe."""

    def __init__(self, answerer: Answerer, recent: Callable[[], Iterable[Story]]) -> None:
        """`recent` are the stories from which boilerplate is learned, once a day."""
        self._answerer = answerer
        self._recent = recent
        self._common: frozenset[str] = frozenset()
        self._named: dict[str, Named] = {}
        self._read_at = datetime.min.replace(tzinfo=timezone.utc)
        self._queries: dict[int, str] = {}
        self._titles: list[_Title] = []
        self._inverted = _Inverted([], answerer, [])

    def replace_queries(self, queries: Mapping[int, str], now: datetime | None = None) -> None:
        """These queries wait from now on, by their keys, and no others."""
        now = now or datetime.now(timezone.utc)
        is_due = now - self._read_at >= _READ_AGAIN
        if queries == self._queries and not is_due:
            return
        if is_due:
            self._named, self._read_at = {}, now
            recent = [(normalise(story), story.type) for story in self._recent()]
            self._common = common_clauses(story for story, _ in recent)
            self._titles = [
                (story.title, is_of_case(story.title, type_)) for story, type_ in recent
            ]
        wanted = set(queries.values())
        with self._answerer.at_one_state():
            self._named = {
                query: self._named.get(query)
                or self._answerer.named(query[:LONGEST_QUESTION], now, both_ways=True)
                for query in sorted(wanted)
            }
        # Popular queries once. What may fail comes before what is replaced.
        asked = list(dict.fromkeys(queries.values()))
        inverted = _Inverted([self._named[query] for query in asked], self._answerer, self._titles)
        self._queries, self._asked, self._inverted = dict(queries), asked, inverted

    def match(self, story: Story) -> list[Match]:
        """The queries that `story` answers, in the order in which they are held."""
        if not story.keys:
            return []
        news = self.news_of(story)
        newsy = _without_empty(story, news)
        found = {
            self._asked[position]: (confidence, self._chooser(self._asked[position], newsy))
            for position, confidence in self._inverted.answered_by(news, story.type)
        }
        return [Match(key, *found[query]) for key, query in self._queries.items() if query in found]

    def news_of(self, story: Story) -> NormalisedStory:
        """A story without its boilerplate and asides."""
        news = without_boilerplate(normalise(story), self._common)
        return without_asides(news, story.type)

    def _chooser(self, query: str, story: Story) -> Callable[[], Passage]:
        now = self._read_at

        @cache
        def choose() -> Passage:
            question = self._answerer.read(query[:LONGEST_QUESTION], now, both_ways=True)
            passage = self._answerer.passage_in(question, story)
            assert passage, "a story with a paragraph has a passage"
            return passage

        return choose


def _without_empty(story: Story, news: NormalisedStory) -> Story:
    """The story without the paragraphs of which `news` has nothing; whole, if that is all."""
    kept = [position for position, sentences in enumerate(news.paragraphs) if any(sentences)]
    if not kept:
        return story
    paragraphs = tuple(story.post.paragraphs[position] for position in kept)
    keys = tuple(story.keys[position] for position in kept)
    return replace(story, post=replace(story.post, paragraphs=paragraphs), keys=keys)


def opening(story: Story) -> Passage:
    """The passage with which a story opens, where nothing is asked of it."""
    first, *rest = pieces([p.text for p in story.post.paragraphs], LONGEST_PASSAGE)
    text, paragraph = first.text, first.paragraph
    for piece in rest:
        between = "\n" if piece.paragraph > paragraph else ""
        if len(text) + len(between) + len(piece.text) > LONGEST_PASSAGE:
            break
        text, paragraph = text.rstrip() + between + piece.text, piece.paragraph
    return passage_of(story, 0, text.strip(), first.text.strip()[:LONGEST_SENTENCE], score=0.0)


class _Inverted:
    """What many questions name, by its forms, and what saying it is worth to which question.

    A row is a concept of a question, one that tells; the rows of a question are adjacent.
    """

    def __init__(
        self, questions: Sequence[Named], answerer: Answerer, titles: Sequence[_Title]
    ) -> None:
        self._answerer = answerer
        self._needed = answerer.window_score_at(LEAST_CONFIDENCE)
        self._size = len(questions)
        self._forms = _Forms()
        recent = [title for title, _ in titles]
        wanted = [wanted_by(question, recent) for question in questions]
        rows = [
            (position, concept)
            for position, wants in enumerate(wanted)
            for concept in scoring_concepts(wants.named)
        ]
        self._subjects = np.array([wants.subject for wants in wanted])
        self._are_of_sales = np.array([wants.is_of_sales for wants in wanted], np.bool_)
        self._are_of_any_case = np.array([wants.is_of_any_case for wants in wanted], np.bool_)
        self._are_of_change = np.array([wants.is_of_change for wants in wanted], np.bool_)
        self._of_crimes: dict[frozenset[str], list[int]] = defaultdict(list)
        for position, wants in enumerate(wanted):
            self._of_crimes[wants.crimes].append(position)
        self._owners = np.array([position for position, _ in rows], np.int64)
        parts = np.array([concept.part for _, concept in rows])
        self._are_words = parts >= _WHOLE
        self._things_of_two = _things_of_two(concept for _, concept in rows)
        totals = np.bincount(self._owners, parts, self._size)
        self._parts = parts / totals[self._owners] if rows else parts
        self._idf_masses = np.array(answerer.idf_masses([concept for _, concept in rows]))
        self._starts = np.searchsorted(self._owners, np.arange(self._size + 1))
        self._concepts = self._forms.add(concept for _, concept in rows)
        # Of the words that spaces part, and of names: which question's, and what each is worth.
        words = [
            (position, [c for c in wants.demanded if c.forms[0] in word])
            for position, wants in enumerate(wanted)
            for word in wants.words
        ]
        self._parted_words = [word for wants in wanted for word in wants.words]
        self._is_short = np.array([len(w) == _SAID_WHOLE for w in self._parted_words], np.bool_)
        self._word_owners = np.array([position for position, _ in words], np.int64)
        in_words = [(number, c) for number, (_, found) in enumerate(words) for c in found]
        self._words = np.array([number for number, _ in in_words], np.int64)
        self._word_parts = np.array([concept.part for _, concept in in_words])
        self._word_totals = np.bincount(self._words, self._word_parts, len(words))
        self._word_concepts = self._forms.add(concept for _, concept in in_words)
        names = [
            (position, name)
            for position, wants in enumerate(wanted)
            for name in wants.named.entities
        ]
        self._name_owners = np.array([position for position, _ in names], np.int64)
        rarities = answerer.idf_masses([name for _, name in names])
        self._rarities = np.minimum(1.0, np.array(rarities))
        self._name_concepts = self._forms.add(name for _, name in names)
        said = [(self._forms.matched([title])[:, 0], is_case) for title, is_case in titles]
        self._is_of_cases = self._titled_as_cases(said)
        often = sum((by_title.astype(np.int64) for by_title, _ in said), np.zeros(1, np.int64))
        is_titled = np.broadcast_to(often >= _LEAST_TITLED, len(self._forms))[self._concepts]
        idfs = np.array([concept.idf for _, concept in rows])
        is_one_word = np.array([len(wants.words) == 1 for wants in wanted], np.bool_)
        self._topics = self._rarest(np.where(is_titled & self._are_words, idfs, 0.0), is_one_word)

    def _titled_as_cases(self, said: Sequence[tuple[NDArray[np.bool_], bool]]) -> NDArray[np.bool_]:
        """Which questions cases have in their titles, among posts that have, by what the titles
        say; true of all that hardly any title has."""
        counts = np.zeros((2, self._size))
        for by_title, is_case in said:
            rows = np.flatnonzero(by_title[self._concepts])  # few
            coverage = np.bincount(self._owners[rows], self._parts[rows], self._size)
            counts[int(is_case)] += coverage >= LEAST_SAID - 1e-9
        is_rare = counts.sum(axis=0) < _LEAST_TITLED
        is_of_cases = self._subjects == "cases"
        has_cases: NDArray[np.bool_] = counts[1] >= _SHARE_OF_CASES * counts[0]
        titled: NDArray[np.bool_] = has_cases | is_rare | is_of_cases
        return titled

    def _rarest(
        self, worth: NDArray[np.float64], is_one_word: NDArray[np.bool_]
    ) -> NDArray[np.int64]:
        """The row that is worth most of each question of one word, -1 where none is worth
        anything."""
        rarest = np.full(self._size, -1)
        for position in np.flatnonzero(is_one_word):
            start, end = self._starts[position : position + 2]
            if worth[start:end].any():
                rarest[position] = start + worth[start:end].argmax()
        return rarest

    def answered_by(self, post: NormalisedStory, type_: PostType) -> list[tuple[int, float]]:
        """The questions that a post of a type answers, by their positions, and how surely."""
        whole = self._forms.matched([post.whole])[:, 0]
        anywhere = whole[self._concepts]
        coverage = np.bincount(self._owners, self._parts * anywhere, self._size)
        idf_mass = np.bincount(self._owners, self._idf_masses * anywhere, self._size)
        # The most it could come to, were all of it said in one window.
        enough = (coverage >= LEAST_SAID - 1e-9) & (
            combined(coverage, idf_mass) >= self._needed - 1e-9
        )
        is_case = is_of_case(post.title, type_)
        enough &= self._subjects != "rules" if is_case else ~self._are_of_any_case
        if is_of_sales(post.title):
            enough &= (self._subjects != "rules") | self._are_of_sales
        if is_case:
            enough &= ~self._of_other_crimes(post.title)
        enough &= self._says_each(whole, enough, post.whole)
        positions = np.flatnonzero(enough)
        if not len(positions):
            return []
        most, weight, is_about = self._best(
            positions, post, is_case=is_case, is_statute=type_ == "statute"
        )
        sure = (
            combined(most, weight) - UNKNOWN_ENTITY_PENALTY * self._unknown_entity(whole)[positions]
        )
        good = is_about & (sure >= self._needed - 1e-9)
        return [
            (int(position), self._answerer.window_confidence(float(found)))
            for position, found in zip(positions[good], sure[good], strict=True)
        ]

    def _of_other_crimes(self, title: str) -> NDArray[np.bool_]:
        """Which questions name a crime, but none of those that the title of a case names."""
        titled = crimes_in(title)
        others = np.zeros(self._size, np.bool_)
        for crimes, positions in self._of_crimes.items():
            if crimes and titled and crimes.isdisjoint(titled):
                others[positions] = True
        return others

    def _best(
        self,
        positions: NDArray[np.int64],
        post: NormalisedStory,
        *,
        is_case: bool,
        is_statute: bool,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Coverage and idf mass of each question at `positions`, where the post covers it best: its
        title and two adjacent sentences (as `confidence.coverage_and_score` has it). And whether
        the post is about it."""
        sentences = [sentence for sentences in post.paragraphs for sentence in sentences]
        texts = _with_false_words_parted([post.title, *sentences], self._things_of_two)
        seen = self._forms.matched(texts)
        places_seen = seen | seen[:, :1]
        places_seen[:, 1:-1] |= seen[:, 2:]
        counts = self._starts[positions + 1] - self._starts[positions]
        ends = np.cumsum(counts)
        rows = np.arange(ends[-1]) + np.repeat(self._starts[positions] - (ends - counts), counts)
        held = places_seen[self._concepts[rows]]
        firsts = ends - counts
        coverage = np.add.reduceat(held * self._parts[rows, None], firsts).round(9)
        topics = self._topics[positions]
        at_topics = firsts + np.maximum(topics - self._starts[positions], 0)
        coverage[~held[at_topics] & (topics >= 0)[:, None]] = 0.0
        best = coverage.argmax(axis=1)
        at_best = held[np.arange(len(rows)), np.repeat(best, counts)]
        idf_mass = np.add.reduceat(at_best * self._idf_masses[rows], firsts)
        enough = coverage >= LEAST_SAID - 1e-9
        of_change = self._are_of_change[positions]
        if of_change.any():
            alone = np.add.reduceat(seen[self._concepts[rows]] * self._parts[rows, None], firsts)
            enough[of_change] &= ((alone >= LEAST_SAID - 1e-9) & _changes(texts))[of_change]
        in_lead = (self._subjects[positions] != "cases") & (not is_case)
        is_about = _is_about(enough, _openings(sentences), in_lead)
        if is_case:
            is_about &= enough[:, 0] | self._is_of_cases[positions]
        if is_statute:
            in_title = seen[self._concepts[rows], 0] & self._are_words[rows]
            is_about &= np.logical_or.reduceat(in_title, firsts)
        return coverage[np.arange(len(positions)), best], idf_mass, is_about

    def _says_each(
        self, whole: NDArray[np.bool_], asked: NDArray[np.bool_], text: str
    ) -> NDArray[np.bool_]:
        """Which of the questions that are `asked` have enough said of every word that a space
        parts, in a text in which a post says these concepts."""
        coverage = np.bincount(
            self._words, self._word_parts * whole[self._word_concepts], len(self._word_totals)
        )
        lacking = coverage < LEAST_OF_A_WORD * self._word_totals - 1e-9
        halves = self._is_short & asked[self._word_owners] & (coverage < self._word_totals - 1e-9)
        for word in np.flatnonzero(halves & ~lacking):
            lacking[word] = _with_others_inside(self._parted_words[word]).search(text) is None
        says = np.ones(self._size, np.bool_)
        says[self._word_owners[lacking]] = False
        return says

    def _unknown_entity(self, whole: NDArray[np.bool_]) -> NDArray[np.float64]:
        """How rare, in 0–1, the rarest person or place is that a question names and the post
        lacks."""
        unknown = np.zeros(self._size)
        lacking = ~whole[self._name_concepts]
        np.maximum.at(unknown, self._name_owners[lacking], self._rarities[lacking])
        return unknown


@lru_cache(maxsize=4096)
def _with_others_inside(word: str) -> re.Pattern[str]:
    """A word as it is, or with others inside."""
    first, last = re.escape(word[:1]), re.escape(word[-1:])
    return re.compile(f"{re.escape(word[:2])}{_INSIDE}{last}|{first}{_INSIDE}{re.escape(word[1:])}")


# With what an item of an agenda, or of a list, begins.
_ITEM = re.compile(
    r"会议(?:还|同时)?(?:决定|确定|通过|审议通过|讨论通过|明确|要求)"
    r"|^(?:[一二三四五六七八九十]+(?:是|要|、)|\(?[一二三四五六七八九十\d]+\)|\d+\.(?!\d)"
    r"|[其第][一二三四五六七八九十][是,、]|案例[一二三四五六七八九十\d]+)"
    r"|[,:]第?一是"
)


def _is_about(
    enough: NDArray[np.bool_], opens: NDArray[np.bool_], in_lead: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Which questions a post is about, by the places that say enough of each (the title, then the
    sentences): its title or first sentences do (its lead, where it is wanted `in_lead`), or where
    an item begins, or several places."""
    early = enough[:, : 1 + _EARLY].any(axis=1)
    first: NDArray[np.bool_] = np.where(in_lead, enough[:, : 1 + _LEAD].any(axis=1), early)
    again = enough[:, 1:][:, opens].any(axis=1) | (enough.sum(axis=1) >= _AGAIN)
    is_about: NDArray[np.bool_] = first | again
    return is_about


def _changes(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which of a post's title and sentences tell of a change; a title that counts money does not,
    and any other does."""
    title, *sentences = texts
    return np.array([not counts_money(title), *map(tells_change, sentences)], np.bool_)


def _openings(sentences: Sequence[str]) -> NDArray[np.bool_]:
    """Which sentences open an item of an agenda, or of a list, that is told for itself."""
    return np.array([_ITEM.search(sentence) is not None for sentence in sentences], np.bool_)


def _things_of_two(concepts: Iterable[Concept]) -> frozenset[str]:
    """The forms of two characters that are names of things to the dictionary."""
    forms = {form for concept in concepts for form in concept.forms if len(form) == 2}
    return frozenset(filter(_is_thing, forms))


@lru_cache(maxsize=16384)
def _is_thing(word: str) -> bool:
    return [tag[:1] for _, tag in analyzer.tagged(word)] == ["n"]


def _with_false_words_parted(texts: Sequence[str], words: frozenset[str]) -> list[str]:
    """Normalised texts, with a mark between two adjacent words where the last character of one and
    the first of the other make one of `words`: 有关税费 has no 关税."""
    found = [word for word, _ in analyzer.tagged(analyzer.SEPARATOR.join(texts))]
    across = [
        position
        for position, (word, after) in enumerate(pairwise(found))
        if len(word) > 1 < len(after) and word[-1] + after[0] in words
    ]
    for position in across:
        found[position] += "|"
    return "".join(found).split(analyzer.SEPARATOR) if across else list(texts)


class _Forms:
    """Which of many concepts texts hold, each in any of its forms."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}
        self._holders: dict[str, list[int]] = {}
        self._by_length: dict[int, set[str]] = {}

    def add(self, concepts: Iterable[Concept]) -> NDArray[np.int64]:
        """The number of each concept: its row in what `seen` gives."""
        return np.array([self._number(concept.forms) for concept in concepts], np.int64)

    def _number(self, forms: tuple[str, ...]) -> int:
        if forms not in self._numbers:
            self._numbers[forms] = len(self._numbers)
            for form in forms:
                self._holders.setdefault(form, []).append(self._numbers[forms])
                self._by_length.setdefault(len(form), set()).add(form)
        return self._numbers[forms]

    def __len__(self) -> int:
        return len(self._numbers)

    def matched(self, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Whether a concept stands in a normalised text: (concepts, texts)."""
        matched = np.zeros((len(self._numbers), len(texts)), np.bool_)
        for column, text in enumerate(texts):
            numbers: list[int] = []
            for length, forms in self._by_length.items():
                parts = {text[i : i + length] for i in range(len(text) - length + 1)}
                for form in forms & parts:
                    numbers += self._holders[form]
            matched[numbers, column] = True
        return matched
