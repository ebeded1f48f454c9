"""A Telegram message → the question it puts to the bot, if it puts one.

In a private chat everything written is a question. In groups the bot is spoken
to by a mention anywhere in the text or caption, by a reply to one of its
messages, or by `/ask`; a command for another bot is never ours.
"""

from collections.abc import Iterable

from telegram import Message, MessageEntity, User
from telegram.constants import ChatType

TELEGRAM_SERVICE_BOTS = frozenset({136817688, 1087968824})
"""Channel_Bot and GroupAnonymousBot: people who write as a channel or as their group."""


def question_in(message: Message, me: User) -> str | None:
    """The question of `message`, "" where the bot is addressed without one, else None.

    `me` is the bot. `/ask` or the bot's name alone, in reply to a message, asks
    what that message says. A sticker or photo without words addresses the bot
    in private only; a service message never does.
    """
    if not is_a_persons(message, me):
        return None
    text = message.text or message.caption or ""
    is_private = message.chat.type == ChatType.PRIVATE
    if not text:
        return "" if is_private and message.effective_attachment else None
    command = _command(message)
    if command:
        name, _, target = command[1:].lower().partition("@")
        if name != "ask" or (target and target != (me.username or "").lower()):
            return None
        text = text[len(command) :]
    elif message.chat.type == ChatType.CHANNEL:
        return None
    names = _mentions(message, me)
    if not (command or names or is_private or _replies(message, me)):
        return None
    return _without(names, text) or replied_text(message, me)


def names_bot(message: Message, me: User) -> bool:
    """Whether `message` speaks to the bot by a command or by its name, and not by a reply alone."""
    return _command(message) is not None or bool(_mentions(message, me))


def said_to(message: Message, me: User) -> str | None:
    """What a text says to the bot in private, or beside its name elsewhere; None if it is for
    others, or begins with a command."""
    names = _mentions(message, me)
    is_to_bot = message.chat.type == ChatType.PRIVATE or bool(names)
    if not message.text or not is_to_bot or _command(message):
        return None
    return _without(names, message.text)


def _without(names: Iterable[str], text: str) -> str:
    """What a text says to those whom it names."""
    for name in names:
        text = text.replace(name, " ", 1)
    return text.strip()


def replied_text(message: Message, me: User) -> str:
    """What someone else's message says that this one replies to; "" if it replies to none."""
    original = message.reply_to_message
    if original is None or (original.from_user and original.from_user.id == me.id):
        return ""
    return (original.text or original.caption or "").strip()


def question_answered(message: Message, me: User) -> str:
    """The question of a `message` that was answered, so that it was one to the bot; what stands
    there as it is if it does not say so."""
    text = message.text or message.caption or ""
    return question_in(message, me) or text.strip()


def is_a_persons(message: Message, me: User) -> bool:
    """Not another bot's, not our own sent by way of inline use, not a copied channel post."""
    sender = message.from_user
    is_bot = bool(sender and sender.is_bot and sender.id not in TELEGRAM_SERVICE_BOTS)
    is_ours = bool(message.via_bot and message.via_bot.id == me.id)
    return not (is_bot or is_ours or message.is_automatic_forward)


def _command(message: Message) -> str | None:
    """The command that begins the text or caption, with its slash."""
    for entity, value in _entities(message, MessageEntity.BOT_COMMAND).items():
        if entity.offset == 0 and value.startswith("/"):
            return value
    return None


def _entities(message: Message, *types: str) -> dict[MessageEntity, str]:
    try:
        if message.text is not None:
            return message.parse_entities(list(types))
        return message.parse_caption_entities(list(types))
    except UnicodeDecodeError:  # one that cuts a character in two: none is to be believed
        return {}


def _mentions(message: Message, me: User) -> list[str]:
    """The bot's name as written, each time it is."""
    kinds = (MessageEntity.MENTION, MessageEntity.TEXT_MENTION)
    name = f"@{me.username}".lower()
    return [
        value
        for entity, value in _entities(message, *kinds).items()
        if value.lower() == name or (entity.user and entity.user.id == me.id)
    ]


def _replies(message: Message, me: User) -> bool:
    """Whether it answers one of the bot's messages.

    In a topic every message "replies" to the one that opened the topic; that
    is no address, even where the bot opened it.
    """
    original = message.reply_to_message
    return bool(
        original
        and original.from_user
        and original.from_user.id == me.id
        and original.forum_topic_created is None
    )
