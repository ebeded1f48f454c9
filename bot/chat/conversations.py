"""What was said and shown last, by person and by message: in memory only, and for a while."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from itertools import takewhile

from retrieval.question.conversation import Conversation

MOST = 10_000
"""Conversations that are remembered at most."""


@dataclass(frozen=True, slots=True)
class _Kept:
    since: float
    people: frozenset[int]  # whose words are in it
    conversation: Conversation


@dataclass
class Conversations:
    """The conversations of the last `seconds`. None is written to a disk or a log.

    In a private chat the last one goes on; elsewhere that of the bot's message which a question
    replies to, whoever writes it: so two people's conversations in a group never mix.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _all: dict[Hashable, _Kept] = field(default_factory=dict)

    def at_answer(self, chat: int, message: int) -> Conversation | None:
        """The conversation at the bot's message of this id."""
        return self._get((chat, "answer", message))

    def before_question(self, chat: int, message: int) -> Conversation | None:
        """The conversation of which a person's message of this id is a turn."""
        return self._get((chat, "question", message))

    def of_person(self, chat: int, person: int | None) -> Conversation | None:
        """The last conversation of a person in a private chat."""
        return self._get((chat, "person", person))

    def keep_answer(
        self, chat: int, message: int, people: frozenset[int], conversation: Conversation | None
    ) -> None:
        """Remembers the conversation at the bot's message, in which `people` have asked."""
        self._keep((chat, "answer", message), people, conversation)

    def keep_question(
        self, chat: int, message: int, people: frozenset[int], conversation: Conversation | None
    ) -> None:
        """Remembers the conversation of which a person's message is a turn."""
        self._keep((chat, "question", message), people, conversation)

    def keep_person(self, chat: int, person: int | None, conversation: Conversation | None) -> None:
        """Remembers the conversation of a person in a private chat."""
        people = frozenset() if person is None else frozenset([person])
        self._keep((chat, "person", person), people, conversation)

    def show(self, chat: int, message: int, post: str, paragraph: int) -> None:
        """The bot's message shows another story now, in answer to the same question."""
        key = (chat, "answer", message)
        if kept := self._all.get(key):
            shown = replace(kept.conversation, post=post, paragraph=paragraph)
            self._all[key] = replace(kept, conversation=shown)

    def people_at(self, chat: int, message: int) -> frozenset[int]:
        """Whose words are in the conversation at the bot's message of this id."""
        kept = self._all.get((chat, "answer", message))
        return kept.people if kept else frozenset()

    def forget(self, person: int) -> None:
        """Forgets all that a person said, also where somebody else has gone on from it."""
        self._all = {key: kept for key, kept in self._all.items() if person not in kept.people}

    def _get(self, key: Hashable) -> Conversation | None:
        self._drop_old()
        kept = self._all.get(key)
        return kept.conversation if kept else None

    def _keep(
        self, key: Hashable, people: frozenset[int], conversation: Conversation | None
    ) -> None:
        self._all.pop(key, None)
        if conversation is not None:
            self._all[key] = _Kept(self.clock(), people, conversation)
        while len(self._all) > MOST:
            del self._all[next(iter(self._all))]
        self._drop_old()

    def _drop_old(self) -> None:
        # In the order of time: who is kept anew stands last.
        least = self.clock() - self.seconds
        old = takewhile(lambda each: each[1].since <= least, self._all.items())
        for key in [key for key, _ in old]:
            del self._all[key]
