"""`taxnews unanswered`: the questions that found no answer."""

import json
from datetime import date
from gettext import gettext as _
from pathlib import Path

import click

from bot.cli.chats import opened_chats
from bot.cli.options import db_option, json_option
from retrieval.question.clusters import groups


@click.command()
@json_option
@db_option
def unanswered(as_json: bool, db: Path) -> None:
    """List the questions that found no answer in the last ninety days, newest first.

    Those that are alike stand together. They are kept only if TAXNEWS_KEEP_QUESTIONS is true for
    taxnews serve; /privacy tells people so.

    \b
    Example:
      taxnews unanswered
    """
    with opened_chats(db) as chats:
        kept = chats.feedback.unanswered()
    clusters = [[kept[at] for at in group] for group in groups([q for q, _ in kept])]
    for cluster in clusters:
        click.echo(_cluster_json(cluster) if as_json else _cluster_text(cluster))
    if not kept and not as_json:
        click.echo(
            _(
                "no question without an answer is kept; they are, from the next one on, once"
                " TAXNEWS_KEEP_QUESTIONS=true is set for taxnews serve"
            )
        )


def _cluster_json(cluster: list[tuple[str, date]]) -> str:
    questions = [{"question": question, "day": day.isoformat()} for question, day in cluster]
    return json.dumps({"count": len(cluster), "questions": questions}, ensure_ascii=False)


def _cluster_text(cluster: list[tuple[str, date]]) -> str:
    wordings = list(dict.fromkeys(question for question, _ in cluster))
    first = f"{len(cluster):>4}  {cluster[0][1]}  {wordings[0]}"
    return "\n".join([first, *(f"{'':18}{wording}" for wording in wordings[1:])])
