"""What --help says, in the language of the locale, laid out by the width of its characters.

The catalogue in `locale` has the command line's words in Chinese, click's own among them; `gettext`
finds it by the locale. `python -m tests.catalogue` makes it from `zh.po`.
"""

import copy
import gettext
import re
from collections.abc import Iterable, Iterator, Sequence
from inspect import cleandoc
from pathlib import Path
from unicodedata import east_asian_width

import click

_ = gettext.gettext

gettext.bindtextdomain("taxnews", str(Path(__file__).with_name("locale")))
gettext.textdomain("taxnews")

_GAP = 2  # columns between a name and what is said of it
_WIDEST = 30  # columns of a name beside which there is still room
_PIECE = re.compile(r" *[（《“「]*(?:[!-~]+|[^ ])[，。；：、）》”」！？…]*")


def is_chinese() -> bool:
    """Whether the locale's language is Chinese."""
    return _("Options") != "Options"


def prepared(command: click.Command) -> click.Command:
    """A copy of a command whose help is in the locale's language, its summary not cut."""
    command = copy.copy(command)
    command.short_help = summary(command.help or "")
    command.help = help_text(command.help or "")
    command.params = [_translated(each) for each in command.params]
    command.context_class = HelpContext
    if isinstance(command, click.Group):
        command.commands = {name: prepared(each) for name, each in command.commands.items()}
    return command


def _translated(parameter: click.Parameter) -> click.Parameter:
    if not isinstance(parameter, click.Option) or not parameter.help:
        return parameter
    parameter = copy.copy(parameter)
    parameter.help = _(" ".join((parameter.help or "").split()))
    return parameter


def summary(text: str) -> str:
    """The first sentence of a help text."""
    first = " ".join(cleandoc(text).partition("\n\n")[0].split())
    return _(re.split(r"(?<=\.)\s", first)[0]) if first else ""


def help_text(text: str) -> str:
    """A help text in the locale's language: paragraph by paragraph, examples as they are."""
    return "\n\n".join(_paragraph(each) for each in cleandoc(text).split("\n\n"))


def _paragraph(text: str) -> str:
    if text.startswith("\b\n"):
        mark, head, *rest = text.split("\n")
        return "\n".join([mark, _(head.strip()), *rest])
    return _(" ".join(text.split())) if text.strip() else text


class Formatter(click.HelpFormatter):
    """Breaks lines by the columns that characters take: a Chinese one takes two."""

    def write_heading(self, heading: str) -> None:
        """Writes a heading, with the locale's colon."""
        self.write(" " * self.current_indent + _("{heading}:").format(heading=heading) + "\n")

    def write_text(self, text: str) -> None:
        """Writes paragraphs; one after a line of `\\b` as it stands."""
        indent = " " * self.current_indent
        parts = []
        for paragraph in text.split("\n\n"):
            if paragraph.startswith("\b\n"):
                lines: Sequence[str] = paragraph.split("\n")[1:]
            else:
                lines = wrapped(paragraph, self.width - self.current_indent)
            parts.append("".join(f"{indent}{line}".rstrip() + "\n" for line in lines))
        self.write("\n".join(parts))

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = _WIDEST, col_spacing: int = _GAP
    ) -> None:
        """Writes names and what is said of each beside them."""
        indent, rows = " " * self.current_indent, list(rows)
        column = min(max(columns(name) for name, _said in rows), col_max) + col_spacing
        room = max(self.width - self.current_indent - column, 10)
        for name, said in rows:
            lines = wrapped(said, room)
            if lines and columns(name) <= column - col_spacing:
                self.write(f"{indent}{name}{' ' * (column - columns(name))}{lines.pop(0)}\n")
            else:
                self.write(f"{indent}{name}\n")
            for line in lines:
                self.write(f"{indent}{' ' * column}{line}\n")


class HelpContext(click.Context):
    """A context whose help is laid out by `Formatter`."""

    formatter_class = Formatter


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns: broken at blanks and between Chinese characters,
    never before a closing mark."""
    lines, line = [], ""
    for piece in _pieces(" ".join(text.split())):
        if line.strip() and columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterator[str]:
    """What no line is broken within."""
    return (match[0] for match in _PIECE.finditer(text))
