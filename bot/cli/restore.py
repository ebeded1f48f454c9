"""`taxnews restore`: a copy put in place of the database."""

from gettext import gettext as _
from pathlib import Path

import click

from bot.cli import standard_input
from bot.cli.options import OLD_FILE, db_option
from corpus.care import backups
from corpus.store.store import Store


@click.command()
@click.argument("file", type=OLD_FILE)
@click.option("--yes", is_flag=True, help="Don't ask.")
@db_option
def restore(file: Path, yes: bool, db: Path) -> None:
    """Put the copy FILE in place of the database. Asks first, once FILE is found good.

    \b
    Example:
      taxnews restore ~/taxnews-2026-01-31.db
    """
    asks = db.exists() and not yes

    def agree() -> None:
        if asks:
            standard_input.confirm(_("Replace everything in {db}?").format(db=db))

    backups.restore(db, file, agree)
    with Store.open(db) as store:
        click.echo(_("{db}: {posts:,} posts").format(db=db, posts=store.facts().posts))
