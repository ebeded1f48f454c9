"""What buttons do, and the data that Telegram carries for them: at most 64 bytes.

Short ids, and names of places and categories that fit. Messages that were sent long ago have
buttons too: what was ever encoded must always be decoded.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from telegram import InlineKeyboardButton

LONGEST = 64
"""Bytes of a button's data, as Telegram counts."""


@dataclass(frozen=True, slots=True)
class ShowPassage:
    """Shows the passage number `shown` of a reply."""

    reply: int
    shown: int

    @property
    def data(self) -> str:
        return f"p:{self.reply}:{self.shown}"


@dataclass(frozen=True, slots=True)
class ShowContext:
    """Shows the paragraphs around a passage."""

    reply: int
    shown: int

    @property
    def data(self) -> str:
        return f"c:{self.reply}:{self.shown}"


@dataclass(frozen=True, slots=True)
class Rate:
    """Likes or dislikes a passage."""

    liked: bool
    reply: int
    shown: int

    @property
    def data(self) -> str:
        return f"{'u' if self.liked else 'd'}:{self.reply}:{self.shown}"


@dataclass(frozen=True, slots=True)
class GiveReason:
    """Says why a passage is disliked: a letter of `bot.storage.feedback.REASONS`."""

    reply: int
    shown: int
    reason: str

    @property
    def data(self) -> str:
        return f"x:{self.reply}:{self.shown}:{self.reason}"


@dataclass(frozen=True, slots=True)
class WriteRemark:
    """Asks for a remark on a passage."""

    reply: int
    shown: int

    @property
    def data(self) -> str:
        return f"m:{self.reply}:{self.shown}"


@dataclass(frozen=True, slots=True)
class ReadPost:
    """Shows a page of a post in place of the message; None: the first, in a new one."""

    post: str
    page: int | None = None

    @property
    def data(self) -> str:
        return f"r:{self.post}:{_number(self.page)}"


@dataclass(frozen=True, slots=True)
class ListLatest:
    """Shows a page of the newest posts, of a category if it is not empty."""

    page: int
    category: str

    @property
    def data(self) -> str:
        return f"l:{self.page}:{self.category}"


@dataclass(frozen=True, slots=True)
class ListPlace:
    """Shows a page of the posts about a place; None: the first, in a new message."""

    page: int | None
    place: str

    @property
    def data(self) -> str:
        return f"g:{_number(self.page)}:{self.place}"


@dataclass(frozen=True, slots=True)
class ListFound:
    """Shows a page of a list that is kept as a reply."""

    reply: int
    page: int

    @property
    def data(self) -> str:
        return f"f:{self.reply}:{self.page}"


@dataclass(frozen=True, slots=True)
class Review:
    """Does something in a message of `/review`: a letter and perhaps a number."""

    deed: str
    number: int | None = None

    @property
    def data(self) -> str:
        return f"v:{self.deed}" + (f":{self.number}" if self.number is not None else "")


@dataclass(frozen=True, slots=True)
class ListUnanswered:
    """Shows a page of the questions without an answer."""

    page: int

    @property
    def data(self) -> str:
        return f"n:{self.page}"


@dataclass(frozen=True, slots=True)
class RemoveQuery:
    """Removes a saved query."""

    query: int

    @property
    def data(self) -> str:
        return f"w:{self.query}"


@dataclass(frozen=True, slots=True)
class Propose:
    """Saves a query of which a preview was shown, or shows that of a wider or a narrower one:
    "k", "w" or "n"."""

    deed: str
    proposal: int

    @property
    def data(self) -> str:
        return f"q:{self.deed}:{self.proposal}"


@dataclass(frozen=True, slots=True)
class ActOnAlert:
    """An alert, by its dispatch, was not wanted ("n"), or its query is to be deleted ("u")."""

    deed: str
    dispatch: int

    @property
    def data(self) -> str:
        return f"a:{self.deed}:{self.dispatch}"


@dataclass(frozen=True, slots=True)
class TurnSetting:
    """Gives a setting, by its letter, its next value."""

    key: str

    @property
    def data(self) -> str:
        return f"s:{self.key}"


@dataclass(frozen=True, slots=True)
class AskOffered:
    """Asks with the name that was offered."""

    @property
    def data(self) -> str:
        return "y"


@dataclass(frozen=True, slots=True)
class WatchQuestion:
    """Saves the question that found no answer."""

    @property
    def data(self) -> str:
        return "k"


@dataclass(frozen=True, slots=True)
class Rephrase:
    """Says what helps to find an answer, and opens the reader's reply."""

    @property
    def data(self) -> str:
        return "h"


@dataclass(frozen=True, slots=True)
class AskExample:
    """Asks the example that stands on the button."""

    number: int

    @property
    def data(self) -> str:
        return f"e:{self.number}"


@dataclass(frozen=True, slots=True)
class ListAnswers:
    """Lists all passages of a reply."""

    reply: int

    @property
    def data(self) -> str:
        return f"o:{self.reply}"


@dataclass(frozen=True, slots=True)
class Forget:
    """Deletes all about who asked for that."""

    @property
    def data(self) -> str:
        return "z"


Callback = (
    ShowPassage
    | AskOffered
    | ShowContext
    | Rate
    | GiveReason
    | WriteRemark
    | ReadPost
    | ListLatest
    | ListPlace
    | ListFound
    | Review
    | ListUnanswered
    | RemoveQuery
    | Propose
    | ActOnAlert
    | TurnSetting
    | WatchQuestion
    | Rephrase
    | AskExample
    | Forget
    | ListAnswers
)

_ID = r"(\d{1,15})"
_SHOWN = r"(\d{1,3})"

_FORMS: tuple[tuple[re.Pattern[str], Callable[..., Callback]], ...] = tuple(
    (re.compile(pattern, re.ASCII), make)
    for pattern, make in (
        (rf"p:{_ID}:{_SHOWN}", lambda reply, shown: ShowPassage(int(reply), int(shown))),
        (rf"c:{_ID}:{_SHOWN}", lambda reply, shown: ShowContext(int(reply), int(shown))),
        (rf"([ud]):{_ID}:{_SHOWN}", lambda sign, *of: Rate(sign == "u", *map(int, of))),
        (
            rf"x:{_ID}:{_SHOWN}:([wone])",
            lambda reply, shown, reason: GiveReason(int(reply), int(shown), reason),
        ),
        (rf"m:{_ID}:{_SHOWN}", lambda reply, shown: WriteRemark(int(reply), int(shown))),
        (r"r:([A-Za-z0-9]{1,40}):(\d{0,5})", lambda post, page: ReadPost(post, _page(page))),
        (r"l:(\d{1,6}):([^:]{0,40})", lambda page, category: ListLatest(int(page), category)),
        (r"g:(\d{0,5}):([^:]{1,20})", lambda page, place: ListPlace(_page(page), place)),
        (rf"f:{_ID}:{_SHOWN}", lambda reply, page: ListFound(int(reply), int(page))),
        (r"v:([gipscmdyu])(?::(\d{1,15}))?", lambda deed, at: Review(deed, _page(at))),
        (r"n:(\d{1,6})", lambda page: ListUnanswered(int(page))),
        (rf"w:{_ID}", lambda query: RemoveQuery(int(query))),
        (rf"q:([kwn]):{_ID}", lambda deed, proposal: Propose(deed, int(proposal))),
        (rf"a:([nu]):{_ID}", lambda deed, dispatch: ActOnAlert(deed, int(dispatch))),
        (r"s:([lapoqhtf])", TurnSetting),
        (r"y", AskOffered),
        (rf"o:{_ID}", lambda reply: ListAnswers(int(reply))),
        (r"z", Forget),
        (r"k", WatchQuestion),
        (r"h", Rephrase),
        (rf"e:{_SHOWN}", lambda number: AskExample(int(number))),
    )
)


def decode(data: str) -> Callback | None:
    """What a button with this data does; None if no version of the bot made it."""
    for pattern, make in _FORMS:
        if match := pattern.fullmatch(data):
            return make(*match.groups())
    return None


def button(label: str, callback: Callback) -> InlineKeyboardButton:
    """A button that does this."""
    return InlineKeyboardButton(label, callback_data=callback.data)


def fits(callback: Callback) -> bool:
    """Whether Telegram takes a button that does this, and it can be decoded."""
    return len(callback.data.encode()) <= LONGEST and decode(callback.data) == callback


def _number(page: int | None) -> str:
    return "" if page is None else str(page)


def _page(number: str | None) -> int | None:
    return int(number) if number else None
