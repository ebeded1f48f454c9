"""`taxnews stats`: what the database holds."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from bot.cli.options import db_option
from corpus.store.store import Store
from corpus.store.values import Stats

_SHOWN = 12  # rows of each table


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
        counts = {
            "database": str(db.absolute()),
            "posts": held.facts.posts,
            "paragraphs": held.facts.paragraphs,
            "newest": newest,
        }
        parts = {part: _named(getattr(held, part)) for part in _PARTS}
        click.echo(json.dumps({**counts, **parts}, ensure_ascii=False))
    else:
        click.echo(f"database: {db.absolute()}")
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
