"""Kills an ingest at random steps, then lets one end: is all as if undisturbed, answers too?

    python -m tests.drills.benchmarks.kills SITE [--kills 50] [--seed 1]

SITE is a folder of posts, e.g. of generate.py. Exits with 1 if anything differs.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.answering.answer import Answer
from retrieval.engine.opening import opened_answerer
from retrieval.index import storage
from tests.support.forked import Forked, command

ASKED = 200  # titles of posts, as questions
# All but times of reading, and stamps: a file's own time is not believed in its first seconds.
CONTENT = (
    "SELECT * FROM posts ORDER BY id",
    "SELECT * FROM paragraphs ORDER BY id",
    "SELECT path, hash, post, preference, reading, source FROM files ORDER BY path",
    "SELECT path, hash, kind, reason FROM problems ORDER BY path",
    "SELECT * FROM changes ORDER BY id",
    "SELECT name, seq FROM sqlite_sequence ORDER BY name",
)


def start(db: Path, site: Path, last: int | None = None, log: Path | None = None) -> Forked:
    """An ingest, killed before its step `last`; its steps are written into `log`, a byte each.

    A step is a statement of SQL that begins, ends or writes, or a named one of the index.
    """
    return Forked(_ingest, db, site, last, log)


def _ingest(db: Path, site: Path, last: int | None, log: Path | None) -> None:
    steps = 0
    file = os.open(log, os.O_WRONLY | os.O_CREAT) if log else None

    def step(name: str) -> None:
        nonlocal steps
        if name.startswith("SELECT"):
            return
        steps += 1
        if steps == last:
            os.kill(os.getpid(), signal.SIGKILL)
        if file is not None:
            os.write(file, b".")

    connect = sqlite3.connect

    def traced(*given: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*given, **more)
        connection.set_trace_callback(step)
        return connection

    sqlite3.connect = traced
    storage.step = step
    command("ingest", "--quiet", "--db", db, site)


def content(db: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(db)) as connection:
        return [connection.execute(query).fetchall() for query in CONTENT]


def answers(db: Path, asked: int) -> list[Answer]:
    """What is answered to so many titles of posts from all over the database."""
    with Store.open(db) as store:
        titles = [post.title for post in store.listed(Filters(), 1 << 30, 0) if post.title]
    with opened_answerer(db) as answerer:
        return [answerer.ask(title) for title in titles[:: max(1, len(titles) // asked)]]


def survives(site: Path, folder: Path, *, kills: int, seed: int, asked: int = ASKED) -> bool:
    """Whether an ingest killed `kills` times ends as an undisturbed one, to the same answers.

    One that ends before its kill is begun anew, so that each kill has work to disturb.
    """
    undisturbed, killed, log = (folder / name for name in ("undisturbed.db", "killed.db", "steps"))
    assert start(undisturbed, site, log=log).wait() == 0
    moments = random.Random(seed)
    left = kills
    while left:
        if start(killed, site, moments.randint(1, log.stat().st_size)).wait():
            left -= 1
        else:
            for path in folder.glob("killed.*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert start(killed, site).wait() == 0
    if content(killed) != content(undisturbed):
        return False
    return answers(killed, asked) == answers(undisturbed, asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        same = survives(arguments.site, Path(folder), kills=arguments.kills, seed=arguments.seed)
    print(f"{arguments.kills} kills: {'the same database and answers' if same else 'DIFFERENT'}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
