"""`taxnews source`: where posts come from."""

from collections.abc import Sequence
from datetime import datetime
from gettext import gettext as _
from pathlib import Path

import click

from bot import settings
from bot.cli.options import db_option
from corpus.errors import SourceError
from corpus.reading.posts import CHINA
from corpus.sources import kinds, opml
from corpus.store.store import Store
from corpus.store.values import KnownSource
from corpus.sync.following import EVERY
from retrieval.embeddings.choice import EmbedderChoice


@click.group()
def source() -> None:
    """Keep the list of places that taxnews ingest reads.

    \b
    Example:
      taxnews source add ~/site --pull
    """


@source.command()
@click.argument("location")
@click.option(
    "--every",
    type=click.IntRange(1, 86_400),
    default=EVERY,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--pull", is_flag=True, help="Pull a git checkout before each look.")
@db_option
def add(location: str, every: int, pull: bool, db: Path) -> None:
    """Add a folder, a git checkout, a .jsonl file, the address of a feed, or all feeds of an
    .opml file.

    \b
    Example:
      taxnews source add https://example.com/feed.xml --every 600
      taxnews source add feeds.opml
    """
    if opml.is_opml(location):
        click.echo(_add_all(opml.load(Path(location)), every, db))
        return
    kind, kept = kinds.kind_of(location)
    if pull and kind != "git":
        message = _("--pull is for git checkouts; {location} is a {kind}")
        raise click.UsageError(message.format(location=location, kind=_(kinds.NAMES[kind])))
    with Store.open(db, create=True) as store:
        store.add_source(kind, kept, every=every, pull=pull)
    said = _("added the {kind} {location}; read it now: taxnews ingest")
    click.echo(said.format(kind=_(kinds.NAMES[kind]), location=kept))


def _add_all(feeds: Sequence[str], every: int, db: Path) -> str:
    """Adds feeds, all or none; what to say of it. Those that are sources already stay as they
    are."""
    addresses = [kinds.kind_of(feed)[1] for feed in feeds]
    with Store.open(db, create=True) as store:
        known = {each.location for each in store.sources()}
        new = [address for address in addresses if address not in known]
        for address in new:
            store.add_source("feed", address, every=every)
    said = _("added {count:,} feeds; read them now: taxnews ingest")
    if len(new) < len(addresses):
        said = _(
            "added {count:,} feeds, {known:,} were sources already; read them now: taxnews ingest"
        )
    return said.format(count=len(new), known=len(addresses) - len(new))


@source.command()
@db_option
def export(db: Path) -> None:
    """Print the feeds among the sources as OPML, which feed readers and source add take.

    \b
    Example:
      taxnews source export > feeds.opml
    """
    with Store.open(db) as store:
        feeds = [each.location for each in store.sources() if each.kind == "feed"]
    click.echo(opml.dump(feeds))


@source.command("list")
@db_option
def list_(db: Path) -> None:
    """Show every source, and how the last looks at it went.

    \b
    Example:
      taxnews source list
    """
    with Store.open(db) as store:
        sources = store.sources()
    for each in sources:
        click.echo(f"{_(each.kind)} {each.location}")
        click.echo(f"    {_state(each)}")
        if each.vanished == "waits":
            said = _("waits for: taxnews source confirm {location}")
            click.echo(f"    {said.format(location=each.location)}")
        if each.vanished == "confirmed":
            said = _("confirmed: what is gone there goes at the next look")
            click.echo(f"    {said}")
        if each.last_error:
            run = _minute(each.last_run) if each.last_run else ""
            click.echo(f"    {run}: {each.last_error}")
    if (chosen := settings.embedder()) and sources:
        held, paragraphs = _progress(db, chosen)
        said = _("vectors: {held:,} of {paragraphs:,} paragraphs")
        click.echo(said.format(held=held, paragraphs=paragraphs))
    if not sources:
        click.echo(_("no sources yet; add one: taxnews source add LOCATION"))


def _state(source: KnownSource) -> str:
    """How often a source is looked at, how many posts it has, when it was read."""
    read = _("last read {time}") if source.last_success else _("not read yet")
    said = _("every {every} s, pulled, {posts:,} posts, {read}")
    if not source.pull:
        said = _("every {every} s, {posts:,} posts, {read}")
    time = _minute(source.last_success) if source.last_success else ""
    return said.format(every=source.every, posts=source.posts, read=read.format(time=time))


def _minute(time: str) -> str:
    """A time, ISO 8601, to the minute in China."""
    return f"{datetime.fromisoformat(time).astimezone(CHINA):%Y-%m-%d %H:%M}"


def _progress(db: Path, chosen: EmbedderChoice) -> tuple[int, int]:
    from retrieval.embeddings.building import progress  # here, as few want it

    with Store.open(db) as store:
        return progress(store, chosen.name)


@source.command()
@click.argument("location")
@db_option
def remove(location: str, db: Path) -> None:
    """Stop reading LOCATION. The posts read from it stay.

    \b
    Example:
      taxnews source remove https://example.com/feed.xml
    """
    with Store.open(db) as store:
        found = _known(store, location)
        store.remove_source(found)
    click.echo(_("removed {location}").format(location=found.location))


@source.command()
@click.argument("location")
@db_option
def confirm(location: str, db: Path) -> None:
    """Let the posts go that are gone at LOCATION, however many: it is not unmounted, but emptied.

    taxnews source list shows where that is waited for.

    \b
    Example:
      taxnews source confirm ~/site
    """
    with Store.open(db) as store:
        found = _known(store, location)
        if found.vanished is None:
            message = _("{location}: nothing there waits to be confirmed")
            raise SourceError(message.format(location=found.location))
        store.confirm_source(found)
    said = _("confirmed {location}; it is done at the next look, or now: taxnews ingest")
    click.echo(said.format(location=found.location))


def _known(store: Store, location: str) -> KnownSource:
    """The source at `location`, as it is kept or as a path; raises SourceError."""
    known = {each.location: each for each in store.sources()}
    found = known.get(location) or known.get(str(Path(location).expanduser().absolute()))
    if found is None:
        message = _("{location}: no such source; see: taxnews source list")
        raise SourceError(message.format(location=location))
    return found
