"""Access control: who may ask, how often, in which hours, in which language."""

import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from telegram import Chat, ChatMember, Message, User
from telegram.constants import ChatType
from telegram.error import BadRequest, Forbidden

from bot.render.texts import Language, language_of
from bot.storage.settings import ChatSettings

MINUTE = 60.0
ADMINS_KNOWN_FOR = 300.0
"""Seconds for which Telegram's word on who is an admin holds."""

Clock = Callable[[], float]
Member = Callable[[int, int], Awaitable[ChatMember]]
"""Chat, user → what Telegram says of the user's membership."""


@dataclass
class Rate:
    """At most `limit` questions a minute by one key; 0 is no limit."""

    limit: int
    clock: Clock = time.monotonic
    _times: dict[int, deque[float]] = field(default_factory=dict)
    _noticed: dict[int, float] = field(default_factory=dict)

    def is_full(self, key: int) -> bool:
        """Whether one more question would be too many."""
        times, now = self._times.get(key, deque()), self.clock()
        while times and now - times[0] >= MINUTE:
            times.popleft()
        return bool(self.limit) and len(times) >= self.limit

    def count(self, key: int) -> None:
        """Counts a question."""
        now = self.clock()
        if len(self._times) > 10_000:
            self._times = {k: t for k, t in self._times.items() if t and now - t[-1] < MINUTE}
        if self.limit:
            self._times.setdefault(key, deque()).append(now)

    def admits(self, key: int) -> bool:
        """Whether one more is within the limit; it is counted then."""
        if self.is_full(key):
            return False
        self.count(key)
        return True

    def notices(self, key: int) -> bool:
        """Whether to say so: once a minute."""
        now = self.clock()
        if now - self._noticed.get(key, -MINUTE) < MINUTE:
            return False
        if len(self._noticed) > 10_000:
            self._noticed = {k: t for k, t in self._noticed.items() if now - t < MINUTE}
        self._noticed[key] = now
        return True


@dataclass
class Admins:
    """Who is an admin of a chat, as Telegram says, remembered for a while."""

    clock: Clock = time.monotonic
    _known: dict[tuple[int, int], tuple[float, bool]] = field(default_factory=dict)

    async def include(self, chat: Chat, sender: User | Chat | None, member: Member) -> bool:
        """Whether `sender` is an admin of `chat`; one who writes as the chat itself is.

        `member` asks Telegram.
        """
        if sender is None:
            return False
        if chat.type == ChatType.PRIVATE or sender.id == chat.id:
            return True
        now = self.clock()
        at, is_admin = self._known.get((chat.id, sender.id), (-ADMINS_KNOWN_FOR, False))
        if now - at < ADMINS_KNOWN_FOR:
            return is_admin
        try:
            status = (await member(chat.id, sender.id)).status
        except (BadRequest, Forbidden):
            return False
        is_admin = status in (ChatMember.OWNER, ChatMember.ADMINISTRATOR)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[chat.id, sender.id] = now, is_admin
        return is_admin


def sender_of(message: Message) -> User | Chat | None:
    """Who wrote it: for an anonymous admin the group, in a channel the channel, else the user."""
    return message.sender_chat or message.from_user


def person_of(message: Message) -> int | None:
    """The id of the person who wrote it; None for an anonymous admin, a group or a channel."""
    return message.from_user.id if message.from_user and not message.sender_chat else None


def language_for(chat: Chat | None, user: User | None, settings: ChatSettings) -> Language:
    """The language of a chat: as set, else in private the user's, elsewhere Chinese.

    Without a chat and a user, as where nobody has just written, as set, else Chinese.
    """
    if settings.language in ("zh", "zh-hant", "en"):
        return cast(Language, settings.language)
    if chat and chat.type == ChatType.PRIVATE and user:
        return language_of(user.language_code)
    return "zh"


def is_quiet(quiet: tuple[int, int] | None, now: datetime) -> bool:
    """Whether the hour of `now` is within `quiet`, (first, last + 1), over midnight too."""
    if quiet is None:
        return False
    first, end = quiet
    if first <= end:
        return first <= now.hour < end
    return now.hour >= first or now.hour < end
