"""`taxnews cluster`: the posts on a search cluster, fed and looked at."""

import json
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from bot import settings
from bot.cli.options import db_option, progress, stopped_by_signal
from bot.settings import SettingsError
from corpus.store.store import Store
from retrieval.cluster import feeding
from retrieval.cluster.choice import ClusterChoice
from retrieval.cluster.client import Client
from retrieval.cluster.mark import Mark
from retrieval.cluster.status import Status, status_of
from retrieval.engine import upkeep


@click.group()
def cluster() -> None:
    """Keep the posts on the search cluster that TAXNEWS_CLUSTER names.

    \b
    Example:
      taxnews cluster feed
      taxnews cluster status
    """


@cluster.command()
@click.option("--watch", "follow", is_flag=True, help="Go on, and write each change as it comes.")
@db_option
def feed(follow: bool, db: Path) -> None:
    """Write to the cluster what changed in the database since the last time.

    One machine feeds: the one that ingests. There, taxnews ingest and taxnews serve do so too.

    \b
    Example:
      taxnews cluster feed
      taxnews cluster feed --watch
    """
    chosen = _chosen()
    with Store.open(db) as store, Client(chosen) as client:
        upkeep.index(store, track=progress("Indexing"))
        wrote = feeding.Feeder(store, client).feed(progress("Feeding"))
        facts = store.facts()
    if not follow:
        held = f"{facts.posts:,} posts, {facts.paragraphs:,} paragraphs"
        click.echo(f"the cluster holds {held}" + ("" if wrote else ": nothing had changed"))
        return
    feeding.keep_feeding(db, chosen, stopped_by_signal())


@cluster.command()
@db_option
def rebuild(db: Path) -> None:
    """Write the whole database to the cluster anew; answers go on from what was there until all
    of it is written.

    It takes over a cluster that another database was fed to.

    \b
    Example:
      taxnews cluster rebuild
    """
    with Store.open(db) as store, Client(_chosen()) as client:
        upkeep.index(store, track=progress("Indexing"))
        feeding.Feeder(store, client).rebuild(progress("Feeding"))
        facts = store.facts()
    click.echo(f"{facts.posts:,} posts, {facts.paragraphs:,} paragraphs written anew")


@cluster.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@db_option
def status(as_json: bool, db: Path) -> None:
    """Show the cluster's nodes and shards, and up to where it is fed.

    \b
    Example:
      taxnews cluster status --json
    """
    with Client(_chosen()) as client:
        found = status_of(client)
    behind = _behind(db, found.mark)
    click.echo(json.dumps(_row(found, behind)) if as_json else _text(found, behind))


def _chosen() -> ClusterChoice:
    chosen = settings.cluster()
    if chosen is None:
        raise SettingsError(_("TAXNEWS_CLUSTER is not set: it names the nodes of the cluster"))
    return chosen


def _behind(db: Path, mark: Mark | None) -> int | None:
    """How many posts changed in the database at `db` since the cluster was fed; None if it is
    not what feeds the cluster."""
    if mark is None or not db.exists():
        return None
    with Store.open(db) as store:
        if store.identity() != mark.identity:
            return None
        changed = store.changed_posts(mark.number)
        return None if changed is None else len(changed)


def _row(found: Status, behind: int | None) -> dict[str, Any]:
    mark = found.mark
    return {
        "health": found.health,
        "nodes": [
            {"name": node.name, "version": node.version, "manager": node.is_manager}
            for node in found.nodes
        ],
        "shards": {"started": found.started, "copies": found.copies},
        "mark": mark
        and {
            "fed": mark.fed,
            "posts": mark.facts.posts,
            "paragraphs": mark.facts.paragraphs,
            "number": mark.number,
            "versions": mark.versions,
            "indexes": mark.stamp,
        },
        "behind": behind,
    }


def _text(found: Status, behind: int | None) -> str:
    lines = [f"health    {found.health}"]
    for node in found.nodes:
        manager = ", the manager" if node.is_manager else ""
        lines.append(f"node      {node.name}: OpenSearch {node.version}{manager}")
    lines.append(f"shards    {found.started} of {found.copies} copies started")
    if mark := found.mark:
        facts = mark.facts
        lines.append(f"holds     {facts.posts:,} posts, {facts.paragraphs:,} paragraphs")
        lines.append(f"fed       {mark.fed}, up to change {mark.number:,}")
        lines.append(f"versions  {mark.versions} (terms.ranking), indexes {mark.stamp}")
    else:
        lines.append("holds     nothing: taxnews cluster feed")
    if behind is not None:
        lines.append(f"behind    {behind:,} posts")
    return "\n".join(lines)
