"""A command loads what it needs: asserted in a fresh process, by its modules."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

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
