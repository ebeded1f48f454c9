"""The docs' pictures of `/trend` and `/stats`, from figures made up here.

python -m tests.transcript.charts    # needs the extra `charts`; writes tests/transcript/*.png
"""

import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

from bot.render import charts
from bot.render.texts import ZH
from bot.storage.usage import LATENCIES, Day
from retrieval.news.trends import Line, Trend

FOLDER = Path(__file__).parent
_LAST = 2026 * 12 + 10  # November 2026


def trend(months: int = 72) -> Trend:
    """Two subjects over some years: one that rises at once and fades, one that keeps on."""
    dice = random.Random(7)
    waves = {"留抵退税": (20, 26, 160), "骗税": (30, 30, 60)}  # before, the month, at most
    lines = []
    for subject, (base, peak, height) in waves.items():
        fades = (height * 0.9 ** max(0, at - peak) * (at >= peak) for at in range(months))
        counts = tuple(int((base + more) * dice.uniform(0.75, 1.25)) for more in fades)
        lines.append(Line(subject, (*counts[:-1], counts[-1] // 2), undated=0, outside=0))
    named = tuple((at // 12, at % 12 + 1) for at in range(_LAST - months + 1, _LAST + 1))
    return Trend(named, tuple(lines), goes_on=True)


def usage(number: int = 60) -> list[Day]:
    """Two months of a bot that more and more people ask."""
    dice = random.Random(3)
    days, posts = [], 290_000
    for at in range(number):
        questions = int((30 + 1.5 * at) * dice.uniform(0.7, 1.3) * (1 if at % 7 < 5 else 0.4))
        answered = int(questions * dice.uniform(0.72, 0.86))
        took: Counter[int] = Counter()
        for _ in range(questions):
            ms = dice.lognormvariate(2.8, 0.5)
            took[next(limit for limit in LATENCIES if ms <= limit)] += 1
        liked, disliked = int(answered * dice.uniform(0.05, 0.2)), int(dice.uniform(0, 4))
        posts += dice.randrange(500, 900)
        day = date(2026, 11, 24) - timedelta(days=number - 1 - at)
        days.append(Day(day, questions, answered, liked, disliked, posts, 5 * posts, took))
    return days


def main() -> None:
    """Draws them."""
    pictures = {
        "trend": charts.trend_picture(trend(), ZH),
        "stats": charts.usage_picture(usage(), ZH),
    }
    for name, picture in pictures.items():
        path = FOLDER / f"{name}.png"
        path.write_bytes(picture)
        print(path)


if __name__ == "__main__":
    main()
