"""A message of a conversation → its answer.

A message may hold several questions, or a link. The first turn, a pinned question and small talk
are answered here; `later_turn` answers a turn that follows another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone

from corpus.reading.posts import CHINA
from corpus.store.values import Filters
from retrieval.answering.answer import Answer, begun
from retrieval.answering.answerer import Answerer
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.answering.later_turn import LaterTurn
from retrieval.answering.linked import linked
from retrieval.answering.listing import listed
from retrieval.answering.offers import offer
from retrieval.question.conversation import Conversation, compares_two, is_yes, nouns_of
from retrieval.question.follow_up import asks_for_more
from retrieval.question.links import links_in
from retrieval.question.openings import after_thanks, corrected
from retrieval.question.parts import as_written, parts_of
from retrieval.question.reader import normal_of
from retrieval.question.small_talk import REPLIES

OFFER = "是不是“{name}”？"


def reply(
    answerer: Answerer,
    question: str,
    conversation: Conversation | None,
    *,
    limit: int = 6,
    filters: Filters | None = None,
    now: datetime | None = None,
) -> Answer:
    """The answer to a turn of `conversation`, None if it is the first; with what it is then.

    `understood` of the answer is the turn as it was completed, None if nothing was. Raises what
    `Answerer.ask` does.
    """
    asking = _Asking(answerer, limit, filters, now or datetime.now(timezone.utc))
    with answerer.at_one_state():
        return asking.message(question, conversation)


@dataclass(frozen=True, slots=True)
class _Asking:
    """How the questions of one message are asked; each method answers in a conversation."""

    answerer: Answerer
    limit: int
    filters: Filters | None
    now: datetime

    def message(self, text: str, conversation: Conversation | None) -> Answer:
        """The answer to a message, which may hold links."""
        if conversation and conversation.offered:
            text = conversation.offered if is_yes(normal_of(text)) else text
            conversation = replace(conversation, offered="")
        addresses, rest = links_in(text) if len(text) <= LONGEST_QUESTION else ([], text)
        if not addresses:
            return self._questions(text, conversation)
        posts = (linked(self.answerer, each, self.filters, self.now) for each in addresses)
        shown = next(filter(None, posts), None)
        answer = self._about(shown, rest) if shown else self._beside_unknown(rest, conversation)
        return replace(answer, question=text)

    def _about(self, shown: Answer, rest: str) -> Answer:
        """The answer from the post to which a link leads to what is said beside it; the post
        itself if it doesn't tell."""
        last = begun(shown.question, shown)
        if rest:
            answer = self._questions(rest, last)
            if answer.answered and answer.passages[0].post == last.post:
                return answer
        return _with(shown, last)

    def _beside_unknown(self, rest: str, conversation: Conversation | None) -> Answer:
        """The answer to what is said beside a link that leads to no post; that it does if nothing
        is asked."""
        answer = self._questions(rest, None) if rest else None
        if answer and (answer.reply is None or answer.is_offer):
            return answer
        return Answer("", 0.0, (), reply=REPLIES["unknown link"], conversation=conversation)

    def _questions(self, text: str, conversation: Conversation | None) -> Answer:
        """The answer to a message, which may hold several questions."""
        pinned = self.answerer.pinned(text, limit=self.limit, filters=self.filters, now=self.now)
        # 罚了多少 names nothing: it goes on in the story shown, whatever is pinned.
        if pinned and (conversation is None or self._names_something(text)):
            return _with(pinned, begun(text, pinned))
        parts = parts_of(normal_of(text)) if len(text) <= LONGEST_QUESTION else (text,)
        if len(parts) == 1:
            return self._turn(text, conversation)
        answers: list[Answer] = []
        offered = ""
        for part in parts:
            answer = self._turn(part, conversation)
            answers.append(replace(answer, question=as_written(part, text)))
            conversation = answer.conversation
            if conversation and conversation.offered:
                offered = offered or conversation.offered
                conversation = replace(conversation, offered="")
        if offered and conversation:
            conversation = replace(conversation, offered=offered)
        return _with(_joined(text, answers, self.limit), conversation)

    def _turn(self, question: str, conversation: Conversation | None) -> Answer:
        """The answer to one question; no answer, but the name that may be meant, where the corpus
        lacks the one that was typed."""
        answer, after = self._answered(question, conversation)
        if conversation and after:
            after = after.after(conversation)
        asked = after.question if after and after != conversation else answer.question
        answered_from = answer.passages[0].post if answer.passages else None
        is_asked = answer.reply is None and not answer.is_list
        found = offer(self.answerer, asked, answered_from) if is_asked else None
        if found is None:
            return _with(answer, after)
        name, meant = found
        last = replace(after or Conversation(asked), offered=meant)
        line = OFFER.format(name=name)
        return Answer(answer.question, answer.confidence, (), reply=line, conversation=last)

    def _answered(
        self, question: str, conversation: Conversation | None
    ) -> tuple[Answer, Conversation | None]:
        """The answer to one question, and the conversation after it."""
        asked = after_thanks(normal_of(question))
        asked = corrected(asked) or asked
        if conversation and asked != normal_of(question):
            answer, after = self._answered(asked, conversation)
            return replace(answer, question=question), after
        limit, filters, now = self.limit, self.filters, self.now
        alone = listed(self.answerer, question, limit=limit, filters=filters, now=now)
        if alone is not None:
            return alone, begun(question, alone) if alone.passages else conversation
        if conversation is None:
            alone = self.answerer.ask(question, limit=limit, filters=filters, now=now)
            return alone, None if alone.reply else begun(question, alone)
        if compares_two(normal_of(question)) and (both := self._of_both(question, conversation)):
            return both, conversation
        # 详细点 is a complaint only where there is no story to go on with.
        goes_on = conversation.post is not None and asks_for_more(normal_of(question))
        line = None if goes_on else self.answerer.line_to(question, now)
        # What names no subject of its own may ask on about the last one.
        if line is not None and line != REPLIES["no subject"]:
            return Answer(question, 0.0, (), reply=line), conversation
        later = LaterTurn(self.answerer, question, conversation, limit, filters, now)
        is_again = normal_of(question) == normal_of(conversation.question)
        if is_again and later.alone.passages:
            return later.alone, begun(question, later.alone)
        return later.reply()

    def _of_both(self, question: str, last: Conversation) -> Answer | None:
        """What the two stories shown last tell of what was asked of each, for who compares them;
        None if but one was shown."""
        answers = []
        for each in (last, *last.earlier[:1]):
            story = self.answerer.story(each.post) if each.post else None
            asked = self.answerer.read(each.question, self.now)
            passages = self.answerer.passages_in(asked, story, 1) if story else []
            answers.append(Answer(each.question, 1.0, tuple(passages)))
        is_of_two = len(answers) > 1 and all(answer.passages for answer in answers)
        return _joined(question, answers, self.limit) if is_of_two else None

    def _names_something(self, question: str) -> bool:
        """Whether a question names anything that it is about."""
        nouns = nouns_of(
            normal_of(question),
            lambda text: self.answerer.read(text, self.now),
            self.answerer.synonyms_in,
            self.now.astimezone(CHINA).date(),
        )
        return nouns != ""


def _with(answer: Answer, conversation: Conversation | None) -> Answer:
    return replace(answer, conversation=conversation)


def _joined(question: str, answers: Sequence[Answer], limit: int) -> Answer:
    """The answers to the questions of one message, as one: the first passage of each."""
    firsts = [
        replace(answer.passages[0], part=number)
        for number, answer in enumerate(answers, 1)
        if answer.passages
    ]
    return Answer(
        question,
        max(answer.confidence for answer in answers),
        tuple(firsts[: max(limit, len(answers))]),
        parts=tuple(answers),
    )
