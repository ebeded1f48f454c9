"""Names of the same thing: 个税 is written 个人所得税, and the other way round.

`synonyms.tsv` has names of one thing, which find each other; `everyday.tsv` what people say, which
finds what is written and is not found by it.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import islice
from pathlib import Path

from corpus.errors import TaxnewsError
from retrieval.text import analyzer
from retrieval.text.phrases import Phrases

BUNDLED = ("synonyms.tsv", "everyday.tsv")
_SHORTEST_SPOKEN = 2  # a character stands in words of all sorts


class BadSynonyms(TaxnewsError):
    """A file of synonyms that can't be read; the message names file and line."""


class Synonyms:
    """The names of `text`, a line an idea: its names, separated by tabs; # begins a comment.

    A first name that ends in => is what people say: it finds the others, they don't find it.
    `more` are groups of names as a line has them.
    """

    def __init__(self, text: str, more: Iterable[Sequence[str]] = ()) -> None:
        self._text = text
        self._others: dict[str, tuple[str, ...]] = {}
        spoken: list[tuple[str, str]] = []
        for names in _normalised([*_lines(text), *more]):
            is_one_way = bool(names) and names[0].endswith("=>")
            if is_one_way:
                names[0] = names[0].removesuffix("=>").rstrip()
                spoken += [(names[0], names[1])] if len(names) > 1 else []
            for name in names[:1] if is_one_way else names:
                known = self._others.get(name, ())
                new = tuple(n for n in names if n != name and n not in known)
                self._others[name] = known + new
        self._spoken = self._said_for(spoken)
        self._long = Phrases(name for name in self._others if len(name) > 1)

    def _said_for(self, spoken: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
        """What people say for a written name: the first of their line, or another name of it."""
        said_for: dict[str, tuple[str, ...]] = {}
        for said, written in spoken:
            if len(said) >= _SHORTEST_SPOKEN:
                for name in (written, *self._others.get(written, ())):
                    said_for[name] = (*said_for.get(name, ()), said)
        return said_for

    def joined_by(self, more: Iterable[Sequence[str]]) -> "Synonyms":
        """These names and groups of more."""
        return Synonyms(self._text, more)

    def __contains__(self, name: object) -> bool:
        return name in self._others

    def names(self) -> list[str]:
        """Every name, normalised."""
        return list(self._others)

    def others(self, name: str) -> tuple[str, ...]:
        """The other names of a normalised name, none of one that is not known."""
        return self._others.get(name, ())

    def of(self, normal: str, *, both_ways: bool = False) -> dict[str, tuple[str, ...]]:
        """By name in a normalised text, its other names; a character only where it is a word.
        `both_ways`: what people say for a word is among them."""
        found = {name: self._others[name] for name in self._long.everywhere(normal)}
        covered = "".join(found)
        for word, _ in analyzer.tagged(normal):
            if len(word) == 1 and word in self._others and word not in covered:
                found[word] = self._others[word]
            if both_ways and word in self._spoken:
                found[word] = (*found.get(word, ()), *self._spoken[word])
        return {name: tuple(o for o in others if o not in normal) for name, others in found.items()}


def _lines(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines() if not line.startswith("#")]


def _normalised(lines: Iterable[Sequence[str]]) -> list[list[str]]:
    """The names of each line, normalised at once: thousands one at a time delay the start."""
    rows = [[stripped for name in line if (stripped := name.strip())] for line in lines]
    names = iter(analyzer.normalise_all(name for row in rows for name in row))
    return [list(islice(names, len(row))) for row in rows]


def load(extra: Path | None = None) -> Synonyms:
    """The names of `BUNDLED`, and those of an operator's file in the same form.

    Raises `BadSynonyms`.
    """
    return Synonyms(f"{_bundled_text()}\n{_own(extra)}") if extra else _bundled()


@lru_cache(maxsize=1)
def _bundled() -> Synonyms:
    """Read once: every opening and every calibration asks for them."""
    return Synonyms(_bundled_text())


def _bundled_text() -> str:
    folder = files("retrieval.text")
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in BUNDLED)


def _own(path: Path) -> str:
    """The text of an operator's file, each of whose lines names one thing twice or more."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise BadSynonyms(f"{path}: synonyms can't be read ({reason})") from None
    for number, line in enumerate(text.splitlines(), 1):
        names = [name for name in line.split("\t") if name.strip()]
        if not line.startswith("#") and len(names) == 1:
            raise BadSynonyms(f"{path}:{number}: one name only; write its others behind tabs")
    return text
