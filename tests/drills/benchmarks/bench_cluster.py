"""The same questions to the own index and to a real cluster.

    python -m tests.drills.benchmarks.bench_cluster FOLDER --questions FILE [--db FILE]

In FOLDER three OpenSearch nodes are started and fed from the database. Prints what a question to
its answer costs here and there, the first time that it is asked and the second, and the nodes' CPU
time for it; how often the first passages are the same; and the confidence in questions of FILE
(JSON Lines with a "question") that are answered by one of the two only.
Without --db, it generates a site of so many --files from the posts in --data and ingests it.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.cluster.choice import ClusterChoice
from retrieval.engine.opening import opened_answerer
from tests.drills.benchmarks.bench_answers import ROOT, taxnews
from tests.drills.benchmarks.generate import generate, posts_in
from tests.support.opensearch import Cluster, distribution, running

LIMIT = 6
WARM_UP = 20  # questions asked before the clock runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where OpenSearch is kept, and its nodes run")
    parser.add_argument("--questions", type=Path, default=ROOT / "tests/questions/sample.jsonl")
    parser.add_argument("--db", type=Path, help="a database there is")
    parser.add_argument("--data", type=Path, default=ROOT / "corpus" / "sample")
    parser.add_argument("--files", type=int, default=15_000)
    parser.add_argument("--now", type=datetime.fromisoformat, help="the day of the questions")
    given = parser.parse_args()
    lines = given.questions.read_text(encoding="utf-8").splitlines()
    questions = [str(json.loads(line)["question"]) for line in lines]
    folder = given.folder.absolute()
    distribution(folder)
    with TemporaryDirectory() as scratch, running(folder, folder / "bench") as cluster:
        db = given.db or Path(scratch, "taxnews.db")
        if not given.db:
            generate(Path(scratch, "site"), posts_in(given.data), files=given.files)
            taxnews("ingest", "--db", str(db), str(Path(scratch, "site")))
        os.environ["TAXNEWS_CLUSTER"] = cluster.setting
        print(f"fed in {taxnews('cluster', 'feed', '--db', str(db)):.1f} s", flush=True)
        compare(db, cluster, questions, given.now and given.now.replace(tzinfo=timezone.utc))


def compare(db: Path, cluster: Cluster, questions: Sequence[str], now: datetime | None) -> None:
    """Prints what questions cost, and where answers differ."""
    choice = ClusterChoice(tuple(node.url for node in cluster.nodes))
    with opened_answerer(db) as own, opened_answerer(db, cluster=choice) as there:
        print(f"{len(own.index):,} paragraphs, {len(questions)} questions, {LIMIT} passages")
        here = measured("own index", own, cluster, questions, now)
        away = measured("cluster", there, cluster, questions, now)
    same = [first_of(one) == first_of(other) for one, other in zip(here, away, strict=True)]
    print(f"first passage the same: {sum(same)} of {len(same)}; not of question", end="")
    print(*(f" {at}" for at, is_same in enumerate(same, 1) if not is_same), sep=",")
    for at, (one, other) in enumerate(zip(here, away, strict=True), 1):
        if bool(one.passages) != bool(other.passages):
            print(f"question {at}: confidence {one.confidence:.4f}, {other.confidence:.4f}")


def measured(
    name: str,
    answerer: Answerer,
    cluster: Cluster,
    questions: Sequence[str],
    now: datetime | None,
) -> list[Answer]:
    """The answers; prints what they cost when asked for the first time, and the second."""
    for question in questions[:WARM_UP]:
        answerer.ask(question, limit=LIMIT, now=now)
    answers: list[Answer] = []
    for turn in ("first", "second"):
        before, took = cpu_of(cluster), []
        answers.clear()
        for question in questions:
            started = time.perf_counter()
            answers.append(answerer.ask(question, limit=LIMIT, now=now))
            took.append(1000 * (time.perf_counter() - started))
        spent = 1000 * (cpu_of(cluster) - before) / len(questions)
        cuts = statistics.quantiles(took, n=100, method="inclusive")
        told = f"p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms"
        print(f"{name}, {turn} time: {told}; the nodes {spent:.1f} ms of CPU", flush=True)
    return answers


def first_of(answer: Answer) -> tuple[str, int] | None:
    """The post and the paragraph that come first; None where the question is refused."""
    return (answer.passages[0].post, answer.passages[0].paragraph) if answer.passages else None


def cpu_of(cluster: Cluster) -> float:
    """Seconds of CPU that the nodes have taken."""
    ticks = 0
    for node in cluster.nodes:
        numbers = Path(f"/proc/{node.pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(numbers[11]) + int(numbers[12])
    return ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
