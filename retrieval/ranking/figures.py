"""Which figure of a story is which: what was evaded, repaid, fined; what all of it came to.

A small grammar over the words of a sentence. An amount belongs to the deed before it; where tax,
surcharge and fine stand before it, it is their total (补缴税款、加收滞纳金并处罚款共计…).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache


class Deed(Enum):
    """What an amount is of."""

    EVADED = "evaded"
    UNDERPAID = "underpaid"
    DEFRAUDED = "defrauded"
    NOT_WITHHELD = "not withheld"
    REPAID = "repaid"
    SURCHARGE = "surcharge"
    FINE = "fine"
    TOTAL = "total"
    HIDDEN = "hidden"
    INFLATED = "inflated"
    ISSUED = "issued"
    GAINED = "gained"


# As the news writes them, and as they are asked for; the first that matches at a place.
_DEEDS = {
    Deed.NOT_WITHHELD: r"(?:未|没有?|不)[^,。;:]{0,8}(?:代扣代缴|代扣|扣缴)",
    Deed.EVADED: r"偷税|偷逃|逃税|逃避缴纳|偷漏|偷[了的掉]|偷(?=多少|几)",
    Deed.UNDERPAID: r"少[缴交纳][了的]?|漏[缴交税]|欠[缴税]",
    Deed.DEFRAUDED: r"骗[取领得走了到享的税]?",
    Deed.REPAID: r"补(?:[缴交税]|(?=[带加了罚]))|追[缴回]|追征|追(?=了?(?:多少|几))|缴[回清]",
    Deed.SURCHARGE: r"滞纳金",
    Deed.FINE: r"罚[款金]?|处罚",
    Deed.HIDDEN: r"隐[匿瞒]|瞒[报下了]?|藏[了匿]?|少[报计列记申](?:报|计|列)?|未(?:申报|入账|开票)",
    Deed.INFLATED: r"虚[增列]|多[列计]",
    Deed.ISSUED: r"虚开|开[具出]|开了(?![个家间一])|价税合计",
    Deed.GAINED: r"获利|违法所得|牟利|[赚挣][了得]?|好处费|手续费",
}
_MONEY = r"(?<![\d.])\d+(?:\.\d+)?余?多?[万亿]{0,2}余?多?元"
_TOKEN = re.compile(
    "|".join(
        [rf"(?P<money>{_MONEY})", r"(?P<end>[。;!?\n])"]
        + [f"(?P<{deed.name}>{words})" for deed, words in _DEEDS.items()]
    )
)

_ASKED = re.compile(
    r"多少(?![年月日天人份户次倍家个起岁名条])|几多|几何|几个?[万亿千百]|几10+[万亿]|几钱|金额|数额|数目"
)
# 一共罚了多少 asks for all that was to be paid.
_IN_ALL = re.compile(r"一共|总共|合计|共计|总计|全部|加起来")
_CASE = re.compile(r"\w{0,5}案")  # 骗税案 says which story is meant, not which figure

# What else answers, where a story does not tell the very figure.
_INSTEAD = {
    Deed.EVADED: Deed.UNDERPAID,
    Deed.UNDERPAID: Deed.EVADED,
    Deed.FINE: Deed.TOTAL,
    Deed.REPAID: Deed.TOTAL,
    Deed.TOTAL: Deed.FINE,
}
_LESS = 0.6


@dataclass(frozen=True, slots=True)
class WantedFigure:
    """The figure that a question asks for."""

    deed: Deed

    def fit(self, normal: str) -> float:
        """How well a normalised text tells it, in 0–1: 1 the very figure, less one that stands
        for it where that is not told."""
        deeds = _deeds(normal)
        if self.deed in deeds:
            return 1.0
        return _LESS if _INSTEAD.get(self.deed) in deeds else 0.0


@lru_cache(maxsize=8)  # to rank and to show what was ranked
def wanted_figure(normal: str) -> WantedFigure | None:
    """The figure that a normalised question asks for; None if it asks for none, or does not say
    of what."""
    asked = _ASKED.search(normal)
    if asked is None:
        return None
    deeds = [
        match
        for match in _TOKEN.finditer(normal)
        if match.lastgroup in Deed.__members__ and not _CASE.match(normal, match.end())
    ]
    if {Deed.REPAID, Deed.FINE} <= {Deed[str(match.lastgroup)] for match in deeds}:
        return WantedFigure(Deed.TOTAL)
    if Deed.FINE in {Deed[str(match.lastgroup)] for match in deeds} and _IN_ALL.search(normal):
        return WantedFigure(Deed.TOTAL)
    before = [match for match in deeds if match.start() < asked.start()]
    after = [match for match in deeds if match.start() >= asked.end()]
    nearest = before[-1] if before else next(iter(after), None)
    return WantedFigure(Deed[str(nearest.lastgroup)]) if nearest else None


@lru_cache(maxsize=8192)
def _deeds(normal: str) -> frozenset[Deed]:
    """The deeds of which a normalised text tells an amount."""
    return frozenset(deed for deed, _, _ in figures(normal))


def figures(normal: str) -> Iterator[tuple[Deed, int, int]]:
    """The amounts of money in a normalised text: of which deed, and where they stand."""
    if "元" not in normal:
        return
    deeds: list[Deed] = []
    for token in _TOKEN.finditer(normal):
        if token.lastgroup == "end":
            deeds = []
        elif token.lastgroup == "money":
            if deeds:
                yield _deed_of(deeds), token.start(), token.end()
                deeds = deeds[-1:] if normal[token.end() : token.end() + 1] in "、和及" else []
        else:
            deeds.append(Deed[str(token.lastgroup)])


def _deed_of(deeds: list[Deed]) -> Deed:
    """Of which of the deeds before it an amount is."""
    if deeds[-1] is Deed.FINE and {Deed.SURCHARGE, Deed.REPAID} & set(deeds):
        return Deed.TOTAL
    return deeds[-1]
