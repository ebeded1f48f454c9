"""`taxnews chat`: one question after the other, at a prompt or from standard input."""

import sys
import time
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from pathlib import Path

import click

from bot.cli import render, standard_input
from bot.cli.filters import filter_options
from bot.cli.lines import console
from bot.cli.opened import opened_answerer
from bot.cli.options import day_of, json_option, now_option
from corpus.errors import TaxnewsError
from corpus.store.values import Filters
from retrieval.answering.answer import Answer
from retrieval.answering.dialogue import reply
from retrieval.question.conversation import Conversation

INTERRUPTED = 130
"""The exit status that shells give a program ended by Ctrl-C."""

Reply = Callable[[str, Conversation | None], Answer]


@click.command()
@filter_options
@now_option
@json_option
def chat(db: Path, filters: Filters, limit: int, now: datetime | None, as_json: bool) -> None:
    """Ask one question after the other at a prompt; an empty line or Ctrl-D ends it.

    What a question leaves out (那罚了多少？ 24年的呢) is taken over from what was said before.
    With --json a turn is a line of standard input, and an empty line begins a new conversation.

    \b
    Example:
      taxnews chat
      taxnews chat --json < turns.txt
    """
    with opened_answerer(db) as answerer:
        answered = partial(reply, answerer, limit=limit, filters=filters, now=now)
        try:
            _print_turns(answered) if as_json else _talk(answered, day_of(now))
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)


def _talk(answered: Reply, today: date) -> None:
    conversation = None
    if standard_input.is_terminal():
        click.echo(standard_input.GREETING)
    while question := standard_input.prompt():
        try:
            answer = answered(question, conversation)
        except TaxnewsError as error:
            click.echo(f"taxnews: {error}", err=True)
        else:
            conversation = answer.conversation
            console().print(render.answer_text(answer, today))


def _print_turns(answered: Reply) -> None:
    conversation = None
    for line in standard_input.lines():
        if not line.strip():
            conversation = None
            continue
        started = time.perf_counter()
        try:
            answer = answered(standard_input.text_of(line), conversation)
        except TaxnewsError as error:
            click.echo(render.error_json(line.decode("utf-8", "replace"), str(error)))
        else:
            conversation = answer.conversation
            click.echo(render.answer_json(answer, 1000 * (time.perf_counter() - started)))
