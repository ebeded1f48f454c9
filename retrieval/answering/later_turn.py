"""A later turn of a conversation → its answer: from the story shown, another story, or none.

The turn is completed from the question before it, where it leaves something out.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from corpus.reading.places import place_named
from corpus.reading.posts import CHINA
from corpus.store.values import Filters, Story
from retrieval.answering.answer import Answer, Shown
from retrieval.answering.answerer import Answerer
from retrieval.question.case_cues import is_of_case
from retrieval.question.conversation import (
    Conversation,
    Turn,
    content_of,
    is_noun,
    kept_of,
    nouns_of,
    parties_in,
    people_in,
    places_in,
    read_turn,
    tells_of_now,
    topic_of,
)
from retrieval.question.question import ParsedQuestion
from retrieval.question.reader import normal_of
from retrieval.question.times import Span, times_in, without_times
from retrieval.question.topics import is_tax_word
from retrieval.ranking.confidence import LEAST_CONFIDENCE
from retrieval.ranking.coverage import ConceptMatcher
from retrieval.ranking.mismatch import is_of_body
from retrieval.ranking.signals import lacks_answer_type, scoring_concepts
from retrieval.text import analyzer

_RARE = 1 / 1000
"""A noun that a smaller share of the paragraphs hold tells stories apart: it names no kind."""

_FEW = 3
"""Paragraphs that may hold such a noun in any case, in a small corpus."""

_COMMON = 1 / 20
"""A word that a larger share hold tells nothing of which story is meant."""

_ABOUT = 0.4
"""The coverage from which a turn is about the story shown, though it lacks a word of it."""

_TOPIC, _SURE_TOPIC = 0.45, 0.5
"""The share of what the last question is about that another story must hold to answer the same
question, and the share that makes up for little confidence."""

_SURE_ALONE, _FAR = 0.75, 0.2
"""From which confidence on a turn by itself is a question of its own, and by how much its story
says more of it in a window than the one shown."""

_OF_ALL = frozenset({"date", "list", "count", "law", "handling"})
"""The answer types that a rule tells of as a whole: 从哪天开始."""

_FORMLESS = frozenset({"whether", "how", "why"})
"""The answer types without a form of their own."""

_FULL = 2
"""The things that a question of taxes names which needs nothing of the last one."""

_SAME_DAY = 0.1
"""What it adds to a score that a story was published together with the one shown."""

_SETTING = 0.2
"""What it adds that a story is of the time or the place that is asked for, and not only names
it."""


def begun(question: str, answer: Answer) -> Conversation:
    """A conversation of one question and its answer."""
    if not answer.passages:
        return Conversation(question)
    best = answer.passages[0]
    return Conversation(question, best.post, best.paragraph)


@dataclass(frozen=True)
class LaterTurn:
    """Answers one turn that follows the conversation `last`."""

    answerer: Answerer
    last: Conversation
    limit: int
    filters: Filters | None
    now: datetime
    _questions: dict[str, ParsedQuestion] = field(default_factory=dict, init=False)

    def reply(self, question: str, alone: Answer) -> tuple[Answer, Conversation]:
        """The answer to the turn `question`, and the conversation after it; `alone` is the answer
        that it gets without a conversation."""
        turn = read_turn(
            normal_of(question),
            self._read,
            self.answerer.synonyms_in,
            self._share,
            self._today,
        )
        names = (*turn.names, *self._bodies(turn))
        turn = replace(turn, times=self._dated(turn.times), names=names)
        if turn.begins_anew and not turn.is_bare:
            answer = self._ask(turn.text)
            return replace(answer, question=question), begun(turn.text, answer)
        found = self._found(turn, alone)
        if found is None and self._is_sure_alone(turn, alone):
            found = alone, begun(turn.text, alone)
        if found is None:
            return Answer(question, 0.0, (), alone.related), self.last
        answer, conversation = found
        if not self._is_subject(conversation.question):
            conversation = replace(conversation, subject=self._nouns())
        asked = conversation.question
        understood = None if asked in (self.last.question, turn.text) else asked
        return replace(answer, question=question, understood=understood), conversation

    def _found(self, turn: Turn, alone: Answer) -> tuple[Answer, Conversation] | None:
        """The answer from the story shown, or else from another; None if neither tells."""
        story = self.answerer.story(self.last.post) if self.last.post else None
        if story and self._is_about(turn, story):
            if self._leads_away(turn, story, alone):
                return alone, begun(turn.text, alone)
            is_told = self._is_told(turn, story)
            if not is_told and (found := self._elsewhere(turn, story, alone)):
                return found
            is_asked_here = is_told or story.type == "case" or self._has_form(turn)
            found = self._within(turn, story) if is_asked_here else None
            if found or not turn.is_bare:
                return found
        named = turn
        if turn.is_bare and (missing := self._missing(turn, story)):
            named = replace(turn, names=tuple(missing))
        if found := self._elsewhere(named, story, alone):
            return found
        # What a rule says of everybody is asked for in other words than its own.
        if story and not self._is_case(story) and self._may_tell(turn, story):
            return self._within(turn, story)
        return None

    def _is_of_rule(self, turn: Turn) -> bool:
        """Whether the talk is of a rule: neither the last question nor the turn is of a case."""
        if turn.names and not turn.is_of_setting:
            return False
        texts = (normal_of(self.last.question), turn.text)
        return not any(is_of_case(text, analyzer.tagged(text)) for text in texts)

    def _is_stopgap(self, story: Story) -> bool:
        """Whether the story shown is a case that the last question did not mean: it asks of no
        case, and names nothing that stands in its title."""
        last, told = normal_of(self.last.question), self.answerer.normalised(story)
        if story.type != "case" or is_of_case(last, analyzer.tagged(last)):
            return False
        if parties_in(last, told.title) or people_in(last, told.whole):
            return False
        return not any(
            noun in told.title and not is_tax_word(noun) for noun in self._nouns().split()
        )

    def _leads_away(self, turn: Turn, story: Story, alone: Answer) -> bool:
        """Whether a turn is a question of its own, which a rule answers far better by itself than
        the story shown."""
        if not self._is_sure_alone(turn, alone):
            return False
        other = self.answerer.story(alone.passages[0].post) if alone.passages else None
        if other is None or other.type == "case" or other.post.id == story.post.id:
            return False
        asked = self._read(turn.text)
        _, here = self.answerer.coverage_and_score(asked, story)
        _, there = self.answerer.coverage_and_score(asked, other)
        return there >= here + _FAR

    def _is_sure_alone(self, turn: Turn, alone: Answer) -> bool:
        """Whether a turn is a question of its own, and answered surely by itself."""
        is_whole = not turn.is_bare and not turn.points_back and bool(turn.things)
        return is_whole and alone.confidence >= _SURE_ALONE

    def _is_told(self, turn: Turn, story: Story) -> bool:
        """Whether the story shown says a word of what a turn asks about: of a case that was meant
        that is taken for granted, and of what a turn asks in words of asking alone."""
        asked = self._read(turn.text)
        if self._is_stopgap(story) and self._is_of_rule(turn):
            return False
        if turn.is_bare or self._is_case(story) or not scoring_concepts(asked):
            return True
        if asked.answer_type and asked.answer_type.name in _OF_ALL:
            return True
        coverage, _ = self.answerer.coverage_and_score(asked, story)
        return coverage > 0

    def _has_form(self, turn: Turn) -> bool:
        """Whether what a turn asks for is told in a form of its own: an amount, a place."""
        kind = self._read(turn.text).answer_type
        return kind is not None and kind.name not in _FORMLESS

    def _bodies(self, turn: Turn) -> list[tuple[str, ...]]:
        """The things in a whole question that are the names of bodies: of 晨光加油站 晨光."""
        if turn.is_bare:
            return []
        return [
            forms
            for forms in turn.things
            if forms not in turn.names
            and is_of_body(turn.text, turn.text.find(forms[0]) + len(forms[0]))
            and self._is_rare(forms[0])
        ]

    # --- the story shown --------------------------------------------------------------------

    def _is_about(self, turn: Turn, story: Story) -> bool:
        """Whether the story shown tells of what the turn names."""
        if any(not self._tells_time(span, story) for span in turn.times):
            return False
        missing = self._missing(turn, story)
        if turn.points_to_story and not turn.names:  # an everyday verb (搞到) is no thing
            missing = [forms for forms in missing if is_noun(forms)]
        if not missing or turn.is_bare:
            return not missing
        coverage, _ = self.answerer.coverage_and_score(self._read(turn.text), story)
        return coverage >= _ABOUT and not set(missing) & set(turn.names)

    def _missing(self, turn: Turn, story: Story | None) -> list[tuple[str, ...]]:
        """What of the things that a turn names a story lacks."""
        whole = self.answerer.normalised(story).whole if story else ""
        return [forms for forms in turn.things if not any(_holds(whole, form) for form in forms)]

    def _may_tell(self, turn: Turn, story: Story) -> bool:
        """Whether a rule that was shown may tell of what a turn asks, though it lacks its words:
        not of a thing of which it says nothing (冠军是谁, 热气球收不收, 装修的钱算不算)."""
        missing = self._missing(turn, story)
        if set(missing) & set(turn.names):
            return False
        if not all(self._tells_time(span, story) for span in turn.times):
            return False
        asked = self._read(without_times(turn.text, turn.times))
        coverage, _ = self.answerer.coverage_and_score(asked, story)
        if coverage > 0 or (turn.is_bare and not any(map(is_noun, missing))):
            return True
        return all(is_tax_word(forms[0]) for forms in missing)

    def _within(self, turn: Turn, story: Story) -> tuple[Answer, Conversation] | None:
        """The answer from the story shown, None if it doesn't tell."""
        if turn.is_of_now and self._is_case(story) and not self._tells_now(turn, story):
            return None
        asked = self._read(self._completed(turn) if turn.is_bare else turn.text)
        shown = Shown(story.post.id, self.last.paragraph or 0)
        # Of 那按次的呢 the words of the last question are many, its own few.
        again = self._read(turn.text) if turn.is_bare and not turn.times else None
        answer = self.answerer.continued(asked, shown, self.limit, again)
        if not answer.passages:
            return None
        best = answer.passages[0]
        last = replace(self.last, post=best.post, paragraph=best.paragraph, asked=turn.text)
        if turn.is_bare:
            last = replace(last, question=asked.text, topic=topic_of(turn), asked="")
        return answer, last

    def _tells_now(self, turn: Turn, story: Story) -> bool:
        """Whether a case tells how what a turn asks stands today, in one sentence of it."""
        words = content_of(turn.text)
        normalised = self.answerer.normalised(story)
        return any(tells_of_now(each, words) for pair in normalised.paragraphs for each in pair)

    # --- another story --------------------------------------------------------------------

    def _elsewhere(
        self, turn: Turn, story: Story | None, alone: Answer
    ) -> tuple[Answer, Conversation] | None:
        """The answer from another story, which holds what the turn names; None if none does."""
        missing = [f for f in self._missing(turn, story) if self._share(f[0]) < _COMMON]
        needed = turn.names or missing
        among = self._holding(needed)
        if needed and not among:
            return None
        if turn.names and not turn.is_bare:  # a question of its own about somebody named
            if turn.is_of_setting and not alone.answered:
                return None
            return self._answered(turn, turn.text, among)
        if turn.is_bare:
            return self._asked_again(turn, story, among)
        stands_alone = not turn.points_back
        asks_anew = stands_alone and any(is_tax_word(forms[0]) for forms in missing)
        if asks_anew and (found := self._answered(turn, turn.text, among)):
            return found
        completed = self._completed(turn)
        if found := self._answered(turn, completed, among, self._about()):
            return found
        if not stands_alone or not turn.things:
            return None
        is_full = self._read(turn.text).is_of_field and len(turn.things) >= _FULL
        return self._answered(turn, turn.text, among) if alone.answered or is_full else None

    def _asked_again(
        self, turn: Turn, story: Story | None, among: set[int] | None
    ) -> tuple[Answer, Conversation] | None:
        """The answer to what was asked last, and else to the last question, of what a bare turn
        puts into it."""
        for asked in filter(None, (self.last.asked, self.last.question)):
            kept = self._kept(turn, asked, story)
            if not (self._is_case(story) or self._is_subject(asked)):
                kept = f"{kept} {self._kept(turn, self._nouns(), story)}"
            about = self._read(kept) if kept else self._about()
            completed = " ".join(f"{topic_of(turn)} {kept}".split())
            if found := self._answered(turn, completed, among, about):
                return found
        if turn.names or turn.times:
            return None
        completed = f"{turn.text} {self._nouns()}"
        return self._answered(turn, completed, among, self._about())

    def _answered(
        self,
        turn: Turn,
        text: str,
        among: set[int] | None,
        about: ParsedQuestion | None = None,
    ) -> tuple[Answer, Conversation] | None:
        """The answer to `text` from the paragraphs `among`, if its story is `about` the same."""
        asked = self._read(text)
        hits = self.answerer.rank(asked, self.filters, among)
        if turn.times:
            hits = [h for h in hits if all(self._tells_time(s, h.story) for s in turn.times)]
        if self._is_of_rule(turn):
            rules = [h for h in hits if h.story.type != "case"]
            hits = rules or (hits if turn.names else [])
        if turn.is_bare:
            hits = sorted(hits, key=lambda hit: -hit.score - self._nearness(turn, hit.story))
        if not hits or lacks_answer_type(asked, self.answerer.normalised(hits[0].story)):
            return None
        best = hits[0].story
        _, score = self.answerer.coverage_and_score(asked, best)
        confidence = self.answerer.window_confidence(score)
        if not self._is_good(turn, best, confidence, about):
            return None
        answer = self.answerer.answer_of(asked, hits, self.limit, confidence)
        topic = topic_of(turn) if turn.is_bare else ""
        return answer, replace(begun(text, answer), topic=topic)

    def _is_good(
        self, turn: Turn, story: Story, confidence: float, about: ParsedQuestion | None
    ) -> bool:
        """Whether a story is sure enough, and about what the last question is about."""
        is_sure = confidence >= LEAST_CONFIDENCE
        if about is None:
            return is_sure
        is_named = turn.is_bare and bool(turn.names)
        is_near = is_named and (is_sure or self._is_of_same_day(story)) and not turn.is_of_setting
        share = self._share_held(about, story, is_named=is_named)
        if share is None:
            return (is_sure and (turn.is_bare or not turn.points_back)) or is_near
        # A question without an answer tells of no story that this one might be like.
        is_alike = share >= _SURE_TOPIC and self.last.post is not None
        return (share >= _TOPIC or is_near) and (is_sure or is_near or is_alike)

    def _share_held(self, about: ParsedQuestion, story: Story, *, is_named: bool) -> float | None:
        """Which share of what a question names a story holds, without what tells its own story
        from others where another is named; None if nothing is left."""
        concepts = scoring_concepts(about)
        if is_named:
            concepts = [c for c in concepts if c.idf < math.log(1 + 1 / _RARE)]
        if not concepts:
            return None
        matcher = ConceptMatcher(concepts, [concept.part for concept in concepts])
        return matcher.weight_share(matcher.matched(self.answerer.normalised(story).whole))

    def _holding(self, needed: Sequence[tuple[str, ...]]) -> set[int] | None:
        """The paragraphs of the stories that hold what is needed, of many names all but a few;
        None for all if nothing is."""
        counts: dict[int, int] = {}
        for forms in needed:
            for key in self.answerer.holding(forms):
                counts[key] = counts.get(key, 0) + 1
        least = len(needed) - len(needed) // 3
        return {key for key, count in counts.items() if count >= least} if needed else None

    # --- words and times ----------------------------------------------------------------------

    def _completed(self, turn: Turn) -> str:
        """The turn with what it leaves to the last question."""
        if turn.is_bare:
            kept = self._kept(turn, self.last.question, None)
            return " ".join(f"{topic_of(turn)} {kept}".split())
        if turn.points_to_place and (places := places_in(normal_of(self.last.question))):
            return f"{turn.text} {places}"
        return f"{turn.text} {self._nouns()}".strip()

    def _kept(self, turn: Turn, question: str, story: Story | None) -> str:
        normal, is_case = normal_of(question), self._is_case(story)
        parties: list[str] = []
        if story and is_case:
            parties = parties_in(normal, story.post.title or "")
            parties += people_in(normal, self.answerer.normalised(story).whole)
        return kept_of(
            normal,
            turn,
            (self.last.topic, *parties),
            self._read,
            lambda word: is_case and self._share(word) < _RARE,
            self._today,
        )

    def _is_case(self, story: Story | None) -> bool:
        """Whether the talk is of a case."""
        last = normal_of(self.last.question)
        is_told = story is not None and story.type == "case"
        return is_told or is_of_case(last, analyzer.tagged(last))

    def _nouns(self) -> str:
        """What the last question is about, of which the title of the story shown says the most,
        and the ones before, where that names no subject."""
        last, others = normal_of(self.last.question), self.answerer.synonyms_in
        nouns = nouns_of(last, self._read, others, self._today)
        story = self.answerer.story(self.last.post) if self.last.post else None
        title = self.answerer.normalised(story).title if story else ""
        names = others(nouns)
        titled = [n for n in nouns.split() if any(form in title for form in (n, *names.get(n, ())))]
        nouns = " ".join(titled) or nouns
        return " ".join(dict.fromkeys([*nouns.split(), *self.last.subject.split()]))

    def _is_subject(self, question: str) -> bool:
        """Whether a question says what it is about by itself."""
        asked = self._read(question)
        return asked.is_of_field or bool(asked.entities)

    def _about(self) -> ParsedQuestion:
        """What another story has to hold of the last question: of one without an answer its words
        of taxation, since it may have none for one of the others."""
        nouns = self._nouns()
        names = self.answerer.synonyms_in(nouns)
        words = [n for n in nouns.split() if any(map(is_tax_word, (n, *names.get(n, ()))))]
        return self._read(" ".join(words) if words and not self.last.post else nouns)

    def _ask(self, text: str) -> Answer:
        return self.answerer.ask(text, limit=self.limit, filters=self.filters, now=self.now)

    def _read(self, text: str) -> ParsedQuestion:
        if text not in self._questions:
            self._questions[text] = self.answerer.read(text, self.now)
        return self._questions[text]

    def _is_rare(self, word: str) -> bool:
        """Whether so few paragraphs hold a word that it tells stories apart."""
        index = self.answerer.index
        most = max(_FEW, _RARE * len(index))
        return index.document_frequency(word, "words") <= most

    def _share(self, word: str) -> float:
        """Which share of the paragraphs hold a word."""
        index = self.answerer.index
        return index.document_frequency(word, "words") / len(index)

    @property
    def _today(self) -> date:
        return self.now.astimezone(CHINA).date()

    def _dated(self, times: Sequence[Span]) -> tuple[Span, ...]:
        """The times of a turn, a month without a year in that which was spoken of; without those
        that are no month of one year (年底)."""
        spoken = [s for s in times_in(normal_of(self.last.question), self._today) if s.has_year]
        story = self.answerer.story(self.last.post) if self.last.post else None
        day = spoken[0].since if spoken else _day(story) if story else None
        return tuple(
            span.in_year(day.year) if day and not span.has_year else span
            for span in times
            if span.has_year or span.is_of_month
        )

    def _tells_time(self, span: Span, story: Story) -> bool:
        """Whether a story is of a time or names it."""
        whole = self.answerer.normalised(story).whole
        if span.is_of_month and not _may_be_of(span.since.month, whole.split("\n", 1)[0]):
            return False
        day = _day(story)
        if day and span.holds(day):
            return True
        if (span.until - span.since).days > _MONTH:
            return any(f"{year}年" in whole for year in range(span.since.year, span.until.year + 1))
        if not re.search(rf"(?<!\d){span.since.month}月", whole):
            return False
        year = span.since.year
        return not span.has_year or f"{year}年" in whole or (day is not None and day.year == year)

    def _nearness(self, turn: Turn, story: Story) -> float:
        """What is added to the score of a story for being of the day of the one shown, or of the
        time or the place that a turn puts into the last question."""
        day = _day(story)
        is_of_time = any(day is not None and span.holds(day) for span in turn.times)
        is_of_place = any(place_named(forms[0]) in story.places for forms in turn.names)
        return _SAME_DAY * self._is_of_same_day(story) + _SETTING * (is_of_time + is_of_place)

    def _is_of_same_day(self, story: Story) -> bool:
        """Whether a story was published on the day of the one shown."""
        shown = self.answerer.story(self.last.post) if self.last.post else None
        return shown is not None and _day(shown) is not None and _day(shown) == _day(story)


_MONTH = 31  # days


def _may_be_of(month: int, title: str) -> bool:
    """Whether a title names a month, or none at all."""
    named = re.findall(r"(?<!\d)(\d\d?)月", title)
    return not named or str(month) in named


def _holds(whole: str, form: str) -> bool:
    """Whether a text holds a word, or both ends of a compound: 实际收入 in 实际营业收入."""
    return form in whole or (len(form) > 3 and form[:2] in whole and form[-2:] in whole)


def _day(story: Story) -> date | None:
    published = story.post.published
    return published.astimezone(CHINA).date() if published else None
