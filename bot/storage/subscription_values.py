"""What the tables of saved queries, alerts and digests hold, as values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from retrieval.answering.answer import Passage


@dataclass(frozen=True, slots=True)
class Audience:
    """A chat, or a topic of one (`thread` 0: the chat itself)."""

    chat: int
    thread: int
    is_private: bool

    @classmethod
    def of(cls, row: dict[str, Any]) -> "Audience":
        """The audience of a row with the columns `chat`, `thread` and `private`."""
        return cls(row["chat"], row["thread"], bool(row["private"]))

    @property
    def columns(self) -> tuple[int, int, bool]:
        """The values of these columns."""
        return self.chat, self.thread, self.is_private

    @property
    def key(self) -> tuple[int, int]:
        """The values of `chat` and `thread`, by which rows are found."""
        return self.chat, self.thread


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A saved query; `created` is ISO 8601 in UTC."""

    id: int
    audience: Audience
    query: str
    created: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A query whose preview was shown, and the saved one that it would replace."""

    audience: Audience
    query: str
    replaces: str | None


@dataclass(frozen=True, slots=True)
class Alert:
    """A post that a chat waits for: its passage, and the query that it answers.

    `dispatch` is its message, None as long as there is none. `event` is the alert that first
    reported the event, None if this one did; `is_update`: it reports a new stage of the event.
    `marks` are those of the post, as JSON. `copy_of` is the alert whose passage is nearly the same,
    which this one stands for if the chat never gets that.
    """

    id: int
    audience: Audience
    post: str
    query: str
    passage: Passage
    created: str
    dispatch: int | None
    event: int | None = None
    is_update: bool = False
    marks: dict[str, Any] | None = None
    copy_of: int | None = None


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to be written down, under the first of the saved queries that it answers, each with
    its passage. `event` is the alert that first reported its event, `lead` its position if it is
    one of those that are written down with this one; so are `copy_of` and `copied` of the alert
    whose passage is nearly the same."""

    answered: Sequence[tuple[SavedQuery, Passage]]
    post: str
    marks: dict[str, Any] | None = None
    event: int | None = None
    lead: int | None = None
    is_update: bool = False
    copy_of: int | None = None
    copied: int | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """What a message says beside its alerts: whether it lists those that were too many for a day
    (`is_late`), the number of the first event and how many there are, if the list goes on over
    several messages (else `total` is 0), and, in the last message of a day, how many those were
    (`limit`)."""

    is_late: bool = False
    first: int = 1
    total: int = 0
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written down: its alerts, and the dispatch that it is a reply to."""

    html: str
    alerts: Sequence[Alert]
    form: Form = Form()
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class FirstDispatch:
    """The dispatch that first reported an event, and whether its message has arrived: if not, it
    is on its way."""

    dispatch: int
    has_arrived: bool


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A message to be sent, the same after a restart; in reply to the message `to`."""

    id: int
    audience: Audience
    html: str
    to: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What the message of a dispatch, by its id in the chat, is to be edited to.

    `message` is None if it was refused, or nobody knows whether it was sent.
    """

    dispatch: int
    audience: Audience
    message: int | None
    html: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a digest is wanted, at an hour and minute of every day or of a `weekday` (0: Monday),
    and of what: posts of a category, what answers the saved queries (`watched`)."""

    time: tuple[int, int]
    weekday: int | None = None
    zone: str = "Asia/Shanghai"
    category: str | None = None
    watched: bool = False

    @property
    def is_weekly(self) -> bool:
        return self.weekday is not None


@dataclass(frozen=True, slots=True)
class DueDigest:
    """A digest whose time has come: of what came after `since`."""

    audience: Audience
    schedule: Schedule
    since: str
    due: str
