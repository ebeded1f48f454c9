"""How the bot speaks in a chat in which nobody has just written."""

from dataclasses import dataclass

from bot.chat.access import language_for
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


def voice_of(settings: ChatSettings) -> Voice:
    """How to speak to a chat with these settings."""
    language = language_for(None, None, settings)
    return Voice(TEXTS[language], language == "zh-hant", settings.template)
