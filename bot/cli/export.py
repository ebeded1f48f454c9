"""`taxnews export`: every post as a line of JSON."""

from pathlib import Path

import click

from bot.cli.options import db_option
from corpus.sources import jsonlines
from corpus.store.store import Store


@click.command()
@db_option
def export(db: Path) -> None:
    """Print every post as a line of JSON, which a .jsonl source reads back.

    \b
    Example:
      taxnews export > posts.jsonl
    """
    with Store.open(db) as store:
        for story in store.all_stories():
            click.echo(jsonlines.line(story.post))
