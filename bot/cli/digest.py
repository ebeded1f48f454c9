"""What a digest would say now, and why."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import click

from bot import settings
from bot.cli.filters import check_names
from bot.cli.options import db_option
from corpus.reading.posts import CHINA
from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.answering.answer import shown_title
from retrieval.engine import news as engine_news
from retrieval.engine import opening
from retrieval.news.importance import REASONS, WEIGHTS


@click.command()
@click.option("--days", type=click.IntRange(1, 366), default=1, show_default=True)
@click.option("--category", help="Only posts of this category.")
@click.option("--watch", "watches", multiple=True, help="Only posts that answer this; repeatable.")
@click.option("-n", "limit", type=click.IntRange(1, 50), default=10, show_default=True)
@click.option("--explain", is_flag=True, help="Show what each feature adds to the importance.")
@db_option
def digest(
    days: int, category: str | None, watches: tuple[str, ...], limit: int, explain: bool, db: Path
) -> None:
    """Print the most important posts of the last DAYS.

    \b
    Example:
      taxnews digest --days 7 --explain
    """  # fmt: skip
    check_names(Filters(category=category), db)
    until = datetime.now(timezone.utc)
    since = until - timedelta(days=days)
    with opening.opened_answerer(db, settings.own_synonyms()) as answerer, Store.open(db) as store:
        news = engine_news.News(store, answerer)
        best = news.important(since, until, category, list(watches) or None, limit)
    for number, one in enumerate(best, 1):
        post = one.story.post
        day = post.published.astimezone(CHINA).date().isoformat() if post.published else ""
        about = " · ".join(filter(None, [day, post.source, post.url]))
        click.echo(f"{number}. {shown_title(post)}\n   {about}")
        if explain:
            shares = ", ".join(f"{name} {share:.2f}" for name, share in one.shares.items() if share)
            click.echo(f"   {one.score:.2f} = {shares}")
    if explain:
        for name, reason in REASONS.items():
            click.echo(f"{name} (up to {WEIGHTS[name]:g}): {reason}")
    if not best:
        click.echo("no posts in that time")
