"""A question parsed: what it is about, which answer type it expects, which time it means."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from operator import add

import numpy as np

from retrieval.index import Searchable
from retrieval.question.answer_types import AnswerType
from retrieval.question.asked import asking_clauses
from retrieval.question.case_cues import is_of_case
from retrieval.question.expected_type import answer_type_in
from retrieval.question.stop_phrases import without_stop_phrases, without_talk
from retrieval.question.times import years_in
from retrieval.question.topics import OF_TICKETS, TAXES, is_tax_name, is_tax_word
from retrieval.text import analyzer
from retrieval.text.analyzer import FUNCTION_WORDS, Tagged
from retrieval.text.entities import agent, company, is_entity, names_somebody, persons
from retrieval.text.synonyms import Synonyms

# --- what it is about -----------------------------------------------------------------------

# Stop phrases and words of asking say nothing of what a question is about.
_ASKING = re.compile(
    r"请教一?下?|请问一?下?|麻烦(?:问)?一?下?|想(?:问|请教|知道|了解)一?下?|问一?下|求助|拜托|各位|大家好?"
    r"|老师们?|有没有人|有人知道|谁知道|知不知道|帮(?:我|忙)(?:查|看|问)?一?下?|告诉我|谢谢啦?|多谢|感谢"
    r"|你好|您好|please|hello"
    r"|是?[干做](?:什么|啥)的|哪[个份部](?:文件|规定|公告|条例)|为什么|为啥|为何|凭什么|凭啥|图什么|什么时[候间]|啥时[候间]?|有(?:哪些|什么|啥)|什么|啥|怎么样|怎么|怎样|如何|咋样?"
    r"|多少钱|多少|多久|多长时间|哪[个座](?:省份?|城市|市(?!场)|县|地方|地区|国家?)|哪[一1][年天月日条款项家个]|哪[个家位些里儿几年天月日条款部种]|几几年|百分之几"
    r"|从?几[年月日号][到至]几[年月日号]|几[个家户人名位张份起条项类次种年天月号]|谁|吗|呢|吧|呀|啊|嘛|是不是|能不能|可不可以|有没有|会不会"
    r"|要不要|行不行|是否|何时|何地|何人|到底|究竟|其实|反而|那个|这个|那家|这家|那些|这些|那位|那起|那种"
    r"|(?<=[些么啥])东西|的话|为止|[这那](?:个|件)?事(?:儿|情)?|一共|总共|合计|共计|总额|(?:截止|起止)?(?:时间|日期)(?=是|\W*$)|截止(?=\W*$)"
    r"|(?:的|相关)*(?:新闻|消息|报道|事件)(?=[\s?!,。吗呢啊吧]*$)"
)
_NOISE = re.compile(
    r"https?://\S+|@\w+|[#【】\[\]()?!,。、;:~…“”\"'‘’|/]|[\U0001F000-\U0001FAFF☀-➿\ufe0f]"
)
_NEWEST = re.compile(r"最新|最近|近期|近日|刚刚|这几天|目前|现在")
_BEFORE = re.compile(r"以前|之前|原[来先]|过去|曾经?|当[时年初]|最[早初]|(?<!刚)刚(?!刚).{0,8}时")
_ARTICLE = re.compile(r"第?(\d{1,4})条(?![件目])")  # of a statute
_NO_PIECES = FUNCTION_WORDS | {" "}
_DEEDS = frozenset("罚判拘")  # which the dictionary knows as parts of words only
# Verbs that help another: where it leads, whether it can be or has to; and words that say no more
# than what asks does (哪些情况, 包括哪些).
_HELPING = frozenset(
    "出来 起来 回来 过来 下来 上来 进来 出去 进去 上去 下去 过去 回去"
    " 不能 不用 才能 能够 应该 可以 不会 不要 还要 需要 想要 打算 算不算 不够 不是 还有"
    " 没有 包括 包含 属于 情况 情形".split()
)
_WHITHER = frozenset("来去到上下出")
_YEAR = re.compile(r"(?:19|20)\d\d")

# What a word says of a question's subject, by its part of speech; a pair of
# characters that stands across two words says next to nothing.
_NAME, _DEED, _FILLER, _ACROSS = 1.0, 0.5, 0.2, 0.1

MOST_TERMS, MOST_CONCEPTS = 480, 192
"""How many terms are searched and concepts looked for, the most telling, so that a question's
cost is bounded by more than its length. Questions of a hundred characters have fewer."""

_BRIEF = 10
"""Characters of the subject of a brief question, at most."""

SYNONYM = 0.5
"""What a synonym's term counts in the search, beside the word that was typed."""


@dataclass(frozen=True, slots=True)
class Concept:
    """Something a question names: a text has it that holds any of its forms.

    `part` is how much of what the question is about it says, 0–1.
    """

    forms: tuple[str, ...]
    idf: float
    part: float = 1.0

    @property
    def weight(self) -> float:
        """How much it counts that a text holds the concept."""
        return self.idf * self.part

    def stands_in(self, text: str) -> bool:
        """Whether a normalised text has the concept."""
        return any(form in text for form in self.forms)


@dataclass(frozen=True, slots=True)
class Named:
    """What a question names: its `subject`, concepts and entities as `ParsedQuestion` has them."""

    subject: str
    concepts: tuple[Concept, ...]
    entities: tuple[Concept, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ParsedQuestion:
    """A question parsed once, for all that work on it, who keep by it what they find.

    `answer_type` is the expected one; `entities` are the persons and places that it names, each
    with its pairs of characters as forms; `words` are its nouns and verbs of two characters and
    more, whole, without words of time and helping verbs, `asked` those of them that stand in a
    clause that asks; `thing` is the last thing that it names, of which something is asked; `terms`
    are (term, weight) by field of the index.
    `is_of_tax`: it says a word of taxation; `is_of_field`: that, or another name of one, or it
    names a person or a firm.
    `is_of_case`: it asks about a case, of somebody, and not about a rule. `places` are those it
    names, as it writes them, `articles` the numbers of the articles. `today` is the day on which
    it is asked.
    """

    text: str
    normal: str
    subject: str
    answer_type: AnswerType | None
    years: tuple[int, ...]
    wants_newest: bool
    concepts: tuple[Concept, ...]
    characters: tuple[Concept, ...]
    entities: tuple[Concept, ...]
    words: tuple[Concept, ...]
    asked: tuple[Concept, ...]
    thing: str
    terms: dict[str, dict[str, float]]
    is_of_tax: bool
    is_of_field: bool
    is_of_case: bool
    places: frozenset[str]
    articles: frozenset[str]
    today: date

    @property
    def taxes(self) -> tuple[Concept, ...]:
        """The taxes that it asks about: 个税 with its other name."""
        names = (word for word in self.asked if is_tax_name(word.forms[0]))
        return tuple(name for name in names if not TAXES.isdisjoint(name.forms))

    @property
    def asks_of_rule_today(self) -> bool:
        """Whether it asks for a rule as it is: it names no case and no time before this year."""
        is_of_now = all(year >= self.today.year for year in self.years)
        return is_of_now and not (self.is_of_case or _BEFORE.search(self.normal))

    @property
    def asks_briefly_of_rule(self) -> bool:
        """Whether few words ask for a rule: 虚开多少判刑. Who asks of a case says more."""
        return not self.is_of_case and len("".join(self.subject.split())) <= _BRIEF


def subject_of(normal: str) -> str:
    """A normalised question without stop phrases, words of asking, emoji and punctuation."""
    return _subject(normal, without_stop_phrases(normal))


def _subject(normal: str, stripped: str) -> str:
    bare = " ".join(_ASKING.sub(" ", without_talk(_NOISE.sub(" ", stripped))).split())
    return bare or " ".join(_NOISE.sub(" ", normal).split())


_BOTH = re.compile(r"连[补税罚][带加][补税罚]")


def without_both(normal: str) -> str:
    """A normalised question with 补罚 for 连补带罚, 连税带罚, which no report says."""
    return _BOTH.sub("补罚", normal)


def names_something(question: ParsedQuestion) -> bool:
    """Whether a question has a concept outside its words of asking: not 怎么被发现的."""
    found = question.answer_type and question.answer_type.trigger.search(question.normal)
    asking = found[0] if found else ""
    return any(form not in asking for concept in question.concepts for form in concept.forms[:1])


def named(normal: str, index: Searchable, synonyms: Synonyms, *, both_ways: bool = False) -> Named:
    """What a normalised question names, as `read` finds it, for a third of the time."""
    subject = subject_of(normal)
    tagged = analyzer.tagged(subject)
    others = synonyms.of(subject, both_ways=both_ways)
    return _named(subject, tagged, others, index)


def _named(
    subject: str, tagged: Tagged, others: dict[str, tuple[str, ...]], index: Searchable
) -> Named:
    concepts = _weightiest(_concepts(subject, tagged, others, index))
    return Named(subject, concepts, _entities(tagged, others, index))


def read(
    text: str,
    normal: str,
    index: Searchable,
    synonyms: Synonyms,
    *,
    today: date,
    both_ways: bool = False,
) -> ParsedQuestion:
    """The question `text`, whose normalised form (corrected, perhaps) is `normal`; `both_ways` as
    `Synonyms.of` has it."""
    stripped = without_stop_phrases(normal)
    subject = _subject(normal, stripped)
    tagged = analyzer.tagged(subject)
    others = synonyms.of(subject, both_ways=both_ways)
    names = _named(subject, tagged, others, index)
    words = _words(tagged, others, index)
    asking = asking_clauses(normal)
    is_of_tax = _has_tax_word(word for word, _ in tagged)
    return ParsedQuestion(
        text=text,
        normal=normal,
        subject=subject,
        answer_type=answer_type_in(stripped),
        years=years_in(normal, today),
        wants_newest=_NEWEST.search(normal) is not None,
        concepts=names.concepts,
        characters=_weightiest(_characters(subject, index)),
        entities=names.entities,
        words=words,
        asked=tuple(word for word in words if any(word.forms[0] in clause for clause in asking)),
        thing=_thing(tagged),
        terms=_rarest(_terms(subject, synonyms.of(normal, both_ways=both_ways) | others), index),
        is_of_tax=is_of_tax,
        is_of_field=is_of_tax or _means_tax(tagged, others) or names_somebody(tagged),
        is_of_case=is_of_case(normal, tagged),
        places=frozenset(word for word, tag in tagged if tag == "ns"),
        articles=frozenset(_ARTICLE.findall(normal)),
        today=today,
    )


def _weightiest(concepts: Iterable[Concept]) -> tuple[Concept, ...]:
    """The `MOST_CONCEPTS` of the greatest weight, in their order."""
    listed = tuple(concepts)
    if len(listed) <= MOST_CONCEPTS:
        return listed
    kept = set(sorted(listed, key=lambda c: -c.weight)[:MOST_CONCEPTS])
    return tuple(concept for concept in listed if concept in kept)


def _rarest(terms: dict[str, dict[str, float]], index: Searchable) -> dict[str, dict[str, float]]:
    """The `MOST_TERMS` that count most of those that the index holds, in their order."""
    if sum(map(len, terms.values())) <= MOST_TERMS:
        return terms
    worth = {
        (field, term): weight * float(idf)
        for field, weights in terms.items()
        for (term, weight), idf in zip(
            weights.items(), index.idf(list(weights), field), strict=True
        )
    }
    kept = set(sorted(worth, key=lambda place: -worth[place])[:MOST_TERMS])
    return {
        field: {term: weight for term, weight in weights.items() if (field, term) in kept}
        for field, weights in terms.items()
    }


def idfs(index: Searchable, terms: list[str], field: str) -> list[float]:
    """The idf of each term, for one that the index lacks Lucene's of a term in no paragraph."""
    unseen = _unseen(index)
    return [idf or unseen for idf in index.idf(terms, field).tolist()]


def _unseen(index: Searchable) -> float:
    """Lucene's idf of a term in no paragraph, the highest there is."""
    return float(np.log(1 + (len(index) + 0.5) / 0.5))


def _terms(subject: str, others: dict[str, tuple[str, ...]]) -> dict[str, dict[str, float]]:
    cuts = {"words": analyzer.words, "bigrams": analyzer.bigrams}
    terms = {field: dict.fromkeys(cut(subject), 1.0) for field, cut in cuts.items()}
    for names in others.values():
        for name in names:
            for field, cut in cuts.items():
                for term in cut(name):
                    terms[field].setdefault(term, SYNONYM)
    return terms | {"characters": dict.fromkeys(analyzer.characters(subject), 1.0)}


def _concepts(
    subject: str, tagged: Tagged, others: dict[str, tuple[str, ...]], index: Searchable
) -> tuple[Concept, ...]:
    says = _parts(tagged, others)
    terms = [
        term for term in dict.fromkeys(analyzer.bigrams(subject)) if len(term) > 1 or term.isdigit()
    ]
    unseen = _unseen(index)
    concepts = []
    for term, idf in zip(terms, index.idf(terms, "bigrams").tolist(), strict=True):
        part = says.get(term, _ACROSS)
        if part == _ACROSS and FUNCTION_WORDS & set(term):
            continue
        # A way of speaking that the news lacks is no sign of another subject.
        is_talk = part <= _FILLER or (term.isascii() and term.isalpha())
        if is_talk and not idf:
            continue
        names = (name for typed, names in others.items() if term in typed for name in names)
        concepts.append(Concept((term, *names), idf or unseen, part))
    return tuple(concepts)


def _characters(subject: str, index: Searchable) -> Iterator[Concept]:
    characters = (c for c in analyzer.characters(subject) if c not in FUNCTION_WORDS)
    listed = list(dict.fromkeys(characters))
    for character, idf in zip(listed, idfs(index, listed, "characters"), strict=True):
        yield Concept((character,), idf)


def _entities(
    tagged: Tagged, others: dict[str, tuple[str, ...]], index: Searchable
) -> tuple[Concept, ...]:
    # What has other names is a thing, whatever the dictionary says (明星, 老公).
    words = [word for word, tag in tagged if is_entity(word, tag) and word not in others]
    words += [name for _, name in persons(tagged)]
    names = [_entity(word, others, index) for word in dict.fromkeys(words)]
    name = agent(tagged)
    # What has other names is no name only where the dictionary took it for one.
    is_known = name in words or (name in others and analyzer.is_word(name or ""))
    if name and not is_known and not index.idf(analyzer.bigrams(name), "bigrams").all():
        names.append(Concept((name,), _unseen(index)))  # a pair of it is in no text
    if (firm := company(tagged)) and firm not in words:
        names.append(_entity(firm, others, index))
    return tuple(names)


def _entity(name: str, others: dict[str, tuple[str, ...]], index: Searchable) -> Concept:
    pairs = list(analyzer.bigrams(name))
    return Concept((*pairs, *others.get(name, ())), max(idfs(index, pairs, "bigrams")))


# Contributions, customs and public fees, which our tax dictionary has few words of.
_OF_FIELD = re.compile(
    f"税|(?<![{OF_TICKETS}])票|保险|社保|医保|公积金|养老|失业|工伤|生育|退休|海关|离岛|离境|亏损|注销"
    "|残保金|保障金|费附加|建设费|工会经费|减免"
)


def _has_tax_word(words: Iterable[str]) -> bool:
    return any(is_tax_word(word) or _OF_FIELD.search(word) for word in words)


def _means_tax(tagged: Tagged, others: dict[str, tuple[str, ...]]) -> bool:
    # 那少缴了多少 says of no one what.
    says_what = any(_is_telling(word, tag) for word, tag in tagged)
    return says_what and _has_tax_word(name for names in others.values() for name in names)


def _words(
    tagged: Tagged, others: dict[str, tuple[str, ...]], index: Searchable
) -> tuple[Concept, ...]:
    words = [word for word, tag in dict.fromkeys(tagged) if _is_telling(word, tag)]
    names = [
        tuple(n for typed, ns in others.items() if typed in word or word in typed for n in ns)
        for word in words
    ]
    return tuple(
        Concept((word, *names_of_it), idf)
        for word, names_of_it, idf in zip(words, names, idfs(index, words, "words"), strict=True)
    )


def _is_telling(word: str, tag: str) -> bool:
    if len(word) == 1 or tag[0] == "t" or word in _HELPING or _YEAR.fullmatch(word):
        return False
    return _says(word, tag) >= _DEED


def _thing(tagged: Tagged) -> str:
    """The last nouns in a row of two characters and more, with the verbs behind them, as they are
    typed: 残保金征收比例."""
    runs = [""]
    for word, tag in tagged:
        is_name = word != " " and _says(word, tag) == _NAME
        if is_name or (runs[-1] and tag[0] == "v" and len(word) > 1):
            runs[-1] += word
        else:
            runs.append("")
    return next((run for run in reversed(runs) if len(run) > 1), "")


def _parts(tagged: Tagged, named: Iterable[str]) -> dict[str, float]:
    """How much each pair of characters says of the subject, 0–1; `named` has synonyms.

    Nouns and unknown names say all, verbs and what has synonyms half, the rest little; a word
    counts once, however many pairs it has.
    """
    says: dict[str, float] = {}
    before, said_before = "", _FILLER
    for (word, tag), (after, _) in zip_longest(tagged, tagged[1:], fillvalue=("", "")):
        said = _says(word, tag)
        if len(word) == 1 or word.isascii():
            says[word] = max(said, says.get(word, 0.0))
            # The pieces of a name that the dictionary lacks, up to what was done: 薇娅罚了.
            is_deed = said == _DEED != said_before and (len(after) != 1 or after in _NO_PIECES)
            if len(word) == len(before) == 1 and not is_deed and not _NO_PIECES & {word, before}:
                says.setdefault(before + word, min(said, said_before))
        for i in range(len(word) - 1):
            pair = word[i : i + 2]
            says[pair] = max(said / (len(word) - 1), says.get(pair, 0.0))
        before, said_before = word, said
    # In whichever pieces the dictionary has the name: 个税, and whoever is named.
    for name in named:
        for pair in map(add, name, name[1:]):
            says[pair] = max(_DEED / (len(name) - 1), says.get(pair, 0.0))
    return says | {name: _NAME for _, name in persons(tagged)}


def _says(word: str, tag: str) -> float:
    if word in _DEEDS:
        return _DEED
    # Names are of nouns, of what the dictionary lacks (x) and of sounds (o: 咕咕).
    if tag[0] in "nxo" or tag in ("vn", "eng", "j", "an", "b", "g", "zg") or word.isascii():
        return _NAME
    if tag == "l":  # a phrase of a noun (整形医院), or a verb and where it leads (追回来)
        return _DEED if word[-1] in _WHITHER else _NAME
    return _DEED if tag[0] == "v" or tag in ("s", "t", "a", "z") else _FILLER
