"""Names of the same thing: 个税 is written 个人所得税, and the other way round."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from corpus.errors import TaxnewsError
from retrieval.text import analyzer
from retrieval.text.phrases import Phrases


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
        lines = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
        for line in [*lines, *more]:
            names = [analyzer.normalise(name.strip()) for name in line if name.strip()]
            is_one_way = bool(names) and names[0].endswith("=>")
            if is_one_way:
                names[0] = names[0].removesuffix("=>").rstrip()
            for name in names[:1] if is_one_way else names:
                known = self._others.get(name, ())
                new = tuple(n for n in names if n != name and n not in known)
                self._others[name] = known + new
        self._long = Phrases(name for name in self._others if len(name) > 1)

    def joined_by(self, more: Iterable[Sequence[str]]) -> "Synonyms":
        """These names and groups of more."""
        return Synonyms(self._text, more)

    def names(self) -> list[str]:
        """Every name, normalised."""
        return list(self._others)

    def of(self, normal: str) -> dict[str, tuple[str, ...]]:
        """By name in a normalised text, its other names; a character only where it is a word."""
        found = {name: self._others[name] for name in self._long.everywhere(normal)}
        covered = "".join(found)
        for word, _ in analyzer.tagged(normal):
            if len(word) == 1 and word in self._others and word not in covered:
                found[word] = self._others[word]
        return {name: tuple(o for o in others if o not in normal) for name, others in found.items()}


def load(extra: Path | None = None) -> Synonyms:
    """The names of `synonyms.tsv`, and those of an operator's file in the same form.

    Raises `BadSynonyms`.
    """
    text = (files("retrieval.text") / "synonyms.tsv").read_text(encoding="utf-8")
    return Synonyms(text + "\n" + (_own(extra) if extra else ""))


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
