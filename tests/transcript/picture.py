"""A picture of a reply, as a browser shows the very HTML that the bot sends.

python -m tests.transcript.picture    # needs Chromium; writes tests/transcript/reply.png
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

PICTURE = Path(__file__).with_name("reply.png")
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 14px; width: 402px; background: #c8d7bd;
       font: 15px/1.4 "Noto Sans CJK SC", "Noto Color Emoji", sans-serif; }}
.message {{ padding: 8px 11px; border-radius: 12px; background: #fff; margin-bottom: 3px;
          white-space: pre-wrap; overflow-wrap: anywhere; }}
.mine {{ background: #e3fdc6; margin: 0 0 12px 60px; }}
.quote {{ border-left: 3px solid #3a9ed8; padding-left: 7px; margin-bottom: 6px; color: #555;
        font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }}
blockquote {{ margin: 0; padding: 5px 9px; border-left: 3px solid #3a9ed8; border-radius: 5px;
            background: #eaf4fb; }}
blockquote[expandable] {{ display: -webkit-box; -webkit-box-orient: vertical; overflow: hidden;
                        -webkit-line-clamp: 3; white-space: normal; }}
.row {{ display: flex; gap: 3px; margin-bottom: 3px; }}
.row span {{ flex: 1; text-align: center; padding: 7px 0; border-radius: 8px; color: #fff;
           background: rgba(70, 100, 60, .55); font-size: 14px; }}
</style><div class="message mine">{question}</div>
<div class="message"><div class="quote">{question}</div>{html}</div>{rows}
"""


def main() -> None:
    """Asks the sample posts, renders the reply, takes the picture."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("no Chromium here: install one, then run this again")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        db = sample_database(folder)
        with (
            TelegramServer() as telegram,
            opening.opened_library(db) as library,
            RunningBot(telegram, library=library, db=db),
        ):
            reply = telegram.reply_to(telegram.private(QUESTION))
        rows = "".join(
            '<div class="row">'
            + "".join(f"<span>{escape(button['text'])}</span>" for button in row)
            + "</div>"
            for row in reply["reply_markup"]["inline_keyboard"]
        )
        # Telegram draws no empty line beside a block quote.
        html = re.sub(r"\n*(<blockquote[^>]*>)", r"\1", reply["text"])
        html = html.replace("</blockquote>\n\n", "</blockquote>")
        page = folder / "reply.html"
        page.write_text(PAGE.format(question=escape(QUESTION), html=html, rows=rows), "utf-8")
        flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=2"]
        size = f"--window-size=430,{sys.argv[1] if len(sys.argv) > 1 else 560}"
        command = [browser, *flags, size, f"--screenshot={PICTURE}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
    print(PICTURE)


if __name__ == "__main__":
    main()
