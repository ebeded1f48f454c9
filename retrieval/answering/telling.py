"""Does a story tell of what a turn of a conversation names, and of its time?"""

import math
import re
from datetime import date, timedelta

from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.question.conversation import Turn, content_of, tells_of_now
from retrieval.question.question import ParsedQuestion
from retrieval.question.times import Span
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.normalised_stories import NormalisedStory
from retrieval.ranking.signals import scoring_concepts

RARE = 1 / 1000
"""A noun that a smaller share of the paragraphs hold tells stories apart: it names no kind."""

_MONTH = 31  # days

_REPORTED = timedelta(45)
"""Until when it is reported what some months brought."""


def missing_in(whole: str, turn: Turn) -> list[tuple[str, ...]]:
    """What of the things that a turn names a text lacks."""
    return [forms for forms in turn.things if not any(_holds(whole, form) for form in forms)]


def tells_time(span: Span, story: Story, whole: str) -> bool:
    """Whether a story, `whole` being its text, is of a time or names it."""
    if span.is_of_month and not _may_be_of(span.since.month, whole.split("\n", 1)[0]):
        return False
    day = day_of(story)
    if day and is_of(span, day):
        return True
    if (span.until - span.since).days > _MONTH:
        return any(f"{year}年" in whole for year in range(span.since.year, span.until.year + 1))
    if not re.search(rf"(?<!\d){span.since.month}月", whole):
        return False
    year = span.since.year
    return not span.has_year or f"{year}年" in whole or (day is not None and day.year == year)


def is_of(span: Span, day: date) -> bool:
    """Whether what is published on a day is of a span: of some months of a year it is reported
    later what they brought."""
    if span.is_year or span.is_of_month:
        return span.holds(day)
    return span.since + _REPORTED <= day <= span.until + _REPORTED


def tells_in_other_words(whole: str, turn: Turn) -> bool:
    """Whether a text has a character of each thing that a turn names: of 开户 the 户 of 账户."""
    return all(set("".join(forms)) & set(whole) for forms in turn.things)


def tells_now(turn: Turn, story: NormalisedStory) -> bool:
    """Whether a case tells how what a turn asks stands today, in one sentence of it."""
    words = content_of(turn.text)
    return any(tells_of_now(each, words) for pair in story.paragraphs for each in pair)


def share_held(about: ParsedQuestion, whole: str, *, is_named: bool) -> float | None:
    """Which share of what a question names a text holds, without what tells its own story from
    others where another is named; None if nothing is left."""
    concepts = scoring_concepts(about)
    if is_named:
        concepts = [c for c in concepts if c.idf < math.log(1 + 1 / RARE)]
    if not concepts:
        return None
    matcher = ConceptMatcher(concepts, [concept.part for concept in concepts])
    return matcher.weight_share(matcher.matched(whole))


def day_of(story: Story) -> date | None:
    """The day in China on which a story was published."""
    published = story.post.published
    return published.astimezone(CHINA).date() if published else None


def _may_be_of(month: int, title: str) -> bool:
    """Whether a title names a month, or none at all."""
    named = re.findall(r"(?<!\d)(\d\d?)月", title)
    return not named or str(month) in named


def _holds(whole: str, form: str) -> bool:
    """Whether a text holds a word, or both ends of a compound: 实际收入 in 实际营业收入."""
    return form in whole or (len(form) > 3 and form[:2] in whole and form[-2:] in whole)
