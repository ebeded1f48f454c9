"""A site from its files to its answers.

    python -m tests.drills.benchmarks.bench_ingest --data FOLDER

Generates a site from the posts in FOLDER (or takes --site), and prints what a first ingest, a
second one, a git source with 100 changed files and a watched folder under questions cost; beside
them a straightforward pipeline (jieba.lcut, one process, BM25Okapi) on the first files.
"""

import argparse
import random
import resource
import statistics
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import jieba
from rank_bm25 import BM25Okapi

from corpus.errors import NotAPost
from corpus.reading.post_files import load
from corpus.sources.folders import find
from corpus.sources.kinds import kind_of
from corpus.store.store import Store
from corpus.store.values import Filters
from corpus.sync.following import look
from retrieval.engine.opening import opened_answerer
from retrieval.engine.worker import watching
from tests.drills.benchmarks.generate import generate, posts_in

ROOT = Path(__file__).resolve().parents[3]
INTERVAL = 1  # seconds between two looks of the watch
RATE = 20  # questions a second


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT / "corpus" / "sample")
    parser.add_argument("--site", type=Path, help="a site there is; it is not changed")
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--peer-files", type=int, default=1_000)
    parser.add_argument("--seconds", type=int, default=30, help="of watching")
    arguments = parser.parse_args()
    with TemporaryDirectory() as folder:
        site, work = arguments.site or Path(folder, "site"), Path(folder)
        if not arguments.site:
            generate(site, posts_in(arguments.data), files=arguments.files)
        db = work / "taxnews.db"
        first = timed("first ingest", db, site)
        second = timed("second ingest, nothing changed", db, site)
        print(f"the second is {first / second:.1f} times as fast")
        changed_checkout(work)
        straightforward(site, arguments.peer_files)
        watched(db, work / "watched", arguments.seconds)


def timed(label: str, db: Path, site: Path) -> float:
    """Seconds of a `taxnews ingest` to searchable; prints them, and its peak memory."""
    command = [sys.executable, "-m", "bot", "ingest", "--db", str(db), str(site)]
    began = time.perf_counter()
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    files = len(find(str(site)).files)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{label}: {run.stdout.strip()}")
    print(f"  {seconds:.1f} s, {files / seconds:,.0f} files/s, peak {peak:,.0f} MB so far")
    return seconds


def changed_checkout(work: Path) -> None:
    """Prints the time of a look at a git source of which 100 files have changed."""
    site = work / "checkout"
    generate(site, posts_in(ROOT / "corpus" / "sample"), files=2_000)
    git = ["git", "-C", str(site), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "1"]):
        subprocess.run([*git, *arguments], check=True)
    with Store.open(work / "git.db", create=True) as store:
        kind, location = kind_of(str(site))
        look(store, store.add_source(kind, location, every=300))
        for path in random.Random(1).sample(sorted((site / "old_post").iterdir()), 100):
            path.write_bytes(path.read_bytes() + b"\n<p>More.</p>")
        subprocess.run([*git, "commit", "-qam", "2"], check=True)
        began = time.perf_counter()
        summary = look(store, store.sources()[0])
        print(
            f"a git source with 100 changed files: {time.perf_counter() - began:.2f} s; {summary}"
        )


def straightforward(site: Path, files: int) -> None:
    """Prints what a pipeline as in a tutorial costs: jieba.lcut in one process, BM25Okapi."""
    jieba.initialize()
    began = time.perf_counter()
    corpus = []
    paths = find(str(site)).files[:files]
    for path in paths:
        with suppress(NotAPost):
            corpus += [jieba.lcut(p.text) for p in load(Path(path)).paragraphs]
    BM25Okapi(corpus)
    seconds = time.perf_counter() - began
    print(f"straightforward, {len(paths):,} files: {seconds:.1f} s, {len(paths) / seconds:,.0f}/s")


def watched(db: Path, folder: Path, seconds: int) -> None:
    """Prints how long new posts take to be answers, and questions meanwhile."""
    folder.mkdir()
    with Store.open(db) as store:
        store.add_source("folder", str(folder), every=INTERVAL)
        titles = [post.title for post in store.listed(Filters(), 200, 0) if post.title]
    stop = threading.Event()
    waits: list[float] = []
    with opened_answerer(db) as answerer, watching(db):

        def post_and_wait() -> None:
            number = 0
            while not stop.wait(2):
                number += 1
                name = f"{random.Random(number).randrange(10**9):09}"
                text = f"编号{name}的蓝鲸灯塔今年共退税{number}万元。"
                post = (
                    f'---\nlayout: post\ntitle: "蓝鲸灯塔{name}"\ndate: 2026-01-01\n---\n{text}\n'
                )
                (folder / f"2026-01-01-{number:018}.md").write_text(post, "utf-8")
                written = time.perf_counter()
                while not stop.is_set():
                    answer = answerer.ask(f"编号{name}的蓝鲸灯塔退税多少？")
                    if answer.answered and text in answer.passages[0].text:
                        waits.append(time.perf_counter() - written)
                        break
                    time.sleep(0.1)

        poster = threading.Thread(target=post_and_wait)
        poster.start()
        took = []
        end = time.perf_counter() + seconds
        while (began := time.perf_counter()) < end:
            answerer.ask(random.choice(titles))
            took.append(1000 * (time.perf_counter() - began))
            time.sleep(max(0, 1 / RATE - (time.perf_counter() - began)))
        stop.set()
        poster.join()
    if waits:
        print(
            f"{len(waits)} new posts in a folder looked at every {INTERVAL} s: answers after"
            f" {statistics.median(waits):.1f} s (median), {max(waits):.1f} s at most"
        )
    p95 = statistics.quantiles(took, n=20)[-1]
    print(
        f"{len(took)} questions meanwhile: p50 {statistics.median(took):.1f} ms, p95 {p95:.1f} ms"
    )


if __name__ == "__main__":
    main()
