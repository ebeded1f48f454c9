"""How sure an answer is: what the best story says of the question, weighed on the corpus at hand.

Two signals of the best hit's story, both of one place in it: the title and the
two adjacent sentences that say most. What is scattered over a long post says little.

said      the share of what the question names that is said there
evidence  how unlikely that much is by chance: the idf of what is said, in units of the idf
          of a word in a single paragraph, so that it means the same in any corpus

A logistic regression turns them into a probability. Its weights are learned by
`retrieval.calibration` from questions made of the corpus itself, with their story
present and without: the larger a corpus, the more a question finds by chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval import analysis
from retrieval.index import Searchable
from retrieval.matching import Matcher
from retrieval.question import Question
from retrieval.ranking import Averages, Hit

LEAST_CONFIDENCE = 0.5
"""Below it nothing is shown as an answer."""

TYPICAL = (6.0, 1.8, -4.7)
"""The weights before a corpus has taught any: of `said`, of `evidence`, and the constant.

What corpora of a hundred posts and more come to, roughly; a corpus too small for many
questions stays near them."""

_SPREAD = (2.0, 0.7, 1.0)
"""By how much (a standard deviation) the weights of one corpus may well be others."""

PRESENT = 0.75
"""How many of the questions that are asked have an answer: what a reader of tax news asks a bot
for tax news mostly stands there."""

_STEPS = 1000  # a few milliseconds; it has long settled then

_MOST_EVIDENCE = 2.0
"""Evidence beyond two words that a single paragraph has makes nothing surer."""

# Pairs of characters across two words, and single digits, are everywhere by chance.
_LEAST_PART = 0.11


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is learned of a corpus: the weights of confidence, the average lengths."""

    weights: tuple[float, float, float]
    averages: Averages

    def confidence(self, signals: tuple[float, float]) -> float:
        """The probability that a story with these `signals` answers, in 0–1."""
        said, evidence, constant = self.weights
        odds = said * signals[0] + evidence * signals[1] + constant
        return 1 / (1 + math.exp(-odds))


def signals(question: Question, hits: Sequence[Hit], index: Searchable) -> tuple[float, float]:
    """(said, evidence) of the best of `hits`: 0–1, and 0–`_MOST_EVIDENCE`."""
    concepts = [c for c in question.concepts if c.part >= _LEAST_PART]
    if not hits or not concepts:
        return 0.0, 0.0
    post = hits[0].story.post
    title, *texts = analysis.normalise_all([post.title or "", *(p.text for p in post.paragraphs)])
    said = Matcher(concepts, [c.part for c in concepts])
    in_title = said.seen(title)
    found = [
        said.seen(text[start:end]) for text in texts for start, end in analysis.sentences(text)
    ]
    places = [in_title] + [
        in_title | first | second for first, second in zip(found, [*found[1:], 0], strict=True)
    ]
    best = max(places, key=said.mass)
    idf = Matcher(concepts, [c.weight for c in concepts])
    single = math.log(1 + (len(index) - 0.5) / 1.5)
    evidence = idf.mass(best) * sum(c.weight for c in concepts) / single if single else 1.0
    return said.mass(best), min(evidence, _MOST_EVIDENCE)


def learn(
    present: Sequence[tuple[float, float]], absent: Sequence[tuple[float, float]]
) -> tuple[float, float, float]:
    """The weights that tell the signals of stories that answer from those of stories that don't.

    Logistic regression; a Gaussian prior keeps few questions, or such as a line tells
    apart, near `TYPICAL`. Climbed by a bound on its curvature (Böhning and Lindsay,
    Monotonicity of quadratic-approximation algorithms, 1988), which can't overshoot.
    """
    if not present or not absent:
        return TYPICAL
    rows = np.array([(*found, 1.0) for found in (*present, *absent)])
    answers = np.repeat([1.0, 0.0], [len(present), len(absent)])
    # Each side counts as often as such questions are asked, whatever was made of it.
    shares = [PRESENT / len(present), (1 - PRESENT) / len(absent)]
    counts = len(rows) * np.repeat(shares, [len(present), len(absent)])
    typical = np.array(TYPICAL)
    precision = np.diag(1 / np.array(_SPREAD) ** 2)
    bound = np.linalg.inv((rows.T * counts) @ rows / 4 + precision)
    weights = typical
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-rows @ weights))
        weights = weights - bound @ (
            rows.T @ (counts * (sure - answers)) + precision @ (weights - typical)
        )
    said, evidence, constant = (float(weight) for weight in weights)
    return said, evidence, constant
