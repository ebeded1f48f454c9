"""A newsroom for the tests: posts as they come in, and the real bot that tells of them."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.storage.chats import ChatStore
from bot.storage.subscription_values import Audience, Schedule
from corpus.reading.posts import CHINA
from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.answering.answer import Passage
from retrieval.engine.opening import opened_library
from retrieval.engine.upkeep import keep_up
from tests.support.forked import Forked, command
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import ALICE, TelegramServer

ALICES = Audience(ALICE["id"], 0, True)


def saying(text: str) -> Passage:
    """A passage of no post that says this."""
    about = (None, None, None, None, None)
    return Passage("", "", *about, text, sentence="", highlights=(), score=0.0, paragraph=0)


def post(
    number: int,
    title: str,
    text: str,
    *,
    day: datetime | None = None,
    category: str = "hgjj",
    source: str = "中国税务报",
) -> str:
    """A post in the site's markup; its date is now, if none is given."""
    day = (day or datetime.now(timezone.utc)).astimezone(CHINA)
    return (
        f'---\nlayout: post\ntitle: "{title}"\ndate: {day:%Y-%m-%d %H:%M:%S} +0800\n'
        f"categories: {category}\ntags: {source}新闻\n---\n"
        f'<p>{text}</p><p class="em_media">（文章来源：{source}）</p>\n\n'
        f"<https://example.com/{number}>\n"
    )


def write(folder: Path, number: int, title: str, text: str, **more: Any) -> None:
    """Puts a post into the folder of a site, or another text of the same post."""
    day = more.get("day") or datetime.now(timezone.utc)
    name = f"{day:%Y-%m-%d}-NW{202600000000000000 + number}.md"
    (folder / name).write_text(post(number, title, text, **more), encoding="utf-8")


def start(telegram: TelegramServer, db: Path) -> Forked:
    """The bot in a process of its own."""
    settings = {"TAXNEWS_TOKEN": telegram.token, "TAXNEWS_API_URL": telegram.url}
    return Forked(command, "serve", "--db", db, **settings)


class Newsroom:
    """A database with a site's folder, and the bot over it, in this process."""

    def __init__(self, telegram: TelegramServer, db: Path, site: Path) -> None:
        self.telegram, self.db, self.site = telegram, db, site
        site.mkdir(exist_ok=True)

    @contextmanager
    def open(self, **settings: Any) -> Iterator[RunningBot]:
        """The running bot; what is there before it is no news."""
        with (
            opened_library(self.db) as library,
            RunningBot(self.telegram, library=library, db=self.db, **settings) as bot,
        ):
            self.settled()
            yield bot

    @contextmanager
    def chats(self) -> Iterator[ChatStore]:
        """The bot's own tables."""
        with ChatStore(self.db) as store:
            yield store

    def watch(self, query: str, audience: Audience = ALICES) -> None:
        """Saves a query, as `/watch` does."""
        self.telegram.chats.setdefault(audience.chat, {"id": audience.chat, "type": "private"})
        with self.chats() as chats:
            assert chats.subscriptions.queries.add(audience, None, query)

    def publish(self, *posts: tuple[int, str, str], **more: Any) -> None:
        """Posts (number, title, text) come in at once."""
        for number, title, text in posts:
            write(self.site, number, title, text, **more)
        with Store.open(self.db) as store:
            ingest(store, [self.site])
            keep_up(store)

    def settled(self, *, waiting: int = 0, unsent: int = 0) -> None:
        """Waits until all that came in is matched and told, but for so many alerts that wait and
        messages that can't be sent."""
        self.telegram.until(
            lambda: self.is_settled(waiting=waiting, unsent=unsent), timeout=90, what="the news"
        )

    def is_settled(self, *, waiting: int = 0, unsent: int = 0) -> bool:
        """Whether all that came in is matched and told, but for so many alerts and messages."""
        return self._state() == (True, waiting, unsent)

    def look_again(self, *, waiting: int = 0) -> None:
        """Waits for another whole look of the bot, after which nothing is on its way, but for so
        many alerts that wait.

        It looks for what came in, which is something that nobody waits for, and news.
        """
        for _ in range(2):
            number = 900 + len(list(self.site.iterdir()))
            old = datetime.now(timezone.utc) - timedelta(days=6)
            self.publish((number, f"天气预报之{number}", f"青溪第{number}天多云。"), day=old)
            self.settled(waiting=waiting)

    def _state(self) -> tuple[bool, int, int]:
        with closing(sqlite3.connect(self.db)) as db:
            return db.execute(  # type: ignore[no-any-return]
                "SELECT coalesce((SELECT last FROM bot_arrivals) >="
                " (SELECT coalesce(max(number), 0) FROM arrivals), 0) = 1,"
                " (SELECT count(*) FROM bot_alerts WHERE dispatch IS NULL),"
                " (SELECT count(*) FROM bot_dispatches WHERE outcome IS NULL OR edit IS NOT NULL)"
            ).fetchone()

    def count(self, table: str) -> int:
        """How many rows one of the bot's tables has."""
        with closing(sqlite3.connect(self.db)) as db:
            return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def sent(self) -> list[str]:
        """The texts of the messages sent so far."""
        return [call.result["text"] for call in self.telegram.called("sendMessage")]

    def digest_due(
        self, schedule: Schedule, audience: Audience = ALICES, *, ago: timedelta
    ) -> None:
        """A digest whose time came so long ago."""
        self.telegram.chats.setdefault(audience.chat, {"id": audience.chat, "type": "private"})
        with self.chats() as chats:
            due = datetime.now(timezone.utc) - ago
            chats.subscriptions.digests.set(audience, None, schedule, due)
