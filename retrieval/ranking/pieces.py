"""A story cut into pieces: its sentences, and the parts of those that are too long to show."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter

from retrieval.text import analyzer

LONGEST_PASSAGE = 400
LONGEST_SENTENCE = 120
_LONGEST_WORD = 16

HEADS = re.compile(r":\s*$")
"""What heads a list or an answer ends so, normalised."""
HEADING = re.compile(r"^.{0,50}\?\W*$")
"""A short question, normalised: a heading, which answers nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of a story, or a part of one that is too long to show.

    `sentence` numbers the sentences of the story, `paragraph` its paragraphs.
    """

    paragraph: int
    sentence: int
    text: str
    normal: str


def pieces(texts: list[str], longest: int) -> list[Piece]:
    """The sentences of paragraphs in order; one over `longest` is cut after its commas."""
    found: list[tuple[int, int, str]] = []
    number = 0
    for paragraph, text in enumerate(texts):
        for start, end in analyzer.sentences(text):
            found += [(paragraph, number, part) for part in _parts(text[start:end], longest)]
            number += 1
    normals = analyzer.normalise_all(part for _, _, part in found)
    return [Piece(*place, normal) for place, normal in zip(found, normals, strict=True)]


def short(piece: Piece) -> tuple[Piece, ...]:
    """The piece itself, or its parts of at most `LONGEST_SENTENCE` characters."""
    return (piece,) if len(piece.text) <= LONGEST_SENTENCE else _cut(piece)


@lru_cache(maxsize=4096)
def _cut(piece: Piece) -> tuple[Piece, ...]:
    parts = _parts(piece.text, LONGEST_SENTENCE)
    normals = analyzer.normalise_all(parts)
    return tuple(
        replace(piece, text=part, normal=normal)
        for part, normal in zip(parts, normals, strict=True)
    )


def _parts(sentence: str, longest: int) -> list[str]:
    """A sentence as it is, or its clauses, or what no comma divides in runs of words."""
    if len(sentence) <= longest:
        return [sentence]
    return [
        part
        for start, end in analyzer.clauses(sentence)
        for part in _runs(sentence[start:end], longest)
    ]


def _runs(clause: str, longest: int) -> Iterator[str]:
    """A clause in runs of at most `longest` characters, each to the last 、 of its second half, or
    else to the end of a word."""
    while len(clause) > longest:
        end = clause.rfind("、", longest // 2, longest) + 1 or _end_of_word(clause, longest)
        yield clause[:end]
        clause = clause[end:]
    yield clause


def _end_of_word(clause: str, longest: int) -> int:
    """Where the last word ends that ends within `longest` characters; there if none does."""
    words = analyzer.tagged(clause[: longest + _LONGEST_WORD])
    ends = accumulate(len(word) for word, _ in words)
    return max((end for end in ends if end <= longest), default=longest)


def places_of(story: Sequence[Piece], paragraphs: range) -> range:
    """The places of the pieces of some paragraphs."""
    start, end = (
        bisect_left(story, at, key=attrgetter("paragraph"))
        for at in (paragraphs.start, paragraphs.stop)
    )
    return range(start, end)


def length_of(shown: Sequence[Piece]) -> int:
    """The characters of adjacent pieces, one at least, with a line end between paragraphs."""
    return sum(len(piece.text) for piece in shown) + shown[-1].paragraph - shown[0].paragraph


def text_of(shown: Sequence[Piece]) -> str:
    """Adjacent pieces as a reader sees them: a line a paragraph."""
    lines: dict[int, str] = {}
    for piece in shown:
        lines[piece.paragraph] = lines.get(piece.paragraph, "") + piece.text
    return "\n".join(line.strip() for line in lines.values())
