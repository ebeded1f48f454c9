"""The Markdown of a Jekyll site's page → lines of HTML.

Most posts are HTML, and a line that begins with a tag is left as it is but for links and what
Liquid and kramdown take out. Their notes to themselves never stand on the page.
"""

import re
from collections.abc import Iterable, Iterator

_COMMENT = re.compile(r"\{%-?\s*comment\s*-?%\}|\{::comment\s*\}")
_END_OF_COMMENT = re.compile(r"\{%-?\s*endcomment\s*-?%\}|\{:/(?:comment)?\s*\}")
# Liquid's tags and values; kramdown's attributes and extensions.
_NOTES = re.compile(r"\{%[^{}]*%\}|\{\{[^{}]*\}\}|\{:[^{}]*\}")
_FENCE = re.compile(r"(?:`{3,}|~{3,})\s*[\w.+-]*")
_RULE = re.compile(r"[-*_=|:+ ]{3,}")
_UNDERLINE = re.compile(r"={3,}|-{3,}")
_LONGEST_HEADING = 40  # characters: what is underlined and longer is a paragraph above a rule
_DEFINITION = re.compile(r"\[[^\[\]^][^\[\]]*\]:\s*<?(?:https?:|/|#|\.)\S*(?:\s+[\"'(].*)?")
_FOOTNOTE = re.compile(r"\[\^[\w-]{1,20}\]:?\s?")
_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*")
_ITEM = re.compile(r"^[*+-]\s+(?=\S)")
_TARGET = r"\(\s*[^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
_IMAGE = re.compile(rf"!\[[^\[\]]*\]{_TARGET}")
_TEXT_OF_LINK = re.compile(rf"\[([^\[\]]*)\]{_TARGET}")
_TEXT_OF_REFERENCE = re.compile(r"\[([^\[\]^][^\[\]]*)\]\[[^\[\]]*\]")
_CODE = re.compile(r"`([^`]+)`")
# A name is masked by two stars as well, 张**: only what stands free on one side is emphasis.
_STRONG = re.compile(
    r"(?:(?<![\w*])\*\*(?=[^\s*])([^*]+)(?<=\S)\*\*(?!\*)"
    r"|(?<!\*)\*\*(?=[\w“《])([^*]+)(?<=\S)\*\*(?![\w*]))"
)
_STRUCK = re.compile(r"(?<![\d~])~~(?=[^\s~])([^~]+)~~(?!~)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")


def as_html(lines: Iterable[str]) -> list[str]:
    """The lines of a page's body, in which Markdown is HTML."""
    lines = list(lines)
    with_references = any(_DEFINITION.fullmatch(line) for line in lines if line[:1] == "[")
    return list(_with_underlined_headings(_line(line, with_references) for line in lines))


def _line(line: str, with_references: bool) -> str:
    if "{" in line:
        line = _END_OF_COMMENT.sub("-->", _COMMENT.sub("<!--", line))
        line = _NOTES.sub("", line)
    if line[:1] == "<":
        return _without_links(line)
    if with_references:
        line = "" if _DEFINITION.fullmatch(line) else _TEXT_OF_REFERENCE.sub(r"\1", line)
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


def _with_underlined_headings(lines: Iterable[str]) -> Iterator[str]:
    """The lines without rules; one with a line of = or - right below it is a heading."""
    last = ""
    for line in lines:
        if _UNDERLINE.fullmatch(line) and 0 < len(last) <= _LONGEST_HEADING and last[0] != "<":
            last = f"<h2>{last}</h2>"
            continue
        yield last
        last = "" if _RULE.fullmatch(line) else line
    yield last
