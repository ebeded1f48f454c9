"""Homophones typed for a term of the field: 增殖税 → 增值税, 虚开发飘 → 虚开发票."""

import re
from collections.abc import Callable, Iterable, Sequence

from pypinyin import lazy_pinyin

from retrieval import analysis

_CHINESE = re.compile(r"[一-鿿]{2,}")
LONGEST = 8
"""Characters of the longest term that is looked for."""


class Typos:
    """Reads a homophone as a term, where the corpus knows the term and not what was typed.

    `terms` are what may be meant; `knows` tells of each of some pairs of
    adjacent characters whether the corpus holds it.
    """

    def __init__(
        self, terms: Iterable[str], knows: Callable[[Sequence[str]], Sequence[bool]]
    ) -> None:
        self._knows = knows
        self._terms: dict[tuple[str, ...], list[str]] = {}
        for term in terms:
            if len(term) <= LONGEST and _CHINESE.fullmatch(term):
                self._terms.setdefault(tuple(lazy_pinyin(term)), []).append(term)

    def correct(self, normal: str) -> str:
        """A normalised question, in which each homophone is read as the term."""
        return _CHINESE.sub(lambda match: self._correct_run(match[0]), normal)

    def _correct_run(self, run: str) -> str:
        known = self._known(run)
        if all(known):
            return run
        edges, is_right = {0}, [False] * len(run)  # by character: of a word that the corpus writes
        for word, _ in analysis.tagged(run):
            at = max(edges)
            edges.add(at + len(word))
            if len(word) > 1 and all(known[at : at + len(word) - 1]):
                is_right[at : at + len(word)] = [True] * len(word)
        sounds = lazy_pinyin(run)
        for size in range(min(LONGEST, len(run)), 1, -1):
            for i in range(len(run) - size + 1):
                typed = run[i : i + size]
                if not {i, i + size} <= edges or all(known[i : i + size - 1]):
                    continue
                for term in self._terms.get(tuple(sounds[i : i + size]), ()):
                    same = [a == b for a, b in zip(typed, term, strict=True)]
                    changed = [i + place for place, kept in enumerate(same) if not kept]
                    leaves_right = not any(is_right[place] for place in changed)
                    if any(same) and leaves_right and all(self._known(term)):
                        return self._correct_run(run[:i] + term + run[i + size :])
        return run

    def _known(self, run: str) -> Sequence[bool]:
        """Whether the corpus holds each pair of adjacent characters of `run`, in order."""
        return self._knows([run[i : i + 2] for i in range(len(run) - 1)])
