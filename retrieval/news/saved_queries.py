"""Saved queries → which of them a new post answers.

The other way round than a search: the queries wait, the post comes. How all of them are matched at
once says `retrieval.news.inverted_queries`; a passage is chosen when it is asked for.

A post says what its sentences say, but for boilerplate (`retrieval.news.boilerplate`) and asides
(`retrieval.news.asides`), and the names of the places that it is about. It is about what it says
early, more than once, or where an item of its agenda begins. What a query wants of it, and posts of
which types, says `retrieval.news.wants`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from functools import cache

from corpus.store.values import Story
from retrieval.answering.answer import Passage, passage_of
from retrieval.answering.answerer import Answerer
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.news.asides import without_asides
from retrieval.news.boilerplate import common_clauses, without_boilerplate
from retrieval.news.inverted_queries import InvertedQueries, Title
from retrieval.news.titles import is_of_case
from retrieval.question.question import Named
from retrieval.ranking.normalised_stories import NormalisedStory, normalise
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE, pieces

_READ_AGAIN = timedelta(days=1)  # 今年, how rare words are and boilerplate change slowly


@dataclass(frozen=True, slots=True)
class Match:
    """A saved query (its key) that a post answers, and how surely, in 0–1."""

    query: int
    confidence: float
    _choose: Callable[[], Passage] = field(repr=False, compare=False)

    @property
    def passage(self) -> Passage:
        """The passage that answers, chosen when it is first asked for."""
        return self._choose()


class SavedQueryMatcher:
    """Saved queries, waiting for posts. Not thread-safe."""

    def __init__(self, answerer: Answerer, recent: Callable[[], Iterable[Story]]) -> None:
        """`recent` are the stories from which boilerplate is learned, once a day."""
        self._answerer = answerer
        self._recent = recent
        self._common: frozenset[str] = frozenset()
        self._named: dict[str, Named] = {}
        self._read_at = datetime.min.replace(tzinfo=timezone.utc)
        self._queries: dict[int, str] = {}
        self._titles: list[Title] = []
        self._inverted = InvertedQueries([], answerer, [])

    def replace_queries(self, queries: Mapping[int, str], now: datetime | None = None) -> None:
        """These queries wait from now on, by their keys, and no others."""
        now = now or datetime.now(timezone.utc)
        is_due = now - self._read_at >= _READ_AGAIN
        if queries == self._queries and not is_due:
            return
        if is_due:
            self._named, self._read_at = {}, now
            recent = [(normalise(story), story.type) for story in self._recent()]
            self._common = common_clauses(story for story, _ in recent)
            self._titles = [
                Title(story.title, is_of_case(story.title, type_)) for story, type_ in recent
            ]
        wanted = set(queries.values())
        with self._answerer.at_one_state():
            self._named = {
                query: self._named.get(query)
                or self._answerer.named(query[:LONGEST_QUESTION], now, both_ways=True)
                for query in sorted(wanted)
            }
        # Popular queries once. What may fail comes before what is replaced.
        asked = list(dict.fromkeys(queries.values()))
        named = [self._named[query] for query in asked]
        inverted = InvertedQueries(named, self._answerer, self._titles)
        self._queries, self._asked, self._inverted = dict(queries), asked, inverted

    def match(self, story: Story) -> list[Match]:
        """The queries that `story` answers, in the order in which they are held."""
        if not story.keys:
            return []
        news = self.news_of(story)
        newsy = _without_empty(story, news)
        found = {
            self._asked[position]: (confidence, self._chooser(self._asked[position], newsy))
            for position, confidence in self._inverted.answered_by(news, story.type)
        }
        return [Match(key, *found[query]) for key, query in self._queries.items() if query in found]

    def news_of(self, story: Story) -> NormalisedStory:
        """A story without its boilerplate and asides."""
        news = without_boilerplate(normalise(story), self._common)
        return without_asides(news, story.type)

    def _chooser(self, query: str, story: Story) -> Callable[[], Passage]:
        now = self._read_at

        @cache
        def choose() -> Passage:
            question = self._answerer.read(query[:LONGEST_QUESTION], now, both_ways=True)
            passage = self._answerer.passage_in(question, story)
            assert passage, "a story with a paragraph has a passage"
            return passage

        return choose


def _without_empty(story: Story, news: NormalisedStory) -> Story:
    """The story without the paragraphs of which `news` has nothing; whole, if that is all."""
    kept = [position for position, sentences in enumerate(news.paragraphs) if any(sentences)]
    if not kept:
        return story
    paragraphs = tuple(story.post.paragraphs[position] for position in kept)
    keys = tuple(story.keys[position] for position in kept)
    return replace(story, post=replace(story.post, paragraphs=paragraphs), keys=keys)


def opening(story: Story) -> Passage:
    """The passage with which a story opens, where nothing is asked of it."""
    first, *rest = pieces([p.text for p in story.post.paragraphs], LONGEST_PASSAGE)
    text, paragraph = first.text, first.paragraph
    for piece in rest:
        between = "\n" if piece.paragraph > paragraph else ""
        if len(text) + len(between) + len(piece.text) > LONGEST_PASSAGE:
            break
        text, paragraph = text.rstrip() + between + piece.text, piece.paragraph
    return passage_of(story, 0, text.strip(), first.text.strip()[:LONGEST_SENTENCE], score=0.0)
