"""Databases, posts and a Bot API server for the tests: real ones, made anew for each test."""

import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.engine.opening import opened_answerer
from retrieval.index import prepare
from tests.support.command_line import ROOT, run_apart, run_here
from tests.support.telegram_server import TelegramServer

# How long an example takes says more of the machine's other work than of ours.
settings.register_profile("taxnews", deadline=None)
settings.load_profile("taxnews")

SAMPLE = ROOT / "corpus" / "sample"
CORPUS_TESTS = ROOT / "tests" / "corpus"
_OF_SAMPLE = {"sample_db", "own_db"}
_LAST = 2


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One test of the sample database comes first, then those of `corpus`, then all others.

    The worker that gets the first one makes the database and compiles the index's kernels, while
    the others have something to do that needs neither.
    """
    items.sort(key=_turn)
    first = next((n for n, item in enumerate(items) if _turn(item) == _LAST), 0)
    items.insert(0, items.pop(first))


def _turn(item: pytest.Item) -> int:
    if not _OF_SAMPLE.isdisjoint(_fixtures(item)):
        return _LAST
    return 0 if item.path.is_relative_to(CORPUS_TESTS) else 1


def _fixtures(item: pytest.Item) -> Collection[str]:
    return getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def sample_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the bundled sample posts, indexed; not to be written to.

    The index's kernels are compiled before, so that no test waits for that in a process which
    has a minute to answer. The workers of one run share it.
    """
    return _samples(tmp_path_factory) / "asked" / "sample.db"


def _samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two of the database: one to be asked, one to be copied that nobody opens."""
    folder = shared_folder(tmp_path_factory) / "sample"
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            making = folder.with_suffix(".making")
            _make_sample(making / "asked" / "sample.db")
            shutil.copytree(making / "asked", making / "copied")
            making.rename(folder)
    return folder


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of this run's temporary files, the same for each of its workers."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


def _make_sample(path: Path) -> None:
    path.parent.mkdir(parents=True)
    with Store.open(path, create=True) as store:
        ingest(store, [SAMPLE])
    prepare()
    with opened_answerer(path) as answerer:
        answerer.ask("发票")


@pytest.fixture
def own_db(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> Path:
    """A copy of `sample_db` and its index for a test that writes: a bot keeps tables there."""
    shutil.copytree(_samples(tmp_path_factory) / "copied", tmp_path, dirs_exist_ok=True)
    return tmp_path / "sample.db"


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def taxnews() -> Run:
    """Runs the command line in this process: what it wrote, and its exit status."""
    return run_here


@pytest.fixture
def taxnews_apart() -> Run:
    """Runs the command line in a process of its own, as a person does."""
    return run_apart


@pytest.fixture
def telegram() -> Iterator[TelegramServer]:
    """A Bot API server; at the end, no request may have broken the API's description."""
    with TelegramServer() as server:
        yield server
    assert server.violations == []
