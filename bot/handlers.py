"""Telegram's updates → the same call as the command line's, and the reply to it."""

import asyncio
import logging
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError
from telegram.ext import Application, CommandHandler, ContextTypes, MessageHandler, filters

from bot.addressing import question_in
from bot.render import telegram as render
from bot.texts import TEXTS, Language, Texts, language_of
from corpus.posts import CHINA
from corpus.store import CorpusFacts
from retrieval.answers import LONGEST_QUESTION, Answer

Ask = Callable[[str], Answer]
"""A question → its answer; called from threads, several at once."""

Facts = Callable[[], CorpusFacts]
"""What the corpus holds at this moment."""

STALE_AFTER_DAYS = 7

logger = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]


@dataclass
class Handlers:
    """The bot's manners: who is answered, and how.

    An empty `allowed` lets everyone ask.
    """

    ask: Ask
    facts: Facts
    allowed: frozenset[int] = frozenset()
    _turned_away: set[int] = field(default_factory=set)

    def register(self, app: App) -> None:
        """Adds the handlers to `app`. Only new messages: an edit is no new question."""
        new = filters.UpdateType.MESSAGE
        app.add_handler(CommandHandler("start", self.on_start, new))
        app.add_handler(CommandHandler("help", self.on_help, new))
        # Last, as it takes whatever is left: `/ask`, a caption, plain text, a sticker.
        app.add_handler(MessageHandler(new, self.on_message))
        app.add_error_handler(on_error)

    async def on_start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A welcome and how to ask."""
        message = update.effective_message
        if message and await self._may_ask(message):
            texts = texts_for(message)
            await reply(message, render.text_message(texts.welcome + "\n\n" + texts.not_advice))

    async def on_help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """How to ask, what the corpus holds, how new it is."""
        message = update.effective_message
        if message and await self._may_ask(message):
            facts = await asyncio.to_thread(self.facts)
            text = help_text(facts, texts_for(message), context.bot.username, now=_now())
            await reply(message, render.text_message(text))

    async def on_message(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Whatever was written: answered if it is a question to the bot."""
        message = update.effective_message
        if message is None:
            return
        question = question_in(message, context.bot.bot)
        if question is None:
            await self._on_stray_command(message)
        elif await self._may_ask(message):
            await reply(message, await self._answer(question, message))

    async def _answer(self, question: str, message: Message) -> render.Message:
        texts = texts_for(message)
        if not question:
            empty = texts.not_text if message.effective_attachment else texts.ask_empty
            return render.text_message(empty)
        if len(question) > LONGEST_QUESTION:
            note = texts.too_long.format(length=len(question), limit=LONGEST_QUESTION)
            return render.text_message(note)
        answer = await asyncio.to_thread(self.ask, question)
        return render.answer_message(answer, texts, today=_now().astimezone(CHINA).date())

    async def _on_stray_command(self, message: Message) -> None:
        """In private, an unknown command is a slip worth a line; one for another bot is not."""
        text = message.text or ""
        is_slip = message.chat.type == ChatType.PRIVATE and re.match(r"/[^@\s]*(\s|$)", text)
        if is_slip and await self._may_ask(message):
            await reply(message, render.text_message(texts_for(message).unknown_command))

    async def _may_ask(self, message: Message) -> bool:
        """Whether the sender may use the bot; in private a stranger is told so, once."""
        user = message.from_user
        if not self.allowed or (user and user.id in self.allowed):
            return True
        if user and message.chat.type == ChatType.PRIVATE and user.id not in self._turned_away:
            self._turned_away.add(user.id)
            note = texts_for(message).not_allowed.format(user=user.id)
            await reply(message, render.text_message(note))
        return False


def texts_for(message: Message) -> Texts:
    """The words for a chat: in private the user's language, elsewhere Chinese."""
    user = message.from_user
    if message.chat.type == ChatType.PRIVATE and user:
        return TEXTS[language_of(user.language_code)]
    return TEXTS["zh"]


async def reply(message: Message, content: render.Message) -> None:
    """Sends `content` as a reply to `message`, in its topic if it has one.

    Where Telegram takes offence at the markup or an address, the plain text
    goes out instead: better a bare answer than none.
    """
    to = ReplyParameters(message.message_id, allow_sending_without_reply=True)
    try:
        await message.reply_html(content.html, reply_parameters=to, reply_markup=content.keyboard)
    except BadRequest as error:
        if not _is_about_markup(error):
            raise
        logger.warning("Telegram refused the markup of a reply (%s): sent as plain text", error)
        await message.reply_text(content.plain, parse_mode=None, reply_parameters=to)


def _is_about_markup(error: BadRequest) -> bool:
    words = ("can't parse entities", "url", "button")
    return any(word in error.message.lower() for word in words)


def help_text(facts: CorpusFacts, texts: Texts, username: str, *, now: datetime) -> str:
    """How to ask, what the corpus holds and how new it is, with a warning if it is old."""
    lines = [texts.help.format(username=username), ""]
    if facts.posts == 0:
        lines.append(texts.corpus_empty)
    else:
        lines.append(
            texts.corpus.format(posts=f"{facts.posts:,}", paragraphs=f"{facts.paragraphs:,}")
        )
    if facts.newest:
        newest = facts.newest.astimezone(CHINA)
        lines.append(texts.newest.format(date=texts.date.format(newest)))
        if (days := (now - facts.newest).days) > STALE_AFTER_DAYS:
            lines.append(texts.stale.format(days=days))
    return "\n".join([*lines, "", texts.not_advice])


# --- commands -------------------------------------------------------------------


async def set_commands(bot: Bot) -> None:
    """Tells Telegram the commands of each kind of chat, in Chinese and in English.

    The menu without a language is Chinese: whoever has neither gets the corpus's own.
    """
    scopes: dict[BotCommandScope, tuple[str, ...]] = {
        BotCommandScopeDefault(): ("ask", "help"),
        BotCommandScopeAllPrivateChats(): ("start", "ask", "help"),
        BotCommandScopeAllGroupChats(): ("ask", "help"),
    }
    menus: tuple[tuple[str | None, Language], ...] = ((None, "zh"), ("zh", "zh"), ("en", "en"))
    for scope, names in scopes.items():
        for code, language in menus:
            texts = TEXTS[language]
            commands = [BotCommand(name, getattr(texts, f"command_{name}")) for name in names]
            await bot.set_my_commands(commands, scope=scope, language_code=code)


# --- errors ---------------------------------------------------------------------

_EXPECTED = (
    "message is not modified",
    "query is too old",
    "message to be replied not found",
    "message to edit not found",
    "chat not found",
    "topic_closed",
    "not enough rights",
)


def is_expected(error: BaseException | None) -> bool:
    """Whether `error` is part of Telegram's daily life: nobody needs an apology for it."""
    if isinstance(error, Forbidden):  # blocked by the user, removed from the group
        return True
    return isinstance(error, BadRequest) and any(
        words in error.message.lower() for words in _EXPECTED
    )


async def on_error(update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
    """Logs what went wrong, never what was asked, and apologises where that can help."""
    error = context.error
    if error is None or is_expected(error):
        return
    if update is None and isinstance(error, TelegramError):
        logger.warning("receiving updates: %s", type(error).__name__)
        return
    logger.error("while handling an update:\n%s", outline(error))
    message = update.effective_message if isinstance(update, Update) else None
    if message is None or isinstance(error, NetworkError):
        return
    try:
        await reply(message, render.text_message(texts_for(message).failed))
    except TelegramError as second:
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


def _now() -> datetime:
    return datetime.now(timezone.utc)
