"""What was said and shown last, by person and by message: in memory only, and for a while."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from retrieval.question.conversation import Conversation

MOST = 10_000
"""Conversations that are remembered at most."""


@dataclass
class Conversations:
    """The conversations of the last `seconds`. None is written to a disk or a log.

    In a private chat the last one goes on; elsewhere that of the bot's message which a question
    replies to.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _kept: dict[Hashable, tuple[float, int | None, Conversation]] = field(default_factory=dict)

    def of_message(self, chat: int, message: int) -> Conversation | None:
        """The conversation at the bot's answer, or before a person's question, of this id."""
        return self._get((chat, message))

    def of_person(self, chat: int, person: int | None) -> Conversation | None:
        """The last conversation of a person in a private chat."""
        return self._get((chat, "last", person))

    def keep_message(
        self, chat: int, message: int, person: int | None, conversation: Conversation | None
    ) -> None:
        """Remembers the conversation of a message."""
        self._keep((chat, message), person, conversation)

    def keep_person(self, chat: int, person: int | None, conversation: Conversation | None) -> None:
        """Remembers the conversation of a person in a private chat."""
        self._keep((chat, "last", person), person, conversation)

    def forget(self, person: int) -> None:
        """Forgets all that a person said."""
        self._kept = {key: kept for key, kept in self._kept.items() if kept[1] != person}

    def _get(self, key: Hashable) -> Conversation | None:
        self._drop_old()
        kept = self._kept.get(key)
        return kept[2] if kept else None

    def _keep(self, key: Hashable, person: int | None, conversation: Conversation | None) -> None:
        self._kept.pop(key, None)
        if conversation is not None:
            self._kept[key] = self.clock(), person, conversation
        while len(self._kept) > MOST:
            del self._kept[next(iter(self._kept))]
        self._drop_old()

    def _drop_old(self) -> None:
        # In the order of time: who is kept anew stands last.
        least = self.clock() - self.seconds
        for key in list(self._kept):
            if self._kept[key][0] > least:
                break
            del self._kept[key]
