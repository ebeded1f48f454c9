"""`taxnews parse`: what is read from a file."""

from pathlib import Path

import click

from bot.cli import render
from bot.cli.lines import console
from bot.cli.options import OLD_FILE
from corpus.reading import post_files
from corpus.sources import jsonlines


@click.command()
@click.argument("file", type=OLD_FILE)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def parse(file: Path, as_json: bool) -> None:
    """Show what taxnews reads from the post in FILE.

    \b
    Example:
      taxnews parse _posts/2022-02-16-NW202202162277943417.md --json
    """
    post = post_files.load(file)
    if as_json:
        click.echo(jsonlines.line(post))
    else:
        console().print(render.post_text(post))
