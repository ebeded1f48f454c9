"""Addresses that may stand behind a link."""

import ipaddress
import re
from urllib.parse import quote, urlsplit

from retrieval.answering.answer import Passage

_URL_LIMIT = 1000
_START = 64  # characters of a deep link's parameter
_SHARED = 200  # characters of a sentence that is shared


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


def share_address(username: str, passage: Passage) -> str | None:
    """A link by which Telegram offers a passage to another chat: its sentence, and a deep link to
    it; None where its post has no id that fits one."""
    start = f"p_{passage.post}_{passage.paragraph}"
    if len(start) > _START or not re.fullmatch(r"[A-Za-z0-9_]+", start):
        return None
    link = f"https://t.me/{username}?start={start}"
    sentence = passage.sentence[:_SHARED]
    return f"https://t.me/share/url?url={quote(link, safe='')}&text={quote(sentence)}"


def _is_host(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 4
    except ValueError:
        name = r"(?!-)[a-z0-9_-]{1,63}(?<!-)"
        return bool(re.fullmatch(rf"(?:{name}\.)+(?:xn--[a-z0-9-]+|[a-z]{{2,63}})", host))
