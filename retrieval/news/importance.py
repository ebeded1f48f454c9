"""Posts of a period → the most important ones, each with the reasons.

A few features, each in 0–1, whose weights and reasons stand here; their sum orders a digest.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from corpus.store.values import Story
from retrieval.text import analyzer
from retrieval.text.near_duplicates import Originals

WEIGHTS = {"carried": 1.0, "watched": 1.0, "authority": 0.6, "amount": 0.5, "fresh": 0.3,
           "length": 0.2}  # fmt: skip
"""What a feature counts."""

REASONS = {
    "carried": "how many files and media carry the story: 1 none but one, 8 and more all",
    "watched": "it answers a saved query",
    "authority": "who publishes it: the state's tax and finance offices, then the central media",
    "amount": "the largest amount of money it names: from a million yuan to a trillion, by tens",
    "fresh": "how late in the period it was published",
    "length": "how much it tells: 2,000 characters and more all",
}
"""The features' reasons, as `taxnews digest --explain` shows them."""

_AUTHORITIES = (
    (1.0, re.compile(r"税务总局|财政部|国务院|中国政府网|全国人大|海关总署")),
    (0.7, re.compile(r"新华|人民日报|央视|中国税务报|经济日报|中新|中国新闻")),
    (0.4, re.compile(r"税务|证券报|日报|财经")),
)
_MONEY = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)余?多?(万亿|亿|万)余?多?元")
_YUAN = {"万": 1e4, "亿": 1e8, "万亿": 1e12}
_BEGINNING = 800  # characters by which near-duplicates are recognised


@dataclass(frozen=True, slots=True)
class Important:
    """A story, its score, and the share that each feature has in it."""

    story: Story
    score: float
    shares: dict[str, float]


def most_important(
    stories: Iterable[Story],
    source_counts: Mapping[str, int],
    watched: frozenset[str],
    since: datetime,
    until: datetime,
    limit: int,
) -> list[Important]:
    """The most important of `stories`, at most `limit`, near-duplicates once.

    `source_counts` is how many files carry a story, `watched` the ids of
    those that answer a saved query. Equal ones: the newer first.
    """
    kept: list[tuple[Story, str, int]] = []
    originals = Originals()
    for story in sorted(stories, key=lambda s: (_time(s), s.post.id)):
        text = analyzer.normalise(
            "\n".join([story.post.title or "", *(p.text for p in story.post.paragraphs)])
        )
        files = source_counts.get(story.post.id, 1)
        same = originals.add(text[:_BEGINNING])
        if same is None:
            kept.append((story, text, files))
        else:
            first, words, number = kept[same]
            kept[same] = first, words, number + files
    period = max(1.0, (until - since).total_seconds())
    ranked = []
    for story, text, files in kept:
        values = {
            "carried": min(1.0, math.log2(files) / 3),
            "watched": float(story.post.id in watched),
            "authority": _authority(story.post.source or ""),
            "amount": _amount(text),
            "fresh": min(1.0, max(0.0, (_time(story) - since.timestamp()) / period)),
            "length": min(1.0, len(text) / 2000),
        }
        shares = {name: WEIGHTS[name] * value for name, value in values.items()}
        ranked.append(Important(story, sum(shares.values()), shares))
    ranked.sort(key=lambda one: (-one.score, -_time(one.story)))
    return ranked[:limit]


def _time(story: Story) -> float:
    return story.post.published.timestamp() if story.post.published else 0.0


def _authority(source: str) -> float:
    return next((value for value, names in _AUTHORITIES if names.search(source)), 0.0)


def _amount(text: str) -> float:
    amounts: Sequence[float] = [float(n) * _YUAN[unit] for n, unit in _MONEY.findall(text)]
    largest = max(amounts, default=0.0)
    return min(1.0, max(0.0, math.log10(largest / 1e6) / 6)) if largest else 0.0
