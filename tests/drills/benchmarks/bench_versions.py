"""Several versions' answers, each question put to them in turn.

    python -m tests.drills.benchmarks.bench_versions --questions FILE [--rounds 2] CHECKOUT=DB …

Prints the CPU time of an answer by each version, asked first and asked again, and its part of the
first one's: so a busy machine is as busy for all. A CHECKOUT has its packages in .venv, or else
those of this Python; its DB was ingested by it.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ANSWER = """
import json, sys, time
from pathlib import Path
try:
    from retrieval.engine.opening import opened_answerer
except ImportError:  # before there was an engine
    from bot.app import opened_answerer
with opened_answerer(Path(sys.argv[1])) as answerer:
    try:
        from retrieval.index.live import settle  # as a bot does
        settle(len(answerer.index))
    except ImportError:
        pass
    for line in sys.stdin:
        began = time.process_time()
        answerer.ask(json.loads(line))
        print(1000 * (time.process_time() - began), flush=True)
"""
WARM_UP = 20  # questions asked before the clock runs


class Version:
    """A process that answers by one checkout."""

    def __init__(self, checkout: Path, db: Path) -> None:
        own = checkout / ".venv" / "bin" / "python"
        self._process = subprocess.Popen(
            [str(own) if own.exists() else sys.executable, "-c", ANSWER, str(db.resolve())],
            cwd=checkout,
            env=os.environ | {"PYTHONPATH": str(checkout.resolve())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.name = checkout.name

    def ask(self, question: str) -> float:
        """The milliseconds of CPU time that the answer takes."""
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def end(self) -> None:
        """Ends the process."""
        self._process.communicate()


def in_turn(versions: Sequence[Version], questions: Sequence[str]) -> list[list[float]]:
    """What each question costs, by version."""
    took: list[list[float]] = [[] for _ in versions]
    for number, question in enumerate(questions):
        for place in range(len(versions)):  # another one first each time
            at = (number + place) % len(versions)
            took[at].append(versions[at].ask(question))
    return took


def figures(took: Sequence[float]) -> list[float]:
    """Mean, median and 95th percentile."""
    cuts = statistics.quantiles(took, n=20, method="inclusive")
    return [statistics.mean(took), cuts[9], cuts[18]]


def report(label: str, versions: Sequence[Version], took: Sequence[Sequence[float]]) -> None:
    """Prints the figures of each version, and what part they are of the first one's."""
    print(f"{label}, CPU ms: mean / p50 / p95")
    first = figures(took[0])
    for version, own in zip(versions, map(figures, took), strict=True):
        parts = (one / other for one, other in zip(own, first, strict=True))
        shown = " / ".join(f"{one:.1f}" for one in own), " / ".join(f"{one:.2f}" for one in parts)
        print(f"  {version.name:12} {shown[0]}   {shown[1]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--rounds", type=int, default=2, help="how often all are asked again")
    parser.add_argument("versions", nargs="+", metavar="CHECKOUT=DB")
    arguments = parser.parse_args()
    lines = [line for file in arguments.questions for line in file.read_text("utf-8").splitlines()]
    questions = [str(json.loads(line)["question"]) for line in lines]
    versions = [Version(*map(Path, one.split("=", 1))) for one in arguments.versions]
    in_turn(versions, questions[:WARM_UP])
    questions = questions[WARM_UP:]
    report(f"{len(questions)} asked first", versions, in_turn(versions, questions))
    rounds = [in_turn(versions, questions) for _ in range(arguments.rounds)]
    if rounds:  # the least, as others' work only adds to it
        least = [list(map(min, zip(*of_one, strict=True))) for of_one in zip(*rounds, strict=True)]
        report("asked again, the least of the rounds", versions, least)
    for version in versions:
        version.end()


if __name__ == "__main__":
    main()
