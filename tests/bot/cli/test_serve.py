"""`taxnews serve` as it is deployed: a process of its own, real database, Bot API over HTTP."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.serving import serving
from tests.support.telegram_server import TelegramServer

QUESTION = "2021年广东给多少户次纳税人自动发放了发票？"


def test_a_private_chat_a_group_and_a_topic_get_the_passage_with_its_link(
    telegram: TelegramServer, own_db: Path
) -> None:
    with serving(telegram, own_db):
        telegram.until(lambda: bool(telegram.called("getUpdates")), timeout=60, what="polling")
        messages = [
            telegram.private(QUESTION),
            telegram.group(f"@taxnews_bot {QUESTION}"),
            telegram.topic(f"/ask {QUESTION}"),
        ]
        replies = [telegram.reply_to(message) for message in messages]
    for message, reply in zip(messages, replies, strict=True):
        assert "287万户次" in reply.result["text"]
        assert "示例" in reply.result["text"]
        rows = reply["reply_markup"]["inline_keyboard"]
        (button,) = [b for row in rows for b in row if "infoCode" in b.get("url", "")]
        assert button["url"].endswith("infoCode=NW202202162277943417")
        assert reply.result["chat"]["id"] == message["chat"]["id"]
        assert reply.params.get("message_thread_id") == message.get("message_thread_id")


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_over_few_paragraphs_neither_the_bot_nor_its_follower_holds_a_compiler(
    telegram: TelegramServer, own_db: Path
) -> None:
    with serving(telegram, own_db) as bot:
        telegram.reply_to(telegram.private(QUESTION), timeout=60)
        tasks = Path(f"/proc/{bot.pid}/task").glob("*/children")
        followers = [int(child) for task in tasks for child in task.read_text().split()]
        assert len(followers) == 1
        for process in (bot.pid, *followers):
            assert "llvm" not in Path(f"/proc/{process}/maps").read_text()


def test_without_a_token_it_says_so_in_one_line(sample_db: Path, tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TAXNEWS_")}
    done = subprocess.run(
        [sys.executable, "-m", "bot", "serve", "--db", sample_db],
        env={**environment, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("taxnews: TAXNEWS_TOKEN is not set")
    assert done.stderr.count("\n") == 1
