"""Does a story tell of another than the question names? Of another company, place, year, figure.

A name counts one character off as another (甬八 for 甬九), unless both sound alike, as a slip of
the keyboard does. What only describes who asks (我在长沙, 一次结3千块) is no mismatch: a place is
one only where the story is about another, an amount only where the question asks whose it is.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from itertools import pairwise

from corpus.reading.places import is_province, mentioned, province_of
from corpus.store.values import Story
from retrieval.index import Searchable
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.told_times import is_of_another_time
from retrieval.text import analyzer
from retrieval.text.analyzer import FUNCTION_WORDS
from retrieval.text.entities import begins_as_person
from retrieval.text.sounds import sound

_RARE = 0.004
"""The share of the paragraphs that hold a pair of characters of a name, at most ..."""
FEW = 25
"""... but that many paragraphs in a small corpus."""
_COUNTING = frozenset("个名位家户人")
"""Measure words of people and firms: 两名职工 are 两个职工."""
MOSTLY = 0.8
"""How often a person's name, where it stands, goes on in the same character."""


def is_of_another(question: ParsedQuestion, story: Story, whole: str, index: Searchable) -> bool:
    """Whether a story is about another name, place, time or figure than the question's.

    `whole` is all of the story, normalised, its title on the first line.
    """
    return (
        _is_of_another_name(question, whole, index)
        or _is_of_another_place(question, whole, story.places)
        or _is_of_another_tax(question, whole)
        or is_of_another_time(question, story, whole)
        or _is_of_another_number(question, whole)
        or _is_of_another_relation(question, whole)
        or _is_the_contrary(question, whole)
    )


# --- names ------------------------------------------------------------------------------------

_HAN = re.compile(r"[一-鿿]+")
# What a body's name ends in, after words of its business.
_BODY = re.compile(
    r"(?:(?![的了在将对把被与和及由从为])[一-鿿()]){0,16}?"
    r"(?:公司|加[油气]站|[店厂行]|中心|工作室|合作社|医院|诊所|门诊|事务所|学校|集团|协会|基金)"
)


def _is_of_another_name(question: ParsedQuestion, whole: str, index: Searchable) -> bool:
    runs = _HAN.findall(question.subject)
    return any(
        _has_other_character(run, at, whole, index) for run in runs for at in range(len(run))
    )


def _has_other_character(run: str, at: int, whole: str, index: Searchable) -> bool:
    """Whether a story has a name that is a question's, but for the character `at` a place."""
    typed, around = run[at], run[max(0, at - 1) : at + 2]
    if typed in FUNCTION_WORDS or around in whole:
        return False
    others = {*in_bodies(run, at, whole, index), *_in_persons(run, at, whole, index)}
    if typed in _COUNTING:
        others -= _COUNTING
    return any(sound(other) != sound(typed) for other in others)


def in_bodies(run: str, at: int, whole: str, index: Searchable) -> Iterator[str]:
    """The characters that bodies in a story have instead of the one `at` a place of `run`, where
    three around it are the same."""
    for start, end in ((at, at + 4), (at - 1, at + 3), (at - 2, at + 2)):
        if start < 0 or end > len(run) or start == at > 0:
            continue
        left, right = run[start:at], run[at + 1 : end]
        for place in _between(left, right, whole):
            other = whole[place]
            if not left and not _is_place(other + right[:1]):
                continue
            pairs = [left[-1:] + other, other + right[:1]] if left else [other + right[:1]]
            if _BODY.match(whole, place + 1) and _all_rare(pairs, index):
                yield other


def is_of_body(whole: str, at: int) -> bool:
    """Whether the name of a body goes on or ends at a place of a text."""
    return _BODY.match(whole, at) is not None


def _between(left: str, right: str, whole: str) -> Iterator[int]:
    """Where in a text a Chinese character stands between `left` and `right`."""
    known = max(left, right, key=len)
    at = whole.find(known)
    while at >= 0:
        place = at - 1 if known is right else at + len(left)
        if place >= len(left) and _HAN.fullmatch(whole[place : place + 1]):
            is_left = whole.startswith(left, place - len(left))
            if is_left and whole.startswith(right, place + 1):
                yield place
        at = whole.find(known, at + 1)


def _in_persons(run: str, at: int, whole: str, index: Searchable) -> Iterator[str]:
    """The last character of a person's name, if a story has but one after surname and first."""
    name, typed = run[max(0, at - 2) : at], run[at : at + 2]
    is_word = len(typed) > 1 and analyzer.is_word(typed)
    if len(name) < 2 or not begins_as_person(name) or is_word or analyzer.is_word(name):
        return
    following = [rest[:2] for rest in whole.split(name)[1:]]
    lasts = Counter(pair[:1] for pair in following)
    if len(following) > 1 and _all_rare([name], index):
        ((last, times),) = lasts.most_common(1)
        if (
            times >= MOSTLY * len(following)
            and last != "某"  # 石某 and 石某某 are one
            and _HAN.fullmatch(last)
            and not all(map(analyzer.is_word, following))
        ):
            yield last


def _is_place(word: str) -> bool:
    return [tag for _, tag in analyzer.tagged(word)] == ["ns"]


def _all_rare(pairs: list[str], index: Searchable) -> bool:
    most = max(FEW, _RARE * len(index))
    return all(index.document_frequency(pair, "bigrams") <= most for pair in pairs)


# --- places -----------------------------------------------------------------------------------


def _is_of_another_place(question: ParsedQuestion, whole: str, places: Collection[str]) -> bool:
    """Whether the question names a place, and the story others but not that.

    What a province does holds for its cities.
    """
    asked = mentioned(question.subject)
    about = set(places) | {place for _, place in mentioned(whole.split("\n", 1)[0])}
    if not asked or not about:
        return False
    within = {province_of(place) for _, place in asked if not is_province(place)}
    narrowest = [(word, place) for word, place in asked if place not in within]
    if any(word in whole or place in about for word, place in narrowest):
        return False
    are_provinces = all(map(is_province, about))
    return not (are_provinces and any(province_of(place) in about for _, place in narrowest))


# --- taxes ------------------------------------------------------------------------------------


def _is_of_another_tax(question: ParsedQuestion, whole: str) -> bool:
    """Whether a story nowhere names a tax that the question asks about."""
    return not all(tax.stands_in(whole) for tax in question.taxes)


# --- figures -----------------------------------------------------------------------------------

_ORDINAL = re.compile(r"第(\d+|[一二三四五六七八九十百]+)(个|届|批|次|轮|期|号|场|笔)(?!月)")
_FIRST_TIME = ("第1次", "第一次")  # is said of who asks: 我第一次办
_AMOUNT = re.compile(r"(?<!\d)(\d+(?:\.\d+)?)([万亿])")
# What something is raised or cut to.
_TARGET = re.compile(
    r"(?:涨|升|降|提高?|增加?|减少?|调[高低整]?|扩大|放宽)[到至为成](\d+(?:\.\d+)?[万亿]*[%元]?)"
)
_WHOSE = re.compile(r"谁|哪[一1]?[个家位名起]|什么(?:公司|人|企业)|叫什么|叫啥")


def _is_of_another_number(question: ParsedQuestion, whole: str) -> bool:
    for ordinal in _ORDINAL.finditer(question.normal):
        if ordinal[0] in _FIRST_TIME:
            continue
        forms = [ordinal[0]] + ["首" + ordinal[2]] * (ordinal[1] in "1一")
        if not any(form in whole for form in forms):
            return True
    targets = (target[1] for target in _TARGET.finditer(question.normal))
    if any(not re.search(rf"(?<![\d.]){re.escape(target)}", whole) for target in targets):
        return True
    if not _WHOSE.search(question.normal):
        return False
    amounts = [m[0] for m in _AMOUNT.finditer(question.normal) if len(m[1]) > 2]
    return bool(amounts) and not any(_tells(amount, whole) for amount in amounts)


def _tells(amount: str, whole: str) -> bool:
    """Whether a text holds an amount, or one that begins so: 1261万 of 1261.51万元."""
    number, unit = amount[:-1], amount[-1]
    return re.search(rf"(?<![\d.]){re.escape(number)}(?:\.\d+|\d*)?{unit}", whole) is not None


# --- persons --------------------------------------------------------------------------------------

# Who somebody is to another, with what else each is called.
_RELATIONS = (
    "妻|老婆|媳妇|爱人|太太", "丈夫|老公|夫妻|夫妇", "儿子|子女", "女儿|子女", "父|爸", "母|妈",
    "哥|兄", "弟", "姐", "妹", "女友|女朋友", "男友|男朋友", "经纪人",
)  # fmt: skip
_CLAUSE_OR_OF = re.compile("[,。?!;的]")
_OF_SOMEBODY = re.compile(rf"(?<![我你])的(?:{'|'.join(_RELATIONS)})")


def _is_of_another_relation(question: ParsedQuestion, whole: str) -> bool:
    """Whether the question asks about somebody's wife, son or agent, and the story has none."""
    normal = question.normal
    asked = (
        found[0][1:]
        for found in _OF_SOMEBODY.finditer(normal)
        if _is_somebody(normal[: found.start()])
    )
    return any(
        re.search(relation, one) and not re.search(relation, whole)
        for one in asked
        for relation in _RELATIONS
    )


def _is_somebody(before: str) -> bool:
    """Whether what stands before 的 is somebody, and not what somebody does: 开店的兄弟."""
    words = analyzer.tagged(_CLAUSE_OR_OF.split(before)[-1])
    # A verb and what it is done to; a name may have a verb of one character in it.
    return not any(tag == "v" and len(after) > 1 for (_, tag), (after, _) in pairwise(words))


# --- negation -----------------------------------------------------------------------------------

_NOT = r"[未没不无非免]"
_HAS_NOT = r"(?:[未没无非免]|不(?![得能可许准应]))"  # 不得偷税 says of nobody that he has not
# Those of whom it is not so: 哪些海关没有参加 …, 未被处罚的明星.
_NEGATED = re.compile(
    r"(?:哪[些几]|有谁|谁)[^,。?!;]*?(没有?|未|不)(?:被|曾|能|得|可以?|用|需要?|予|会)?([一-鿿]{1,2})"
    r"|^(没有?|未)(?:被|曾)?([一-鿿]{2})[^,。?!;]*的[一-鿿]+$"
)


def _is_the_contrary(question: ParsedQuestion, whole: str) -> bool:
    """Whether the question asks of whom something is not so, and the story never says so."""
    for negated in _NEGATED.finditer(question.normal.replace(" ", "")):
        word, deed = (negated[1], negated[2]) if negated[1] else (negated[3], negated[4])
        negation = _NOT if word == "不" else _HAS_NOT
        if not re.search(rf"{negation}[^,。?!;、]{{0,8}}{deed[0]}", whole):
            return True
    return False
