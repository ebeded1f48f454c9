"""`taxnews ask`: the answer to a question, or to each of many."""

import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import click

from bot.cli import render, standard_input
from bot.cli.chat import Reply
from bot.cli.filters import filter_options
from bot.cli.lines import console
from bot.cli.opened import opened_answerer
from bot.cli.options import day_of, now_option
from corpus.errors import TaxnewsError
from corpus.store.values import Filters
from retrieval.answering.dialogue import reply


@click.command()
@click.argument("question", nargs=-1)
@filter_options
@now_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a question.")
def ask(
    question: tuple[str, ...],
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
    with opened_answerer(db) as answerer:
        answered = partial(reply, answerer, filters=filters, limit=limit, now=now)
        show = partial(_print, answered, as_json=as_json, today=day_of(now))
        if question:
            show(" ".join(question))
        elif not standard_input.is_terminal():
            _show_all(show, as_json)
        elif typed := standard_input.prompt():
            show(typed)


def _show_all(show: Callable[[str], None], as_json: bool) -> None:
    """Answers each line; one that is refused has its own line of output."""
    for line in standard_input.lines():
        try:
            show(standard_input.text_of(line))
        except TaxnewsError as error:
            if as_json:
                click.echo(render.error_json(line.decode("utf-8", "replace"), str(error)))
            else:
                click.echo(f"taxnews: {error}", err=True)


def _print(answered: Reply, question: str, *, as_json: bool, today: date) -> None:
    started = time.perf_counter()
    answer = answered(question, None)
    if as_json:
        click.echo(render.answer_json(answer, 1000 * (time.perf_counter() - started)))
    else:
        console().print(render.answer_text(answer, today))
