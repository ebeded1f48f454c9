"""`taxnews backup`: a copy of the database."""

from gettext import gettext as _
from pathlib import Path

import click

from bot.cli.options import FILE, db_option
from corpus.care import backups
from corpus.store.store import Store


@click.command()
@click.argument("file", type=FILE)
@click.option("--replace", is_flag=True, help="Write over FILE if it exists.")
@db_option
def backup(file: Path, replace: bool, db: Path) -> None:
    """Copy the database to FILE, also while it is in use.

    \b
    Example:
      taxnews backup ~/taxnews-2026-01-31.db
    """
    if file.exists() and not replace:
        message = _("{file}: exists already; name another file, or give --replace")
        raise click.UsageError(message.format(file=file))
    with Store.open(db) as store:
        backups.backup(store, file)
    click.echo(_("{file}: {size:,} bytes").format(file=file, size=file.stat().st_size))
