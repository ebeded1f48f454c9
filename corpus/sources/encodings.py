"""The bytes of a feed → its text, whatever they are declared to be."""

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16's, which it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# How "<" begins in encodings that ASCII is no part of.
_OPENINGS = (
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARED = re.compile(r"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
# GB18030 holds all of GBK and GB2312, which many texts go beyond without saying so.
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs"}
_SAYS_NOTHING = ("ascii", "iso8859-1", "cp1252")
"""What servers declare by default, whatever they send."""
_OF_HOSTS = ("idna", "punycode")
"""Encodings of names of hosts: of a long text they take the square of its length."""
_OTHER = {"gb18030": "big5hkscs", "big5hkscs": "gb18030"}
_FAR_MORE = 0.2  # of the characters
_LEVELS = (("gb2312", b"\xb0", b"\xd7"), ("big5", b"\xa4", b"\xc6"))
"""The first bytes of the common characters in each standard."""
_BAD = "\N{REPLACEMENT CHARACTER}"


def decoded(data: bytes, content_type: str) -> tuple[str, str | None] | None:
    """The text of `data`, and a warning if it isn't what it is declared to be; None if no
    encoding fits it.

    UTF-8 is known by itself: hardly a text of another encoding is valid UTF-8 by chance. What
    is neither that nor as declared is read as GB18030, or Big5.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data[len(bom) :].decode(encoding, "replace"), None
    declared = _declared(data, content_type)
    says = f"declared as {declared[0]}" if declared else "no encoding declared"
    utf8 = _strictly(data, "utf-8")
    if utf8 is not None and not data.isascii():
        is_told = not declared or declared[0] in ("utf-8", *_SAYS_NOTHING)
        return utf8, None if is_told else f"{says}, read as utf-8"
    for encoding in declared:
        if encoding not in ("utf-8", *_SAYS_NOTHING):
            text = _strictly(data, encoding)
            if text is not None:
                better = _rather(data, encoding, text)
                return (better, f"{says}, read as {_OTHER[encoding]}") if better else (text, None)
    if utf8 is not None:
        return utf8, None
    guess = _guessed(data)
    if guess is None and declared and declared[0] in _SAYS_NOTHING:
        return data.decode("cp1252", "replace"), None
    return guess and (guess[0], f"{says}, {guess[1]}")


def _rather(data: bytes, encoding: str, text: str) -> str | None:
    """What `data` reads in the other encoding of Chinese, if that has far more common characters.

    Nearly any bytes are a text in GB18030, and most are one in Big5.
    """
    other = _strictly(data, _OTHER[encoding]) if encoding in _OTHER else None
    return other if other and _common(other) > _common(text) + _FAR_MORE else None


def _common(text: str) -> float:
    """The share of the ideographs that are of the first level, the common ones, of a standard."""
    ideographs = [c for c in text if "\u3400" <= c <= "\u9fff" or "\ue000" <= c <= "\uf8ff"]
    common = sum(
        any(low <= c.encode(standard, "ignore")[:1] <= high for standard, low, high in _LEVELS)
        for c in ideographs
    )
    return common / max(1, len(ideographs))


def _guessed(data: bytes) -> tuple[str, str] | None:
    """The text of what is not as declared, and how it was read."""
    damaged = data.decode("utf-8", "replace")
    if sum(c >= "\u0800" for c in damaged) > 5 * damaged.count(_BAD):
        return damaged, f"read as utf-8 but for {damaged.count(_BAD)} bytes"
    for encoding in ("gb18030", "big5hkscs"):
        text = _strictly(data, encoding)
        if text is not None and (encoding != "gb18030" or _is_everyday(text)):
            return text, f"read as {encoding}"
    text = data.decode("gb18030", "replace")
    if _is_everyday(text):
        return text, f"read as gb18030 but for {text.count(_BAD)} bytes"
    return None


def _declared(data: bytes, content_type: str) -> list[str]:
    """The encodings that the server and the feed declare, those that are known, in that order."""
    opening = next((name for start, name in _OPENINGS if data.startswith(start)), None)
    head = data[:400].decode(opening or "latin-1", "ignore")
    found = [match[1] for match in (_CHARSET.search(content_type), _DECLARED.match(head)) if match]
    names = list(dict.fromkeys(name for name in map(_known, found) if name))
    if opening and opening.startswith("utf"):  # "utf-16" without a mark is of either order
        return [opening]
    return names or ([opening] if opening else [])


def _known(name: str) -> str | None:
    """The codec of this name; None if there is none that makes text."""
    try:
        known = codecs.lookup(name).name
        b"<".decode(name)  # rot13 and the like raise LookupError; they do nothing to what is empty
    except LookupError:
        return None
    except UnicodeError:  # of more bytes than one a character
        pass
    return None if known in _OF_HOSTS else _WIDER.get(known, known)


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeError:
        return None


def _is_everyday(text: str) -> bool:
    """Whether three in four characters beyond ASCII are in GB2312, as of nearly all Chinese."""
    beyond = [c for c in text if c > "\x7f"]
    return len(b"".join(c.encode("gb2312", "ignore") for c in beyond)) >= 1.5 * len(beyond)
