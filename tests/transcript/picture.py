"""Pictures of replies, as a browser shows the very HTML that the bot sends.

python -m tests.transcript.picture    # needs Chromium; writes reply.png and parts.png beside it
"""

import re
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from retrieval.engine import opening
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import TelegramServer
from tests.transcript.conversation import QUESTION, sample_database

PICTURES = {
    "reply.png": (560, [QUESTION]),
    "parts.png": (
        1770,
        [
            "薇娅和郑爽各被追缴了多少？",
            "主播金茜茜补罚多少？白冰入库多少？王仲焘追缴了多少？",
            "1. 薇娅偷逃税多少\n2. 郑爽偷税多少\n3. 2022年世界杯冠军是谁\n4. 栾慧青补罚多少\n"
            "5. 全国一年查处多少高风险加油站",
        ],
    ),
}
"""The height of each picture, in pixels of a browser, and the questions that it shows."""
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 14px; width: 402px; background: #c8d7bd;
       font: 15px/1.4 "Noto Sans CJK SC", "Noto Color Emoji", sans-serif; }}
.message {{ padding: 8px 11px; border-radius: 12px; background: #fff; margin-bottom: 3px;
          white-space: pre-wrap; overflow-wrap: anywhere; }}
.mine {{ background: #e3fdc6; margin: 12px 0 12px 60px; }}
.mine:first-child {{ margin-top: 0; }}
a {{ color: #2481cc; text-decoration: none; }}
.quote {{ border-left: 3px solid #3a9ed8; padding-left: 7px; margin-bottom: 6px; color: #555;
        font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }}
blockquote {{ margin: 0; padding: 5px 9px 0; border: solid #eaf4fb; border-width: 0 0 5px 3px;
            border-left-color: #3a9ed8; border-radius: 5px;
            background: #eaf4fb; }}
blockquote[expandable] {{ display: -webkit-box; -webkit-box-orient: vertical; overflow: hidden;
                        -webkit-line-clamp: 3; white-space: normal; }}
.row {{ display: flex; gap: 3px; margin-bottom: 3px; }}
.row span {{ flex: 1; text-align: center; padding: 7px 0; border-radius: 8px; color: #fff;
           background: rgba(70, 100, 60, .55); font-size: 14px; }}
</style>{messages}
"""


def main() -> None:
    """Asks the sample posts, renders the replies, takes the pictures."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium here: install one, then run this again")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db = sample_database(folder)
        page = folder / "page.html"
        with (
            TelegramServer() as telegram,
            opening.opened_library(db) as library,
            RunningBot(telegram, library=library, db=db),
        ):
            for picture, (height, questions) in PICTURES.items():
                shown = "".join(_exchange(telegram, question) for question in questions)
                page.write_text(PAGE.format(messages=shown), "utf-8")
                target = Path(__file__).with_name(picture)
                _take(browser, page, target, height)
                print(target)


def _exchange(telegram: TelegramServer, question: str) -> str:
    """A question and the bot's reply to it, as HTML."""
    reply = telegram.reply_to(telegram.private(question))
    keyboard = reply.params.get("reply_markup", {}).get("inline_keyboard", [])
    rows = "".join(
        '<div class="row">'
        + "".join(f"<span>{escape(button['text'])}</span>" for button in row)
        + "</div>"
        for row in keyboard
    )
    # Telegram draws no empty line beside a block quote.
    html = re.sub(r"\n*(<blockquote[^>]*>)", r"\1", reply["text"])
    html = html.replace("</blockquote>\n\n", "</blockquote>")
    asked = escape(question)
    return (
        f'<div class="message mine">{asked}</div>'
        f'<div class="message"><div class="quote">{asked.splitlines()[0]}</div>{html}</div>{rows}'
    )


def _take(browser: str, page: Path, picture: Path, height: int) -> None:
    flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=2"]
    size = f"--window-size=430,{height}"
    command = [browser, *flags, size, f"--screenshot={picture}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True)


if __name__ == "__main__":
    main()
