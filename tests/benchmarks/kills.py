"""Kills an ingest at random moments, then lets one end: is the database as if undisturbed?

    python tests/benchmarks/kills.py SITE [--kills 50] [--seed 1]

SITE is a folder of posts, e.g. of generate.py. Exits with 1 if anything differs.
"""

import argparse
import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

INGEST = """
import sys
from pathlib import Path
from corpus.ingest import ingest
from corpus.store import Store
with Store.open(Path(sys.argv[1]), create=True) as store:
    ingest(store, [sys.argv[2]])
"""
# All but times of reading, and stamps: a file's own time is not believed in its first seconds.
CONTENT = (
    "SELECT * FROM posts ORDER BY id",
    "SELECT * FROM paragraphs ORDER BY id",
    "SELECT path, hash, post, preference, reading, source FROM files ORDER BY path",
    "SELECT path, hash, kind, reason FROM problems ORDER BY path",
    "SELECT * FROM changes ORDER BY id",
    "SELECT name, seq FROM sqlite_sequence ORDER BY name",
)


def start(db: Path, site: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-c", INGEST, str(db), str(site)])


def content(db: Path) -> list[list[tuple[object, ...]]]:
    with closing(sqlite3.connect(db)) as connection:
        return [connection.execute(query).fetchall() for query in CONTENT]


def survives(site: Path, folder: Path, *, kills: int, seed: int) -> bool:
    """Whether a database ingested under `kills` kills ends as an undisturbed one."""
    began = time.monotonic()
    assert start(folder / "undisturbed.db", site).wait() == 0
    longest = time.monotonic() - began
    moments = random.Random(seed)
    for _ in range(kills):
        process = start(folder / "killed.db", site)
        try:
            process.wait(moments.uniform(0, longest))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    assert start(folder / "killed.db", site).wait() == 0
    return content(folder / "killed.db") == content(folder / "undisturbed.db")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        same = survives(arguments.site, Path(folder), kills=arguments.kills, seed=arguments.seed)
    print(f"{arguments.kills} kills: {'the same database' if same else 'a DIFFERENT database'}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
