"""What is typed at a prompt, or comes as lines on standard input."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from gettext import gettext as _

import click

from corpus.errors import TaxnewsError

PROMPT = "问> "
GREETING = "请问税务新闻里的事，例如：留抵退税骗取了多少？（空行或 Ctrl-D 结束）"


class NotText(TaxnewsError):
    """A line that is neither UTF-8 nor in the encoding of the locale."""


def is_terminal() -> bool:
    """Whether a person types."""
    return sys.stdin is not None and sys.stdin.isatty()


def lines() -> Iterator[bytes]:
    """The lines of standard input, without their ends. Raises `UsageError` where it is closed."""
    _require(_("give the question as an argument"))
    for line in sys.stdin.buffer:
        yield line.rstrip(b"\r\n")


def text_of(line: bytes) -> str:
    """A line as UTF-8, else in the encoding of the locale. Raises `NotText`."""
    for encoding in ("utf-8", sys.stdin.encoding):
        with suppress(UnicodeDecodeError):
            return line.decode(encoding)
    raise NotText("not UTF-8: save the text as UTF-8, or set PYTHONIOENCODING to its encoding")


def prompt() -> str:
    """What is typed, with line editing and the session's history; empty at Ctrl-D or Ctrl-C.

    Raises `UsageError` where standard input is closed.
    """
    _require(_("use taxnews ask"))
    if sys.stdout is None:  # closed: nobody sees a prompt, and `input` wants to write one
        return sys.stdin.readline().strip()
    if is_terminal():
        with suppress(ImportError):  # there is none on Windows, whose terminal edits by itself
            import readline  # noqa: F401
    try:
        return input(PROMPT).strip()
    except (EOFError, KeyboardInterrupt):
        click.echo()
        return ""


def confirm(question: str) -> None:
    """Goes on if a person says yes, else raises `Abort`; `UsageError` where that can't be asked."""
    _require(_("give --yes"))
    click.confirm(question, abort=True)


def _require(instead: str) -> None:
    if sys.stdin is None:
        message = _("standard input is closed: {instead}")
        raise click.UsageError(message.format(instead=instead))
