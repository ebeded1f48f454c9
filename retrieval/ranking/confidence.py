"""How sure an answer is: what speaks for and against the best story, weighed.

The raw score is the weighted sum of the story's signals (`retrieval.ranking.signals`), the
log-odds that it answers. A logistic curve turns it into a probability. The curve is learned by
`retrieval.answering.calibration` from questions made of the corpus itself, with their story
present and without: the larger a corpus, the more a question finds by chance.

Saved queries, and turns of a conversation that the last question completes, are matched against one
story, where nothing leads. They have a score of their own, of one window (the title and two
adjacent sentences), and a curve of their own:

coverage  the share of the question's concepts that stand there, by what each is to the question
idf mass  how unlikely that much is by chance: the idf of these concepts, in units of the idf
          of a word in a single paragraph, so that it means the same in any corpus
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.index import Searchable
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.features import Averages
from retrieval.ranking.normalised_stories import NormalisedStory
from retrieval.ranking.signals import (
    Signals,
    best_window,
    rarest_idf,
    scoring_concepts,
    unknown_entity,
)

LEAST_CONFIDENCE = 0.5
"""Below it nothing is shown as an answer."""

WEIGHTS = {
    "coverage": 2.2,
    "sentence": 2.2,
    "length": 1.3,
    "lead": 5.7,
    "lacks_type": -3.5,
    "missing_words": -1.7,
    "missing_characters": -2.5,
    "missing_thing": -0.6,
    "titled": 1.7,
    "news": -1.9,
    "unknown_entity": -3.3,
}
"""What each signal counts: the weights of a logistic regression (ridge, 5) over twelve sets of
gold questions by ten authors, 1,399 with an answer, 708 without. Of those that have one, each
also counts as one that has none, with its posts taken away. Learned on any eleven of the sets,
the weights are nearly the same. `python -m tests.weights DATABASE QUESTIONS…` learns them.
Only `missing_characters` would be -1.7: as good over these sets, too little in a small corpus."""

_CONSTANT = -7.2

NOTHING = _CONSTANT + WEIGHTS["lead"] / 2
"""The raw score where there is no story: nothing speaks for it."""

TYPICAL = (1.0, 0.0)
"""Slope and constant of the curve before a corpus has taught any: raw scores as they are. A corpus
too small for many questions stays near."""

_SPREAD = (0.3, 1.0)
"""By how much (a standard deviation) the slope and constant of a corpus may well be others."""

PRESENT = 0.5
"""How many of the questions that are asked have an answer in the corpus. The one choice between
silence and guesses: the higher, the fewer questions are refused, and the more guesses are made."""

SIGNALS = {
    "coverage": "how much of the question its best window holds",
    "sentence": "how well the best sentence of the paragraph answers",
    "length": "of a long question little is found by chance",
    "lead": "how far the story is before the next ones",
    "lacks_type": "the passage has no amount, date … where one is asked for",
    "missing_words": "how many of the asked words the paragraph lacks",
    "missing_characters": "how many of the asked words' characters the paragraph lacks",
    "missing_thing": "how much of the last thing that is named the paragraph lacks",
    "titled": "how much of the story's title is asked for",
    "news": "it tells what happened, and a rule is asked for",
    "unknown_entity": "the story lacks a person or place that is named",
}
"""What the signals are, as `taxnews explain` shows them."""

SIMILARITY_WEIGHT = 5.0
"""What the similarity of the best hit counts beside the signals, where an embedder is set. The
other weights stay as they are: without a vector the raw score is that of BM25 alone."""

TYPICAL_SIMILARITY = 0.51
"""The similarity that speaks neither for a story nor against it, in the scale that is learned of
all vectors of a corpus."""

# --- windows ----------------------------------------------------------------------------------

IDF_MASS_WEIGHT = 0.25
"""The weight of the idf mass beside the coverage, which has 1."""

_MOST_IDF_MASS = 1.5
"""Idf mass beyond that of a word and a half in a single paragraph counts no more."""

UNKNOWN_ENTITY_PENALTY = 0.5
"""The penalty for an entity that the query names and the story doesn't, if no other paragraph
names it either; the more paragraphs do, the lower (中国 is hardly ever unknown)."""

TYPICAL_OF_WINDOWS = (6.0, -4.4)
"""As `TYPICAL`, of the score of a window."""

_SPREAD_OF_WINDOWS = (2.0, 1.0)

_PRESENT_OF_WINDOWS = 0.73

_STEPS = 1000  # a few milliseconds; it has long settled then

_NEAR = 0.5
"""A story is near a question if it says more than this share of it in one window, and names whom it
names: what is rarer than this beside the rarest is somebody whom it should name."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A logistic curve: score → probability."""

    slope: float
    constant: float

    def confidence(self, score: float) -> float:
        """The probability that a story of this score answers, in 0–1."""
        return 1 / (1 + math.exp(-(self.slope * score + self.constant)))

    def score(self, confidence: float) -> float:
        """The inverse of `confidence`."""
        return (math.log(confidence / (1 - confidence)) - self.constant) / self.slope


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is learned of a corpus: the curves of answers and of windows, the average lengths."""

    answers: Curve
    windows: Curve
    averages: Averages


def uncalibrated(averages: Averages) -> Calibration:
    """The calibration before a corpus has taught any."""
    return Calibration(Curve(*TYPICAL), Curve(*TYPICAL_OF_WINDOWS), averages)


def raw_score(signals: Signals) -> float:
    """The log-odds that a story with these signals answers."""
    return _CONSTANT + sum(shares_of(signals).values())


def shares_of(signals: Signals, similarity: float | None = None) -> dict[str, float]:
    """What each signal adds to the raw score, by name; the similarity where it is known."""
    shares = {name: weight * getattr(signals, name) for name, weight in WEIGHTS.items()}
    return shares if similarity is None else shares | {"similarity": of_similarity(similarity)}


def of_similarity(similarity: float | None) -> float:
    """What a hit's similarity adds to the raw score: nothing where it is not known."""
    return SIMILARITY_WEIGHT * (similarity - TYPICAL_SIMILARITY) if similarity is not None else 0.0


def coverage_and_score(
    question: ParsedQuestion, story: NormalisedStory, index: Searchable
) -> tuple[float, float]:
    """The coverage of a question by a story's best window, 0–1, and the score of that window."""
    concepts = scoring_concepts(question)
    if not concepts:
        return 0.0, 0.0
    coverage, best = best_window(question, story)
    weights = [c.weight for c in concepts]
    idf_mass = ConceptMatcher(concepts, weights).weight_share(best) * sum(weights)
    score = float(combined(coverage, idf_mass / rarest_idf(index)))
    unknown = unknown_entity(question, story, index)
    return coverage, score - UNKNOWN_ENTITY_PENALTY * unknown


def is_near(question: ParsedQuestion, story: NormalisedStory, index: Searchable) -> bool:
    """Whether a story that does not answer a question is worth a look for who asked it."""
    if not scoring_concepts(question) or unknown_entity(question, story, index) >= _NEAR:
        return False
    coverage, _ = best_window(question, story)
    return coverage > _NEAR


def combined(coverage: Any, idf_mass: Any) -> Any:
    """The score of a window of a coverage and an idf mass, before penalties: numbers or arrays."""
    return coverage + IDF_MASS_WEIGHT * np.minimum(idf_mass, _MOST_IDF_MASS)


# --- the curves -------------------------------------------------------------------------------


def learn(present: Sequence[float], absent: Sequence[float]) -> Curve:
    """The curve that tells raw scores of stories that answer from those of stories that don't."""
    return _learned(present, absent, (TYPICAL, _SPREAD), PRESENT)


def learn_windows(present: Sequence[float], absent: Sequence[float]) -> Curve:
    """The same of the scores of windows."""
    return _learned(present, absent, (TYPICAL_OF_WINDOWS, _SPREAD_OF_WINDOWS), _PRESENT_OF_WINDOWS)


def _learned(
    present: Sequence[float],
    absent: Sequence[float],
    prior: tuple[tuple[float, float], tuple[float, float]],
    share: float,
) -> Curve:
    """The logistic regression of scores (Platt, Probabilistic outputs for support vector machines,
    1999), `share` of which are to answer.

    A Gaussian prior (mean and standard deviation of slope and constant) keeps few questions, or
    such as can be told apart without fail, near it. Climbed by a bound on the curvature (Böhning
    and Lindsay, Monotonicity of quadratic-approximation algorithms, 1988): it can't overshoot.
    """
    typical, spread = map(np.array, prior)
    if not present or not absent:
        return Curve(*prior[0])
    rows = np.array([(found, 1.0) for found in (*present, *absent)])
    answers = np.repeat([1.0, 0.0], [len(present), len(absent)])
    # Each side counts as often as such questions are asked, whatever was made of it.
    shares = [share / len(present), (1 - share) / len(absent)]
    counts = len(rows) * np.repeat(shares, [len(present), len(absent)])
    precision = np.diag(1 / spread**2)
    bound = np.linalg.inv((rows.T * counts) @ rows / 4 + precision)
    curve = typical
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-rows @ curve))
        slope = rows.T @ (counts * (sure - answers)) + precision @ (curve - typical)
        curve = curve - bound @ slope
    return Curve(float(curve[0]), float(curve[1]))
