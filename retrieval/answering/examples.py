"""The corpus at hand → questions that it answers, for who has not asked anything yet.

They are made of the newest posts: of a case, what somebody was fined; of a rule, from when on it
holds; of a report, a figure that it tells. Each is asked, and kept if its post answers it.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import chain, zip_longest

from corpus.reading.post_types import NEWS, PostType
from corpus.reading.posts import Post
from corpus.store.values import Filters
from retrieval.answering.answerer import Answerer
from retrieval.text import analyzer

_LOOKED_AT = 40
"""How many of the newest posts of a type questions are made of."""

_MOST_TRIES = 20
"""How many questions of a kind are asked until enough are answered."""

_OPENING = 3  # paragraphs that say what a report is about
_SHORTEST, _LONGEST = 12, 30  # characters of a question

_COMPANY = re.compile(
    r"(?:揭[秘开示]|解[密开析]|还原|起底|查处|曝光)"
    r"([一-龥]{4,6}(?:（[一-龥]{2,4}）)?[一-龥]{0,12}?(?:有限(?:责任)?公司|合作社|加油站|工作室|事务所))"
)
_RULE = re.compile(
    r"关于(.{4,20}的(?:公告|通告|通知|决定))$|^(?:中华人民共和国)?(\w{2,16}(?:法|条例))$"
)
_FIGURE = re.compile(
    r"(?:约|近|超过?|逾)?(?<![\d.,])\d[\d,.]*[万亿]{0,2}[多余]?"
    r"(%|元|户次|户|人次|人|件|笔|家|个百分点)"
)
_NUMBER = re.compile(r"\d[\d,.]*")
_DATED = re.compile(r"(?:\d+年)?(?:前?\d+(?:[-—–至]\d+)?月|[一二三四前]+季度|上半年|\d+年)")
_YEAR = re.compile(r"(?:19|20)\d\d年")
_LEAD = re.compile(r"^(?:其中|据[^，]*|[^，]*(?:获悉|显示|介绍|表示))，")
_LEANS = re.compile(r"[其该此这那今“”《》（）()：:…]|^[同并也还又而本]|上述|记者|据")

Made = Iterator[tuple[str, str]]
"""Questions that were made of a post, each with what its answer says."""


def examples(answerer: Answerer, limit: int, now: datetime | None = None) -> list[str]:
    """At most `limit` questions, of as many kinds as there are; each is answered by the post of
    which it was made."""
    kinds = [_of_kind(answerer, types, of, limit, now) for types, of in _KINDS]
    in_turn = chain.from_iterable(zip_longest(*kinds))
    return [question for question in in_turn if question][:limit]


def _of_kind(
    answerer: Answerer,
    types: Sequence[PostType],
    of: Callable[[Post], Made],
    limit: int,
    now: datetime | None,
) -> list[str]:
    """At most `limit` questions of one kind, a post each, that are answered."""
    found: list[str] = []
    tries = 0
    stories = [s for type_ in types for s in answerer.newest(Filters(type=type_), _LOOKED_AT)]
    for story in stories:
        for question, said in of(story.post):
            tries += 1
            if len(found) == limit or tries > _MOST_TRIES:
                return found
            answer = answerer.ask(question, limit=1, now=now)
            if any(p.post == story.post.id and said in p.text for p in answer.passages):
                found.append(question)
                break
    return found


def _of_case(post: Post) -> Made:
    """What a company named in the title was fined."""
    for match in _COMPANY.finditer(post.title or ""):
        yield from _fitting(f"{match[1]}被罚了多少？", "")


def _of_rule(post: Post) -> Made:
    """From when on a rule holds that the title names."""
    if match := _RULE.search(post.title or ""):
        yield from _fitting(f"{match[1] or match[2]}什么时候施行？", "")


def _of_report(post: Post) -> Made:
    """A figure of the title, or of an opening sentence that names its year."""
    for part in re.split(r"[\s\u3000，,；;—]+", post.title or ""):
        yield from _of_figure(part)
    for paragraph in post.paragraphs[:_OPENING]:
        for start, end in analyzer.sentences(paragraph.text):
            sentence = _LEAD.sub("", paragraph.text[start:end].strip("。；！ \u3000"))
            clauses = sentence.split("，")
            for count in (1, 2):
                said = "，".join(clauses[:count])
                if _YEAR.search(said):
                    yield from _of_figure(said)


def _of_figure(said: str) -> Made:
    """What asks for the one figure of a text that stands by itself."""
    undated = _DATED.sub(lambda match: "　" * len(match[0]), said)
    figures = list(_FIGURE.finditer(undated))
    if len(figures) != 1 or len(_NUMBER.findall(undated)) != 1 or _LEANS.search(said):
        return
    (figure,) = figures
    unit = "" if figure[1] == "%" else figure[1]
    question = f"{said[: figure.start()]}多少{unit}{said[figure.end() :]}？"
    yield from _fitting(question, _NUMBER.findall(figure[0])[0])


def _fitting(question: str, said: str) -> Made:
    """The question, if it is of a length for a button."""
    if _SHORTEST <= len(question) <= _LONGEST:
        yield question, said


_KINDS: tuple[tuple[Sequence[PostType], Callable[[Post], Made]], ...] = (
    (NEWS, _of_report),
    (("notice", "statute"), _of_rule),
    (("case",), _of_case),
)
