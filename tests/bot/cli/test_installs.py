"""An install of root's, run by a user who has no home folder and owns nothing of it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path

import numba
import pytest

from retrieval.index import kernels
from tests.conftest import ROOT, SAMPLE
from tests.support.telegram_server import TelegramServer

NOBODY = 65534
UNKNOWN = 54321
"""A user id that stands in no list of users."""

PACKAGES = Path(numba.__file__).parents[1]
INTERPRETERS = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}", "/usr/bin/python3")
QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"


@dataclass(frozen=True)
class Stranger:
    """Runs what root has installed as another user, in a folder that anyone may write to."""

    python: str
    folder: Path
    user: int = NOBODY

    def command(self, *arguments: object, **variables: str) -> list[str]:
        """What runs Python with `arguments` as the user, with nothing of our environment."""
        return [
            *("setpriv", f"--reuid={self.user}", f"--regid={NOBODY}", "--clear-groups"),
            *("env", "-i", "PATH=/usr/bin:/bin", f"PYTHONPATH={PACKAGES}:{ROOT}"),
            *(f"{name}={value}" for name, value in variables.items()),
            *(self.python, *map(str, arguments)),
        ]

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """A command of taxnews, run to its end."""
        command = self.command("-m", "bot", *arguments)
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def python() -> str:
    if os.name != "posix" or os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root can run a command as another user, by setpriv")
    version = f"import sys, numba, bot; assert sys.version_info[:2] == {sys.version_info[:2]}"
    for interpreter in INTERPRETERS:
        command = Stranger(interpreter, ROOT).command("-c", version)
        if subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0:
            return interpreter
    pytest.skip("no other user may read this Python, its packages or this folder")


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that any user may write to and reach."""
    path = Path(tempfile.mkdtemp(dir="/tmp"))
    path.chmod(0o777)
    yield path
    shutil.rmtree(path)


COMPILED_ANEW = "kernels.mark-"

PREPARE = """
from pathlib import Path
from retrieval.index import prepare
from retrieval.index_sync import open_index
with open_index(Path("taxnews.db"), read_only=True):
    prepare()
"""
"""What a bot over many more posts does at its start."""


def lay_down_kernels(index: Path) -> Path:
    """Kernels of this install where nobody keeps theirs, but for one: to compile all takes half a
    minute. Returns the folder they are in."""
    source = Path(kernels.__file__).parent
    kept = index / "kernels" / f"{source.name}_{sha1(str(source).encode()).hexdigest()}"
    kept.mkdir(parents=True)
    for file in (source / "__pycache__").glob("*.nb[ci]"):
        if not file.name.startswith(COMPILED_ANEW):
            shutil.copy2(file, kept)
    for path in (index, *index.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return kept


def test_nobody_ingests_asks_and_serves_from_an_install_of_roots(
    python: str, folder: Path, telegram: TelegramServer, sample_db: Path
) -> None:
    nobody = Stranger(python, folder)
    kept = lay_down_kernels(folder / "taxnews.index")
    ingested = nobody.run("ingest", "--quiet", SAMPLE, "--db", "taxnews.db")
    assert (ingested.returncode, ingested.stderr) == (0, "")
    asked = nobody.run("ask", QUESTION, "--db", "taxnews.db")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "287万户次" in asked.stdout
    with serving(nobody, TAXNEWS_TOKEN=telegram.token, TAXNEWS_API_URL=telegram.url):
        reply = telegram.reply_to(telegram.private(QUESTION), timeout=120)
    assert "287万户次" in reply.result["text"]
    prepared = subprocess.run(nobody.command("-c", PREPARE), cwd=folder, check=False)
    assert prepared.returncode == 0
    assert any(kept.glob(f"{COMPILED_ANEW}*.nbc"))


@contextmanager
def serving(user: Stranger, **settings: str) -> Iterator[None]:
    """The bot, running; asserts that it ends well."""
    command = user.command("-m", "bot", "serve", "--db", "taxnews.db", **settings)
    process = subprocess.Popen(command, cwd=user.folder, stderr=subprocess.PIPE, text=True)
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors


def test_a_user_without_a_home_is_told_to_name_the_database_and_gets_no_folder(
    python: str, folder: Path
) -> None:
    unknown = Stranger(python, folder, UNKNOWN)
    assert unknown.run("--version").stdout.startswith("taxnews, version ")
    stats = unknown.run("stats")
    assert (stats.returncode, stats.stderr) == (
        2,
        "taxnews: no home folder to keep the database in: set TAXNEWS_DB, or give --db\n",
    )
    assert unknown.run("index", "--db", "none.db").returncode == 2
    assert list(folder.iterdir()) == []
