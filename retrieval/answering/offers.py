"""A person or a body whom no report names → one of nearly the same name who is named: 是不是“…”？

A name is nearly the same that sounds the same or nearly so (zh and z, n and l, ing and in); one of
three characters and more also where one of them is another, one is missing or one too many.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from corpus.reading.places import mentioned, place_named
from retrieval.answering.answerer import Answerer
from retrieval.question.question import subject_of
from retrieval.question.reader import normal_of
from retrieval.ranking.mismatch import FEW, MOSTLY, in_bodies, is_of_body
from retrieval.text import analyzer
from retrieval.text.entities import ALL_SURNAMES, LONGEST_PERSON, agent, persons
from retrieval.text.sounds import may_sound_alike, sounding_like, sounding_nearly_like

_HAN = re.compile(r"[一-鿿]{4,}")
_HANS = re.compile(r"[一-鿿]+$")
_LEAST_BODY = 4
"""Characters of a body's name, as it is typed, at least."""

_DEEDS = "偷逃骗漏被罚虚少补藏瞒的"

_LEAST_AROUND = 3
"""More characters than this around a place have to be the same."""

_NEAREST = 8
"""Paragraphs with the most pairs of characters of a question, in whose stories a body is looked
for."""

_AROUND = 100
"""Paragraphs in which a person is looked for whose name is one character off."""

_MOST_PERSONS = 4
"""Unknown persons of a question that are looked for, and ..."""
_MOST_PLACES = 40
"""... places at which a body is: who writes more has made no slip in a name, and each costs some
milliseconds."""

_LEAST_NAMED = 2
"""In how many paragraphs a name stands at least to be offered."""


def offer(answerer: Answerer, question: str, answered_from: str | None) -> tuple[str, str] | None:
    """The name that may be meant, and the question with it; None if there is none, or the corpus
    knows the one that was typed. `answered_from` is the post that answers the question, None if
    none does: it may tell of a body whose name only sounds like the one that was typed."""
    normal = normal_of(question)
    return _person(answerer, normal) or _body(answerer, normal, answered_from)


def _person(answerer: Answerer, normal: str) -> tuple[str, str] | None:
    subject = subject_of(normal)
    for typed, at in islice(_unknown_persons(answerer, subject).items(), _MOST_PERSONS):
        after = subject[at + len(typed) :]
        if (meant := _sounding(answerer, typed)) and (name := _whole(answerer, meant, after)):
            return name, normal.replace(typed, meant)
        for window in (subject[at : at + LONGEST_PERSON], typed):
            if meant := _best(answerer, _one_off(answerer, window)):
                return meant, normal.replace(window, meant)
    return None


def _unknown_persons(answerer: Answerer, subject: str) -> dict[str, int]:
    """The persons whom a subject names and the corpus lacks, each once, with their places."""
    tagged = analyzer.tagged(subject)
    names = list(persons(tagged))
    if not names and (name := agent(tagged)):
        names = [(0, name)]
    unknown: dict[str, int] = {}
    for at, start in names:
        typed = _typed(answerer, subject, at, start)
        if typed and not place_named(subject[at : at + 2]) and not answerer.synonyms_in(typed):
            unknown.setdefault(typed, at)
    return unknown


def _body(answerer: Answerer, normal: str, answered_from: str | None) -> tuple[str, str] | None:
    """The company of which a question has one character otherwise, one too few or one too many;
    of the post that answers it only one that sounds the same."""
    found = ((run, at) for run in _HAN.finditer(normal) for at in _unknown_places(answerer, run[0]))
    places = list(islice(found, _MOST_PLACES))
    if not places:
        return None
    for whole in _wholes(answerer, [run[0] for run, _ in places], answered_from):
        for run, at in places:
            for meant, place in _mended(answerer, run[0], at, whole):
                name = _longest_in(meant, place, whole)
                is_slip = answered_from is None or _sounds_same(run[0], meant)
                if is_slip and len(name) >= _LEAST_BODY:
                    return name, normal[: run.start()] + meant + normal[run.end() :]
    return None


def _wholes(answerer: Answerer, runs: list[str], answered_from: str | None) -> Iterable[str]:
    """The stories, normalised, in which a body is looked for."""
    if answered_from is not None:
        story = answerer.story(answered_from)
        return [answerer.normalised(story).whole] if story else []
    pairs = dict.fromkeys(pair for run in runs for pair in analyzer.bigrams(run))
    return answerer.texts_with({"bigrams": list(pairs)}, _NEAREST)


def _unknown_places(answerer: Answerer, run: str) -> list[int]:
    """The places of a run beside which the corpus never has the same character, but in the name of
    a place."""
    pairs = [run[at : at + 2] for at in range(len(run) - 1)]
    known = [True, *(bool(idf) for idf in answerer.index.idf(pairs, "bigrams")), True]
    return [
        at
        for at in range(len(run))
        if not (known[at] and known[at + 1]) and not mentioned(run[max(0, at - 1) : at + 2])
    ]


def _sounds_same(typed: str, meant: str) -> bool:
    return len(typed) == len(meant) and may_sound_alike(typed, meant)


def _mended(answerer: Answerer, run: str, at: int, whole: str) -> Iterator[tuple[str, int]]:
    """A run with another character at a place, one more before it, or without it, as a body in a
    text is called; with the place of what was mended."""
    for other in in_bodies(run, at, whole, answerer.index):
        if not _is_pronoun(other):  # 海南各离岛免税店 is no name
            yield run[:at] + other + run[at + 1 :], at
    left, right = run[max(0, at - 2) : at], run[at : at + 2]
    if len(left + right) > _LEAST_AROUND and left in whole and right in whole:
        for match in re.finditer(f"{left}([市县区州省镇乡]){right}", whole):
            if _is_rare(answerer, match[0]) and is_of_body(whole, match.end()):
                yield run[:at] + match[1] + run[at:], at
    around = left + run[at + 1 : at + 3]
    place = whole.find(around)
    is_name = len(around) > _LEAST_AROUND and place >= 0 and _is_rare(answerer, around)
    if is_name and is_of_body(whole, place + len(around)):
        yield run[:at] + run[at + 1 :], at


def _is_pronoun(character: str) -> bool:
    return analyzer.tagged(character)[0][1][0] == "r"


def _is_rare(answerer: Answerer, text: str) -> bool:
    """Whether each pair of a text stands in few paragraphs, as in a name."""
    return all(_named(answerer, pair) <= FEW for pair in analyzer.bigrams(text))


def _longest_in(run: str, at: int, whole: str) -> str:
    """The longest piece of a run around a place that stands in a text."""
    pieces = (
        run[start:end]
        for start in range(at + 1)
        for end in range(len(run), at, -1)
        if run[start:end] in whole
    )
    return max(pieces, key=len, default="").rstrip(_DEEDS)


def _whole(answerer: Answerer, meant: str, after: str) -> str | None:
    """A name that is meant, with the character after it if that is its last; None if the name
    that stands in the corpus goes on otherwise."""
    longer = meant + after[:1]
    if len(longer) != LONGEST_PERSON:
        return meant
    if _named(answerer, longer) == _named(answerer, meant):
        return longer
    return None if _end_of(answerer, meant) else meant


def _end_of(answerer: Answerer, start: str) -> str | None:
    """The last character of the person's name that begins so: that which mostly follows. What
    stands behind a name of two characters is its next word, now this and now that."""
    whole = "\n".join(answerer.texts_with({"characters": list(start)}, _AROUND))
    ends = Counter(re.findall(f"{start}([一-鿿])", whole))
    end, times = next(iter(ends.most_common(1)), ("", 0))
    return end if times > 1 and times >= MOSTLY * ends.total() else None


def _typed(answerer: Answerer, subject: str, at: int, start: str) -> str | None:
    """The name typed at a place of a subject, as far as the corpus lacks it; None if it has it."""
    if not _named(answerer, start):
        return start
    whole = subject[at : at + LONGEST_PERSON]
    is_more = len(whole) == LONGEST_PERSON and whole.isalpha() and not analyzer.is_word(whole[1:])
    is_given = is_more and analyzer.tagged(whole[2])[0][1][0] not in "cpruvdy"
    return whole if is_given and not _named(answerer, whole[1:]) else None


def _sounding(answerer: Answerer, typed: str) -> str | None:
    """The name that sounds like the one that was typed, or else nearly so."""
    for like in (sounding_like, sounding_nearly_like):
        if meant := _best(answerer, _alike(typed, like)):
            return meant
    return None


def _best(answerer: Answerer, names: Iterable[str]) -> str | None:
    """Of some names the one that stands in the most paragraphs."""
    found = {name: _named(answerer, name) for name in names}
    meant = max(found, key=found.__getitem__, default=None)
    if meant is None or found[meant] < _LEAST_NAMED or not answerer.holding([meant]):
        return None
    return meant


def _alike(typed: str, like: Callable[[str], str]) -> Iterator[str]:
    """The names that differ from the one typed in one character, which sounds alike."""
    for place, character in enumerate(typed):
        for other in like(character):
            is_first = place == 0 and character in ALL_SURNAMES
            if other != character and (not is_first or other in ALL_SURNAMES):
                yield typed[:place] + other + typed[place + 1 :]


def _one_off(answerer: Answerer, typed: str) -> Iterator[str]:
    """The names of persons in the corpus that have one character otherwise than the one typed, or
    one more."""
    if len(typed) < LONGEST_PERSON - 1 or typed[0] not in ALL_SURNAMES or not _HANS.match(typed):
        return
    whole = "\n".join(answerer.texts_with({"characters": list(typed)}, _AROUND))
    yield from filter(_is_person, set(re.findall(f"{typed[0]}[一-鿿]{typed[-1]}", whole)))
    if len(typed) == LONGEST_PERSON and (end := _end_of(answerer, typed[:2])):
        yield typed[:2] + end


def _is_person(name: str) -> bool:
    """Whether a text that begins with a surname can be a name: no words of a dictionary."""
    return not analyzer.is_word(name) and all(
        len(word) == 1 or tag.startswith("nr") for word, tag in analyzer.tagged(name)
    )


def _named(answerer: Answerer, name: str) -> int:
    """In how many paragraphs all pairs of characters of a name stand at most."""
    pairs = analyzer.bigrams(name)
    return min(answerer.index.document_frequency(pair, "bigrams") for pair in pairs)
