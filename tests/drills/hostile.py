"""What an attacker might ask, and how long it takes to be answered.

    python -m tests.drills.hostile [--db DATABASE] [--times 20]

makes `--times` questions of each kind, asks each of the database (by default the sample posts),
renders the answer as Telegram's HTML, and prints for each kind the median, the 99th percentile
and the longest time in milliseconds.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bot.render.answer import Kept, answer_message
from bot.render.texts import ZH
from corpus.errors import TaxnewsError
from retrieval.answering.errors import LONGEST_QUESTION
from retrieval.engine import opening
from tests.transcript.conversation import sample_database

PLAIN = "2021年广东给多少户次纳税人自动发放了发票？"
WORDS = "税务局稽查局纳税人增值税发票退税补税罚款骗取虚开出口企业主播直播个人所得优惠政策广东"


def between(mark: str) -> str:
    """`PLAIN` with `mark` after each character."""
    return "".join(character + mark for character in PLAIN)


def attempts(dice: random.Random) -> dict[str, str]:
    """One question of each kind, drawn by `dice`, none longer than is taken but `too long`."""

    def any_of(*ranges: tuple[int, int], count: int = LONGEST_QUESTION) -> str:
        return "".join(chr(dice.randint(*dice.choice(ranges))) for _ in range(count))

    def repeated(*pieces: str) -> str:
        return (dice.choice(pieces) * LONGEST_QUESTION)[:LONGEST_QUESTION]

    pairs = [dice.choice(WORDS) + dice.choice(WORDS) for _ in range(LONGEST_QUESTION)]
    return {
        "bidi override": "\u202e" + PLAIN[::-1] + "\u202c" + dice.choice("\u2066\u2067\u200f"),
        "zero width": between(dice.choice("\u200b\u200c\u200d\u2060\ufeff\u00ad")),
        "combining flood": between("\u0301\u0316\u20dd" * 10),
        "one character, a thousand marks": "税" + any_of((0x300, 0x36F), count=999),
        "4-byte characters": any_of((0x20000, 0x2A6DF), (0x1F300, 0x1FAFF)),
        "lone surrogates": between(chr(dice.randint(0xD800, 0xDFFF))),
        "controls": between(chr(dice.choice([0, 1, 7, 8, 11, 27, 31, 127, 133]))),
        "HTML": f"<b>{PLAIN}</i><script>alert(1)</script><a href='javascript:1'>&lt;&#x202e;&amp",
        "Markdown": f"*_`[{PLAIN}](http://evil.example)||```\\",
        "SQL": f"{PLAIN}'; DROP TABLE posts; -- \" OR 1=1 /*",
        "full-text search": f'{PLAIN}" NEAR/2 * ^ OR NOT (税 AND) col:x {{a b}}',
        "format strings": f"{PLAIN}%s%n{{0}}{{limit}}{{__class__}}${{x}}{{{{7*7}}}}",
        "regular expressions": "(税+)+$|(.*)*[^发" + "税" * 900,
        "paths": f"../../../../etc/passwd\0 {PLAIN} file:///etc/shadow",
        "a thousand distinct terms": " ".join(dict.fromkeys(pairs))[:LONGEST_QUESTION],
        "a thousand distinct characters": any_of((0x4E00, 0x9FFF)),
        "the commonest words": repeated("税务局税收发票企业", "纳税人增值税的", "国家税务总局"),
        "numerals": repeated("一二三四五六七八九十百千", "百分之五点", "1,", "２０２１年", "9"),
        "marks": repeated("？", "（", "《", "…", "\n", "　", "，"),
        "anything": any_of((32, 0xD7FF), (0xE000, 0x1FFFF)),
        "too long": "税" * (LONGEST_QUESTION + dice.randint(1, 3000)),
    }


def percentile(times: list[float], share: float) -> float:
    """The value that `share` of `times` don't exceed."""
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def measure(ask: Callable[[str], object], times: int) -> dict[str, list[float]]:
    """Milliseconds for each question of each kind."""
    taken: dict[str, list[float]] = {}
    for seed in range(times):
        for kind, question in attempts(random.Random(seed)).items():
            started = time.perf_counter()
            ask(question)
            taken.setdefault(kind, []).append(1000 * (time.perf_counter() - started))
    return taken


def main() -> None:
    """Asks and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--db", type=Path)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        db = options.db or sample_database(Path(folder))
        with opening.opened_library(db) as library:

            def ask(question: str) -> None:
                try:
                    answer = library.ask(question)
                except TaxnewsError:  # too long, and told so
                    return
                answer_message(answer, ZH, today=date.today(), kept=Kept(1, "bot"))

            print(f"{library.facts().paragraphs:,} paragraphs; ms: median, p99, longest")
            taken = measure(ask, options.times)
    everything = [t for times in taken.values() for t in times]
    for kind, times in [*taken.items(), ("all", everything)]:
        print(
            f"{kind:32} {statistics.median(times):8.1f} {percentile(times, 0.99):8.1f}"
            f" {max(times):8.1f}"
        )


if __name__ == "__main__":
    main()
