"""Homophones typed for what was meant, a term of the field or a word that the corpus writes:
增殖税 → 增值税, 虚开发飘 → 虚开发票, 客虎 → 客户."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import pairwise, product

from retrieval.text import analyzer
from retrieval.text.analyzer import FUNCTION_WORDS, Tagged
from retrieval.text.entities import LONGEST_PERSON, persons
from retrieval.text.sounds import may_sound_alike, sounding_like, sounds

_CHINESE = re.compile(r"[一-鿿]{2,}")
LONGEST = 8
"""Characters of the longest term that is looked for."""

_LONGEST_WORD = 4
_WRITTEN = 10
"""In how many paragraphs a word stands at least that someone may have meant to type."""

# Parts of speech: what stands beside any word, and what a word that was meant may be.
_PARTICLES = "cdfmpruy"
_CONTENT = "aijlnstvz"

_ALONE = frozenset("谁几哪啥会能要还得去到有没完")
"""Mostly words by themselves, that are typed as they are meant: 算谁的, 打几折."""

_SELDOM = 10
"""A word that the dictionary's texts have no more often may be a typing error: 发飘."""

_HEARD = 4096
"""Of how many typed texts it is kept which terms sound like them."""

_CONTRARY = {"买", "卖"}
"""They sound alike, and who types one means it."""

_Meant = tuple[int, str]
"""Where in a run something stands for another text of the same length, and that text."""


class Typos:
    """Reads a homophone as a term or word, where the corpus knows that and not what was typed.

    `terms` are what may be meant of which the corpus knows no more than that it is there, or that
    one of its `others` is, the names that are written for it; `knows`
    tells of each of some pairs of adjacent characters whether the corpus holds it, `written` in
    how many paragraphs a word stands.
    """

    def __init__(
        self,
        terms: Iterable[str],
        knows: Callable[[Sequence[str]], Sequence[bool]],
        written: Callable[[str], int],
        others: Callable[[str], Sequence[str]] = lambda _: (),
    ) -> None:
        self._knows = knows
        self._written = written
        self._others = others
        self._meant = [
            t for t in dict.fromkeys(terms) if len(t) <= LONGEST and _CHINESE.fullmatch(t)
        ]
        self._right = frozenset(self._meant)
        # A run may repeat itself hundreds of times, and other questions say the same.
        self._sounding = lru_cache(maxsize=_HEARD)(lambda typed: [*self._sounding_like(typed)])

    @cached_property
    def _terms(self) -> Mapping[tuple[int, str, str], Sequence[int]]:
        """The places of the terms that may be meant, by their length and how they begin."""
        terms: dict[tuple[int, str, str], list[int]] = {}
        for place, term in enumerate(self._meant):
            for heard in _beginnings(term):
                terms.setdefault(heard, []).append(place)
        return terms

    def correct(self, normal: str) -> str:
        """A normalised question, in which each homophone is read as what was meant."""
        return _CHINESE.sub(lambda match: self._correct_run(match[0]), normal)

    def _correct_run(self, run: str) -> str:
        known = self._known(run)
        if all(known):
            return run
        pieces = analyzer.tagged(run)
        with_terms = _replaced(run, self._terms_meant(run, pieces, known))
        if with_terms != run:
            pieces, known = analyzer.tagged(with_terms), self._known(with_terms)
        return _replaced(with_terms, self._words_meant(pieces, known))

    def _terms_meant(self, run: str, pieces: Tagged, known: Sequence[bool]) -> Iterator[_Meant]:
        """The terms that homophones in a run of tagged `pieces` may mean, the longest first;
        `known` is of its pairs of characters."""
        edges, is_right = {0}, [False] * len(run)  # by character: of a word that the corpus writes
        at = 0
        for word, _ in pieces:
            if len(word) > 1 and all(known[at : at + len(word) - 1]):
                is_right[at : at + len(word)] = [True] * len(word)
            at += len(word)
            edges.add(at)
        for size in range(min(LONGEST, len(run)), 1, -1):
            for i in range(len(run) - size + 1):
                if i not in edges or i + size not in edges or all(known[i : i + size - 1]):
                    continue
                typed = run[i : i + size]
                for term in self._sounding(typed):
                    changed = [p for p in range(size) if typed[p] != term[p]]
                    is_typo = not any(
                        is_right[i + p] or {typed[p], term[p]} == _CONTRARY for p in changed
                    )
                    if is_typo and not _is_right(typed, term) and self._is_likelier(term):
                        yield i, term

    def _is_likelier(self, term: str) -> bool:
        """Whether the corpus holds a term, or what is written for it."""
        return any(all(self._known(name)) for name in (term, *self._others(term)))

    def _sounding_like(self, typed: str) -> Iterator[str]:
        """The terms that sound like what was typed and share a character with it in its place,
        those that share an earlier one first."""
        alike = {place for heard in _beginnings(typed) for place in self._terms.get(heard, ())}
        shared = sorted((_first_shared(typed, self._meant[place]), place) for place in alike)
        terms = (self._meant[place] for at, place in shared if at < len(typed))
        return (term for term in terms if may_sound_alike(typed, term))

    def _words_meant(self, pieces: Tagged, known: Sequence[bool]) -> Iterator[_Meant]:
        """The words that pieces of no word in a run may mean, the most frequent first; `known` as
        in `_terms_meant`."""
        found: list[tuple[int, int, str]] = []
        at = 0
        # Who is not in the corpus is another person, and no typing error.
        named = {begin + place for begin, _ in persons(pieces) for place in range(LONGEST_PERSON)}
        for (left, tag), (right, right_tag) in pairwise(pieces):
            typed = left + right
            for place, piece, its_tag in ((0, left, tag), (len(left), right, right_tag)):
                if len(piece) > 1 or len(typed) > _LONGEST_WORD:
                    continue
                if its_tag[0] in _PARTICLES or piece in FUNCTION_WORDS:
                    continue
                if at + place in named or typed in self._right or not _ALONE.isdisjoint(typed):
                    continue
                if not any(known[at + max(0, place - 1) : at + min(place + 1, len(typed) - 1)]):
                    found += [(self._written(w), at, w) for w in _homophones(typed, place)]
            at += len(left)
        for times, at, word in sorted(found, reverse=True):
            if times >= _WRITTEN:
                yield at, word

    def _known(self, run: str) -> Sequence[bool]:
        """Whether the corpus holds each pair of adjacent characters of `run`, in order."""
        return self._knows([run[i : i + 2] for i in range(len(run) - 1)])


def _is_right(typed: str, term: str) -> bool:
    """Whether two characters are meant as they are typed: by chance they sound like something,
    more hardly ever do."""
    changed = {typed[p] for p in range(len(typed)) if typed[p] != term[p]}
    is_usual = analyzer.frequency(typed) > _SELDOM
    return len(typed) == 2 and (is_usual or not changed.isdisjoint(_ALONE))


def _replaced(run: str, meant: Iterable[_Meant]) -> str:
    """A run with what was meant in it, where that does not overlap what came before."""
    is_taken = [False] * len(run)
    for at, text in meant:
        end = at + len(text)
        if not any(is_taken[at:end]):
            run = run[:at] + text + run[end:]
            is_taken[at:end] = [True] * len(text)
    return run


def _beginnings(text: str) -> Iterator[tuple[int, str, str]]:
    """The length of a text, and the sounds of its first two characters: all in which they may
    be read."""
    return ((len(text), one, other) for one, other in product(*map(sounds, text[:2])))


def _first_shared(text: str, other: str) -> int:
    """The first place where two texts of one length have the same character; their length if
    there is none."""
    same = (at for at, (one, its) in enumerate(zip(text, other, strict=True)) if one == its)
    return next(same, len(text))


def _homophones(typed: str, place: int) -> Iterator[str]:
    """The content words that differ from what was typed in the character at `place`, and not in
    its sound."""
    for character in sounding_like(typed[place]):
        word = typed[:place] + character + typed[place + 1 :]
        if word != typed and analyzer.is_word(word) and _is_content(analyzer.tagged(word)[0][1]):
            yield word


def _is_content(tag: str) -> bool:
    # Nobody is taken for a person whose name sounds alike.
    return tag[0] in _CONTENT and not tag.startswith("nr")
