"""Kills what looks after a database, migration, backup, restore and repair, and looks what is left.

    python -m tests.drills.killing_care [--kills 200] [--files 1000] [--seed N]

Each is killed (SIGKILL) at random moments of its work. Whatever it worked on must be as before it
or as after it, with every post whole; and doing it again must end well.
"""

import argparse
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path

from bot.storage.chats import ChatStore
from corpus.care import backups
from corpus.care.repair import repair
from corpus.reading.posts import Post
from corpus.store.store import Store
from corpus.sync.ingest import ingest
from tests.drills.benchmarks.generate import generate, posts_in
from tests.support.forked import Forked

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "corpus" / "sample"


@dataclass(frozen=True)
class Work:
    """Something to kill: it is prepared in a folder of copies, done there, and then checked."""

    prepare: Callable[[Path], None]
    do: Callable[[Path], None]
    after: str
    """The file that shows how far it came: all of its posts must be whole."""


def posts_of(db: Path) -> list[Post]:
    """The posts; raises AssertionError for a database that is not sound."""
    with Store.open(db) as store:
        assert store.faults() == []
        return [story.post for story in store.all_stories()]


def make_older(folder: Path) -> None:
    """Makes a.db one of an older schema, without checksums."""
    with closing(sqlite3.connect(folder / "a.db")) as db:
        for table in ("posts", "files"):
            db.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm005_checksums'")
        db.commit()


def damage(folder: Path) -> None:
    """Makes some pages of a.db unreadable."""
    data = bytearray((folder / "a.db").read_bytes())
    for place in range(40 * 4096, len(data), len(data) // 5):
        data[place : place + 4096] = b"\xff" * 4096
    (folder / "a.db").write_bytes(data)


def falsify(folder: Path) -> None:
    """Changes some texts of a.db, as a disk does."""
    with closing(sqlite3.connect(folder / "a.db")) as db:
        db.execute("UPDATE paragraphs SET text = text || '。' WHERE id % 7 = 0")
        db.commit()


def do_backup(folder: Path) -> None:
    with Store.open(folder / "a.db") as store:
        backups.backup(store, folder / "copy.db")


def do_repair(folder: Path, backup: str | None = "copy.db") -> None:
    kept = folder / backup if backup else None
    for _ in repair(folder / "a.db", lambda path: ChatStore(path).close(), kept):
        pass


WORKS = {
    "migration": Work(make_older, lambda folder: Store.open(folder / "a.db").close(), "a.db"),
    "backup": Work(lambda folder: None, do_backup, "copy.db"),
    "restore": Work(
        lambda folder: None,
        lambda folder: backups.restore(folder / "a.db", folder / "other.db"),
        "a.db",
    ),
    "repair": Work(damage, do_repair, "a.db"),
    "repair from files": Work(falsify, lambda folder: do_repair(folder, backup=None), "a.db"),
}


def pristine(folder: Path, files: int) -> None:
    """a.db, its copy copy.db, and other.db with other posts."""
    for name, seed in (("a.db", 1), ("other.db", 2)):
        site = folder.parent / f"site{seed}"
        generate(site, posts_in(SAMPLE), files=files, seed=seed)
        with Store.open(folder / name, create=True) as store:
            ingest(store, [site])
            if seed == 1:
                backups.backup(store, folder / "copy.db")


def start(name: str, folder: Path) -> Forked:
    """A process that is about to begin a work."""
    reading, writing = Pipe(duplex=False)
    process = Forked(begin, name, folder, writing)
    writing.close()
    reading.recv_bytes()
    reading.close()
    return process


def begin(name: str, folder: Path, ready: Connection) -> None:
    """Does a work, in a process of its own, after saying so."""
    ready.send_bytes(b"ready")
    WORKS[name].do(folder)


def kill(name: str, whole: Path, folder: Path, moments: list[float]) -> list[float]:
    """Kills a work at these parts of its time, and checks what is left; when it was killed (s)."""
    work = WORKS[name]

    def copied() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        work.prepare(folder)

    copied()
    known = [posts_of(whole / file) for file in ("a.db", "other.db")]
    process = start(name, folder)
    begun = time.monotonic()
    assert process.wait() == 0
    took = time.monotonic() - begun
    after = posts_of(folder / work.after)
    assert after in known
    killed = []
    for moment in moments:
        copied()
        process = start(name, folder)
        time.sleep(moment * took)
        process.kill()
        process.wait()
        killed.append(moment * took)
        if not name.startswith("repair"):  # which leaves what is damaged as it is
            assert posts_of(folder / work.after) in known
        work.do(folder)
        assert posts_of(folder / work.after) == after
        assert posts_of(folder / "other.db") == known[1]
    return killed


def main() -> None:
    """Prints the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        whole = Path(name) / "whole"
        pristine(whole, options.files)
        for each in WORKS:
            moments = [chance.random() for _ in range(options.kills // len(WORKS))]
            killed = kill(each, whole, Path(name) / "work", moments)
            print(
                f"{each}: killed {len(killed)} times in its first {max(killed):.2f} s:"
                " nothing was lost",
                flush=True,
            )


if __name__ == "__main__":
    main()
