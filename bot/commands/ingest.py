"""`taxnews ingest`: bring the database up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot import app
from bot.commands.options import db_option, tracked
from corpus import ingest as corpus
from corpus.store import Store


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--quiet", "-q", is_flag=True, help="No progress bar, no summary.")
@db_option
def ingest(paths: tuple[Path, ...], quiet: bool, db: Path) -> None:
    """Read posts from files and folders into the database, which is made if missing.

    Running it again reads only what has changed, and drops what was deleted. A
    file that is no post is noted and skipped: taxnews problems.

    \b
    Example:
      taxnews ingest ~/site/_posts ~/site/old_post
    """
    with Store.open(db, create=True) as store:
        with progress_bar(quiet) as progress:
            summary = corpus.ingest(store, paths, progress=progress)
        app.index(store, track=tracked("Indexing", quiet=quiet))
    if not quiet:
        click.echo(str(summary))


@contextmanager
def progress_bar(quiet: bool) -> Iterator[corpus.Progress]:
    """Shows how far a run is, how fast, and how long it will take: on a terminal's stderr."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("Reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.speed:,.0f}/s"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
