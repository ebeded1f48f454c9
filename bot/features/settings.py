"""`/settings`: a chat's choices and their buttons."""

from telegram import (
    Chat,
    InlineKeyboardMarkup,
)
from telegram.constants import ChatType

from bot.chat.context import Context
from bot.chat.service import Service
from bot.render import message as messages
from bot.render.callbacks import TurnSetting, button
from bot.render.texts import Texts
from bot.storage.settings import ChatSettings


async def on_settings(context: Context) -> None:
    """The settings of the chat, for its admins."""
    if await context.may_set():
        await context.say(settings_message(context.settings, context.texts, context.chat))


def settings_message(settings: ChatSettings, texts: Texts, chat: Chat) -> messages.Message:
    """The settings as buttons; a tap turns one to its next value."""
    names = {None: texts.automatic, "zh": "中文", "zh-hant": "繁體中文", "en": "English"}
    quiet = settings.quiet
    is_traditional = settings.language == "zh-hant"
    rows = [
        ("l", texts.language_button, names[settings.language]),
        ("t", texts.traditional_button, texts.on if is_traditional else texts.off),
        ("a", texts.alternatives_button, str(settings.alternatives)),
        ("p", texts.plain_button, texts.on if settings.plain else texts.off),
    ]
    is_private, is_channel = chat.type == ChatType.PRIVATE, chat.type == ChatType.CHANNEL
    if is_private:
        rows.append(("f", texts.follow_ups_button, texts.on if settings.follow_ups else texts.off))
    elif not is_channel:
        rows += [
            ("o", texts.admins_button, texts.admins if settings.admins_only else texts.everyone),
            ("q", texts.questions_button, texts.on if settings.plain_questions else texts.off),
        ]
    if not is_private:
        hours = f"{quiet[0]:02}:00–{quiet[1]:02}:00" if quiet else texts.quiet_off
        rows.append(("h", texts.quiet_button, hours))
    head = texts.settings_channel if is_channel else texts.settings_group
    head = texts.settings if is_private else head
    keyboard = [[button(label.format(value=value), TurnSetting(key))] for key, label, value in rows]
    return messages.Message(messages.text_message(head).html, InlineKeyboardMarkup(keyboard))


_CHOICES: dict[str, tuple[str, tuple[object, ...]]] = {
    "l": ("language", (None, "zh", "en")),
    "t": ("language", (None, "zh-hant")),
    "f": ("follow_ups", (True, False)),
    "a": ("alternatives", (5, 0, 1, 3)),
    "p": ("plain", (False, True)),
    "o": ("admins_only", (False, True)),
    "q": ("plain_questions", (False, True)),
    "h": ("quiet", (None, (22, 8), (0, 7), (19, 9))),
}


async def turn_setting(
    service: Service, chat: Chat, settings: ChatSettings, key: str
) -> ChatSettings:
    """Gives a setting of `chat` its next value."""
    name, choices = _CHOICES[key]
    current = getattr(settings, name)
    at = choices.index(current) if current in choices else -1
    value = choices[(at + 1) % len(choices)]
    return await service.storage(service.storage.store.settings.change, chat.id, **{name: value})
