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
from bot.narrowing import located, narrowed
from bot.settings import Settings
from corpus.store.store import Store
from corpus.store.values import Filters, Story
from retrieval.answers import Answerer, Passage
from retrieval.calibration import calibration
from retrieval.corrections import Current
from retrieval.formulas import RECENT
from retrieval.importance import Important, most_important
from retrieval.index import IndexCorrupt, IndexLocked, IndexMismatch, prepare
from retrieval.indexing import Track, catch_up, has_index, lag, open_index
from retrieval.standing import Match, Standing, opening
from retrieval.subjects import subjects_of
from retrieval.synonyms import load as load_synonyms
from retrieval.trends import Trend
from retrieval.trends import trend as mentions

TURN = 0.2  # seconds between two tries for the index, and two looks at what was added to it
# Seconds of Python after which a search lets the bot's other threads go on: each of a question's
# ten steps from thread to thread may wait as long, for each search under way.
_SWITCH = 0.001


def default_db() -> Path:
    """`TAXNEWS_DB`, else taxnews.db in the platform's folder for a user's data."""
    named = os.environ.get("TAXNEWS_DB")
    return Path(named) if named else user_data_path("taxnews", appauthor=False) / "taxnews.db"


def own_synonyms() -> Path | None:
    """`TAXNEWS_SYNONYMS`, a file of an operator's own names."""
    named = os.environ.get("TAXNEWS_SYNONYMS")
    return Path(named) if named else None


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
            time.sleep(TURN)


@contextmanager
def opened_answerer(db: Path, synonyms: Path | None = None) -> Iterator[Answerer]:
    """An `Answerer` over the database at `db`, its index brought up to date first.

    `synonyms` is an operator's file of names, by default `TAXNEWS_SYNONYMS`. Raises StoreError,
    EmptyCorpus or BadSynonyms.
    """
    names = load_synonyms(synonyms or own_synonyms())
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
            learned = calibration(store, opened)
            answerer = Answerer(store, opened, learned, names=names, corrections=Current(store))
            opened.follow(TURN)
            yield answerer


@contextmanager
def opened_library(db: Path, synonyms: Path | None = None) -> Iterator[Library]:
    """What the chats need of the database at `db`; takes and raises what `opened_answerer` does."""
    # Counting takes seconds over millions of paragraphs, and a connection serves one at a time.
    with (
        opened_answerer(db, synonyms) as answerer,
        Store.open(db) as store,
        Store.open(db) as counted,
    ):
        # What is slow the first time: nobody shall wait for it.
        prepare()
        answerer.ask("税务新闻")

        def story(post: str) -> Story | None:
            return next(iter(store.stories([post])), None)

        def within(post: str, question: str, limit: int) -> Sequence[Passage]:
            found = story(post)
            return answerer.passages_in(answerer.read(question), found, limit) if found else ()

        def at(post: str, key: int, question: str) -> Passage | None:
            found = story(post)
            return answerer.passage_at(answerer.read(question), found, key) if found else None

        def trend(subjects: Sequence[str]) -> Trend:
            return mentions(counted, answerer.index, subjects, datetime.now(timezone.utc))

        def subjects(question: str) -> Sequence[str]:
            return subjects_of(question, answerer.index)

        news = news_of(store, answerer)
        yield Library(
            answerer.ask,
            store.facts,
            story,
            within,
            at,
            store.latest,
            lambda place, limit, offset: store.latest(None, limit, offset, place=place),
            store.places,
            trend,
            subjects,
            news,
        )


def news_of(store: Store, answerer: Answerer) -> News:
    """What is new in `store`, matched by `answerer`."""
    match, in_digests = _Matching(store, answerer), _Matching(store, answerer)

    def important(
        since: datetime,
        until: datetime,
        category: str | None,
        queries: Sequence[str] | None,
        limit: int,
    ) -> list[Important]:
        stories = [
            story for story in store.news(since, until) if category in (None, story.post.category)
        ]
        watched: frozenset[str] = frozenset()
        if queries is not None:
            stories = [story for story in stories if in_digests(dict(enumerate(queries)), story)]
            watched = frozenset(story.post.id for story in stories)
        tellings = store.tellings(story.post.id for story in stories)
        return most_important(stories, tellings, watched, since, until, limit)

    return News(store.arrivals, store.last_arrival, match, important)


class _Matching:
    """Which of saved queries, some narrowed to a category, a place or a medium, a story answers."""

    def __init__(self, store: Store, answerer: Answerer) -> None:
        self._store = store
        self._standing = Standing(answerer, lambda: store.newest(RECENT))
        self._queries: dict[int, str] = {}
        self._words: dict[int, str] = {}
        self._filters: dict[int, Filters | None] = {}

    def __call__(self, queries: Mapping[int, str], story: Story) -> list[Match]:
        if queries != self._queries:
            self._queries = dict(queries)
            read = {key: narrowed(query) for key, query in queries.items()}
            self._words = {key: words for key, (words, _) in read.items() if words}
            self._filters = {key: located(filters) for key, (_, filters) in read.items()}
        if not story.keys:
            return []
        self._standing.hold(self._words)
        whatever = self._filters.keys() - self._words.keys()
        matches = [
            *self._standing.match(story),
            *(Match(key, 1.0, lambda: opening(story)) for key in sorted(whatever)),
        ]
        places = self._store.places(story.post.id)
        return [
            match
            for match in matches
            if (filters := self._filters[match.query]) is not None
            and filters.admit(story.post, places)
        ]


def serve(settings: Settings, db: Path) -> None:
    """Answer in Telegram from the database at `db`, until a signal stops it.

    Raises SettingsError, ServeError, StoreError, EmptyCorpus or BadSynonyms.
    """
    # Here, so that the other commands don't wait for python-telegram-bot.
    from bot import telegram, watching

    settings.require_token()  # before the work of opening: the likeliest mistake
    with opened_library(db, settings.synonyms) as library, watching.watching(db):
        gc.freeze()  # what is there now stays: to look through it takes a tenth of a second
        sys.setswitchinterval(_SWITCH)
        telegram.serve(settings, library, db)
