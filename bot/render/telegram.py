"""`Answer` → what Telegram shows: HTML and buttons, always within its limits.

Every piece of text is cut by itself, before it is escaped, to a length that
lets the longest message fit: a cut never falls inside a tag, an entity or a
character. Lengths are in UTF-16 units, as Telegram counts.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import escape, unescape
from urllib.parse import quote, urlsplit

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.texts import Texts
from corpus.posts import CHINA, SAMPLE_CATEGORY
from retrieval.answers import Answer, Passage, Related

MESSAGE_LIMIT = 4096
"""UTF-16 units of text a message may have, tags and entities not counted."""

_SENTENCE, _PASSAGE, _TITLE, _SOURCE, _LINE, _REPLY = 300, 1000, 200, 60, 80, 4000
_URL_LIMIT = 1000
_CLUSTER = 16  # code points of the longest character worth keeping whole
_MARKS = 20  # underlined words; a message may have 100 entities of all kinds


@dataclass(frozen=True, slots=True)
class Message:
    """A message to send: HTML as Telegram understands it, and its buttons."""

    html: str
    keyboard: InlineKeyboardMarkup | None = None

    @property
    def plain(self) -> str:
        """The text alone."""
        return unescape(re.sub(r"<[^>]*>", "", self.html))


def answer_message(answer: Answer, texts: Texts, *, today: date) -> Message:
    """`answer` as one message; `today` is China's date, for the age of the news."""
    if answer.passages:
        best, *others = answer.passages
        html = passage_html(best, texts, today=today)
        if others:
            html += "\n\n" + _listed(texts.more + "：", others, texts, first=2)
        return Message(html, _keyboard(best, texts))
    if answer.reply is not None:
        return text_message(answer.reply)
    html = _safe(texts.not_found)
    if answer.related:
        html += "\n\n" + _listed(texts.related, answer.related[:5], texts, first=1)
    return Message(html)


def text_message(text: str) -> Message:
    """Plain `text`, escaped, as one message."""
    return Message(_safe(text, _REPLY))


def passage_html(passage: Passage, texts: Texts, *, today: date) -> str:
    """The sentence in bold, the passage around it, then where it stands and when."""
    parts = [f"<b>{_safe(passage.sentence, _SENTENCE)}</b>"]
    around = _around(passage)
    if around:
        parts.append(f"<blockquote>{around}</blockquote>")
    parts.append(_origin(passage, texts))
    if passage.published and (years := _years(passage.published, today)) >= 1:
        parts.append(f"<i>{_safe(texts.old_post.format(years=years))}</i>")
    return "\n\n".join(parts)


def _around(passage: Passage) -> str:
    """The passage as HTML with the matched words underlined; "" if the sentence says it all."""
    text, sentence = passage.text, passage.sentence
    if _squeezed(text) == _squeezed(sentence):
        return ""
    start = 0
    if text.startswith(sentence) and len(sentence) <= _SENTENCE:
        start = len(sentence)  # just read, in bold: go on from there
        start += len(text[start:]) - len(text[start:].lstrip())
    end = start + len(clip(text[start:], _PASSAGE).removesuffix("…"))
    html, position = "", start
    for begin, stop in _runs(passage, start, end):
        html += _safe(text[position:begin]) + f"<u>{_safe(text[begin:stop])}</u>"
        position = stop
    return html + _safe(text[position:end]) + ("…" if end < len(text) else "")


def _runs(passage: Passage, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The highlights between `start` and `end`, touching ones joined, lone characters left out."""
    runs: list[tuple[int, int]] = []
    for begin, stop in sorted(passage.highlights):
        begin, stop = max(begin, start), min(stop, end)
        if begin >= stop:
            continue
        if runs and begin <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(stop, runs[-1][1]))
        else:
            runs.append((begin, stop))
    return iter([run for run in runs if run[1] - run[0] > 1][:_MARKS])


def _origin(passage: Passage, texts: Texts) -> str:
    """Title, then date, medium and the label of a sample."""
    line = [_date(passage.published, texts), _safe(passage.source or "", _SOURCE)]
    if passage.category == SAMPLE_CATEGORY:
        line.append(f"【{_safe(texts.sample)}】")
    title = _safe(passage.title, _TITLE) or _safe(texts.no_title)
    return "\n".join(filter(None, [f"📰 {title}", " · ".join(filter(None, line))]))


def _listed(head: str, items: Sequence[Passage | Related], texts: Texts, *, first: int) -> str:
    """A numbered list of titles, each a link where there is an address."""
    lines = [_safe(head)]
    for number, item in enumerate(items, first):
        title = _safe(item.title, _LINE) or _safe(texts.no_title)
        url = web_address(item.url)
        line = f'{number}. <a href="{escape(url)}">{title}</a>' if url else f"{number}. {title}"
        if isinstance(item, Passage):
            when = _date(item.published, texts)
            sample = texts.sample if item.category == SAMPLE_CATEGORY else ""
            line += "".join(f" · {_safe(piece)}" for piece in (when, sample) if piece)
        lines.append(line)
    return "\n".join(lines)


def _keyboard(passage: Passage, texts: Texts) -> InlineKeyboardMarkup | None:
    url = web_address(passage.url)
    if url is None:
        return None
    return InlineKeyboardMarkup([[InlineKeyboardButton(texts.source_button, url=url)]])


def _date(when: datetime | None, texts: Texts) -> str:
    return texts.date.format(when.astimezone(CHINA)) if when else ""


def _years(published: datetime, today: date) -> int:
    """Whole years from `published` to `today`."""
    then = published.astimezone(CHINA).date()
    return today.year - then.year - ((today.month, today.day) < (then.month, then.day))


def web_address(url: str | None) -> str | None:
    """`url` as Telegram accepts it in links and buttons, None if it wouldn't.

    One bad address makes Telegram refuse the whole message, so only plain http
    and https addresses with a real host pass.
    """
    if not url or len(url) > _URL_LIMIT or re.search(r"[\s\x00-\x1f\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError of a bad host name is one too
        return None
    if parts.scheme not in ("http", "https") or parts.username or not _is_host(host):
        return None
    path = quote(parts.path, safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    fragment = "#" + quote(parts.fragment, safe="/%:@!$&'()*+,;=~-._?") if parts.fragment else ""
    address = f"{parts.scheme}://{host}{port}{path}{query}{fragment}"
    return address if len(address) <= _URL_LIMIT else None


def _is_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 4
    except ValueError:
        name = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
        return bool(re.fullmatch(rf"(?:{name}\.)+(?:xn--[a-z0-9-]+|[a-z]{{2,63}})", host))


# --- text ---------------------------------------------------------------------


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


def _safe(text: str, limit: int = MESSAGE_LIMIT) -> str:
    """`text` cut to `limit` units and escaped, without what no reader should get.

    Lone surrogates can't be sent at all; control characters and the marks that
    turn the direction of writing would disturb the rest of the message.
    """
    return escape(clip(_UNFIT.sub("", text), limit), quote=False)


_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def _squeezed(text: str) -> str:
    return "".join(text.split())
