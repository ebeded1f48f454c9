"""`taxnews usage`: how much the bot is asked, and how well and how fast it answers."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from bot.cli.chats import opened_chats
from bot.cli.help import is_chinese
from bot.cli.options import db_option, picture_option
from bot.clock import china_today
from bot.render import charts
from bot.render.statistics import usage_text
from bot.render.texts import EN, ZH
from bot.storage.usage import Day


@click.command()
@picture_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a day.")
@db_option
def usage(output: Path | None, as_json: bool, db: Path) -> None:
    """Show how much the bot was asked in ninety days, how well and fast it answered.

    Counts only, as in the bot's own /stats; taxnews stats is about the posts.

    \b
    Example:
      taxnews usage --output usage.png
    """
    with opened_chats(db) as chats:
        days = chats.usage.days(china_today())
    if output and days:
        output.write_bytes(charts.usage_picture(days, ZH))
    click.echo(_lines(days) if as_json else usage_text(days, ZH if is_chinese() else EN))


def _lines(days: Sequence[Day]) -> str:
    rows = (asdict(day) | {"day": day.day.isoformat()} for day in days)
    return "\n".join(json.dumps(row) for row in rows)
