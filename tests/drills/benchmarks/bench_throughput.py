"""Questions a second of one process, Telegram's limits and the users' off.

    python -m tests.drills.benchmarks.bench_throughput [--db FILE] [--questions FILE] [--rate 60]

Over HTTP, to the tests' Bot API server: a burst of questions from as many private chats, and
questions at a steady rate. Prints questions a second, latencies, and the CPU time of the bot's
process for a question, which a busy machine changes least.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.drills.benchmarks.bench_telegram import SAMPLE, cpu, prepared, questions, serving, steady
from tests.support.telegram_server import ALICE, TelegramServer

WITHOUT_LIMIT = (
    "import bot.delivery.limiter as limiter; limiter.MOST_IN_A_SECOND = 10**6;"
    "from bot.__main__ import main; main()"
)
WARM_UP = 50  # questions asked before the clock runs


def burst(server: TelegramServer, asked: list[str], count: int) -> float:
    """Seconds until so many questions that came at once are answered."""
    before = len(server.called("sendMessage"))
    start = time.monotonic()
    for number in range(count):
        sender = ALICE | {"id": 300_000 + number}
        server.private(asked[number % len(asked)], sender=sender)
    server.wait("sendMessage", before + count, timeout=600)
    return max(call.at for call in server.called("sendMessage")) - start


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", type=Path, help="a database there is; else the sample's")
    parser.add_argument("--questions", type=Path, nargs="*", default=[], help="JSON Lines files")
    parser.add_argument("--count", type=int, default=2000, help="questions of the burst")
    parser.add_argument("--rate", type=float, default=60)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    asked = questions(options.questions)
    with tempfile.TemporaryDirectory() as folder, TelegramServer() as server:
        db = prepared(Path(folder), options.db, [SAMPLE])
        with serving(server, db, [sys.executable, "-c", WITHOUT_LIMIT]) as process:
            burst(server, asked, WARM_UP)
            server.calls.clear()
            print(steady(server, asked, rate=options.rate, seconds=options.seconds))
            spent = cpu(process.pid)
            took = burst(server, asked, options.count)
            spent = (cpu(process.pid) - spent) / options.count
            print(
                f"{options.count} at once: {options.count / took:.1f} a second;"
                f" {1000 * spent:.1f} ms of CPU a question, so at most {1 / spent:.0f} a second"
            )


if __name__ == "__main__":
    main()
