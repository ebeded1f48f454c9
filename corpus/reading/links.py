"""The link of an item, as a feed writes it → an address."""

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from corpus.reading.text import printable

_WRAPPED = re.compile(r"[\t\r\n][ \t\r\n]*")
_UNFIT = re.compile(r"[\x20\"<>\\^`{|}\xa0\u2000-\u200a\u2028-\u202f\u3000]")
_AMPERSAND = re.compile(r"&(?:(?:amp|#0*38|#[xX]0*26);)+")
# As browsers read it: any number of slashes, also wide ones.
_WEB = re.compile(r"([hｈ][tｔ][tｔ][pｐ][sｓ]?)(?:[:：][/／\\]+|[/／]{2})\s*", re.IGNORECASE)
_QUOTES = " \"'<>“”‘’《》"
_LOGIN = re.compile(r"^(https?://)[^/?#]*@")
_HOST_NAME = re.compile(r"\w(?:[\w.-]*\w)?\.?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]+")  # the last: IPv6
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
# A host without a scheme: www.e.com/1.html; a path looks different.
_HOST = re.compile(
    r"(?:www\.[^/?#]+|(?:[a-z0-9-]+\.)+(?:com|cn|net|org|hk|tw|gov|edu))(?::\d+)?(?=[/?#]|$)", re.I
)


def resolved(link: str, bases: Iterable[str]) -> str | None:
    """The address for which `link` stands on a page at the first of `bases` that is an address.

    A space in it is written %20; who logs in there, which also hides whose address it is, is left
    out. None if it leads to no page on the web.
    """
    link = _AMPERSAND.sub("&", _WRAPPED.sub("", printable(link).strip().strip(_QUOTES)))
    if web := _WEB.match(link):
        link = f"{unicodedata.normalize('NFKC', web[1]).lower()}://{link[web.end() :]}"
    link = _UNFIT.sub(_quoted, link)
    base = next((base for base in map(str.strip, bases) if is_address(base)), "http://")
    if not link or link.startswith("#"):
        return None
    if not _SCHEME.match(link):
        link = f"//{link}" if _HOST.match(link) else link
        try:
            link = urljoin(base, link)
        except ValueError:  # a bracket that begins no IPv6 address
            return None
    return _LOGIN.sub(r"\1", link, count=1) if is_address(link) else None


def spellings(address: str) -> list[str]:
    """The addresses that lead to the same page as `address`, the likeliest first: with and without
    www., the s of https and a slash at the end; then those without what follows the path, which
    may only say where the link was found."""
    parts = urlsplit(address)
    host = parts.netloc.lower().removeprefix("www.")
    path = parts.path.rstrip("/")
    tails = [(parts.query, parts.fragment), (parts.query, ""), ("", "")]
    spelt = [
        urlunsplit((scheme, www + host, path + slash, query, fragment))
        for query, fragment in tails
        for scheme in ("https", "http")
        for www in ("", "www.")
        for slash in ("", "/")
    ]
    return list(dict.fromkeys([address, *spelt]))


def is_address(text: str) -> bool:
    """Whether `text` is an absolute address of http or https, with a host that may exist."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:  # a bracket or a port that is none
        return False
    return parts.scheme in ("http", "https") and is_host(host) and port != 0


def is_host(text: str) -> bool:
    """Whether `text` is the name or the address of a host that may exist."""
    return _HOST_NAME.fullmatch(text) is not None


def _quoted(match: re.Match[str]) -> str:
    return "/" if match[0] == "\\" else quote(match[0])
