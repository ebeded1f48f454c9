"""Databases, posts and a Bot API server for the tests: real ones, made anew for each test."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.engine.opening import opened_answerer
from tests.support.telegram_server import TelegramServer

# How long an example takes says more of the machine's other work than of ours.
settings.register_profile("taxnews", deadline=None)
settings.load_profile("taxnews")

ROOT = Path(__file__).parent.parent
SAMPLE = ROOT / "corpus" / "sample"


@pytest.fixture(scope="session")
def sample_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the bundled sample posts, indexed; not to be written to.

    One question is asked of it, so that no test waits for the index's kernels
    to be compiled, as the first question on a new machine does.
    """
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    with Store.open(path, create=True) as store:
        ingest(store, [SAMPLE])
    with opened_answerer(path) as answerer:
        answerer.ask("发票")
    return path


@pytest.fixture
def own_db(sample_db: Path, tmp_path: Path) -> Path:
    """A copy of `sample_db` and its index for a test that writes: a bot keeps tables there."""
    for path in sample_db.parent.glob(f"{sample_db.stem}.*"):
        copy = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, tmp_path / path.name)
    return tmp_path / sample_db.name


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def taxnews() -> Run:
    """Runs the command line in a process of its own, as a person does."""

    def run(*arguments: object, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "bot", *map(str, arguments)],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=ROOT,
            check=False,
        )
        return subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    return run


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """A Bot API server; at the end, no request may have broken the API's description."""
    with TelegramServer() as server:
        yield server
    assert server.violations == []
