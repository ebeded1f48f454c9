"""Options that several commands share."""

from pathlib import Path

import click

from bot import app

db_option = click.option(
    "--db",
    type=click.Path(dir_okay=False, path_type=Path),
    default=app.default_db,
    help="The database; by default TAXNEWS_DB, else a file in your data folder.",
)
