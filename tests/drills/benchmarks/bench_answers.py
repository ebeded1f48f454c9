"""A question to its answer.

    python -m tests.drills.benchmarks.bench_answers --questions FILE [--db FILE]

Prints what `Answerer.ask` costs, six answers, on one core: the gold questions in FILE (JSON
Lines with a "question"), and questions as long as are taken, made of the corpus's own sentences.
Without --db, it generates a site of so many --files from the posts in --data and ingests it.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.engine.opening import opened_answerer
from tests.drills.benchmarks.generate import generate, posts_in

ROOT = Path(__file__).resolve().parents[3]
WARM_UP = 20  # questions asked before the clock runs
LONG = 200  # questions of LONGEST_QUESTION characters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=Path, default=ROOT / "tests/questions/sample.jsonl")
    parser.add_argument("--db", type=Path, help="a database there is")
    parser.add_argument("--data", type=Path, default=ROOT / "corpus" / "sample")
    parser.add_argument("--files", type=int, default=10_000)
    arguments = parser.parse_args()
    lines = arguments.questions.read_text(encoding="utf-8").splitlines()
    questions = [str(json.loads(line)["question"]) for line in lines]
    with TemporaryDirectory() as folder:
        db = arguments.db or Path(folder, "taxnews.db")
        if not arguments.db:
            generate(Path(folder, "site"), posts_in(arguments.data), files=arguments.files)
            taxnews("ingest", "--db", str(db), str(Path(folder, "site")))
        measure(db, questions)


def measure(db: Path, questions: Sequence[str]) -> None:
    """Prints what questions cost over the database at `db`."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # inherited by what it starts
    with Store.open(db) as store:
        facts = store.facts()
        texts = [entry.text for entry in store.entries(store.all_keys()[:2000])]
    print(f"{facts.posts:,} posts, {facts.paragraphs:,} paragraphs; one core")
    starts = [taxnews("ask", questions[0], "--db", str(db)) for _ in range(3)]
    print(f"`taxnews ask`, from its start to its end: {1000 * min(starts):,.0f} ms")
    with opened_answerer(db) as answerer:
        report(answerer, "questions", questions)
        report(answerer, f"of {LONGEST_QUESTION:,} characters", long_questions(texts))
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak of the memory resident, the index's files included: {resident:,.0f} MB")


def long_questions(texts: Sequence[str]) -> list[str]:
    """Questions as long as are taken, each of other sentences: several hundred terms."""
    dice = random.Random(1)
    made = []
    for _ in range(LONG):
        text = ""
        while len(text) < LONGEST_QUESTION:
            text += dice.choice(texts)
        made.append(text[:LONGEST_QUESTION])
    return made


def report(answerer: Answerer, label: str, questions: Sequence[str]) -> None:
    for question in questions[:WARM_UP]:
        answerer.ask(question)
    wall, cpu = [], []
    for question in questions:
        began = time.perf_counter(), time.process_time()
        answerer.ask(question)
        wall.append(1000 * (time.perf_counter() - began[0]))
        cpu.append(1000 * (time.process_time() - began[1]))
    print(f"{len(questions)} {label}, ms: p50 / p95 / p99")
    for clock, took in (("wall", wall), ("CPU", cpu)):
        cuts = statistics.quantiles(took, n=100, method="inclusive")
        print(f"  {clock:4} {cuts[49]:6.1f} / {cuts[94]:6.1f} / {cuts[98]:6.1f}")


def taxnews(*arguments: str) -> float:
    """Seconds that a `taxnews` command takes."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "bot", *arguments], cwd=ROOT, check=True, capture_output=True
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
