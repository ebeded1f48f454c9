"""Which terms of a question does the index look for, and how often does each count?"""

from retrieval.index import Searchable
from retrieval.question.question import SYNONYM, ParsedQuestion
from retrieval.ranking.ranking import EVERYWHERE


def search_terms(question: ParsedQuestion, index: Searchable) -> dict[str, list[str]]:
    """The terms for the index, each as often as it weighs: a synonym once, a word typed twice.

    A single character that is everywhere is left out, if not all are.
    """
    characters = question.terms["characters"]
    idfs = index.idf(list(characters), "characters").tolist()
    rare = {c: characters[c] for c, idf in zip(characters, idfs, strict=True) if idf > EVERYWHERE}
    searched = {**question.terms, "characters": rare or characters}
    return {
        field: [term for term, weight in terms.items() for _ in range(round(weight / SYNONYM))]
        for field, terms in searched.items()
    }
