"""Figures → pictures (PNG), legible on a phone; needs the extra `charts`."""

import io
import math
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from gettext import gettext as _
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.render.statistics import ceiling
from bot.render.texts import Texts
from bot.storage.usage import Day, percentile
from corpus.errors import TaxnewsError, installed_by
from retrieval.news.trends import Trend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Colours that the colour-blind tell apart (Okabe and Ito), and a mark each for who sees none.
_STYLES = (("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D"), ("#000000", "v"))
_INK, _FAINT, _GRID = "#222222", "#777777", "#dddddd"
_WIDTH, _DPI = 5.4, 200  # 1080 pixels wide: 13 points are 12 on a phone
_TITLE, _TEXT, _SMALL = 16.0, 13.0, 11.0
_ROOM = 1.15  # of the height that the highest month shown in full takes
_FEW = 24  # points of a line of which each has its mark

_FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "AR PL UMing CN", "Droid Sans Fallback",
    "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "SimHei", "Noto Sans CJK JP",
)  # fmt: skip
"""Fonts of a system that have Chinese characters, the better ones first."""

_drawing = threading.Lock()  # matplotlib is not made for threads


class ChartsMissing(TaxnewsError):
    """Pictures can't be drawn here; the message says what to install."""


@lru_cache(maxsize=1)
def font() -> tuple[str, Path]:
    """The name and the file of a font with Chinese characters: the extra's, else one of the
    system's.

    Raises `ChartsMissing` where there is none, or no matplotlib.
    """
    try:
        from matplotlib import font_manager
    except ImportError:
        raise ChartsMissing(
            _("pictures need an extra: {how}").format(how=installed_by("charts"))
        ) from None
    fonts: list[tuple[str, Path]] = []
    try:
        import pylopdf_fonts_zh_cn

        file = pylopdf_fonts_zh_cn.sans_path()
        font_manager.fontManager.addfont(str(file))
        fonts.append((font_manager.FontProperties(fname=str(file)).get_name(), file))
    except ImportError:
        known = {each.name: Path(each.fname) for each in font_manager.fontManager.ttflist}
        fonts += [(family, known[family]) for family in _FAMILIES if family in known]
    for family, file in fonts:
        if file.exists() and {ord(c) for c in "税务騙篇月"} <= glyphs(file):
            return family, file
    raise ChartsMissing(
        "no font with Chinese characters. The system's package of Noto Sans CJK has one (Debian:"
        f" fonts-noto-cjk), and an extra brings one: {installed_by('charts')}"
    )


@lru_cache
def glyphs(file: Path) -> frozenset[int]:
    """The code points that a font can show."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(str(file)).get_charmap())


def trend_picture(trend: Trend, texts: Texts) -> bytes:
    """The lines of a trend over its months, as a PNG; the month that goes on is dashed."""
    places = range(len(trend.months))
    limit = ceiling(trend)
    top_count = math.inf if limit is None else _ROOM * limit
    whole = len(places) - 1 if trend.goes_on else len(places)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for at, (line, (colour, mark)) in enumerate(zip(trend.lines, _STYLES, strict=False)):
            look: dict[str, Any] = {
                "color": colour, "linewidth": 2.2, "marker": mark, "markersize": 6, "clip_on": False
            }  # fmt: skip
            some = 1 if len(places) <= _FEW else (2 * at, 12)  # so that marks don't hide marks
            label = texts.chart_total.format(subject=_clean(line.subject), total=line.total)
            shown = [min(count, top_count) for count in line.counts]
            axes.plot(places[:whole], shown[:whole], label=label, markevery=some, **look)
            if trend.goes_on:
                look |= {"linestyle": (0, (2, 1.5)), "markerfacecolor": "white"}
                axes.plot(places[-2:], shown[-2:], markevery=[-1], **look)
            for place, count in enumerate(line.counts):
                if count > top_count:
                    spot = (place, top_count, at)
                    _name_peak(axes, spot, count, colour, is_late=2 * place > whole)
            if len(places) == 1:
                axes.annotate(
                    f"{line.counts[0]:,}", (0, line.counts[0]), (10, 0), color=colour,
                    textcoords="offset points", va="center",
                )  # fmt: skip
                axes.set_xlim(-1, 1)
        _name_months(axes, trend.months, texts)
        _finish(axes, texts.chart_posts)
        if limit is not None:
            axes.set_ylim(top=top_count)
        figure.legend(
            loc="upper left", bbox_to_anchor=(0.02, 1 - _inches(_TITLE, 1.7) / height),
            frameon=False, borderpad=0, borderaxespad=0, labelspacing=0.3, handlelength=1.8,
        )  # fmt: skip

    top = _inches(_TITLE, 1.7) + len(trend.lines) * _inches(_TEXT, 1.55)
    height = 3.4 + top
    notes = [texts.chart_peaks] if limit is not None else []
    note = texts.comma.join([*notes, *([texts.chart_goes_on] if trend.goes_on else [])])
    return _drawn(draw, height=height, top=top, title=texts.chart_trend, note=note)


def _name_peak(
    axes: "Axes", spot: tuple[int, float, int], count: int, colour: str, *, is_late: bool
) -> None:
    """Writes the count of a month beside the place where its line leaves the picture, and so many
    lines lower."""
    place, height, line = spot
    axes.annotate(
        f"▲ {count:,}" if not is_late else f"{count:,} ▲", (place, height),
        (-8 if is_late else 8, -4 - 1.3 * _TEXT * line), color=colour,
        textcoords="offset points", va="top",
        ha="right" if is_late else "left",
    )  # fmt: skip


def usage_picture(days: Sequence[Day], texts: Texts) -> bytes:
    """Questions, ratings, search times and the corpus's size day by day, as a PNG."""
    places = range(len(days))
    good, bad = _STYLES[0][0], _STYLES[1][0]

    def draw(figure: "Figure") -> None:
        questions, ratings, took, corpus = figure.subplots(4, sharex=True)
        answered = [day.answered for day in days]
        missed = [day.questions - day.answered for day in days]
        questions.bar(places, answered, color=good, label=texts.chart_answered)
        questions.bar(places, missed, bottom=answered, color=bad, label=texts.chart_unanswered)
        # A day's count is below 0 where more changed their mind than rated.
        liked = [max(0, day.liked) for day in days]
        disliked = [max(0, day.disliked) for day in days]
        ratings.bar(places, liked, color=good, label=texts.chart_liked)
        ratings.bar(places, disliked, bottom=liked, color=bad, label=texts.chart_disliked)
        for share, colour, label in ((0.5, good, texts.chart_half), (0.95, bad, texts.chart_most)):
            times = [percentile([day], share) for day in days]
            times_or_gaps = [math.nan if ms is None else ms for ms in times]
            took.plot(places, times_or_gaps, "o-", color=colour, markersize=3.5, label=label)
        sizes = [math.nan if day.posts is None else day.posts for day in days]
        corpus.plot(places, sizes, "o-", color=good, markersize=3.5)
        for axes, title in (
            (questions, texts.chart_questions),
            (ratings, texts.chart_ratings),
            (took, texts.chart_took),
            (corpus, texts.chart_corpus),
        ):
            _finish(axes, title, from_nought=axes is not corpus)
            if axes is not corpus:
                axes.legend(
                    loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False,
                    borderpad=0.2, borderaxespad=0, handlelength=1, columnspacing=1,
                    fontsize=_SMALL,
                )  # fmt: skip
        step = -(-len(days) // 5)
        named = list(range(len(days) - 1, -1, -step))[::-1]
        corpus.set_xticks(named, [texts.chart_day.format(days[at].day) for at in named])
        corpus.set_xlim(-0.7, len(days) - 0.3)

    top = _inches(_TITLE, 1.9)
    return _drawn(draw, height=7.6 + top, top=top, title=texts.usage_title, note="")


def _inches(points: float, lines: float) -> float:
    """How high so many lines are in a font of a size."""
    return points * lines / 72


def _clean(text: str) -> str:
    """`text` with □ for what the font lacks."""
    shown = glyphs(font()[1])
    return "".join(c if ord(c) in shown else "□" for c in text)


def _drawn(
    draw: "Callable[[Figure], None]", *, height: float, top: float, title: str, note: str
) -> bytes:
    """The PNG of a figure of `_WIDTH` × `height` inches that `draw` fills in, but for the `top`
    with the title and the last line with a note."""
    family, _ = font()
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with _drawing:
        settings: Any = {
            "font.family": family, "font.size": _TEXT, "text.color": _INK, "text.parse_math": False,
            "xtick.color": _INK, "ytick.color": _INK, "axes.edgecolor": _FAINT,
        }  # fmt: skip
        with rc_context(settings):
            bottom = _inches(_SMALL, 1.8) / height if note else 0.0
            layout = ConstrainedLayoutEngine(rect=(0, bottom, 1, 1 - top / height - bottom))
            figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, layout=layout)
            FigureCanvasAgg(figure)
            figure.text(0.02, 1 - 0.1 / height, title, size=_TITLE, va="top")
            figure.text(0.98, 0.08 / height, note, size=_SMALL, color=_FAINT, ha="right")
            draw(figure)
            png = io.BytesIO()
            figure.savefig(png, format="png", dpi=_DPI)
    return png.getvalue()


def _finish(axes: "Axes", label: str, *, from_nought: bool = True) -> None:
    """Counts in whole numbers, on faint lines."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if from_nought:
        axes.set_ylim(bottom=0, top=max(1.0, axes.get_ylim()[1]))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_title(label, loc="left", size=_SMALL, color=_FAINT)
    axes.grid(axis="y", color=_GRID)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.tick_params(axis="x", length=4)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _name_months(axes: "Axes", months: Sequence[tuple[int, int]], texts: Texts) -> None:
    """Names at most six of the months under the axis: Januaries if there are enough."""
    years = [at for at, (_, month) in enumerate(months) if month == 1]
    if len(months) > 30 and len(years) > 2:
        step = -(-len(years) // 6)
        named = years[::step]
        labels = [texts.chart_year.format(months[at][0]) for at in named]
    else:
        step = -(-len(months) // 6)
        named = list(range(len(months) - 1, -1, -step))[::-1]
        labels, said = [], 0
        for year, month in (months[at] for at in named):
            of_year = f"\n{texts.chart_year.format(year)}" if year != said else ""
            labels.append(texts.chart_month.format(month) + of_year)
            said = year
    axes.set_xticks(named, labels)
