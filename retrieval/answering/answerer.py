"""A question → `Answer`: the passages that answer it, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from corpus.reading.links import spellings
from corpus.reading.posts import Post, code_in
from corpus.store.readable import Readable
from corpus.store.values import CorpusFacts, Filters, Story
from retrieval.answering.answer import (
    Answer,
    Explanation,
    Passage,
    Related,
    Shown,
    related_posts,
    shown_title,
)
from retrieval.answering.corrections import NONE, Held, Known, key_of, position_of
from retrieval.answering.errors import LONGEST_QUESTION, EmptyCorpus, QuestionTooLong
from retrieval.answering.highlights import shown_passages
from retrieval.answering.kept_stories import KeptStories
from retrieval.answering.options import ALL_ON, Options
from retrieval.index import Searchable
from retrieval.question import small_talk
from retrieval.question.asked import asks_nothing
from retrieval.question.follow_up import asks_what_came_next
from retrieval.question.question import (
    Concept,
    Named,
    ParsedQuestion,
    names_something,
)
from retrieval.question.reader import QuestionReader, normal_of
from retrieval.question.small_talk import REPLIES
from retrieval.question.stop_phrases import without_asides, without_stop_phrases
from retrieval.question.unanswerable import reply_to_unanswerable, stated_superlative
from retrieval.ranking.confidence import (
    LEAST_CONFIDENCE,
    NOTHING,
    Calibration,
    coverage_and_score,
    is_near,
    of_similarity,
    raw_score,
    shares_of,
)
from retrieval.ranking.mismatch import is_of_another
from retrieval.ranking.normalised_stories import NormalisedStory, Normaliser
from retrieval.ranking.ranking import CANDIDATES, STATUTES, Hit, rank, unknown
from retrieval.ranking.search_terms import search_terms
from retrieval.ranking.sections import part_of
from retrieval.ranking.signals import Signals, lacks_answer_type, lead_of, rarest_idf, signals_of
from retrieval.ranking.told_times import untold_year
from retrieval.text import analyzer, synonyms
from retrieval.text.synonyms import Synonyms

if TYPE_CHECKING:
    from retrieval.embeddings.similarity import Similarities

_SAME_STORY = 2 / 3
"""What a newer post must say, in one window, of the title of a post to be about the same."""

_SAID = 0.85
"""The coverage from which on a story is meant by a statement: somebody sends its headline."""

_BARE = 0.3
"""What the words of a question count that names nothing (是哪年的事), beside its answer type."""

_HOLDING = 400
"""How many paragraphs are looked at for the stories that hold a name."""

_NEWER = 12
"""How many newer posts are looked at beside a pinned one."""


class Answerer:
    """Answers questions from the stories of a store, found by the index of its paragraphs."""

    def __init__(
        self,
        store: Readable,
        index: Searchable,
        calibration: Calibration,
        *,
        names: Synonyms | None = None,
        corrections: Known = lambda: NONE,
        options: Options = ALL_ON,
        similar: Similarities | None = None,
    ) -> None:
        """`names` are synonyms instead of those of `retrieval.text.synonyms`; `similar` compares
        by meaning, where an embedder is set.

        Raises `EmptyCorpus` if the store holds no paragraph.
        """
        if not len(index):
            raise EmptyCorpus(store)
        self._store = store
        self._stories = KeptStories(store)
        self._index = index
        self._options = options
        self._given = names or synonyms.load()
        self._corrections = Held(corrections if options.corrections else lambda: NONE)
        self._reader = QuestionReader(
            index,
            self._given,
            lambda: self._corrections().names,
            uses_synonyms=options.synonyms,
            corrects_typos=options.typos,
        )
        self._calibration = calibration
        self._similar = similar
        self._normaliser = Normaliser()

    def ask(
        self,
        question: str,
        *,
        limit: int = 6,
        filters: Filters | None = None,
        now: datetime | None = None,
    ) -> Answer:
        """The answer to `question`, with at most `limit` passages, none within another.

        `now` is the time by which 今年 is read. Raises `QuestionTooLong`.
        """
        if len(question) > LONGEST_QUESTION:
            raise QuestionTooLong(len(question))
        with self.at_one_state():
            return self._answered(question, limit, filters, now)

    def line_to(self, question: str, now: datetime | None = None) -> str | None:
        """The line to what is no question, or one that no story answers; None if one may, or an
        operator pinned an answer. Searches only for a story that may state which is the first or
        the most. Raises `QuestionTooLong`."""
        if len(question) > LONGEST_QUESTION:
            raise QuestionTooLong(len(question))
        if line := self._line_to_talk(question):
            return line
        asked = self.read(question, now)
        if key_of(asked.text) in self._corrections().pins:
            return None
        return self._line_to_unanswerable(asked, partial(self.rank, asked))

    def _line_to_unanswerable(
        self, question: ParsedQuestion, hits: Callable[[], Sequence[Hit]]
    ) -> str | None:
        """The line to a question that no single story answers; None to one that compares them all,
        where a story states which is the first or the most."""
        line = reply_to_unanswerable(question.normal)
        stated = stated_superlative(question) if line == REPLIES["over all"] else None
        if stated is None or not self._is_sure(question, ranked := hits()):
            return line
        sentence = self._shown(question, ranked, 1)[0].sentence
        return None if stated.search(analyzer.normalise(sentence)) else line

    def _line_to_talk(self, question: str) -> str | None:
        """The line to small talk, None to anything else."""
        asked = without_stop_phrases(normal_of(question))
        return small_talk.reply_to(asked, self._reader.knows)

    def at_one_state(self) -> AbstractContextManager[None]:
        """Within, answers are made of the corrections as they are now."""
        return self._corrections.for_a_question()

    def _answered(
        self, question: str, limit: int, filters: Filters | None, now: datetime | None
    ) -> Answer:
        if reply := self._line_to_talk(question):
            return Answer(question, 0.0, (), reply=reply)
        asked = self.read(question, now)
        hits = self.rank(asked, filters)
        if pinned := self._pinned(asked, filters):
            return self._led_by(pinned, asked, hits, filters, limit)
        if reply := self._line_to_unanswerable(asked, lambda: hits):
            return Answer(question, 0.0, (), reply=reply)
        confidence = self.confidence(asked, hits)
        if confidence < LEAST_CONFIDENCE and (core := self._core(asked)):
            asked = self.read(core, now)
            hits_of_core = self.rank(asked, filters)
            confidence = max(confidence, self.confidence(asked, hits_of_core))
            hits = hits_of_core if confidence >= LEAST_CONFIDENCE else hits
        if confidence < LEAST_CONFIDENCE:
            related = self.related(asked, hits, limit)
            year = self._untold_year(asked, hits)
            return Answer(question, confidence, (), related, untold_year=year)
        return Answer(question, confidence, tuple(self._shown(asked, hits, limit)))

    def _untold_year(self, question: ParsedQuestion, hits: Sequence[Hit]) -> int | None:
        """The year that is asked about and of which the first hit's story does not tell."""
        story = hits[0].story if hits else None
        return untold_year(question, story, self.normalised(story).whole) if story else None

    def related(
        self, question: ParsedQuestion, hits: Iterable[Hit], limit: int
    ) -> tuple[Related, ...]:
        """The posts of the best hits, none of which answers; which of them are near."""

        def near(story: Story) -> bool:
            return is_near(question, self.normalised(story), self._index)

        return related_posts(hits, limit, near)

    def _core(self, question: ParsedQuestion) -> str | None:
        """The question without its asides, None if it has none."""
        return without_asides(question.normal, self._reader.synonyms())

    def explain(self, question: str, *, limit: int = 3, now: datetime | None = None) -> Explanation:
        """Why the answer to `question` is what it is: the `limit` best hits, a post each."""
        asked = self.read(question, now)
        ranked = self.rank(asked)
        best: dict[str, Hit] = {}
        for hit in ranked:
            best.setdefault(hit.story.post.id, hit)
        hits = tuple(best.values())[:limit]
        signals = self.signals(asked, ranked)
        held = [_held(asked, self.normalised(hit.story)) for hit in hits]
        forms = [concept.forms[0] for concept in asked.concepts]
        return Explanation(
            question=asked,
            confidence=self.ask(question, limit=1, now=now).confidence,
            shares=shares_of(signals, ranked[0].similarity) if signals else {},
            hits=hits,
            matched=tuple(tuple(f for f in forms if f in found) for found in held),
            missed=tuple(tuple(f for f in forms if f not in found) for found in held),
        )

    def continued(
        self,
        question: ParsedQuestion,
        previous: Shown,
        limit: int,
        again: ParsedQuestion | None = None,
        section: range | None = None,
    ) -> Answer:
        """The answer from the story before the reader; none if it has been removed since, or has
        no amount, date … where one is asked for. `again` is the part of the question that counts
        twice, None for none; `section` are the paragraphs that alone may answer, None for all."""
        stories = self._corrections().without_muted(self._store.stories([previous.post]))
        if section:
            stories = [part_of(story, section) for story in stories]
        keys = [key for story in stories for key in story.keys]
        if asks_what_came_next(question) and previous.paragraph in keys[:-1]:
            keys = keys[keys.index(previous.paragraph) + 1 :]
        weights = self._options.weights
        if not names_something(question):
            weights = {n: w * _BARE if n in ("text", "best") else w for n, w in weights.items()}
        ranked = self._ranked(question, keys, stories, weights)
        hits = [hit for hit in ranked if hit.key in keys]
        if again:
            of_part = {hit.key: hit.score for hit in self._ranked(again, keys, stories, weights)}
            hits.sort(key=lambda hit: -hit.score - of_part.get(hit.key, 0.0))
        if not hits or self.lacks_type(question, hits[0].story):
            return Answer(question.text, 0.0, (), self.related(question, hits, limit))
        return Answer(question.text, 1.0, tuple(self._shown(question, hits, limit)))

    def lacks_type(self, question: ParsedQuestion, story: Story) -> bool:
        """Whether a story nowhere has what a question asks for: an amount, a person. The date of a
        story stands over every passage of it."""
        wants_date = question.answer_type is not None and question.answer_type.name == "date"
        return not wants_date and lacks_answer_type(question, self.normalised(story))

    def pinned(
        self,
        question: str,
        *,
        limit: int = 6,
        filters: Filters | None = None,
        now: datetime | None = None,
    ) -> Answer | None:
        """The answer that an operator pinned to `question`, as `ask` gives it; None if none."""
        if len(question) > LONGEST_QUESTION or not self._corrections().pins:
            return None
        asked = self.read(question, now)
        pinned = self._pinned(asked, filters)
        if pinned is None:
            return None
        return self._led_by(pinned, asked, self.rank(asked, filters), filters, limit)

    def _pinned(self, question: ParsedQuestion, filters: Filters | None) -> Hit | None:
        """The paragraph that an operator pinned to the question, while it is there as it was."""
        pins = self._corrections().pins
        spot = pins.get(key_of(question.text)) if pins else None
        if spot is None:
            return None
        for story in self._corrections().without_muted(self._store.stories([spot.post])):
            position = position_of(spot, story)
            if position is None:
                return None
            if filters and not filters.admit(story):
                return None
            return next(hit for hit in self._within(question, story) if hit.position == position)
        return None

    def _led_by(
        self,
        pinned: Hit,
        question: ParsedQuestion,
        hits: Sequence[Hit],
        filters: Filters | None,
        limit: int,
    ) -> Answer:
        """The answer that begins with a pinned paragraph: then newer posts, then the others."""
        newer = self._newer(pinned.story.post, question, hits, filters)
        others = hits if self._is_sure(question, hits[:1]) else []
        known = {pinned.key, *(hit.key for hit in newer)}
        listed = [pinned, *newer, *(hit for hit in others if hit.key not in known)]
        first, *rest = self._shown(question, listed, limit, pinned)
        later = {hit.story.post.id for hit in newer}
        beside = (replace(other, is_newer=other.post in later) for other in rest)
        return Answer(question.text, 1.0, (replace(first, is_pinned=True), *beside))

    def _newer(
        self, post: Post, question: ParsedQuestion, hits: Sequence[Hit], filters: Filters | None
    ) -> list[Hit]:
        """Of posts newer than `post` that answer the question or tell of the same story, the
        paragraph nearest to that; the newest first."""
        newer: dict[str, tuple[datetime, Hit]] = {}
        title = self.read(shown_title(post)[:LONGEST_QUESTION])
        for asked, near in ((question, hits), (title, self.rank(title, filters))):
            later: dict[str, tuple[datetime, Hit]] = {}
            for hit in near:
                published = hit.story.post.published
                if published and post.published and published > post.published:
                    later.setdefault(hit.story.post.id, (published, hit))
            for id_, (published, hit) in list(later.items())[:_NEWER]:
                is_same = (
                    asked is question or self.coverage_and_score(asked, hit.story)[0] >= _SAME_STORY
                )
                if is_same and self._is_sure(asked, [hit]):
                    newer.setdefault(id_, (published, hit))
        newest_first = sorted(newer.values(), key=lambda one: one[0], reverse=True)
        return [hit for _, hit in newest_first]

    def confidence(self, question: ParsedQuestion, hits: Iterable[Hit]) -> float:
        """The probability that the story of the first of `hits` answers, in 0–1."""
        return self._calibration.answers.confidence(self.raw_score(question, hits))

    def raw_score(self, question: ParsedQuestion, hits: Iterable[Hit]) -> float:
        """The raw score of the story of the first of `hits`, the best first; `NOTHING` if there
        is none, or it tells of another thing."""
        listed = iter(hits)
        best = next(listed, None)
        signals = self.signals(question, chain([best], listed)) if best else None
        if best is None or signals is None:
            return NOTHING
        return raw_score(signals) + of_similarity(best.similarity)

    def signals(self, question: ParsedQuestion, hits: Iterable[Hit]) -> Signals | None:
        """What speaks for and against the story of the first of `hits`, the best first.

        None if there is none, or it tells of another thing; and for a statement without words of
        taxation, unless the story says nearly all of it.
        """
        listed = iter(hits)
        best = next(listed, None)
        if best is None or self._is_of_another(question, best.story):
            return None
        signals = self._signals(question, best, lead_of(chain([best], listed)))
        is_asked = question.is_of_tax or not asks_nothing(question.normal)
        return signals if is_asked or signals.coverage >= _SAID else None

    def _is_of_another(self, question: ParsedQuestion, story: Story) -> bool:
        return is_of_another(question, story, self.normalised(story).whole, self._index)

    def _signals(self, question: ParsedQuestion, hit: Hit, lead: float) -> Signals:
        return signals_of(hit.excerpts.of(question), hit.position, lead, self._index)

    def window_score(self, question: ParsedQuestion, hit: Hit) -> float:
        """The score of the best window of a hit's story."""
        return self.coverage_and_score(question, hit.story)[1]

    def coverage_and_score(self, question: ParsedQuestion, story: Story) -> tuple[float, float]:
        """How much of a question the best window of a story says, and the score of that window."""
        return coverage_and_score(question, self.normalised(story), self._index)

    def normalised(self, story: Story) -> NormalisedStory:
        """A story in the form in which it is scored, normalised once for all who ask for it."""
        return self._normaliser.forms(story).normalised

    def _is_sure(self, question: ParsedQuestion, hits: Sequence[Hit]) -> bool:
        return self.confidence(question, hits) >= LEAST_CONFIDENCE

    def passage_in(self, question: ParsedQuestion, story: Story) -> Passage | None:
        """The passage of one story that answers best; None of a story without a paragraph."""
        return next(iter(self.passages_in(question, story, 1)), None)

    def passages_in(self, question: ParsedQuestion, story: Story, limit: int) -> list[Passage]:
        """The passages of one story, those that answer best first, `limit` at most."""
        stories = self._corrections().without_muted([story])
        hits = [hit for rest in stories for hit in self._within(question, rest)]
        return self._shown(question, hits, limit)

    def passage_at(self, question: ParsedQuestion, story: Story, key: int) -> Passage | None:
        """The passage of nothing but the paragraph with this number; None if it is not there."""
        stories = self._corrections().without_muted([story])
        hits = [hit for rest in stories for hit in self._within(question, rest) if hit.key == key]
        return self._shown(question, hits, 1, hits[0])[0] if hits else None

    def _within(self, question: ParsedQuestion, story: Story) -> Sequence[Hit]:
        return self._ranked(question, story.keys, [story], self._options.weights)

    def idf_masses(self, concepts: Iterable[Concept]) -> list[float]:
        """The idf mass of each concept, in units of a word in one paragraph."""
        unit = rarest_idf(self._index)
        return [concept.weight / unit for concept in concepts]

    def hits(self, question: str, *, now: datetime | None = None) -> Sequence[Hit]:
        """The paragraphs near `question`, best first: the ranking, without the answering."""
        return self.rank(self.read(question, now))

    def uncorrected(self) -> Answerer:
        """This answerer as if no operator had corrected anything."""
        return self._with(replace(self._options, corrections=False))

    def without(self, part: str) -> Answerer:
        """This answerer with one of `PARTS` off."""
        if part == "synonyms":
            return self._with(replace(self._options, synonyms=False))
        if part == "typos":
            return self._with(replace(self._options, typos=False))
        weights = {name: w for name, w in self._options.weights.items() if name != part}
        return self._with(replace(self._options, weights=weights))

    def _with(self, options: Options) -> Answerer:
        return Answerer(
            self._store,
            self._index,
            self._calibration,
            names=self._given,
            corrections=self._corrections,
            options=options,
            similar=self._similar,
        )

    @property
    def similar(self) -> Similarities | None:
        """What compares by meaning, None without an embedder."""
        return self._similar

    @property
    def index(self) -> Searchable:
        """Where the paragraphs are found."""
        return self._index

    def facts(self) -> CorpusFacts:
        """What the corpus holds at this moment."""
        return self._store.facts()

    def story(self, post: str) -> Story | None:
        """The story of a post, without what is muted; None if it has been removed since."""
        story = self._stories.story(post)
        return next(iter(self._corrections().without_muted([story] if story else [])), None)

    def story_at(self, address: str) -> Story | None:
        """The story to which an address leads, by itself or by the number in it; None if there is
        none, or it is muted."""
        posts = self._store.posts_at(spellings(address))
        number = code_in(address)
        return next(filter(None, map(self.story, [*posts, *([number] if number else [])])), None)

    def newest(self, filters: Filters, limit: int) -> list[Story]:
        """The newest stories that `filters` admit, without what is muted; the newest first."""
        return self._corrections().without_muted(self._store.newest_of(filters, limit))

    def holding(self, forms: Iterable[str]) -> set[int]:
        """The numbers of the paragraphs of stories that hold one of `forms`, normalised."""
        held: set[int] = set()
        for form in forms:
            terms = {"bigrams": list(dict.fromkeys(analyzer.bigrams(form)))}
            near = [key for key, _ in self._index.search(terms, _HOLDING)]
            for story in self._stories.of(near):
                if form in self.normalised(story).whole:
                    held.update(story.keys)
        return held

    def texts_with(self, terms: Mapping[str, Sequence[str]], limit: int) -> list[str]:
        """The stories, normalised, of the `limit` paragraphs that hold the most of some terms by
        field, each once."""
        near = [key for key, _ in self._index.search(terms, limit)]
        return list(dict.fromkeys(self.normalised(s).whole for s in self._stories.of(near)))

    def synonyms_in(self, text: str) -> dict[str, tuple[str, ...]]:
        """By name in a normalised text, its other names."""
        return self._reader.synonyms().of(text)

    def answer_of(
        self, question: ParsedQuestion, hits: Iterable[Hit], limit: int, confidence: float
    ) -> Answer:
        """The answer that `hits` give."""
        return Answer(question.text, confidence, tuple(self._shown(question, hits, limit)))

    def rank(
        self,
        question: ParsedQuestion,
        filters: Filters | None = None,
        among: set[int] | None = None,
    ) -> Sequence[Hit]:
        """The paragraphs near a question, best first; of those `among`, if they are given."""
        terms = search_terms(question, self._index)
        found = self._index.search(terms, CANDIDATES, self._store.where(filters, among))
        keys = [key for key, _ in found]
        stories = self._stories.of(keys)
        filters = filters or Filters()
        if question.asks_briefly_of_rule and filters.type is None and _are_mostly_cases(stories):
            of_statutes = self._store.where(replace(filters, type="statute"), among)
            more = self._index.search(terms, STATUTES, of_statutes)
            keys += [key for key, _ in more if key not in keys]
            stories = self._stories.of(keys)
        stories = self._corrections().without_muted(stories)
        return self._ranked(question, keys, stories, self._options.weights)

    def _ranked(
        self,
        question: ParsedQuestion,
        keys: Sequence[int],
        stories: Iterable[Story],
        weights: Mapping[str, float],
    ) -> Sequence[Hit]:
        averages = self._calibration.averages
        similar = partial(self._similar, question.text) if self._similar else unknown
        return rank(
            question, keys, stories, self._index, averages, self._normaliser, weights, similar
        )

    def _shown(
        self,
        question: ParsedQuestion,
        hits: Iterable[Hit],
        limit: int,
        pinned: Hit | None = None,
    ) -> list[Passage]:
        return shown_passages(question, hits, limit, pinned)

    def read(
        self, question: str, now: datetime | None = None, *, both_ways: bool = False
    ) -> ParsedQuestion:
        """A question read, as `QuestionReader.read` does it."""
        return self._reader.read(question, now, both_ways=both_ways)

    def named(
        self, question: str, now: datetime | None = None, *, both_ways: bool = False
    ) -> Named:
        """What a question names, as `QuestionReader.named` finds it."""
        return self._reader.named(question, now, both_ways=both_ways)

    def window_confidence(self, score: float) -> float:
        """The probability that a story with a window of this score is what is looked for, 0–1."""
        return self._calibration.windows.confidence(score)

    def window_score_at(self, confidence: float) -> float:
        """The score of a window that gives this confidence."""
        return self._calibration.windows.score(confidence)


def _are_mostly_cases(stories: Sequence[Story]) -> bool:
    return 2 * sum(story.type == "case" for story in stories) > len(stories)


def _held(question: ParsedQuestion, story: NormalisedStory) -> set[str]:
    """The question's concepts that a story holds, by their first forms."""
    whole = story.whole
    return {concept.forms[0] for concept in question.concepts if concept.stands_in(whole)}
