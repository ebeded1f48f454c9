"""What many posts say word for word: the announcement's closing paragraph, the law it quotes.

Such a sentence is no news of what it names. It is told by its clauses: most of it stands in
several other posts. A post that says next to nothing of its own is another's copy, and counts
for none.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from retrieval.ranking.confidence import Told
from retrieval.text import analyzer

RECENT = 2000
"""Of how many posts formulas are learned: the newest, as offices change theirs."""

_MOST_POSTS = 5  # a clause that more of them have is a formula's
_MOSTLY = 0.75  # such clauses' share of a formula
_COPIED = 0.85  # what is known already of a copy


def common_clauses(posts: Iterable[Told]) -> frozenset[str]:
    """The clauses that stand in several of some posts, copies of a text taken once."""
    seen: Counter[str] = Counter()
    for post in posts:
        clauses = [
            clause
            for sentences in post.paragraphs
            for sentence in sentences
            for clause in _clauses(sentence)
        ]
        known = sum(len(clause) for clause in clauses if clause in seen)
        if known < _COPIED * sum(map(len, clauses)):
            seen.update(set(clauses))
    return frozenset(clause for clause, posts_ in seen.items() if posts_ > _MOST_POSTS)


def without_formulas(post: Told, common: frozenset[str]) -> Told:
    """The post with nothing in the place of each sentence that consists mostly of `common`
    clauses."""
    paragraphs = tuple(
        tuple("" if _is_formula(sentence, common) else sentence for sentence in sentences)
        for sentences in post.paragraphs
    )
    return replace(post, paragraphs=paragraphs)


def _is_formula(sentence: str, common: frozenset[str]) -> bool:
    clauses = _clauses(sentence)
    shared = sum(len(clause) for clause in clauses if clause in common)
    return bool(clauses) and shared >= _MOSTLY * sum(map(len, clauses))


def _clauses(sentence: str) -> list[str]:
    """The clauses of a normalised sentence, without the marks between them."""
    spans = analyzer.clauses(sentence)
    clauses = (sentence[start:end].strip(' ,:;。!?"“”') for start, end in spans)
    return [clause for clause in clauses if clause]
