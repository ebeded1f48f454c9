"""`taxnews index`: the index, brought up to date or built anew."""

from pathlib import Path

import click

from bot.cli.options import db_option, progress
from corpus.store.store import Store
from retrieval.engine import upkeep


@click.command()
@db_option
@click.option("--rebuild", is_flag=True, help="Build it anew instead of adding what is missing.")
def index(db: Path, rebuild: bool) -> None:
    """Bring the index beside the database up to date, or build it anew.

    Every command that needs the index does so by itself; this is for repairs.

    \b
    Example:
      taxnews index --rebuild
    """
    with Store.open(db) as store:
        upkeep.index(store, track=progress("Indexing"), rebuild=rebuild)
        click.echo(f"{store.facts().paragraphs:,} paragraphs indexed")
