"""The README's terminal sessions are run, and print what they say they print."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from retrieval.ranking.ranking import WEIGHTS
from tests.conftest import ROOT, SAMPLE, Run

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SESSIONS = [
    (command, expected)
    for block in re.findall(r"```console\n(.*?)```", README, re.S)
    for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.M)
]


@pytest.fixture(scope="module")
def fresh_db(tmp_path_factory: pytest.TempPathFactory, taxnews: Run) -> Path:
    path = tmp_path_factory.mktemp("readme") / "taxnews.db"
    taxnews("ingest", SAMPLE, "--db", path)
    return path


@pytest.mark.parametrize(("command", "expected"), SESSIONS, ids=[c for c, _ in SESSIONS])
def test_a_terminal_session_prints_what_the_readme_says(
    command: str, expected: str, fresh_db: Path
) -> None:
    program, *arguments = shlex.split(command)
    assert program == "taxnews"
    done = subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TAXNEWS_DB": str(fresh_db)},
        check=True,
    )
    pattern = re.escape(expected.strip()).replace(re.escape("..."), ".*")
    assert re.fullmatch(pattern, done.stdout.strip(), re.S), done.stdout


def test_every_module_of_the_packages_stands_in_the_map() -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("corpus", "retrieval", "bot")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    rows = "\n".join(re.findall(r"^\| `.*", MAP, re.M))
    assert sorted(modules - set(re.findall(r"`([\w/]+\.py)`", rows))) == []


def test_every_command_stands_in_the_readme() -> None:
    from bot.cli.main import COMMANDS

    assert [name for name in COMMANDS if f"`taxnews {name}" not in README] == []


def test_the_features_stand_in_the_readme_with_their_weights() -> None:
    table = README.split("| feature | weight | why |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \|", table, re.M)
    assert {name: float(weight) for name, weight in rows} == WEIGHTS
