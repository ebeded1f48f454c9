"""What counting and filtering cost: python -m tests.drills.benchmarks.bench_statistics --db FILE

Seconds on one core over the database at FILE: the mentions of subjects, month by month; the
paragraphs of a place's posts; finding anew which places all posts are about (on a copy).
"""

import argparse
import os
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.index_sync import open_index
from retrieval.news.trends import subjects_in, trend

SUBJECTS = ("骗税", "虚开发票", "留抵退税", "没有这样的词", "留抵退税 骗税 增值税 虚开 个人所得税")
PLACES = ("广东省", "深圳市")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path, required=True)
    db = parser.parse_args().db
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with Store.open(db) as store, open_index(db, read_only=True) as index:
        facts = store.facts()
        print(f"{facts.posts:,} posts, {facts.paragraphs:,} paragraphs; one core")
        index.search({"bigrams": ["发票"]})  # compiles the kernels
        for words in SUBJECTS:
            now, subjects = datetime.now(timezone.utc), subjects_in(words)
            seconds, found = timed(lambda s=subjects, n=now: trend(store, index, s, n))
            posts = ", ".join(f"{line.total:,}" for line in found.lines)
            print(f"{seconds:6.2f} s  {words}: {posts} posts")
        for place in PLACES:
            seconds, keys = timed(lambda p=place: store.keys(Filters(place=p)))
            print(f"{seconds:6.2f} s  narrowed to {place}: {len(keys):,} paragraphs")
    with TemporaryDirectory() as folder:
        copy = Path(shutil.copy(db, folder))
        with Store.open(copy) as store, store.transaction():
            seconds, _ = timed(store.note_places)
            print(f"{seconds:6.2f} s  which places each post is about")


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """The seconds that some work takes, and what comes of it."""
    started = time.perf_counter()
    result = work()
    return time.perf_counter() - started, result


if __name__ == "__main__":
    main()
