"""Candidates → hits: a handful of features over the best of them, and their weights."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
from numpy.typing import NDArray

from corpus.store.values import Story
from retrieval.index import Searchable
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.candidates import candidates
from retrieval.ranking.excerpts import Excerpts, Place
from retrieval.ranking.features import RUN, Averages, Features
from retrieval.ranking.normalised_stories import Normaliser
from retrieval.ranking.rules import in_force
from retrieval.ranking.succession import SUCCESSORS, Succession

Floats = NDArray[np.float64]

WEIGHTS = {
    "text": 1.0,
    "best": 0.15,
    "story": 0.2,
    "verbatim": 0.1,
    "certain": 0.2,
    "likely": 0.04,
    "figure": 0.1,
    "closest": 0.05,
    "year": 0.15,
    "newest": 0.05,
    "type": 0.08,
    "article": 0.15,
    "recent": 0.05,
    "place": 0.1,
    "similarity": 0.125,
    "rule": 0.02,
    "range": 0.1,
    "sentence": 0.13,
    "statute": 0.12,
    "value": 0.04,
    "whose": 0.15,
    "tax": 0.15,
    "valid": 1.0,
}
"""What a feature counts; each is in 0–1."""

FEATURES = {
    # As a share of the highest score that the question could reach (of a rule: by the words
    # that some text has); the title's length counts apart from the paragraph's.
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
    "closest": "a rule is asked for, and the paragraph has the very answer (of dates an end)",
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
    "statute": "few words ask about a rule, and the post is the statute of the tax that they name",
    # A rate or an amount is changed by the next rule.
    "value": "few words ask what a rule comes to and name no year, and the post is new and no case",
    "tax": "the post names the tax that is asked about",
    "whose": "the question names a person, and the title no other one",
    # One that tells no range has ½, one that tells only others has nothing.
    "range": "the paragraph tells what a quantity of the question comes to (不超过10万元的)",
    # Of the best hits only: it reads every sentence.
    "sentence": "how well the best sentence or two of the paragraph answer",
    # What it lacks to the paragraph with that rule; nothing where another time is asked for.
    "valid": "the paragraph follows a rule that has run out or been changed, told in a better one",
}
"""The features' reasons, as `taxnews explain` shows them."""

PRIORS = ("type", "recent", "place", "rule", "statute", "value")
"""Features that say nothing of a question's words. Of a long question even the best paragraph
holds little (`text` is small), and they would order the hits instead."""

_FULL = 0.2
"""From which best `text` on `PRIORS` count in full. At 0.35 policy questions lose .007."""

CANDIDATES = 32
"""How many paragraphs the index is asked for."""

STATUTES = 8
"""How many more paragraphs of statutes are asked for, where few words ask for a rule: cases that
quote it, or have its words in their titles, may fill all the others."""

EVERYWHERE = math.log(1 + 0.7 / 0.3)
"""The idf of a term in three paragraphs of ten. A single character that is no rarer finds no
candidate: its postings are the longest of all. In the ranking it counts as any other."""

READ_CLOSELY = 8
"""Of how many of the best hits the sentences are read. Four would do as well, thirty no better."""

Similarities = Callable[[Sequence[int]], Mapping[int, float]]
"""How like the question paragraphs are in meaning, 0–1, by their numbers; those of which that is
not known are left out."""


def unknown(_: Sequence[int]) -> Mapping[int, float]:
    """The similarities where there is no embedder."""
    return {}


@dataclass(frozen=True, slots=True)
class Hit:
    """A paragraph with its score, and the share of each feature that it has: what `of_all`
    paragraphs have, at the place `number`.

    `excerpts` are its story's; `similarity` is None where it is not known.
    """

    excerpts: Excerpts = field(repr=False)
    position: int
    score: float
    similarity: float | None
    of_all: Mapping[str, Floats] = field(repr=False, compare=False)
    number: int = field(repr=False, compare=False)

    @property
    def story(self) -> Story:
        """The story that it is of."""
        return self.excerpts.story

    @property
    def shares(self) -> dict[str, float]:
        """By feature its share, of those that it has."""
        return {
            name: float(s) for name, of_all in self.of_all.items() if (s := of_all[self.number])
        }

    def share(self, feature: str) -> float:
        """The share of one feature, 0 if it has none."""
        of_all = self.of_all.get(feature)
        return 0.0 if of_all is None else float(of_all[self.number])

    @property
    def key(self) -> int:
        """The store's number of the paragraph."""
        return self.story.keys[self.position]


@dataclass(frozen=True, slots=True, eq=False)
class Hits(Sequence[Hit]):
    """Hits, best first. They are many, and few are read: each is made when it is asked for.

    `places` are their paragraphs in any order, of which `shares` and `scores` are; `order` has
    the numbers of the places, the best first; `similarities` are by the store's number.
    """

    places: Sequence[Place]
    shares: Mapping[str, Floats]
    scores: Sequence[float]
    similarities: Mapping[int, float]
    order: Sequence[int]

    def __len__(self) -> int:
        return len(self.order)

    @overload
    def __getitem__(self, at: int) -> Hit: ...
    @overload
    def __getitem__(self, at: slice) -> list[Hit]: ...
    def __getitem__(self, at: int | slice) -> Hit | list[Hit]:
        if isinstance(at, slice):
            return list(map(self._hit, self.order[at]))
        return self._hit(self.order[at])

    def _hit(self, number: int) -> Hit:
        excerpts, position = self.places[number]
        similarity = self.similarities.get(excerpts.story.keys[position])
        return Hit(excerpts, position, self.scores[number], similarity, self.shares, number)


def rank(
    question: ParsedQuestion,
    found: Sequence[int],
    stories: Iterable[Story],
    index: Searchable,
    averages: Averages,
    normaliser: Normaliser,
    weights: Mapping[str, float] = WEIGHTS,
    similarities: Similarities = unknown,
) -> Sequence[Hit]:
    """The hits among the paragraphs `found` by the index (numbers, best first), best first.

    `stories` are those to which the paragraphs belong; `weights` are by feature, one left out
    counts nothing. Equal scores: the newer post first.
    """
    stories = stories if question.years else in_force(stories)
    read = candidates(stories, found, normaliser)
    if not read:
        return []
    features = Features(question, index, averages).of(read)
    places = [
        (excerpts, position)
        for one in read
        for excerpts in [Excerpts(question, one.story, one.forms)]
        for position in one.positions
    ]
    similar = similarities([excerpts.story.keys[position] for excerpts, position in places])
    if similar:
        neutral = sum(similar.values()) / len(similar)
        features["similarity"] = np.array(
            [similar.get(one.story.keys[position], neutral) for one, position in places]
        )
    weights = _weighed(weights, float(features["best"].max()))
    counted = [name for name in FEATURES if name in features and name in weights]
    shares = {name: weights[name] * features[name] for name in counted}
    scores = sum(shares.values(), np.zeros(len(places)))
    ages = np.repeat([-_time(one.story) for one in read], [len(one.positions) for one in read])
    # A stable sort: in a post, the earlier of equal paragraphs first.
    order: list[int] = np.lexsort((ages, -scores.round(9))).tolist()
    if "sentence" in weights:
        closest = order[:READ_CLOSELY]
        said = np.zeros(len(places))
        said[closest] = [
            excerpts.best_sentence(at).score for excerpts, at in map(places.__getitem__, closest)
        ]
        shares["sentence"] = weights["sentence"] * said
        scores = scores + shares["sentence"]
        # A stable sort: the newer post first where the score is the same.
        order[:READ_CLOSELY] = sorted(closest, key=lambda at: -round(float(scores[at]), 9))
    if "valid" in weights and question.asks_of_rule_today:
        near = order[:SUCCESSORS]
        succession = Succession(question, [places[at] for at in near])
        order[:SUCCESSORS] = [near[number] for number in succession.order(READ_CLOSELY)]
        shares["valid"] = weights["valid"] * _lifted(scores, order[:SUCCESSORS])
        scores = scores + shares["valid"]
    return Hits(places, shares, scores.tolist(), similar, order)


def _lifted(scores: Floats, order: Sequence[int]) -> Floats:
    """What each score lacks to the best of those after it in some order."""
    lifted = np.zeros(len(scores))
    most = -math.inf
    for at in reversed(order):
        most = max(most, float(scores[at]))
        lifted[at] = most - scores[at]
    return lifted


def _weighed(weights: Mapping[str, float], best: float) -> dict[str, float]:
    """`weights`, those of `PRIORS` the less, the less the `best` of `text` is."""
    scale = min(1.0, best / _FULL)
    return {name: w * scale if name in PRIORS else w for name, w in weights.items()}


def _time(story: Story) -> float:
    """Seconds since 1970; a post without a date is older than any."""
    return story.post.published.timestamp() if story.post.published else -math.inf
