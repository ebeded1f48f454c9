"""A disk that is full or write-protected, a database that is locked, a kill: nothing is lost."""

import json
import resource
import shutil
import sqlite3
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from corpus.care.backups import backup
from corpus.errors import StoreError
from corpus.store.store import Store
from corpus.sync.ingest import ingest
from tests.conftest import ROOT, SAMPLE
from tests.drills import killing_care
from tests.support.forked import run_limited
from tests.support.post_files import write
from tests.support.stores import shown

ROOM = 10**9
QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"


def limited(size: int, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Runs a command in which no file may grow beyond a size, as on a disk that is full then."""
    return run_limited(partial(limit_files, size), *arguments)


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@pytest.mark.parametrize("size", [0, 60_000, 300_000])
def test_an_ingest_on_a_full_disk_says_so_and_goes_on_when_there_is_room(
    tmp_path: Path, size: int
) -> None:
    db = tmp_path / "a.db"
    done = limited(size, "ingest", "--quiet", "--db", db, SAMPLE)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("taxnews: ")
    assert str(tmp_path / "a.") in line
    with Store.open(db, create=True) as store:
        assert store.faults() == []
        ingest(store, [SAMPLE])
        assert store.facts().posts == 48


def test_nothing_is_overwritten_on_a_full_disk(own_db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with Store.open(own_db) as store:
        backup(store, copy)
    before = copy.read_bytes()
    commands = (
        ["backup", "--replace", copy],
        ["restore", "--yes", copy],
        ["index", "--rebuild"],
    )
    for command in commands:
        for size in (0, 60_000):
            done = limited(size, *command, "--db", own_db)
            assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done
            assert copy.read_bytes() == before
            with Store.open(own_db) as store:
                assert store.faults() == []
                assert store.facts().posts == 48


def test_an_index_that_does_not_fit_leaves_the_old_one(own_db: Path) -> None:
    def passages(size: int) -> object:
        told = json.loads(limited(size, "ask", "--json", QUESTION, "--db", own_db).stdout)
        return {name: value for name, value in told.items() if not name.endswith("_ms")}

    before = passages(ROOM)
    done = limited(60_000, "index", "--rebuild", "--db", own_db)
    assert done.returncode == 2
    assert ".arrays" in done.stderr
    assert passages(60_000) == passages(ROOM) == before


def test_a_write_protected_database_is_asked_and_not_written_to(
    own_db: Path, tmp_path: Path
) -> None:
    """In a mount namespace of its own: root may write to whatever its bits say."""
    folder = tmp_path / "protected"
    folder.mkdir()
    shutil.copy(own_db, folder / "a.db")
    shutil.copytree(own_db.with_suffix(".index"), folder / "a.index")

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "bot", *map(str, arguments)]
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
        return subprocess.run(
            ["unshare", "-rm", "sh", "-c", mount, str(folder), *command],
            capture_output=True, text=True, cwd=ROOT, check=False,
        )  # fmt: skip

    try:
        asked = run("ask", QUESTION, "--db", folder / "a.db")
    except FileNotFoundError:
        pytest.skip("no unshare here")
    if "unshare" in asked.stderr or "mount" in asked.stderr:
        pytest.skip("mount namespaces are not permitted here")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert "287万户次" in asked.stdout
    forgetting = run("forget", "202202162277943417", "--yes", "--db", folder / "a.db")
    assert (forgetting.returncode, len(forgetting.stderr.splitlines())) == (2, 1)
    assert "write-protected" in forgetting.stderr
    shutil.rmtree(folder / "a.index")
    assert "Read-only file system" in run("ask", QUESTION, "--db", folder / "a.db").stderr


def test_a_locked_database_answers_and_says_why_it_is_not_written_to(
    own_db: Path, tmp_path: Path
) -> None:
    post = write(tmp_path / "a.md", "一篇。", code="1" * 18)
    blocker = sqlite3.connect(own_db)
    blocker.execute("BEGIN EXCLUSIVE")
    try:
        asked = limited(ROOM, "ask", QUESTION, "-n", "1", "--db", own_db)
        assert (asked.returncode, asked.stderr) == (0, "")
        with Store.open(own_db) as store:
            store._db.execute("PRAGMA busy_timeout = 100")
            with pytest.raises(StoreError, match="another program is writing"):
                ingest(store, [post])
            assert len(shown(store)) == 48
    finally:
        blocker.close()


def test_a_kill_of_migration_backup_restore_or_repair_loses_nothing(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    killing_care.pristine(whole, 60)
    for name in killing_care.WORKS:
        killing_care.kill(name, whole, tmp_path / "work", [0.5])
