"""What speaks for each paragraph of the candidates, feature by feature."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from corpus.reading.post_types import NEWS
from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.index import Searchable
from retrieval.index_sync import K1, TITLE, B
from retrieval.question.question import ParsedQuestion, idfs
from retrieval.ranking.articles import article_number
from retrieval.ranking.candidates import Candidate
from retrieval.ranking.figures import wanted_figure
from retrieval.ranking.ranges import place_in_ranges, quantities_of
from retrieval.ranking.rules import applies, is_rule, is_statute_of
from retrieval.ranking.term_counts import term_counts
from retrieval.ranking.whose import is_of_other_person, persons_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FIELD_WEIGHTS = {"words": 0.5, "bigrams": 1.2, "characters": 1.0}
"""What a term of each field counts in `text`, beside its idf."""

RUN = 4
"""Characters of the runs that `verbatim` looks for."""

_VALUES = frozenset({"share", "amount", "threshold", "number", "date"})
"""The answer types, all certain, of what a rule comes to and till when, which the next changes."""

_PENAL = frozenset({"handling", "verdict", "trial"})
"""The answer types of what befalls somebody: of a rule the bounds of a fine or a term."""

_BOUNDS = re.compile(r"处[^。;]{0,30}以[上下][^。;]{0,12}(?:罚款|罚金|徒刑|拘役)")

_FEW = 2
"""The most words of a question that names a tax and one thing of it: 契税税率."""

_MOST, _NEARLY = 0.6, 0.8
"""How much of the words a story must say to be preferred: this much, and this share of the most
that a story says."""

_OWN = 0.01
"""What a paragraph's own BM25F counts beside its article's: it orders those of one article."""

_SLOWLY = 0.2
"""Half of what `recent` counts is gone in five years, of `newest` in one."""

# A text of the year in which it was published, of the year before that, and of the next.
_THIS_YEAR = re.compile(r"今年|本年|当年|日前|近日|[昨今][天日]|(?<![年\d])\d{1,2}月")
_YEAR_BEFORE = re.compile("去年|上年|上一年")
_YEAR_AFTER = re.compile("明年|下一?年")

# What came of a rule so far, and a question that asks for that.
_RESULTS = re.compile(r"同比|环比|累计|新增减税|数据显示")
_OF_RESULTS = re.compile(r"[了亿]|同比|累计|增[长速幅]|数据|收入|规模|[一总]共|全国")


@dataclass(frozen=True, slots=True)
class Averages:
    """Characters of a normalised paragraph and title of the corpus, on average."""

    text: float
    title: float


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the texts and paragraphs of candidates stand, those of one after another's: `starts`
    where a story's texts begin, `lengths` how many it has and `sizes` how many paragraphs; of each
    paragraph the place of its `own` text, of the one that it is read `by`, and of its `story`."""

    starts: Integers
    lengths: Sequence[int]
    sizes: Sequence[int]
    own: Integers
    by: Integers
    story: Integers

    def of_each(self, of_stories: Iterable[float]) -> Floats:
        """What is known of each story, by paragraph."""
        return np.array(list(of_stories), np.float64)[self.story]


def _layout(candidates: Sequence[Candidate]) -> _Layout:
    lengths = [len(one.texts) for one in candidates]
    sizes = [len(one.positions) for one in candidates]
    starts = _begins(lengths)
    own: list[int] = []
    by: list[int] = []
    for start, size, one in zip(starts.tolist(), sizes, candidates, strict=True):
        own += range(start + 1, start + 1 + size)
        by += [start + at for at in one.read_as]
    story = np.repeat(np.arange(len(sizes)), sizes)
    return _Layout(starts, lengths, sizes, np.array(own), np.array(by), story)


def _begins(sizes: Sequence[int]) -> Integers:
    """Where each of some lists begins that stand one after another."""
    return np.array([0, *accumulate(sizes[:-1])])


class Features:
    """The features of a question's candidates."""

    def __init__(self, question: ParsedQuestion, index: Searchable, averages: Averages) -> None:
        self._question = question
        self._averages = averages
        subject = "".join(question.subject.split())
        self._is_brief = question.asks_briefly_of_rule
        self._terms = [term for terms in question.terms.values() for term in terms]
        # A word that no text has is a name where a case is asked for, else a way of speaking.
        known = partial(idfs, index) if question.is_of_case else index.idf
        self._worth = np.array(
            [
                FIELD_WEIGHTS[field] * weight * idf
                for field, terms in question.terms.items()
                for weight, idf in zip(terms.values(), known(list(terms), field), strict=True)
            ]
        )
        runs = (subject[at : at + RUN] for at in range(len(subject) - RUN + 1))
        self._runs = list(dict.fromkeys(runs))
        self._forms = [form for concept in question.concepts for form in concept.forms]
        self._years = question.years
        self._persons = persons_of(subject)
        asks_results = self._years or _OF_RESULTS.search(question.normal)
        self._wants_rule = self._is_brief and not asks_results

    def of(self, candidates: Sequence[Candidate]) -> dict[str, Floats]:
        """By name the features of all paragraphs of the candidates, in their order; those that
        are 0 for all of them may be left out."""
        layout = _layout(candidates)
        texts = [text for one in candidates for text in one.texts]
        read = list(map(texts.__getitem__, layout.by.tolist()))
        features = {
            **self._of_words(texts, layout),
            **self._of_kind(candidates),
            **self._of_stories(candidates, layout),
            **self._of_texts(candidates, read, layout),
        }
        if self._wants_rule:
            features["type"][self._tell_results(candidates, read, layout, features)] = 0.0
        return features | self._of_head_questions(candidates, layout, features)

    def _of_words(self, texts: Sequence[str], layout: _Layout) -> dict[str, Floats]:
        """What the words of the question say of the paragraphs."""
        counts = term_counts(texts, [*self._terms, *self._runs, *self._forms])
        parts = np.cumsum([len(self._terms), len(self._runs)])
        of_terms, of_runs, of_forms = np.split(counts, parts, axis=1)
        scores = self._bm25f(texts, layout, of_terms)
        # In an article: its own words order its paragraphs.
        own = np.where(layout.by == layout.own, 0.0, _OWN * scores[layout.own])
        text = scores[layout.by] + own
        best = np.maximum.reduceat(text, _begins(layout.sizes))
        is_own = np.zeros(len(texts), np.bool_)
        is_own[layout.starts] = is_own[layout.own] = True
        of_forms[~is_own] = 0  # what is written in an article stands in its paragraphs
        return {
            "text": text,
            "best": layout.of_each(best),
            "story": layout.of_each(self._story_shares(of_forms, layout.starts)),
            "verbatim": ((of_runs > 0).sum(axis=1) / max(1, len(self._runs)))[layout.by],
        }

    def _story_shares(self, counts: Integers, starts: Integers) -> list[float]:
        """The share of the question's concepts, by squared idf, that each story says anywhere."""
        concepts = self._question.concepts
        if not concepts:
            return [0.0] * len(starts)
        weights = [concept.part * concept.idf**2 for concept in concepts]
        total = sum(weights) or 1.0
        begins = _begins([len(concept.forms) for concept in concepts])
        held = np.add.reduceat(np.add.reduceat(counts, starts), begins, axis=1) > 0
        return [
            sum(w for w, is_held in zip(weights, row, strict=True) if is_held) / total
            for row in held.tolist()
        ]

    def _of_kind(self, candidates: Sequence[Candidate]) -> dict[str, Floats]:
        """Which of the texts that are read hold the kind of thing that is asked for: of a story all
        if none does and that says nothing against it."""
        kind = self._question.answer_type
        if kind is None:
            return {}
        fitting: list[bool] = []
        for one in candidates:
            of_story = one.holds(kind.pattern)
            is_open = not kind.is_certain or len(of_story) == 1
            fitting += of_story if any(of_story) else [is_open] * len(of_story)
        return {"certain" if kind.is_certain else "likely": np.array(fitting, np.float64)}

    def _of_stories(self, candidates: Sequence[Candidate], layout: _Layout) -> dict[str, Floats]:
        """What the stories say as a whole."""
        question, stories = self._question, [one.story for one in candidates]
        usual = 1.0 if self._is_brief else 0.5
        of_type = ((story.type == "case") == question.is_of_case for story in stories)
        features = {
            "type": layout.of_each(usual * is_of_type for is_of_type in of_type),
            "place": layout.of_each(applies(story, question.places) for story in stories),
        }
        freshness = _freshness(stories)
        if question.wants_newest:
            features["newest"] = layout.of_each(freshness)
        if not question.is_of_case and not self._years:
            features["recent"] = layout.of_each(fresh**_SLOWLY for fresh in freshness)
        if not question.is_of_case:
            features["rule"] = layout.of_each(map(is_rule, stories))
        if taxes := question.taxes:
            texts = ("\n".join(one.own_texts) for one in candidates)
            of_tax = (all(tax.stands_in(text) for tax in taxes) for text in texts)
            features["tax"] = layout.of_each(of_tax)
        if self._persons:
            of_another = (is_of_other_person(self._persons, one.own_texts) for one in candidates)
            features["whose"] = 1 - layout.of_each(of_another)
        return features

    def _tell_results(
        self,
        candidates: Sequence[Candidate],
        read: Sequence[str],
        layout: _Layout,
        found: Mapping[str, Floats],
    ) -> NDArray[np.bool_]:
        """Which paragraphs are of news and tell what came of a rule (累计减税3亿元), and nothing of
        the form that is asked for."""
        is_news = layout.of_each(one.story.type in NEWS for one in candidates) > 0
        tells = np.array([_RESULTS.search(text) is not None for text in read], np.bool_)
        has_form = found["certain"] > 0 if "certain" in found else np.zeros(len(read), np.bool_)
        told: NDArray[np.bool_] = is_news & tells & ~has_form
        return told

    def _of_head_questions(
        self, candidates: Sequence[Candidate], layout: _Layout, found: Mapping[str, Floats]
    ) -> dict[str, Floats]:
        """What speaks, where few words ask about a tax or what a rule comes to, for those of the
        stories that say most of them; by the features that were `found` before."""
        question, kind = self._question, self._question.answer_type
        if not self._is_brief:
            return {}
        said = found["story"]
        most = said >= max(_MOST, _NEARLY * said.max())
        features: dict[str, Floats] = {}
        if len(question.words) <= _FEW:
            of_it = layout.of_each(is_statute_of(one.story, question) for one in candidates)
            features["statute"] = np.where(most, of_it, 0.0)
        if not self._years and kind and kind.name in _VALUES:
            rules = layout.of_each(one.story.type != "case" for one in candidates)
            features["value"] = np.where(most, rules * found["certain"] * found["recent"], 0.0)
        return features

    def _of_texts(
        self, candidates: Sequence[Candidate], read: Sequence[str], layout: _Layout
    ) -> dict[str, Floats]:
        """Whether the texts that are read hold the figure, the year, the article asked for."""
        features: dict[str, Floats] = {}
        if figure := wanted_figure(self._question.normal):
            features["figure"] = np.array(list(map(figure.fit, read)))
        kind = self._question.answer_type
        closest = _BOUNDS if kind and kind.name in _PENAL else kind and kind.closest
        is_telling = kind is not None and (kind.is_certain or kind.name == "venue")
        if closest and (self._is_brief or (is_telling and not self._question.is_of_case)):
            holds = [held for one in candidates for held in one.holds(closest)]
            features["closest"] = np.array(holds, np.float64)
        if said := quantities_of(self._question):
            places = [place_in_ranges(said, text) for text in read]
            features["range"] = (1 + np.array(places, np.float64)) / 2
        if self._years:
            published = layout.of_each(map(_year_of, candidates)).astype(int).tolist()
            are_of_it = map(self._is_of_year, read, published)
            of_texts = np.array([1.0 if is_of_it else 0.5 for is_of_it in are_of_it])
            features["year"] = of_texts * layout.of_each(map(self._has_year, candidates))
        if articles := self._question.articles:
            is_asked = [article_number(text) in articles for text in read]
            features["article"] = np.array(is_asked, np.float64)
        return features

    def _has_year(self, candidate: Candidate) -> bool:
        """Whether a story is of a year asked for, or tells of one."""
        year = _year_of(candidate)
        return year in self._years or any(
            self._is_of_year(text, year) for text in candidate.own_texts
        )

    def _is_of_year(self, text: str, published: int) -> bool:
        """Whether a text published in some year tells of a year asked for."""
        if any(str(year) in text for year in self._years):
            return True
        if published in self._years and _THIS_YEAR.search(text):
            return True
        if published - 1 in self._years and _YEAR_BEFORE.search(text):
            return True
        return published + 1 in self._years and _YEAR_AFTER.search(text) is not None

    def _bm25f(self, texts: Sequence[str], layout: _Layout, counts: Integers) -> Floats:
        """The score of each text, `counts` being how often it holds each term; the first of each
        story is its title."""
        starts, lengths = layout.starts, np.array(list(map(len, texts)))
        norms = 1 - B + B * lengths / self._averages.text
        title_norms = 1 - B + B * lengths[starts] / self._averages.title
        in_title = TITLE * counts[starts] / title_norms[:, None]
        frequencies = counts / norms[:, None] + np.repeat(in_title, layout.lengths, axis=0)
        scores: Floats = frequencies / (frequencies + K1) @ self._worth / (self._worth.sum() or 1.0)
        return scores


def _year_of(candidate: Candidate) -> int:
    """The year in which a story was published, 0 if that is not known."""
    published = candidate.story.post.published
    return published.astimezone(CHINA).year if published else 0


def _freshness(stories: Sequence[Story]) -> list[float]:
    """How new each story is beside the newest, 0–1; 0 without a date."""
    dates = [story.post.published for story in stories]
    newest = max((date for date in dates if date), default=None)
    return [0.5 ** ((newest - date).days / 365) if newest and date else 0.0 for date in dates]
