"""A command loads what it needs: asserted in a fresh process, by its modules."""

import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.conftest import ROOT, SAMPLE

REPORTING = """
import sys
from bot.__main__ import main
try:
    main()
finally:
    print(*{name.partition(".")[0] for name in sys.modules}, file=sys.stderr)
"""


def loaded_by(*arguments: object) -> set[str]:
    """The names of all packages that a command has imported when it is done."""
    done = subprocess.run(
        [sys.executable, "-c", REPORTING, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return set(done.stderr.split())


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_load_none_of_what_answers(option: str) -> None:
    heavy = {"numba", "numpy", "telegram", "jieba", "rank_bm25", "rjieba", "pypinyin"}
    assert loaded_by(option) & (heavy | {"sqlite_utils", "rich", "retrieval"}) == set()


def test_a_question_loads_no_compiler_no_telegram_and_no_reference(sample_db: Path) -> None:
    loaded = loaded_by("ask", "留抵退税骗取了多少", "--db", sample_db)
    heavy = {"numba", "telegram", "jieba", "rank_bm25", "pypinyin", "feedparser", "httpx"}
    assert loaded & heavy == set()
    assert "numpy" in loaded


def test_the_database_is_counted_without_the_index(sample_db: Path) -> None:
    assert loaded_by("stats", "--db", sample_db) & {"numba", "rjieba", "telegram"} == set()


LEFT_OUT = """
import sys
sys.modules |= dict.fromkeys({left_out!r})
from bot.__main__ import main
main()
"""


def test_the_packages_of_make_ask_are_enough_to_read_posts_and_answer(tmp_path: Path) -> None:
    needed, all_of_them = asked_packages(), dependencies()
    assert set(needed) - set(all_of_them) == set()
    others = {name_of(line) for line in set(all_of_them) - set(needed)}
    left_out = [
        module
        for module, packages in packages_distributions().items()
        if {package.lower() for package in packages} & (others | {"llvmlite"})
    ]
    assert {"numba", "llvmlite", "telegram", "jieba"} < set(left_out)
    code, db = LEFT_OUT.format(left_out=left_out), tmp_path / "taxnews.db"

    def taxnews(*arguments: object) -> str:
        command = [sys.executable, "-c", code, *map(str, arguments), "--db", str(db)]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout

    assert taxnews("ingest", SAMPLE).startswith("added 48,")
    assert "287万户次" in taxnews("ask", "2021年广东给多少户次纳税人自动发放了发票？")


def asked_packages() -> list[str]:
    """What `make ask` installs: a line each, as in pyproject.toml."""
    lines = (ROOT / "requirements-ask.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


def dependencies() -> list[str]:
    """The dependencies in pyproject.toml, extras not among them."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    found = re.search(r"^dependencies = \[(.*?)^\]", text, re.M | re.S)
    assert found
    return re.findall(r'"(.*)"', found[1])


def name_of(requirement: str) -> str:
    """The name of a package without its extras and its version."""
    return re.split(r"[\[>]", requirement)[0]
