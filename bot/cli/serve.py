"""The one place where the parts are joined: database → store → index → answerer → bot."""

import gc
import sys
from pathlib import Path

import click

from bot.settings import Settings, default_db, load
from retrieval.engine.opening import opened_library

# Seconds of Python after which a search lets the bot's other threads go on: each of a question's
# ten steps from thread to thread may wait as long, for each search under way.
_SWITCH = 0.001


@click.command()
@click.option("--db", type=click.Path(dir_okay=False, path_type=Path), help="The database.")
def serve(db: Path | None) -> None:
    """Run the Telegram bot until it is stopped.

    Its settings are read from the environment or from a .env file in the
    working folder; TAXNEWS_TOKEN, the token from @BotFather, is needed.

    \b
    Example:
      TAXNEWS_TOKEN=123456:AbC-dEf taxnews serve
    """
    settings = load()
    _serve(settings, db or settings.db or default_db())


def _serve(settings: Settings, db: Path) -> None:
    """Answer in Telegram from the database at `db`, until a signal stops it.

    Raises SettingsError, ServeError, StoreError, EmptyCorpus or BadSynonyms.
    """
    # Here, so that the other commands don't wait for python-telegram-bot.
    from bot import run
    from retrieval.engine import worker

    settings.require_token()  # before the work of opening: the likeliest mistake
    with opened_library(db, settings.synonyms) as library, worker.watching(db):
        gc.freeze()  # what is there now stays: to look through it takes a tenth of a second
        sys.setswitchinterval(_SWITCH)
        run.serve(settings, library, db)
