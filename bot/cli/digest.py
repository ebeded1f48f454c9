"""`taxnews digest`: what a digest would say now, and why."""

import json
import re
from datetime import timedelta
from gettext import gettext as _
from pathlib import Path

import click

from bot import settings
from bot.cli.filters import check_names
from bot.cli.lines import day, joined
from bot.cli.options import db_option
from bot.clock import now
from bot.render.links import web_address
from corpus.store.values import Filters
from retrieval.answering.answer import shown_title
from retrieval.engine import opening
from retrieval.news.importance import REASONS, WEIGHTS, Important


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 366), default=1, show_default=True, help="Of so many days."
)
@click.option("--category", help="Only posts of this category.")
@click.option("--watch", "watches", multiple=True, help="Only posts that answer this; repeatable.")
@click.option(
    "-n", "limit", type=click.IntRange(1, 50), default=10, show_default=True, help="Posts at most."
)
@click.option("--explain", is_flag=True, help="Show what each feature adds to the importance.")
@click.option("--json", "form", flag_value="json", help="Print a JSON object a line.")
@click.option("--markdown", "form", flag_value="markdown", help="Print a Markdown list.")
@db_option
def digest(
    days: int,
    category: str | None,
    watches: tuple[str, ...],
    limit: int,
    explain: bool,
    form: str | None,
    db: Path,
) -> None:
    """Print the most important posts of the last DAYS.

    \b
    Example:
      taxnews digest --days 7 --explain
    """  # fmt: skip
    if explain and form:
        message = _("--explain is for people: leave it out with --json and --markdown")
        raise click.UsageError(message)
    check_names(Filters(category=category), db)
    until = now()
    since = until - timedelta(days=days)
    with opening.opened_news(db, settings.own_synonyms(), settings.cluster()) as news:
        best = news.important(since, until, category, list(watches) or None, limit)
    if form:
        line = _json if form == "json" else _markdown
        for number, one in enumerate(best, 1):
            click.echo(line(number, one))
        return
    for number, one in enumerate(best, 1):
        post = one.story.post
        about = joined(day(post.published), post.source, post.url)
        click.echo(f"{number}. {shown_title(post)}\n   {about}")
        if explain:
            shares = ", ".join(f"{name} {share:.2f}" for name, share in one.shares.items() if share)
            click.echo(f"   {one.score:.2f} = {shares}")
    if explain:
        for name, reason in REASONS.items():
            click.echo(f"{name} (up to {WEIGHTS[name]:g}): {reason}")
    if not best:
        click.echo(_("no posts in that time; a longer one: --days 30"))


def _json(number: int, one: Important) -> str:
    """One line: a post of the digest for machines."""
    post = one.story.post
    return json.dumps(
        {
            "rank": number,
            "post": post.id,
            "title": post.title,
            "type": one.story.type,
            "published": post.published.isoformat() if post.published else None,
            "source": post.source,
            "url": post.url,
            "score": round(one.score, 4),
        },
        ensure_ascii=False,
    )


def _markdown(number: int, one: Important) -> str:
    """One line: a post of the digest as an item of a list."""
    post = one.story.post
    title = re.sub(r"([\\\[\]*_`<>])", r"\\\1", shown_title(post))
    url = web_address(post.url)
    linked = f"[{title}](<{url}>)" if url else title
    about = joined(day(post.published), post.source)
    return f"{number}. {linked} · {about}" if about else f"{number}. {linked}"
