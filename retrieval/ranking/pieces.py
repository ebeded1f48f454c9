"""A story cut into pieces: its sentences, and the parts of those that are too long to show."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from operator import attrgetter
from typing import NamedTuple

from retrieval.text import analyzer

LONGEST_PASSAGE = 400
LONGEST_SENTENCE = 120
_LONGEST_WORD = 16

HEADS = re.compile(r":\s*$")
"""What heads a list or an answer ends so, normalised."""
HEADING = re.compile(r"^.{0,50}\?\W*$")
"""A short question, normalised: a heading, which answers nothing."""

# The formula that all has been paid: it answers nothing either.
_PAID = re.compile(r"已\w{0,8}(?:入库|缴清)")
_ITEM = re.compile(
    r"\s*(?:\(?[一二三四五六七八九十\d]{1,3}[)、.]|[①-⑳]|第[一二三四五六七八九十\d]+[,、])"
)
NO_END = (",", "，", ";", "；", "、", ":", "：")
"""With what a part of a sentence ends that goes on."""


class Piece(NamedTuple):
    """A sentence of a story, or a part of one that is too long to show.

    `sentence` numbers the sentences of the story, `paragraph` its paragraphs; it stands from
    `start` to `end` in the story's text, a line a paragraph. `is_item`: it begins an item of a
    list, `is_head`: it heads one, `is_empty`: it answers nothing, `goes_on`: a part of its
    sentence follows.
    """

    paragraph: int
    sentence: int
    text: str
    normal: str
    start: int
    end: int
    is_item: bool
    is_head: bool
    is_empty: bool
    goes_on: bool


def pieces(texts: Sequence[str], longest: int, normals: Sequence[str] | None = None) -> list[Piece]:
    """The sentences of paragraphs in order; one over `longest` is cut after its commas. `normals`
    are the paragraphs normalised, where that has been done."""
    found: list[Piece] = []
    number = at = 0
    for paragraph, (text, normal) in enumerate(
        zip(texts, normals or analyzer.normalise_all(texts), strict=True)
    ):
        for sentence, its_normal in _sentences(text, normal):
            parts = _parts(sentence, longest)
            own = [its_normal] if len(parts) == 1 else analyzer.normalise_all(parts)
            for part, its_own in zip(parts, own, strict=True):
                found.append(_piece(paragraph, number, at, part, its_own))
                at += len(part)
            number += 1
        at += 1  # the end of its line
    return found


def _sentences(text: str, normal: str) -> Iterator[tuple[str, str]]:
    """The sentences of a paragraph, each with its normalised form, which begins and ends where the
    same marks stand in that of the paragraph."""
    places, own = analyzer.sentences(text), analyzer.sentences(normal)
    sentences = [text[start:end] for start, end in places]
    if len(places) == len(own):
        yield from zip(sentences, (normal[start:end] for start, end in own), strict=True)
    else:  # a mark in a form that does not end a sentence (﹖)
        yield from zip(sentences, analyzer.normalise_all(sentences), strict=True)


def _piece(paragraph: int, sentence: int, start: int, text: str, normal: str) -> Piece:
    is_formula = _PAID.search(normal) and not any(map(str.isdigit, normal))
    return Piece(
        paragraph,
        sentence,
        text,
        normal,
        start,
        start + len(text),
        is_item=_ITEM.match(normal) is not None,
        is_head=HEADS.search(normal) is not None,
        is_empty=bool(is_formula or HEADING.match(normal)),
        goes_on=text.rstrip().endswith(NO_END),
    )


def short(piece: Piece) -> tuple[Piece, ...]:
    """The piece itself, or its parts of at most `LONGEST_SENTENCE` characters."""
    return (piece,) if len(piece.text) <= LONGEST_SENTENCE else _cut(piece)


@lru_cache(maxsize=4096)
def _cut(piece: Piece) -> tuple[Piece, ...]:
    parts = _parts(piece.text, LONGEST_SENTENCE)
    normals = analyzer.normalise_all(parts)
    starts = accumulate(map(len, parts[:-1]), initial=piece.start)
    return tuple(
        _piece(piece.paragraph, piece.sentence, start, part, normal)
        for start, part, normal in zip(starts, parts, normals, strict=True)
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
    return shown[-1].end - shown[0].start


def text_of(shown: Sequence[Piece]) -> str:
    """Adjacent pieces as a reader sees them: a line a paragraph."""
    lines: dict[int, str] = {}
    for piece in shown:
        lines[piece.paragraph] = lines.get(piece.paragraph, "") + piece.text
    return "\n".join(line.strip() for line in lines.values())
