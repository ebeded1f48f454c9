"""`taxnews doctor`: what is wrong, and what mends it."""

import sys
from collections.abc import Callable, Iterable, Iterator
from gettext import gettext as _
from pathlib import Path

import click

from bot import settings
from bot.cli.options import OLD_FILE, db_option, progress
from bot.storage.chats import ChatStore
from corpus.care import health
from corpus.care.health import Finding
from corpus.care.repair import repair
from corpus.errors import TaxnewsError
from corpus.store.store import Store
from retrieval.embeddings.opening import opened_embedder
from retrieval.engine import upkeep
from retrieval.index import loops
from retrieval.index_sync import lag, open_index

Check = Callable[[Path], Iterator[Finding]]
"""Looks at one part of what belongs to the database at a path."""

LARGE = 100_000
"""Paragraphs from which compiled loops are worth their memory: without them the median answer over
83,000 takes half as long again (docs/performance.md)."""


def _is_front(db: Path) -> bool:
    """Whether the posts are a cluster's, and the database at `db` holds none: at most chats."""
    try:
        if settings.cluster() is None:
            return False
        if not db.exists():
            return True
        with Store.open(db) as store:
            return not store.facts().posts and not store.sources()
    except TaxnewsError:  # which is a finding on the settings or the database
        return False


def _examine_database(db: Path) -> Iterator[Finding]:
    is_front = _is_front(db)
    if is_front and not db.exists():
        yield Finding(_("database: none yet, and the posts are the cluster's"))
    else:
        yield from health.examine(db, needs_posts=not is_front)


def _examine_index(db: Path) -> Iterator[Finding]:
    part, mend = _("index"), "taxnews index --rebuild"
    if not db.exists() or _is_front(db):
        return
    try:
        with Store.open(db) as store, open_index(db, read_only=True) as index:
            index.verify()
            missing = lag(store, index)
            paragraphs = store.facts().paragraphs
    except TaxnewsError as error:
        yield Finding(part, str(error), mend)
        return
    if missing is None:
        yield Finding(part, _("of another database, or of an older taxnews"), mend)
    elif missing:
        wrong = _("{count:,} changes behind the database").format(count=missing)
        yield Finding(part, wrong, "taxnews index")
    elif len(index) != paragraphs:
        wrong = _("{count:,} paragraphs instead of {wanted:,}")
        yield Finding(part, wrong.format(count=len(index), wanted=paragraphs), mend)
    else:
        yield Finding(part)
    if paragraphs >= LARGE and not loops.has_compiler():
        wrong = _("{count:,} paragraphs without numba: answers are slower")
        yield Finding(part, wrong.format(count=paragraphs), "pip install numba", is_choice=True)


def _examine_settings(db: Path) -> Iterator[Finding]:
    part = _("settings")
    try:
        settings.load()
    except TaxnewsError as error:
        yield Finding(part, str(error), _("mend the environment or the .env file"))
        return
    strange = settings.unknown()
    for line in strange:
        yield Finding(part, line, _("write the name as it is, or take it out"))
    if settings.is_env_file_loose():
        yield Finding(part, _(settings.LOOSE), settings.TIGHTEN)
    elif not strange:
        yield Finding(part)


def _examine_vectors(db: Path) -> Iterator[Finding]:
    """One finding where an embedder is set, else none."""
    try:
        chosen = settings.embedder()
    except TaxnewsError:  # which is a finding on the settings
        return
    if not chosen or not db.exists():
        return
    from retrieval.embeddings import building  # here, as few want it

    try:
        with Store.open(db) as store, opened_embedder(chosen) as embedder:
            held, paragraphs = building.progress(store, chosen.name)
            damaged = building.damaged(store, chosen.name)
            embedder.passages([building.PROBE])
    except TaxnewsError as error:
        yield Finding("vectors", f"{error}; BM25 answers alone", "start what embeds, or mend it")
        return
    if damaged:
        yield Finding("vectors", f"{damaged:,} damaged, and not used", "taxnews index --vectors")
    else:
        yield Finding(f"vectors: {held:,} of {paragraphs:,} paragraphs")


def _examine_cluster(_db: Path) -> Iterator[Finding]:
    """One finding where a cluster is set, else none."""
    try:
        chosen = settings.cluster()
    except TaxnewsError:  # which is a finding on the settings
        return
    if chosen is None:
        return
    from retrieval.cluster.client import Client  # here, as few want it
    from retrieval.cluster.mark import AGREE, other_version, read_mark

    try:
        with Client(chosen) as client:
            found = read_mark(client)  # which a reader may ask as well as the feeder
    except TaxnewsError as error:
        yield Finding("cluster", str(error), "start its nodes, or mend the settings")
        return
    if found is None:
        yield Finding("cluster", "nothing in it yet", "taxnews cluster feed")
        return
    mark, _version = found
    if other := other_version(mark):
        yield Finding("cluster", other, AGREE)
    else:
        yield Finding(f"cluster: {mark.facts.posts:,} posts, fed {mark.fed}")


def _examine_serving(db: Path) -> Iterator[Finding]:
    from bot.cli import first_start  # here, as it loads what speaks with Telegram

    try:
        given = settings.load()
        given.require_token()
    except TaxnewsError as error:
        yield Finding("Telegram", str(error), _("mend the environment or the .env file"))
        return
    yield from first_start.examine(given, db)


CHECKS: list[Check] = [
    _examine_database,
    _examine_index,
    _examine_vectors,
    _examine_cluster,
    _examine_settings,
]


@click.command()
@click.option("--repair", "is_repairing", is_flag=True, help="Mend database and index first.")
@click.option(
    "--backup", type=OLD_FILE, help="With --repair: a copy that what is lost may come from."
)
@click.option(
    "--serve", "is_serving", is_flag=True, help="Look too at what taxnews serve needs, by Telegram."
)
@db_option
def doctor(is_repairing: bool, backup: Path | None, is_serving: bool, db: Path) -> None:
    """Look at database, sources, index and settings; say what mends what is wrong.

    With --repair, posts that a failing disk has damaged are read again from
    their files and sources, else taken from the --backup; what is still lost is
    named and taken out, and a damaged index is built anew from the database.
    With --serve it asks Telegram about the token, privacy mode, inline use and the
    groups, and looks at the clock and the disk: a check before the first start.
    The exit status is 1 if anything is wrong after that.

    \b
    Example:
      taxnews doctor
      taxnews doctor --serve
      taxnews doctor --repair --backup ~/taxnews-2026-01-31.db
    """
    if backup and not is_repairing:
        raise click.UsageError(_("--backup goes with --repair"))
    click.echo(_("database: {db}").format(db=db.absolute()))
    if is_repairing:
        for line in repair(db, lambda path: ChatStore(path).close(), backup):
            click.echo(line)
        with Store.open(db) as store:
            upkeep.repair_index(store, track=progress("Indexing"))
    checks = [*CHECKS, _examine_serving] if is_serving else CHECKS
    findings = [finding for check in checks for finding in _printed(check(db))]
    if any(finding.wrong and not finding.is_choice for finding in findings):
        sys.exit(1)


def _printed(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same findings, each printed as it comes."""
    for finding in findings:
        if finding.wrong is None:
            click.echo(f"{_('ok   ')} {finding.part}")
        else:
            mark = _("note ") if finding.is_choice else _("WRONG")
            said = _("{part}: {wrong}").format(part=finding.part, wrong=finding.wrong)
            click.echo(f"{mark} {said}\n      {finding.mend}")
        yield finding
