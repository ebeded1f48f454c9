"""`taxnews ask`: the answer to a question, or to each of many."""

import sys
import time
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from bot import settings
from bot.cli import render
from bot.cli.chat import Reply
from bot.cli.narrowing import narrowing
from bot.cli.options import lines_of, now_option
from corpus.errors import TaxnewsError
from corpus.store.values import Filters
from retrieval.answering.dialogue import reply
from retrieval.engine import opening


@click.command()
@click.argument("question", required=False)
@narrowing
@now_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a question.")
def ask(
    question: str | None,
    db: Path,
    filters: Filters,
    limit: int,
    now: datetime | None,
    as_json: bool,
) -> None:
    """Answer QUESTION, or each line of standard input.

    \b
    Example:
      taxnews ask "留抵退税骗取了多少" --since 2024-01-01 -n 3
      taxnews ask --json < questions.txt
    """
    with opening.opened_answerer(db, settings.own_synonyms()) as answerer:
        answered = partial(reply, answerer, filters=filters, limit=limit, now=now)
        if question is not None:
            _print(answered, question, as_json)
            return
        for line in lines_of(sys.stdin.buffer):
            try:
                _print(answered, line, as_json)
            except TaxnewsError as error:
                # Each line stands for itself: a refused one has its own line of output.
                if as_json:
                    click.echo(render.error_json(line, str(error)))
                else:
                    click.echo(f"taxnews: {error}", err=True)


def _print(answered: Reply, question: str, as_json: bool) -> None:
    started = time.perf_counter()
    answer = answered(question, None)
    if as_json:
        click.echo(render.answer_json(answer, 1000 * (time.perf_counter() - started)))
    else:
        render.console().print(render.answer_text(answer))
