"""Where a message goes: chat, topic, and the message it replies to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes: a chat, a topic of it, the message it replies to."""

    chat: int
    is_private: bool
    thread: int | None = None
    to: int | None = None
