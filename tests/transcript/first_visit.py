"""A first visit to the bot in Chinese, in Traditional characters and in English, as text.

python -m tests.transcript.first_visit     # writes docs/first-visit.md
"""

import re
import tempfile
from pathlib import Path

from tests.support.newsroom import Newsroom
from tests.support.telegram_server import ALICE, Json, TelegramServer
from tests.transcript.alerts import NOTICE, dateless
from tests.transcript.conversation import ROOT, sample_database

PAGE = ROOT / "docs" / "first-visit.md"
HEAD = """# A first visit

Start, an example, a question without an answer, which is then watched, the alert when there is
news of it, settings, forgetting: what three readers see with the sample posts. `python -m
tests.transcript.first_visit` writes this page, and a test compares it with what the bot says.
"""
VISITORS = {"中文": "zh-hans", "繁體中文": "zh-hant", "English": "en"}
UNANSWERED = {
    "中文": "红杉建材骗取了多少留抵退税？",
    "繁體中文": "紅杉建材騙取了多少留抵退稅？",
    "English": "红杉建材骗取了多少留抵退税？",
}


def page(db: Path, site: Path) -> str:
    """The page, from a bot over the sample posts in the database at `db` and a site's folder."""
    with TelegramServer() as telegram:
        newsroom = Newsroom(telegram, db, site)
        with newsroom.open():
            visits = [
                Visit(telegram, ALICE | {"id": 2000 + number, "language_code": code})
                for number, code in enumerate(VISITORS.values())
            ]
            for visit, name in zip(visits, VISITORS, strict=True):
                visit.tap(visit.say("/start"), "e:0", "sendMessage", 2)
                visit.tap(visit.say(UNANSWERED[name]), "k", "sendMessage", 1)
            newsroom.publish(NOTICE)
            newsroom.settled()
            for visit in visits:
                visit.alerted()
                visit.tap(visit.say("/settings"), "s:f", "editMessageText", 1)
                visit.tap(visit.say("/forgetme"), "z", "editMessageText", 1)
    parts = [HEAD]
    for visit, name in zip(visits, VISITORS, strict=True):
        told = "\n".join(visit.lines)
        parts.append(f"## {name}\n\n```text\n{told}\n```\n")
    return "\n".join(parts)


def ageless(text: str) -> str:
    """`text` without the years that go by while it stands in the docs."""
    return re.sub(r"\d+(?= 年前| year)", "…", text)


class Visit:
    """What one visitor says, taps and sees: `lines`."""

    def __init__(self, telegram: TelegramServer, sender: Json) -> None:
        self.telegram = telegram
        self.sender = sender
        self.lines: list[str] = []

    def say(self, text: str) -> Json:
        """The bot's reply to a text."""
        self.lines.append(f"> {text}")
        question = self.telegram.private(text, sender=self.sender)
        return self._shown(self.telegram.reply_to(question).result)

    def tap(self, message: Json, data: str, method: str, count: int) -> None:
        """Taps a button, which leads to so many calls."""
        rows = message["reply_markup"]["inline_keyboard"]
        (label,) = [b["text"] for row in rows for b in row if b.get("callback_data") == data]
        self.lines.append(f"> [{label}]")
        before = len(self.telegram.called(method))
        self.telegram.press(message, data, sender=self.sender)
        for call in self.telegram.wait(method, before + count)[before:]:
            self._shown(call.result)

    def alerted(self) -> None:
        """What has come without having been asked for."""
        mine = [c for c in self.telegram.called("sendMessage") if c["chat_id"] == self.sender["id"]]
        self.lines.append("(…)")
        before = len(self.lines)
        self._shown(mine[-1].result)
        self.lines[before:] = [dateless(line) for line in self.lines[before:]]

    def _shown(self, message: Json) -> Json:
        self.lines.extend(f"    {line}".rstrip() for line in message["text"].splitlines())
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            self.lines.append("    " + " ".join(f"[{button['text']}]" for button in row))
        return message


def main() -> None:
    """Writes the page."""
    with tempfile.TemporaryDirectory() as folder:
        db = sample_database(Path(folder))
        PAGE.write_text(page(db, Path(folder) / "site"), "utf-8")


if __name__ == "__main__":
    main()
