"""Language, script and template of messages that answer no update: alerts and digests."""

from dataclasses import dataclass, replace

from bot.chat.access import language_for
from bot.chat.context import Context
from bot.render import message as messages
from bot.render.texts import TEXTS, Texts
from bot.storage.settings import ChatSettings


@dataclass(frozen=True, slots=True)
class Voice:
    """The words and the script of a chat, and the template of its posts, if it has one."""

    texts: Texts
    is_traditional: bool
    template: str | None = None

    def html_of(self, message: messages.Message) -> str:
        """What of a message is sent."""
        return messages.in_script(message, is_traditional=self.is_traditional).html


async def remember_language(context: Context) -> None:
    """Keeps the language in which a person asks for news: alerts and digests come in it."""
    settings = context.settings
    language = language_for(context.chat, context.user, settings)
    if context.is_private and language != (settings.spoken or "zh"):
        change = context.service.storage.store.settings.change
        await context.service.storage(change, context.chat.id, spoken=language)


def voice_of(settings: ChatSettings) -> Voice:
    """How to speak to a chat with these settings."""
    spoken = replace(settings, language=settings.language or settings.spoken)
    language = language_for(None, None, spoken)
    return Voice(TEXTS[language], language == "zh-hant", settings.template)
