"""A question in Telegram, new or edited → the same call as the command line's, and the reply."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from telegram import Message
from telegram.ext import Application

from bot.chat.addressing import names_bot, question_in, replied_text
from bot.chat.context import Context
from bot.clock import china_today
from bot.features import about, browsing, feedback, links, review
from bot.render import message as messages
from bot.render.answer import Kept, answer_message, numbered_message, with_examples
from bot.render.texts import Texts
from corpus.chinese import simplified
from retrieval.answering.answer import Answer
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.question.conversation import Conversation
from retrieval.question.small_talk import REPLIES

_MOST_ALBUMS = 1000  # chats whose last album is known
_POINTING = 12  # characters of a question at most that may only point at what it replies to

App = Application[Any, Any, Any, Any, Any, Any]
Handler = Callable[[Context], Awaitable[None]]


async def on_message(context: Context) -> None:
    """Whatever was written: answered if it is a question to the bot."""
    if context.is_edit and not (context.message.text or context.message.caption):
        return  # a live location that moves on
    if await feedback.on_reply(context):
        return
    if not context.is_edit and await review.on_reply(context):
        return
    question = question_in(context.message, context.service.bot.bot)
    if _is_of_known_album(context) and not question:
        return
    if question is None and context.settings.plain_questions:
        question = _plain_question(context.message)
    if question is not None:
        await respond(context, question)
    elif not context.is_edit:
        await _on_stray_command(context)


def _is_of_known_album(context: Context) -> bool:
    """Whether a message before this one was of the same album: one reply to all of it is enough."""
    album, chat, albums = context.message.media_group_id, context.chat.id, context.service.albums
    if album is None:
        return False
    before = albums.pop(chat, None)
    albums[chat] = album
    if len(albums) > _MOST_ALBUMS:
        del albums[next(iter(albums))]
    return before == album


async def respond(context: Context, question: str) -> None:
    """Answers `question`; that of an edited message by editing the answer it had, if it had one."""
    if not await context.may_ask():
        return
    service, context = context.service, context.answering(question)
    to, asked = service.storage.store.replies.to, context.message.message_id
    earlier = await service.storage(to, context.chat.id, asked) if context.is_edit else None
    if refusal := _refusal(context, question):
        service.metrics.refused()
        answer = Answer("", confidence=0.0, passages=(), reply=refusal)
    else:
        answer = await _answer(context, question)
    if not earlier and _is_courtesy(context, answer):
        return
    reply = await context.keep(answer)
    content = await _shown(context, answer, reply)
    if earlier and earlier.message is not None:
        await context.edit(content, earlier.message)
        sent: int | None = earlier.message
    else:
        sent = await context.say(content, reply=reply)
    _remember(context, answer, sent, context.person)


def _is_courtesy(context: Context, answer: Answer) -> bool:
    """Whether a group's message only thanks for the one that it replies to, or nods or laughs at
    it: a word to that would be one too many."""
    message, me = context.message, context.service.bot.bot
    if context.is_private or answer.reply not in _COURTESIES:
        return False
    return message.reply_to_message is not None and not names_bot(message, me)


_COURTESIES = frozenset(REPLIES[kind] for kind in ("thanks", "nod", "laugh", "emoji", "farewell"))


async def _answer(context: Context, question: str) -> Answer:
    """What is found; a question without an answer is kept where those are kept."""
    service, person = context.service, context.person
    previous = await _before(context)
    limit = 1 + context.settings.alternatives
    answer = await service.ask(
        context.destination, question, person=person, limit=limit, previous=previous
    )
    if text := _pointed_at(context, question, answer):
        other = await service.ask(context.destination, text, person=person, limit=limit)
        answer = replace(other, understood=text) if other.passages else answer
    is_unanswered = not answer.answered and (answer.reply is None or answer.is_offer)
    if service.keeps_questions and is_unanswered:
        keep = service.storage.store.feedback.keep_unanswered
        await service.storage(keep, question, china_today(), person)
    return replace(answer, passages=answer.passages[:limit])


def _pointed_at(context: Context, question: str, answer: Answer) -> str:
    """What someone else's message says that a short question without an answer replies to:
    这是真的吗 asks about that. "" if it replies to none, or is small talk."""
    is_open = not answer.answered and answer.reply in _POINTING_REPLIES
    text = replied_text(context.message, context.service.bot.bot) if is_open else ""
    return text if len(question) <= _POINTING and len(text) <= LONGEST_QUESTION else ""


_POINTING_REPLIES = (None, REPLIES["no subject"], REPLIES["doubt"])


async def answer_offered(context: Context, question: str) -> None:
    """Answers a question that was offered, in place of the message that did."""
    message = context.message.message_id
    answer, reply = await _answer_to(context, question, message)
    await context.edit(await _shown(context, answer, reply), message)
    _remember(context, answer, message, context.user.id if context.user else None)


async def ask_example(context: Context, question: str) -> None:
    """Says a question in a private chat, and answers it there."""
    context = context.answering(question)
    asked = await context.say(messages.text_message(question), part="question")
    if asked is None:
        return
    answer, reply = await _answer_to(context, question, asked)
    destination = replace(context.destination, to=asked)
    content = context.voice.written(await _shown(context, answer, reply))
    sent = await context.service.outbox.send(content, destination, reply=reply)
    _remember(context, answer, sent, context.user.id if context.user else None)


async def _answer_to(context: Context, question: str, message: int) -> tuple[Answer, int]:
    """The answer to a question that the bot wrote at `message`, and the number of its record."""
    service = context.service
    limit = 1 + context.settings.alternatives
    answer = await service.ask(context.destination, question, person=None, limit=limit)
    open_ = service.storage.store.replies.open
    return answer, await service.storage(open_, context.chat.id, message, None, answer)


async def _before(context: Context) -> Conversation | None:
    """The conversation of which the question is a turn: of an edited one that which it had, of a
    reply that at the message, and in private the last."""
    conversations, chat = context.service.conversations, context.chat.id
    asked = context.message.message_id
    if context.is_edit:
        return conversations.before_question(chat, asked)
    before = None
    if replied := context.message.reply_to_message:
        before = conversations.at_answer(chat, replied.message_id)
        # What was asked is forgotten before the answer is, which people still see.
        if before is None and (shown := await context.service.shown_in(replied)):
            before = Conversation("", shown.post, shown.paragraph)
    elif context.is_private and context.settings.follow_ups:
        before = conversations.of_person(chat, context.person)
    conversations.keep_question(chat, asked, _people(context, context.person), before)
    return before


def _people(context: Context, person: int | None) -> frozenset[int]:
    """`person`, and whose words are in the conversation that the message goes on with."""
    replied = context.message.reply_to_message
    at = context.service.conversations.people_at
    earlier = at(context.chat.id, replied.message_id) if replied else frozenset()
    return earlier if person is None else earlier | {person}


def _remember(context: Context, answer: Answer, sent: int | None, person: int | None) -> None:
    """Keeps what the next turn of `person` is read against, for a while."""
    conversations, chat = context.service.conversations, context.chat.id
    if sent is not None:
        conversations.keep_answer(chat, sent, _people(context, person), answer.conversation)
    if context.is_private and answer.conversation:
        conversations.keep_person(chat, person, answer.conversation)


async def _shown(context: Context, answer: Answer, reply: int) -> messages.Message:
    """The message of an answer, as the chat wants it."""
    if answer.reply in REPLIES.values():
        return await _with_example(context, answer)
    if context.settings.plain:
        return numbered_message(answer, context.texts, today=china_today())
    return answer_message(
        answer,
        context.texts,
        today=china_today(),
        kept=Kept(reply, context.service.bot.username),
    )


async def _with_example(context: Context, answer: Answer) -> messages.Message:
    """A line to small talk, and a question that might be asked: in private to be tapped."""
    content = answer_message(answer, context.texts, today=china_today())
    example = (await context.service.examples())[:1]
    if example:  # one that the posts answer is better than one that may be
        said = _EXAMPLE.sub(lambda match: "。" if match[1] == "，" else ".", content.plain)
        content = messages.text_message(said)
    if context.is_private and not context.settings.plain:
        return with_examples(content, example)
    lines = [content.plain, *(context.texts.example.format(question=each) for each in example)]
    return messages.text_message("\n".join(lines))


_EXAMPLE = re.compile(r"([，,]) ?(?:例如：|as: )\S+$")


def _refusal(context: Context, question: str) -> str | None:
    """The friendly line for what can't be asked."""
    texts = context.texts
    if not question:
        return texts.not_text if context.message.effective_attachment else texts.ask_empty
    if len(question) > LONGEST_QUESTION:
        return texts.too_long.format(length=len(question), limit=LONGEST_QUESTION)
    label = None if context.settings.plain else _button_named(question, texts)
    return texts.tap_button.format(button=label) if label else None


def _button_named(question: str, texts: Texts) -> str | None:
    """The button under an answer whose name is all that is asked, without its sign; None if there
    is none."""
    buttons = (
        *(texts.next_button, texts.previous_button, texts.all_button),
        *(texts.context_button, texts.read_button, texts.source_button, texts.share_button),
    )
    names = [_SIGNS.sub("", label) for label in buttons]
    asked = _SIGNS.sub("", simplified(question)).casefold()
    return next((name for name in names if name.casefold() == asked), None)


_SIGNS = re.compile(r"^[\W_]+|[\W_]+$")


def _plain_question(message: Message) -> str | None:
    """A person's words that end in a question mark, in a group that wants those answered."""
    text = (message.text or "").strip()
    is_talk = message.reply_to_message and not message.is_topic_message
    sender = message.from_user
    if not text.endswith(("？", "?")) or text.startswith("/") or is_talk:
        return None
    return None if sender and sender.is_bot else text


async def _on_stray_command(context: Context) -> None:
    """In private, an unknown command is a slip worth a line; one for another bot is not."""
    is_slip = re.match(r"/[^@\s]*(\s|$)", context.message.text or "")
    if context.is_private and is_slip and await context.may_use():
        await context.tell(context.texts.unknown_command)


async def on_ask(context: Context) -> None:
    """Answers what stands behind the command, however that is written."""
    await respond(context, context.argument)


async def on_start(context: Context) -> None:
    """A welcome; or, by a deep link, the question or the post it leads to."""
    link = context.argument
    if question := links.linked_question(link):
        await respond(context, question)
    elif not await context.may_use():
        return
    elif link.startswith("p_"):
        await browsing.send_linked(context, link[2:])
    else:
        await context.say(await about.welcome(context))
