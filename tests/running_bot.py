"""The real bot in a thread of its own, talking to a `TelegramServer` over HTTP."""

import asyncio
import threading
from datetime import datetime, timezone
from typing import Any

from bot.handlers import Ask, Facts
from bot.settings import Settings
from bot.telegram import build, run
from corpus.store import CorpusFacts
from retrieval.answers import Answer, Passage, Related
from tests.telegram_server import TelegramServer

FACTS = CorpusFacts(posts=1090, paragraphs=12345, newest=datetime.now(timezone.utc))

PASSAGE = Passage(
    post="202302052628723431",
    title="智慧税务：让“数据多跑路” <“纳税人少跑腿”>",
    published=datetime(2023, 2, 4, 23, 30, tzinfo=timezone.utc),
    category="hgjj",
    source="中国税务报",
    url="https://www.example.com/a/202302052628723431.html",
    heading=None,
    text="改革在提速。2021年，广东给287万户次纳税人自动发放了发票。办税更快了。",
    sentence="2021年，广东给287万户次纳税人自动发放了发票。",
    highlights=((6, 11), (12, 14), (24, 26), (26, 28), (29, 31)),
    score=7.5,
    paragraph=41,
)
"""What the tests' bot answers by default: one passage as a post would give it."""


def found(question: str) -> Answer:
    """An answer with one passage, whatever the question."""
    return Answer(question, confidence=0.9, passages=(PASSAGE,))


def not_found(question: str) -> Answer:
    """No answer, and one title nearby."""
    near = Related("1", "税务 & 发票", "https://www.example.com/1.html")
    return Answer(question, confidence=0.1, passages=(), related=(near,))


class RunningBot:
    """`with RunningBot(server): …` starts the bot, waits until it polls, and stops it after."""

    def __init__(
        self,
        server: TelegramServer,
        *,
        ask: Ask = found,
        facts: Facts = lambda: FACTS,
        token: str | None = None,
        commands: int = 9,
        **settings: Any,
    ) -> None:
        values = {"token": token or server.token, "api_url": server.url} | settings
        self.server = server
        self._commands = commands
        self.app = build(Settings(**values), ask, facts)
        self.error: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            run(self.app, signals=())
        except BaseException as error:
            self.error = error

    def __enter__(self) -> "RunningBot":
        self._thread.start()
        self.server.until(
            lambda: (
                len(self.server.called("setMyCommands")) >= self._commands
                or not self._thread.is_alive()
            ),
            what="the bot to start",
        )
        return self

    def __exit__(self, *exc: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(_interrupt)
        self.join()

    def join(self) -> None:
        """Waits for the bot's end."""
        self._thread.join(20)
        assert not self._thread.is_alive(), "the bot doesn't stop"


def _interrupt() -> None:
    """What a signal does to PTB's loop, at whatever stage it is."""
    raise SystemExit
