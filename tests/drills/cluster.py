"""Kills and freezes the nodes of a real cluster while a bot is asked and posts are fed.

    python -m tests.drills.cluster FOLDER [--rate 10] [--seconds 40]

In FOLDER three OpenSearch nodes are started (`tests/support/opensearch.py`), an ingester that
follows a folder and feeds them, and two bots without posts. A node that is not the manager is
killed, the manager is killed, a node is frozen for thirty seconds, two of three are killed, and all
is written anew; each while questions are asked at a rate, and every two seconds a post comes. For
each it prints how many questions were asked, how many had no answer or a wrong one, the longest
time, and how long after the last post was written all were in the cluster. In the end every post
must be there.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.client import Client
from retrieval.cluster.errors import ClusterError
from retrieval.cluster.mark import read_mark
from tests.conftest import SAMPLE
from tests.support.command_line import ROOT
from tests.support.newsroom import write
from tests.support.opensearch import Cluster, Node, distribution, running
from tests.support.serving import serving
from tests.support.telegram_server import ALICE, Call, Json, TelegramServer

QUESTIONS = [
    ("2021年广东给多少户次纳税人自动发放了发票？", "287万户次"),
    ("贵州纺织公司骗出口退税主犯判了几年？", "10年"),
    ("2025年检查了多少涉嫌虚开骗税的企业？", "7.58万户"),
]
"""Of the sample posts, each with words of its answer."""

NAMES = "鲸龙凤麒鹤鹿龟狼豹鹰鸢隼鸥鹭鹃雀燕鹂鸳鹦鹏鸿雁鸾"
EVERY = 2.0
FROZEN = 30.0
PATIENCE = 300.0


@dataclass
class Run:
    """What was asked while something happened: when, the message, and words of its answer."""

    asked: list[tuple[float, Json, str]] = field(default_factory=list)


class Newsroom:
    """The ingester's folder, and when its posts were written."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder, self.cluster = folder, cluster
        self.number = 0
        self.written: dict[str, float] = {}

    def write(self) -> str:
        """A new post about a company of a name of its own; its name."""
        self.number += 1
        name = "".join(NAMES[(self.number // 24**at) % 24] for at in (1, 0)) + "沧澜"
        title = f"{name}公司骗税被查"
        write(self.folder, self.number, title, f"海角市{name}公司骗取退税{self.number}万元。")
        self.written[name] = time.monotonic()
        return name

    def missing(self) -> list[str]:
        """Those whose posts no search of the cluster finds."""
        with Client(ClusterChoice(tuple(node.url for node in self.cluster.nodes))) as client:
            body = {"size": 10_000, "query": {"match_all": {}}, "_source": ["title"]}
            found = client.ask("POST", "/taxnews-posts/_search", body, seconds=30)
        titles = {hit["_source"]["title"] for hit in found["hits"]["hits"]}
        return [name for name in self.written if f"{name}公司骗税被查" not in titles]


@contextmanager
def repeated(every: float, work: Callable[[], Any]) -> Iterator[None]:
    """Within, `work` is done every so many seconds."""
    stop = threading.Event()

    def go_on() -> None:
        due = time.monotonic()
        while not stop.is_set():
            work()
            due += every
            stop.wait(max(0.0, due - time.monotonic()))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def asking(telegram: TelegramServer, run: Run) -> Callable[[], None]:
    """Asks the next question, each in a chat of its own."""

    def ask() -> None:
        question, expected = QUESTIONS[len(run.asked) % len(QUESTIONS)]
        sender = ALICE | {"id": 600_000 + len(run.asked) % 97}
        message = telegram.private(question, sender=sender)
        run.asked.append((time.monotonic(), message, expected))

    return ask


def first_reply(telegram: TelegramServer, message: Json) -> Call | None:
    return next(iter(telegram.replies_to(message)), None)


def report(name: str, telegram: TelegramServer, run: Run, fed: float) -> None:
    """Waits for the answers, and prints what they were like."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and not all(first_reply(telegram, m) for _, m, _ in run.asked):
        time.sleep(0.2)
    lost = wrong = refused = 0
    times = []
    for at, message, expected in run.asked:
        reply = first_reply(telegram, message)
        if reply is None:
            lost += 1
            continue
        text = reply.result["text"]
        times.append(reply.at - at)
        refused += "连不上" in text
        wrong += expected not in text and "连不上" not in text
    times.sort()
    middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
    print(
        f"{name}: asked {len(run.asked)}, lost {lost}, wrong {wrong}, told to come back {refused};"
        f" p50 {middle:.2f} s, p95 {late:.2f} s, longest {times[-1]:.2f} s; fed after {fed:.1f} s",
        flush=True,
    )


def manager_of(cluster: Cluster) -> Node:
    """The node that is the manager now."""
    for node in cluster.nodes:
        try:
            said = httpx.get(f"{node.url}/_cat/cluster_manager?h=node", timeout=5)
        except httpx.HTTPError:
            continue
        return cluster.nodes[int(said.text.strip().removeprefix("n")) - 1]
    raise RuntimeError("no node answers")


def another(cluster: Cluster, than: Node) -> Node:
    return next(node for node in cluster.nodes if node is not than)


class Drill:
    """All that runs, and the events."""

    def __init__(
        self,
        cluster: Cluster,
        telegram: TelegramServer,
        room: Newsroom,
        rate: float,
        seconds: float,
    ) -> None:
        self.cluster, self.telegram, self.room = cluster, telegram, room
        self.rate, self.seconds = rate, seconds

    def during(self, name: str, event: Callable[[], None]) -> None:
        """Asks and feeds while something happens."""
        run = Run()
        before = set(self.room.written)
        with (
            repeated(1 / self.rate, asking(self.telegram, run)),
            repeated(EVERY, self.room.write),
        ):
            started = time.monotonic()
            time.sleep(3.0)
            event()
            time.sleep(max(0.0, self.seconds - (time.monotonic() - started)))
        fed = self.all_fed(set(self.room.written) - before)
        self.cluster.wait(3)
        report(name, self.telegram, run, fed)

    def all_fed(self, names: set[str]) -> float:
        """Waits until all posts are in the cluster; for how long the last of `names` is written."""
        end = time.monotonic() + PATIENCE
        while missing := self._missing():
            if time.monotonic() > end:
                raise AssertionError(f"not in the cluster: {missing}")
            time.sleep(0.2)
        return time.monotonic() - max(self.room.written[name] for name in names)

    def _missing(self) -> list[str]:
        try:
            return self.room.missing()
        except ClusterError:
            return ["?"]

    def kill(self, *nodes: Node) -> None:
        """Kills nodes, and starts them again when half of the time is over."""
        for node in nodes:
            node.kill()
        time.sleep(self.seconds / 2)
        for node in nodes:
            node.start(self.cluster.home)

    def freeze(self, node: Node) -> None:
        node.signal(signal.SIGSTOP)
        time.sleep(FROZEN)
        node.signal(signal.SIGCONT)


def taxnews(*arguments: object, db: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments), "--db", str(db)],
        env=os.environ | settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )


@contextmanager
def following(db: Path, **settings: str) -> Iterator[None]:
    """An ingester that follows its sources."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "ingest", "--watch", "--quiet", "--db", str(db)],
        env=os.environ | settings,
        cwd=ROOT,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def seen_by_all(room: Newsroom, bots: list[TelegramServer], none: Path, setting: str) -> None:
    """Writes a post, and prints when each front answers from it."""
    name = room.write()
    question, expected = f"海角市{name}公司骗取退税多少万元", f"{room.number}万元"
    started = time.monotonic()
    told: dict[str, float] = {}

    def until_told(who: str, ask: Callable[[], str]) -> None:
        while expected not in ask():
            pass
        told[who] = time.monotonic() - started

    def by_bot(telegram: TelegramServer) -> str:
        return str(telegram.reply_to(telegram.private(question)).result["text"])

    def by_command() -> str:
        return taxnews("ask", question, db=none, TAXNEWS_CLUSTER=setting).stdout

    asks: dict[str, Callable[[], str]] = {
        f"bot {at}": lambda each=telegram: by_bot(each)  # type: ignore[misc]
        for at, telegram in enumerate(bots, 1)
    }
    threads = [
        threading.Thread(target=until_told, args=one)
        for one in [*asks.items(), ("command line", by_command)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answered = ", ".join(f"{who} {seconds:.1f} s" for who, seconds in sorted(told.items()))
    print(f"new post answered: {answered}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="where OpenSearch is kept, and its nodes run")
    parser.add_argument("--rate", type=float, default=10.0, help="questions a second")
    parser.add_argument("--seconds", type=float, default=40.0, help="for each event")
    given = parser.parse_args()
    folder = given.folder.absolute()
    distribution(folder)
    with ExitStack() as stack:
        cluster = stack.enter_context(running(folder, folder / "drill"))
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        setting = {"TAXNEWS_CLUSTER": cluster.setting, "TAXNEWS_USER_RATE": "0"}
        db, site = scratch / "ingester.db", scratch / "site"
        site.mkdir()
        taxnews("ingest", SAMPLE, db=db, **setting)
        taxnews("source", "add", site, "--every", "1", db=db)
        stack.enter_context(following(db, **setting))
        bots = [TelegramServer(f"{number}:drill") for number in (1, 2)]
        for number, telegram in enumerate(bots):
            stack.enter_context(telegram)
            front = scratch / f"front{number}.db"
            stack.enter_context(serving(telegram, front, **setting))
        for telegram in bots:
            telegram.until(lambda t=telegram: bool(t.called("getUpdates")), timeout=120)  # type: ignore[misc]
        room = Newsroom(site, cluster)
        for _ in range(3):
            seen_by_all(room, bots, scratch / "none.db", cluster.setting)
        drill = Drill(cluster, bots[0], room, given.rate, given.seconds)
        drill.during("nothing happens", lambda: None)
        drill.during("data node killed", lambda: drill.kill(another(cluster, manager_of(cluster))))
        drill.during("manager killed", lambda: drill.kill(manager_of(cluster)))
        drill.during("node frozen", lambda: drill.freeze(another(cluster, manager_of(cluster))))
        drill.during("two of three killed", lambda: drill.kill(*cluster.nodes[:2]))
        drill.during("written anew", lambda: _rebuild(db, setting))
        with Client(ClusterChoice(tuple(node.url for node in cluster.nodes))) as client:
            found = read_mark(client)
        assert found
        print(f"{room.number} posts were fed; {found[0].facts.posts} are there, none is missing")


def _rebuild(db: Path, setting: dict[str, str]) -> None:
    taxnews("cluster", "rebuild", db=db, **setting)


if __name__ == "__main__":
    main()
