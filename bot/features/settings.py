"""`/settings`: a chat's choices and their buttons."""

from telegram import (
    Chat,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Update,
)
from telegram.constants import ChatType

from bot.chat.access import sender_of
from bot.chat.service import Service
from bot.render import message as messages
from bot.render.texts import Texts
from bot.storage.chats import ChatSettings


async def on_settings(service: Service, update: Update) -> None:
    """The settings of the chat, for its admins."""
    message = update.effective_message
    if message is None or not await service.may_use(message):
        return
    texts = await service.texts(message)
    if not await service.is_admin(message.chat, sender_of(message)):
        await service.tell(message, texts.settings_admins)
        return
    settings = await service.settings(message.chat.id)
    await service.say(message, settings_message(settings, texts, message.chat))


def settings_message(settings: ChatSettings, texts: Texts, chat: Chat) -> messages.Message:
    """The settings as buttons; a tap turns one to its next value."""
    names = {None: texts.automatic, "zh": "中文", "en": "English"}
    quiet = settings.quiet
    rows = [
        ("l", texts.language_button, names[settings.language]),
        ("a", texts.alternatives_button, str(settings.alternatives)),
        ("p", texts.plain_button, texts.on if settings.plain else texts.off),
    ]
    is_private = chat.type == ChatType.PRIVATE
    if not is_private:
        rows += [
            ("o", texts.admins_button, texts.admins if settings.admins_only else texts.everyone),
            ("q", texts.questions_button, texts.on if settings.plain_questions else texts.off),
            (
                "h",
                texts.quiet_button,
                f"{quiet[0]}:00–{quiet[1]}:00" if quiet else texts.quiet_off,
            ),
        ]
    head = texts.settings if is_private else texts.settings_group
    keyboard = [
        [InlineKeyboardButton(label.format(value=value), callback_data=f"s:{key}")]
        for key, label, value in rows
    ]
    return messages.Message(messages.text_message(head).html, InlineKeyboardMarkup(keyboard))


_CHOICES: dict[str, tuple[str, tuple[object, ...]]] = {
    "l": ("language", (None, "zh", "en")),
    "a": ("alternatives", (5, 0, 1, 3)),
    "p": ("plain", (False, True)),
    "o": ("admins_only", (False, True)),
    "q": ("plain_questions", (False, True)),
    "h": ("quiet", (None, (22, 8), (0, 7), (19, 9))),
}


async def turn_setting(service: Service, chat: Chat, key: str) -> ChatSettings:
    """Gives a setting of `chat` its next value."""
    name, choices = _CHOICES[key]
    current = getattr(await service.settings(chat.id), name)
    at = choices.index(current) if current in choices else -1
    value = choices[(at + 1) % len(choices)]
    return await service.keeper(service.keeper.store.change, chat.id, **{name: value})
