"""`taxnews problems`: the files that were no posts."""

import json
from pathlib import Path
from typing import get_args

import click

from bot.cli.options import db_option
from corpus.errors import ProblemKind
from corpus.reading.text import in_one_line
from corpus.store.store import Store


@click.command()
@click.option("--kind", type=click.Choice(get_args(ProblemKind)), help="Only those of a kind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
@db_option
def problems(kind: str | None, as_json: bool, db: Path) -> None:
    """List the files that were no posts and why, after their number by kind.

    \b
    Example:
      taxnews problems --kind encoding
    """
    with Store.open(db) as store:
        rows = store.problems(kind)
        kinds = store.stats().problems
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    for name, count in kinds.items():
        if kind in (None, name):
            click.echo(f"{count:,} {name}")
    for row in rows:
        click.echo(in_one_line(f"{row['path']}: {row['reason']}"))
