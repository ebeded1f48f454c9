"""A database → an `Answerer`, or the `Library` that chats use."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from corpus.store.store import Store
from corpus.store.values import Story
from retrieval.answering.answer import Passage
from retrieval.answering.answerer import Answerer
from retrieval.answering.calibration import calibration
from retrieval.answering.corrections import Current
from retrieval.engine.library import Library
from retrieval.engine.news import news_of
from retrieval.engine.upkeep import TURN, keep_up
from retrieval.index import IndexLocked, prepare
from retrieval.index_sync import catch_up, has_index, lag, open_index
from retrieval.news.trends import Trend
from retrieval.news.trends import trend as mentions
from retrieval.question.filters import Names
from retrieval.question.topics import subjects_of
from retrieval.text.synonyms import load as load_synonyms


@contextmanager
def opened_answerer(db: Path, synonyms: Path | None = None) -> Iterator[Answerer]:
    """An `Answerer` over the database at `db`, its index brought up to date first.

    `synonyms` is an operator's file of names. Raises StoreError, EmptyCorpus or BadSynonyms.
    """
    names = load_synonyms(synonyms)
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
            store.listed,
            lambda: Names(*store.names()),
            news,
        )
