"""What buttons do, and the data that Telegram carries for them: at most 64 bytes.

A letter, then the values of the fields, colons between: short ids, and names of places and
categories that fit. Messages that were sent long ago have buttons too: what was ever encoded must
always be decoded.
"""

import re
from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

from telegram import InlineKeyboardButton

LONGEST = 64
"""Bytes of a button's data, as Telegram counts."""

# What a field holds, and what its value looks like among the data.
Id = Annotated[int, r"\d{1,15}"]
Shown = Annotated[int, r"\d{1,3}"]
Page = Annotated[int, r"\d{1,6}"]
PageOrNew = Annotated[int | None, r"\d{0,5}"]


class Callback:
    """What a button does. The kinds are told apart by their letters."""

    letter: ClassVar[str]

    @property
    def data(self) -> str:
        """What Telegram carries for the button."""
        values = ("" if value is None else str(value) for value in vars(self).values())
        return ":".join([self.letter, *values])


@dataclass(frozen=True)
class ShowPassage(Callback):
    """Shows the passage number `shown` of a reply."""

    letter = "p"
    reply: Id
    shown: Shown


@dataclass(frozen=True)
class ShowContext(Callback):
    """Shows the paragraphs around a passage."""

    letter = "c"
    reply: Id
    shown: Shown


@dataclass(frozen=True)
class Like(Callback):
    """Likes a passage."""

    letter = "u"
    reply: Id
    shown: Shown


@dataclass(frozen=True)
class Dislike(Callback):
    """Dislikes a passage."""

    letter = "d"
    reply: Id
    shown: Shown


@dataclass(frozen=True)
class GiveReason(Callback):
    """Says why a passage is disliked: a letter of `bot.storage.feedback.REASONS`."""

    letter = "x"
    reply: Id
    shown: Shown
    reason: Annotated[str, "[wone]"]


@dataclass(frozen=True)
class WriteRemark(Callback):
    """Asks for a remark on a passage."""

    letter = "m"
    reply: Id
    shown: Shown


@dataclass(frozen=True)
class ReadPost(Callback):
    """Shows a page of a post in place of the message; None: the first, in a new one."""

    letter = "r"
    post: Annotated[str, "[A-Za-z0-9]{1,40}"]
    page: PageOrNew


@dataclass(frozen=True)
class ListLatest(Callback):
    """Shows a page of the newest posts, of a category if it is not empty."""

    letter = "l"
    page: Page
    category: Annotated[str, "[^:]{0,40}"]


@dataclass(frozen=True)
class ListPlace(Callback):
    """Shows a page of the posts about a place; None: the first, in a new message."""

    letter = "g"
    page: PageOrNew
    place: Annotated[str, "[^:]{1,20}"]


@dataclass(frozen=True)
class ListFound(Callback):
    """Shows a page of a list that is kept as a reply."""

    letter = "f"
    reply: Id
    page: Shown


@dataclass(frozen=True)
class Review(Callback):
    """Does something in a message of `/review`: a letter and perhaps a number."""

    letter = "v"
    deed: Annotated[str, "[gipscmdyu]"]
    number: Annotated[int | None, r"\d{1,15}"] = None

    @property
    def data(self) -> str:
        return f"v:{self.deed}" + (f":{self.number}" if self.number is not None else "")


@dataclass(frozen=True)
class ListUnanswered(Callback):
    """Shows a page of the questions without an answer."""

    letter = "n"
    page: Page


@dataclass(frozen=True)
class RemoveQuery(Callback):
    """Removes a saved query."""

    letter = "w"
    query: Id


@dataclass(frozen=True)
class Propose(Callback):
    """Saves a query of which a preview was shown, or shows that of a wider or a narrower one:
    "k", "w" or "n"."""

    letter = "q"
    deed: Annotated[str, "[kwn]"]
    proposal: Id


@dataclass(frozen=True)
class ActOnAlert(Callback):
    """An alert, by its dispatch, was not wanted ("n"), or its query is to be deleted ("u")."""

    letter = "a"
    deed: Annotated[str, "[nu]"]
    dispatch: Id


@dataclass(frozen=True)
class TurnSetting(Callback):
    """Gives a setting, by its letter, its next value."""

    letter = "s"
    key: Annotated[str, "[lapoqhtf]"]


@dataclass(frozen=True)
class AskOffered(Callback):
    """Asks with the name that was offered."""

    letter = "y"


@dataclass(frozen=True)
class WatchQuestion(Callback):
    """Saves the question that found no answer."""

    letter = "k"


@dataclass(frozen=True)
class Rephrase(Callback):
    """Says what helps to find an answer, and opens the reader's reply."""

    letter = "h"


@dataclass(frozen=True)
class AskExample(Callback):
    """Asks the example that stands on the button."""

    letter = "e"
    number: Shown


@dataclass(frozen=True)
class ListAnswers(Callback):
    """Lists all passages of a reply."""

    letter = "o"
    reply: Id


@dataclass(frozen=True)
class Forget(Callback):
    """Deletes all about who asked for that."""

    letter = "z"


def decode(data: str) -> Callback | None:
    """What a button with this data does; None if no version of the bot made it."""
    kinds: list[Any] = Callback.__subclasses__()
    for kind in kinds:
        pattern, types = _form(kind)
        if match := pattern.fullmatch(data):
            callback: Callback = kind(*map(_value, match.groups(), types))
            return callback
    return None


@cache
def _form(kind: type[Callback]) -> tuple[re.Pattern[str], tuple[Any, ...]]:
    """What the data of a kind look like, and what its fields hold. A field with a default may be
    left out."""
    hints = get_type_hints(kind, include_extras=True)
    pattern, types = kind.letter, []
    for field in fields(kind):  # type: ignore[arg-type]
        type_, form = get_args(hints[field.name])
        pattern += f":({form})" if field.default is MISSING else f"(?::({form}))?"
        types.append(type_)
    return re.compile(pattern, re.ASCII), tuple(types)


def _value(text: str | None, type_: Any) -> str | int | None:
    if type_ is str:
        return text
    return int(text) if text else None


def button(label: str, callback: Callback) -> InlineKeyboardButton:
    """A button that does this."""
    return InlineKeyboardButton(label, callback_data=callback.data)


def fits(callback: Callback) -> bool:
    """Whether Telegram takes a button that does this, and it can be decoded."""
    return len(callback.data.encode()) <= LONGEST and decode(callback.data) == callback


def leaf_buttons(
    to: Callable[[int], Callback], page: int, *, more: bool
) -> list[InlineKeyboardButton]:
    """The buttons to the pages before and after; none to one whose name is too long for that."""
    pages = [("◀", page - 1)] * (page > 0) + [("▶", page + 1)] * more
    return [button(label, to(number)) for label, number in pages if fits(to(number))]
