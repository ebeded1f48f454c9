"""The command `taxnews`: each subcommand parses, calls one function, prints."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import wraps
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from bot import settings as settings_module
from bot.cli import evaluation, maintenance, render, sources
from bot.cli import serve as serving
from bot.cli.digest import digest
from bot.cli.ingest import ingest
from bot.cli.options import db_option, progress
from bot.cli.review import review, unanswered
from bot.cli.trend import trend
from bot.cli.usage import usage
from bot.settings import load as load_settings
from corpus.errors import TaxnewsError
from corpus.reading import posts
from corpus.reading.places import place_named
from corpus.sources import jsonlines
from corpus.store.store import Store
from corpus.store.values import Filters
from retrieval.answering.answer import Shown
from retrieval.answering.answerer import Answerer
from retrieval.engine import opening, upkeep


def main() -> NoReturn:
    """Run the command line; exit with 0, or with 2 and one line on stderr for an error."""
    try:
        cli.main(prog_name="taxnews", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        sys.exit(2)
    except click.ClickException as error:
        _fail(error.format_message())
    except click.Abort:
        _fail("interrupted")
    except (TaxnewsError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            sys.stderr.close()  # the reader of our output has gone: nobody to tell
            sys.exit(0)
        _fail(str(error))
    sys.exit(0)


def _fail(message: str) -> NoReturn:
    click.echo(f"taxnews: {message}", err=True)
    sys.exit(2)


def narrowing(command: Callable[..., None]) -> Callable[..., None]:
    """The options that narrow which posts may answer (its `filters`), and how many do."""

    @wraps(command)
    def narrowed(
        *,
        since: datetime | None,
        until: datetime | None,
        source: str | None,
        category: str | None,
        place: str | None,
        **others: Any,
    ) -> None:
        about = place_named(place) if place else None
        if place and about is None:
            raise click.UsageError(
                f"{place}: no province or city of China; write it as 广东 or 深圳市"
            )
        command(filters=Filters(_day(since), _day(until), source, category, about), **others)

    for option in (
        click.option(
            "-n",
            "limit",
            type=click.IntRange(1, 20),
            default=6,
            show_default=True,
            help="Answers at most, the alternatives among them.",
        ),
        click.option("--place", help="Only posts about a province or city, as 广东 or 深圳市."),
        click.option("--category", help="Only posts of a category."),
        click.option("--source", help="Only posts of a medium whose name contains this."),
        click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only posts up to a day."),
        click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only posts from a day."),
        db_option,
    ):
        narrowed = option(narrowed)
    return narrowed


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("taxnews"), prog_name="taxnews")
def cli() -> None:
    """Answer questions about Chinese tax news with the passage that says so.

    \b
    Example:
      taxnews ingest ~/site/_posts ~/site/old_post
      taxnews ask "2021年广东给多少户次纳税人自动发放了发票？"
    """


@cli.command()
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def parse(file: Path, as_json: bool) -> None:
    """Show what taxnews reads from the post in FILE.

    \b
    Example:
      taxnews parse _posts/2022-02-16-NW202202162277943417.md --json
    """
    post = posts.read(file)
    if as_json:
        click.echo(jsonlines.line(post))
    else:
        Console(highlight=False).print(render.post_text(post))


@cli.command()
@db_option
@click.option("--rebuild", is_flag=True, help="Build it anew instead of adding what is missing.")
def index(db: Path, rebuild: bool) -> None:
    """Bring the index beside the database up to date, or build it anew.

    Every command that needs the index does so by itself; this is for repairs.

    \b
    Example:
      taxnews index --rebuild
    """
    with Store.open(db) as store:
        upkeep.index(store, track=progress("Indexing"), rebuild=rebuild)
        click.echo(f"{store.facts().paragraphs:,} paragraphs indexed")


@cli.command()
@click.option("--db", type=click.Path(dir_okay=False, path_type=Path), help="The database.")
def serve(db: Path | None) -> None:
    """Run the Telegram bot until it is stopped.

    Its settings are read from the environment or from a .env file in the
    working folder; TAXNEWS_TOKEN, the token from @BotFather, is needed.

    \b
    Example:
      TAXNEWS_TOKEN=123456:AbC-dEf taxnews serve
    """
    settings = load_settings()
    serving.serve(settings, db or settings.db or settings_module.default_db())


@cli.command()
@click.argument("question", required=False)
@narrowing
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a question.")
def ask(
    question: str | None,
    db: Path,
    filters: Filters,
    limit: int,
    as_json: bool,
) -> None:
    """Answer QUESTION, or each line of standard input.

    \b
    Example:
      taxnews ask "留抵退税骗取了多少" --since 2024-01-01 -n 3
      taxnews ask --json < questions.txt
    """
    with opening.opened_answerer(db, settings_module.own_synonyms()) as answerer:
        if question is not None:
            _print(answerer, question, filters, limit, as_json)
            return
        for line in _lines(sys.stdin.buffer):
            try:
                _print(answerer, line, filters, limit, as_json)
            except TaxnewsError as error:
                # Each line stands for itself: a refused one has its own line of output.
                if as_json:
                    click.echo(render.error_json(line, str(error)))
                else:
                    click.echo(f"taxnews: {error}", err=True)


@cli.command()
@narrowing
def chat(db: Path, filters: Filters, limit: int) -> None:
    """Ask one question after the other at a prompt; an empty line or Ctrl-D ends it.

    A question that names no subject (那罚了多少？) is about the story just shown.

    \b
    Example:
      taxnews chat
    """
    previous = None
    with opening.opened_answerer(db, settings_module.own_synonyms()) as answerer:
        while question := _prompt():
            try:
                answer = answerer.ask(question, limit=limit, filters=filters, previous=previous)
            except TaxnewsError as error:
                click.echo(f"taxnews: {error}", err=True)
                continue
            _console().print(render.answer_text(answer))
            if answer.passages:
                best = answer.passages[0]
                previous = Shown(best.post, best.paragraph)


def _print(answerer: Answerer, question: str, filters: Filters, limit: int, as_json: bool) -> None:
    started = time.perf_counter()
    answer = answerer.ask(question, limit=limit, filters=filters)
    if as_json:
        click.echo(render.answer_json(answer, 1000 * (time.perf_counter() - started)))
    else:
        _console().print(render.answer_text(answer))


def _console() -> Console:
    # soft_wrap: an address that is broken over lines can't be clicked.
    return Console(highlight=False, soft_wrap=True)


def _prompt() -> str:
    try:
        return input("问> ").strip()
    except EOFError:
        click.echo()
        return ""


def _lines(stream: Iterable[bytes]) -> Iterator[str]:
    """The lines of `stream` as text; bytes that are not UTF-8 become U+FFFD."""
    for line in stream:
        yield line.decode("utf-8", "replace").rstrip("\r\n")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


for command in (
    ingest,
    evaluation.evaluate,
    evaluation.explain,
    sources.source,
    digest,
    trend,
    usage,
    review,
    unanswered,
    maintenance.stats,
    maintenance.problems,
    maintenance.forget,
    maintenance.export,
    maintenance.backup,
    maintenance.restore,
    maintenance.doctor,
):
    cli.add_command(command)
