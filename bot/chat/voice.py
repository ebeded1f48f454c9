"""In which words and script the bot speaks to a chat."""

from dataclasses import dataclass, replace

from telegram import Chat, User

from bot.chat.access import language_for
from bot.render.message import Message, text_message, traditional
from bot.render.texts import TEXTS, Texts
from bot.storage.settings import ChatSettings


@dataclass(frozen=True, slots=True)
class Voice:
    """The words of a language, whether they are written in Traditional Chinese, and the template
    of the posts that are sent, if there is one."""

    texts: Texts
    is_traditional: bool
    template: str | None = None

    def written(self, message: Message) -> Message:
        """`message` in the script of the voice."""
        return traditional(message) if self.is_traditional else message

    def plain(self, text: str) -> str:
        """The same of plain text."""
        return self.written(text_message(text)).plain


def voice_for(chat: Chat | None, user: User | None, settings: ChatSettings) -> Voice:
    """How to speak to a user in a chat with these settings."""
    language = language_for(chat, user, settings)
    return Voice(TEXTS[language], language == "zh-hant", settings.template)


def voice_of(settings: ChatSettings) -> Voice:
    """The same where nobody has just written, as in alerts and digests."""
    return voice_for(None, None, replace(settings, language=settings.language or settings.spoken))
