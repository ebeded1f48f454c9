"""`taxnews source`: where posts come from."""

from pathlib import Path

import click

from bot.cli.options import db_option
from corpus.errors import SourceError
from corpus.store.store import Store
from corpus.sync import following


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
    default=following.EVERY,
    show_default=True,
    help="Seconds between two looks.",
)
@click.option("--pull", is_flag=True, help="Pull a git checkout before each look.")
@db_option
def add(location: str, every: int, pull: bool, db: Path) -> None:
    """Add a folder, a git checkout, a .jsonl file, or the address of a feed.

    \b
    Example:
      taxnews source add https://example.com/feed.xml --every 600
    """
    kind, kept = following.kind_of(location)
    if pull and kind != "git":
        raise click.UsageError(f"--pull is for git checkouts; {location} is a {kind}")
    with Store.open(db, create=True) as store:
        store.add_source(kind, kept, every=every, pull=pull)
    click.echo(f"added the {kind} {kept}; read it now: taxnews ingest")


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
        pulled = ", pulled" if each.pull else ""
        read = f"last read {each.last_success}" if each.last_success else "not read yet"
        click.echo(f"{each.kind} {each.location}")
        click.echo(f"    every {each.every} s{pulled}, {each.posts:,} posts, {read}")
        if each.last_error:
            click.echo(f"    {each.last_run}: {each.last_error}")
    if not sources:
        click.echo("no sources yet; add one: taxnews source add LOCATION")


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
        known = {each.location: each for each in store.sources()}
        found = known.get(location) or known.get(str(Path(location).expanduser().absolute()))
        if found is None:
            raise SourceError(f"{location}: no such source; see: taxnews source list")
        store.remove_source(found)
    click.echo(f"removed {found.location}")
