"""Which rules hold, and where? A newer version takes the place of an older one of its name, and
a local rule holds in its place."""

import re
from collections.abc import Collection, Iterable
from datetime import datetime, timezone
from functools import lru_cache

from corpus.reading.places import around
from corpus.reading.post_types import RULES
from corpus.store.values import Story
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.articles import label

_EDITION = re.compile(r"[（(〔\[][^）)〕\]]*[）)〕\]]|中华人民共和国|暂行|试行|[\s、]")
# One, or several in a list: 《甲规定》（法释〔2002〕30号）、《乙规定》同时废止.
_REPEAL = re.compile(
    r"(?:《[^《》]{4,99}》(?:[（(][^（()）]*[）)])?(?:、|和|以?及)[^。；，《》]{0,40}){0,9}"
    r"《[^《》]{4,99}》[^。《》]{0,60}(?:废止|失效)"
)
_TITLE = re.compile(r"《([^《》]{4,99})》")
_EARLIEST = datetime.min.replace(tzinfo=timezone.utc)


def is_rule(story: Story) -> bool:
    """Whether a story is the text of a rule: a statute or a notice."""
    return story.type in RULES


def is_article(story: Story, unit: range) -> bool:
    """Whether the paragraphs of a unit are an article of a rule: it is shown alone."""
    return is_rule(story) and label(story.post.paragraphs[unit.start].text) is not None


def is_statute_of(story: Story, question: ParsedQuestion) -> bool:
    """Whether a story is the statute of a tax that the question names: 契税法."""
    name = _name(story.post.title or "")
    is_statute = story.type == "statute" and name[-2:] == "税法"
    return is_statute and any(name[:-1] in word.forms for word in question.words)


def applies(story: Story, places: Collection[str]) -> bool:
    """Whether a story holds for who names `places`: all but the rules of other places do."""
    if not (is_rule(story) and story.places):
        return True
    return any(_around(place) & frozenset(story.places) for place in places)


_around = lru_cache(maxsize=1000)(around)


def in_force(stories: Iterable[Story]) -> list[Story]:
    """The stories without those rules that a newer one among them replaces or repeals."""
    listed = list(stories)
    rules = [story for story in listed if is_rule(story) and story.post.title]
    if len(rules) < 2:
        return listed
    newest: dict[str, datetime] = {}
    for story in rules:
        name = _name(story.post.title or "")
        newest[name] = max(newest.get(name, _EARLIEST), _time(story))
    repealed = {
        _name(title): _time(story)
        for story in sorted(rules, key=_time)
        for paragraph in story.post.paragraphs
        if "废止" in paragraph.text or "失效" in paragraph.text
        for repeal in _REPEAL.findall(paragraph.text)
        for title in _TITLE.findall(repeal)
    }
    gone = {
        story.post.id
        for story in rules
        for name in [_name(story.post.title or "")]
        if _time(story) < max(newest[name], repealed.get(name, _EARLIEST))
    }
    return [story for story in listed if story.post.id not in gone]


@lru_cache(maxsize=4096)
def _name(title: str) -> str:
    """The name of a rule without its edition; 暂行条例 became laws of the same name."""
    return re.sub("条例$", "法", _EDITION.sub("", title))


def _time(story: Story) -> datetime:
    return story.post.published or _EARLIEST
