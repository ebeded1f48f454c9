"""`taxnews index`: the index, brought up to date or built anew."""

from gettext import gettext as _
from pathlib import Path

import click

from bot import settings
from bot.cli.options import db_option, progress
from bot.settings import SettingsError
from corpus.store.store import Store
from corpus.sync.workers import kept
from retrieval.embeddings.opening import opened_embedder
from retrieval.engine import upkeep


@click.command()
@db_option
@click.option("--rebuild", is_flag=True, help="Build it anew instead of adding what is missing.")
@click.option("--vectors", is_flag=True, help="Then make the vectors that are missing.")
def index(db: Path, rebuild: bool, vectors: bool) -> None:
    """Bring the index beside the database up to date, or build it anew.

    Every command that needs the index does so by itself; this is for repairs.
    Vectors (TAXNEWS_EMBEDDINGS) are made by taxnews serve in the background,
    hours of work for a million paragraphs. --vectors makes them now; what is
    made stays if it is interrupted.

    \b
    Example:
      taxnews index --rebuild
      TAXNEWS_EMBEDDINGS=local taxnews index --vectors
    """
    with Store.open(db) as store:
        with kept():
            upkeep.index(store, track=progress("Indexing"), rebuild=rebuild)
        click.echo(_("{count:,} paragraphs indexed").format(count=store.facts().paragraphs))
        if vectors:
            _make_vectors(store)


def _make_vectors(store: Store) -> None:
    from retrieval.embeddings import building  # here, as few want it

    chosen = settings.embedder()
    if chosen is None:
        raise SettingsError(f"{settings.PREFIX}EMBEDDINGS is not set: it says what makes vectors")
    with opened_embedder(chosen) as embedder:
        building.catch_up(store, embedder, track=progress("Embedding"))
    held, paragraphs = building.progress(store, chosen.name)
    click.echo(f"{held:,} of {paragraphs:,} paragraphs have a vector")
