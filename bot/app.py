"""The one place where the parts are joined: database → store → index → answerer → bot."""

import gc
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from platformdirs import user_data_path

from bot.library import Library, News
from bot.settings import Settings
from corpus.store import Store, Story
from retrieval.answers import Answerer
from retrieval.calibration import calibration
from retrieval.importance import Important, most_important
from retrieval.index import IndexCorrupt, IndexLocked, IndexMismatch
from retrieval.indexing import Track, catch_up, has_index, lag, open_index
from retrieval.standing import Match, Standing
from retrieval.subjects import subjects_of
from retrieval.trends import Trend
from retrieval.trends import trend as mentions

_TURN = 0.2  # seconds between two tries for the index, and two looks at what was added to it
# Seconds of Python after which a search lets the bot's other threads go on: each of a question's
# ten steps from thread to thread may wait as long, for each search under way.
_SWITCH = 0.001


def default_db() -> Path:
    """`TAXNEWS_DB`, else taxnews.db in the platform's folder for a user's data."""
    named = os.environ.get("TAXNEWS_DB")
    return Path(named) if named else user_data_path("taxnews", appauthor=False) / "taxnews.db"


def index(store: Store, *, track: Track = iter, rebuild: bool = False) -> None:
    """Bring the index of `store` up to date, and what is learned of it."""
    keep_up(store, track=track, rebuild=rebuild)
    with open_index(store.path, read_only=True) as opened:
        if len(opened):
            calibration(store, opened)


def repair_index(store: Store, *, track: Track = iter) -> None:
    """Build the index of `store` anew if a byte of it is damaged, else bring it up to date."""
    damaged = False
    if has_index(store.path):
        try:
            with open_index(store.path, read_only=True) as opened:
                opened.verify()
                damaged = len(opened) != store.facts().paragraphs and not lag(store, opened)
        except (IndexCorrupt, IndexMismatch):
            damaged = True
    index(store, track=track, rebuild=damaged)


def keep_up(store: Store, *, track: Track = iter, rebuild: bool = False) -> None:
    """Bring the index of `store` up to date, after any other process that is about it."""
    while True:
        try:
            return catch_up(store, track=track, rebuild=rebuild)
        except IndexLocked:
            time.sleep(_TURN)


@contextmanager
def opened_answerer(db: Path) -> Iterator[Answerer]:
    """An `Answerer` over the database at `db`, its index brought up to date first.

    Raises StoreError or EmptyCorpus.
    """
    with Store.open(db) as store:
        try:
            catch_up(store)
        except IndexLocked:  # another process is about it: what is there will do
            if not has_index(db):  # nothing is there yet
                keep_up(store)
        except OSError:  # a full or write-protected disk: what is there will do, if it fits
            if not has_index(db):
                raise
            with open_index(db, read_only=True) as opened:
                if lag(store, opened) is None:
                    raise
        with open_index(db, read_only=True) as opened:
            answerer = Answerer(store, opened, calibration(store, opened))
            opened.follow(_TURN)
            yield answerer


@contextmanager
def opened_library(db: Path) -> Iterator[Library]:
    """What the chats need of the database at `db`; raises as `opened_answerer` does."""
    # Counting takes seconds over millions of paragraphs, and a connection serves one at a time.
    with opened_answerer(db) as answerer, Store.open(db) as store, Store.open(db) as counted:
        answerer.ask("税务新闻")  # the first search is slow: nobody shall wait for it

        def story(post: str) -> Story | None:
            return next(iter(store.stories([post])), None)

        def trend(subjects: Sequence[str]) -> Trend:
            return mentions(counted, answerer.index, subjects, datetime.now(timezone.utc))

        def subjects(question: str) -> Sequence[str]:
            return subjects_of(question, answerer.index)

        news = news_of(store, answerer)
        yield Library(
            answerer.ask,
            store.facts,
            story,
            store.latest,
            lambda place, limit, offset: store.latest(None, limit, offset, place=place),
            store.places,
            trend,
            subjects,
            news,
        )


def news_of(store: Store, answerer: Answerer) -> News:
    """What is new in `store`, matched by `answerer`."""
    standing = Standing(answerer)

    def match(queries: Mapping[int, str], story: Story) -> list[Match]:
        standing.hold(queries)
        return standing.match(story)

    def important(
        since: datetime,
        until: datetime,
        category: str | None,
        queries: Sequence[str] | None,
        limit: int,
    ) -> list[Important]:
        stories = [
            story
            for story in store.published(since, until)
            if category in (None, story.post.category)
        ]
        watched: frozenset[str] = frozenset()
        if queries is not None:
            standing.hold(dict(enumerate(queries)))
            stories = [story for story in stories if standing.match(story)]
            watched = frozenset(story.post.id for story in stories)
        tellings = store.tellings(story.post.id for story in stories)
        return most_important(stories, tellings, watched, since, until, limit)

    return News(store.arrivals, store.last_arrival, match, important)


def serve(settings: Settings, db: Path) -> None:
    """Answer in Telegram from the database at `db`, until a signal stops it.

    Raises SettingsError, ServeError, StoreError or EmptyCorpus.
    """
    # Here, so that the other commands don't wait for python-telegram-bot.
    from bot import telegram, watching

    settings.require_token()  # before the work of opening: the likeliest mistake
    with opened_library(db) as library, watching.watching(db):
        gc.freeze()  # what is there now stays: to look through it takes a tenth of a second
        sys.setswitchinterval(_SWITCH)
        telegram.serve(settings, library, db)
