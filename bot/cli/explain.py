"""`taxnews explain`: why an answer is what it is."""

from datetime import datetime
from pathlib import Path

import click

from bot.cli.opened import opened_answerer
from bot.cli.options import db_option, now_option
from retrieval.ranking.confidence import SIGNALS
from retrieval.ranking.ranking import FEATURES


@click.command()
@click.argument("question")
@click.option(
    "-n",
    "limit",
    type=click.IntRange(1, 20),
    default=3,
    show_default=True,
    help="Posts to explain.",
)
@now_option
@db_option
def explain(question: str, limit: int, now: datetime | None, db: Path) -> None:
    """Show how QUESTION is read, and what each feature adds to its best answers.

    \b
    Example:
      taxnews explain "去年留抵退税骗取了多少"
    """  # fmt: skip
    with opened_answerer(db) as answerer:
        why = answerer.explain(question, limit=limit, now=now)
    asked = why.question
    click.echo(f"read as     {asked.normal}")
    click.echo(f"about       {asked.subject}")
    expected = asked.answer_type.name if asked.answer_type else "nothing in particular"
    click.echo(f"asks for    {expected}")
    if asked.years:
        click.echo(f"years       {', '.join(map(str, asked.years))}")
    click.echo(f"confidence  {why.confidence:.2f}")
    for name, share in sorted(why.shares.items(), key=lambda item: -abs(item[1])):
        click.echo(f"  {share:+.2f}  {name:15} {SIGNALS.get(name) or FEATURES[name]}")
    if why.hits and not why.shares:
        click.echo("  the best post tells of another name, place, time or figure")
    for hit, matched, missed in zip(why.hits, why.matched, why.missed, strict=True):
        click.echo(f"\n{hit.score:.3f}  {hit.story.post.title or hit.story.post.id}")
        for name, share in sorted(hit.shares.items(), key=lambda item: -item[1]):
            click.echo(f"  {share:.3f}  {name:8} {FEATURES[name]}")
        click.echo(f"  matched  {' '.join(matched)}")
        click.echo(f"  missed   {' '.join(missed)}")
