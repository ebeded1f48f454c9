"""What all handlers share: the corpus, the bot's tables, the outbox, the rate limits."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from telegram import Bot, Chat, ChatMember, Message, User
from telegram.constants import ChatType

from bot.chat.access import Admins, Rate, is_quiet
from bot.chat.conversations import Conversations
from bot.clock import china_today, now
from bot.delivery.destination import Destination
from bot.delivery.metrics import Metrics
from bot.delivery.outbox import Outbox
from bot.storage.settings import ChatSettings
from bot.storage.thread import StorageThread
from corpus.reading.posts import CHINA
from corpus.store.values import Filters
from retrieval.answering.answer import Answer, Shown
from retrieval.engine.library import Library
from retrieval.question.conversation import Conversation

T = TypeVar("T")

TYPING_AFTER = 0.8
"""Seconds of search after which the chat is shown that the bot is at work."""

SEARCHING = 2
"""Threads that search: Python runs one at a time, and more of them keep the bot's own waiting."""

MOST_QUEUED = 8
"""How many works that take seconds may wait."""

_TYPING_LASTS = 4.5
_CONVERSATION = 1800.0  # seconds
_EXAMPLES_LAST = 3600.0  # seconds
_ADMINS_WITHIN = 5.0  # seconds in which Telegram says who is an admin: its chat waits


@dataclass
class Service:
    """The parts that handlers share. An empty `allowed` lets everyone ask.

    The rates limit, a minute each: the questions of one person (`by_user`), those in one group or
    channel (`by_chat`), the taps in one private chat (`taps`), one person's inline queries
    (`typed`). `operators` may use `/stats` and `/review`. `counts_subjects` says whether `/hot` is
    there, `keeps_questions` whether questions without a good answer are kept for the operators.
    `traditional_menus` are the private chats that were given a menu in Traditional Chinese,
    `albums` the last ones that came in each chat.
    """

    bot: Bot
    library: Library
    storage: StorageThread
    outbox: Outbox
    metrics: Metrics
    allowed: frozenset[int] = frozenset()
    by_user: Rate = field(default_factory=lambda: Rate(0))
    by_chat: Rate = field(default_factory=lambda: Rate(0))
    taps: Rate = field(default_factory=lambda: Rate(0))
    typed: Rate = field(default_factory=lambda: Rate(0))
    admins: Admins = field(default_factory=Admins)
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)
    operators: frozenset[int] = frozenset()
    counts_subjects: bool = True
    keeps_questions: bool = False
    traditional_menus: set[int] = field(default_factory=set)
    albums: dict[int, str] = field(default_factory=dict)
    conversations: Conversations = field(default_factory=lambda: Conversations(_CONVERSATION))
    _examples: tuple[float, Sequence[str]] | None = None
    _finding: asyncio.Lock = field(default_factory=asyncio.Lock)
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(SEARCHING, "search")
    )
    _queued: int = 0
    _turned_away: set[int] = field(default_factory=set)

    async def settings(self, chat: int) -> ChatSettings:
        """What the chat wants."""
        return await self.storage(self.storage.store.settings.of, chat)

    async def ask(
        self,
        destination: Destination,
        question: str,
        *,
        person: int | None,
        limit: int,
        previous: Conversation | None = None,
        filters: Filters | None = None,
    ) -> Answer:
        """The answer, searched for in a thread; a chat that waits sees "typing".

        A question is counted, and its person among those who ask of its subjects.
        """
        asker = person if self.counts_subjects else None

        asked = time.monotonic()

        def search() -> tuple[Answer, Sequence[str]]:
            answer = self.library.ask(
                question, previous=previous, limit=limit, filters=filters, asked=asked
            )
            is_counted = asker is not None and answer.reply is None
            return answer, self.library.subjects(question) if is_counted else ()

        answer, subjects = await self.typing(destination, self.search(search))
        seconds = time.monotonic() - asked
        self.metrics.searched(seconds, answered=answer.answered)
        if answer.reply is None:
            searched, today = self.storage.store.usage.searched, china_today()
            await self.storage(
                searched, today, seconds, answered=answer.answered, person=asker, subjects=subjects
            )
        return answer

    async def search(self, work: Callable[[], T]) -> T:
        """The result of `work` of some milliseconds, done in a thread, in the order of asking."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Ends the threads that search."""
        self._threads.shutdown()

    async def typing(self, destination: Destination, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`; while it lasts, the chat of `destination` sees "typing"."""
        task, wait = asyncio.ensure_future(work), TYPING_AFTER
        while not (await asyncio.wait({task}, timeout=wait))[0]:
            wait = _TYPING_LASTS
            await self.outbox.type(destination)
        return await task

    async def examples(self) -> Sequence[str]:
        """A few questions that the corpus answers, looked for once an hour."""
        async with self._finding:
            known = self._examples
            if known is None or time.monotonic() - known[0] > _EXAMPLES_LAST:
                found = await self.search(self.library.examples)
                self._examples = known = time.monotonic(), found
            return known[1]

    async def in_turn(self, destination: Destination, work: Callable[[], T]) -> T | None:
        """The result of `work`, which takes seconds, done in a thread, one at a time: the other
        threads are for questions. None if `MOST_QUEUED` wait already."""
        if self._queued >= MOST_QUEUED:
            return None

        async def turn() -> T:
            async with self.counting:
                return await asyncio.to_thread(work)

        self._queued += 1
        try:
            return await self.typing(destination, turn())
        finally:
            self._queued -= 1

    async def shown_in(self, message: Message | None) -> Shown | None:
        """The story shown in the bot's `message`: what a follow-up leans on, what is read on."""
        if message is None:
            return None
        store = self.storage.store
        return await self.storage(store.replies.shown, message.chat.id, message.message_id)

    # --- who may --------------------------------------------------------------------

    def is_allowed(self, *who: User | Chat | None) -> bool:
        """Whether one of these people and chats may use the bot."""
        return not self.allowed or any(one and one.id in self.allowed for one in who)

    async def is_admin(self, chat: Chat, sender: User | Chat | None) -> bool:
        """Whether `sender` is an admin of `chat`."""

        async def member(chat: int, user: int) -> ChatMember:
            return await self.outbox.insist(
                "getChatMember",
                lambda: self.bot.get_chat_member(chat, user, read_timeout=_ADMINS_WITHIN),
            )

        return await self.admins.include(chat, sender, member)

    def rate_exceeded(self, person: int | None, chat: Chat) -> tuple[Rate, int] | None:
        """The rate, and whose, that a person or a group has reached; None if neither has, and one
        more is counted then. Operators have none of their own."""
        rates = []
        if person is not None and person not in self.operators:
            rates.append((self.by_user, person))
        if chat.type != ChatType.PRIVATE:
            rates.append((self.by_chat, chat.id))
        for rate, key in rates:
            if rate.is_full(key):
                return rate, key
        for rate, key in rates:
            rate.count(key)
        return None

    def is_first_refusal(self, user: int) -> bool:
        """Whether a stranger has not been turned away before; they are noted then."""
        if user in self._turned_away:
            return False
        if len(self._turned_away) > 10_000:
            self._turned_away.clear()
        self._turned_away.add(user)
        return True

    def may_tap(self, chat: Chat, person: int) -> bool:
        """Whether a tap on a button is to be followed: in a group it costs what a question does."""
        if chat.type != ChatType.PRIVATE:
            return self.by_chat.admits(chat.id)
        return person in self.operators or self.taps.admits(person)


def destination_of(message: Message) -> Destination:
    """Where a reply to `message` goes. Only a topic's thread may be named."""
    thread = message.message_thread_id if message.is_topic_message else None
    is_private = message.chat.type == ChatType.PRIVATE
    return Destination(message.chat.id, is_private, thread, message.message_id)


def is_quiet_now(settings: ChatSettings) -> bool:
    """Whether these are hours in which the chat wants none of the bot's messages."""
    return is_quiet(settings.quiet, now().astimezone(CHINA))
