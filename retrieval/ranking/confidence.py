"""How sure an answer is: what the best story says of the question, weighed on the corpus at hand.

Two features of the best hit's story, both of one place in it: the title and the
two adjacent sentences that say most. What is scattered over a long post says little.

coverage  the share of the question's concepts that stand there, by what each is to the question
idf mass  how unlikely that much is by chance: the idf of these concepts, in units of the idf
          of a word in a single paragraph, so that it means the same in any corpus

Penalties lower their weighted sum, the raw score: for an entity (a person or place) that the
question names and the whole story doesn't, for an attribute that it asks for and the whole story
lacks, and likewise for an expected answer type of a certain form (an amount, a date).

A logistic curve turns the raw score into a probability. It is learned by
`retrieval.answering.calibration` from questions made of the corpus itself, with their story
present and without: the larger a corpus, the more a question finds by chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from retrieval.index import Searchable
from retrieval.question.question import Concept, ParsedQuestion
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.ranking import Averages
from retrieval.ranking.stories import NormalisedStory

LEAST_CONFIDENCE = 0.5
"""Below it nothing is shown as an answer."""

IDF_MASS_WEIGHT = 0.25
"""The weight of the idf mass beside the coverage, which has 1."""

UNKNOWN_ENTITY_PENALTY = 0.5
"""The penalty for an entity that the question names and the story doesn't, if no other paragraph
names it either; the more paragraphs do, the lower (中国 is hardly ever unknown)."""

MISSING_TYPE_PENALTY = 0.75
"""The penalty for a story without an amount, a date … where one is asked for. Names and words
may all be there, so that it is more than nearly all of the rest."""

MISSING_ATTRIBUTE_PENALTY = 0.1
"""The penalty for a story that nowhere has the noun or verb beside the word of asking (比例 of
征收比例是多少): the same subject is told, but not what is asked of it. The higher, the fewer
guesses and the more refusals: at .15 policy questions had two right answers less and
one guess less."""

_TIMES = ("date", "term")

_MOST_IDF_MASS = 1.5
"""Idf mass beyond that of a word and a half in a single paragraph counts no more."""

TYPICAL = (6.0, -4.4)
"""Slope and constant of the curve before a corpus has taught any: about what corpora of
fifty to fifty thousand paragraphs come to. A corpus too small for many questions stays near."""

_SPREAD = (2.0, 1.0)
"""By how much (a standard deviation) the slope and constant of a corpus may well be others."""

PRESENT = 0.73
"""How many of the questions that are asked have an answer in the corpus. The one choice between
silence and guesses: the higher, the fewer questions are refused, and the more guesses are made.
At this one about one answerable question in twenty-five is refused, whatever the corpus."""

_STEPS = 1000  # a few milliseconds; it has long settled then

# Pairs of characters across two words, and single digits, are everywhere by chance.
_LEAST_PART = 0.11


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is learned of a corpus: the curve of confidence, the average lengths."""

    slope: float
    constant: float
    averages: Averages

    def confidence(self, raw_score: float) -> float:
        """The probability that a story of this raw score answers, in 0–1."""
        return 1 / (1 + math.exp(-(self.slope * raw_score + self.constant)))

    def raw_score(self, confidence: float) -> float:
        """The inverse of `confidence`."""
        return (math.log(confidence / (1 - confidence)) - self.constant) / self.slope


def scoring_concepts(question: ParsedQuestion) -> list[Concept]:
    """The concepts of a question by which a story is scored."""
    return [c for c in question.concepts if c.part >= _LEAST_PART]


def coverage_and_score(
    question: ParsedQuestion, story: NormalisedStory, index: Searchable
) -> tuple[float, float]:
    """The coverage of a question by a story's best place, 0–1, and the story's raw score."""
    concepts = scoring_concepts(question)
    if not concepts:
        return 0.0, 0.0
    # By what a word is to the question and not by its idf: an everyday word that the
    # news never writes would count most of all.
    by_part = ConceptMatcher(concepts, [c.part for c in concepts])
    in_title = by_part.matched(story.title)
    found = [by_part.matched(sentence) for sentences in story.paragraphs for sentence in sentences]
    places = [in_title] + [
        in_title | first | second for first, second in zip(found, [*found[1:], 0], strict=True)
    ]
    best = max(places, key=by_part.weight_share)
    coverage = by_part.weight_share(best)
    weights = [c.weight for c in concepts]
    idf_mass = ConceptMatcher(concepts, weights).weight_share(best) * sum(weights)
    score = float(combined(coverage, idf_mass / rarest_idf(index)))
    score -= UNKNOWN_ENTITY_PENALTY * _unknown_entity(question, story, index)
    score -= MISSING_ATTRIBUTE_PENALTY * _lacks_attribute(question, story)
    return coverage, score - MISSING_TYPE_PENALTY * lacks_answer_type(question, story)


def lacks_answer_type(question: ParsedQuestion, story: NormalisedStory) -> bool:
    """Whether the question expects an answer type of a certain form that `story` nowhere holds."""
    kind = question.answer_type
    return kind is not None and kind.is_certain and not kind.pattern.search(story.whole)


def _lacks_attribute(question: ParsedQuestion, story: NormalisedStory) -> bool:
    """Whether the story lacks something that the question asks of its subject."""
    whole = story.whole
    told_by_form = _time_words(question)
    return not all(
        asked[0] in told_by_form or any(form in whole for form in asked)
        for asked in question.attributes
    )


def _time_words(question: ParsedQuestion) -> str:
    """What in a question asks for a date or a length of time, "" if nothing does: a story tells
    3月1日 without the word 时间."""
    kind = question.answer_type
    found = kind.trigger.search(question.normal) if kind and kind.name in _TIMES else None
    return found[0] if found else ""


def _unknown_entity(question: ParsedQuestion, story: NormalisedStory, index: Searchable) -> float:
    """How rare, in 0–1, the rarest entity is that the question names and `story` lacks."""
    whole = story.whole
    lacking = [e.idf for e in question.entities if not any(form in whole for form in e.forms)]
    return min(1.0, max(lacking, default=0.0) / rarest_idf(index))


def rarest_idf(index: Searchable) -> float:
    """The idf of a word in a single paragraph."""
    return math.log(1 + (len(index) - 0.5) / 1.5)


def combined(coverage: Any, idf_mass: Any) -> Any:
    """The raw score of a coverage and an idf mass, before penalties: numbers or arrays."""
    return coverage + IDF_MASS_WEIGHT * np.minimum(idf_mass, _MOST_IDF_MASS)


def learn(present: Sequence[float], absent: Sequence[float]) -> tuple[float, float]:
    """Slope and constant of the curve that tells stories that answer from those that don't.

    Logistic regression of their raw scores (Platt, Probabilistic outputs for support
    vector machines, 1999); a Gaussian prior keeps few questions, or such as can be told
    apart without fail, near `TYPICAL`. Climbed by a bound on the curvature (Böhning and
    Lindsay, Monotonicity of quadratic-approximation algorithms, 1988): it can't overshoot.
    """
    if not present or not absent:
        return TYPICAL
    rows = np.array([(found, 1.0) for found in (*present, *absent)])
    answers = np.repeat([1.0, 0.0], [len(present), len(absent)])
    # Each side counts as often as such questions are asked, whatever was made of it.
    shares = [PRESENT / len(present), (1 - PRESENT) / len(absent)]
    counts = len(rows) * np.repeat(shares, [len(present), len(absent)])
    typical = np.array(TYPICAL)
    precision = np.diag(1 / np.array(_SPREAD) ** 2)
    bound = np.linalg.inv((rows.T * counts) @ rows / 4 + precision)
    curve = typical
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-rows @ curve))
        slope = rows.T @ (counts * (sure - answers)) + precision @ (curve - typical)
        curve = curve - bound @ slope
    return float(curve[0]), float(curve[1])
