"""A person whom no report names → one of nearly the same name who is named: 是不是“…”？"""

from collections.abc import Iterator

from retrieval.answering.answerer import Answerer, normal_of
from retrieval.question.question import subject_of
from retrieval.text import analyzer
from retrieval.text.entities import ALL_SURNAMES, LONGEST_PERSON, agent, persons
from retrieval.text.sounds import sounding_like

_LEAST_NAMED = 2
"""In how many paragraphs a name stands at least to be offered."""


def offer(answerer: Answerer, question: str) -> tuple[str, str] | None:
    """The name that may be meant, and the question with it; None if there is none, or the corpus
    knows the one that was typed."""
    normal = normal_of(question)
    subject = subject_of(normal)
    tagged = analyzer.tagged(subject)
    names = list(persons(tagged))
    if not names and (name := agent(tagged)):
        names = [(0, name)]
    for at, start in names:
        typed = _typed(answerer, subject, at, start)
        if typed and not answerer.synonyms_in(typed) and (meant := _meant(answerer, typed)):
            return _whole(answerer, meant, subject[at + len(typed) :]), normal.replace(typed, meant)
    return None


def _whole(answerer: Answerer, meant: str, after: str) -> str:
    """A name that is meant, with the character after it if that is its last."""
    longer = meant + after[:1]
    is_longer = len(longer) == LONGEST_PERSON and _named(answerer, longer) == _named(
        answerer, meant
    )
    return longer if is_longer else meant


def _typed(answerer: Answerer, subject: str, at: int, start: str) -> str | None:
    """The name typed at a place of a subject, as far as the corpus lacks it; None if it has it."""
    if not _named(answerer, start):
        return start
    whole = subject[at : at + LONGEST_PERSON]
    is_more = len(whole) == LONGEST_PERSON and whole.isalpha() and not analyzer.is_word(whole[1:])
    is_given = is_more and analyzer.tagged(whole[2])[0][1][0] not in "cpruvdy"
    return whole if is_given and not _named(answerer, whole[1:]) else None


def _meant(answerer: Answerer, typed: str) -> str | None:
    """The name that sounds like the one that was typed and stands in the most paragraphs."""
    found = {name: _named(answerer, name) for name in _alike(typed)}
    meant = max(found, key=found.__getitem__, default=None)
    if meant is None or found[meant] < _LEAST_NAMED or not answerer.holding([meant]):
        return None
    return meant


def _alike(typed: str) -> Iterator[str]:
    """The names that differ from the one typed in one character, and not in its sound."""
    for place, character in enumerate(typed):
        for other in sounding_like(character):
            is_first = place == 0 and character in ALL_SURNAMES
            if other != character and (not is_first or other in ALL_SURNAMES):
                yield typed[:place] + other + typed[place + 1 :]


def _named(answerer: Answerer, name: str) -> int:
    """In how many paragraphs all pairs of characters of a name stand at most."""
    pairs = analyzer.bigrams(name)
    return min(answerer.index.document_frequency(pair, "bigrams") for pair in pairs)
