"""The link of an item, as a feed writes it → an address."""

import re
from collections.abc import Iterable
from urllib.parse import quote, urljoin, urlsplit

_WRAPPED = re.compile(r"[\t\r\n][ \t\r\n]*")
_UNFIT = re.compile(r"[\0-\x20\"<>\\^`{|}\x7f-\xa0\u2000-\u200f\u2028-\u202f\u3000\ufeff]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?!\d)")
# A host without a scheme: www.e.com/1.html; a path looks different.
_HOST = re.compile(
    r"(?:www\.[^/?#]+|(?:[a-z0-9-]+\.)+(?:com|cn|net|org|hk|tw|gov|edu))(?::\d+)?(?=[/?#]|$)", re.I
)


def resolved(link: str, bases: Iterable[str]) -> str | None:
    """The address for which `link` stands on a page at the first of `bases` that is an address.

    A space in it is written %20. None if it leads to no page on the web.
    """
    link = _UNFIT.sub(_quoted, _WRAPPED.sub("", link.strip().replace("&amp;", "&")))
    base = next((base for base in map(str.strip, bases) if is_address(base)), "http://")
    if not link or link.startswith("#"):
        return None
    if not _SCHEME.match(link):
        link = f"//{link}" if _HOST.match(link) else link
        try:
            link = urljoin(base, link)
        except ValueError:  # a bracket that begins no IPv6 address
            return None
    return link if is_address(link) else None


def is_address(text: str) -> bool:
    """Whether `text` is an absolute address of http or https."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def _quoted(match: re.Match[str]) -> str:
    return "/" if match[0] == "\\" else quote(match[0])
