"""The README's pictures of `/trend`, from figures made up here.

python -m tests.transcript.charts    # needs the extra `charts`; writes tests/transcript/*.png
"""

import random
from pathlib import Path

from bot import charts
from bot.texts import ZH
from retrieval.trends import Line, Trend

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


def main() -> None:
    """Draws them."""
    for name, picture in {"trend": charts.trend_picture(trend(), ZH)}.items():
        path = FOLDER / f"{name}.png"
        path.write_bytes(picture)
        print(path)


if __name__ == "__main__":
    main()
