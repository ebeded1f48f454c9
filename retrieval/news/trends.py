"""How often do posts mention a subject, month by month?

A post mentions a subject if its title, a heading or a paragraph holds it, letter for letter but
for script and width. The index tells which paragraphs hold all its pairs of characters; only the
text tells whether they stand in a row.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from corpus.reading.posts import CHINA, printable
from corpus.store.store import Store
from corpus.store.values import Opening
from retrieval.index import Index
from retrieval.text import analyzer

MOST_SUBJECTS = 5
LONGEST_SUBJECT = 20
"""Characters."""

MOST_MONTHS = 120

_TEXTS = 20_000  # paragraphs read at a time


@dataclass(frozen=True, slots=True)
class Line:
    """A subject, and how many posts mention it in each month; `undated` have no date,
    `outside` were published before the first month or after the last one."""

    subject: str
    counts: tuple[int, ...]
    undated: int
    outside: int

    @property
    def total(self) -> int:
        """The posts of all the months."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Trend:
    """Lines over the same months, each (year, month); the last one `goes_on` if it is this one."""

    months: tuple[tuple[int, int], ...]
    lines: tuple[Line, ...]
    goes_on: bool

    @property
    def is_empty(self) -> bool:
        """Whether no post mentions any of the subjects in these months."""
        return not any(line.total for line in self.lines)


def subjects_in(text: str) -> list[str]:
    """The subjects that spaces, commas and the like part; what means the same stands once.

    >>> subjects_in("留抵退税、骗税 騙稅")
    ['留抵退税', '骗税']
    """
    by_form: dict[str, str] = {}
    for subject in re.split(r"[\s,，、;；]+", printable(text)):
        if _pairs(form := analyzer.normalise(subject)):
            by_form.setdefault(form, subject)
    return list(by_form.values())


def trend(store: Store, index: Index, subjects: Sequence[str], now: datetime) -> Trend:
    """How often the posts mention each of some subjects of `subjects_in`.

    The months are those from the oldest post to the newest one, at most `MOST_MONTHS` up to
    `now`; those without a mention count 0.
    """
    posts = _Posts(store.openings())
    this_month = _number(now.astimezone(CHINA).year, now.astimezone(CHINA).month)
    dated = posts.months[(posts.months >= 0) & (posts.months <= this_month)]
    last = int(dated.max()) if len(dated) else this_month
    first = max(int(dated.min()), last - MOST_MONTHS + 1) if len(dated) else last
    lines = []
    for subject in subjects:
        months = posts.months[_mentioning(store, index, posts, analyzer.normalise(subject))]
        inside = months[(months >= first) & (months <= last)]
        counts = np.bincount(inside - first, minlength=last - first + 1)
        undated = int(np.count_nonzero(months < 0))
        outside = len(months) - len(inside) - undated
        lines.append(Line(subject, tuple(counts.tolist()), undated, outside))
    months_named = tuple((at // 12, at % 12 + 1) for at in range(first, last + 1))
    return Trend(months_named, tuple(lines), goes_on=last == this_month)


class _Posts:
    """All posts in the order of their paragraphs' numbers, as arrays with a place a post."""

    def __init__(self, openings: Iterable[Opening]) -> None:
        self._openings = list(openings)
        self.firsts = np.array([o.first for o in self._openings], np.int64)
        self.months = np.array(
            [_number(*o.month) if o.month else -1 for o in self._openings], np.int64
        )

    @cached_property
    def keys(self) -> NDArray[np.int64]:
        """The numbers of all paragraphs, ascending: those of a post follow each other."""
        sizes = np.array([o.paragraphs for o in self._openings], np.int64)
        starts = np.cumsum(sizes) - sizes
        keys: NDArray[np.int64] = np.arange(sizes.sum()) + np.repeat(self.firsts - starts, sizes)
        return keys

    @cached_property
    def titles(self) -> list[str]:
        """Normalised."""
        return analyzer.normalise_all(o.title or "" for o in self._openings)

    def of(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """The places of the posts to which these paragraphs belong."""
        places: NDArray[np.int64] = np.searchsorted(self.firsts, keys, side="right") - 1
        return places


def _mentioning(store: Store, index: Index, posts: _Posts, form: str) -> NDArray[np.bool_]:
    """Which posts mention a normalised subject."""
    mention = np.zeros(len(posts.firsts), np.bool_)
    pairs = _pairs(form)
    keys = posts.keys
    index.search({"bigrams": pairs[:1]}, 1)  # takes in what was written meanwhile
    for pair in sorted(pairs, key=lambda pair: index.document_frequency(pair, "bigrams")):
        keys = keys[index.scores({"bigrams": [pair]}, keys) > 0]  # type: ignore[arg-type]
    if pairs == [form]:
        mention[posts.of(keys)] = True
        return mention
    # Titles are indexed with each of their paragraphs.
    candidates = np.unique(posts.of(keys))
    mention[[place for place in candidates if form in posts.titles[place]]] = True
    keys = keys[~mention[posts.of(keys)]]
    mention[posts.of(np.array(store.holding(keys.tolist(), form), np.int64))] = True
    # What is left lacks the subject, or has it in another script or width.
    left = iter(keys[~mention[posts.of(keys)]].tolist())
    while some := list(islice(left, _TEXTS)):
        entries = list(store.entries(some))
        texts = analyzer.normalise_all(f"{e.heading or ''}\n{e.text}" for e in entries)
        held = [e.key for e, text in zip(entries, texts, strict=True) if form in text]
        mention[posts.of(np.array(held, np.int64))] = True
    return mention


def _pairs(form: str) -> list[str]:
    """The distinct terms that every text with this form holds.

    A lone Chinese character is left out: in a text it may be one of a pair.
    """
    terms = analyzer.bigrams(form)
    return list(dict.fromkeys(t for t in terms if len(t) > 1 or t.isascii()))


def _number(year: int, month: int) -> int:
    """A month as one number."""
    return year * 12 + month - 1
