"""What README.md and docs/ say is true: sessions are run, names are looked up in the code."""

import re
import shlex
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli.main import COMMANDS, cli
from bot.features.commands import COMMANDS as TELEGRAM_COMMANDS
from bot.settings import Settings
from retrieval.ranking import confidence
from retrieval.ranking.ranking import WEIGHTS
from tests.conftest import ROOT

PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
}
"""Every page of the documentation, by its path."""

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
README, MAP = PAGES["README.md"], PAGES["docs/architecture.md"]


def _sessions(page: str) -> list[tuple[str, str]]:
    """Each command of a page's terminal sessions, with what it prints."""
    blocks = re.findall(r"```console\n(.*?)```", page, re.S)
    session = re.compile(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", re.M)
    return [found for block in blocks for found in session.findall(block)]


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if _sessions(text)])
def test_terminal_sessions_print_what_the_page_says(
    page: str, own_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("TAXNEWS_DB", str(own_db))
    for command, expected in _sessions(PAGES[page]):
        program, *arguments = shlex.split(command)
        assert program == "taxnews"
        printed = CliRunner().invoke(cli, arguments, catch_exceptions=False).stdout
        pattern = re.escape(expected.strip()).replace(re.escape("..."), ".*")
        assert re.fullmatch(pattern, printed.strip(), re.S), f"{command}\n{printed}"


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 160


def test_every_module_of_the_packages_stands_in_the_map() -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in ("corpus", "retrieval", "bot")
        for path in (ROOT / package).rglob("*.py")
        if path.name != "__init__.py"
    }
    rows = "\n".join(re.findall(r"^\| `.*", MAP, re.M))
    assert sorted(modules - set(re.findall(r"`([\w/]+\.py)`", rows))) == []


def test_the_folders_of_the_map_are_those_of_the_packages() -> None:
    folders = {
        path.parent.relative_to(ROOT).as_posix()
        for package in ("corpus", "retrieval", "bot")
        for path in (ROOT / package).glob("*/__init__.py")
    }
    assert set(re.findall(r"^\*\*([\w/]+)\*\*: ", MAP, re.M)) == folders


@pytest.mark.parametrize("page", PAGES)
def test_the_files_that_a_page_names_are_there(page: str) -> None:
    named = re.findall(r"`((?:bot|corpus|retrieval|tests|docs)/[\w./-]*)`", PAGES[page])
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_the_programs_that_a_page_runs_are_there(page: str) -> None:
    modules = set(re.findall(r"python -m (tests[\w.]*)", PAGES[page]))
    assert [name for name in sorted(modules) if find_spec(name) is None] == []
    targets = set(re.findall(r"(?:^|`)make (\w+)", PAGES[page], re.M))
    assert targets - set(re.findall(r"^(\w+):", MAKEFILE, re.M)) == set()


@pytest.mark.parametrize("page", PAGES)
def test_the_links_and_pictures_of_a_page_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"", PAGES[page])
    broken = []
    for target in (link or picture for link, picture in targets):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        found = (ROOT / page).parent / path if path else ROOT / page
        if not found.exists() or (anchor and anchor not in _anchors(found)):
            broken.append(target)
    assert broken == []


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)", page.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _excerpts(page: str) -> list[tuple[str, str]]:
    """The code that a page quotes: the path in its first line, and the rest."""
    return re.findall(r"```python\n# ([\w/]+\.py)\n(.*?)```", page, re.S)


@pytest.mark.parametrize("page", [name for name, text in PAGES.items() if _excerpts(text)])
def test_the_code_that_a_page_quotes_stands_in_its_file(page: str) -> None:
    for path, excerpt in _excerpts(PAGES[page]):
        code = (ROOT / path).read_text(encoding="utf-8")
        at = 0
        for part in re.split(r"^ *\.\.\.\n", excerpt, flags=re.M):
            at = code.find(part, at)
            assert at >= 0, f"{path} has no\n{part}"


def test_the_example_of_the_index_does_what_its_comments_say(tmp_path: Path) -> None:
    [example] = re.findall(r"```python\n(from retrieval.index.*?)```", PAGES["docs/index.md"], re.S)
    values: dict[str, object] = {}
    lines = example.replace('"news.index"', repr(str(tmp_path / "news.index"))).splitlines()
    said = {n: line.rpartition("# ")[2] for n, line in enumerate(lines) if "  # (" in line}
    for number in said:
        lines[number] = f"    values[{number}] = {lines[number].strip()}"
    exec("\n".join(lines), {"values": values})
    assert {number: repr(value) for number, value in values.items()} == said


@pytest.mark.parametrize("page", ["docs/cli.md", "docs/zh.md"])
def test_every_command_stands_in_its_pages(page: str) -> None:
    assert [name for name in COMMANDS if f"`taxnews {name}" not in PAGES[page]] == []


@pytest.mark.parametrize("page", ["docs/telegram.md", "docs/zh.md"])
def test_every_command_in_telegram_stands_in_its_pages(page: str) -> None:
    names = ["ask", *TELEGRAM_COMMANDS]
    assert [name for name in names if f"`/{name}" not in PAGES[page]] == []


@pytest.mark.parametrize("page", ["docs/operating.md", "docs/zh.md"])
def test_every_setting_stands_in_the_operators_pages(page: str) -> None:
    names = [f"TAXNEWS_{name.upper()}" for name in Settings.__annotations__]
    assert [name for name in names if f"`{name}`" not in PAGES[page]] == []


def test_the_classes_that_the_glossary_names_are_in_the_code() -> None:
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for package in ("corpus", "retrieval", "bot")
        for path in (ROOT / package).rglob("*.py")
    )
    named = re.findall(r"\(`([A-Z]\w+)`\)", PAGES["docs/glossary.md"])
    assert named
    assert [name for name in named if not re.search(rf"^class {name}\b", code, re.M)] == []


def test_the_features_stand_in_their_page_with_their_weights() -> None:
    table = PAGES["docs/ranking.md"].split("| feature | weight | why |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (\w+) \| ([\d.]+) \|", table, re.M)
    assert {name: float(weight) for name, weight in rows} == WEIGHTS


def test_the_signals_stand_in_their_page_with_their_weights() -> None:
    table = PAGES["docs/confidence.md"].split("| signal | weight | why |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| (\w+) \| ([−\d.]+) \|", table, re.M)
    weights = {name: float(weight.replace("−", "-")) for name, weight in rows}
    assert weights == confidence.WEIGHTS
    assert confidence.WEIGHTS.keys() == confidence.SIGNALS.keys()
