"""Looking after the database: stats, problems, forget, export, backup, restore, doctor."""

import json
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot import settings
from bot.cli.options import db_option, progress
from bot.storage.chats import ChatStore
from corpus.care import backups, health
from corpus.care.health import Finding
from corpus.care.repair import repair
from corpus.errors import TaxnewsError
from corpus.sources import jsonlines
from corpus.store.store import Store
from corpus.store.values import Stats
from corpus.sync.ingest import batches
from retrieval.engine import upkeep
from retrieval.index_sync import lag, open_index

_SHOWN = 12  # rows of each table of `stats`


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@db_option
def stats(as_json: bool, db: Path) -> None:
    """Show what the database holds: posts by medium, category and month.

    \b
    Example:
      taxnews stats --json
    """
    with Store.open(db) as store:
        held = store.stats()
    newest = held.facts.newest.isoformat() if held.facts.newest else None
    if as_json:
        counts = {"posts": held.facts.posts, "paragraphs": held.facts.paragraphs, "newest": newest}
        parts = {part: _named(getattr(held, part)) for part in _PARTS}
        click.echo(json.dumps({**counts, **parts}, ensure_ascii=False))
    else:
        _print_stats(held, newest)


_PARTS = ("media", "categories", "months", "problems")


def _named(counts: dict[str | None, int]) -> dict[str, int]:
    return {key or "": count for key, count in counts.items()}


def _print_stats(held: Stats, newest: str | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{held.facts.posts:,} posts, {held.facts.paragraphs:,} paragraphs")
    console.print(f"newest: {newest or 'unknown'}")
    for part in _PARTS:
        counts: dict[str | None, int] = getattr(held, part)
        table = Table(part, "files" if part == "problems" else "posts", box=None)
        for key, count in list(counts.items())[:_SHOWN]:
            table.add_row(key or "(unknown)", f"{count:,}")
        if len(counts) > _SHOWN:
            table.add_row(f"… and {len(counts) - _SHOWN:,} more", "")
        if counts:
            console.print()
            console.print(table)


@click.command()
@click.option("--kind", help="Only those of a kind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
@db_option
def problems(kind: str | None, as_json: bool, db: Path) -> None:
    """List the files that were no posts and why, after their number by kind.

    \b
    Example:
      taxnews problems --kind encoding
    """
    with Store.open(db) as store:
        rows = store.problems(kind)
        kinds = store.stats().problems
    if as_json:
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
        return
    for name, count in kinds.items():
        if kind in (None, name):
            click.echo(f"{count:,} {name}")
    for row in rows:
        click.echo(f"{row['path']}: {row['reason']}")


@click.command()
@click.argument("post", required=False, metavar="ID")
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), help="Those published before a day.")
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
        raise click.UsageError("name a post, --before or --category")
    with Store.open(db) as store:
        day = before.date() if before else None
        ids = store.matching(post=post, before=day, category=category)
        if not ids:
            raise TaxnewsError("no such post in the database")
        if not yes:
            click.confirm(f"Forget {len(ids):,} posts for good?", abort=True)
        for batch in batches(ids):
            with store.transaction():
                store.forget(batch)
    click.echo(f"forgot {len(ids):,} posts")


@click.command()
@db_option
def export(db: Path) -> None:
    """Print every post as a line of JSON, which a .jsonl source reads back.

    \b
    Example:
      taxnews export > posts.jsonl
    """
    with Store.open(db) as store:
        for story in store.all_stories():
            click.echo(jsonlines.line(story.post))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@db_option
def backup(file: Path, db: Path) -> None:
    """Copy the database to FILE, also while it is in use.

    \b
    Example:
      taxnews backup ~/taxnews-2026-01-31.db
    """
    with Store.open(db) as store:
        backups.backup(store, file)
    click.echo(f"{file}: {file.stat().st_size:,} bytes")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Don't ask.")
@db_option
def restore(file: Path, yes: bool, db: Path) -> None:
    """Put the copy FILE in place of the database. Asks first.

    \b
    Example:
      taxnews restore ~/taxnews-2026-01-31.db
    """
    if db.exists() and not yes:
        click.confirm(f"Replace everything in {db}?", abort=True)
    backups.restore(db, file)
    with Store.open(db) as store:
        click.echo(f"{db}: {store.facts().posts:,} posts")


Check = Callable[[Path], Iterator[Finding]]
"""Looks at one part of what belongs to the database at a path."""


def _examine_index(db: Path) -> Iterator[Finding]:
    mend = "taxnews index --rebuild"
    if not db.exists():
        return
    try:
        with Store.open(db) as store, open_index(db, read_only=True) as index:
            index.verify()
            missing = lag(store, index)
            paragraphs = store.facts().paragraphs
    except TaxnewsError as error:
        yield Finding("index", str(error), mend)
        return
    if missing is None:
        yield Finding("index", "of another database, or of an older taxnews", mend)
    elif missing:
        yield Finding("index", f"{missing:,} changes behind the database", "taxnews index")
    elif len(index) != paragraphs:
        yield Finding("index", f"{len(index):,} paragraphs instead of {paragraphs:,}", mend)
    else:
        yield Finding("index")


def _examine_settings(db: Path) -> Iterator[Finding]:
    try:
        settings.load()
    except TaxnewsError as error:
        yield Finding("settings", str(error), "mend the environment or the .env file")
        return
    loose = settings.is_env_file_loose()
    yield Finding("settings", *((settings.LOOSE, settings.TIGHTEN) if loose else ()))


CHECKS: list[Check] = [health.examine, _examine_index, _examine_settings]


@click.command()
@click.option("--repair", "is_repairing", is_flag=True, help="Mend database and index first.")
@click.option(
    "--backup",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --repair: a copy that what is lost may come from.",
)
@db_option
def doctor(is_repairing: bool, backup: Path | None, db: Path) -> None:
    """Look at the database, its sources, the index and the settings; say what mends what is wrong.

    With --repair, posts that a failing disk has damaged are read again from
    their files and sources, else taken from the --backup; what is still lost is
    named and taken out, and a damaged index is built anew from the database.
    The exit status is 1 if anything is wrong after that.

    \b
    Example:
      taxnews doctor
      taxnews doctor --repair --backup ~/taxnews-2026-01-31.db
    """
    if backup and not is_repairing:
        raise click.UsageError("--backup goes with --repair")
    if is_repairing:
        for line in repair(db, lambda path: ChatStore(path).close(), backup):
            click.echo(line)
        with Store.open(db) as store:
            upkeep.repair_index(store, track=progress("Indexing"))
    is_well = True
    for check in CHECKS:
        for finding in check(db):
            if finding.wrong is None:
                click.echo(f"ok    {finding.part}")
            else:
                is_well = False
                click.echo(f"WRONG {finding.part}: {finding.wrong}\n      {finding.mend}")
    if not is_well:
        sys.exit(1)
