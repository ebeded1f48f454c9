"""A few of the moments of tests/drills/killing.py (`python -m tests.drills.killing`: 200)."""

from __future__ import annotations

import math
import os
import random
from pathlib import Path

import pytest

from retrieval.index import Index, merging
from tests.drills import killing

# How often these come depends on the moment: the step may not come again.
IN_THE_BACKGROUND = ("work", "commit", "journal: begun", "arrays", "manifest")

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills by fork and signal")


def test_nothing_acknowledged_is_lost_when_killed_at_a_named_step(tmp_path: Path) -> None:
    for number, (name, count) in enumerate(killing.steps().items()):
        folder = tmp_path / str(number)
        acknowledged = killing.kill_at_step(folder, name, (count + 1) // 2)
        assert acknowledged < killing.WRITES or name.startswith(IN_THE_BACKGROUND)
        killing.check(folder, acknowledged)


def test_nothing_acknowledged_is_lost_when_killed_at_any_moment(tmp_path: Path) -> None:
    chance = random.Random()
    for number in range(6):
        moment = chance.uniform(0, 0.5)
        print(f"killed after {moment} s")
        folder = tmp_path / str(number)
        killing.check(folder, killing.kill_after(folder, moment))


def test_readers_in_other_processes_see_whole_generations_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paragraphs come 20 at a time, all with one term of idf ln(1 + ½ ÷ (N + ½))."""
    monkeypatch.setattr(merging, "FLUSH", 100)
    writes = 150
    scores = {round(math.log1p(0.5 / (20 * n + 0.5)), 9) for n in range(1, writes + 1)}

    def read() -> int:
        with Index.open(tmp_path, read_only=True) as reader:
            while True:
                hits = reader.search(["税"], 3)
                if [key for key, _ in hits] != [0, 1, 2]:
                    return 1
                if not {round(score, 9) for _, score in hits} <= scores:
                    return 2
                if len(reader) == 20 * writes:
                    return 0

    with Index.open(tmp_path) as index:
        index.add([(key, ["税"]) for key in range(20)])
        children = []
        for _ in range(2):
            child = os.fork()
            if child == 0:
                outcome = 3
                try:
                    outcome = read()
                finally:
                    os._exit(outcome)
            children.append(child)
        for write in range(1, writes):
            index.add([(key, ["税"]) for key in range(20 * write, 20 * write + 20)])
        outcomes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert outcomes == [0, 0]
