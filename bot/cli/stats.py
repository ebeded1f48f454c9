"""`taxnews stats`: what the database holds."""

import json
from collections.abc import Mapping
from gettext import gettext as _
from pathlib import Path

import click
from rich.table import Table

from bot.cli.lines import console, day
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
        held, (_media, names) = store.stats(), store.names()
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
        click.echo(_("database: {db}").format(db=db.absolute()))
        _print_stats(held, names)


_PARTS = ("media", "categories", "months", "problems")


def _named(counts: dict[str | None, int]) -> dict[str, int]:
    return {key or "": count for key, count in counts.items()}


def _named_category(code: str | None, names: Mapping[str, str]) -> str | None:
    """What people call a category, and its code if that is another."""
    name = names.get(code, code) if code else None
    return name if name == code else f"{name} ({code})"


def _print_stats(held: Stats, names: Mapping[str, str]) -> None:
    out = console()
    facts, newest = held.facts, held.facts.newest
    message = _("{posts:,} posts, {paragraphs:,} paragraphs")
    out.print(message.format(posts=facts.posts, paragraphs=facts.paragraphs))
    out.print(_("newest: {day}").format(day=day(newest) or _("unknown")))
    for part in _PARTS:
        counts: dict[str | None, int] = getattr(held, part)
        table = Table(_(part), _("files") if part == "problems" else _("posts"), box=None)
        for key, count in list(counts.items())[:_SHOWN]:
            shown = _named_category(key, names) if part == "categories" else key
            table.add_row(shown or _("(unknown)"), f"{count:,}")
        if len(counts) > _SHOWN:
            table.add_row(_("… and {count:,} more").format(count=len(counts) - _SHOWN), "")
        if counts:
            out.print()
            out.print(table)
