"""The options by which a question asks only some of the posts."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any

import click

from bot.cli.options import db_option
from corpus.reading.places import place_named
from corpus.reading.post_types import POST_TYPES, PostType
from corpus.store.values import Filters


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
        type_: PostType | None,
        **others: Any,
    ) -> None:
        about = place_named(place) if place else None
        if place and about is None:
            raise click.UsageError(
                f"{place}: no province or city of China; write it as 广东 or 深圳市"
            )
        filters = Filters(_day(since), _day(until), source, category, about, type_)
        command(filters=filters, **others)

    for option in (
        click.option(
            "-n",
            "limit",
            type=click.IntRange(1, 20),
            default=6,
            show_default=True,
            help="Answers at most, the alternatives among them.",
        ),
        click.option(
            "--type", "type_", type=click.Choice(POST_TYPES), help="Only posts of a type."
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


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
