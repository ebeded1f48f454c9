"""Candidates → hits: a handful of features over the best of them, and their weights."""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.index import Searchable
from retrieval.index_sync import K1, TITLE, B
from retrieval.question.question import ParsedQuestion, idfs
from retrieval.ranking.articles import article_number
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.figures import wanted_figure
from retrieval.ranking.normalised_stories import Normaliser
from retrieval.ranking.passages import SentenceScorer, best_share
from retrieval.ranking.rules import applies, in_force, is_rule
from retrieval.ranking.term_counts import term_counts

WEIGHTS = {
    "text": 1.0,
    "best": 0.15,
    "story": 0.2,
    "verbatim": 0.1,
    "certain": 0.2,
    "likely": 0.04,
    "figure": 0.1,
    "year": 0.15,
    "newest": 0.05,
    "type": 0.08,
    "article": 0.15,
    "recent": 0.05,
    "place": 0.1,
    "similarity": 0.125,
    "rule": 0.02,
    "sentence": 0.13,
}
"""What a feature counts; each is in 0–1."""

FIELD_WEIGHTS = {"words": 0.5, "bigrams": 1.2, "characters": 1.0}
"""What a term of each field counts in `text`, beside its idf."""

RUN = 4
"""Characters of the runs that `verbatim` looks for."""

FEATURES = {
    # As a share of the highest score that the question could reach; the title's
    # length counts apart from the paragraph's.
    "text": "BM25F of the paragraph and its title over words, bigrams and characters",
    # Since the company stands in one paragraph and the amount in the next. By squared
    # idf, because a rare term tells which story it is and a common one does not.
    "best": "`text` of the post's best paragraph",
    "story": "how much of what the question names the post says anywhere",
    "verbatim": f"the question's runs of {RUN} characters that stand in the paragraph",
    # A paragraph of which no other of its story is read may be an excerpt.
    "certain": "the paragraph holds what is asked for, in a form that is certain (an amount),"
    " or is the only one read of its story",
    # Within a story only: ordinary words may always say it otherwise.
    "likely": "the same, where it is said in ordinary words (a means, a cause), or no paragraph"
    " of its story does",
    "figure": "the paragraph tells the figure of the deed that is asked for (偷税, 罚款)",
    "year": "the year asked for stands in the paragraph (1), or in the post or its date (½)",
    # Halves with each year that the post is older than the newest candidate.
    "newest": "the question asks for the latest, and the post is new",
    # A brief question is surely of a rule (1), a longer one less so (½).
    "type": "a case for a question that names somebody or what was done, else any other post",
    "article": "the paragraph is of the article of a statute that the question names",
    # Rules change: of two that say it, the newer.
    "recent": "the question asks about a rule and names no year, and the post is new",
    "place": "no local rule of another place than the question names",
    # Only where an embedder is set; without a vector, as the others on average.
    "similarity": "how like the question the paragraph is in meaning, by an embedding",
    "rule": "the question asks about a rule, and the post is the text of one",
    # Of the best hits only: it reads every sentence.
    "sentence": "how well the best sentence or two of the paragraph answer",
}
"""The features' reasons, as `taxnews explain` shows them."""

PRIORS = ("type", "recent", "place", "rule")
"""Features that say nothing of a question's words. Of a long question even the best paragraph
holds little (`text` is small), and they would order the hits instead."""

_FULL = 0.2
"""From which best `text` on `PRIORS` count in full. At 0.35 policy questions lose .007."""

CANDIDATES = 32
"""How many paragraphs the index is asked for."""

_BRIEF = 10
"""Who asks of a case says more than so many characters; fewer ask for a rule: 虚开多少判刑."""

_OWN = 0.01
"""What a paragraph's own BM25F counts beside its article's: it orders those of one article."""

_SLOWLY = 0.2
"""Half of what `recent` counts is gone in five years, of `newest` in one."""

EVERYWHERE = math.log(1 + 0.7 / 0.3)
"""The idf of a term in three paragraphs of ten. A single character that is no rarer finds no
candidate: its postings are the longest of all. In the ranking it counts as any other."""

READ_CLOSELY = 8
"""Of how many of the best hits the sentences are read. Four would do as well, thirty no better."""

WHOLE_STORIES = 8
"""Of how many of the best posts every paragraph becomes a candidate; the rest are not read."""


Similarities = Callable[[Sequence[int]], Mapping[int, float]]
"""How like the question paragraphs are in meaning, 0–1, by their numbers; those of which that is
not known are left out."""


def unknown(_: Sequence[int]) -> Mapping[int, float]:
    """The similarities where there is no embedder."""
    return {}


@dataclass(frozen=True, slots=True)
class Averages:
    """Characters of a normalised paragraph and title of the corpus, on average."""

    text: float
    title: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A paragraph with its score, and the share that each feature has in it.

    `similarity` is None where it is not known.
    """

    story: Story
    position: int
    score: float
    shares: dict[str, float]
    similarity: float | None = None

    @property
    def key(self) -> int:
        """The store's number of the paragraph."""
        return self.story.keys[self.position]


def rank(
    question: ParsedQuestion,
    found: Sequence[int],
    stories: Iterable[Story],
    index: Searchable,
    averages: Averages,
    normaliser: Normaliser,
    weights: Mapping[str, float] = WEIGHTS,
    similarities: Similarities = unknown,
) -> list[Hit]:
    """The hits among the paragraphs `found` by the index (numbers, best first), best first.

    `stories` are those to which the paragraphs belong; `weights` are by feature, one left out
    counts nothing. Equal scores: the newer post first.
    """
    features = _Features(question, index, averages)
    ranks = {key: at for at, key in enumerate(found)}
    stories = list(stories) if question.years else in_force(stories)
    nearest = sorted(
        stories,
        key=lambda s: min(map(ranks.__getitem__, ranks.keys() & s.keys), default=len(found)),
    )
    newest = max((s.post.published for s in nearest if s.post.published), default=None)
    wanted = (
        (story, [p for p, key in enumerate(story.keys) if number < WHOLE_STORIES or key in ranks])
        for number, story in enumerate(nearest)
    )
    candidates = [
        (story, _whole(normaliser.units(story), positions)) for story, positions in wanted
    ]
    read_as = [
        _wider(normaliser.units(story), positions, texts)
        for (story, positions), texts in zip(candidates, normaliser.texts(candidates), strict=True)
    ]
    read_stories = list(features.read(candidates, read_as, newest))
    similar = similarities([story.keys[at] for story, own in candidates for at in own])
    neutral = sum(similar.values()) / max(1, len(similar))
    weights = _weighed(weights, max((read.best for read in read_stories), default=0.0))
    hits: list[tuple[tuple[float, float], Hit]] = []
    for read in read_stories:
        age = -_time(read.story)
        for position in read.texts:
            of_it = features.of(read, position)
            similarity = similar.get(read.story.keys[position])
            if similar:
                of_it["similarity"] = neutral if similarity is None else similarity
            shares = {
                name: weights[name] * value for name, value in of_it.items() if name in weights
            }
            score = sum(shares.values())
            hit = Hit(read.story, position, score, shares, similarity)
            hits.append(((-round(score, 9), age), hit))
    # A stable sort: in a post, the earlier of equal paragraphs first.
    hits.sort(key=itemgetter(0))
    ranked = [hit for _, hit in hits]
    closely = _read_closely(question, ranked[:READ_CLOSELY], normaliser, weights)
    return closely + ranked[READ_CLOSELY:]


def _read_closely(
    question: ParsedQuestion,
    hits: Sequence[Hit],
    normaliser: Normaliser,
    weights: Mapping[str, float],
) -> list[Hit]:
    """The hits with their `sentence`, best first."""
    if "sentence" not in weights:
        return list(hits)
    scorers: dict[str, SentenceScorer] = {}
    read = []
    for hit in hits:
        story, post = hit.story, hit.story.post.id
        if post not in scorers:
            ((title,),) = normaliser.texts([(story, ())])
            scorers[post] = SentenceScorer(question, title)
        unit = normaliser.units(story)[hit.position]
        share = weights["sentence"] * best_share(scorers[post], normaliser.pieces(story), unit)
        shares = {**hit.shares, "sentence": share}
        read.append(replace(hit, score=hit.score + share, shares=shares))
    # A stable sort: the newer post first where the score is the same.
    return sorted(read, key=lambda hit: -round(hit.score, 9))


@lru_cache(maxsize=8192)
def _holds(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.search(text) is not None


def _weighed(weights: Mapping[str, float], best: float) -> dict[str, float]:
    """`weights`, those of `PRIORS` the less, the less the `best` of `text` is."""
    scale = min(1.0, best / _FULL)
    return {name: w * scale if name in PRIORS else w for name, w in weights.items()}


def _time(story: Story) -> float:
    """Seconds since 1970; a post without a date is older than any."""
    return story.post.published.timestamp() if story.post.published else -math.inf


def _whole(own: Sequence[range], positions: Iterable[int]) -> list[int]:
    """The positions of the paragraphs of the units that `positions` are of, in order; `own` is by
    position of a paragraph its unit."""
    return sorted({at for position in positions for at in own[position]})


def _wider(
    own: Sequence[range], positions: Sequence[int], texts: Sequence[str]
) -> tuple[list[str], dict[int, int]]:
    """The texts by which a story is read: `texts`, its normalised title and the paragraphs at
    `positions`, then those of its articles of several paragraphs; and by position the place of
    the text that stands for its paragraph. `own` is by position its unit."""
    wider = list(texts)
    places: dict[int, int] = {}
    for number, position in enumerate(positions, 1):
        unit = own[position]
        if len(unit) == 1:
            places[position] = number
        elif position == unit.start:
            wider.append("\n".join(texts[number : number + len(unit)]))
            places.update(dict.fromkeys(unit, len(wider) - 1))
    return wider, places


@dataclass(frozen=True, slots=True)
class _Read:
    """A story as the features see it: by position its normalised paragraphs, their BM25F and
    their share of the question's runs, which of them hold the kind of thing asked for, and what
    is read of it as a whole: whether it `holds` for the places of the question among that."""

    story: Story
    texts: dict[int, str]
    bm25f: dict[int, float]
    verbatim: dict[int, float]
    best: float
    fitting: frozenset[int]
    matched_share: float
    is_of_year: bool
    freshness: float
    recent: float
    is_of_type: bool
    holds: bool


class _Features:
    """The features of a question's candidates."""

    def __init__(self, question: ParsedQuestion, index: Searchable, averages: Averages) -> None:
        self._question = question
        self._averages = averages
        self._matcher = ConceptMatcher(
            question.concepts, [c.part * c.idf**2 for c in question.concepts]
        )
        self._terms = [term for terms in question.terms.values() for term in terms]
        self._worth = np.array(
            [
                FIELD_WEIGHTS[field] * weight * idf
                for field, terms in question.terms.items()
                for weight, idf in zip(terms.values(), idfs(index, list(terms), field), strict=True)
            ]
        )
        subject = "".join(question.subject.split())
        self._runs = list(
            dict.fromkeys(subject[i : i + RUN] for i in range(len(subject) - RUN + 1))
        )
        self._figure = wanted_figure(question.normal)
        self._is_brief = not question.is_of_case and len(subject) <= _BRIEF
        self._years = [str(year) for year in question.years]

    def read(
        self,
        candidates: Sequence[tuple[Story, Sequence[int]]],
        read_as: Sequence[tuple[Sequence[str], Mapping[int, int]]],
        newest: datetime | None,
    ) -> Iterator[_Read]:
        """Stories read, each by the paragraphs at some positions, of which there is one at least.

        `read_as` is `_wider` of each; `newest` is the newest candidate's time.
        """
        normals = [text for texts, _ in read_as for text in texts]
        owners = np.repeat(np.arange(len(candidates)), [len(texts) for texts, _ in read_as])
        # Of terms and runs in one pass.
        counts = term_counts(normals, [*self._terms, *self._runs])
        scores = self._bm25f(normals, owners, counts[:, : len(self._terms)])
        runs = (counts[:, len(self._terms) :] > 0).sum(axis=1) / max(1, len(self._runs))
        verbatim: list[float] = runs.tolist()
        at = 0
        for (story, positions), (own, places) in zip(candidates, read_as, strict=True):
            post, whole = story.post, "\n".join(own[: 1 + len(positions)])
            rows = {position: at + place for position, place in places.items()}
            texts = {position: normals[row] for position, row in rows.items()}
            bm25f = {position: scores[row] for position, row in rows.items()}
            for number, (position, place) in enumerate(places.items(), 1):
                if place != number:  # in an article: its own words order its paragraphs
                    bm25f[position] += _OWN * scores[at + number]
            published = str(post.published.astimezone(CHINA).year) if post.published else ""
            freshness = 0.0
            if newest and post.published:
                freshness = 0.5 ** ((newest - post.published).days / 365)
            yield _Read(
                story=story,
                texts=texts,
                bm25f=bm25f,
                verbatim={position: verbatim[row] for position, row in rows.items()},
                best=max(bm25f.values()),
                fitting=self._fitting(texts),
                matched_share=self._matcher.weight_share(self._matcher.matched(whole)),
                is_of_year=any(year == published or year in whole for year in self._years),
                freshness=freshness,
                recent=freshness**_SLOWLY,
                is_of_type=(story.type == "case") == self._question.is_of_case,
                holds=applies(story, self._question.places),
            )
            at += len(own)

    def of(self, read: _Read, position: int) -> dict[str, float]:
        """The features of a paragraph, by name; those that are zero may be left out."""
        text = read.texts[position]
        features = {
            "text": read.bm25f[position],
            "best": read.best,
            "story": read.matched_share,
            "verbatim": read.verbatim[position],
        }
        kind = self._question.answer_type
        if kind and position in read.fitting:
            features["certain" if kind.is_certain else "likely"] = 1.0
        if self._figure:
            features["figure"] = self._figure.fit(text)
        if read.is_of_year:
            features["year"] = 1.0 if any(year in text for year in self._years) else 0.5
        if self._question.wants_newest:
            features["newest"] = read.freshness
        question = self._question
        if read.is_of_type:
            features["type"] = 1.0 if self._is_brief else 0.5
        if question.articles and article_number(text) in question.articles:
            features["article"] = 1.0
        if not question.is_of_case and not self._years:
            features["recent"] = read.recent
        if read.holds:
            features["place"] = 1.0
        if not question.is_of_case and is_rule(read.story):
            features["rule"] = 1.0
        return features

    def _fitting(self, texts: Mapping[int, str]) -> frozenset[int]:
        """The positions of the texts that hold the kind of thing that is asked for; all of them
        if none does and that says nothing against their story."""
        kind = self._question.answer_type
        if kind is None:
            return frozenset()
        fitting = frozenset(p for p, text in texts.items() if _holds(kind.pattern, text))
        is_open = not kind.is_certain or len(texts) == 1
        return fitting or (frozenset(texts) if is_open else fitting)

    def _bm25f(
        self, normals: Sequence[str], owners: NDArray[np.int64], counts: NDArray[np.int64]
    ) -> list[float]:
        """The score of each text, `owners` being the numbers of their stories and `counts` how
        often it holds each term; the first of a story is its title."""
        lengths = np.array([len(normal) for normal in normals])
        firsts = np.flatnonzero(np.diff(owners, prepend=-1))
        norms = 1 - B + B * lengths / self._averages.text
        title_norms = 1 - B + B * lengths[firsts] / self._averages.title
        in_title = TITLE * counts[firsts] / title_norms[:, None]
        frequencies = counts / norms[:, None] + in_title[owners]
        scores: list[float] = (
            frequencies / (frequencies + K1) @ self._worth / (self._worth.sum() or 1.0)
        ).tolist()
        return scores
