"""One update on its way: its chat, settings, language and destination, read once and handed on."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from telegram import Chat, Message, Update, User
from telegram.constants import ChatType

from bot.chat.access import language_for, person_of, sender_of
from bot.chat.service import Service, destination_of, is_quiet_now
from bot.chat.voice import Voice, voice_for
from bot.clock import now
from bot.delivery.destination import Destination
from bot.render import message as messages
from bot.render.texts import Texts
from bot.storage.settings import ChatSettings
from bot.storage.subscription_values import Audience
from corpus import chinese
from retrieval.answering.answer import Answer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """What a handler knows of the message it handles, or of the message whose button was tapped.

    `user` is who wrote or tapped, None in channels. All that is sent is in the script of `voice`.
    `said` is the command and what is behind it, where the message begins otherwise.
    """

    service: Service
    message: Message
    user: User | None
    settings: ChatSettings
    voice: Voice
    is_edit: bool = False
    said: str | None = None

    @property
    def texts(self) -> Texts:
        """The words of the voice."""
        return self.voice.texts

    @property
    def chat(self) -> Chat:
        """The chat that the message is in."""
        return self.message.chat

    @property
    def is_private(self) -> bool:
        """Whether nobody else is in the chat."""
        return self.chat.type == ChatType.PRIVATE

    @property
    def speaks_traditional(self) -> bool:
        """Whether the chat's language is Traditional Chinese, whatever is asked."""
        return language_for(self.chat, self.user, self.settings) == "zh-hant"

    @property
    def person(self) -> int | None:
        """The id of the person who wrote; None for an anonymous admin, a group or a channel."""
        return person_of(self.message)

    @property
    def destination(self) -> Destination:
        """Where replies go."""
        return destination_of(self.message)

    @property
    def audience(self) -> Audience:
        """Where what the message asks for is to be sent, now or later."""
        return Audience(self.chat.id, self.destination.thread or 0, self.is_private)

    @property
    def argument(self) -> str:
        """What stands behind the command."""
        words = (self.said or self.message.text or "").split(maxsplit=1)
        return words[1].strip() if len(words) > 1 else ""

    def answering(self, text: str) -> "Context":
        """The same for answering `text`: in Traditional Chinese if that is."""
        if self.voice.is_traditional or not chinese.is_traditional(text):
            return self
        return replace(self, voice=replace(self.voice, is_traditional=True))

    def with_settings(self, settings: ChatSettings) -> "Context":
        """The same after a change of the chat's settings."""
        return replace(self, settings=settings, voice=voice_for(self.chat, self.user, settings))

    async def remember_language(self) -> None:
        """Keeps the language in which a person asks for news: alerts and digests come in it."""
        language = language_for(self.chat, self.user, self.settings)
        if self.is_private and language != (self.settings.spoken or "zh"):
            storage = self.service.storage
            await storage(storage.store.settings.change, self.chat.id, spoken=language)

    # --- what is said ----------------------------------------------------------------

    async def say(
        self, content: messages.Message, *, part: str = "reply", reply: int | None = None
    ) -> int | None:
        """Sends `content` as a reply to the message, in its topic if it has one; its id there.

        `part` names it among what the update leads to, `reply` is the record that gets its id.
        """
        send = self.service.outbox.send
        return await send(self.voice.written(content), self.destination, part=part, reply=reply)

    async def tell(self, text: str, *, part: str = "reply") -> None:
        """Replies with plain text."""
        await self.say(messages.text_message(text), part=part)

    async def keep(self, answer: Answer) -> int:
        """Keeps an answer to the message, for the buttons under it; the number of its record."""
        storage = self.service.storage
        open_, asked = storage.store.replies.open, self.message.message_id
        return await storage(open_, self.chat.id, asked, self.person, answer)

    async def edit(self, content: messages.Message, message: int) -> None:
        """Edits one of the bot's messages in the chat."""
        await self.service.outbox.edit(self.voice.written(content), self.chat.id, message)

    async def in_turn(self, work: Callable[[], T]) -> T | None:
        """The result of `work`, which takes seconds; None if too much is waiting already."""
        return await self.service.in_turn(self.destination, work)

    # --- who may -----------------------------------------------------------------------

    async def is_admin(self) -> bool:
        """Whether who wrote is an admin of the chat."""
        return await self.service.is_admin(self.chat, sender_of(self.message))

    async def may_use(self) -> bool:
        """Whether a command is to be followed: by leave of the operator and of the rates."""
        return await self._is_welcome() and await self.is_within_rates()

    async def may_ask(self) -> bool:
        """Whether a question is to be answered: by leave of the operator, the chat, the rates."""
        if not await self._is_welcome() or is_quiet_now(self.settings):
            return False
        if self.settings.admins_only and not await self.is_admin():
            return False
        return await self.is_within_rates()

    async def may_set(self) -> bool:
        """Whether the sender may decide for the chat; whoever may not gets a line that says so."""
        if not await self.may_use():
            return False
        if await self.is_admin():
            return True
        await self.tell(self.texts.settings_admins)
        return False

    async def is_within_rates(self) -> bool:
        """Whether sender and chat are within their rates; the first refusal says so."""
        service = self.service
        exceeded = service.rate_exceeded(self.person, self.chat)
        if exceeded is None:
            return True
        rate, key = exceeded
        service.metrics.refused()
        if rate.notices(key):
            is_own = rate is service.by_user
            await self.tell(self.texts.too_many if is_own else self.texts.too_many_chat)
        return False

    async def _is_welcome(self) -> bool:
        """Whether the operator lets the sender in; a stranger in private gets a refusal, once."""
        user = self.message.from_user
        if self.service.is_allowed(user, self.chat):
            return True
        if user and self.is_private and self.service.is_first_refusal(user.id):
            await self.tell(self.texts.not_allowed.format(user=user.id))
        return False


async def context_of(service: Service, update: Update) -> Context | None:
    """What is known of an update with a message; None for one without."""
    query = update.callback_query
    message = query.message if query else update.effective_message
    if message is None:
        return None
    if not isinstance(message, Message):  # too old for Telegram to give its content
        message = Message(message.message_id, now(), message.chat)
    user = query.from_user if query else message.from_user
    settings = await service.settings(message.chat.id)
    voice = voice_for(message.chat, user, settings)
    is_edit = bool(update.edited_message or update.edited_channel_post)
    return Context(service, message, user, settings, voice, is_edit)
