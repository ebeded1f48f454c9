"""Following sources for good: what is new is found, in a process beside the one that answers."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest

from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.engine import indexer, upkeep
from retrieval.engine.indexer import Indexer, IndexingFailed
from retrieval.engine.opening import opened_answerer
from retrieval.engine.worker import look_over, watching
from retrieval.index_sync import open_index
from tests.conftest import ROOT
from tests.support.post_files import write

QUICK = "import retrieval.engine.indexer as i; i._IDLE = 0.1; serve()"
QUESTION = "青溪茶厂一共退税多少？"
ANSWER = "青溪茶厂一共退税五十七万元。"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path / "site" / "a.md", "云岭今日天气晴好。", code="1" * 18)
    return tmp_path / "site"


@pytest.fixture
def db(tmp_path: Path, site: Path) -> Path:
    with Store.open(tmp_path / "taxnews.db", create=True) as store:
        store.add_source("folder", str(site), every=1)
    return tmp_path / "taxnews.db"


def within(seconds: float, is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def posts(db: Path) -> int:
    with Store.open(db) as store:
        return store.facts().posts


def test_a_new_post_is_the_answer_without_a_restart(db: Path, site: Path) -> None:
    # The index may be in the other process's hands, and not there yet, when it is opened here.
    with Store.open(db) as store:
        ingest(store, [site])
    with watching(db), opened_answerer(db) as answerer:
        assert not answerer.ask(QUESTION).answered
        write(site / "b.md", ANSWER, code="2" * 18)
        assert within(60, lambda: answerer.ask(QUESTION).answered)
        assert ANSWER in answerer.ask(QUESTION).passages[0].text
        (site / "b.md").unlink()
        assert within(60, lambda: not answerer.ask(QUESTION).answered)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="that Python starts sessions only")
def test_the_follower_shares_the_session_in_which_its_low_priority_counts(
    db: Path, site: Path
) -> None:
    others = children()
    with watching(db):
        assert within(60, lambda: posts(db) == 1)
        (follower,) = children() - others
        assert os.getsid(follower) == os.getsid(0)
        assert os.getpgid(follower) == follower  # Ctrl-C does not reach it
        assert os.getpriority(os.PRIO_PROCESS, follower) > os.getpriority(os.PRIO_PROCESS, 0)


def test_a_follower_that_is_killed_begins_again(
    db: Path, site: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("retrieval.engine.worker._PAUSE", 0.1)
    others = children()  # what earlier tests have left to multiprocessing
    with watching(db):
        assert within(60, lambda: posts(db) == 1)
        (follower,) = children() - others
        os.kill(follower, signal.SIGKILL)
        write(site / "b.md", ANSWER, code="2" * 18)
        assert within(60, lambda: posts(db) == 2)
        assert "(-9) and begins again" in caplog.text
    assert children() <= others


def children(process: int | str = "self") -> set[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def goes_on(process: int) -> bool:
    """Whether it has not ended; one that nobody has waited for has."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_damage_is_looked_for_by_itself(
    db: Path,
    site: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Store.open(db) as store:
        ingest(store, [site])
        upkeep.index(store)
        store._db.execute("UPDATE posts SET title = 'x'")
        store._db.conn.commit()
    (arrays, *_) = sorted(db.with_suffix(".index").glob("*.arrays"))
    data = bytearray(arrays.read_bytes())
    data[len(data) // 2 :: 7] = bytes(len(data[len(data) // 2 :: 7]))
    arrays.write_bytes(data)
    monkeypatch.setattr("retrieval.engine.worker._DAY", 0.01)
    stop = threading.Event()
    looking = threading.Thread(target=look_over, args=(db, stop))
    looking.start()
    try:
        assert within(60, lambda: "damaged, and not shown" in caplog.text)
        assert within(60, lambda: not arrays.exists())
        assert "index is damaged" in capfd.readouterr().err
    finally:
        stop.set()
        looking.join()
    with open_index(db, read_only=True) as index:
        index.verify()
        assert len(index) == 1


def test_the_memory_for_indexing_is_given_back_when_nothing_is_new(db: Path, site: Path) -> None:
    with Store.open(db) as store:
        ingest(store, [site])
    quick = indexer._CHILD.replace("serve()", QUICK)
    with patch.object(indexer, "_CHILD", quick), Indexer(db) as indexing:
        indexing.do("keep_up")
        first = indexing._process
        assert first is not None
        assert first.wait(timeout=60) == 0
        indexing.do("index")
        assert indexing._process is not first
    with open_index(db, read_only=True) as index:
        assert len(index) == 1


def test_indexing_that_fails_or_is_killed_says_so_and_goes_on(tmp_path: Path, db: Path) -> None:
    with (
        Indexer(tmp_path / "none.db") as indexing,
        pytest.raises(IndexingFailed, match=r"indexing has ended \(1\)"),
    ):
        indexing.do("keep_up")
    db.with_suffix(".index").write_text("in the way")
    with Indexer(db) as indexing:
        with pytest.raises(IndexingFailed, match="index"):
            indexing.do("keep_up")
        db.with_suffix(".index").unlink()
        indexing.do("keep_up")


def test_who_follows_sources_has_neither_numba_nor_dictionaries_in_memory() -> None:
    code = (
        "import sys, retrieval.engine.worker\n"
        "print({'numba', 'rjieba', 'telegram'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "set()\n"


PARENT = """
import sys
from pathlib import Path
from retrieval.engine.worker import watching
with watching(Path(sys.argv[1])):
    print("watching", flush=True)
    sys.stdin.read()
"""


def test_the_follower_ends_with_its_parent(db: Path, site: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, db], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert parent.stdout is not None
    parent.stdout.readline()
    assert within(60, lambda: posts(db) == 1)
    (follower,) = children(parent.pid)
    parent.kill()
    parent.communicate()
    assert within(60, lambda: not goes_on(follower))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_watches_until_a_signal(db: Path, site: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-m", "bot", "ingest", "--watch", "--db", str(db)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    write(site / "b.md", ANSWER, code="2" * 18)
    second = process.stdout.readline()
    process.send_signal(how)
    assert process.communicate(timeout=60) == ("", "")
    assert process.returncode == 0
    assert [first, second] == [
        f"{site}: added 1, updated 0, unchanged 0, merged 0, skipped 0\n",
        f"{site}: added 1, updated 0, unchanged 1, merged 0, skipped 0\n",
    ]
