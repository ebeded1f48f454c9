"""`taxnews forget`: posts dropped for good."""

from datetime import datetime
from gettext import gettext as _
from pathlib import Path

import click

from bot.cli import standard_input
from bot.cli.options import DAY, db_option
from corpus.errors import TaxnewsError
from corpus.store.store import Store
from corpus.sync.ingest import batches


@click.command()
@click.argument("post", required=False, metavar="ID")
@click.option("--before", type=DAY, help="Those published before a day.")
@click.option("--category", help="Those of a category.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@db_option
def forget(
    post: str | None, before: datetime | None, category: str | None, yes: bool, db: Path
) -> None:
    """Drop posts for good: the one with an ID, or all of a kind. Asks first.

    They don't come back when their files are read again.

    \b
    Example:
      taxnews forget 202202162277943417
      taxnews forget --before 2022-01-01 --category emnews
    """
    if not (post or before or category):
        raise click.UsageError(_("name a post, --before or --category"))
    with Store.open(db) as store:
        day = before.date() if before else None
        ids = store.matching(post=post, before=day, category=category)
        if not ids:
            named = f"{post}: " if post else ""
            raise TaxnewsError(named + _("no such post in the database"))
        if not yes:
            standard_input.confirm(_("Forget {count:,} posts for good?").format(count=len(ids)))
        for batch in batches(ids):
            with store.transaction():
                store.forget(batch)
    click.echo(_("forgot {count:,} posts").format(count=len(ids)))
