"""A question → its subjects: words of taxation that the corpus has, never free wording."""

import re

from corpus.reading.posts import printable
from retrieval.index import Searchable
from retrieval.text import analyzer

MOST = 5
OF_TICKETS = "车机船门戏影球选投钞饭"
"""Before 票 they make a ticket, a vote or a note of it, and no invoice."""

_TICKET = re.compile(f"[{OF_TICKETS}]票")

TAXES = frozenset(
    "增值税 消费税 企业所得税 个人所得税 关税 进口关税 出口关税 契税 印花税 房产税 车船税"
    " 车辆购置税 资源税 土地增值税 城镇土地使用税 耕地占用税 城市维护建设税 环境保护税 烟叶税"
    " 船舶吨税 营业税".split()
)
"""The taxes of China, by their full names, and one that was."""

# A tax has a name before 税; with a verb before it, it is what is done with one: 扣税.
_TAX_NAME = re.compile(r".*[^交缴扣免减退补报纳征计收上完办避偷逃漏骗抗欠含]税")


def subjects_of(question: str, index: Searchable) -> tuple[str, ...]:
    """What a question is about, at most `MOST` words in their order.

    Each is a word of our tax dictionary, or one of jieba's with 税 or 票 in it, and stands in a
    paragraph: no person's name, no figure, nothing that somebody made up.
    """
    normal = analyzer.normalise(printable(question))
    words = dict.fromkeys(word for word, _ in analyzer.tagged(normal))
    subjects = [
        word for word in words if is_tax_word(word) and index.document_frequency(word, "words")
    ]
    return tuple(subjects[:MOST])


def is_tax_word(word: str) -> bool:
    """Whether a word is of our tax dictionary, or one with 税 or 票 in it and no ticket or vote."""
    is_ticket = _TICKET.search(word) is not None
    is_of_tax = len(word) > 1 and bool({"税", "票"} & set(word)) and not is_ticket
    return analyzer.is_in_tax_dictionary(word) or is_of_tax


def is_tax_name(word: str) -> bool:
    """Whether a word names a tax (契税), and not what is done with one (扣税).

    >>> is_tax_name("印花税"), is_tax_name("扣税")
    (True, False)
    """
    return _TAX_NAME.fullmatch(word) is not None
