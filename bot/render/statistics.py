"""Statistics → the captions of their charts, and text for a terminal."""

from collections.abc import Sequence
from gettext import gettext as _
from itertools import pairwise

from rich.table import Table

from bot.render.texts import Texts
from bot.storage.usage import LEAST_ASKERS, Day, Hot, percentile
from retrieval.news.trends import Trend

_SHOWN = 12  # months in a terminal
_FAR = 3  # times as high as the next: so far above the rest is a peak
_HIGH = 20  # posts of a peak at least
_MOST_PEAKS = 2
_FEWEST_MONTHS = 6  # of a picture whose peaks are cut


def ceiling(trend: Trend) -> int | None:
    """The count up to which a picture shows all months but one or two that stand far above the
    rest and would flatten it; None if there are none."""
    highest = sorted((max(counts) for counts in zip(*_counts(trend), strict=True)), reverse=True)
    for peak, rest in pairwise(highest[: _MOST_PEAKS + 1]):
        if len(highest) > _FEWEST_MONTHS and peak >= _HIGH and 0 < _FAR * rest < peak:
            return int(rest)
    return None


def _counts(trend: Trend) -> list[tuple[int, ...]]:
    return [line.counts for line in trend.lines]


def trend_caption(trend: Trend, texts: Texts) -> str:
    """What is counted, for which period, and what is left out."""
    first, last = (texts.month.format(*trend.months[at]) for at in (0, -1))
    if trend.is_empty:
        names = texts.comma.join(line.subject for line in trend.lines)
        parts = [texts.trend_none.format(first=first, last=last, subjects=names)]
    else:
        totals = (
            texts.chart_total.format(subject=line.subject, total=line.total)
            for line in trend.lines
            if line.total
        )
        subjects = texts.comma.join(totals)
        parts = [texts.trend_caption.format(first=first, last=last, subjects=subjects)]
        if unseen := [line.subject for line in trend.lines if not line.total]:
            parts.append(texts.trend_unseen.format(subjects=texts.comma.join(unseen)))
        if (limit := ceiling(trend)) is not None:
            parts.append(texts.trend_peaks.format(peaks=_peaks(trend, limit, texts)))
        if trend.goes_on:
            parts.append(texts.trend_goes_on)
    for text, left_out in (
        (texts.trend_undated, [line.undated for line in trend.lines]),
        (texts.trend_outside, [line.outside for line in trend.lines]),
    ):
        if any(left_out):
            parts.append(text.format(count=sum(left_out)))
    return "\n".join(parts)


def _peaks(trend: Trend, limit: int, texts: Texts) -> str:
    """The months above a limit, with their counts."""
    return texts.comma.join(
        f"{texts.month.format(*month)} {line.subject} {count:,}"
        for at, month in enumerate(trend.months)
        for line in trend.lines
        if (count := line.counts[at]) > limit
    )


def hot_text(hot: Hot, texts: Texts) -> str:
    """What is asked about most: counts, nobody's name."""
    parts = []
    title = texts.hot_title.format(monday=texts.chart_day.format(hot.monday))
    for head, subjects in ((title, hot.this_week), (texts.hot_before, hot.last_week)):
        lines = [
            texts.hot_line.format(number=number, subject=subject, askers=f"{askers:,}")
            for number, (subject, askers) in enumerate(subjects, 1)
        ]
        parts += ["\n".join([head, *lines])] if lines else []
    return "\n\n".join(parts) or texts.hot_none.format(least=LEAST_ASKERS)


def usage_text(days: Sequence[Day], texts: Texts) -> str:
    """How much was asked and how well it was answered: today, in a week, in all the days."""
    if not any(day.questions for day in days):
        return texts.usage_none
    parts = [texts.usage_title]
    for span in sorted({1, min(7, len(days)), len(days)}):
        parts += _usage_of(days[-span:], texts)
    sizes = [day for day in days if day.posts is not None and day.paragraphs]
    if sizes:
        first, posts, paragraphs = sizes[0], sizes[-1].posts or 0, sizes[-1].paragraphs
        more = posts - (first.posts_before or first.posts or 0)
        parts.append(
            texts.usage_corpus.format(posts=posts, paragraphs=paragraphs, days=len(days), more=more)
        )
    return "\n".join(parts)


def _usage_of(days: Sequence[Day], texts: Texts) -> list[str]:
    period = texts.usage_today if len(days) == 1 else texts.usage_days.format(days=len(days))
    questions, answered = sum(d.questions for d in days), sum(d.answered for d in days)
    liked, disliked = sum(d.liked for d in days), sum(d.disliked for d in days)
    lines = [
        texts.usage_questions.format(
            period=period, questions=questions, answered=_share(answered, questions)
        )
    ]
    if liked + disliked > 0:
        share = _share(liked, liked + disliked)
        lines.append(texts.usage_ratings.format(liked=liked, disliked=disliked, share=share))
    half, most = percentile(days, 0.5), percentile(days, 0.95)
    if half is not None and most is not None:
        lines.append(texts.usage_took.format(half=half, most=most))
    return lines


def _share(part: int, whole: int) -> str:
    """`part` of `whole` as a percentage; "–" of nothing."""
    return f"{part / whole:.0%}" if whole > 0 else "–"


def trend_table(trend: Trend) -> Table:
    """The last months of a trend, a row each, and the sums of all of them."""
    table = Table(_("month"), box=None)
    for line in trend.lines:
        table.add_column(line.subject, justify="right")
    shown = range(max(0, len(trend.months) - _SHOWN), len(trend.months))
    for at in shown:
        is_open = trend.goes_on and at == shown[-1]
        name = "{}-{:02}".format(*trend.months[at]) + (f" {_('(goes on)')}" if is_open else "")
        table.add_row(name, *(f"{line.counts[at]:,}" for line in trend.lines))
    years, first = len(trend.months), "{}-{:02}".format(*trend.months[0])
    months = _("{months} months from {first}").format(months=years, first=first)
    table.add_row(months, *(f"{line.total:,}" for line in trend.lines))
    return table
