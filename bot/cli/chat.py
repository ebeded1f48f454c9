"""`taxnews chat`: one question after the other at a prompt."""

from datetime import datetime
from pathlib import Path

import click

from bot import settings
from bot.cli import render
from bot.cli.narrowing import narrowing
from bot.cli.options import now_option
from corpus.errors import TaxnewsError
from corpus.store.values import Filters
from retrieval.answering.answer import Shown
from retrieval.engine import opening


@click.command()
@narrowing
@now_option
def chat(db: Path, filters: Filters, limit: int, now: datetime | None) -> None:
    """Ask one question after the other at a prompt; an empty line or Ctrl-D ends it.

    A question that names no subject (那罚了多少？) is about the story just shown.

    \b
    Example:
      taxnews chat
    """
    previous = None
    with opening.opened_answerer(db, settings.own_synonyms()) as answerer:
        while question := _prompt():
            try:
                answer = answerer.ask(
                    question, limit=limit, filters=filters, previous=previous, now=now
                )
            except TaxnewsError as error:
                click.echo(f"taxnews: {error}", err=True)
                continue
            render.console().print(render.answer_text(answer))
            if answer.passages:
                best = answer.passages[0]
                previous = Shown(best.post, best.paragraph)


def _prompt() -> str:
    try:
        return input("问> ").strip()
    except EOFError:
        click.echo()
        return ""
