"""Moments as the tables hold them: ISO 8601 in UTC; days are China's."""

from datetime import date, datetime, timedelta, timezone

from corpus.reading.posts import CHINA


def iso(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def iso_now() -> str:
    """This moment as the bot's tables keep it: ISO 8601 in UTC, to the millisecond."""
    return iso(datetime.now(timezone.utc))


def iso_ago(span: timedelta) -> str:
    """The moment so long ago."""
    return iso(datetime.now(timezone.utc) - span)


def china_today() -> date:
    """The day that it is in China."""
    return datetime.now(CHINA).date()
