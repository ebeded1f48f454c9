"""Text → terms: one analyzer for paragraphs and questions.

normalise    what is written in many ways is written in one (width, case, script, numbers)
words        search-mode words of the dictionary
bigrams      pairs of adjacent characters: names that no dictionary knows still match
characters   single characters
sentences    where a text may be cut, and clauses within a sentence
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.resources import files
from operator import add
from types import ModuleType

import rjieba

from corpus.chinese import simplified
from retrieval.text.numbers import in_one_form

ANALYZER_VERSION = 4
"""Which terms are cut: one more with every change of them, here, in `numbers.py` or in
`tax_words.txt`, so that an index of other terms is built anew. A test fails where it
is forgotten (`test_versions.py`)."""

# --- one form for what is written in many -----------------------------------------


def normalise(text: str) -> str:
    """`text` in half width, lower case, Simplified characters, numbers in one form.

    １０００万 and 1千万 become 1000万, 百分之五 becomes 5%, 第六十三条 becomes 第63条.
    """
    return in_one_form(simplified(_half_width(text)).lower())


_USUAL = dict(zip("，：；！？（）％｜＋　…", [*",:;!?()%|+ ", "..."], strict=True))


def _half_width(text: str) -> str:
    """Unicode's NFKC of `text`; without the usual marks it mostly is that already."""
    for wide, half in _USUAL.items():
        text = text.replace(wide, half)
    return unicodedata.normalize("NFKC", text)


SEPARATOR = "\x1f"
"""Between texts that are worked on as one: a control character, which no stored text holds."""


def normalise_all(texts: Iterable[str]) -> list[str]:
    """Each of some stored texts, normalised: far faster than one at a time."""
    listed = list(texts)
    return normalise(SEPARATOR.join(listed)).split(SEPARATOR) if listed else []


def fold(text: str) -> str:
    """`text` with each character as `normalise` would write it, where that is one character.

    It is as long as `text`, so that places in it are places in `text`.
    """
    return text.translate(_FOLDS)


class _Folds(dict[int, str]):
    """By code point, the character that `fold` writes; filled as they are asked for."""

    def __missing__(self, code: int) -> str:
        folded = normalise(chr(code))
        self[code] = folded if len(folded) == 1 else chr(code)
        return self[code]


_FOLDS = _Folds()


def subject_line(title: str | None, places: Iterable[str]) -> str:
    """What a post is about: its title and the full names of its places.

    Who asks says 江西, where the notice has no more than 南昌.
    """
    return " ".join([title or "", *places])


# --- terms -------------------------------------------------------------------------

Tagged = Sequence[tuple[str, str]]
"""A text in words with jieba's parts of speech."""

_TAGGED, _BRIEF = 128, 64
"""Of how many texts, and of how many characters each, the words are kept: those of a question are
asked for again and again."""

_HAN = re.compile(r"[㐀-鿿]+")
_RUN = re.compile(r"[㐀-䶿一-鿿]+|[a-z0-9]+(?:\.[0-9]+)?%?")


def words(normal: str) -> list[str]:
    """The search-mode words of a normalised text, in order, without punctuation."""
    return [w for w in _segmenter().cut_for_search(normal, hmm=False) if w[0].isalnum()]


def tagged(normal: str) -> Tagged:
    """The words of a normalised text, each once in its place, with jieba's part of speech."""
    if len(normal) <= _BRIEF:
        return _tagged(normal)
    return tuple(_segmenter().tag(normal, hmm=False))


@lru_cache(maxsize=_TAGGED)
def _tagged(normal: str) -> Tagged:
    return tuple(_segmenter().tag(normal, hmm=False))


def guessed(text: str) -> list[tuple[str, str]]:
    """The same with words that no dictionary has, as people's names, guessed at."""
    pieces: list[tuple[str, str]] = _segmenter().tag(text, hmm=True)
    return pieces


def is_word(text: str) -> bool:
    """Whether the dictionary has `text` as a word."""
    return bool(_segmenter().has_word(text))


def frequency(word: str) -> int:
    """How often a word of the dictionary stands in the texts behind it; 0 for what is no word."""
    return int(_segmenter().suggest_freq(word)) - 1 if is_word(word) else 0


def bigrams(normal: str) -> list[str]:
    """The pairs of adjacent Chinese characters of a normalised text, in order.

    A character that stands alone, a number, a Latin word are whole.
    """
    terms = []
    for run in _RUN.findall(normal):
        if len(run) == 1 or run.isascii():
            terms.append(run)
        else:
            terms += map(add, run, run[1:])
    return terms


def characters(normal: str) -> list[str]:
    """The Chinese characters of a normalised text, in order."""
    return list("".join(_HAN.findall(normal)))


# --- where a text may be cut ----------------------------------------------------------

_SENTENCE = re.compile(r"[^。！？!?；;\n]*(?:[。！？!?；;\n]+[”’」』）)》\"]*|$)")
_CLAUSE = re.compile(r"[^，,：:]*(?:[，,：:]+[”’」』）)》\"]*|$)")


def sentences(text: str) -> list[tuple[int, int]]:
    """Where the sentences of `text` begin and end; together they cover it.

    A closing quote or bracket stays with the sentence it closes.
    """
    return [match.span() for match in _SENTENCE.finditer(text) if match[0]]


def clauses(text: str) -> list[tuple[int, int]]:
    """Where the clauses of `text` begin and end, cut after commas and colons; they cover it."""
    return [match.span() for match in _CLAUSE.finditer(text) if match[0]]


# --- tools ---------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _segmenter() -> ModuleType:
    """jieba's dictionary and ours, without guessing at unknown words (HMM).

    rjieba cuts exactly as jieba does then, ten times as fast and without
    jieba's second of start-up; `tests/retrieval/text/test_analyzer.py` holds the two together.
    It is the dictionary that rjieba's import has built: another takes a tenth of a second.
    """
    for word in tax_words():
        known = rjieba.has_word(word)
        tag = rjieba.tag(word, hmm=False)[0][1] if known else "n"
        rjieba.add_word(word, rjieba.suggest_freq(word), tag)
    return rjieba


def tax_words() -> list[str]:
    """The words of our tax dictionary, `tax_words.txt`."""
    text = (files("retrieval.text") / "tax_words.txt").read_text(encoding="utf-8")
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def is_in_tax_dictionary(word: str) -> bool:
    """Whether our tax dictionary has `word`."""
    return word in _tax_dictionary()


@lru_cache(maxsize=1)
def _tax_dictionary() -> frozenset[str]:
    return frozenset(tax_words())


FUNCTION_WORDS = frozenset(
    "的了是在和与把被给让从跟及都也就还又才着么哦吗呢吧呀啊嘛他她它我你您这那"
)
