"""Figures → what stands below their pictures, and in a terminal."""

from rich.table import Table

from bot.texts import Texts
from retrieval.trends import Trend

_SHOWN = 12  # months in a terminal


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
        if trend.goes_on:
            parts.append(texts.trend_goes_on)
    for text, left_out in (
        (texts.trend_undated, [line.undated for line in trend.lines]),
        (texts.trend_outside, [line.outside for line in trend.lines]),
    ):
        if any(left_out):
            parts.append(text.format(count=sum(left_out)))
    return "\n".join(parts)


def trend_table(trend: Trend) -> Table:
    """The last months of a trend, a row each, and the sums of all of them."""
    table = Table("month", box=None)
    for line in trend.lines:
        table.add_column(line.subject, justify="right")
    shown = range(max(0, len(trend.months) - _SHOWN), len(trend.months))
    for at in shown:
        is_open = trend.goes_on and at == shown[-1]
        name = "{}-{:02}".format(*trend.months[at]) + (" (goes on)" if is_open else "")
        table.add_row(name, *(f"{line.counts[at]:,}" for line in trend.lines))
    years, first = len(trend.months), "{}-{:02}".format(*trend.months[0])
    table.add_row(f"{years} months from {first}", *(f"{line.total:,}" for line in trend.lines))
    return table
