"""A `Message`: text within the limits of Telegram, HTML and buttons."""

import re
import unicodedata
from dataclasses import dataclass, replace
from html import escape, unescape

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render.traditional import in_traditional

MESSAGE_LIMIT = 4096
"""UTF-16 units of text a message may have, tags and entities not counted."""


CAPTION_LIMIT = 1024
"""The same of what stands below a picture."""


REPLY = 4000


_CLUSTER = 16  # code points of the longest character worth keeping whole


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send: HTML as Telegram understands it, and its buttons.

    With a `photo`, a PNG, the HTML is what stands below it. One that `asks` opens the
    reader's reply, with this hint in its field.
    """

    html: str
    keyboard: InlineKeyboardMarkup | None = None
    photo: bytes | None = None
    asks: str | None = None

    @property
    def plain(self) -> str:
        """The text alone."""
        return unescape(re.sub(r"<[^>]*>", "", self.html))


def text_message(text: str) -> Message:
    """Plain `text`, escaped, as one message."""
    return Message(safe(text, REPLY))


def question_message(text: str, hint: str, *, of: tuple[int, str] | None = None) -> Message:
    """Plain text that asks its reader for a reply, with a hint for the field; `of` are the id
    and the name of who is asked, where others read along: "{name}" in the text."""
    before, name, after = text.partition("{name}")
    link = ""
    if name and of:
        link = f'<a href="tg://user?id={of[0]}">{safe(of[1]) or "@"}</a>'
    return Message(safe(before) + link + safe(after), asks=hint)


def photo_message(photo: bytes, caption: str) -> Message:
    """A PNG with plain text below it."""
    return Message(safe(caption, CAPTION_LIMIT), photo=photo)


def traditional(message: Message) -> Message:
    """`message` in Traditional Chinese; tags, addresses and button data are ASCII and stay."""
    convert = in_traditional
    keyboard = message.keyboard and InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    convert(button.text), url=button.url, callback_data=button.callback_data
                )
                for button in row
            ]
            for row in message.keyboard.inline_keyboard
        ]
    )
    asks = message.asks and convert(message.asks)
    return replace(message, html=convert(message.html), keyboard=keyboard, asks=asks)


def units(text: str) -> int:
    """The length of `text` in UTF-16 units."""
    return len(text) + sum(character > "\uffff" for character in text)


def clip(text: str, limit: int) -> str:
    """`text`, or its beginning and "…", in at most `limit` UTF-16 units; no character is torn.

    >>> clip("留抵退税", 3)
    '留抵…'
    """
    if units(text) <= limit:
        return text
    end, used = 0, 0
    while used + units(text[end]) <= limit - 1:
        used += units(text[end])
        end += 1
    whole = end
    while end and (unicodedata.combining(text[end]) or "\u200d" in text[end - 1 : end + 1]):
        end -= 1  # an accent or a joined emoji stays with what it belongs to
    return text[: end if whole - end < _CLUSTER else whole] + "…"


def tail(text: str, limit: int) -> str:
    """The end of `text` in about `limit` characters, "…" before it if it is not all."""
    return text if len(text) <= limit else "…" + text[1 - limit :]


def safe(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """`text` cut to `limit` units and escaped, without what no reader should get.

    Lone surrogates can't be sent at all; control characters and the marks that
    turn the direction of writing would disturb the rest of the message.
    """
    return escape(clip(_UNFIT.sub("", text), limit), quote=False)


def inert(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """The same of what somebody else wrote, as a post: in Telegram nothing in it can be tapped but
    an address on the web. No @name calls anybody, no /command is sent."""
    return safe(held(text), limit)


def held(text: str) -> str:
    """Plain `text` with a word joiner in all that Telegram would let a reader tap; an address on
    the web stays as it is."""
    return _LIVE.sub(lambda found: found[0] + _WORD_JOINER * (not found["address"]), text)


_WORD_JOINER = "\u2060"  # takes no room, and no line is broken at it
_OWN = r"(?i:t|telegram)\.(?i:me|dog)(?![\w.-])"  # Telegram's sites: t.me/name is @name
_LIVE = re.compile(
    rf"(?P<address>https?://(?!(?:[\w-]+\.)*{_OWN})[\w-]+(?:\.[\w-]+)+(?::\d+)?"
    r"/[^\s<>«»\u2000-\u206f\u3000-\u303f\uff00-\uffef]*)"
    r"|(?<![A-Za-z0-9_])@(?=[A-Za-z0-9_])"  # not in an e-mail's address
    r"|(?<![A-Za-z0-9_/<>])/(?=[A-Za-z0-9_])"
    r"|(?<!\w)#(?=\w)|(?<!\w)\$(?=[A-Z])"
    r"|(?i:(?:tg|ton|tonsite):)(?=//)"  # addresses in Telegram itself, also within a word
    rf"|(?i:(?<![A-Za-z0-9_-])(?={_OWN})(?:telegram|t))"
)
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
