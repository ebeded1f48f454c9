"""Questions → groups of those that are alike."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from corpus.reading.posts import printable
from retrieval.question.question import subject_of
from retrieval.text import analyzer
from retrieval.text.analyzer import FUNCTION_WORDS

LIKE = 0.4
"""How much of the terms that two questions have, they share, if they are alike."""


def groups(questions: Sequence[str]) -> list[list[int]]:
    """The places of the questions by group, each in its order; a question joins the group whose
    first is most like it, if one is like it, else it begins another."""
    terms = [_terms(question) for question in questions]
    found: list[list[int]] = []
    holders: dict[str, list[int]] = defaultdict(list)  # by term, the groups whose first has it
    for place, own in enumerate(terms):
        shared = Counter(group for term in own for group in holders[term])
        best, most = -1, LIKE
        for group, count in shared.items():
            similarity = count / (len(own) + len(terms[found[group][0]]) - count)
            if similarity >= most:
                best, most = group, similarity
        if best >= 0:
            found[best].append(place)
        else:
            for term in own:
                holders[term].append(len(found))
            found.append([place])
    return found


def _terms(question: str) -> frozenset[str]:
    """The words and pairs of characters of what a question is about."""
    subject = subject_of(analyzer.normalise(printable(question)))
    terms = {*analyzer.words(subject), *analyzer.bigrams(subject)}
    return frozenset(term for term in terms if not FUNCTION_WORDS & set(term)) or frozenset(terms)
