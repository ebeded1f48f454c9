"""A question in Telegram, new or edited → the same call as the command line's, and the reply."""

import logging
import re
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import Any

from telegram import ChatMember, Message, Update
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    filters,
)

from bot import buttons, inline, menu, remarks, reviewing, subscribing
from bot.addressing import is_a_persons, question_in
from bot.chats import ChatSettings
from bot.delivery import Place, Postponed
from bot.manners import person_of, texts_for
from bot.render import telegram as render
from bot.service import Service, china_today, now
from bot.texts import Texts
from corpus import chinese
from corpus.reading.posts import CHINA
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import LONGEST_QUESTION

logger = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
Handler = Callable[[Service, Update], Awaitable[None]]


def register(app: App, service: Service) -> None:
    """Adds the handlers to `app`; the first that fits an update takes it."""

    def bound(handler: Handler) -> Callable[[Update, Any], Coroutine[Any, Any, None]]:
        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            await handler(service, update)

        return handle

    def persons(command: Handler) -> Handler:
        async def handle(service: Service, update: Update) -> None:
            message = update.effective_message
            if message and is_a_persons(message, service.bot.bot):
                await command(service, update)

        return handle

    new = filters.UpdateType.MESSAGE
    for name, command in menu.COMMANDS.items():
        app.add_handler(CommandHandler(name, bound(persons(command)), new))
    in_channel = filters.UpdateType.CHANNEL_POST & filters.Regex(subscribing.IN_CHANNEL)
    app.add_handler(MessageHandler(in_channel, bound(subscribing.on_channel_command)))
    app.add_handler(CommandHandler("start", bound(persons(on_start)), new))
    app.add_handler(MessageHandler(filters.StatusUpdate.MIGRATE, bound(on_migration)))
    # What is left: `/ask`, plain text, captions, stickers; and whatever was edited into them.
    written = filters.UpdateType.MESSAGES | filters.UpdateType.CHANNEL_POSTS
    app.add_handler(MessageHandler(written, bound(on_message)))
    app.add_handler(CallbackQueryHandler(bound(buttons.on_button)))
    app.add_handler(InlineQueryHandler(bound(inline.on_inline)))
    app.add_handler(ChatMemberHandler(bound(on_membership), ChatMemberHandler.MY_CHAT_MEMBER))

    async def failed(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        await on_error(service, update, context.error)

    app.add_error_handler(failed)


async def on_message(service: Service, update: Update) -> None:
    """Whatever was written: answered if it is a question to the bot."""
    message = update.effective_message
    if message is None:
        return
    is_edit = bool(update.edited_message or update.edited_channel_post)
    if await remarks.on_reply(service, message, is_edit=is_edit):
        return
    if not is_edit and await reviewing.on_reply(service, message):
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
        content = render.traditional(content)
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
    link = menu.argument(message)
    if question := menu.linked_question(link):
        settings = await service.settings(message.chat.id)
        await respond(service, message, question, settings, is_edit=False)
    elif not await service.may_use(message):
        return
    elif link.startswith("p_"):
        await menu.send_post(service, message, link[2:])
    else:
        texts = await service.texts(message)
        await service.tell(message, texts.welcome + "\n\n" + texts.not_advice)


async def on_migration(service: Service, update: Update) -> None:
    """A group has become a supergroup: what is known of it moves along."""
    message = update.effective_message
    if message is None:
        return
    store, here = service.keeper.store, message.chat.id
    if message.migrate_to_chat_id:
        await service.keeper(store.move, here, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id:
        await service.keeper(store.move, message.migrate_from_chat_id, here)


async def on_membership(service: Service, update: Update) -> None:
    """Added to a group, the bot greets once; out of a chat, it forgets it."""
    change = update.my_chat_member
    if change is None:
        return
    store, chat = service.keeper.store, change.chat
    if change.new_chat_member.status in (ChatMember.LEFT, ChatMember.BANNED):
        await service.keeper(store.leave, chat.id)
        return
    is_group = chat.type in (ChatType.GROUP, ChatType.SUPERGROUP)
    was_out = change.old_chat_member.status in (ChatMember.LEFT, ChatMember.BANNED)
    is_welcome = is_group and was_out and service.is_allowed(change.from_user, chat)
    if is_welcome and await service.keeper(store.greet, chat.id):
        texts = texts_for(chat, None, await service.settings(chat.id))
        greeting = texts.greeting.format(username=service.bot.username)
        await service.outbox.send(render.text_message(greeting), Place(chat.id, is_private=False))


# --- errors ---------------------------------------------------------------------

_EXPECTED = (
    "message is not modified",
    "query is too old",
    "message to be replied not found",
    "message to edit not found",
    "message can't be edited",
    "chat not found",
    "topic_closed",
    "not enough rights",
)


def is_expected(error: BaseException | None) -> bool:
    """Whether `error` is part of Telegram's daily life: nobody needs an apology for it."""
    if isinstance(error, (Forbidden, Postponed)):  # blocked, kicked out; or we are stopping
        return True
    return isinstance(error, BadRequest) and any(
        words in error.message.lower() for words in _EXPECTED
    )


async def on_error(service: Service, update: object, error: Exception | None) -> None:
    """Logs what went wrong, never what was asked, and apologises where that can help."""
    if error is None or is_expected(error):
        return
    service.metrics.failed()
    is_refusal = isinstance(error, BadRequest)
    if isinstance(error, TelegramError) and not is_refusal:  # a bad network, a flood
        doing = "handling an update" if update else "receiving updates"
        logger.warning("while %s: %s", doing, type(error).__name__)
        return
    logger.error("while handling an update:\n%s", outline(error))
    message = update.effective_message if isinstance(update, Update) else None
    if message is None or update.callback_query:  # type: ignore[attr-defined]
        return
    try:
        await service.tell(message, (await service.texts(message)).failed)
    except (TelegramError, Postponed) as second:
        logger.warning("the apology failed too: %s", type(second).__name__)


def outline(error: BaseException) -> str:
    """Types and stack of `error` and its causes, without their messages.

    A message may quote the value it complains of, and that may be a question.
    """
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 10:
        stack = "".join(traceback.format_tb(current.__traceback__))
        parts.append(f"{stack}{type(current).__module__}.{type(current).__qualname__}")
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\ncaused by\n".join(parts)
