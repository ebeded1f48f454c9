"""`taxnews ingest`: bring the database up to date, once or all the time."""

import sys
from dataclasses import asdict
from gettext import gettext as _
from pathlib import Path

import click

import corpus
from bot import settings
from bot.cli.options import db_option, stopped_by_signal
from bot.cli.phases import Phases
from corpus.errors import SourceError
from corpus.sources.kinds import JSON_LINES
from corpus.store.store import Store
from corpus.store.values import KnownSource
from corpus.sync import following
from corpus.sync import ingest as reading
from corpus.sync.workers import kept
from retrieval.cluster.choice import ClusterChoice
from retrieval.engine import upkeep
from retrieval.engine.worker import feeding, watch

_SAMPLE = Path(corpus.__file__).parent / "sample"


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--watch", "follow", is_flag=True, help="Go on, and look at every source at its interval."
)
@click.option(
    "--confirm", is_flag=True, help="Let posts go even where most of a source's are gone at once."
)
@click.option("--sample", is_flag=True, help="Read the sample posts that taxnews comes with.")
@click.option("--quiet", "-q", is_flag=True, help="Say nothing but errors.")
@db_option
def ingest(
    paths: tuple[Path, ...], follow: bool, confirm: bool, sample: bool, quiet: bool, db: Path
) -> None:
    """Read posts into the database, which is made if missing.

    From files and folders, or without PATHS from every source. Running it again
    reads only what has changed, and drops what was deleted. A file that is no
    post is noted and skipped; taxnews problems lists them. Where most posts are gone
    at once, as of a folder that is not mounted, that is an error and they stay.

    \b
    Example:
      taxnews ingest ~/site/_posts ~/site/old_post
      taxnews ingest --sample
      taxnews ingest --watch
    """
    paths += (_SAMPLE,) if sample else ()
    if follow and paths:
        message = _("--watch follows sources: add the paths by taxnews source add PATH")
        raise click.UsageError(message)
    if follow and confirm:
        raise click.UsageError(_("--watch takes no --confirm: taxnews source confirm LOCATION"))
    for path in paths:
        if path.name.lower().endswith(JSON_LINES):
            message = _("{path} holds a post a line: taxnews source add {path}")
            raise click.UsageError(message.format(path=path))
    with Store.open(db, create=bool(paths)) as store:
        if not paths and not store.sources():
            message = _(
                "name files or folders, or add a source: taxnews source add"
                " (to try it out: taxnews ingest --sample)"
            )
            raise click.UsageError(message)
        cluster = settings.cluster()
        if follow:
            with feeding(db, cluster):
                _watch(store, quiet)
            return
        with Phases(quiet=quiet) as phases, kept():
            summary, failed = _read(store, paths, phases, confirm=confirm)
            upkeep.index(store, track=phases.track("indexing"), learning=phases.track("learning"))
            if cluster:
                _feed(store, cluster, phases)
        if summary.skipped and not quiet:
            click.echo(_no_posts(store), err=True)
    if not quiet:
        click.echo(_counts(summary))
    if failed:
        sys.exit(2)


def _feed(store: Store, cluster: ClusterChoice, phases: Phases) -> None:
    from retrieval.cluster.client import Client  # here, as few have one
    from retrieval.cluster.feeding import Feeder

    with Client(cluster) as client:
        Feeder(store, client).feed(phases.track("feeding"))


def _no_posts(store: Store) -> str:
    """What the files are that are no posts: of one why, of more how many of each kind."""
    problems = store.problems()
    if len(problems) == 1:
        said = _("1 file is no post: {reason} (taxnews problems names it)")
        return said.format(reason=problems[0]["reason"])
    kinds = ", ".join(f"{kind} {n}" for kind, n in store.stats().problems.items())
    said = _("{count:,} files are no posts: {kinds} (taxnews problems lists them)")
    return said.format(count=len(problems), kinds=kinds)


def _counts(summary: reading.Summary) -> str:
    """How many posts came, changed and went."""
    said = _(
        "added {added}, updated {updated}, unchanged {unchanged}, merged {merged},"
        " skipped {skipped}"
    )
    if summary.removed:
        said += _(", removed {removed}")
    return said.format(**asdict(summary))


def _read(
    store: Store, paths: tuple[Path, ...], phases: Phases, *, confirm: bool
) -> tuple[reading.Summary, bool]:
    """The counts of all sources, and whether one could not be read: that is printed at once."""
    total = reading.Summary()
    failed = False
    if paths:
        return reading.ingest(store, paths, confirm=confirm, progress=phases.update), False
    for source in store.sources():
        phases.begin(_("looking at {location}").format(location=source.location))
        try:
            summary = following.look(store, source, confirm=confirm, progress=phases.update)
        except SourceError as error:
            failed = True
            click.echo(f"taxnews: {error}", err=True)
            continue
        total.count(asdict(summary))
    return total, failed


def _watch(store: Store, quiet: bool) -> None:
    def report(source: KnownSource, result: reading.Summary | Exception) -> None:
        if isinstance(result, Exception):
            click.echo(f"taxnews: {result}", err=True)
        elif not quiet and result.has_changes:
            click.echo(f"{source.location}: {_counts(result)}")

    watch(store, stopped_by_signal(), report)
