"""Reading on all cores: the same readings, in order, and processes that end with this one."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.errors import TaxnewsError
from corpus.sources import folders
from corpus.store.store import Store
from corpus.sync import workers
from corpus.sync.ingest import Summary, ingest, load_batch
from corpus.sync.workers import Workers, kept
from tests.drills.benchmarks.generate import generate, posts_in
from tests.drills.benchmarks.kills import survives
from tests.support.post_files import write
from tests.support.stores import shown

SAMPLE = Path(__file__).parents[3] / "corpus" / "sample"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    generate(folder, posts_in(SAMPLE), files=1300)
    return folder


def test_a_site_is_generated_alike_from_the_same_seed(site: Path, tmp_path: Path) -> None:
    generate(tmp_path, posts_in(SAMPLE), files=1300)
    ours = {path.name: path.read_bytes() for path in site.rglob("*.md")}
    assert ours == {path.name: path.read_bytes() for path in tmp_path.rglob("*.md")}
    assert len(ours) > 1200


def test_processes_read_as_this_one_does(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    stories = []
    for worth_it in (1, 10_000):
        monkeypatch.setattr(workers, "_WORTH_IT", worth_it)
        with Store.open(tmp_path / f"{worth_it}.db", create=True) as store:
            summary = ingest(store, [site])
            assert (summary.updated, summary.unchanged) == (0, 0)
            assert summary.added > 900 < summary.added + summary.merged
            assert store.faults() == []
            stories.append(shown(store))
    assert stories[0] == stories[1]


def test_batches_come_back_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 3)
    monkeypatch.setattr(workers, "_WORTH_IT", 2)
    paths = [str(write(tmp_path / f"{n}.md", f"{n}。", code=f"{n:018}")) for n in range(30)]
    batches = [(n, [(path, None) for path in paths[n : n + 3]]) for n in range(0, 30, 3)]
    with Workers(load_batch) as readers:
        read = list(readers.map(batches))
    assert [label for label, _ in read] == [label for label, _ in batches]
    assert [reading.name for _, readings in read for reading in readings] == paths
    # A file that was just written has no stamp, a moment later it has one.
    found = [replace(reading, stamp=None) for _, readings in read for reading in readings]
    assert found == [replace(folders.load(path, None), stamp=None) for path in paths]


def test_a_reader_that_dies_is_an_error_that_names_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    monkeypatch.setattr(workers, "_WORTH_IT", 1)
    path = str(write(tmp_path / "a.md"))
    with Workers(load_batch) as readers:
        list(readers.map([(0, [(path, None)])]))
        for process in readers._processes:
            process.kill()
            process.wait()
        with pytest.raises(TaxnewsError, match=r"at work on .*a\.md and what follows"):
            list(readers.map([(0, [(path, None)])]))


def test_a_kept_process_does_the_next_work_and_ends_with_the_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    monkeypatch.setattr(workers, "_WORTH_IT", 2)
    paths = [str(write(tmp_path / f"{n}.md", code=f"{n:018}")) for n in range(2)]
    with kept():
        with Workers(load_batch) as readers:
            assert not readers.are_there
            list(readers.map([(0, [(path, None) for path in paths])]))
            first = readers._processes
        with Workers(load_batch) as others:
            assert others.are_there
            ((_, (reading,)),) = others.map([(0, [(paths[0], None)])])
            assert reading.name == paths[0]
            assert others._processes == first
        assert [process.poll() for process in first] == [None]
    assert [process.poll() for process in first] == [-signal.SIGKILL]


def test_after_an_error_no_process_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    monkeypatch.setattr(workers, "_WORTH_IT", 1)
    path = str(write(tmp_path / "a.md"))
    with kept():
        readers = Workers(load_batch)
        with suppress(ZeroDivisionError), readers:
            list(readers.map((1 // n, [(path, None)]) for n in (1, 0)))
        assert [process.poll() for process in readers._processes] == [-signal.SIGKILL]
        with Workers(load_batch) as others:
            assert not others.are_there


PARENT = """
import sys
from corpus.sync import workers
from corpus.sync.ingest import load_batch
workers._cores = lambda: 2
workers._WORTH_IT = 1
with workers.Workers(load_batch) as readers:
    list(readers.map([(0, [(sys.argv[1], None)])] * 2))
    print(*[process.pid for process in readers._processes], flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_readers_end_with_their_parent_however_it_ends(tmp_path: Path, how: signal.Signals) -> None:
    path = write(tmp_path / "a.md")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, path],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert parent.stdout is not None
    children = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(children) == 2
    parent.send_signal(how)
    parent.communicate()
    until = time.monotonic() + 10
    while any(map(_is_alive, children)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(_is_alive, children))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and ") Z " in stat.read_text())  # a zombie has ended


def test_an_ingest_killed_at_any_step_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    site = tmp_path / "small"
    generate(site, posts_in(SAMPLE), files=2 * workers._WORTH_IT)
    assert survives(site, tmp_path, kills=4, seed=1, asked=40)


def test_two_runs_at_once_make_one_database(site: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from corpus.sync.ingest import ingest;"
        "from corpus.store.store import Store;"
        "ingest(Store.open(Path(sys.argv[1]), create=True), [sys.argv[2]])"
    )
    path = tmp_path / "a.db"
    runs = [subprocess.Popen([sys.executable, "-c", code, path, site]) for _ in range(2)]
    assert [run.wait() for run in runs] == [0, 0]
    with Store.open(path) as store, Store.open(tmp_path / "b.db", create=True) as other:
        ingest(other, [site])
        assert shown(store) == shown(other)
        assert store.faults() == []
        assert ingest(store, [site]) == Summary(
            unchanged=store.stats().facts.posts + _merged(store), skipped=len(store.problems())
        )


def _merged(store: Store) -> int:
    return int(store._rows("SELECT count(*) FROM files WHERE reading IS NOT NULL")[0][0])
