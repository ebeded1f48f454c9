"""A message of a conversation → its answer.

A message may hold several questions. The first turn, a pinned question and small talk are answered
here; `later_turn` answers a turn that follows another.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone

from corpus.reading.posts import CHINA
from corpus.store.values import Filters
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.answering.later_turn import LaterTurn, begun
from retrieval.answering.listing import listed
from retrieval.answering.offers import offer
from retrieval.question.conversation import Conversation, corrected, is_yes, nouns_of
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
    with answerer.at_one_state():
        return _replied(
            answerer, question, conversation, limit, filters, now or datetime.now(timezone.utc)
        )


def _replied(
    answerer: Answerer,
    question: str,
    conversation: Conversation | None,
    limit: int,
    filters: Filters | None,
    now: datetime,
) -> Answer:
    """The answer to a message, which may hold several questions."""
    if conversation and conversation.offered:
        question = conversation.offered if is_yes(normal_of(question)) else question
        conversation = replace(conversation, offered="")
    pinned = answerer.pinned(question, limit=limit, filters=filters, now=now)
    # 罚了多少 names nothing: it goes on in the story shown, whatever is pinned.
    if pinned and (conversation is None or _names_something(answerer, question, now)):
        return _with(pinned, begun(question, pinned))
    parts = parts_of(normal_of(question)) if len(question) <= LONGEST_QUESTION else (question,)
    if len(parts) == 1:
        return _turn(answerer, question, conversation, limit, filters, now)
    answers: list[Answer] = []
    offered = ""
    for part in parts:
        answer = _turn(answerer, part, conversation, limit, filters, now)
        answers.append(replace(answer, question=as_written(part, question)))
        conversation = answer.conversation
        if conversation and conversation.offered:
            offered = offered or conversation.offered
            conversation = replace(conversation, offered="")
    if offered and conversation:
        conversation = replace(conversation, offered=offered)
    return _with(_joined(question, answers, limit), conversation)


def _turn(
    answerer: Answerer,
    question: str,
    conversation: Conversation | None,
    limit: int,
    filters: Filters | None,
    now: datetime,
) -> Answer:
    """The answer to one question, or the name that may be meant; with the conversation after."""
    answer, after = _reply(answerer, question, conversation, limit, filters, now)
    return _offering(answerer, answer, after, conversation)


def _names_something(answerer: Answerer, question: str, now: datetime) -> bool:
    """Whether a question names anything that it is about."""
    return (
        nouns_of(
            normal_of(question),
            lambda text: answerer.read(text, now),
            answerer.synonyms_in,
            now.astimezone(CHINA).date(),
        )
        != ""
    )


def _offering(
    answerer: Answerer,
    answer: Answer,
    after: Conversation | None,
    before: Conversation | None,
) -> Answer:
    """The answer with the conversation after it; no answer, but the name that may be meant, where
    the corpus lacks the one that was typed."""
    asked = after.question if after and after != before else answer.question
    answered_from = answer.passages[0].post if answer.passages else None
    is_asked = answer.reply is None and not answer.is_list
    found = offer(answerer, asked, answered_from) if is_asked else None
    if found is None:
        return _with(answer, after)
    name, question = found
    last = replace(after or Conversation(asked), offered=question)
    return Answer(
        answer.question, answer.confidence, (), reply=OFFER.format(name=name), conversation=last
    )


def _with(answer: Answer, conversation: Conversation | None) -> Answer:
    return replace(answer, conversation=conversation)


def _reply(
    answerer: Answerer,
    question: str,
    conversation: Conversation | None,
    limit: int,
    filters: Filters | None,
    now: datetime,
) -> tuple[Answer, Conversation | None]:
    """The answer to a turn of one question."""
    if conversation and (instead := corrected(normal_of(question))):
        answer, after = _reply(answerer, instead, conversation, limit, filters, now)
        return replace(answer, question=question), after
    alone = listed(answerer, question, limit=limit, filters=filters, now=now)
    if alone is not None:
        return alone, begun(question, alone) if alone.passages else conversation
    alone = answerer.ask(question, limit=limit, filters=filters, now=now)
    # What names no subject of its own may ask on about the last one.
    is_talk = alone.reply is not None and alone.reply != REPLIES["no subject"]
    if is_talk or conversation is None:
        return alone, conversation if alone.reply else begun(question, alone)
    if alone.passages and normal_of(question) == normal_of(conversation.question):
        return alone, begun(question, alone)
    return LaterTurn(answerer, conversation, limit, filters, now).reply(question, alone)


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
