"""What time is it? Moments are written as ISO 8601 in UTC; days are China's."""

from datetime import date, datetime, timedelta, timezone

from corpus.reading.dates import CHINA


def now() -> datetime:
    """This moment."""
    return datetime.now(timezone.utc)


def china_today() -> date:
    """The day that it is in China."""
    return datetime.now(CHINA).date()


def iso(moment: datetime) -> str:
    """A moment as the bot's tables keep it: to the millisecond."""
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")


def iso_now() -> str:
    return iso(now())


def iso_ago(span: timedelta) -> str:
    """The moment so long ago."""
    return iso(now() - span)
