"""The command line for the tests: in this process, or in one of its own where that is tested."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

from click.testing import CliRunner

from bot.__main__ import main
from bot.cli.main import cli
from corpus.errors import TaxnewsError

ROOT = Path(__file__).parents[2]

Done = subprocess.CompletedProcess[str]


def run_here(*arguments: object, stdin: str | bytes | None = "", encoding: str = "utf-8") -> Done:
    """What a command writes and ends with, run in this process as `main` runs it.

    Its streams have an `encoding`; standard input is closed if `stdin` is None.
    """
    given = None if stdin is None else TextIOWrapper(BytesIO(_bytes(stdin)), encoding)
    with (
        _standing_in(ROOT),
        patch.multiple(
            sys,
            argv=["taxnews", *map(str, arguments)],
            stdin=given,
            stdout=_stream(encoding),
            stderr=_stream(encoding),
        ),
    ):
        status = _status()
        written = [_content(stream) for stream in (sys.stdout, sys.stderr)]
    return subprocess.CompletedProcess(arguments, status, *written)


def run_apart(*arguments: object, stdin: str | bytes = "") -> Done:
    """The same in a process of its own, as a person runs it."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        input=_bytes(stdin),
        capture_output=True,
        cwd=ROOT,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _stream(encoding: str) -> TextIOWrapper:
    return TextIOWrapper(BytesIO(), encoding, write_through=True)


def _content(stream: object) -> str:
    assert isinstance(stream, TextIOWrapper)
    stream.flush()
    assert isinstance(stream.buffer, BytesIO)
    return stream.buffer.getvalue().decode(stream.encoding)


def _status() -> int:
    try:
        main()
    except SystemExit as ended:
        return int(ended.code or 0)


@contextmanager
def _standing_in(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def taxnews(*arguments: object, answer: str = "", status: int = 0) -> str:
    """What a command prints; an error of ours is raised as it is."""
    result = CliRunner().invoke(cli, list(map(str, arguments)), input=answer)
    if isinstance(result.exception, TaxnewsError):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.stdout
