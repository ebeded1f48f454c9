"""Minutes of questions to `taxnews serve` while its corpus grows: is it as well as at the start?

    python -m tests.drills.soak [--data FOLDER] [--seconds 600] [--rate 25] [--paragraphs 200000]
                         [--still 120]

A generated site is put, post by post, into a folder that the bot watches, so that the database
grows from a tenth to all of its paragraphs, while questions come at a steady rate from many
private chats through the tests' Bot API server; they go on for a while when nothing comes any more.
Prints, of either time, latencies, and how memory and open files of the bot and of the process that
follows its sources went: memory follows the corpus's size while it grows, and must stand still
with it. Exits with 1 if anything was lost or doubled.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from corpus.store.store import Store
from tests.drills.benchmarks.bench_telegram import SAMPLE, questions, serving
from tests.drills.benchmarks.generate import Generator, posts_in
from tests.support.telegram_server import ALICE, Json, TelegramServer

ROOT = Path(__file__).parents[2]
USERS = 500
"""Chats that ask in turn: each seldom enough for the pace of one message a second."""
INTERVAL = 5
"""Seconds between two looks at the folder, and two samples of memory."""


@dataclass
class Sampler:
    """Memory (MB), open files and CPU (s) of a process and its child, at points of time (s)."""

    pid: int
    times: list[float] = field(default_factory=list)
    memory: dict[str, list[float]] = field(default_factory=dict)
    files: dict[str, list[int]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    def sample(self, time: float) -> None:
        self.times.append(time)
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        children = [int(child) for task in tasks for child in task.read_text().split()]
        for name, pid in zip(("bot", "follower"), [self.pid, *children], strict=False):
            status = Path(f"/proc/{pid}/status").read_text()
            anonymous = status.partition("RssAnon:")[2].split()[0]
            ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
            self.memory.setdefault(name, []).append(int(anonymous) / 1024)
            self.files.setdefault(name, []).append(len(os.listdir(f"/proc/{pid}/fd")))
            used = sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
            self.cpu.setdefault(name, []).append(used)

    def report(self, since: float, until: float) -> str:
        """A line a process on what was sampled between two points of time."""
        lines = []
        for name in self.memory:
            # A process that was started again has fewer samples: its last ones.
            times = self.times[-len(self.memory[name]) :]
            within = [i for i, time in enumerate(times) if since <= time <= until]
            if len(within) < 4:
                continue
            memory, files = ([of[name][i] for i in within] for of in (self.memory, self.files))
            half = len(within) // 2
            minutes = [times[i] / 60 for i in within[half:]]
            slope = np.polyfit(minutes, memory[half:], 1)[0]
            used = self.cpu[name][within[-1]] - self.cpu[name][within[0]]
            lines.append(
                f"  {name}: memory {memory[0]:.0f} MB at first, {max(memory):.0f} at most,"
                f" {memory[-1]:.0f} at last, {slope:+.2f} MB a minute in the second half;"
                f" open files {files[0]} at first, {max(files)} at most, {files[-1]} at last;"
                f" {used:.0f} s of CPU"
            )
        return "\n".join(lines)


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=SAMPLE, help="a folder of posts")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--rate", type=float, default=25)
    parser.add_argument("--paragraphs", type=int, default=200_000)
    parser.add_argument("--still", type=float, default=120, help="seconds after the growth")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, TelegramServer() as server:
        work = Path(folder)
        site, db = work / "site", work / "taxnews.db"
        site.mkdir()
        posts = Generator(posts_in(options.data), 1).files()
        first = options.paragraphs // 50  # at some five paragraphs a post, about a tenth of them
        put(site, posts, first)
        ingest = [sys.executable, "-m", "bot", "ingest", "--quiet", "--db", str(db), str(site)]
        subprocess.run(ingest, cwd=ROOT, check=True)
        with Store.open(db) as store:
            store.add_source("folder", str(site), every=INTERVAL)
            held = store.stats().facts.paragraphs
        # As many paragraphs a post as the first posts have.
        growth = (options.paragraphs - held) * first / held / options.seconds
        with serving(server, db) as bot:
            whole = soak(
                server,
                Sampler(bot.pid),
                lambda count: put(site, posts, count),
                growth=growth,
                rate=options.rate,
                seconds=options.seconds,
                still=options.still,
            )
        with Store.open(db) as store:
            print(f"{store.stats().facts.paragraphs:,} paragraphs at last")
    sys.exit(not whole)


def put(site: Path, posts: Iterator[tuple[str, bytes]], count: int) -> None:
    """The next `count` posts as files of `site`."""
    for name, data in islice(posts, count):
        path = site / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def soak(
    server: TelegramServer,
    sampler: Sampler,
    add: Callable[[int], None],
    *,
    growth: float,
    rate: float,
    seconds: float,
    still: float,
) -> bool:
    """Asks `rate` questions a second, and adds `growth` posts a second during the first `seconds`;
    whether none was lost or doubled."""
    asked, stop = questions([]), threading.Event()
    start = time.monotonic()

    def grow() -> None:
        done = 0
        while not stop.wait(INTERVAL):
            due = int(growth * min(seconds, time.monotonic() - start))
            add(due - done)
            done = due
            sampler.sample(time.monotonic() - start)

    grower = threading.Thread(target=grow)
    grower.start()
    begun: list[tuple[Json, float]] = []
    try:
        for i in range(int(rate * (seconds + still))):
            time.sleep(max(0.0, start + i / rate - time.monotonic()))
            sender = ALICE | {"id": 100_000 + i % USERS}
            begun.append((server.private(asked[i % len(asked)], sender=sender), time.monotonic()))
        time.sleep(5)
    finally:
        stop.set()
        grower.join()
    replies: Counter[tuple[int, int]] = Counter()
    at: dict[tuple[int, int], float] = {}
    for call in server.called("sendMessage"):
        key = (call["chat_id"], call["reply_parameters"]["message_id"])
        replies[key] += 1
        at.setdefault(key, call.at)
    keys = [((m["chat"]["id"], m["message_id"]), when) for m, when in begun]
    lost = sum(key not in at for key, _ in keys)
    doubled = sum(replies[key] > 1 for key, _ in keys)
    print(f"{len(keys):,} questions: {lost} lost, {doubled} doubled")
    # What came last is still being taken in when the growth has ended.
    for name, since, until in (
        ("while the corpus grew", 0.0, seconds),
        ("when it stood still", seconds + still / 4, seconds + still),
    ):
        taken = [
            1000 * (at[key] - when)
            for key, when in keys
            if key in at and since <= when - start < until
        ]
        if len(taken) > 1:
            cuts = statistics.quantiles(taken, n=100)
            print(
                f"{name}, {len(taken):,} questions in {until - since:.0f} s: p50 {cuts[49]:.1f} ms,"
                f" p95 {cuts[94]:.1f}, p99 {cuts[98]:.1f}, worst {max(taken):.0f}"
            )
            print(sampler.report(since, until))
    return lost == doubled == 0


if __name__ == "__main__":
    main()
