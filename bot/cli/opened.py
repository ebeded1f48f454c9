"""What the settings choose, opened for a command."""

from contextlib import AbstractContextManager
from pathlib import Path

from bot import settings
from retrieval.answering.answerer import Answerer
from retrieval.engine import opening


def opened_answerer(db: Path) -> AbstractContextManager[Answerer]:
    """Answers from the database at `db`, or from the cluster that is set; raises what
    `retrieval.engine.opening.opened_answerer` does, and `SettingsError`."""
    return opening.opened_answerer(
        db, settings.own_synonyms(), settings.embedder(), settings.cluster()
    )
