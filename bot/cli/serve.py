"""The one place where the parts are joined: database → store → index → answerer → bot."""

import gc
import sys
from pathlib import Path

from bot.settings import Settings
from retrieval.engine.opening import opened_library

# Seconds of Python after which a search lets the bot's other threads go on: each of a question's
# ten steps from thread to thread may wait as long, for each search under way.
_SWITCH = 0.001


def serve(settings: Settings, db: Path) -> None:
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
