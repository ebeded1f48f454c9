"""`taxnews ingest`: bring the database up to date, once or all the time."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.cli.options import db_option
from bot.cli.options import progress as bar
from corpus.errors import SourceError
from corpus.store.store import Store
from corpus.store.values import Source
from corpus.sync import following
from corpus.sync import ingest as corpus
from retrieval.engine import upkeep
from retrieval.engine.worker import watch


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--watch", "follow", is_flag=True, help="Go on, and look at every source at its interval."
)
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@db_option
def ingest(paths: tuple[Path, ...], follow: bool, quiet: bool, db: Path) -> None:
    """Read posts into the database, which is made if missing.

    From files and folders, or without PATHS from every source. Running it again
    reads only what has changed, and drops what was deleted. A file that is no
    post is noted and skipped; taxnews problems lists them.

    \b
    Example:
      taxnews ingest ~/site/_posts ~/site/old_post
      taxnews ingest --watch
    """
    if follow and paths:
        raise click.UsageError("--watch follows sources: add the paths by taxnews source add PATH")
    with Store.open(db, create=bool(paths)) as store:
        if not paths and not store.sources():
            raise click.UsageError("name files or folders, or add a source: taxnews source add")
        if follow:
            _watch(store, quiet)
            return
        summary, failed = _read(store, paths, quiet)
        upkeep.index(store, track=iter if quiet else bar("Indexing"))
        if summary.skipped and not quiet:
            kinds = ", ".join(f"{kind} {n}" for kind, n in store.stats().problems.items())
            click.echo(f"no posts: {kinds} (taxnews problems lists them)", err=True)
    if not quiet:
        click.echo(str(summary))
    if failed:
        sys.exit(2)


def _read(store: Store, paths: tuple[Path, ...], quiet: bool) -> tuple[corpus.Summary, bool]:
    """What became of it all, and whether a source could not be read: that is told at once."""
    total = corpus.Summary()
    failed = False
    with _progress_bar(quiet) as progress:
        if paths:
            return corpus.ingest(store, paths, progress=progress), False
        for source in store.sources():
            try:
                summary = following.look(store, source, progress=progress)
            except SourceError as error:
                failed = True
                click.echo(f"taxnews: {error}", err=True)
                continue
            for field in fields(summary):
                had = getattr(total, field.name)
                setattr(total, field.name, had + getattr(summary, field.name))
    return total, failed


def _watch(store: Store, quiet: bool) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())

    def report(source: Source, result: corpus.Summary | Exception) -> None:
        if isinstance(result, Exception):
            click.echo(f"taxnews: {result}", err=True)
        elif not quiet and result.has_changes:
            click.echo(f"{source.location}: {result}")

    watch(store, stop, report)


@contextmanager
def _progress_bar(quiet: bool) -> Iterator[corpus.Progress]:
    """Shows how far a run is, how fast, and how long it will take: on a terminal's stderr."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("Reading"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ) as shown:
        task = shown.add_task("", total=None, rate="")

        def update(done: int, total: int) -> None:
            speed = shown.tasks[0].speed
            rate = f"{speed:,.0f}/s" if speed else ""
            shown.update(task, completed=done, total=total, rate=rate)

        yield update
