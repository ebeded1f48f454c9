"""`taxnews trend`: how often the posts mention a subject, month by month."""

import json
from gettext import gettext as _
from pathlib import Path

import click

from bot import settings
from bot.cli.lines import console
from bot.cli.options import db_option, picture_option
from bot.clock import now
from bot.render import charts
from bot.render.statistics import trend_table
from bot.render.texts import ZH
from retrieval.engine import opening
from retrieval.news import trends
from retrieval.news.trends import LONGEST_SUBJECT, MOST_SUBJECTS


@click.command()
@click.argument("subjects", nargs=-1, required=True, metavar="SUBJECT...")
@picture_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@db_option
def trend(subjects: tuple[str, ...], output: Path | None, as_json: bool, db: Path) -> None:
    """Show how many posts a month mention each SUBJECT, at most five.

    A post mentions it if its title, a heading or its text has it, letter for
    letter but for script and width. The table has the last twelve months, the
    picture and --json all, up to ten years.

    \b
    Example:
      taxnews trend 留抵退税 骗税 --output trend.png
    """
    wanted = trends.subjects_in(" ".join(subjects))
    if not 1 <= len(wanted) <= MOST_SUBJECTS:
        message = _("name one to {most} subjects of two characters or more")
        raise click.UsageError(message.format(most=MOST_SUBJECTS))
    if long := [subject for subject in wanted if len(subject) > LONGEST_SUBJECT]:
        message = _("{subject}: at most {most} characters are taken")
        raise click.UsageError(message.format(subject=long[0], most=LONGEST_SUBJECT))
    if settings.cluster():
        message = _(
            "a cluster counts no mentions: unset TAXNEWS_CLUSTER on the machine that ingests"
        )
        raise click.UsageError(message)
    with opening.opened_trends(db) as counted:
        found = counted(wanted, now())
    if output:
        output.write_bytes(charts.trend_picture(found, ZH))
    if as_json:
        click.echo(json.dumps(_row(found), ensure_ascii=False))
    else:
        console().print(trend_table(found))
        if undated := sum(line.undated for line in found.lines):
            click.echo(_("without a date, not counted: {count:,}").format(count=undated))


def _row(found: trends.Trend) -> dict[str, object]:
    months = ["{}-{:02}".format(*month) for month in found.months]
    return {
        "goes_on": found.goes_on,
        "subjects": {
            line.subject: {
                "months": dict(zip(months, line.counts, strict=True)),
                "undated": line.undated,
                "outside": line.outside,
            }
            for line in found.lines
        },
    }
