"""Boilerplate: what many posts say word for word, as a closing paragraph or the law they quote.

Such a sentence is no news of what it names. It is recognised by its clauses: most of them stand
in several other posts, or differ there in a place or a figure only. Near-duplicates of a post are
ignored.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from retrieval.ranking.normalised_stories import NormalisedStory
from retrieval.text import analyzer

RECENT = 2000
"""From how many posts boilerplate is learned: the newest, as offices change theirs."""

_PLACE = re.compile(
    r"(?:国家税务总局)?(?:(?:(?![在对由和与的了将为])[一-鿿]){2,7}?(?:自治区|自治州|省|市|盟|州|县|区|旗)){1,3}"
    r"(?:税务局|税务部门)?(?:第[一二三四五六七八九十]+)?(?:稽查局)?"
)
_FIGURE = re.compile(r"\d[\d.,]*")

_MOST_POSTS = 5  # a clause that more of them have is boilerplate
_MOSTLY = 0.75  # the share of such clauses in boilerplate
_COPIED = 0.85  # what is known already of a near-duplicate


def common_clauses(posts: Iterable[NormalisedStory]) -> frozenset[str]:
    """The clauses that stand in several of some posts, as `skeleton` has them; near-duplicates
    count once."""
    counts: Counter[str] = Counter()
    seen: set[str] = set()
    for post in posts:
        clauses = [
            clause
            for sentences in post.paragraphs
            for sentence in sentences
            for clause in _clauses(sentence)
        ]
        known = sum(len(clause) for clause in clauses if clause in seen)
        if known < _COPIED * sum(map(len, clauses)):
            counts.update({skeleton(clause) for clause in clauses})
            seen.update(clauses)
    return frozenset(clause for clause, posts_ in counts.items() if posts_ > _MOST_POSTS)


def without_boilerplate(post: NormalisedStory, common: frozenset[str]) -> NormalisedStory:
    """The post with nothing in the place of each sentence that consists mostly of `common`
    clauses."""
    paragraphs = tuple(
        tuple("" if _is_boilerplate(sentence, common) else sentence for sentence in sentences)
        for sentences in post.paragraphs
    )
    return replace(post, paragraphs=paragraphs)


def _is_boilerplate(sentence: str, common: frozenset[str]) -> bool:
    clauses = [skeleton(clause) for clause in _clauses(sentence)]
    shared = sum(len(clause) for clause in clauses if clause in common)
    return bool(clauses) and shared >= _MOSTLY * sum(map(len, clauses))


def _clauses(sentence: str) -> list[str]:
    """The clauses of a normalised sentence, without the marks between them."""
    spans = analyzer.clauses(sentence)
    clauses = (sentence[start:end].strip(' ,:;。!?"“”') for start, end in spans)
    return [clause for clause in clauses if clause]


def skeleton(clause: str) -> str:
    """A clause without what differs from post to post where the rest does not: the place, its
    office, sums and dates."""
    return _FIGURE.sub("#", _PLACE.sub("", clause))
