"""The Markdown of a Jekyll site's page → lines of HTML.

Most posts are HTML, and a line that begins with a tag is left as it is but for links and what
Liquid and kramdown take out. Their notes to themselves never stand on the page.
"""

import re
from collections.abc import Container, Iterable, Iterator

# The beginning and the end of a comment, of Liquid and of kramdown.
_COMMENTS = (
    (re.compile(r"\{%-?\s*comment\s*-?%\}"), re.compile(r"\{%-?\s*endcomment\s*-?%\}")),
    (re.compile(r"\{::comment\s*\}"), re.compile(r"\{:/(?:comment)?\s*\}")),
)
# Liquid's tags and values; kramdown's attributes and extensions.
_NOTES = re.compile(r"\{%[^{}\n]*%\}|\{\{[^{}\n]*\}\}|\{:[^{}\n]*\}")
_FENCE = re.compile(r"(?:`{3,}|~{3,})\s*[\w.+-]*")
_RULE = re.compile(r"[-*_=|:+ ]{3,}")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_LONGEST_HEADING = 40  # characters
_DEFINITION = re.compile(r"\[([^\[\]^][^\[\]]*)\]:\s*<?(?:https?:|/|#|\.)\S*(?:\s+[\"'(].*)?")
_FOOTNOTE = re.compile(r"\[\^[\w-]{1,20}\]:?\s?")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*")
_ITEM = re.compile(r"^(?:[*+-]\s+(?:\[[ xX]\]\s+)?|:\s+)(?=\S)")  # or what a term means
_QUOTED = re.compile(r"^(?:>[ \t]*)*>(?:[ \t]+|$)(?:\[!\w+\]$)?")  # not >50%
_CONTENTS = re.compile(r"^[*+-][ \t]+[^\n]{1,20}\n\{:[ \t]*toc\b[^{}\n]*\}", re.MULTILINE)
_COMMAS, _NO_PARAGRAPH = ("，", "、"), ("<", "|", "#")
_NUMBER = r"[（(]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})(?:[）)、]|[.．](?!\d))"
_GOING_ON = re.compile(rf"(?!{_NUMBER})(?:\w|[“‘《（【〔])")  # no item of a list
_TARGET = r"\(\s*[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
_IMAGE = re.compile(rf"!\[[^\[\]]*\]{_TARGET}")
_TEXT_OF_LINK = re.compile(rf"\[([^\[\]]*)\]{_TARGET}")
_REFERENCE = re.compile(r"\[([^\[\]^][^\[\]]*)\]\[([^\[\]]*)\]")
_CODE = re.compile(r"`([^`]+)`")
# A name or an amount is masked by two stars as well (张**和李**，罚款**万元): only what stands free
# on one side, and is not what goes on after a mask or before one, is emphasis.
_STRONG = re.compile(
    r"(?:(?<![\w*])\*\*(?=[^\s*])([^*]+)(?<=[^\s、，和与及或])\*\*(?!\*)"
    r"|(?<!\*)\*\*(?=[\w“《])(?![和与及或等万亿元年月日号])([^*]+)(?<=[^\s、，])\*\*(?![\w*]))"
)
_STRUCK = re.compile(r"(?<![\d~])~~(?=[^\s~])([^~]+)~~(?!~)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")


def as_html(body: str) -> str:
    """A page's body, in which Markdown is HTML."""
    lines = list(_joined(_without_notes(body).split("\n")))
    definitions = [_DEFINITION.fullmatch(line) for line in lines if line[:1] == "["]
    labels = {match[1].lower() for match in definitions if match}
    return "\n".join(_with_underlined_headings(_line(line, labels) for line in lines))


def _without_notes(body: str) -> str:
    """`body` without what Liquid and kramdown take out; a comment without end hides nothing."""
    if "{" not in body:
        return body
    body = _CONTENTS.sub("", body)
    for opening, closing in _COMMENTS:
        parts, at = [], 0
        while (begin := opening.search(body, at)) and (end := closing.search(body, begin.end())):
            parts.append(body[at : begin.start()])
            at = end.end()
        body = "".join([*parts, body[at:]])
    return _NOTES.sub("", body)


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """The lines, those that were broken after a comma whole again: outside HTML a line is a
    paragraph, and none ends in a comma."""
    parts: list[str] = []
    for line in lines:
        if parts and not _GOING_ON.match(line):
            yield "".join(parts)
            parts = []
        parts.append(line)
        if line[-1:] not in _COMMAS or parts[0][:1] in _NO_PARAGRAPH:
            yield "".join(parts)
            parts = []
    if parts:
        yield "".join(parts)


def _line(line: str, labels: Container[str]) -> str:
    if line[:1] == "<":
        return _without_links(line)
    if line[:1] == ">":
        line = _QUOTED.sub("", line)
    if labels:
        line = "" if _DEFINITION.fullmatch(line) else _without_references(line, labels)
    if _FENCE.fullmatch(line):
        return ""
    if heading := _HEADING.fullmatch(line):
        return f"<h2>{_inline(heading[1])}</h2>"
    if line[:1] == "|" and line[-1:] == "|" and not _RULE.fullmatch(line):
        cells = "".join(f"<td>{_inline(cell)}</td>" for cell in line[1:-1].split("|"))
        return f"<table><tr>{cells}</tr></table>"
    return line if _RULE.fullmatch(line) else _inline(_ITEM.sub("", line, count=1))


def _inline(line: str) -> str:
    """A line's own words, in which emphasis is HTML."""
    line = _without_links(line)
    if "[^" in line:
        line = _FOOTNOTE.sub("", line)
    if "`" in line:
        line = _CODE.sub(r"\1", line)
    if "**" in line:
        line = _STRONG.sub(lambda match: f"<strong>{match[1] or match[2]}</strong>", line)
    if "~~" in line:
        line = _STRUCK.sub(r"<del>\1</del>", line)
    return _ESCAPE.sub(r"\1", line).removesuffix("\\") if "\\" in line else line


def _without_links(line: str) -> str:
    return _TEXT_OF_LINK.sub(r"\1", _IMAGE.sub("", line)) if "](" in line else line


def _without_references(line: str, labels: Container[str]) -> str:
    """A line in which a link by one of these labels is its text: others are words in brackets."""
    return _REFERENCE.sub(
        lambda match: match[1] if (match[2] or match[1]).lower() in labels else match[0], line
    )


def _with_underlined_headings(lines: Iterable[str]) -> Iterator[str]:
    """The lines without rules; one with a line of = or - right below it is a heading."""
    last = ""
    for line in lines:
        if _UNDERLINE.fullmatch(line) and _may_head(last):
            last = f"<h2>{last}</h2>"
            continue
        yield last
        last = "" if _RULE.fullmatch(line) else line
    yield last


def _may_head(line: str) -> bool:
    """Whether a line that is underlined is a heading, and not text above a rule."""
    return 0 < len(line) <= _LONGEST_HEADING and line[0] != "<" and line[-1] not in "。！？!?；;"
