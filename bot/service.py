"""What every handler works with: the corpus, the memory of the chats, the way out, the manners."""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timezone

from telegram import Bot, Chat, Message, User
from telegram.constants import ChatType

from bot.chats import ChatSettings
from bot.delivery import Keeper, Outbox, Place
from bot.library import Library
from bot.manners import Admins, Rate, is_quiet, sender_of, texts_for
from bot.metrics import Metrics
from bot.render import telegram as render
from bot.texts import Texts
from corpus.posts import CHINA
from corpus.store import Filters
from retrieval.answers import Answer, Shown

TYPING_AFTER = 0.8
"""Seconds of search after which the chat is shown that the bot is at work."""

_TYPING_LASTS = 4.5


@dataclass
class Service:
    """The parts that handlers share. An empty `allowed` lets everyone ask."""

    bot: Bot
    library: Library
    keeper: Keeper
    outbox: Outbox
    metrics: Metrics
    allowed: frozenset[int] = frozenset()
    by_user: Rate = field(default_factory=lambda: Rate(0))
    by_chat: Rate = field(default_factory=lambda: Rate(0))
    admins: Admins = field(default_factory=Admins)
    _turned_away: set[int] = field(default_factory=set)

    async def settings(self, chat: int) -> ChatSettings:
        """What the chat wants."""
        return await self.keeper(self.keeper.store.settings, chat)

    async def texts(self, message: Message) -> Texts:
        """The words for the chat of `message`."""
        settings = await self.settings(message.chat.id)
        return texts_for(message.chat, message.from_user, settings)

    async def say(
        self, message: Message, content: render.Message, *, reply: int | None = None
    ) -> None:
        """Sends `content` as a reply to `message`, in its topic if it has one."""
        await self.outbox.send(content, place_of(message), reply=reply)

    async def tell(self, message: Message, text: str) -> None:
        """Replies to `message` with plain text."""
        await self.say(message, render.text_message(text))

    async def ask(
        self,
        message: Message,
        question: str,
        *,
        previous: Shown | None = None,
        limit: int,
        filters: Filters | None = None,
    ) -> Answer:
        """The answer, searched for in a thread; a chat that waits sees "typing"."""
        started = time.perf_counter()
        search = asyncio.ensure_future(
            asyncio.to_thread(
                self.library.ask,
                question,
                previous=previous,
                limit=limit,
                filters=filters,
            )
        )
        wait = TYPING_AFTER
        while not (await asyncio.wait({search}, timeout=wait))[0]:
            wait = _TYPING_LASTS
            await self.outbox.type(place_of(message))
        answer = await search
        self.metrics.searched(time.perf_counter() - started, answered=answer.answered)
        return answer

    async def shown_in(self, message: Message | None) -> Shown | None:
        """The story shown in the bot's `message`: what a follow-up leans on, what is read on."""
        if message is None:
            return None
        store = self.keeper.store
        return await self.keeper(store.shown, message.chat.id, message.message_id)

    # --- who may --------------------------------------------------------------------

    def is_allowed(self, *who: User | Chat | None) -> bool:
        """Whether one of these people and chats may use the bot."""
        return not self.allowed or any(one and one.id in self.allowed for one in who)

    async def may_use(self, message: Message) -> bool:
        """Whether the sender may use the bot; in private a stranger is told so, once."""
        user = message.from_user
        if self.is_allowed(user, message.chat):
            return True
        if user and message.chat.type == ChatType.PRIVATE and user.id not in self._turned_away:
            self._turned_away.add(user.id)
            texts = await self.texts(message)
            await self.tell(message, texts.not_allowed.format(user=user.id))
        return False

    async def may_ask(self, message: Message, settings: ChatSettings) -> bool:
        """Whether a question is to be answered: by leave of the operator, the chat, the rates."""
        if not await self.may_use(message) or is_quiet_now(settings):
            return False
        sender, chat = sender_of(message), message.chat
        if settings.admins_only and not await self.admins.include(self.bot, chat, sender):
            return False
        texts = texts_for(chat, message.from_user, settings)
        rates = [(self.by_user, sender.id, texts.too_many)] if isinstance(sender, User) else []
        if chat.type != ChatType.PRIVATE:
            rates.append((self.by_chat, chat.id, texts.too_many_chat))
        for rate, key, notice in rates:
            if rate.is_full(key):
                self.metrics.refused()
                if rate.notices(key):
                    await self.tell(message, notice)
                return False
        for rate, key, _ in rates:
            rate.count(key)
        return True


def place_of(message: Message) -> Place:
    """Where a reply to `message` goes. Only a topic's thread may be named."""
    thread = message.message_thread_id if message.is_topic_message else None
    is_private = message.chat.type == ChatType.PRIVATE
    return Place(message.chat.id, is_private, thread, message.message_id)


def is_quiet_now(settings: ChatSettings) -> bool:
    """Whether these are hours in which the chat wants none of the bot's messages."""
    return is_quiet(settings.quiet, now().astimezone(CHINA))


def now() -> datetime:
    """This moment."""
    return datetime.now(timezone.utc)
