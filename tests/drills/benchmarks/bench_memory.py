"""How much memory the bot and its follower hold (Linux).

    python -m tests.drills.benchmarks.bench_memory [--data FOLDER …] [--questions FILE …]

Prints resident megabytes of `taxnews serve` and of the process that follows the sources, once the
first question is answered, after all of them, and after one in Traditional characters.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.drills.benchmarks.bench_telegram import SAMPLE, questions, serving
from tests.support.telegram_server import TelegramServer

MOST = 60
"""Questions asked at most."""


def resident(process: int) -> float:
    """Megabytes of main memory that a process has, shared ones among them."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def followers(process: int) -> list[int]:
    """The processes that a process has started."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def main() -> None:
    """Prints a line for each moment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", default=[SAMPLE])
    parser.add_argument("--questions", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    asked = questions(options.questions)[:MOST]
    with tempfile.TemporaryDirectory() as folder, TelegramServer() as telegram:
        db = Path(folder) / "taxnews.db"
        ingest = [sys.executable, "-m", "bot", "ingest", "--quiet", "--db", str(db)]
        subprocess.run([*ingest, *map(str, options.data)], check=True)
        with serving(telegram, db) as bot:

            def told(moment: str) -> None:
                follower = sum(map(resident, followers(bot.pid)))
                print(f"{moment}: bot {resident(bot.pid):.0f} MB, follower {follower:.0f} MB")

            telegram.reply_to(telegram.private(asked[0]), timeout=120)
            told("first question")
            for question in asked[1:]:
                telegram.reply_to(telegram.private(question))
            told(f"{len(asked)} questions")
            telegram.reply_to(telegram.private("發票要怎麼開"))
            told("one in Traditional characters")


if __name__ == "__main__":
    main()
