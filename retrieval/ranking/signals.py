"""What speaks for and against the best story as the answer of a question.

The measures of one window look at the title and adjacent sentences: what is scattered over a
long post says little.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from retrieval.index import Searchable
from retrieval.question.asked import asking_clauses, asks_how_to
from retrieval.question.question import Concept, Named, ParsedQuestion
from retrieval.question.times import without_years
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.excerpts import Excerpts
from retrieval.ranking.normalised_stories import NormalisedStory
from retrieval.ranking.ranking import Hit
from retrieval.text import analyzer

NEXT = 5
"""With how many of the next stories the best one is compared."""

_USUAL_LEAD = 0.6
"""The lead of a story that is compared with none, about what a right one has."""

_USUAL_TITLED = 0.45
"""The share of a title that a question holds, about that of a right one: of a story without."""

_NEWS = frozenset({"case", "flash", "report"})
"""The types of posts that tell what happened, and of a rule no more than what is new in it."""

_NEWS_OF_RULE = 1 / 3
"""How much it is against such a post that a rule is asked for, beside how something is done."""

# Pairs of characters across two words, and single digits, are everywhere by chance.
_LEAST_PART = 0.11

_NOTHING_OF_IT, _ANOTHER = 1.0, 0.3
"""How much it is against a passage that it has nothing of the expected type, or something, and
not what is asked for."""

_FEW = 4
"""So many concepts of taxation no story has by chance; of others, more say no more."""

# What stands before the place where somebody is, and not before that of which is asked.
_WHERE = "[在从到去来回往由自我们是]"


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for and against a story as the answer. All are in 0–1 but `length`.

    `coverage`: the share of the question's concepts that the story's best window holds.
    `sentence`: how well the best sentence or two of the paragraph that was found answer, as the
    marked sentence is chosen: what it says of the question, and the expected answer type in it.
    `length`: the logarithm of 1 + the number of concepts: of a short question as much is found
    by chance. One that names something of taxation, or a person, or only what the title has, has at
    least four: 契税怎么交. One that names no such thing, of which the title says nothing, has four
    at most.
    `lead`: the `text` of the story beside that of the `NEXT` stories, ½ if it is no more.
    `lacks_type`: 1 if the certain answer type is nowhere in the passage that would be shown, less
    if only another is there than is asked for: a share, and not the tax rate.
    `missing_words`: the share of the question's words that stand in a clause that asks, and neither
    in the title nor in the paragraph that was found or those beside it.
    `missing_characters`: the same of the question's characters, by idf: 餐费 and 餐饮 have one in
    common, 赎回 and a text about no fund none.
    `missing_thing`: how much of the last thing that the question names, of which something is asked
    (残保金征收比例), neither the title nor the paragraph (of a statute the article) says in these
    words: the share of its characters that stand in no pair that is there.
    `titled`: the square root of the share of the title's characters, by idf, that the question or
    the other names of its words hold: how much of what the story is about is asked for.
    `news`: 1 if the question asks how something is done by rule, and the story is a case, flash or
    report, a third if it asks for anything else of a rule.
    `unknown_entity`: how rare the rarest person or place is that the question names and the story
    lacks. A place that says where the one who asks is (我在长沙) counts only where the story is a
    case: a rule is for people of anywhere.
    """

    coverage: float
    sentence: float
    length: float
    lead: float
    lacks_type: float
    missing_words: float
    missing_characters: float
    missing_thing: float
    titled: float
    news: float
    unknown_entity: float


def signals_of(
    excerpts: Excerpts,
    position: int,
    lead: float,
    index: Searchable,
) -> Signals:
    """The signals of the story of some `excerpts`, for their question: the paragraph at `position`
    was found, and its `lead` is known."""
    question, forms, type_ = excerpts.question, excerpts.forms, excerpts.story.type
    story, unit = forms.normalised, forms.units[position]
    matcher = window_matcher(question)
    coverage, _ = best_window(question, story)
    in_title = matcher.weight_share(matcher.matched(story.title))
    around = _around(story, position)
    passage = "".join(piece.normal for piece in forms.pieces[slice(*excerpts.passage(position))])
    return Signals(
        coverage=coverage,
        sentence=excerpts.best_sentence(position).score,
        length=_length(question, in_title),
        lead=lead,
        lacks_type=_lacking(question, passage),
        missing_words=_missing_words(question, around),
        missing_characters=_missing_characters(question, around),
        missing_thing=_missing_thing(question.thing, _unit(story, unit)),
        titled=_titled(question, story.title, index),
        news=_news(question, type_),
        unknown_entity=unknown_entity(question, story, index, places=type_ == "case"),
    )


def scoring_concepts(question: ParsedQuestion | Named) -> list[Concept]:
    """The concepts of a question by which a story is scored."""
    return [c for c in question.concepts if c.part >= _LEAST_PART]


@lru_cache(maxsize=8)  # a question is compared with several stories
def window_matcher(question: ParsedQuestion) -> ConceptMatcher:
    """The matcher of the concepts by which a question's windows are scored, each by what it is to
    the question and not by its idf: an everyday word that the news never writes would count most
    of all."""
    concepts = scoring_concepts(question)
    return ConceptMatcher(concepts, [concept.part for concept in concepts])


def best_window(question: ParsedQuestion, story: NormalisedStory) -> tuple[float, int]:
    """The coverage of a question by the window of a story that covers most, and the concepts that
    it holds: the title and two adjacent sentences."""
    matcher = window_matcher(question)
    title = matcher.matched(story.title)
    found = [matcher.matched(sentence) for part in story.paragraphs for sentence in part]
    windows = [title] + [
        title | first | second for first, second in zip(found, [*found[1:], 0], strict=True)
    ]
    best = max(windows, key=matcher.weight_share)
    return matcher.weight_share(best), best


def _length(question: ParsedQuestion, in_title: float) -> float:
    """The logarithm of 1 + the number of a question's concepts, as far as they count, where a
    story's title has a share `in_title` of them."""
    count = len(scoring_concepts(question))
    if question.is_of_field or (in_title == 1 and _says_something(question)):
        count = max(count, _FEW)
    elif not in_title:
        count = min(count, _FEW)
    return math.log(1 + count)


def lead_of(hits: Iterable[Hit]) -> float:
    """How far the story of the first hit is before the next ones, 0–1, by the `text` of the best
    hit of each: ½ if no farther than those are."""
    best: dict[str, float] = {}
    # Hits are many, stories few: read no more of them than needed.
    for hit in hits:
        best.setdefault(hit.story.post.id, hit.share("text"))
        if len(best) > NEXT:
            break
    first, *others = [*best.values()] or [0.0]
    if not others or not first:
        return _USUAL_LEAD
    return first / (first + sum(others) / len(others))


def lacks_answer_type(question: ParsedQuestion, story: NormalisedStory) -> bool:
    """Whether the question expects an answer type of a certain form that `story` nowhere holds."""
    return _lacking(question, story.whole) == _NOTHING_OF_IT


def _lacking(question: ParsedQuestion, text: str) -> float:
    """How far a text is from the certain answer type that is expected: `_NOTHING_OF_IT` if it has
    none, less if it has one, and not the one that is asked for."""
    kind = question.answer_type
    if kind is None or not kind.is_certain:
        return 0.0
    if not kind.pattern.search(text):
        return _NOTHING_OF_IT
    return _ANOTHER if kind.closest and not kind.closest.search(text) else 0.0


def rarest_idf(index: Searchable) -> float:
    """The idf of a word in a single paragraph."""
    return math.log(1 + (len(index) - 0.5) / 1.5)


def _says_something(question: ParsedQuestion) -> bool:
    """Whether a question has more than a time and words of asking: not 今晚吃什么好."""
    return bool(question.words or question.thing) or len(scoring_concepts(question)) > 1


def _around(story: NormalisedStory, position: int) -> str:
    """The title, the paragraph at `position` and those beside it."""
    return _unit(story, range(max(0, position - 1), position + 2))


def _unit(story: NormalisedStory, positions: range) -> str:
    """The title and the paragraphs at some positions."""
    found = story.paragraphs[positions.start : positions.stop]
    return "\n".join([story.title, *("".join(sentences) for sentences in found)])


def _missing_words(question: ParsedQuestion, text: str) -> float:
    """The share of the question's words that ask for something that `text` lacks."""
    if not question.is_of_field and not _says_something(question):
        return 1.0
    kind = question.answer_type
    # 职务, 金额: what they ask for is known by its form, 处长 or 5万元, without the word.
    has_form = kind is not None and kind.is_certain and kind.pattern.search(text) is not None
    lacking = [
        word
        for word in question.asked
        if not word.stands_in(text)
        and not (has_form and kind and kind.trigger.search(word.forms[0]))
    ]
    return len(lacking) / max(1, len(question.words))


def _missing_characters(question: ParsedQuestion, text: str) -> float:
    """The share, by idf, of the question's characters that ask and that `text` lacks; a text that
    is of 去年 need not say so."""
    asking = "".join(asking_clauses(without_years(question.normal)))
    idfs = {concept.forms[0]: concept.idf for concept in question.characters}
    lacking = sum(idf for one, idf in idfs.items() if one in asking and one not in text)
    return lacking / (sum(idfs.values()) or 1.0)


def _missing_thing(thing: str, text: str) -> float:
    """The share of the characters of what a question names that are in no pair that `text` has."""
    held = [first + second in text for first, second in pairwise(thing)]
    told = [before or after for before, after in pairwise([False, *held, False])]
    return 1 - sum(told) / len(told) if held else 0.0


def _titled(question: ParsedQuestion, title: str, index: Searchable) -> float:
    """The square root of the share, by idf, of a title's characters that a question holds."""
    characters = list(dict.fromkeys(analyzer.characters(title)))
    idfs = index.idf(characters, "characters").tolist()
    if not sum(idfs):
        return _USUAL_TITLED
    names = (form for one in (*question.words, *question.concepts) for form in one.forms)
    held = set("".join([question.normal, *names]))
    said = sum(idf for one, idf in zip(characters, idfs, strict=True) if one in held)
    return math.sqrt(said / sum(idfs))


def _news(question: ParsedQuestion, type_: str | None) -> float:
    """How little a story of a type of posts is what tells the rule that a question asks for."""
    if question.is_of_case or type_ not in _NEWS:
        return 0.0
    return 1.0 if asks_how_to(question.normal) else _NEWS_OF_RULE


def unknown_entity(
    question: ParsedQuestion, story: NormalisedStory, index: Searchable, *, places: bool = True
) -> float:
    """How rare, in 0–1, the rarest entity is that the question names and the story lacks; without
    `places`, not one that says where somebody is."""
    named = question.entities
    if not places:
        whereabouts = {
            tuple(analyzer.bigrams(place))
            for place in question.places
            if re.search(rf"{_WHERE}{re.escape(place)}", question.normal)
        }
        named = tuple(entity for entity in named if entity.forms not in whereabouts)
    return _rarest_missing(named, story, index)


def _rarest_missing(
    concepts: Iterable[Concept], story: NormalisedStory, index: Searchable
) -> float:
    """How rare, in 0–1, the rarest of some concepts is that `story` lacks."""
    whole = story.whole
    lacking = [concept.idf for concept in concepts if not concept.stands_in(whole)]
    return min(1.0, max(lacking, default=0.0) / rarest_idf(index))
