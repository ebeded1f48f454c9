"""The bot's commands, and the menus that list them."""

from collections.abc import Awaitable, Callable

from telegram import (
    Bot,
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeDefault,
    Update,
)

from bot.chat.service import Service
from bot.features import review, statistics, subscriptions
from bot.features.about import on_forgetme, on_help, on_privacy
from bot.features.browsing import on_latest, on_read, on_search
from bot.features.settings import on_settings
from bot.render.texts import TEXTS, Language

COMMANDS: dict[str, Callable[[Service, Update], Awaitable[None]]] = {
    **subscriptions.COMMANDS,
    "help": on_help,
    "latest": on_latest,
    "search": on_search,
    "read": on_read,
    **statistics.COMMANDS,
    **review.COMMANDS,
    "settings": on_settings,
    "privacy": on_privacy,
    "forgetme": on_forgetme,
}


async def set_commands(bot: Bot) -> None:
    """Tells Telegram the commands of each kind of chat, in Chinese and in English.

    The menu without a language is Chinese: whoever has neither gets the corpus's own.
    """
    reading = ("ask", "latest", "search", "read", "trend", "hot", "help")
    news, own = ("watch", "watches", "digest"), ("privacy", "forgetme")
    scopes: dict[BotCommandScope, tuple[str, ...]] = {
        BotCommandScopeDefault(): ("ask", "help"),
        BotCommandScopeAllPrivateChats(): ("start", *reading, *news, "settings", *own),
        BotCommandScopeAllGroupChats(): reading,
        BotCommandScopeAllChatAdministrators(): (*reading, *news, "settings"),
    }
    menus: tuple[tuple[str | None, Language], ...] = ((None, "zh"), ("zh", "zh"), ("en", "en"))
    for scope, names in scopes.items():
        for code, language in menus:
            texts = TEXTS[language]
            commands = [BotCommand(name, getattr(texts, f"command_{name}")) for name in names]
            await bot.set_my_commands(commands, scope=scope, language_code=code)
