"""Completion in the shells that are installed: the real ones, as people set it up."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT

COMMANDS = ["source", "stats", "serve"]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which `taxnews` is a command, as it is once it is installed."""
    program = tmp_path / "taxnews"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m bot "$@"\n')
    program.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}


def shell(name: str) -> str:
    """The shell of that name; the test is skipped where it is not installed."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def run(program: str, script: str, environment: dict[str, str]) -> list[str]:
    done = subprocess.run(
        [program, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def test_bash_completes_commands_subcommands_and_options(environment: dict[str, str]) -> None:
    bash = shell("bash")

    def completed(*words: str) -> list[str]:
        script = (
            'eval "$(_TAXNEWS_COMPLETE=bash_source taxnews)"\n'
            f"COMP_WORDS=(taxnews {' '.join(words)}); COMP_CWORD={len(words)}\n"
            "_taxnews_completion taxnews\nprintf '%s\\n' \"${COMPREPLY[@]}\""
        )
        return run(bash, script, environment)

    assert completed("s") == ["serve", "source", "stats"]
    assert completed("source", "ex") == ["export"]
    assert completed("ask", "--cat") == ["--category"]
    assert completed("ask", "--type", "ca") == ["case"]


def test_fish_completes_with_what_each_command_does(environment: dict[str, str]) -> None:
    fish = shell("fish")
    script = (
        "_TAXNEWS_COMPLETE=fish_source taxnews | source\n"
        "complete -C 'taxnews st'; complete -C 'taxnews source ex'"
    )
    found = run(fish, script, environment | {"LC_ALL": "C.UTF-8"})
    assert [line.split("\t") for line in found] == [
        ["stats", "Show what the database holds: posts by medium, category and month."],
        [
            "export",
            "Print the feeds among the sources as OPML, which feed readers and source add take.",
        ],
    ]


def test_zsh_completes_at_a_tab(environment: dict[str, str]) -> None:
    zsh = shell("zsh")
    setup = (
        "autoload -Uz compinit; compinit -u -D; PS1='ready> '\n"
        'eval "$(_TAXNEWS_COMPLETE=zsh_source taxnews)"; print set-up\n'
    )
    turns = ((setup, r"\nset-up"), ("taxnews sou\t", "taxnews source "))
    assert "taxnews source " in _typed([zsh, "-f", "-i"], environment, *turns)


def _typed(
    command: list[str], environment: dict[str, str], *turns: tuple[str, str], timeout: float = 60
) -> str:
    """What a terminal shows of a shell in which each text is typed once the last was answered by
    what its pattern says."""
    parent, child = pty.openpty()
    process = subprocess.Popen(
        command, stdin=child, stdout=child, stderr=child, env=environment | {"TERM": "dumb"}
    )
    os.close(child)
    seen = ""
    try:
        for text, answer in turns:
            os.write(parent, text.encode())
            start, end = len(seen), time.monotonic() + timeout
            while not re.search(answer, seen[start:].replace("\r", "")):
                assert time.monotonic() < end, f"waited in vain for {answer}: {seen}"
                if select.select([parent], [], [], 0.2)[0]:
                    seen += os.read(parent, 65536).decode("utf-8", "replace")
    finally:
        process.kill()
        process.wait()
        os.close(parent)
    return seen
