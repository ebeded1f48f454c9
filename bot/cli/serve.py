"""The one place where the parts are joined: database → store → index → answerer → bot."""

import gc
import sys
from pathlib import Path

import click

from bot import run
from bot.cli.options import db_option
from bot.settings import load
from corpus.store.store import Store
from retrieval.engine import worker
from retrieval.engine.opening import opened_library

# Seconds of Python after which a search lets the bot's other threads go on: each of a question's
# ten steps from thread to thread may wait as long, for each search under way.
_SWITCH = 0.001


@click.command()
@db_option
def serve(db: Path) -> None:
    """Run the Telegram bot until it is stopped.

    Its settings are read from the environment or from a .env file in the
    working folder; TAXNEWS_TOKEN, the token from @BotFather, is needed.

    \b
    Example:
      TAXNEWS_TOKEN=123456:AbC-dEf taxnews serve
    """
    settings = load()
    settings.require_token()  # before the work of opening: the likeliest mistake
    embedder, cluster = settings.embedder, settings.chosen_cluster
    if cluster:  # a bot without posts of its own keeps its tables there
        Store.open(db, create=True).close()
    with (
        opened_library(db, settings.synonyms, embedder, cluster) as library,
        worker.watching(db, embedder, cluster),
    ):
        gc.freeze()  # what is there now stays: to look through it takes a tenth of a second
        sys.setswitchinterval(_SWITCH)
        run.serve(settings, library, db)
