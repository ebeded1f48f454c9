"""Kills a process while it writes to an index, and looks at what is left.

    python -m tests.drills.killing --moments 200 [--seed N]

A child adds, deletes, replaces, rebuilds and merges, and says after each write that it is done.
It is killed (SIGKILL) at random moments, and at every named step of a write. Whatever it had
acknowledged must be there, the write under way whole or not at all, and every answer must be
that of an index built anew from the same paragraphs.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from retrieval.index import Index, merging, storage

WORDS = [f"词{number}" for number in range(40)]
QUESTIONS = [["词1"], ["词2", "词3", "词39"], ["词0", "词5", "词5", "词17", "词20"], ["新"]]
WRITES = 160
REBUILD = 50  # every so many writes
FLUSH = 60  # documents: small, so that merging happens all the time


def write(index: Index, number: int, paragraphs: dict[int, list[str]]) -> None:
    """The write of a number, the same in every process; `paragraphs` follows it."""
    chance = random.Random(number)
    if number % REBUILD == REBUILD - 1:
        changed = dict(list(paragraphs.items())[number % 3 :: 2])
        changed[number] = ["新", *chance.choices(WORDS, k=9)]
        paragraphs.clear()
        paragraphs.update(changed)
        if index is not None:
            index.rebuild(changed.items(), mark=str(number))
    elif number % 5 == 4:
        gone = chance.sample(range(8 * number), k=6)
        for key in gone:
            paragraphs.pop(key, None)
        if index is not None:
            index.delete(gone, mark=str(number))
    else:
        added = {
            chance.randrange(10 * number + 10): chance.choices(WORDS, k=chance.randrange(30))
            for _ in range(chance.randrange(1, 16))
        }
        paragraphs.update(added)
        if index is not None:
            index.add(added.items(), mark=str(number))


def paragraphs_after(writes: int) -> dict[int, list[str]]:
    """What is alive after so many writes."""
    paragraphs: dict[int, list[str]] = {}
    for number in range(writes):
        write(None, number, paragraphs)  # type: ignore[arg-type]
    return paragraphs


def run_child(folder: Path, prepare: Callable[[], None], after: float | None) -> int:
    """Writes in a process of its own until it is killed; the number of acknowledged writes.

    `prepare` runs in the child; `after` so many seconds it is killed from outside.
    """
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(receiving)
            prepare()
            merging.FLUSH = FLUSH
            index = Index.open(folder)
            paragraphs: dict[int, list[str]] = {}
            for number in range(WRITES):
                write(index, number, paragraphs)
                os.write(sending, b".")
            index.flush()
        finally:
            os._exit(0)
    os.close(sending)
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    acknowledged = 0
    while received := os.read(receiving, 4096):
        acknowledged += len(received)
    os.close(receiving)
    os.waitpid(child, 0)
    return acknowledged


def check(folder: Path, acknowledged: int) -> None:
    """Raises AssertionError unless the index holds what it must, and answers as a rebuilt one."""
    with Index.open(folder) as index:
        done = int(index.mark) + 1 if index.mark is not None else 0
        assert done in (acknowledged, acknowledged + 1), f"{acknowledged} were done, {done} found"
        expected = paragraphs_after(done)
        assert index.keys().tolist() == sorted(expected), "other keys"
        with tempfile.TemporaryDirectory() as other, Index.open(other) as fresh:
            fresh.rebuild(expected.items())
            for question in QUESTIONS:
                hits, others = index.search(question, 1000), fresh.search(question, 1000)
                assert dict(hits).keys() == dict(others).keys(), "other hits"
                for key, score in others:
                    assert abs(dict(hits)[key] - score) < 1e-9, "another score"
        index.verify()
        index.add([(10**9, ["新"])])
        assert 10**9 in index


def kill_at_step(folder: Path, name: str, occurrence: int) -> int:
    """Kills the child when it comes to a step for the so-manyeth time; the acknowledged writes."""

    def prepare() -> None:
        left = [occurrence]

        def step(reached: str) -> None:
            if reached == name:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        storage.step = step

    return run_child(folder, prepare, None)


def kill_after(folder: Path, seconds: float) -> int:
    """Kills the child after a time; the number of acknowledged writes."""
    return run_child(folder, lambda: None, seconds)


def steps() -> dict[str, int]:
    """Every named step that an undisturbed run comes by, and how often."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "steps"

        def prepare() -> None:
            file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            storage.step = lambda name: os.write(file, f"{name}\n".encode()) and None

        begun = time.monotonic()
        assert run_child(Path(folder) / "index", prepare, None) == WRITES
        steps.took = time.monotonic() - begun  # type: ignore[attr-defined]
        return Counter(log.read_text().splitlines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--moments", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    named = steps()
    moments: list[tuple[str, int] | float] = []
    for name, count in named.items():
        moments += [(name, 1), (name, count), (name, chance.randint(1, count))]
    took: float = steps.took  # type: ignore[attr-defined]
    while len(moments) < arguments.moments:
        moments.append(chance.uniform(0, took))
    for moment in moments:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "index"
            if isinstance(moment, tuple):
                acknowledged = kill_at_step(folder, *moment)
            else:
                acknowledged = kill_after(folder, moment)
            try:
                check(folder, acknowledged)
            except Exception as error:
                raise SystemExit(f"killed at {moment}, seed {seed}: {error}") from error
    print(f"{len(moments)} moments, {len(named)} named steps among them: nothing was lost")


if __name__ == "__main__":
    main()
