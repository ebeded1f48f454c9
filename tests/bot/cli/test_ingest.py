"""`taxnews ingest` and `taxnews source`: what a long run says, and what waits to be confirmed."""

import io
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

import corpus
from bot.cli import phases
from bot.cli.main import cli
from bot.cli.phases import Phases
from corpus.errors import SourceError
from corpus.store.store import Store
from tests.support.command_line import run_here


def taxnews(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, list(map(str, arguments)))
    if isinstance(result.exception, SourceError):
        raise result.exception
    return result


def post(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f"---\nlayout: post\ntitle: 青溪公告{number}\ndate: 2024-03-01\n---\n"
        f"<p>青溪市税务局第{number}号公告，税款{number}万元。</p>\n\n<http://e.com/{number:018}>\n"
    )
    return path


def test_the_posts_that_taxnews_comes_with_are_read_from_where_it_is_installed(
    tmp_path: Path,
) -> None:
    posts = len(list((Path(corpus.__file__).parent / "sample" / "_posts").glob("*.md")))
    done = taxnews("ingest", "--sample", "--quiet", "--db", tmp_path / "a.db")
    assert (done.exit_code, done.output) == (0, "")
    with Store.open(tmp_path / "a.db") as store:
        assert store.facts().posts == posts > 40


def test_a_run_without_a_terminal_says_each_phase_in_a_line(tmp_path: Path) -> None:
    for number in (1, 2):
        post(tmp_path / "site" / f"{number}.md", number)
    done = taxnews("ingest", tmp_path / "site", "--db", tmp_path / "a.db")
    assert done.stdout == "added 2, updated 0, unchanged 0, merged 0, skipped 0\n"
    *said, learning = done.stderr.splitlines()
    assert said == ["listing files", "reading 2 files", "indexing 2 paragraphs"]
    assert re.fullmatch(r"learning \d+ questions", learning)
    quiet = taxnews("ingest", tmp_path / "site", "--db", tmp_path / "a.db", "--quiet")
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_the_name_of_a_file_says_nothing_to_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "\x1b]0;x\x07\x1b[31mred.md").write_text("# no post")
    taxnews("ingest", tmp_path, "--db", tmp_path / "a.db", "--quiet")
    done = taxnews("problems", "--db", tmp_path / "a.db")
    assert done.output.endswith("/]0;x[31mred.md: no front matter (a post starts with ---)\n")


def test_the_name_of_a_file_begins_no_line_of_its_own(tmp_path: Path) -> None:
    forged = tmp_path / "甲.md\n0 files\rtaxnews: all is well.md"
    forged.write_text("# no post")
    taxnews("ingest", tmp_path, "--db", tmp_path / "a.db", "--quiet")
    *_, line = taxnews("problems", "--db", tmp_path / "a.db").output.splitlines()
    named = "/甲.md 0 files taxnews: all is well.md: no front matter (a post starts with ---)"
    assert line.endswith(named)
    told = run_here("parse", forged)
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr.startswith("taxnews: ")
    assert told.stderr.endswith(named + "\n")
    assert told.stderr.count("\n") == 1


def test_a_terminal_shows_a_bar_for_each_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    terminal = Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(phases, "Console", lambda stderr: terminal)
    with Phases(quiet=False) as shown:
        shown.update("listing", 1234, None)
        shown._bar.refresh()
        shown.update("reading", 500, 1234)
        shown._bar.refresh()
        assert list(shown.track("indexing")([1, 2])) == [1, 2]
        shown._bar.refresh()
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    assert all(
        words in text for words in ("1,234 files", "500 of 1,234 files", "2 of 2 paragraphs")
    )


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['{"text": "甲。"}', "", "{no"],
         "1 file is no post: not JSON, line 3 (taxnews problems names it)"),
        (["{no", "[1]", "[2]"],
         "3 files are no posts: no object 2, not JSON 1 (taxnews problems lists them)"),
    ],
)  # fmt: skip
def test_what_is_no_post_is_named(tmp_path: Path, lines: list[str], said: str) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text("\n".join(lines))
    added = taxnews("source", "add", path, "--db", tmp_path / "a.db")
    assert added.stdout == f"added the JSON Lines file {path}; read it now: taxnews ingest\n"
    assert said in taxnews("ingest", "--db", tmp_path / "a.db").stderr.splitlines()


def test_a_json_lines_file_that_is_named_as_a_post_is_told_from_one(tmp_path: Path) -> None:
    path = tmp_path / "posts.jsonl"
    path.write_text('{"text": "一。"}\n')
    refused = taxnews("ingest", path, "--db", tmp_path / "a.db")
    assert refused.exit_code == 2
    assert f"taxnews source add {path}" in refused.output.replace("\n", " ")
    assert not (tmp_path / "a.db").exists()


def test_a_checkout_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "site" / ".git").mkdir(parents=True)
    added = taxnews("source", "add", tmp_path / "site", "--db", tmp_path / "a.db")
    site = tmp_path / "site"
    assert added.stdout == f"added the git checkout {site}; read it now: taxnews ingest\n"


def test_what_is_gone_at_once_waits_to_be_confirmed(tmp_path: Path) -> None:
    site, db = tmp_path / "site", tmp_path / "a.db"
    paths = [post(site / f"{number}.md", number) for number in (1, 2)]
    taxnews("source", "add", site, "--db", db)
    taxnews("ingest", "--db", db)
    with pytest.raises(SourceError, match="nothing there waits to be confirmed"):
        taxnews("source", "confirm", site, "--db", db)
    for path in paths:
        path.unlink()
    failed = taxnews("ingest", "--db", db)
    assert failed.exit_code == 2
    assert "all 2 posts are gone at once" in failed.stderr
    waits = f"    waits for: taxnews source confirm {site}"
    assert waits in taxnews("source", "list", "--db", db).stdout.splitlines()
    taxnews("source", "confirm", site, "--db", db)
    assert waits not in taxnews("source", "list", "--db", db).stdout.splitlines()
    done = taxnews("ingest", "--db", db)
    assert done.exit_code == 0
    assert done.stdout.endswith("removed 2\n")


def test_a_folder_that_is_named_is_asked_about_too(tmp_path: Path) -> None:
    site, db = tmp_path / "site", tmp_path / "a.db"
    path = post(site / "1.md", 1)
    taxnews("ingest", site, "--db", db)
    path.unlink()
    with pytest.raises(SourceError, match="ingest --confirm"):
        taxnews("ingest", site, "--db", db)
    assert taxnews("ingest", site, "--confirm", "--db", db).stdout.endswith("removed 1\n")
