"""From update to sendMessage: the bot as a process, over HTTP, on a real corpus.

    python -m tests.drills.benchmarks.bench_telegram [--data FOLDER … | --db FILE] [--rate 20]

Asks at a steady rate, then a burst of 1,000 questions from 50 groups and
private chats, and prints latencies, and what was lost, doubled or out of order.
The latency of a question ends when its sendMessage reaches the server. Of a
database it takes the vectors too: with TAXNEWS_EMBEDDINGS it also prints how many
of the steady questions were ranked with a vector.
"""

import argparse
import json
import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from tests.support.telegram_server import ALICE, TOKEN, Json, TelegramServer

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "corpus" / "sample"
WITHOUT = "taxnews_questions_without_vector"


def questions(paths: list[Path]) -> list[str]:
    """The questions of JSON Lines files; the sample's own without any."""
    paths = paths or [ROOT / "tests" / "questions" / "sample.jsonl"]
    lines = [line for path in paths for line in path.read_text("utf-8").splitlines() if line]
    return [json.loads(line)["question"] for line in lines]


def prepared(folder: Path, db: Path | None, data: list[Path]) -> Path:
    """A database in `folder`: a copy of `db` with what lies beside it, else the posts of `data`."""
    own = folder / "taxnews.db"
    if db:
        shutil.copy(db, own)
        for beside in (".index", ".vectors"):
            if db.with_suffix(beside).is_dir():
                shutil.copytree(db.with_suffix(beside), own.with_suffix(beside))
    else:
        command = [sys.executable, "-m", "bot", "ingest", "--db", str(own)]
        subprocess.run([*command, *map(str, data)], cwd=ROOT, check=True)
    return own


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as opened:
        return int(opened.getsockname()[1])


def metric(port: int, name: str) -> float:
    """What the bot's metrics say of `name`, 0 where they do not have it."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        found = re.search(rf"^{name} (\S+)$", page.read().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


def cpu(process: int) -> float:
    """Seconds of CPU time that a process has taken so far (Linux)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


TAXNEWS = (sys.executable, "-m", "bot")


@contextmanager
def serving(
    server: TelegramServer, db: Path, taxnews: Sequence[str] = TAXNEWS
) -> "Iterator[subprocess.Popen[bytes]]":
    """`taxnews serve` with the users' rate limits off."""
    environment = os.environ | {
        "TAXNEWS_TOKEN": TOKEN,
        "TAXNEWS_API_URL": server.url,
        "TAXNEWS_USER_RATE": "0",
        "TAXNEWS_CHAT_RATE": "0",
    }
    process = subprocess.Popen([*taxnews, "serve", "--db", str(db)], env=environment, cwd=ROOT)
    try:
        server.until(lambda: bool(server.called("getUpdates")), timeout=120)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def steady(server: TelegramServer, asked: list[str], *, rate: float, seconds: float) -> str:
    """Latencies at `rate` questions a second, each from a user of its own."""
    begun: dict[int, float] = {}
    messages: list[Json] = []
    start = time.monotonic()
    for i in range(int(rate * seconds)):
        time.sleep(max(0.0, start + i / rate - time.monotonic()))
        sender = ALICE | {"id": 100_000 + i}
        messages.append(server.private(asked[i % len(asked)], sender=sender))
        begun[i] = time.monotonic()
    server.until(lambda: len(server.called("sendMessage")) >= len(messages), timeout=120)
    at = {call["chat_id"]: call.at for call in server.called("sendMessage")}
    taken = sorted(1000 * (at[100_000 + i] - begun[i]) for i in begun)
    return (
        f"steady, {rate:g} a second, {len(taken)} questions: p50 {statistics.median(taken):.1f} ms,"
        f" p95 {taken[int(0.95 * len(taken))]:.1f} ms, worst {taken[-1]:.1f} ms"
    )


def burst(server: TelegramServer, asked: list[str], *, count: int, chats: int) -> str:
    """`count` questions at once from `chats` private chats."""
    chance = random.Random(6)
    users = [ALICE | {"id": 200_000 + i} for i in range(chats)]
    order = [users[i % chats] for i in range(count)]
    chance.shuffle(order)
    before = len(server.called("sendMessage"))
    start = time.monotonic()
    messages = [
        server.private(asked[i % len(asked)], sender=sender) for i, sender in enumerate(order)
    ]
    server.wait("sendMessage", before + count, timeout=300)
    time.sleep(1)  # a double would come now
    sent = [call for call in server.called("sendMessage") if call["chat_id"] >= 200_000]
    last = sent[-1].at - start
    lost = sum(not server.replies_to(message) for message in messages)
    doubled = sum(len(server.replies_to(message)) > 1 for message in messages)
    disorder, closest = 0, 99.0
    for user in users:
        mine = [call for call in sent if call["chat_id"] == user["id"]]
        ids = [call["reply_parameters"]["message_id"] for call in mine]
        disorder += ids != sorted(ids)
        gaps = [b.at - a.at for a, b in pairwise(mine)]
        closest = min([closest, *gaps])
    times = [call.at for call in sent]
    busiest = max(sum(t <= u < t + 1 for u in times) for t in times)
    return (
        f"burst of {count} from {chats} private chats: answered in {last:.1f} s, {lost} lost,"
        f" {doubled} doubled, {disorder} chats out of order; at least {closest:.2f} s between two"
        f" messages to a chat, at most {busiest} messages in a second"
    )


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="*", default=[SAMPLE], help="folders of posts")
    parser.add_argument("--questions", type=Path, nargs="*", default=[], help="JSON Lines files")
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--burst", type=int, default=1000, help="questions of the burst")
    parser.add_argument("--db", type=Path, help="a database, instead of folders")
    options = parser.parse_args()
    asked = questions(options.questions)
    port = free_port()
    os.environ["TAXNEWS_METRICS_LISTEN"] = f"127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder, TelegramServer() as server:
        db = prepared(Path(folder), options.db, options.data)
        with serving(server, db) as bot:
            for question in asked[:20]:  # the first are slower: caches, compiled code
                server.reply_to(server.private(question, sender=ALICE | {"id": hash(question)}))
            server.calls.clear()
            without, spent = metric(port, WITHOUT), cpu(bot.pid)
            print(steady(server, asked, rate=options.rate, seconds=options.seconds))
            count = int(options.rate * options.seconds)
            print(f"{1000 * (cpu(bot.pid) - spent) / count:.1f} ms of CPU time a question")
            if os.environ.get("TAXNEWS_EMBEDDINGS"):
                lacked = metric(port, WITHOUT) - without
                print(f"with a vector: {100 * (1 - lacked / count):.0f} % of the questions")
            if options.burst:
                print(burst(server, asked, count=options.burst, chats=50))


if __name__ == "__main__":
    main()
