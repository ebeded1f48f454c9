"""What is talked about? The last question and the story shown, and a turn completed from them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.answering.answerer import Answerer
from retrieval.answering.telling import RARE, day_of
from retrieval.question.case_cues import is_of_case
from retrieval.question.conversation import (
    Conversation,
    Turn,
    kept_of,
    may_be_people,
    nouns_of,
    parties_in,
    people_in,
    places_in,
    read_turn,
    topic_of,
    unknown_names_in,
)
from retrieval.question.question import ParsedQuestion
from retrieval.question.reader import normal_of
from retrieval.question.times import Span, in_same_part, times_in, with_year_meant
from retrieval.question.topics import is_tax_name, is_tax_word
from retrieval.ranking.mismatch import is_of_body
from retrieval.text import analyzer

_COMMON = 1 / 20
"""A word that a larger share hold tells nothing of which story is meant."""

_GENERAL = 1 / 10
"""A word of taxation that a larger share hold is asked of any story: 发票, 申报."""

_FORMLESS = frozenset({"whether", "how", "why"})
"""The answer types without a form of their own."""

_FEW = 3
"""Paragraphs that may hold a rare noun, or a person, in any case, in a small corpus."""

_OF_A_FEW = 1 / 50
"""No larger a share of the paragraphs is of stories that hold the name of a person."""

_GOES_ON = re.compile(
    r"^(?:那|然后|还有|再|要是|如果|万一)|那(?:会|时|年|次|阵)|当[时年初]|呢|[也又]|还(?!是)|的\W*$"
)
"""What says that a turn goes on from the last question."""

_ASKS_FOR_NEWS = re.compile(r"(?:新闻|消息|动态)[吗么没有]*\W*$")

FULL = 2
"""The things that a question of taxes names which needs nothing of the last one."""


@dataclass(frozen=True)
class Talk:
    """What was said and shown `last`, by which a turn is read at the time `now`."""

    answerer: Answerer
    last: Conversation
    now: datetime
    _questions: dict[str, ParsedQuestion] = field(default_factory=dict, init=False)

    @cached_property
    def story(self) -> Story | None:
        """The story shown; None if none was, or it has been removed since."""
        return self.answerer.story(self.last.post) if self.last.post else None

    @cached_property
    def asked_last(self) -> str:
        """The last question, normalised."""
        return normal_of(self.last.question)

    def read(self, text: str) -> ParsedQuestion:
        """A text parsed as a question, once."""
        if text not in self._questions:
            self._questions[text] = self.answerer.read(text, self.now)
        return self._questions[text]

    def readings(self, question: str) -> list[Turn]:
        """A turn as it may be meant, the likeliest first: a year may stand for the same part of it
        as the last question names."""
        normal = normal_of(question)
        turn = self.turn(normal)
        in_part = in_same_part(normal, self.asked_last, self._today)
        return [turn] if in_part == normal or turn.things else [self.turn(in_part), turn]

    def turn(self, question: str) -> Turn:
        """A turn read by itself, its times in the year that is spoken of."""
        normal = with_year_meant(normal_of(question), self._year)
        turn = read_turn(normal, self.read, self.answerer.synonyms_in, self.share, self._today)
        names = turn.names or self._people(turn)
        things = dict.fromkeys((*turn.things, *names))
        return replace(
            turn,
            things=tuple(things),
            names=(*names, *self._bodies(turn)),
            times=self._dated(turn.times),
        )

    # --- what it is about ---------------------------------------------------------------------

    def is_case(self, story: Story | None) -> bool:
        """Whether the talk is of a case, `story` being what it goes on with."""
        shown = story or self.story
        if shown:
            return shown.type == "case"
        return is_of_case(self.asked_last, analyzer.tagged(self.asked_last))

    def is_of_somebody(self, story: Story | None) -> bool:
        """Whether the talk is of a case, or of somebody named: whom a pronoun stands for."""
        return self.is_case(story) or bool(self.read(self.asked_last).entities)

    def is_of_rule(self, turn: Turn) -> bool:
        """Whether the talk is of a rule: neither the last question nor the turn is of a case."""
        if turn.names and not turn.is_of_setting:
            return False
        texts = (self.asked_last, turn.text)
        return not any(is_of_case(text, analyzer.tagged(text)) for text in texts)

    def is_stopgap(self, story: Story) -> bool:
        """Whether the story shown is a case that the last question did not mean: it asks of no
        case, and names nothing that stands in its title."""
        last, told = self.asked_last, self.answerer.normalised(story)
        if story.type != "case" or is_of_case(last, analyzer.tagged(last)):
            return False
        if parties_in(last, told.title) or people_in(last, told.whole):
            return False
        return not any(noun in told.title and not is_tax_word(noun) for noun in self.nouns.split())

    def is_subject(self, question: str) -> bool:
        """Whether a question says what it is about by itself."""
        asked = self.read(question)
        return asked.is_of_field or bool(asked.entities)

    @cached_property
    def nouns(self) -> str:
        """What the last question is about, of which the title of the story shown says the most,
        and the ones before, where that names no subject."""
        others = self.answerer.synonyms_in
        nouns = nouns_of(self.asked_last, self.read, others, self._today)
        title = self.answerer.normalised(self.story).title if self.story else ""
        names = others(nouns)
        titled = [n for n in nouns.split() if any(form in title for form in (n, *names.get(n, ())))]
        nouns = " ".join(titled) or nouns
        return " ".join(dict.fromkeys([*nouns.split(), *self.last.subject.split()]))

    @cached_property
    def about(self) -> ParsedQuestion:
        """What another story has to hold of the last question: of one without an answer its words
        of taxation, since it may have none for one of the others."""
        names = self.answerer.synonyms_in(self.nouns)
        words = [n for n in self.nouns.split() if any(map(is_tax_word, (n, *names.get(n, ()))))]
        return self.read(" ".join(words) if words and not self.last.post else self.nouns)

    # --- what a turn says by itself -----------------------------------------------------------

    def is_of_no_case(self, turn: Turn) -> bool:
        """Whether a turn names nobody, and the talk is of no case."""
        return not (turn.names or self.is_case(self.story))

    def is_of_person(self, turn: Turn) -> bool:
        """Whether a pronoun of a turn stands for the one who was told of: no other story tells."""
        points = turn.points_to_person and not turn.names
        return points and self.is_of_somebody(self.story)

    def stands_alone(self, turn: Turn) -> bool:
        """Whether a turn says by itself what it is about. 税率呢 is all asking: whose, the last
        question says."""
        return bool(self.without_asking(turn, turn.things)) and not turn.points_back

    def goes_on(self, turn: Turn, question: str) -> bool:
        """Whether a turn, written as `question`, says that it goes on from the last question, or
        points to something said before."""
        points = turn.points_back or turn.points_to_place or turn.points_to_story
        return points or _GOES_ON.search(normal_of(question)) is not None

    def names_subject(self, turn: Turn) -> bool:
        """Whether a turn names a subject of the field by itself, a tax or a word that not all talk
        of (滞纳金, not 公司); or asks what a word means, or for the news of a place."""
        asked = self.read(turn.text)
        if asked.answer_type and asked.answer_type.name == "meaning":
            return True
        if turn.names and _ASKS_FOR_NEWS.search(turn.text):
            return True
        subjects = [
            forms
            for forms in self.without_asking(turn, turn.things)
            if any(map(is_tax_name, forms)) or self._share_of_kind(forms[0]) < _GENERAL
        ]
        return asked.is_of_field and bool(subjects)

    def stands_alone_beside(self, turn: Turn) -> bool:
        """Whether a turn says what it is about beside the names in it."""
        things = [forms for forms in turn.things if forms not in turn.names]
        return bool(self.without_asking(turn, things))

    def without_asking(
        self, turn: Turn, things: Sequence[tuple[str, ...]]
    ) -> list[tuple[str, ...]]:
        """Those of some things that a turn names which are no word of asking: not 税率."""
        kind = self.read(turn.text).answer_type
        return [forms for forms in things if not (kind and kind.trigger.search(forms[0]))]

    def has_form(self, turn: Turn) -> bool:
        """Whether what a turn asks for is told in a form of its own: an amount, a place."""
        kind = self.read(turn.text).answer_type
        return kind is not None and kind.name not in _FORMLESS

    def tells_apart(self, forms: tuple[str, ...]) -> bool:
        """Whether a word is so rare that it tells which story is meant."""
        return self.share(forms[0]) < _COMMON

    # --- what a turn leaves out ---------------------------------------------------------------

    def completed(self, turn: Turn) -> str:
        """The turn with what it leaves to the last question."""
        if turn.is_bare:
            asked = self.last.asked or self.last.question
            kept = self.kept(turn, asked, None)
            if self.last.asked and not self.is_subject(f"{topic_of(turn)} {asked}"):
                kept = f"{kept} {self.kept(turn, self.nouns, None)}"
            return " ".join(f"{topic_of(turn)} {kept}".split())
        if turn.points_to_place and (places := places_in(self.asked_last)):
            return f"{turn.text} {places}"
        nouns = self.nouns.split()
        if any(is_tax_name(forms[0]) for forms in turn.things):
            nouns = [noun for noun in nouns if not is_tax_name(noun)]
        return " ".join([turn.text, *nouns])

    def kept(self, turn: Turn, question: str, story: Story | None) -> str:
        """What of a question stays beside the topic of a bare turn; of one about a case, `story`
        being what it goes on with, without its parties."""
        normal, is_case = normal_of(question), self.is_case(story)
        if turn.number:  # another of several is not the one that was named
            for form in (form for name in self.read(normal).entities for form in name.forms):
                normal = normal.replace(form, " ")
        parties: list[str] = []
        if story and is_case:
            parties = parties_in(normal, story.post.title or "")
            parties += people_in(normal, self.answerer.normalised(story).whole)
            parties += unknown_names_in(normal, self.read(normal))
        return kept_of(
            normal,
            turn,
            (self.last.topic, *parties),
            self.read,
            lambda word: is_case and self.share(word) < RARE,
            self._today,
        )

    # --- words and times ----------------------------------------------------------------------

    def share(self, word: str) -> float:
        """Which share of the paragraphs hold a word."""
        index = self.answerer.index
        return index.document_frequency(word, "words") / len(index)

    def _share_of_kind(self, word: str) -> float:
        """Which share of the paragraphs hold a word; of one that none holds, the last word in it,
        which says of which kind it is: of 开发票 发票."""
        ends = (word[start:] for start in range(len(word) - 1))
        return next(filter(None, map(self.share, ends)), 0.0)

    def _people(self, turn: Turn) -> tuple[tuple[str, ...], ...]:
        """The persons in a turn of a talk of cases whom no dictionary has, but a few stories."""
        if not self.is_case(self.story):
            return ()
        names = may_be_people(turn.topic if turn.is_bare else turn.text)
        most = max(_FEW, _OF_A_FEW * len(self.answerer.index))
        return tuple((name,) for name in names if 0 < len(self.answerer.holding((name,))) <= most)

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

    def _is_rare(self, word: str) -> bool:
        """Whether so few paragraphs hold a word that it tells stories apart."""
        index = self.answerer.index
        most = max(_FEW, RARE * len(index))
        return index.document_frequency(word, "words") <= most

    @property
    def _today(self) -> date:
        return self.now.astimezone(CHINA).date()

    @cached_property
    def _year(self) -> int | None:
        """The year that is spoken of: of the last question, else of the story shown."""
        spoken = [s for s in times_in(self.asked_last, self._today) if s.has_year]
        day = spoken[0].since if spoken else day_of(self.story) if self.story else None
        return day.year if day else None

    def _dated(self, times: Sequence[Span]) -> tuple[Span, ...]:
        """The times of a turn, a month without a year in that which was spoken of; without those
        that are no month of one year (年底)."""
        return tuple(
            span.in_year(self._year) if self._year and not span.has_year else span
            for span in times
            if span.has_year or span.is_of_month
        )
