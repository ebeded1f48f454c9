"""The bot's commands, and the menus that list them."""

import contextlib
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
    Message,
)
from telegram.error import BadRequest, TelegramError
from telegram.ext import filters

from bot.chat.addressing import said_to
from bot.chat.context import Context
from bot.chat.service import Service
from bot.features import digests, feedback, review, statistics, subscriptions
from bot.features.about import on_forgetme, on_help, on_privacy
from bot.features.asking import Handler, on_ask, on_start
from bot.features.browsing import on_categories, on_latest, on_read, on_search
from bot.features.settings import on_settings
from bot.render.texts import TEXTS, Language, Texts
from bot.render.traditional import in_traditional
from corpus.chinese import simplified

COMMANDS: dict[str, Handler] = {
    **subscriptions.COMMANDS,
    **digests.COMMANDS,
    "help": on_help,
    "latest": on_latest,
    "search": on_search,
    "categories": on_categories,
    "read": on_read,
    **statistics.COMMANDS,
    **review.COMMANDS,
    "settings": on_settings,
    "privacy": on_privacy,
    "forgetme": on_forgetme,
}


TYPED: dict[str, Handler] = {**COMMANDS, "start": on_start, "ask": on_ask}
"""Those that may be typed in private in any way."""

CHANNEL_COMMANDS = {
    *("start", "watch", "watches", "digest", "template"),
    *("latest", "search", "categories", "read", "settings", "help"),
}
"""Those that may be posted in a channel, where whoever may post is its admin."""

CHINESE_NAMES = {
    "开始": "start",
    "问": "ask",
    "提问": "ask",
    "最新": "latest",
    "最新报道": "latest",
    "搜索": "search",
    "分类": "categories",
    "全文": "read",
    "关注": "watch",
    "订阅": "watch",
    "摘要": "digest",
    "样式": "template",
    "趋势": "trend",
    "热门": "hot",
    "设置": "settings",
    "隐私": "privacy",
    "帮助": "help",
    "菜单": "help",
    "功能": "help",
    "说明": "help",
    "使用说明": "help",
    "取消": "watches",
    "取消关注": "watches",
    "取消订阅": "watches",
    "我的关注": "watches",
    "我的订阅": "watches",
    "退订": "watches",
    "停止": "watches",
    "stop": "watches",
}
"""What people type for a command, which Telegram takes for one only in Latin letters."""


_ALONE = frozenset(CHINESE_NAMES.values()) - {"ask", "read", "trend"}
"""Those that make sense by their name alone."""

_WITH_WORDS = frozenset(("ask", "search", "watch", "digest", "trend"))
"""Those that are meant by their name before a space: a question seldom begins so."""


def named(word: str) -> str:
    """The command that a typed word means: with a full-width slash, too, or in Chinese.

    >>> named("／Latest@taxnews_bot"), named("/關注")
    ('latest', 'watch')
    """
    name = simplified(unicodedata.normalize("NFKC", word)).lower().partition("@")[0].lstrip("/")
    return CHINESE_NAMES.get(name, name)


def command_in(question: str) -> str | None:
    """The command that a question to the bot is: the name of one alone, or before what it is for.

    >>> [command_in(said) for said in ("帮助", "訂閱 留抵退税", "最新 政策", "订阅号是什么")]
    ['help', 'watch', None, None]
    """
    first, *others = question.split(maxsplit=1) or [""]
    name = named(first)
    known = _WITH_WORDS if others else _ALONE
    return name if name in known and not first.startswith(_SLASHES) else None


class Typed(filters.MessageFilter):
    """Posts and messages that begin with a command, however it is written."""

    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self._names = names

    def filter(self, message: Message) -> bool:
        """Whether it is for one of the commands."""
        first = ((message.text or "").split(maxsplit=1) or [""])[0]
        return first.startswith(_SLASHES) and named(first) in self._names


class Named(filters.MessageFilter):
    """What is said to the bot, in private or beside its name, and is a command without a slash."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service

    def filter(self, message: Message) -> bool:
        """Whether it is one."""
        return command_in(said_to(message, self._service.bot.bot) or "") is not None


_SLASHES = ("/", "／")


_READING = ("ask", "latest", "search", "categories", "read", "trend", "hot", "help")
_NEWS, _OWN = ("watch", "watches", "digest", "template"), ("privacy", "forgetme")
_OPERATING = ("stats", "review", "unanswered")
_IN_PRIVATE = ("start", *_READING, *_NEWS, "settings", *_OWN)


async def on_typed(context: Context) -> None:
    """A command as a post in a channel, or as Telegram takes it for none."""
    word = (context.message.text or "").split(maxsplit=1)[0]
    target = word.partition("@")[2].lower()
    if not target or target == context.service.bot.username.lower():
        await TYPED[named(word)](context)


async def on_named(context: Context) -> None:
    """A command by what it is called, without a slash; what was asked for, a remark or words of
    `/review`, may begin like one."""
    if await feedback.on_reply(context) or await review.on_reply(context):
        return
    said = said_to(context.message, context.service.bot.bot) or ""
    if name := command_in(said):
        await TYPED[name](replace(context, said=said))


async def set_commands(bot: Bot, operators: Collection[int]) -> None:
    """Tells Telegram the commands of each kind of chat, in Chinese and in English, and of the
    private chats of `operators`, who have more.

    The menu without a language is Chinese: whoever has neither gets the corpus's own.
    """
    scopes: dict[BotCommandScope, tuple[str, ...]] = {
        BotCommandScopeDefault(): ("ask", "help"),
        BotCommandScopeAllPrivateChats(): _IN_PRIVATE,
        BotCommandScopeAllGroupChats(): _READING,
        BotCommandScopeAllChatAdministrators(): (*_READING, *_NEWS, "settings"),
    }
    for scope, names in scopes.items():
        await _set_menus(bot, scope, names)
    for operator in operators:
        with contextlib.suppress(BadRequest):  # who has not written to the bot has no chat yet
            await _set_menus(bot, BotCommandScopeChat(operator), (*_IN_PRIVATE, *_OPERATING))


_LANGUAGES: tuple[tuple[str | None, Language], ...] = ((None, "zh"), ("zh", "zh"), ("en", "en"))
"""Telegram's codes of the languages of menus, and ours."""


async def _set_menus(bot: Bot, scope: BotCommandScope, names: Sequence[str]) -> None:
    for code, language in _LANGUAGES:
        commands = _menu(names, TEXTS[language])
        await bot.set_my_commands(commands, scope=scope, language_code=code)


async def set_descriptions(bot: Bot) -> None:
    """Tells Telegram what a chat shows before it begins, and the bot's page."""
    for code, language in _LANGUAGES:
        texts = TEXTS[language]
        await bot.set_my_description(texts.description, language_code=code)
        await bot.set_my_short_description(texts.short_description, language_code=code)


async def offer_menu(context: Context) -> None:
    """Gives a private chat a menu in Traditional Chinese, once: Telegram tells languages apart,
    but not scripts. A failure is no reason not to answer."""
    known, chat = context.service.traditional_menus, context.chat.id
    if not context.is_private or not context.speaks_traditional or chat in known:
        return
    if len(known) > 10_000:
        known.clear()
    known.add(chat)
    operating = _OPERATING if chat in context.service.operators else ()
    commands = [
        BotCommand(command.command, in_traditional(command.description))
        for command in _menu((*_IN_PRIVATE, *operating), context.texts)
    ]
    try:
        await context.service.bot.set_my_commands(commands, scope=BotCommandScopeChat(chat))
    except TelegramError:
        known.discard(chat)


def _menu(names: Sequence[str], texts: Texts) -> list[BotCommand]:
    return [BotCommand(name, getattr(texts, f"command_{name}")) for name in names]
