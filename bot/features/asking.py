"""A question in Telegram, new or edited → the same call as the command line's, and the reply."""

import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from telegram import Message, Update
from telegram.constants import ChatType
from telegram.ext import (
    Application,
)

from bot.chat.access import person_of, texts_for
from bot.chat.addressing import question_in
from bot.chat.clock import china_today, now
from bot.chat.service import Service
from bot.features import browsing, feedback, links, review
from bot.render import message as messages
from bot.render import telegram as render
from bot.render.texts import Texts
from bot.storage.chats import ChatSettings
from corpus import chinese
from corpus.reading.posts import CHINA
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import LONGEST_QUESTION

logger = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
Handler = Callable[[Service, Update], Awaitable[None]]


async def on_message(service: Service, update: Update) -> None:
    """Whatever was written: answered if it is a question to the bot."""
    message = update.effective_message
    if message is None:
        return
    is_edit = bool(update.edited_message or update.edited_channel_post)
    if await feedback.on_reply(service, message, is_edit=is_edit):
        return
    if not is_edit and await review.on_reply(service, message):
        return
    question = question_in(message, service.bot.bot)
    settings = await service.settings(message.chat.id)
    if question is None and settings.plain_questions:
        question = _plain_question(message)
    if question is not None:
        await respond(service, message, question, settings, is_edit=is_edit)
    elif not is_edit:
        await _on_stray_command(service, message)


async def respond(
    service: Service, message: Message, question: str, settings: ChatSettings, *, is_edit: bool
) -> None:
    """Answers `question`; that of an edited message by editing the answer it had, if it had one."""
    if not await service.may_ask(message, settings):
        return
    store, texts = service.keeper.store, texts_for(message.chat, message.from_user, settings)
    earlier = None
    if is_edit:
        earlier = await service.keeper(store.reply_to, message.chat.id, message.message_id)
    refusal = _refusal(question, message, texts)
    if refusal:
        service.metrics.refused()
        answer = Answer("", confidence=0.0, passages=(), reply=refusal)
    else:
        previous = await service.shown_in(message.reply_to_message)
        limit = 1 + settings.alternatives
        answer = await service.ask(message, question, previous=previous, limit=limit)
        answer = replace(answer, passages=answer.passages[:limit])
        if service.keeps_questions and not answer.answered and answer.reply is None:
            keep = service.keeper.store.feedback.keep_unanswered
            await service.keeper(keep, question, china_today(), person_of(message))
    reply = await service.keeper(
        store.open_reply, message.chat.id, message.message_id, person_of(message), answer
    )
    today = now().astimezone(CHINA).date()
    if settings.plain:
        content = render.numbered_message(answer, texts, today=today)
    else:
        places = await service.places(answer, 0)
        content = render.answer_message(answer, texts, today=today, reply=reply, places=places)
    if chinese.is_traditional(question):
        content = messages.traditional(content)
    if earlier and earlier.message is not None:
        await service.outbox.edit(content, message.chat.id, earlier.message)
    else:
        await service.say(message, content, reply=reply)


def _refusal(question: str, message: Message, texts: Texts) -> str | None:
    """The friendly line for what can't be asked."""
    if not question:
        return texts.not_text if message.effective_attachment else texts.ask_empty
    if len(question) > LONGEST_QUESTION:
        return texts.too_long.format(length=len(question), limit=LONGEST_QUESTION)
    return None


def _plain_question(message: Message) -> str | None:
    """A person's words that end in a question mark, in a group that wants those answered."""
    text = (message.text or "").strip()
    is_talk = message.reply_to_message and not message.is_topic_message
    sender = message.from_user
    if not text.endswith(("？", "?")) or text.startswith("/") or is_talk:
        return None
    return None if sender and sender.is_bot else text


async def _on_stray_command(service: Service, message: Message) -> None:
    """In private, an unknown command is a slip worth a line; one for another bot is not."""
    is_slip = re.match(r"/[^@\s]*(\s|$)", message.text or "")
    if message.chat.type == ChatType.PRIVATE and is_slip and await service.may_use(message):
        await service.tell(message, (await service.texts(message)).unknown_command)


async def on_start(service: Service, update: Update) -> None:
    """A welcome; or, by a deep link, the question or the post it leads to."""
    message = update.effective_message
    if message is None:
        return
    link = links.argument(message)
    if question := links.linked_question(link):
        settings = await service.settings(message.chat.id)
        await respond(service, message, question, settings, is_edit=False)
    elif not await service.may_use(message):
        return
    elif link.startswith("p_"):
        await browsing.send_post(service, message, link[2:])
    else:
        texts = await service.texts(message)
        await service.tell(message, texts.welcome + "\n\n" + texts.not_advice)


# --- errors ---------------------------------------------------------------------
