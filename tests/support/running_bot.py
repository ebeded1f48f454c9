"""The real bot in a thread of its own, talking to a `TelegramServer` over HTTP."""

import asyncio
import selectors
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from bot.application import Pace, build
from bot.run import run
from bot.settings import Settings
from bot.storage.chats import ChatStore
from corpus.reading.posts import Paragraph, Post
from corpus.store.values import CorpusFacts, Filters, Story
from retrieval.answering.answer import Answer, Passage, Related
from retrieval.engine.library import Library
from retrieval.news.trends import Line, Trend
from retrieval.question.conversation import Conversation
from retrieval.question.filters import Names
from tests.support.forked import Forked
from tests.support.telegram_server import TelegramServer

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


QUICK = Pace(private=0.01, look=0.2)

EXAMPLES = ("2021年广东给多少户次纳税人自动发放了发票？", "留抵退税的公告什么时候施行？")


def found(question: str) -> Answer:
    """An answer with one passage, whatever the question."""
    return Answer(question, confidence=0.9, passages=(PASSAGE,))


def not_found(question: str) -> Answer:
    """No answer, and one title nearby."""
    then = datetime(2023, 2, 4, 23, 30, tzinfo=timezone.utc)
    near = Related("1", "税务 & 发票", "https://www.example.com/1.html", then)
    return Answer(question, confidence=0.1, passages=(), related=(near,))


POST = Post(
    id=PASSAGE.post,
    title=PASSAGE.title,
    published=PASSAGE.published,
    category="hgjj",
    tags=("宏观经济新闻",),
    source=PASSAGE.source,
    url=PASSAGE.url,
    paragraphs=(
        Paragraph(None, "前一段说的是背景。"),
        Paragraph("数据多跑路", PASSAGE.text),
        Paragraph("数据多跑路", "后一段说的是 <影响> & 展望。"),
        *(Paragraph("尾声", f"第{i}段。" + "很长的一段话，" * 60 + "完。") for i in range(20)),
    ),
)
STORY = Story(POST, tuple(range(40, 40 + len(POST.paragraphs))))
"""The post behind `PASSAGE`."""


def several(question: str, count: int = 3) -> Answer:
    """An answer with alternatives, each telling its number."""
    passages = tuple(
        replace(
            PASSAGE,
            title=f"第{i}篇",
            sentence=f"第{i}句。",
            text=f"开头。第{i}句。结尾。",
            highlights=(),
        )
        for i in range(1, count + 1)
    )
    return Answer(question, confidence=0.8, passages=passages)


class FakeLibrary(Library):
    """A library of one post, in which `answer` answers."""

    def __init__(self, answer: Callable[[str], Answer]) -> None:
        self._answer = answer
        self.news = None

    def ask(
        self,
        question: str,
        *,
        limit: int = 6,
        filters: Filters | None = None,
        previous: Conversation | None = None,
        asked: float | None = None,
    ) -> Answer:
        found = self._answer(question)
        return replace(found, passages=found.passages[:limit])

    def examples(self) -> Sequence[str]:
        return EXAMPLES

    def facts(self) -> CorpusFacts:
        return FACTS

    def story(self, post: str) -> Story | None:
        return STORY if post == POST.id else None

    def within(self, post: str, question: str, limit: int) -> Sequence[Passage]:
        return [PASSAGE] if post == POST.id else []

    def at(self, post: str, key: int, question: str) -> Passage | None:
        return PASSAGE if key == PASSAGE.paragraph else None

    def trend(self, subjects: Sequence[str]) -> Trend:
        return Trend(
            ((2026, 9), (2026, 10), (2026, 11)),
            tuple(Line(subject, (3, 0, 5), undated=1, outside=0) for subject in subjects),
            goes_on=True,
        )

    def subjects(self, question: str) -> Sequence[str]:
        return [word for word in ("发票", "退税") if word in question]

    def listed(self, filters: Filters, limit: int, offset: int) -> Sequence[Post]:
        return [POST][offset : offset + limit]

    def names(self) -> Names:
        return Names(("中国税务报", "新华社"), {"hgjj": "宏观经济", "emnews": "东财滚动"})


def library_of(answer: Callable[[str], Answer], **instead: Callable[..., Any]) -> FakeLibrary:
    """A library of one post, in which `answer` answers; with methods `instead` of its own."""
    library = FakeLibrary(answer)
    for name, method in instead.items():
        setattr(library, name, method)
    return library


class Hurry(selectors.DefaultSelector):
    """Makes time pass `speed` times as fast for the event loop that uses it."""

    def __init__(self) -> None:
        super().__init__()
        self._since = (time.monotonic(), 0.0, 1.0)

    @property
    def speed(self) -> float:
        return self._since[2]

    @speed.setter
    def speed(self, speed: float) -> None:
        self._since = (time.monotonic(), self.time(), speed)

    def time(self) -> float:
        """Seconds that have passed for the loop."""
        mark, passed, speed = self._since
        return passed + speed * (time.monotonic() - mark)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        # In short turns, so that a change of speed is soon felt.
        return super().select(min(0.05, timeout / self.speed) if timeout else timeout)


class HurryingLoop(asyncio.SelectorEventLoop):
    """An event loop in which an hour passes in a minute or less: see `Hurry`."""

    def __init__(self, hurry: Hurry) -> None:
        self._hurry = hurry
        super().__init__(hurry)

    def time(self) -> float:
        return self._hurry.time()


class RunningBot:
    """`with RunningBot(server): …` starts the bot, waits until it polls, and stops it after.

    It keeps a quick pace, but where the pace itself is what is tested.
    """

    def __init__(
        self,
        server: TelegramServer,
        *,
        ask: Callable[[str], Answer] = found,
        library: Library | None = None,
        db: Path | None = None,
        token: str | None = None,
        commands: int = 12,
        pace: Pace = QUICK,
        **settings: Any,
    ) -> None:
        values = {"token": token or server.token, "api_url": server.url} | settings
        self.server = server
        self._commands = commands
        self._settings = Settings(**values)
        self._folder = tempfile.TemporaryDirectory()
        self.db = db or Path(self._folder.name) / "taxnews.db"
        library = library or library_of(ask)
        self.app = build(self._settings, library, ChatStore(self.db), pace)
        self.error: BaseException | None = None
        self._hurry = Hurry()
        self._loop = HurryingLoop(self._hurry)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            run(self.app, self._settings, signals=())
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

    @contextmanager
    def hurry(self, speed: float) -> Iterator[None]:
        """Within, the bot's waits are so much shorter."""
        self._hurry.speed = speed
        try:
            yield
        finally:
            self._hurry.speed = 1.0

    @property
    def passed(self) -> float:
        """Seconds that have passed for the bot."""
        return self._hurry.time()

    def __exit__(self, *_: object) -> None:
        self.interrupt()
        self.join()
        self._folder.cleanup()

    def interrupt(self) -> None:
        """Does what a signal does; nothing if the bot has ended."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self.app.ending.set)

    def join(self) -> None:
        """Waits for the bot's end."""
        self._thread.join(20)
        assert not self._thread.is_alive(), "the bot doesn't stop"


def stop(process: Forked) -> None:
    """Ends a bot that is a process of its own as an operator does; by force if it won't."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    finally:
        process.kill()
