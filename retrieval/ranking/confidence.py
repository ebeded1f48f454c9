"""How sure an answer is: what the best story says of the question, weighed on the corpus at hand.

Two signals of the best hit's story, both of one place in it: the title and the
two adjacent sentences that say most. What is scattered over a long post says little.

said      the share of what the question names that is said there
evidence  how unlikely that much is by chance: the idf of what is said, in units of the idf
          of a word in a single paragraph, so that it means the same in any corpus

A person or place that the question names and the whole story doesn't takes away from them, and so
does an amount, a date or the like that is asked for and that the whole story doesn't tell.

A logistic curve turns their sum into a probability. It is learned by
`retrieval.answering.calibration` from questions made of the corpus itself, with their story
present and without: the larger a corpus, the more a question finds by chance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpus.store.values import Story
from retrieval.index import Searchable
from retrieval.question.question import Concept, Question
from retrieval.ranking.coverage import Matcher
from retrieval.ranking.ranking import Averages, Hit
from retrieval.text import analyzer

LEAST_CONFIDENCE = 0.5
"""Below it nothing is shown as an answer."""

EVIDENCE = 0.25
"""What `evidence` counts beside `said`."""

STRANGER = 0.5
"""What a person or place that the question names and the story doesn't takes away, if no other
paragraph names it either; the less, the more of them do (中国 is hardly ever a stranger)."""

UNTOLD = 0.75
"""What it takes away that a story tells no amount, date … where one is asked for. Names and words
may all be there, so that it is more than nearly any of the rest can make up for."""

_MOST_EVIDENCE = 1.5
"""Evidence beyond that of a word and a half in a single paragraph makes nothing surer."""

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

    def confidence(self, sureness: float) -> float:
        """The probability that a story of this `sureness` answers, in 0–1."""
        return 1 / (1 + math.exp(-(self.slope * sureness + self.constant)))

    def sureness(self, confidence: float) -> float:
        """The inverse of `confidence`."""
        return (math.log(confidence / (1 - confidence)) - self.constant) / self.slope


@dataclass(frozen=True, slots=True)
class Told:
    """A post as it is judged: its title, and by paragraph its sentences, normalised."""

    title: str
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def whole(self) -> str:
        """All of it."""
        return "\n".join([self.title, *("".join(sentences) for sentences in self.paragraphs)])


def told(story: Story) -> Told:
    """What a story tells; its title with the places that it is about."""
    line = analyzer.subject_line(story.post.title, story.places)
    title, *texts = analyzer.normalise_all([line, *(p.text for p in story.post.paragraphs)])
    sentences = (
        tuple(text[start:end] for start, end in analyzer.sentences(text)) for text in texts
    )
    return Told(title, tuple(sentences))


def telling(question: Question) -> list[Concept]:
    """The concepts of a question by which a story is judged."""
    return [c for c in question.concepts if c.part >= _LEAST_PART]


def sureness(question: Question, hits: Sequence[Hit], index: Searchable) -> float:
    """Said and evidence of the best of `hits`, added up; 0 if there is none."""
    return judged(question, told(hits[0].story), index)[1] if hits else 0.0


def judged(question: Question, story: Told, index: Searchable) -> tuple[float, float]:
    """What one story says of the question in one place, 0–1; that and its evidence, added up."""
    concepts = telling(question)
    if not concepts:
        return 0.0, 0.0
    # By what a word is to the question and not by its idf: an everyday word that the
    # news never writes would count most of all.
    said = Matcher(concepts, [c.part for c in concepts])
    in_title = said.seen(story.title)
    found = [said.seen(sentence) for sentences in story.paragraphs for sentence in sentences]
    places = [in_title] + [
        in_title | first | second for first, second in zip(found, [*found[1:], 0], strict=True)
    ]
    best = max(places, key=said.mass)
    weights = [c.weight for c in concepts]
    held = Matcher(concepts, weights).mass(best) * sum(weights) / single(index)
    sure = together(said.mass(best), held) - STRANGER * _strangeness(question, story, index)
    return said.mass(best), float(sure) - UNTOLD * is_untold(question, story)


def is_untold(question: Question, story: Told) -> bool:
    """Whether a story nowhere holds what is asked for, of a kind that has a certain form."""
    kind = question.kind
    return kind is not None and kind.is_certain and not kind.looks.search(story.whole)


def _strangeness(question: Question, story: Told, index: Searchable) -> float:
    """How rare, in 0–1, the rarest person or place is that the question names and `story` lacks."""
    whole = story.whole
    lacking = [name.idf for name in question.names if not any(form in whole for form in name.forms)]
    return min(1.0, max(lacking, default=0.0) / single(index))


def single(index: Searchable) -> float:
    """The idf of a word in a single paragraph."""
    return math.log(1 + (len(index) - 0.5) / 1.5)


def together(said: Any, evidence: Any) -> Any:
    """The sureness that what is said, and the evidence of it, come to: numbers or arrays."""
    return said + EVIDENCE * np.minimum(evidence, _MOST_EVIDENCE)


def learn(present: Sequence[float], absent: Sequence[float]) -> tuple[float, float]:
    """Slope and constant of the curve that tells stories that answer from those that don't.

    Logistic regression of their surenesses (Platt, Probabilistic outputs for support
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
