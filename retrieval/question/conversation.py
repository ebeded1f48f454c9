"""What is a turn of a conversation? Its own words, and what it leaves to the last question.

A turn asks on about the story that was shown (那罚了多少), asks the last question about another
name, thing or time (那郑爽呢, 24年的呢), or begins anew. Which of these it is, the corpus decides
(`retrieval.answering.dialogue`); here a turn is read by itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from corpus.reading.places import place_named
from retrieval.question.follow_up import AFTERWARDS
from retrieval.question.openings import asking, switches, without_opening
from retrieval.question.question import ParsedQuestion, subject_of
from retrieval.question.times import Span, times_in, without_times
from retrieval.question.topics import is_tax_name, is_tax_word
from retrieval.text import analyzer
from retrieval.text.analyzer import FUNCTION_WORDS
from retrieval.text.entities import ALL_SURNAMES, LONGEST_PERSON, is_entity
from retrieval.text.numbers import value_of


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said and shown last.

    `question` is the last question as it was understood, `topic` what a turn put into it,
    `asked` what was asked of the story since, "" if nothing was. `post` is the story shown, None
    if there was none yet, `paragraph` the number of the paragraph around which it was shown.
    `offered` is the question with another name that was offered: a yes asks it. `subject` are the
    nouns of the questions before, where `question` has none of taxation and no name.
    `alternatives` are the posts of the passages of the last answer, each with its paragraph, in
    their order; `is_list`: they are the posts of a time. `section` is the number of the section of
    the story that was asked about, 0 for none. `earlier` are the conversations about other stories
    before, the last first.
    """

    question: str
    post: str | None = None
    paragraph: int | None = None
    topic: str = ""
    offered: str = ""
    asked: str = ""
    subject: str = ""
    alternatives: tuple[tuple[str, int], ...] = ()
    is_list: bool = False
    section: int = 0
    earlier: "tuple[Conversation, ...]" = ()

    def after(self, last: "Conversation") -> "Conversation":
        """This conversation with what was talked about until `last`."""
        earlier = last.earlier
        if last.post and last.post != self.post:
            earlier = (replace(last, earlier=(), offered=""), *earlier)
        others = tuple(each for each in earlier if each.post != self.post)
        return replace(self, earlier=others[:_MOST_EARLIER])


_MOST_EARLIER = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn read by itself.

    `text` is it without what leads up to it, `topic` what it asks the last question about, if it
    asks nothing else (`is_bare`). `things` are the words that name something, each with its other
    forms; `names` those of them that are persons, places and names no dictionary has; `times`
    the spans in `text`. `begins_anew`: it says that another subject follows. `points_back`: to
    something named before, `points_to_story`: to the one thing or person that was told of (它),
    `points_to_person`: by a pronoun. `number`: of the thing of several that it asks about (第二个),
    0 for none, `LAST` for the last; `is_of_another`: it asks for the next of them, of a kind if
    `kind` is not "".
    """

    text: str
    topic: str
    things: tuple[tuple[str, ...], ...]
    names: tuple[tuple[str, ...], ...]
    times: tuple[Span, ...]
    begins_anew: bool
    is_bare: bool
    points_back: bool
    is_of_now: bool = False
    points_to_place: bool = False
    points_to_story: bool = False
    points_to_person: bool = False
    number: int = 0
    is_of_another: bool = False
    kind: str = ""

    @property
    def is_of_setting(self) -> bool:
        """Whether it names nobody, but places and holidays."""
        return {_kind_of(forms[0]) for forms in self.names} <= _SETTINGS


_POINTING = re.compile(
    r"(?:[那这其该]一?(?:个|家|起|位|边|种|行|回|条|件|批|些|儿|里|篇|场|案)"
    r"|同一?[批天次]的?(?:曝光|公布|通报|查处)?的?|当地|其中|里面|东西|[她他它其])[们俩]?的?"
)
# 那家 by itself, or after a word that leads up to it; 保定那家 says which one.
_LEADING_UP = r"(?:^|(?<=[,。?!\s后来以就是在给把和跟对问]))"
_THAT_ONE = rf"{_LEADING_UP}[那这](?:个|家|起|位|边|里|儿|案|公司|[\d两几三])|里面"
_POINTS_BACK = re.compile(rf"[她他它也]|(?<![尤与])其(?!实)|(?<!应)该|{_THAT_ONE}")
_POINTS_TO_PERSON = re.compile(r"(?<!其)[她他它](?!人)")
_POINTS_TO_STORY = re.compile(rf"[她他它]|{_THAT_ONE}")
_YES = re.compile(r"(?:是[的啊呀]?|对[的啊呀]?|嗯+|没错|就是|yes|ok)[!。~\s]*")
_TOLD_NOW = re.compile(r"目前|现[已正在]|至今|仍|正在|截至")
_WHAT_OF = re.compile(r"^(?P<topic>[^,。?!]{1,20}?)(?:的话)?呢[,。?!\s]*(?P<asks>.*)$")
_ASKS_NOTHING = re.compile(
    r"一共|总共|共计|合计|多少|多大|多长|几|怎么样|怎样|如何|有没有|是不是|一样|同样|[也有是的了吗呢么啊呀吧?!,。\s]"
)
_HOLIDAY = re.compile(
    r"春节|除夕|元旦|元宵|清明|五一|劳动节|端午|中秋|国庆|十一(?![月日号个年家])|双(?:11|十一|12|十二)|春运|寒假|暑假"
)
_TO_PLACE = re.compile(r"[那这]边|[那这](?:里|儿)(?!面)|当地")
_OF_NOW = re.compile(r"现在|如今|眼下|目前|至今|到今天")
_DEEDS = frozenset("补罚缴交偷逃漏骗")  # what every case tells: words with them name nothing

LAST = -1
"""The number of the last of several."""

_ORDINAL = re.compile(
    r"^(?:那|再)?(?:[看说讲]一?下?)?"
    r"(?:第(?P<number>[一二两三四五六七八九十]{1,3}|\d{1,2})|(?P<first>头)[一1]|最后[一1])[个起家例篇则件条]"
    r"(?:案[子例件]?|公司|企业|新闻)?(?=$|[,。?!\s的呢是讲说罚补偷骗虚怎多有为啥叫])"
)
_ANOTHER = re.compile(
    r"(?:那|再|给我|还有|有没有|没有|有)*"
    r"(?:(?:换|来|下|看下|另外?)[一1]?[个条篇家起]|(?:别|其[他它]|另外)的?(?P<kind>[一-鿿]{0,6}?)|(?<=还有))"
    r"[的了吗么呢吧没有看?!。\s]*"
)
_SOURCE = re.compile(
    r"(?:把|给我?|发|看|要|有|来|[那这]个?|的|我|想){0,4}(?:新闻|报道|文章|公告|通知|官方)?的?"
    r"(?:原文|全文|原帖|链接|网址|出处|来源)(?:的?(?:链接|地址))?"
    r"(?:发|给|我|一下|看|在哪里?|呢|吗|有|是什么|是哪里?|哪里?|的|贴|来|吧|没){0,4}\W*"
)
_OF_TWO = re.compile(
    r"[那这她他它们]*(?:俩|[两2](?:个人?|家|位|人|起|地|边|者))[^,。?!;]{0,8}(?:谁|哪[一1]?[个家位起])"
)
_OPPOSITES = (
    ("最高", "最低"),
    ("最多", "最少"),
    ("最早", "最晚", "最迟"),
    ("最长", "最短"),
    ("最大", "最小"),
    ("上限", "下限"),
)
_BESIDE_DEGREE = re.compile(r"^(?:那么?)?|(?:的|是多少|多少|呢|吗|[?。!\s])+$")
_RARE_VERB = 1 / 800
"""A verb that a smaller share of the paragraphs hold names a thing of its own: 装修."""


def read_turn(
    normal: str,
    read: Callable[[str], ParsedQuestion],
    others: Callable[[str], Mapping[str, tuple[str, ...]]],
    share: Callable[[str], float],
    today: date,
) -> Turn:
    """A turn, `normal` being its normalised text.

    `read` parses a question, `others` gives the synonyms in a text, `share` which share of the
    paragraphs hold a word.
    """
    text = without_opening(normal, others)
    text = asking(text) if text.endswith("的") or _is_phrase(text) else text
    parsed, times = read(text), times_in(text, today)
    what_of = _WHAT_OF.match(text)
    plain = _ORDINAL.sub(" ", _POINTING.sub(" ", without_times(text, times)))
    plain = subject_of(plain) if _ASKS_NOTHING.sub("", plain) else ""
    named = _names(plain, parsed)
    synonyms = others(plain)
    words = [*_things(plain, share), *_taxes(synonyms)]
    things = [_forms(word, synonyms) for word in dict.fromkeys(words)]
    known = {form for forms in things for form in forms}
    left = what_of["asks"] if what_of else _rest(text, named, times)
    topic = what_of["topic"] if what_of else text
    ordinal, another = _ORDINAL.match(text), _ANOTHER.fullmatch(normal)
    is_described = what_of is not None and parsed.answer_type is None and _describes(topic)
    is_bare = not _ASKS_NOTHING.sub("", left) and bool(named or times or is_described)
    points_to_place = _TO_PLACE.search(text) is not None
    return Turn(
        text=text,
        topic=topic,
        things=(*things, *((word,) for word in named if word not in known)),
        names=tuple((word,) for word in named),
        times=times,
        begins_anew=switches(normal),
        is_bare=is_bare and (named != [] or not points_to_place),
        points_back=_POINTS_BACK.search(text) is not None,
        is_of_now=_OF_NOW.search(text) is not None,
        points_to_place=points_to_place,
        points_to_story=_POINTS_TO_STORY.search(text) is not None,
        points_to_person=_POINTS_TO_PERSON.search(text) is not None,
        number=_number(ordinal) if ordinal else 0,
        is_of_another=another is not None,
        kind=(another["kind"] or "") if another else "",
    )


def _number(ordinal: re.Match[str]) -> int:
    if ordinal["first"]:
        return 1
    return value_of(ordinal["number"]) if ordinal["number"] else LAST


def asks_for_source(normal: str) -> bool:
    """Whether a normalised turn asks for nothing but the post itself: 原文发我, 链接呢."""
    return _SOURCE.fullmatch(normal) is not None


def compares_two(normal: str) -> bool:
    """Whether a normalised turn asks which of the two is more than the other: 这俩谁罚得重."""
    return _OF_TWO.match(normal) is not None


def with_opposite(question: str, normal: str) -> str | None:
    """The last question with the degree that a normalised turn names in the place of its opposite
    (最高呢 after 最低几个点); None if it does no such thing."""
    degree = _BESIDE_DEGREE.sub("", normal)
    for opposites in _OPPOSITES:
        others = [other for other in opposites if other != degree and other in question]
        if degree in opposites and others and degree not in question:
            return question.replace(others[0], degree)
    return None


def _is_phrase(text: str) -> bool:
    """Whether a turn is a short noun phrase, which only the last question makes a question of."""
    tags = [tag for _, tag in analyzer.tagged(text)]
    is_noun = tags[-1][0] in "nxqj" or tags[-1] == "vn"
    return len(text) <= _LONGEST_PHRASE and is_noun and all(tag[0] in "nxqjmabfst" for tag in tags)


_LONGEST_PHRASE = 8


def _describes(topic: str) -> bool:
    """Whether the topic of a 呢 says which one is meant (按次的, 做会议服务的那家), and not what
    is asked of it (补罚一共) or that the story is to go on (后来)."""
    plain = _ASKS_NOTHING.sub("", _POINTING.sub("", topic))
    return not set(plain) <= _DEEDS and AFTERWARDS.fullmatch(plain) is None


def is_yes(normal: str) -> bool:
    """Whether a normalised turn says yes, and nothing else."""
    return _YES.fullmatch(normal) is not None


def content_of(text: str) -> list[str]:
    """The words of a turn that say what is asked how it stands today: of 现在还播吗 播."""
    plain = _ASKS_NOTHING.sub(" ", _POINTING.sub(" ", _OF_NOW.sub(" ", text)))
    words = [word for word, tag in analyzer.tagged(plain) if tag[0] in "nvzx" and word.isalnum()]
    return [word for word in words if word not in FUNCTION_WORDS]


def tells_of_now(sentence: str, words: Sequence[str]) -> bool:
    """Whether a sentence says how it stands with some words at the time of the report."""
    if not words or not _TOLD_NOW.search(sentence):
        return False
    words_of = {word for word, _ in analyzer.tagged(sentence)}  # 播 is no word of 主播
    return all(word in words_of or (len(word) > 1 and word in sentence) for word in words)


def is_noun(forms: Sequence[str]) -> bool:
    """Whether the first of the forms of a word is a noun."""
    return all(tag[0] in "nx" for _, tag in analyzer.tagged(forms[0]))


def topic_of(turn: Turn) -> str:
    """What a bare turn puts into the last question: 那郑爽呢 is 郑爽, 24年的呢 is 2024年."""
    text = turn.topic
    for span in reversed(turn.times):
        if span.end <= len(text) and span.is_year:
            text = f"{text[: span.start]}{span.since.year}年{text[span.end :]}"
    if not turn.names and not turn.times:
        return text
    return " ".join(_POINTING.sub(" ", text).split()).removesuffix("的")


def kept_of(
    question: str,
    turn: Turn,
    gone: Sequence[str],
    read: Callable[[str], ParsedQuestion],
    is_rare: Callable[[str], bool],
    today: date,
) -> str:
    """What of the last question, normalised, stays beside the topic of a bare turn.

    Another time takes the place of its times, another tax that of its taxes, another name that of
    its names of the same kind: a place that of a place, a holiday that of a holiday, any other that
    of persons and bodies.
    What is `gone` goes as well, and the nouns that tell its story from others (`is_rare`).
    """
    text = without_times(question, times_in(question, today)) if turn.times else question
    if any(is_tax_name(form) for forms in turn.things for form in forms):
        text = "".join(" " if is_tax_name(word) else word for word, _ in analyzer.tagged(text))
    if not turn.names:
        return " ".join(text.replace(gone[0] or " ", " ").split())
    kinds = {_kind_of(name) for forms in turn.names for name in forms[:1]}
    for piece in filter(None, gone if kinds != {"holiday"} else ()):
        text = text.replace(piece, " ")
    names = {form for entity in read(text).entities for form in entity.forms}
    names |= set(_HOLIDAY.findall(text))
    names = {name for name in names if _kind_of(name) in kinds or not kinds <= _SETTINGS}
    if turn.points_to_place:
        names = {name for name in names if _kind_of(name) != "place"}
    words = []
    for word, tag in analyzer.tagged(text):
        # jieba's dictionary calls some cities verbs or adverbs: 保定, 大连.
        is_place = tag[:2] == "ns" or place_named(word) is not None
        is_noun = (tag[0] in "nx" or is_place) and len(word) > 1 and not _DEEDS & set(word)
        is_person = tag[:2] == "nr" and not kinds <= _SETTINGS
        is_gone = is_noun and (is_person or is_rare(word) or word in names)
        if is_place and kinds != {"holiday"} and not turn.points_to_place:
            is_gone |= is_noun and "place" in kinds | {_kind_of(word)} - {"name"}
        words.append(" " if is_gone else word)
    kept = "".join(words)
    for name in names:
        kept = kept.replace(name, " ")
    return " ".join(kept.split())


_SETTINGS = frozenset({"place", "holiday"})


def _kind_of(name: str) -> str:
    """Whether a name is that of a holiday, a place or somebody."""
    if _HOLIDAY.fullmatch(name):
        return "holiday"
    ((word, tag), *others) = analyzer.tagged(name) or [("", "")]
    is_place = not others and tag[:2] == "ns" and is_entity(word, tag)
    return "place" if is_place or place_named(name) else "name"


def nouns_of(
    question: str,
    read: Callable[[str], ParsedQuestion],
    others: Callable[[str], Mapping[str, tuple[str, ...]]],
    today: date,
) -> str:
    """What a normalised question is about, in its nouns, names and abbreviations, without its
    times; `read` and `others` as `read_turn` has them."""
    parsed = read(_POINTING.sub(" ", without_times(question, times_in(question, today))))
    tagged = analyzer.tagged(parsed.subject)
    words = [
        word
        for word, tag in tagged
        if len(word) > 1 and (tag[0] in "nxj" or tag == "vn" or is_tax_word(word))
    ]
    joined = "".join(words)
    forms = [
        name
        for name, longer in others(parsed.subject).items()
        if len(name) > 1 and any(_abbreviates(name, one) for one in longer)
    ]
    forms += [form for entity in parsed.entities for form in entity.forms]
    forms += [c.forms[0] for c in parsed.concepts if c.part >= _WHOLE and len(c.forms[0]) > 1]
    nouns = list(dict.fromkeys([*words, *(form for form in forms if form not in joined)]))
    return " ".join(nouns[:_MOST_NOUNS])


def _abbreviates(name: str, longer: str) -> bool:
    """Whether a name is a longer one with characters left out: 个税 for 个人所得税."""
    rest = iter(longer)
    return len(name) < len(longer) and all(character in rest for character in name)


def places_in(question: str) -> str:
    """The places that a normalised question names."""
    words = [word for word, _ in analyzer.tagged(question) if _kind_of(word) == "place"]
    return " ".join(dict.fromkeys(words))


def parties_in(question: str, title: str) -> list[str]:
    """What of a question, normalised, is of the names of bodies in a title, without the words of
    their kinds: of 胜利加油站罚了多少 胜利."""
    pieces = []
    for body in _BODY.findall(title):
        start = 0
        while start < len(question) - 1:
            ends = range(min(len(question), start + len(body)), start + 1, -1)
            end = next((end for end in ends if question[start:end] in body), start)
            pieces.append(_KIND.sub("", question[start:end]))
            start = max(end, start + 1)
    return [piece for piece in dict.fromkeys(pieces) if len(piece) > 1]


def people_in(question: str, whole: str) -> list[str]:
    """The names of persons in a question, normalised, that stand in a story, also those that no
    dictionary has. That it stands there tells 金茜茜 from the metal."""
    found, at = [], 0
    for (left, _), (right, tag) in pairwise(analyzer.tagged(question)):
        is_twice = len(right) == 2 and right[0] == right[1]  # 林珊珊
        is_given = (len(right) == 1 or is_twice) and tag[0] not in "cpryv"
        if left in ALL_SURNAMES and is_given:
            longest = question[at : at + LONGEST_PERSON]
            found += [name for name in (longest, left + right[0]) if name in whole][:1]
        at += len(left)
    return found


def may_be_people(text: str) -> list[str]:
    """What of a turn may be the name of a person whom no dictionary has, which only the stories
    can tell: a surname and one or two characters, of 任宇宙呢 all. Not 查了, nor the 万粉丝 of
    几百万粉丝."""
    plain = _POINTING.sub("", text).strip(" 的")
    if _IN_PIECES.fullmatch(plain):
        return [plain] if plain[0] in ALL_SURNAMES else []
    tagged = analyzer.tagged(plain)
    counts = [False, *(tag[0] == "m" for _, tag in tagged)]
    return [
        left + right
        for ((left, tag), (right, _)), is_counted in zip(pairwise(tagged), counts, strict=False)
        if left in ALL_SURNAMES
        and tag[0] not in "cpr"
        and not is_counted
        and right not in FUNCTION_WORDS
        and _IN_PIECES.fullmatch(left + right)
    ]


_BODIES = "公司|加油站|加气站|[店厂]|中心|工作室|合作社|医院|门诊部?|诊所|事务所|集团"
_BODY = re.compile(rf"[一-鿿]{{2,16}}?(?:{_BODIES})")
_KIND = re.compile(rf"(?:{_BODIES})$")

_MOST_NOUNS = 6

_WHOLE = 0.9  # the part of a pair of characters that is a name by itself, as 薇娅


def _rest(text: str, names: Sequence[str], times: Sequence[Span]) -> str:
    """What a turn says beside names and times."""
    text = without_times(text, times)
    for name in names:
        text = text.replace(name, " ")
    return _POINTING.sub("", text)


def _forms(word: str, others: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return (
        word,
        *(
            name
            for typed, names in others.items()
            if typed in word or word in typed
            for name in names
        ),
    )


def _taxes(others: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The taxes among the names in a text by which `others` knows them: 车购税."""
    return [name for name, forms in others.items() if "税" in name and any(map(is_tax_name, forms))]


def _names(text: str, parsed: ParsedQuestion) -> list[str]:
    """The persons, places and names that no dictionary has."""
    tagged = analyzer.tagged(text)
    names = [
        word
        for word, tag in tagged
        # jieba's dictionary calls some cities verbs or adverbs: 保定, 大连.
        if word[1:] and (tag == "nr" or is_entity(word, tag) or place_named(word))
    ]
    names += _HOLIDAY.findall(text)
    pairs = {a + b for (a, _), (b, _) in pairwise(tagged) if len(a) == len(b) == 1}
    pieces = [e.forms[0] for e in parsed.entities if len(e.forms) == 1]
    pieces += [c.forms[0] for c in parsed.concepts if c.part >= _WHOLE and c.forms[0] in pairs]
    for piece in filter(_is_no_deed, pieces):
        if len(piece) > 1 and piece in text and not any(piece in name for name in names):
            names.append(piece)
    whole = text.strip(" 的")
    if not names and _IN_PIECES.fullmatch(whole) and _is_in_pieces(analyzer.tagged(whole)):
        names.append(whole)
    return [name for name in dict.fromkeys(names) if not _DEEDS & set(name)]


def unknown_names_in(normal: str, parsed: ParsedQuestion) -> list[str]:
    """The names in a question that no dictionary has, 星海 for one, without places."""
    return [name for name in _names(normal, parsed) if _kind_of(name) == "name"]


def _is_no_deed(piece: str) -> bool:
    """Whether a piece is more than verbs, which name nobody: not 没去办."""
    return any(tag[0] not in "vd" for _, tag in analyzer.tagged(piece))


def _is_in_pieces(tagged: Sequence[tuple[str, str]]) -> bool:
    """Whether words are the pieces of a name of which the dictionary has no part: 前, 海."""
    is_noun = tagged[-1][1][0] in "nx"
    return is_noun and all(
        len(word) == 1 and tag[0] != "v" and word not in FUNCTION_WORDS for word, tag in tagged
    )


_IN_PIECES = re.compile("[一-鿿]{2,3}")


def _things(text: str, share: Callable[[str], float]) -> list[str]:
    """The words of `text` that name something: nouns, and verbs that are rare."""
    things = []
    for word, tag in analyzer.tagged(text):
        if len(word) < 2 or word.isascii() or _DEEDS & set(word):
            continue
        is_noun = tag[0] in "nxoj" or tag in ("vn", "an", "g", "zg", "i", "l", "b")
        if is_noun or (tag[0] == "v" and share(word) < _RARE_VERB):
            things.append(word)
    return list(dict.fromkeys(things))
