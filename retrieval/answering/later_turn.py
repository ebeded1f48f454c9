"""A later turn of a conversation → its answer: from the story shown, another story, or none.

The turn is completed from the question before it, where it leaves something out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from corpus.store.values import Filters, Story
from retrieval.answering.answer import Answer, Shown, begun
from retrieval.answering.answerer import Answerer
from retrieval.answering.nearness import is_of_same_day, nearness
from retrieval.answering.one_of_several import (
    alternative,
    asks_for_alternative,
    section_naming,
    section_of,
)
from retrieval.answering.talk import FULL, Talk
from retrieval.answering.telling import (
    missing_in,
    share_held,
    tells_in_other_words,
    tells_now,
    tells_time,
)
from retrieval.question.conversation import (
    Conversation,
    Turn,
    asks_for_source,
    is_noun,
    topic_of,
    with_opposite,
)
from retrieval.question.follow_up import asks_what_came_next
from retrieval.question.question import ParsedQuestion
from retrieval.question.reader import normal_of
from retrieval.question.times import without_times
from retrieval.question.topics import is_tax_name, is_tax_word
from retrieval.ranking.confidence import LEAST_CONFIDENCE
from retrieval.ranking.ranking import Hit
from retrieval.ranking.sections import part_of, sections
from retrieval.ranking.signals import scoring_concepts

_ABOUT = 0.4
"""The coverage from which a turn is about the story shown, though it lacks a word of it."""

_TOPIC, _SURE_TOPIC = 0.45, 0.5
"""The share of what the last question is about that another story must hold to answer the same
question, and the share that makes up for little confidence."""

_SURE_ALONE, _FAR = 0.8, 0.2
"""From which confidence on a turn by itself is a question of its own, and by how much another
story must say more of it in a window than the one shown."""

_OF_ALL = frozenset({"date", "list", "count", "law", "handling"})
"""The answer types that a rule tells of as a whole: 从哪天开始."""

_LEAST_CHARACTERS = 0.2
"""The share of the characters of a turn, by idf, that a story has which says yes or no to it."""


def _is_of_rule(answer: Answer) -> bool:
    """Whether an answer answers, and from no case."""
    return answer.answered and answer.passages[0].type != "case"


@dataclass(frozen=True)
class LaterTurn:
    """Answers the turn `question`, which follows the conversation `last`."""

    answerer: Answerer
    question: str
    last: Conversation
    limit: int
    filters: Filters | None
    now: datetime
    _hits: dict[str, Sequence[Hit]] = field(default_factory=dict, init=False)

    @cached_property
    def talk(self) -> Talk:
        """What is talked about."""
        return Talk(self.answerer, self.last, self.now)

    @cached_property
    def alone(self) -> Answer:
        """The answer to the turn without a conversation: searched for only where it may count."""
        return self._ask(self.question)

    def reply(self) -> tuple[Answer, Conversation]:
        """The answer to the turn, and the conversation after it."""
        question = self.question
        if self.talk.story and asks_for_source(normal_of(question)):
            return self._shown_again(self.talk.story), self.last
        turn, *others = self.talk.readings(question)
        other = with_opposite(normal_of(self.last.question), normal_of(question))
        if other and (found := self._asked_of_all(turn, other)):
            answer, conversation = found
            return replace(answer, question=question, understood=other), conversation
        if turn.begins_anew and not turn.is_bare and self.talk.stands_alone(turn):
            answer = self._ask(turn.text)
            return replace(answer, question=question), begun(turn.text, answer)
        if asks_for_alternative(self.talk, turn):
            if answered := alternative(self.talk, turn, self.limit, self.filters):
                return replace(answered[0], question=question), answered[1]
            return self._unanswered()
        if own := self._own(turn):
            if self._leads_away(own):
                return self._by_itself(own)
            if self._is_of_none(turn):
                return self._unanswered()
        found = self._returned(turn)
        found = found or next(filter(None, map(self._found, (turn, *others))), None)
        if found is None and self._is_sure_alone(turn):
            found = self._by_itself(turn)
        if found is None and self.talk.story:
            found = self._together(turn)
        if found is None:
            return self._unanswered()
        answer, conversation = found
        if not self.talk.is_subject(conversation.question):
            conversation = replace(conversation, subject=self.talk.nouns)
        asked = conversation.question
        known = {turn.text, *(each.question for each in (self.last, *self.last.earlier))}
        is_of_shown = conversation.post == self.last.post and not turn.is_bare
        understood = None if asked in known or is_of_shown else asked
        return replace(answer, question=question, understood=understood), conversation

    def _unanswered(self) -> tuple[Answer, Conversation]:
        """No answer, what is related to the turn by itself, and the conversation as it was."""
        return Answer(self.question, 0.0, (), self.alone.related), self.last

    def _by_itself(self, turn: Turn) -> tuple[Answer, Conversation]:
        """The answer that a turn gets alone, with which a conversation begins."""
        return self.alone, begun(turn.text, self.alone)

    def _asked_of_all(self, turn: Turn, text: str) -> tuple[Answer, Conversation] | None:
        """The answer to `text` from the story shown, or else from any."""
        story = self.talk.story
        if story and (found := self._within(turn, story, text)):
            return found
        answer = self._ask(text)
        return (answer, begun(text, answer)) if answer.answered else None

    def _own(self, turn: Turn) -> Turn | None:
        """A turn that says by itself what it asks about, words of the field typed alone (残保金)
        as well; None if it doesn't. What goes on, or points back, must say more of it."""
        goes_on = self.talk.goes_on(turn, self.question)
        if turn.is_bare:  # words typed alone, which ask nothing of the story shown
            if goes_on or turn.names or turn.times:
                return None
            turn = replace(turn, text=normal_of(self.question), is_bare=False)
        lacking = len(self._lacking(turn, self.talk.story))
        if goes_on or turn.number:
            is_of_field = self.talk.read(turn.text).is_of_field
            return turn if lacking >= (FULL if is_of_field else 2 * FULL) else None
        return turn if lacking >= FULL or self.talk.names_subject(turn) else None

    def _returned(self, turn: Turn) -> tuple[Answer, Conversation] | None:
        """The answer from a story that was shown before, for a question that named what the turn
        names and the last one doesn't; None if there is none."""
        asked_last = self.talk.asked_last
        named = [f[0] for f in turn.things if f[0] not in asked_last and self.talk.tells_apart(f)]
        for earlier in self.last.earlier:
            asked = normal_of(earlier.question)
            if not any(name in asked for name in named):
                continue
            if turn.is_bare:
                earlier = replace(earlier, asked=self.last.asked or self.last.question)
            then = replace(self, last=earlier)
            if then.talk.story and then._is_about(turn, then.talk.story):
                return then._within(turn, then.talk.story)
        return None

    def _shown_again(self, story: Story) -> Answer:
        """The passage that was shown, with which the link to its source is."""
        asked = self.talk.read(self.last.asked or self.last.question)
        key = self.last.paragraph if self.last.paragraph in story.keys else story.keys[0]
        passage = self.answerer.passage_at(asked, story, key)
        return Answer(self.question, 1.0, (passage,) if passage else ())

    def _found(self, turn: Turn) -> tuple[Answer, Conversation] | None:
        """The answer from the story shown, or else from another; None if neither tells."""
        story = self.talk.story
        if story is None and (found := self._together(turn)):
            return found
        is_about = story is not None and self._is_about(turn, story)
        lacking = self._lacking(turn, story) if story else []
        is_of_another = any(is_tax_word(forms[0]) for forms in lacking)
        leads_back = (
            story and not is_of_another and self._leads_back(turn, story, is_about=is_about)
        )
        of_time = self._elsewhere(turn, story) if turn.is_bare and turn.times else None
        if of_time and of_time[1].post != self.last.post:
            return of_time
        if story and leads_back and (found := self._within(turn, story, self.talk.completed(turn))):
            return found
        if story and is_about:
            is_told = self._is_told(turn, story)
            if not is_told and (found := self._elsewhere(turn, story)):
                return found
            if not is_told and story.type == "case" and _is_of_rule(self.alone):
                return self._by_itself(turn)
            is_asked_here = is_told or story.type == "case" or self.talk.has_form(turn)
            found = self._within(turn, story) if is_asked_here else None
            if found or not turn.is_bare:
                return found
        named = turn
        if turn.is_bare and (missing := self._missing(turn, story)):
            named = replace(turn, names=tuple(missing))
        if found := self._elsewhere(named, story):
            return found
        if lacking and (is_of_another or self.talk.stands_alone(turn)) and self.alone.answered:
            return self._by_itself(turn)
        # What a rule says of everybody is asked for in other words than its own; what it says of
        # one tax is no answer about another.
        is_case = story is None or self.talk.is_case(story)
        if story and not (is_case or is_of_another) and self._may_tell(turn, story):
            return self._within(turn, story)
        return None

    def _lacking(self, turn: Turn, story: Story | None) -> list[tuple[str, ...]]:
        """The nouns and words of taxation, and none of asking, of a turn that is not bare, which a
        story lacks."""
        if turn.is_bare:
            return []
        missing = self.talk.without_asking(turn, self._missing(turn, story))
        return [forms for forms in missing if is_noun(forms) or is_tax_word(forms[0])]

    def _leads_away(self, turn: Turn) -> bool:
        """Whether another story answers a turn by itself, and says far more of it in a window than
        the one shown; or it is sure, and the one shown is not even near."""
        story, alone = self.talk.story, self.alone
        other = self.answerer.story(alone.passages[0].post) if alone.answered else None
        if other is None or (story and other.post.id == story.post.id):
            return False
        asked = self.talk.read(turn.text)
        here = self.answerer.coverage_and_score(asked, story)[1] if story else 0.0
        if self.answerer.coverage_and_score(asked, other)[1] >= here + _FAR:
            return True
        near = {hit.story.post.id for hit in self._ranked(turn.text)}
        return alone.confidence >= _SURE_ALONE and self.last.post not in near

    def _is_of_none(self, turn: Turn) -> bool:
        """Whether a turn that goes on with nothing gets no answer by itself, and names a thing of
        which the story shown says nothing."""
        if self.alone.answered or turn.times or self.talk.goes_on(turn, self.question):
            return False
        return bool(self._lacking(turn, self.talk.story))

    def _coverage(self, turn: Turn, story: Story) -> float:
        """How much of a turn a story says in a window."""
        return self.answerer.coverage_and_score(self.talk.read(turn.text), story)[0]

    def _leads_back(self, turn: Turn, story: Story, *, is_about: bool) -> bool:
        """Whether a turn, of which the rule shown says something, leads to that of all stories
        by what is talked about: 配件呢 to what tells of 零部件."""
        if turn.is_bare and (turn.times or is_about):
            return False
        if not (self.talk.is_of_no_case(turn) and self._says_some(turn, story)):
            return False
        if not self._tells_times(turn, story):
            return False
        hits = self._ranked(self.talk.completed(turn))
        return bool(hits) and hits[0].story.post.id == story.post.id

    def _says_some(self, turn: Turn, story: Story) -> bool:
        """Whether a story says a word of a turn, or what it names in other words."""
        coverage = self._coverage(turn, story)
        whole = self.answerer.normalised(story).whole
        return coverage > 0 or (bool(turn.things) and tells_in_other_words(whole, turn))

    def _together(self, turn: Turn) -> tuple[Answer, Conversation] | None:
        """The answer to the last question and a whole turn in one, if it is sure, and from another
        story than the one shown, which doesn't tell."""
        if turn.is_bare or not self.talk.is_of_no_case(turn) or self.talk.is_of_person(turn):
            return None
        text = f"{self.talk.asked_last} {turn.text}"
        asked = self.talk.read(text)
        hits = [
            hit
            for hit in self._ranked(text)
            if hit.story.type != "case" and self._tells_times(turn, hit.story)
        ]
        if not hits or hits[0].story.post.id == self.last.post:
            return None
        confidence = self.answerer.confidence(asked, hits)
        if confidence < LEAST_CONFIDENCE:
            return None
        answer = self.answerer.answer_of(asked, hits, self.limit, confidence)
        return answer, begun(self.talk.completed(turn), answer)

    def _is_sure_alone(self, turn: Turn) -> bool:
        """Whether a turn is a question of its own, and answered surely by itself."""
        is_whole = not turn.is_bare and self.talk.stands_alone(turn)
        return is_whole and self.alone.confidence >= _SURE_ALONE

    def _is_told(self, turn: Turn, story: Story) -> bool:
        """Whether the story shown says a word of what a turn asks about: of a case that was meant
        that is taken for granted, and of what a turn asks in words of asking alone."""
        asked = self.talk.read(turn.text)
        if self.talk.is_stopgap(story) and self.talk.is_of_rule(turn):
            return False
        if turn.is_bare or self.talk.is_case(story) or not scoring_concepts(asked):
            return True
        if asked.answer_type and asked.answer_type.name in _OF_ALL:
            return True
        coverage, _ = self.answerer.coverage_and_score(asked, story)
        return coverage > 0

    # --- the story shown --------------------------------------------------------------------

    def _is_about(self, turn: Turn, story: Story) -> bool:
        """Whether the story shown tells of what the turn names."""
        if not self._tells_times(turn, story):
            return False
        missing = self._missing(turn, story)
        if turn.points_to_story and not turn.names:  # an everyday verb (搞到) is no thing
            missing = [forms for forms in missing if is_noun(forms)]
        if not missing or turn.is_bare:
            return not missing
        coverage = self._coverage(turn, story)
        is_of_tax = any(is_tax_name(forms[0]) for forms in missing)
        return coverage >= _ABOUT and not is_of_tax and not set(missing) & set(turn.names)

    def _may_tell(self, turn: Turn, story: Story) -> bool:
        """Whether a rule that was shown may tell of what a turn asks, though it lacks its words:
        not of a thing of which it says nothing (冠军是谁, 热气球收不收, 装修的钱算不算)."""
        missing = self._missing(turn, story)
        if set(missing) & set(turn.names):
            return False
        if not self._tells_times(turn, story):
            return False
        asked = self.talk.read(without_times(turn.text, turn.times))
        coverage, _ = self.answerer.coverage_and_score(asked, story)
        if coverage > 0 or (turn.is_bare and not any(map(is_noun, missing))):
            return True
        return all(is_tax_word(forms[0]) for forms in missing)

    def _may_say(self, turn: Turn, story: Story) -> bool:
        """Whether a story has so much of the characters of a turn that asks for yes or no (上绿牌
        要摇号吗) that it may say so: what is asked for in a form of its own is known by that."""
        asked = self.talk.read(turn.text)
        is_formless = asked.answer_type is None or asked.answer_type.name == "whether"
        if turn.is_bare or not is_formless or asks_what_came_next(asked):
            return True
        whole = self.answerer.normalised(story).whole
        idfs = [character.idf for character in asked.characters]
        held = [one.idf for one in asked.characters if one.stands_in(whole)]
        return sum(held) >= _LEAST_CHARACTERS * sum(idfs)

    def _within(
        self, turn: Turn, story: Story, text: str | None = None
    ) -> tuple[Answer, Conversation] | None:
        """The answer to a turn, or to `text`, from the story shown; None if it doesn't tell."""
        if (
            turn.is_of_now
            and self.talk.is_case(story)
            and not tells_now(turn, self.answerer.normalised(story))
        ):
            return None
        if not self._may_say(turn, story):
            return None
        asked = self.talk.read(text or self.talk.completed(turn))
        shown = Shown(story.post.id, self.last.paragraph or 0)
        # Of 那按次的呢 the words of the last question are many, its own few. What all stories
        # together lead back to is asked as it was ranked.
        is_again = not turn.times if turn.is_bare else text is None
        again = self.talk.read(turn.text) if is_again else None
        number = section_of(self.talk, turn)
        section = sections(story)[number - 1] if number else None
        answer = self.answerer.continued(asked, shown, self.limit, again, section)
        if not answer.passages:
            return None
        best = answer.passages[0]
        last = replace(
            self.last,
            post=best.post,
            paragraph=best.paragraph,
            asked=turn.text,
            section=number or 0,
        )
        if turn.is_bare:
            last = replace(last, question=asked.text, topic=topic_of(turn), asked="")
        return answer, last

    # --- another story --------------------------------------------------------------------

    def _elsewhere(self, turn: Turn, story: Story | None) -> tuple[Answer, Conversation] | None:
        """The answer from another story, which holds what the turn names; None if none does."""
        if self.talk.is_of_person(turn):
            return None
        missing = list(filter(self.talk.tells_apart, self._missing(turn, story)))
        needed = turn.names or missing
        among = self._holding(needed)
        if needed and not among:
            return None
        if turn.names and not turn.is_bare:  # a question of its own about somebody named
            if turn.is_of_setting and not self.talk.stands_alone_beside(turn):
                kept = self.talk.kept(turn, self.talk.nouns, story)
                completed, about = f"{turn.text} {kept}".strip(), self.talk.read(kept)
                if found := self._answered(turn, completed, among, about):
                    return found
            return self._answered(turn, turn.text, among) if self.alone.answered else None
        if turn.is_bare:
            return self._asked_again(turn, story, among)
        stands_alone = self.talk.stands_alone(turn)
        asks_anew = stands_alone and any(is_tax_word(forms[0]) for forms in missing)
        if asks_anew and (found := self._answered(turn, turn.text, among)):
            return found
        completed = self.talk.completed(turn)
        if found := self._answered(turn, completed, among, self.talk.about):
            return found
        if not stands_alone:
            return None
        is_full = self.talk.read(turn.text).is_of_field and len(turn.things) >= FULL
        return self._answered(turn, turn.text, among) if is_full or self.alone.answered else None

    def _asked_again(
        self, turn: Turn, story: Story | None, among: set[int] | None
    ) -> tuple[Answer, Conversation] | None:
        """The answer to what was asked last, and else to the last question, of what a bare turn
        puts into it."""
        for asked in filter(None, (self.last.asked, self.last.question)):
            kept = self.talk.kept(turn, asked, story)
            if not (self.talk.is_case(story) or self.talk.is_subject(f"{topic_of(turn)} {asked}")):
                kept = f"{kept} {self.talk.kept(turn, self.talk.nouns, story)}"
            about = self.talk.read(kept) if kept else self.talk.about
            completed = " ".join(f"{topic_of(turn)} {kept}".split())
            if found := self._answered(turn, completed, among, about):
                return found
        if turn.names or turn.times:
            return None
        completed = f"{turn.text} {self.talk.nouns}"
        return self._answered(turn, completed, among, self.talk.about)

    def _answered(
        self,
        turn: Turn,
        text: str,
        among: set[int] | None,
        about: ParsedQuestion | None = None,
    ) -> tuple[Answer, Conversation] | None:
        """The answer to `text` from the paragraphs `among`, if its story is `about` the same."""
        asked = self.talk.read(text)
        hits = self._ranked(text, among)
        if turn.times:
            hits = [hit for hit in hits if self._tells_times(turn, hit.story)]
        if self.talk.is_of_rule(turn):
            rules = [h for h in hits if h.story.type != "case"]
            hits = rules or (hits if turn.names else [])
        if turn.is_bare or turn.names or turn.times:
            hits = sorted(hits, key=lambda hit: -hit.score - nearness(self.talk, turn, hit.story))
        if not hits or self.answerer.lacks_type(asked, hits[0].story):
            return None
        best = hits[0].story
        _, score = self.answerer.coverage_and_score(asked, best)
        confidence = self.answerer.window_confidence(score)
        if not self._is_good(turn, best, confidence, about):
            return None
        answer = self.answerer.answer_of(asked, hits, self.limit, confidence)
        number = section_naming(self.talk, turn, best) if turn.names else None
        if number:  # of a post of several cases the one that is named is shown
            section = part_of(best, sections(best)[number - 1])
            shown = self.answerer.passages_in(asked, section, 1)
            others = [each for each in answer.passages if each.post != best.post.id]
            answer = replace(answer, passages=(*shown, *others))
        topic = topic_of(turn) if turn.is_bare else ""
        return answer, replace(begun(text, answer), topic=topic, section=number or 0)

    def _is_good(
        self, turn: Turn, story: Story, confidence: float, about: ParsedQuestion | None
    ) -> bool:
        """Whether a story is sure enough, and about what the last question is about."""
        is_sure = confidence >= LEAST_CONFIDENCE
        if about is None:
            return is_sure
        is_named = turn.is_bare and bool(turn.names)
        may_be_near = is_sure or is_of_same_day(self.talk, story)
        is_near = is_named and may_be_near and not turn.is_of_setting
        whole = self.answerer.normalised(story).whole
        share = share_held(about, whole, is_named=is_named)
        if share is None:
            return (is_sure and (turn.is_bare or not turn.points_back)) or is_near
        # Asked again of another, the question is answered by a story like the one shown.
        is_alike = share >= _SURE_TOPIC and bool(turn.names or turn.times)
        return (share >= _TOPIC or is_near) and (is_sure or is_near or is_alike)

    def _ranked(self, text: str, among: set[int] | None = None) -> Sequence[Hit]:
        """The paragraphs near a text, best first; of those `among`, if they are given."""
        if among is not None:
            return self.answerer.rank(self.talk.read(text), self.filters, among)
        if text not in self._hits:
            self._hits[text] = self.answerer.rank(self.talk.read(text), self.filters)
        return self._hits[text]

    def _holding(self, needed: Sequence[tuple[str, ...]]) -> set[int] | None:
        """The paragraphs of the stories that hold what is needed, of many names all but a few;
        None for all if nothing is."""
        counts: dict[int, int] = {}
        for forms in needed:
            for key in self.answerer.holding(forms):
                counts[key] = counts.get(key, 0) + 1
        least = len(needed) - len(needed) // 3
        return {key for key, count in counts.items() if count >= least} if needed else None

    def _missing(self, turn: Turn, story: Story | None) -> list[tuple[str, ...]]:
        """What of the things that a turn names a story lacks."""
        return missing_in(self.answerer.normalised(story).whole if story else "", turn)

    def _tells_times(self, turn: Turn, story: Story) -> bool:
        """Whether a story tells of each time that a turn names."""
        whole = self.answerer.normalised(story).whole if turn.times else ""
        return all(tells_time(span, story, whole) for span in turn.times)

    def _ask(self, text: str) -> Answer:
        return self.answerer.ask(text, limit=self.limit, filters=self.filters, now=self.now)
