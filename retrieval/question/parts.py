"""One message → the questions in it: 黄薇罚了多少？郑爽呢？ or 薇娅和邓伦各被罚了多少."""

import re
from itertools import takewhile

from retrieval.question.asked import QUESTION_WORDS
from retrieval.question.expected_type import answer_type_of
from retrieval.question.topics import is_tax_word
from retrieval.text import analyzer
from retrieval.text.entities import is_entity

MOST_PARTS = 5
"""Questions of one message that are answered."""

# What begins an item of a numbered list: 1. 二、 3)
_NUMBER = r"(?:^|(?<=[\s?;。!\n,]))(?:\d{1,2}|[一二三四五六七八九十])[.、)](?!\d)"
_ENDS = re.compile(rf"[?;。!\n]+|{_NUMBER}")
_WRITTEN = re.compile(r"[?？;；。!！,，\n]+")
_LISTED = re.compile(rf"\n|{_NUMBER}")
# Several names, of each of which the same is asked: 薇娅和邓伦各被罚了多少.
_EACH = re.compile(
    r"^(?:请问|想问|问一?下)?(?P<list>[^,。?!]{2,40}?)(?:各自?|分别|都)是?"
    r"(?P<asks>(?=.*(?:多少|几|什么|谁|哪|怎|吗)).+)$"
)
_AND = re.compile(r"[、,]|和(?!解)|与|跟|以及|及(?!时)|还有")
_LONGEST_NAME = 12
_ASKING_WORD = rf"(?:{QUESTION_WORDS}|[吗么呢]|是不是|能不能)"
_ASKING = re.compile(_ASKING_WORD)
_SAME_ASKING = re.compile(rf".{_ASKING_WORD}|{_ASKING_WORD}..")
_ALSO = re.compile(r"^(?:还有|以及|另外|那|又)?[^,?]{1,15}呢$")


def parts_of(normal: str) -> tuple[str, ...]:
    """The questions of a normalised message, at most `MOST_PARTS`; it alone if it is one."""
    sentences = [part.strip(" ,:") for part in _ENDS.split(normal)]
    asking = [sentence for sentence in sentences if _ASKING.search(sentence)]
    is_listed = _LISTED.search(normal.strip()) is not None
    if not is_listed and not all(_goes_on(each, asking[0]) for each in asking[1:]):
        return (normal,)
    split = [part for sentence in asking for part in _split(sentence)]
    parts = tuple(dict.fromkeys(split))[:MOST_PARTS]
    return parts if len(parts) > 1 and _is_all(sentences, normal) else (normal,)


def as_written(part: str, message: str) -> str:
    """A part of a normalised message as its writer wrote it; as it is where none says just that."""
    written = (piece.strip() for piece in _WRITTEN.split(message))
    return next((each for each in written if analyzer.normalise(each) == part), part)


def _is_all(sentences: list[str], normal: str) -> bool:
    """Whether three quarters of a message at least are questions: else the rest says what they
    mean."""
    beside = sum(len(sentence) for sentence in sentences if not _ASKING.search(sentence))
    return beside <= len(normal) / 4


def _split(sentence: str) -> list[str]:
    """The questions of one sentence."""
    each = _EACH.match(sentence)
    names = [name.strip() for name in _AND.split(each["list"])] if each else []
    if each and len(names) > 1 and all(map(_is_name, names)):
        return [f"{name}{each['asks']}" for name in names]
    clauses = [clause.strip() for clause in sentence.split(",")]
    if _ASKING.search(clauses[0]) and all(_is_alike(clause, clauses[0]) for clause in clauses[1:]):
        return clauses
    return [sentence]


def _is_name(name: str) -> bool:
    """Whether a short text names something by itself, and doesn't point to another (她公司)."""
    is_short = 0 < len(name) <= _LONGEST_NAME
    return is_short and all(tag[0] != "r" for _, tag in analyzer.tagged(name))


def _goes_on(sentence: str, first: str) -> bool:
    """Whether a sentence is a question beside the `first`, and not about its answer: 专家怎么说."""
    kind = answer_type_of(sentence)
    is_certain = kind is not None and kind.is_certain
    return is_certain or _names_something(sentence) or _is_alike(sentence, first)


def _names_something(sentence: str) -> bool:
    return any(
        is_tax_word(word) or is_entity(word, tag) or tag in ("nr", "ns", "nt")
        for word, tag in analyzer.tagged(sentence)
    )


def _is_alike(clause: str, first: str) -> bool:
    """Whether a clause asks what the `first` asks, in the same last words or with 呢."""
    ends = zip(reversed(clause), reversed(first), strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], ends))
    tail = clause[len(clause) - same :]
    return _ALSO.match(clause) is not None or _SAME_ASKING.search(tail) is not None
