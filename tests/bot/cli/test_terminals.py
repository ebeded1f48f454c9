"""Odd terminals, pipes and encodings: an answer, or one line and exit 2; never a traceback."""

import json
import os
import platform
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.cli.standard_input import GREETING, PROMPT
from tests.conftest import ROOT, Run
from tests.support.command_line import run_here

# Linux's number of read(2); of other calls whose first argument is 0, mmap is made at any time.
READ = {"x86_64": "0"}.get(platform.machine(), "63")
QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_what_the_output_cant_take_is_replaced(sample_db: Path, encoding: str) -> None:
    done = run_here("ask", QUESTION, "--db", sample_db, encoding=encoding)
    assert (done.returncode, done.stderr) == (0, "")
    assert "?287?" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        (["ask"], "give the question as an argument"),
        (["chat"], "use taxnews ask"),
        (["forget", "202202162277943417"], "give --yes"),
    ],
)
def test_a_closed_standard_input_is_told(own_db: Path, arguments: list[str], instead: str) -> None:
    done = run_here(*arguments, "--db", own_db, stdin=None)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"taxnews: standard input is closed: {instead}\n"


@pytest.mark.parametrize("command", ["export", "stats", "ask"])
def test_a_reader_that_leaves_early_is_no_error(own_db: Path, command: str) -> None:
    question = [QUESTION] if command == "ask" else []
    reader, writer = os.pipe()
    os.close(reader)
    line = [sys.executable, "-m", "bot", command, *question, "--db", own_db]
    with os.fdopen(writer) as output:
        done = subprocess.run(line, stdout=output, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_standard_output_is_no_error(own_db: Path) -> None:
    for command in ("ask", "chat"):
        line = [sys.executable, "-m", "bot", command, "--db", own_db]
        done = subprocess.run(
            ["sh", "-c", 'exec "$0" "$@" >&-', *line],
            input=f"{QUESTION}\n".encode(),
            stderr=subprocess.PIPE,
            cwd=ROOT,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device of Linux")
@pytest.mark.parametrize("command", ["export", "stats"])
def test_an_output_that_is_full_is_told(own_db: Path, command: str) -> None:
    line = [sys.executable, "-m", "bot", command, "--db", own_db]
    with open("/dev/full", "w") as full:
        done = subprocess.run(line, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (2, b"taxnews: No space left on device\n")


def test_a_name_that_is_no_utf8_is_told_by_its_bytes() -> None:
    done = run_here("ask", QUESTION, "--db", "\udcff\x1b[31m.db")
    assert done.returncode == 2
    assert done.stderr.startswith("taxnews: \\udcff[31m.db: no database here; ")


@pytest.mark.parametrize("module", ["bot.cli.main", "bot.cli.ask", "numpy"])
def test_ctrl_c_while_modules_load_is_one_line(sample_db: Path, module: str) -> None:
    code = f"""
import sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name == {module!r}:
            raise KeyboardInterrupt
sys.meta_path.insert(0, Finder())
from bot.__main__ import main
main()
"""
    command = [sys.executable, "-c", code, "ask", QUESTION, "--db", sample_db]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip() == "taxnews: interrupted"


def test_questions_are_read_in_the_encoding_of_the_locale_or_refused(sample_db: Path) -> None:
    lines = f"{QUESTION}\n".encode("gbk")
    read = run_here("ask", "--json", "--db", sample_db, stdin=lines, encoding="gbk")
    assert json.loads(read.stdout)["question"] == QUESTION
    refused = run_here("ask", "--db", sample_db, stdin=lines + f"{QUESTION}\n".encode())
    assert refused.stderr.startswith("taxnews: not UTF-8: ")
    assert "287万户次" in refused.stdout


@pytest.mark.parametrize(
    "arguments",
    [["ask", "发票", "--place"], ["ask", "发票", "--since"], ["forget"]],
    ids=lambda arguments: arguments[-1],
)
def test_an_argument_that_is_no_utf8_is_told(sample_db: Path, arguments: list[str]) -> None:
    line = [sys.executable, "-m", "bot", *arguments, b"\xff", "--db", sample_db]
    done = subprocess.run(line, capture_output=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (2, b"taxnews: \\udcff: not UTF-8\n")


def test_a_terminal_without_a_width_shows_the_answer(sample_db: Path) -> None:
    line = [sys.executable, "-m", "bot", "ask", QUESTION, "--db", sample_db]
    environment = {**os.environ, "COLUMNS": "0"}
    done = subprocess.run(line, capture_output=True, cwd=ROOT, check=False, env=environment)
    assert b"287" in done.stdout


def test_words_in_many_arguments_are_one_question(taxnews: Run, sample_db: Path) -> None:
    apart = taxnews("ask", "加油站", "偷税", "--db", sample_db)
    assert apart.stdout == taxnews("ask", "加油站 偷税", "--db", sample_db).stdout


@contextmanager
def typing(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A command at a terminal: the process, whose output is piped, and where one types."""
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=_heed_ctrl_c,
    )
    os.close(terminal)
    try:
        yield process, keyboard
    finally:
        process.kill()
        process.communicate()
        os.close(keyboard)


def _heed_ctrl_c() -> None:
    """A shell's jobs in the background ignore Ctrl-C, and so does all that they start."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ask_without_a_question_prompts_for_one_on_a_terminal(sample_db: Path) -> None:
    with typing("ask", "--db", sample_db) as (process, keyboard):
        os.write(keyboard, f"{QUESTION}\n".encode())
        printed, errors = process.communicate(timeout=120)
    assert PROMPT in printed + errors
    assert "287万户次" in printed


def until_prompted(process: subprocess.Popen[str]) -> str:
    """What a process prints until it waits at its prompt for what is typed: in a read of file 0.

    Python loses a Ctrl-C that comes between the prompt and that read, until a key is pressed.
    """
    assert process.stdout
    printed = ""
    while not printed.endswith(PROMPT):
        letter = process.stdout.read(1)
        assert letter, "it has ended"
        printed += letter
    call = Path(f"/proc/{process.pid}/syscall")
    while call.exists() and call.read_text().split()[:2] != [READ, "0x0"]:
        time.sleep(0.01)
    return printed.removesuffix(PROMPT)


def test_chat_greets_with_an_example_and_ends_at_ctrl_c(sample_db: Path) -> None:
    with typing("chat", "--db", sample_db) as (process, keyboard):
        assert until_prompted(process) == f"{GREETING}\n"
        os.write(keyboard, f"{QUESTION}\n".encode())
        assert "287万户次" in until_prompted(process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert errors == ""
    assert process.returncode == 0


def test_a_piped_post_is_not_broken_into_lines(taxnews: Run, tmp_path: Path) -> None:
    paragraph = "税务部门查实并公布了这起案件的全部情况，" * 20
    (tmp_path / "post.md").write_text(f"---\nlayout: post\ntitle: 甲\n---\n{paragraph}\n", "utf-8")
    assert paragraph in taxnews("parse", tmp_path / "post.md").stdout


def test_a_backup_writes_over_nothing_unless_told_to(
    taxnews: Run, sample_db: Path, tmp_path: Path
) -> None:
    file = tmp_path / "copy.db"
    assert taxnews("backup", file, "--db", sample_db).returncode == 0
    kept = file.stat()
    refused = taxnews("backup", file, "--db", sample_db)
    said = f"taxnews: {file}: exists already; name another file, or give --replace\n"
    assert (refused.returncode, refused.stderr) == (2, said)
    assert file.stat() == kept
    assert taxnews("backup", file, "--replace", "--db", sample_db).returncode == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--category", "shil"], "--category shil: no post has it; did you mean: 示例"),
        (
            ["--source", "没有这家"],
            "--source 没有这家: no post has it; there are: 国家税务总局, "
            "国家税务总局办公厅, 中国税务报",
        ),
        (
            ["--since", "2024-05-01", "--until", "2023-01-31"],
            "--since 2024-05-01 is after --until 2023-01-31",
        ),
    ],
)
def test_filters_that_admit_nothing_are_refused(
    taxnews: Run, sample_db: Path, options: list[str], said: str
) -> None:
    done = taxnews("ask", QUESTION, "--db", sample_db, *options)
    assert (done.returncode, done.stderr) == (2, f"taxnews: {said}\n")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_without_a_year_before_and_after_it_is_refused(sample_db: Path, day: str) -> None:
    done = run_here("ask", "明年有什么新闻", "--now", day, "--db", sample_db)
    reason = f"Invalid value for '--now': {day} is no day; write it as 2026-11-28"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"taxnews: {reason}\n")
