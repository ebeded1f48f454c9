"""One message → the questions in it: 黄薇罚了多少？郑爽呢？ or 薇娅和邓伦各被罚了多少."""

import re

from retrieval.question.answer_types import answer_type_of

MOST_PARTS = 5
"""Questions of one message that are answered."""

_ENDS = re.compile(
    r"[?;。!\n]+|(?:^|(?<=[\s?;。!\n,]))(?:\d{1,2}|[一二三四五六七八九十])[.、)](?!\d)"
)
_EACH = re.compile(
    r"^(?:请问|想问|问一?下)?(?P<list>[^,。?!]{2,40}?)(?:各自?|分别|都)(?:是|被)?"
    r"(?P<asks>(?=.*(?:多少|几|什么|谁|哪|怎|吗)).+)$"
)
_AND = re.compile(r"[、,]|和(?!解)|与|跟|以及|及(?!时)|还有")
_LONGEST_NAME = 12
_ASKS = re.compile(
    r"[吗么呢谁几咋哪怎]|多少|多[大久高长]|什么|啥|为何|如何|是否|何时|是不是|能不能|有没有"
)
_ALSO = re.compile(r"^(?:还有|以及|另外|那|又)?[^,?]{1,15}呢$")


def parts_of(normal: str) -> tuple[str, ...]:
    """The questions of a normalised message, at most `MOST_PARTS`; it alone if it is one."""
    sentences = [part.strip(" ,:") for part in _ENDS.split(normal)]
    asking = [part for sentence in sentences if _ASKS.search(sentence) for part in _split(sentence)]
    parts = tuple(dict.fromkeys(asking))[:MOST_PARTS]
    return parts if len(parts) > 1 and _is_all(sentences, normal) else (normal,)


def _is_all(sentences: list[str], normal: str) -> bool:
    """Whether hardly anything but questions is in a message: else the rest tells what they mean."""
    told = sum(len(sentence) for sentence in sentences if not _ASKS.search(sentence))
    return told <= len(normal) / 4


def _split(sentence: str) -> list[str]:
    """The questions of one sentence."""
    each = _EACH.match(sentence)
    names = [name.strip() for name in _AND.split(each["list"])] if each else []
    if each and len(names) > 1 and all(0 < len(name) <= _LONGEST_NAME for name in names):
        return [f"{name}{each['asks']}" for name in names]
    clauses = [clause.strip() for clause in sentence.split(",")]
    if len(clauses) > 1 and all(map(_is_question, clauses[:1])) and all(map(_goes_on, clauses[1:])):
        return clauses
    return [sentence]


def _is_question(clause: str) -> bool:
    kind = answer_type_of(clause)
    return (kind is not None and kind.is_certain) or clause.endswith(("几", "多少"))


def _goes_on(clause: str) -> bool:
    return _ALSO.match(clause) is not None or _is_question(clause)
