"""Is all well with the database and its sources? What is wrong, and what mends it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from gettext import gettext as _
from pathlib import Path

from corpus.errors import TaxnewsError
from corpus.store.store import Store
from corpus.store.values import KnownSource


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: `wrong` says what is wrong with it, None nothing; `mend` what helps.

    `is_choice`: it may be meant so, and is printed as a note, not counted as wrong.
    """

    part: str
    wrong: str | None = None
    mend: str | None = None
    is_choice: bool = False


def examine(
    db: Path, now: datetime | None = None, *, needs_posts: bool = True
) -> Iterator[Finding]:
    """The findings on the database at `db` and its sources, at least one for each."""
    part = _("database")
    if not db.exists():
        mend = _("taxnews ingest PATH; to try it out: taxnews ingest --sample")
        yield Finding(part, _("none there"), mend)
        return
    try:
        with Store.open(db) as store:
            if faults := store.faults():
                mend = "taxnews doctor --repair"
                yield from (Finding(part, fault, mend) for fault in faults)
            elif needs_posts and not store.facts().posts:
                yield Finding(part, _("no posts in it yet"), "taxnews ingest PATH")
            else:
                yield Finding(part)
            yield from examine_sources(store.sources(), now or datetime.now(timezone.utc))
    except TaxnewsError as error:
        mend = _("see above; if damaged: taxnews doctor --repair")
        yield Finding(part, str(error), mend)


def examine_sources(sources: list[KnownSource], now: datetime) -> Iterator[Finding]:
    """The findings on `sources`; a source is late after three of its intervals."""
    if not sources:
        wrong = _("none, so that no new posts are read by themselves")
        yield Finding(_("sources"), wrong, "taxnews source add LOCATION", is_choice=True)
    for source in sources:
        part = _("source {location}").format(location=source.location)
        late = now - timedelta(seconds=3 * source.every)
        if source.last_error:
            error = source.last_error.removeprefix(f"{source.location}: ")
            mend = _("mend it there, or: taxnews source remove {location}")
            yield Finding(part, error, mend.format(location=shlex.quote(source.location)))
        elif source.last_success is None:
            yield Finding(part, _("not read yet"), "taxnews ingest")
        elif datetime.fromisoformat(source.last_success) < late:
            wrong = _("not read since {time}").format(time=source.last_success)
            yield Finding(part, wrong, _("taxnews ingest --watch, all the time"))
        else:
            yield Finding(part)
