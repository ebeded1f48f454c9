"""A private chat, a topic, a channel and inline use with the sample posts, as text.

python -m tests.transcript.conversation     # writes it into docs/telegram.md
"""

import re
import tempfile
from pathlib import Path

from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.engine import opening, upkeep
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import ALICE, CHANNEL, FORUM, Json, TelegramServer

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "telegram.md"
MARKS = ("<!-- transcript -->\n```text\n", "```\n<!-- /transcript -->")
QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"


def conversation(db: Path) -> str:
    """The transcript, from a bot over the sample posts in the database at `db`."""
    lines: list[str] = []

    def said(message: Json, name: str) -> None:
        lines.append(f"{name}: {message['text']}")

    def replied(message: Json) -> None:
        lines.extend(f"    {line}".rstrip() for line in message["text"].splitlines())
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            lines.append("    " + " ".join(f"[{button['text']}]" for button in row))

    with (
        TelegramServer() as telegram,
        opening.opened_library(db) as library,
        RunningBot(telegram, library=library, db=db),
    ):
        lines.append("=== 私聊 ===")
        question = telegram.private("2022年世界杯冠军是谁？")
        said(question, "小林")
        replied(telegram.reply_to(question).result)

        question = telegram.private(QUESTION)
        said(question, "小林")
        answer = telegram.reply_to(question).result
        replied(answer)
        context = next(
            b["callback_data"]
            for row in answer["reply_markup"]["inline_keyboard"]
            for b in row
            if b["text"] == "上下文"
        )
        telegram.press(answer, context)
        lines.append("小林 按了 [上下文]，消息变成：")
        replied(telegram.wait("editMessageText")[0].result)

        lines += ["", f"=== 群里的话题（{FORUM['title']} › 留抵退税） ==="]
        talk = telegram.topic("大家知道广东那个自动发票吗？")
        said(talk, "小林")
        lines.append("    （没有叫它，它不出声）")
        question = telegram.topic(f"@taxnews_bot {QUESTION}")
        said(question, "小林")
        replied(telegram.reply_to(question).result)

        lines += ["", f"=== 频道（{CHANNEL['title']}） ==="]
        post = telegram.channel_post(f"/ask {QUESTION}")
        said(post, CHANNEL["title"])
        replied(telegram.reply_to(post).result)

        lines += ["", "=== 任何聊天里：@taxnews_bot 加问题 ==="]
        telegram.inline(QUESTION, sender=ALICE)
        for result in telegram.wait("answerInlineQuery")[0]["results"][:3]:
            lines += [f"▸ {result['title']}", f"    {result['description']}"]
    return "\n".join(lines) + "\n"


def sample_database(folder: Path) -> Path:
    """A database of the sample posts."""
    db = folder / "sample.db"
    with Store.open(db, create=True) as store:
        ingest(store, [ROOT / "corpus" / "sample"])
        upkeep.index(store)
    return db


def ageless(transcript: str) -> str:
    """`transcript` without the years that go by while it stands in the docs."""
    return re.sub(r"(?<=发布于 )\d+(?= 年前)", "…", transcript)


def in_docs() -> str:
    """The transcript as the docs have it."""
    text = PAGE.read_text("utf-8")
    return text.partition(MARKS[0])[2].partition(MARKS[1])[0]


def main() -> None:
    """Writes the transcript into docs/telegram.md."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = conversation(sample_database(Path(folder)))
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(MARKS[0])
    PAGE.write_text(before + MARKS[0] + fresh + MARKS[1] + rest.partition(MARKS[1])[2], "utf-8")


if __name__ == "__main__":
    main()
