"""The front matter of a file → its values by key, and the lines of the body.

It is read line by line, for that of the site is often no valid YAML: titles are written into
quotes unescaped. What editors write is read too: lists, texts of several lines, comments.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class FrontMatter:
    """What a file says of itself."""

    values: dict[str, list[str]] = field(default_factory=dict)
    """By key in lower case, as written: without quotes taken off."""
    warnings: list[str] = field(default_factory=list)
    is_cut_off: bool = False
    """The file ends within it: the rest was lost, or is not yet written."""

    def text(self, key: str) -> str:
        """The value of `key` in one line, without the outer pair of its quotes; "" if none."""
        written = _BROKEN.sub("", "\n".join(self.values.get(key, []))).replace("\n", " ").strip()
        if written.lower() in _NULL:
            return ""
        if _QUOTED_LIST.fullmatch(written):
            return " ".join(self.texts(key))
        return _unquoted(written)

    def texts(self, key: str) -> tuple[str, ...]:
        """The values of `key`: a list's entries, or the one there is."""
        written = [_COMMENT.sub("", value) for value in self.values.get(key, [])]
        if written and _is_open_list(written[0]):
            written = [" ".join(written)]
        parts = [part for value in written for part in _entries(value)]
        return tuple(filter(None, map(_unquoted, parts)))


# The site's own keys, however they are set apart from their values; others as YAML wants it.
_KEY = re.compile(
    r"[\"']?(?:(?P<own>layout|title|date|categories|tags)[\"']?[ \t]*[:：]"
    r"|(?P<other>[A-Z_][A-Z0-9_-]*)[\"']?:(?=[ \t]|$))[ \t]*(?P<value>.*)",
    re.IGNORECASE,
)
_ENTRY = re.compile(r"[ \t]*-[ \t]+(.*)")
_FOLDED = re.compile(r"[>|][+-]?")
_COMMENT = re.compile(r"(?:^|[ \t])#.*")
_CLOSING = ("---", "...")
_NULL = ("~", "null")
_BROKEN = re.compile(r"\\\n(?:\\(?= ))?")  # within a quoted value, as YAML breaks a long one
_MERGED = "<<:"
_ELEMENT = re.compile(  # a bound for the quoted, for each quote may be one without end
    r"\s*((?:\"(?:[^\"\\]|\\.){0,400}\"|'(?:[^']|''){0,400}')(?=\s*(?:[,，]|$))|[^,，]+)"
)
_ESCAPED = re.compile(
    r"\\(?:(?P<sign>[\"/])|x(?P<x>[0-9A-Fa-f]{2})|u(?P<u>[0-9A-Fa-f]{4})|U(?P<U>[0-9A-Fa-f]{8}))"
)
_QUOTED_LIST = re.compile(r"\[\s*([\"']).*\1\s*\]")


def split(lines: Sequence[str]) -> tuple[FrontMatter, list[str]]:
    """The front matter of `lines`, the first of which opens it, and the lines after it."""
    front = FrontMatter()
    last: list[str] | None = None  # the value that a line may go on
    for number, line in enumerate(lines[1:], 1):
        bare = line.strip()
        if bare in _CLOSING:
            return front, list(lines[number + 1 :])
        match = _KEY.fullmatch(line)
        if last and not match and (indented := _KEY.fullmatch(line.strip())) and indented["own"]:
            match = indented  # not of the value before it, which is there
        if match:
            last = _taken(front, match)
        elif _is_body(bare, after=lines[number - 1].strip()):
            front.warnings.append("front matter without a closing ---")
            return front, list(lines[number:])
        elif bare and not bare.startswith("#"):
            _go_on(front, last, line)
    front.is_cut_off = True
    return front, []


def _taken(front: FrontMatter, match: re.Match[str]) -> list[str] | None:
    """Take the value of a line with a key; the list that holds it."""
    key, value = (match["own"] or match["other"]).lower(), match["value"].strip()
    if key in front.values:
        front.warnings.append(f"{key} stands twice: the first is taken")
        return None
    is_empty = not value or _FOLDED.fullmatch(value)
    return front.values.setdefault(key, [] if is_empty else [value])


def _go_on(front: FrontMatter, last: list[str] | None, line: str) -> None:
    """Take a line without a key of its own as more of the `last` value."""
    entry = _ENTRY.fullmatch(line)
    is_indented = line[0] in " \t"
    is_nested = is_indented and not last and _KEY.fullmatch(line.strip())
    if last is None or is_nested or not (entry or is_indented):
        front.warnings.append("a line in the front matter without a key")
    elif entry:
        last.append(entry[1].strip())
    else:
        last.append(line.strip())


def _is_body(bare: str, after: str) -> bool:
    """Whether a line without a key begins the body: it has markup, or is set off by a blank."""
    is_markup = bare.startswith(("<", ">")) and not bare.startswith(_MERGED)
    return is_markup or bool(bare and not after)


def _is_open_list(value: str) -> bool:
    """Whether a list in brackets begins in the line of its key, and goes on in others."""
    return value.startswith("[") and not value.endswith("]")


def _entries(value: str) -> list[str]:
    """The entries of `value`, where it is a list in brackets."""
    value = value.strip()
    if value.startswith("[") and value.endswith("]"):
        return [part.strip() for part in _ELEMENT.findall(value[1:-1])]
    return [value]


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return _ESCAPED.sub(_meant, value[1:-1])
    if len(value) >= 2 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value


def _meant(escaped: re.Match[str]) -> str:
    """The character for which an escape stands that nobody writes for itself."""
    digits = escaped["x"] or escaped["u"] or escaped["U"]
    if digits is None:
        return escaped["sign"]
    if int(digits, 16) >= 0x110000:
        return ""
    character = chr(int(digits, 16))
    return character if character.isprintable() else " " * character.isspace()
