"""A first visit to the bot in Chinese, in Traditional characters and in English, as text.

python -m tests.transcript.first_visit     # writes docs/first-visit.md
"""

import re
import tempfile
from pathlib import Path

from retrieval.engine import opening
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import ALICE, Json, TelegramServer
from tests.transcript.conversation import ROOT, sample_database

PAGE = ROOT / "docs" / "first-visit.md"
HEAD = """# A first visit

Start, an example, a question without an answer, which is then watched, settings, forgetting: what
three readers see with the sample posts. `python -m tests.transcript.first_visit` writes this page,
and a test compares it with what the bot says. How an alert looks is in [alerts.md](alerts.md).
"""
VISITORS = {"中文": "zh-hans", "繁體中文": "zh-hant", "English": "en"}
UNANSWERED = "2022年世界杯冠军是谁？"


def page(db: Path) -> str:
    """The page, from a bot over the sample posts in the database at `db`."""
    parts = [HEAD]
    with (
        TelegramServer() as telegram,
        opening.opened_library(db) as library,
        RunningBot(telegram, library=library, db=db),
    ):
        for number, (name, code) in enumerate(VISITORS.items()):
            sender = ALICE | {"id": 2000 + number, "language_code": code}
            visit = "\n".join(_visit(telegram, sender))
            parts.append(f"## {name}\n\n```text\n{visit}\n```\n")
    return "\n".join(parts)


def ageless(text: str) -> str:
    """`text` without the years that go by while it stands in the docs."""
    return re.sub(r"\d+(?= 年前| year)", "…", text)


def _visit(telegram: TelegramServer, sender: Json) -> list[str]:
    """What one visitor says, taps and sees."""
    lines: list[str] = []

    def shown(message: Json) -> Json:
        lines.extend(f"    {line}".rstrip() for line in message["text"].splitlines())
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            lines.append("    " + " ".join(f"[{button['text']}]" for button in row))
        return message

    def say(text: str) -> Json:
        lines.append(f"> {text}")
        return shown(telegram.reply_to(telegram.private(text, sender=sender)).result)

    def tap(message: Json, data: str, method: str, count: int) -> None:
        rows = message["reply_markup"]["inline_keyboard"]
        (label,) = [b["text"] for row in rows for b in row if b.get("callback_data") == data]
        lines.append(f"> [{label}]")
        before = len(telegram.called(method))
        telegram.press(message, data, sender=sender)
        for call in telegram.wait(method, before + count)[before:]:
            shown(call.result)

    tap(say("/start"), "e:0", "sendMessage", 2)
    tap(say(UNANSWERED), "k", "sendMessage", 1)
    tap(say("/settings"), "s:f", "editMessageText", 1)
    tap(say("/forgetme"), "z", "editMessageText", 1)
    return lines


def main() -> None:
    """Writes the page."""
    with tempfile.TemporaryDirectory() as folder:
        PAGE.write_text(page(sample_database(Path(folder))), "utf-8")


if __name__ == "__main__":
    main()
