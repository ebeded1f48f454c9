"""The options by which a question asks only some of the posts."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from gettext import gettext as _
from pathlib import Path
from typing import Any

import click

from bot import settings
from bot.cli.options import db_option
from corpus.reading.places import place_named
from corpus.reading.post_types import POST_TYPES, PostType, type_named
from corpus.reading.posts import CHINA
from corpus.store.values import Filters
from retrieval.engine.opening import opened_stories
from retrieval.question.filters import Names, unknown_in
from retrieval.question.times import period


class _Time(click.ParamType[tuple[date, date]]):
    """A time in any form (2025-07-04, 去年7月, 近三年): the days that it means, by `--now`."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[date, date]:
        if isinstance(value, tuple):
            return value
        now = (ctx.params.get("now") if ctx else None) or datetime.now(CHINA)
        days = period(value, now.date())
        if days is None:
            message = _("{time}: no time; write it as 2025-07-04, 2025年7月 or 上个月")
            self.fail(message.format(time=value), param, ctx)
        return days


class _Type(click.Choice[str]):
    """A type of post, by the name that answers show (案例) too."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> PostType:
        known: PostType = super().convert(type_named(str(value)) or value, param, ctx)  # type: ignore[assignment]
        return known


def filter_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that narrow which posts may answer (its `filters`), and how many do."""

    @wraps(command)
    def narrowed(
        *,
        since: tuple[date, date] | None,
        until: tuple[date, date] | None,
        source: str | None,
        category: str | None,
        place: str | None,
        type_: PostType | None,
        db: Path,
        **others: Any,
    ) -> None:
        about = place_named(place) if place else None
        if place and about is None:
            message = _("{place}: no province or city of China; write it as 广东 or 深圳市")
            raise click.UsageError(message.format(place=place))
        filters = Filters(
            since[0] if since else None, until[1] if until else None, source, category, about, type_
        )
        if filters.since and filters.until and filters.since > filters.until:
            message = _("--since {since} is after --until {until}")
            raise click.UsageError(message.format(since=filters.since, until=filters.until))
        check_names(filters, db)
        command(filters=filters, db=db, **others)

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
            "--type",
            "type_",
            type=_Type(POST_TYPES),
            help="Only posts of a type; 案例 and the other names that answers show will do.",
        ),
        click.option("--place", help="Only posts about a province or city, as 广东 or 深圳市."),
        click.option("--category", help="Only posts of a category."),
        click.option("--source", help="Only posts of a medium whose name contains this."),
        click.option("--until", type=_Time(), help="Only posts up to a time, as 2025-07-04."),
        click.option("--since", type=_Time(), help="Only posts from a time, as 去年7月."),
        db_option,
    ):
        narrowed = option(narrowed)
    return narrowed


def check_names(filters: Filters, db: Path) -> None:
    """Raises `UsageError` for a medium or category of which the database has no post."""
    if filters.source is None and filters.category is None:
        return
    with opened_stories(db, settings.cluster()) as stories:
        unknown = unknown_in(filters, Names(*stories.names()))
    if unknown:
        message = _("--{kind} {value}: no post has it; there are: {names}")
        if unknown.is_near:
            message = _("--{kind} {value}: no post has it; did you mean: {names}")
        names = ", ".join(unknown.names) or _("none")
        raise click.UsageError(message.format(kind=unknown.kind, value=unknown.value, names=names))
