"""Which titles report the same event? A bureau's notice and the story about it name the same
body, in other words around it."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TypeVar

from retrieval.text import analyzer

T = TypeVar("T")

_SHORTEST = 5
"""Characters of a name that two titles share."""

_PROPER = 3
"""How many of them are more than the legal form of a company."""

_PERSON = 2
"""Characters of a person's name at least."""

_MOST_TITLES = 4
"""Titles of a list that report one event; what more of them share is no name."""

_HAN = re.compile("[一-龥]")
_ORDINARY = re.compile(
    r"国家税务总局|\w{0,6}[省市区县州盟旗](?:税务局|税务部门)?|税务(?:局|部门)|第[一二三四]稽查局|稽查局|依法|查处"
    r"|有关|负责人|答记者问|案件?|一起|网络主播|[骗取享偷逃虚开隐匿]{2}|增值税|留抵退税|出口退税|专用|普通"
    r"|[偷逃骗避涉]税|违法|私户收款|典型|公布|曝光|揭秘|发票|税[收费款]|优惠|收入|虚假|申报|真相|关于|公告|通知|工作|政策|个人所得税|企业所得税"
)
_LEGAL_FORM = re.compile(r"(?:股份|责任|有限|集团)*(?:公司|合伙企业|门市部|经营部|分公司)")

_SUSPECT = re.compile(r"([一-龥]+?)(?:等人)?(?:涉嫌)?(?:偷逃税|偷税|逃税|骗税)案")
"""Who is said to have evaded a tax, with what stands before: a person's name is shorter than
`_SHORTEST`."""


def grouped_by_event(items: Sequence[T], titles: Sequence[str]) -> list[list[T]]:
    """`items` in their order, those whose titles report one event together under the first."""
    groups: list[tuple[list[str], list[T]]] = []
    normals = [analyzer.normalise(title) for title in titles]

    def is_same(title: str, other: str) -> bool:
        name = _shared_name(title, other)
        return bool(name) and sum(name in each for each in normals) <= _MOST_TITLES

    for item, normal in zip(items, normals, strict=True):
        of = next((g for g in groups if any(is_same(normal, t) for t in g[0])), None)
        if of is None:
            groups.append(([normal], [item]))
        else:
            of[0].append(normal)
            of[1].append(item)
    return [group for _, group in groups]


def _shared_name(title: str, other: str) -> str:
    """The name that two normalised titles share, with the words around it; "" if none."""
    matcher = SequenceMatcher(None, title, other, autojunk=False)
    shared = matcher.find_longest_match()
    common = title[shared.a : shared.a + shared.size]
    name = _ORDINARY.sub("", common)
    proper = _LEGAL_FORM.sub("", name)
    is_name = len(_HAN.findall(name)) >= _SHORTEST and len(_HAN.findall(proper)) >= _PROPER
    return common if is_name or _has_suspect(common) else ""


def _has_suspect(common: str) -> bool:
    """Whether what two titles share names a person who is said to have evaded a tax."""
    suspect = _SUSPECT.search(common)
    if suspect is None or len(suspect[1]) < _PERSON:
        return False
    left = _LEGAL_FORM.sub("", _ORDINARY.sub("", suspect[1]))
    return left[-_PERSON:] == suspect[1][-_PERSON:]
