"""What is a turn of a conversation? Its own words, and what it leaves to the last question.

A turn asks on about the story that was shown (那罚了多少), asks the last question about another
name, thing or time (那郑爽呢, 24年的呢), or begins anew. Which of these it is, the corpus decides
(`retrieval.answering.dialogue`); here a turn is read by itself.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from corpus.reading.places import place_named
from retrieval.question.question import ParsedQuestion, subject_of
from retrieval.question.times import Span, times_in
from retrieval.text import analyzer
from retrieval.text.analyzer import FUNCTION_WORDS
from retrieval.text.entities import is_entity


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said and shown last.

    `question` is the last question as it was understood, `topic` what a turn put into it,
    `post` the story shown, None if there was none yet, `paragraph` the number of the paragraph
    around which it was shown. `offered` is the question with another name that was offered: a
    yes asks it.
    """

    question: str
    post: str | None = None
    paragraph: int | None = None
    topic: str = ""
    offered: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn read by itself.

    `text` is it without what leads up to it, `topic` what it asks the last question about, if it
    asks nothing else (`is_bare`). `things` are the words that name something, each with its other
    forms; `names` those of them that are persons, places and names no dictionary has; `times`
    the spans in `text`. `begins_anew`: it says that another subject follows. `points_back`: to
    something named before.
    """

    text: str
    topic: str
    things: tuple[tuple[str, ...], ...]
    names: tuple[tuple[str, ...], ...]
    times: tuple[Span, ...]
    begins_anew: bool
    is_bare: bool
    points_back: bool


_SWITCH = re.compile(
    r"^(?:那么?|我)?再?(?:换一?个?(?:话题|问题|人|家|公司|事儿?)|另外|对了|话说|说起来|顺便(?:问一?下?)?"
    r"|(?:还有)?(?:另|别的)?一?个?问题|还想问一?下?)[吧啊呢说]?[,。:!?\s]+"
)
_LEAD = re.compile(
    r"^(?:那么?|然后|还有|再[往说来看]?[前后]?|好的?|嗯|哦|行)[,。:\s]+"
    r"|^(?:那么|然后|还有|那(?![个家年天边位起些种条儿里行回件张时场次批]))"
)
_POINTING = re.compile(
    r"(?:[那这其该]一?(?:个|家|起|位|边|种|行|回|条|件|批|些|儿|里|篇|场|案)"
    r"|同一?[批天次]的?(?:曝光|公布|通报|查处)?的?|当地|其中|里面|东西|[她他它其])[们俩]?的?"
)
_POINTS_BACK = re.compile(r"[她他它其该也]|[那这](?:个|家|起|位|边|里|儿|案|公司|[\d两几三])|里面")
_YES = re.compile(r"(?:是[的啊呀]?|对[的啊呀]?|嗯+|没错|就是|yes|ok)[!。~\s]*")
_WHAT_OF = re.compile(r"^(?P<topic>[^,。?!]{1,20}?)(?:的话)?呢[,。?!\s]*(?P<asks>.*)$")
_ASKS_NOTHING = re.compile(
    r"一共|总共|共计|合计|多少|多大|多长|几|怎么样|怎样|如何|[的了吗呢么啊呀吧?!,。\s]"
)
_DEEDS = frozenset("补罚缴交偷逃漏骗")  # what every case tells: words with them name nothing

_LONGEST_TOPIC = 8
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
    text = _LEAD.sub("", _SWITCH.sub("", normal)) or normal
    parsed, times = read(text), times_in(text, today)
    what_of = _WHAT_OF.match(text)
    plain = _POINTING.sub(" ", without(text, times))
    plain = subject_of(plain) if _ASKS_NOTHING.sub("", plain) else ""
    named = _names(plain, parsed)
    synonyms = others(plain)
    things = [_forms(word, synonyms) for word in _things(plain, share)]
    known = {form for forms in things for form in forms}
    left = what_of["asks"] if what_of else _rest(text, named, times)
    topic = what_of["topic"] if what_of else text
    is_noun = (
        what_of is not None
        and parsed.answer_type is None
        and 0 < len(things) < 3
        and len(topic) <= _LONGEST_TOPIC
    )
    return Turn(
        text=text,
        topic=topic,
        things=(*things, *((word,) for word in named if word not in known)),
        names=tuple((word,) for word in named),
        times=times,
        begins_anew=_SWITCH.match(normal) is not None,
        is_bare=not _ASKS_NOTHING.sub("", left) and bool(named or times or is_noun),
        points_back=_POINTS_BACK.search(text) is not None,
    )


def is_yes(normal: str) -> bool:
    """Whether a normalised turn says yes, and nothing else."""
    return _YES.fullmatch(normal) is not None


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
    topic: str,
    read: Callable[[str], ParsedQuestion],
    is_rare: Callable[[str], bool],
    today: date,
) -> str:
    """What of the last question, normalised, stays beside the topic of a bare turn.

    Another time takes the place of its times; another name that of its names, of `topic`, which
    the turn before put into it, and of the nouns that tell its story from others (`is_rare`).
    """
    text = without(question, times_in(question, today)) if turn.times else question
    if not turn.names:
        return text
    text = text.replace(topic, " ") if topic else text
    names = {form for entity in read(text).entities for form in entity.forms}
    words = []
    for word, tag in analyzer.tagged(text):
        is_noun = tag[0] in "nx" and len(word) > 1 and not _DEEDS & set(word)
        is_gone = is_noun and (tag[:2] in ("ns", "nr") or is_rare(word) or word in names)
        words.append(" " if is_gone else word)
    kept = "".join(words)
    for name in names:
        kept = kept.replace(name, " ")
    return kept


def nouns_of(question: str, read: Callable[[str], ParsedQuestion], today: date) -> str:
    """What a normalised question is about, in its nouns and names, without its times."""
    parsed = read(_POINTING.sub(" ", without(question, times_in(question, today))))
    tagged = analyzer.tagged(parsed.subject)
    words = [word for word, tag in tagged if len(word) > 1 and (tag[0] in "nxj" or tag == "vn")]
    joined = "".join(words)
    forms = [form for entity in parsed.entities for form in entity.forms]
    forms += [c.forms[0] for c in parsed.concepts if c.part >= _WHOLE and len(c.forms[0]) > 1]
    nouns = dict.fromkeys([*words, *(form for form in forms if form not in joined)])
    return " ".join(list(nouns)[:_MOST_NOUNS])


_MOST_NOUNS = 6

_WHOLE = 0.9  # the part of a pair of characters that is a name by itself, as 薇娅


def without(text: str, times: Sequence[Span]) -> str:
    """`text` without the times in it."""
    for span in reversed(times):
        text = f"{text[: span.start]} {text[span.end :]}"
    return text


def _rest(text: str, names: Sequence[str], times: Sequence[Span]) -> str:
    """What a turn says beside names and times."""
    text = without(text, times)
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


def _names(text: str, parsed: ParsedQuestion) -> list[str]:
    """The persons, places and names that no dictionary has."""
    tagged = analyzer.tagged(text)
    names = [
        word
        for word, tag in tagged
        # jieba's dictionary calls some cities verbs or adverbs: 保定, 大连.
        if word[1:] and (tag == "nr" or is_entity(word, tag) or place_named(word))
    ]
    pairs = {a + b for (a, _), (b, _) in pairwise(tagged) if len(a) == len(b) == 1}
    pieces = [e.forms[0] for e in parsed.entities if len(e.forms) == 1]
    pieces += [c.forms[0] for c in parsed.concepts if c.part >= _WHOLE and c.forms[0] in pairs]
    for piece in pieces:
        if len(piece) > 1 and piece in text and not any(piece in name for name in names):
            names.append(piece)
    whole = text.strip(" 的")
    if not names and _IN_PIECES.fullmatch(whole) and _is_in_pieces(analyzer.tagged(whole)):
        names.append(whole)
    return [name for name in dict.fromkeys(names) if not _DEEDS & set(name)]


def _is_in_pieces(tagged: Sequence[tuple[str, str]]) -> bool:
    """Whether words are the pieces of a name of which the dictionary has no part: 前, 海."""
    is_noun = tagged[-1][1][0] in "nx"
    return is_noun and all(len(word) == 1 and word not in FUNCTION_WORDS for word, _ in tagged)


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
