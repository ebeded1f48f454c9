"""Kills the bot while it alerts a chat to an event's next stage, and sends the evening's list.

    python -m tests.drills.killing_alerts [--moments 60] [--seed N]

Three things are sent: another post of a known event (its message is edited), the event's next
stage (a reply to that message), and the alerts that were too many for a day (one list, in two
messages). The bot is killed (SIGKILL) before and after every write of it, and at random moments;
then it runs undisturbed. Each post must be sent once, and only a message whose fate was unknown,
and counted so, may have come twice.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from bot.clock import iso
from bot.features.alerts import MOST_LISTED, last_evening
from bot.run import serve
from bot.settings import load
from bot.storage.alerts import StoredAlerts
from bot.storage.dispatches import Dispatches
from bot.storage.sends import Sends
from retrieval.engine.opening import opened_library
from tests.support.forked import Forked
from tests.support.newsroom import ALICES, Newsroom
from tests.support.running_bot import QUICK, stop
from tests.support.telegram_server import ALICE, Call, Json, TelegramServer
from tests.transcript.conversation import sample_database

NOTICE = (1, "红杉石料有限公司偷逃水资源税被查", "红杉石料有限公司少缴水资源税911.18万元。")
FEATURE = (2, "井口的秘密", "一口没有表的井，牵出石料厂少缴水资源税911.18万元的来龙去脉。")
VERDICT = (3, "石料厂水资源税案宣判", "少缴水资源税911.18万元的石料厂主，一审被判处徒刑三年。")
WASH = (4, "洗车行补缴水资源税", "北京一家洗车行私自取用地下水，补缴水资源税十八万元。")
TOO_MANY = [
    (100 + i, f"第{i}号澡堂", f"第{i}号澡堂的老板{chr(0x4E00 + 7 * i) * 9}补缴水资源税。")
    for i in range(MOST_LISTED + 3)
]

WRITES: dict[str, type] = {
    "note": StoredAlerts,
    "join": Dispatches,
    "add": Dispatches,
    "begin": Sends,
    "end": Sends,
    "delivered": Dispatches,
    "edited": Dispatches,
}
"""What the bot writes down on the way of an alert, and the table's class that does."""


@dataclass(frozen=True, slots=True)
class Step:
    """A write of the bot, the so-manyeth of its name, and whether the process dies before it."""

    name: str
    occurrence: int
    before: bool


def _dies(step: Step) -> None:
    """Kills this process, as an operator's kill -9 would, at a step."""
    table = WRITES[step.name]
    write, left = getattr(table, step.name), [step.occurrence]

    def kill(self: object, *args: Any, **more: Any) -> Any:
        left[0] -= 1
        if step.before and not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        result = write(self, *args, **more)
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(table, step.name, kill)


def _serve(db: Path, step: Step | None) -> None:
    """The bot, until the process dies at a step."""
    if step:
        _dies(step)
    with opened_library(db) as library:
        serve(load(), library, db, QUICK)


def start(telegram: TelegramServer, db: Path, step: Step | None = None, **settings: str) -> Forked:
    """The bot in a process of its own, that dies at a step if there is one."""
    common = {"TAXNEWS_TOKEN": telegram.token, "TAXNEWS_API_URL": telegram.url}
    return Forked(_serve, db, step, **common, **settings)


@dataclass(frozen=True, slots=True)
class Scene:
    """What is to be sent, and the state of the bot and of the chat just before it: a copy of both
    is made for each kill. `check` raises AssertionError unless all was sent, by the calls since."""

    folder: Path
    telegram: TelegramServer
    messages: dict[tuple[int, int], Json]
    settings: dict[str, str]
    check: Callable[[list[Call], int], None]

    def killed(self, kill: Callable[[Forked], None] | None, step: Step | None = None) -> bool:
        """Kills the bot at a step, or as `kill` does it, and lets it run again; whether it died.
        Raises AssertionError unless each post was sent once."""
        known = len(self.telegram.calls)
        self.telegram.messages.clear()
        self.telegram.messages.update(deepcopy(self.messages))
        with tempfile.TemporaryDirectory() as name:
            shutil.copytree(self.folder, copy := Path(name) / "copy")
            db = copy / "sample.db"
            newsroom = Newsroom(self.telegram, db, copy / "site")
            process = start(self.telegram, db, step, **self.settings)
            if kill:
                kill(process)
            else:
                self.telegram.until(
                    lambda: not process.process.is_alive() or newsroom.is_settled(), timeout=120
                )
            process.process.join(0.5)  # a last write may have ended it
            died = not process.process.is_alive()
            stop(process)
            process = start(self.telegram, db, **self.settings)
            try:
                newsroom.settled()
                with newsroom.chats() as chats:
                    repeated = chats.counts().get("sends repeated, fate unknown", 0)
            finally:
                stop(process)
        self.check([call for call in self.telegram.calls[known:] if call.ok], repeated)
        return died


def _sent(calls: list[Call]) -> list[Call]:
    return [call for call in calls if call.method == "sendMessage"]


def going_on(folder: Path, telegram: TelegramServer) -> Scene:
    """An event is known; another post of it has come, a verdict, and a post of something else."""
    db, site = sample_database(folder), folder / "site"
    newsroom = _newsroom(telegram, db, site)
    process = start(telegram, db)
    try:
        newsroom.settled()
        newsroom.publish(NOTICE, day=datetime.now(timezone.utc) - timedelta(days=1))
        first = telegram.wait("sendMessage")[-1].result["message_id"]
        newsroom.settled()
    finally:
        stop(process)
    newsroom.publish(FEATURE, VERDICT, WASH)

    def check(calls: list[Call], repeated: int) -> None:
        edits = [call for call in calls if call.method == "editMessageText"]
        assert edits, "the event's other post was not sent"
        assert {edit["message_id"] for edit in edits} == {first}
        assert all(edit.result["text"].endswith("· 井口的秘密") for edit in edits)
        replies = Counter(
            (call.result.get("reply_to_message", {}).get("message_id"), title)
            for call in _sent(calls)
            for title in (FEATURE[1], VERDICT[1], WASH[1])
            if title in call.result["text"]
        )
        assert replies.keys() == {(first, VERDICT[1]), (None, WASH[1])}, replies
        assert replies.total() <= 2 + repeated, replies

    return Scene(folder, telegram, deepcopy(telegram.messages), {}, check)


def evening(folder: Path, telegram: TelegramServer) -> Scene:
    """The day's one message was sent, and more came; now it is evening."""
    db, site = sample_database(folder), folder / "site"
    settings = {"TAXNEWS_ALERTS_A_DAY": "1"}
    newsroom = _newsroom(telegram, db, site)
    process = start(telegram, db, **settings)
    try:
        newsroom.settled()
        newsroom.publish(NOTICE)
        newsroom.settled()
        newsroom.publish(*TOO_MANY)
        newsroom.settled(waiting=len(TOO_MANY))
    finally:
        stop(process)
    yesterday = last_evening(datetime.now(timezone.utc)) - timedelta(hours=1)
    with closing(sqlite3.connect(db)) as connection, connection:
        for table in ("bot_alerts", "bot_dispatches"):
            connection.execute(f"UPDATE {table} SET created = ?", (iso(yesterday),))

    def check(calls: list[Call], repeated: int) -> None:
        texts = Counter(call.result["text"] for call in _sent(calls))
        assert texts.total() <= 2 + repeated, texts
        lines = [line for text in texts for line in text.splitlines() if line[:1].isdigit()]
        named = Counter(line.split(". ")[1] for line in lines if ". " in line)
        assert named == Counter(title for _, title, _ in TOO_MANY), named

    return Scene(folder, telegram, deepcopy(telegram.messages), settings, check)


def _newsroom(telegram: TelegramServer, db: Path, site: Path) -> Newsroom:
    newsroom = Newsroom(telegram, db, site)
    newsroom.watch("水资源税")
    telegram.chats[ALICE["id"]] = {"id": ALICE["id"], "type": "private"}
    assert ALICES.chat == ALICE["id"]
    return newsroom


def steps_of(scene: Scene) -> list[Step]:
    """Every step at which the bot can be killed in a scene."""
    steps = []
    for name in WRITES:
        for occurrence in range(1, 10):
            if not scene.killed(None, Step(name, occurrence, before=True)):
                break
            steps += [Step(name, occurrence, before) for before in (True, False)]
    return steps


def main() -> None:
    """Kills at every step, and at random moments."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--moments", type=int, default=60)
    parser.add_argument("--seed", type=int, default=None)
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(10**6)
    chance = random.Random(seed)
    print(f"seed {seed}")
    for scene_of in (going_on, evening):
        with tempfile.TemporaryDirectory() as name, TelegramServer() as telegram:
            scene = scene_of(Path(name), telegram)
            steps = steps_of(scene)
            for step in steps:
                if not step.before:
                    assert scene.killed(None, step), step
            for _ in range(arguments.moments // 2):
                wait = chance.uniform(0, 4)

                def kill(process: Forked, wait: float = wait) -> None:
                    time.sleep(wait)
                    process.kill()
                    process.wait()

                scene.killed(kill)
        name = scene_of.__name__
        print(f"{name}: {len(steps)} steps, {arguments.moments // 2} moments: each sent once")


if __name__ == "__main__":
    main()
