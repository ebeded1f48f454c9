"""Pictures of what a phone shows: a browser draws the very HTML that the bot sends.

python -m tests.transcript.picture    # needs Chromium and Pillow; writes the .png beside it
"""

import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

from tests.support.newsroom import Newsroom
from tests.support.telegram_server import ALICE, Call, Json, TelegramServer
from tests.transcript.alerts import NOTICE, dateless
from tests.transcript.conversation import QUESTION, ageless, sample_database

FOLDER = Path(__file__).parent
DIGESTS = FOLDER / "pictures.json"
"""What each picture was taken of, as digests of the pages: a test tells when one is out of date."""

WIDTH = 430
_COLOURS = 64  # enough for text on plain grounds, and emoji
_SCALE = 1.5
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 14px; width: 402px; background: #c8d7bd;
       font: 15px/1.4 "Noto Sans CJK SC", "Noto Color Emoji", sans-serif; }}
.message {{ padding: 8px 11px; border-radius: 12px; background: #fff; margin-bottom: 3px;
          white-space: pre-wrap; overflow-wrap: anywhere; }}
.mine {{ background: #e3fdc6; margin: 12px 0 12px 60px; }}
.mine:first-child {{ margin-top: 0; }}
.tap {{ text-align: center; color: #fff; margin: 12px auto; font-size: 13px; padding: 2px 12px;
      border-radius: 12px; background: rgba(70, 100, 60, .35); width: fit-content; }}
a {{ color: #2481cc; text-decoration: none; }}
.quote {{ border-left: 3px solid #3a9ed8; padding-left: 7px; margin-bottom: 6px; color: #555;
        font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }}
blockquote {{ margin: 0; padding: 5px 9px 0; border: solid #eaf4fb; border-width: 0 0 5px 3px;
            border-left-color: #3a9ed8; border-radius: 5px;
            background: #eaf4fb; }}
blockquote[expandable] {{ display: -webkit-box; -webkit-box-orient: vertical; overflow: hidden;
                        -webkit-line-clamp: 3; white-space: normal; }}
.row {{ display: flex; gap: 3px; margin-bottom: 3px; }}
.row span {{ flex: 1; text-align: center; padding: 7px 4px; border-radius: 8px; color: #fff;
           background: rgba(70, 100, 60, .55); font-size: 14px; overflow: hidden;
           white-space: nowrap; text-overflow: ellipsis; }}
</style>{messages}<script>
document.title = Math.ceil(document.body.getBoundingClientRect().height);
</script>
"""


class Scene:
    """What a person says, taps and sees in a chat, as HTML."""

    def __init__(self, newsroom: Newsroom, sender: Json = ALICE) -> None:
        self.newsroom = newsroom
        self.telegram = newsroom.telegram
        self.sender = sender
        self.html = ""
        self._last: Json = {}

    def say(self, text: str) -> None:
        """A text in private, and the reply to it."""
        self._asked(text, self.telegram.private(text, sender=self.sender))

    def say_in_group(self, text: str) -> None:
        """A text in a group, and the reply to it."""
        self._asked(text, self.telegram.group(text, sender=self.sender))

    def post(self, text: str) -> None:
        """A post in the channel, and the reply to it."""
        self._asked(text, self.telegram.channel_post(text))

    def _asked(self, text: str, message: Json) -> None:
        self.html += f'<div class="message mine">{escape(text)}</div>'
        self._show(self.telegram.reply_to(message), quoted=text)

    def tap(self, label: str, method: str = "editMessageText", count: int = 1) -> None:
        """A tap on a button of the last message, and what comes of it."""
        rows = self._last["reply_markup"]["inline_keyboard"]
        button = next(b for row in rows for b in row if b["text"].startswith(label))
        self.html += f'<div class="tap">{escape(button["text"])}</div>'
        before = len(self.telegram.called(method))
        self.telegram.press(self._last, button["callback_data"], sender=self.sender)
        for call in self.telegram.wait(method, before + count)[before:]:
            self._show(call)

    def come(self, text: str | None = None) -> None:
        """A post in the channel that is answered by another, or what comes by itself."""
        before = len(self.telegram.called("sendMessage"))
        if text:
            self.html += f'<div class="message mine">{escape(text)}</div>'
            self.telegram.channel_post(text)
        else:
            self.newsroom.publish(NOTICE)
        self._show(self.telegram.wait("sendMessage", before + 1)[-1])

    def _show(self, call: Call, *, quoted: str = "") -> None:
        self._last = call.result
        quote = f'<div class="quote">{escape(quoted.splitlines()[0])}</div>' if quoted else ""
        self.html += f'<div class="message">{quote}{_drawn(call["text"])}</div>'
        for row in call.params.get("reply_markup", {}).get("inline_keyboard", []):
            labels = "".join(f"<span>{escape(button['text'])}</span>" for button in row)
            self.html += f'<div class="row">{labels}</div>'


def _drawn(html: str) -> str:
    """A message's HTML as a browser takes it: Telegram draws no empty line beside a block quote."""
    html = re.sub(r"\n*(<blockquote[^>]*>)", r"\1", html)
    return html.replace("</blockquote>\n\n", "</blockquote>")


def _start(scene: Scene) -> None:
    scene.say("/start")
    scene.tap("2021年", "sendMessage", 2)


def _no_answer(scene: Scene) -> None:
    scene.say("红杉建材骗取了多少留抵退税？")
    scene.tap("✎", "sendMessage")
    scene.say("你好")


def _lists(scene: Scene) -> None:
    scene.say("/latest")
    scene.say(QUESTION)
    scene.tap("☰")


def _group(scene: Scene) -> None:
    scene.say_in_group("/start@taxnews_bot")
    scene.say_in_group(f"@taxnews_bot {QUESTION}")
    scene.tap("📍", "sendMessage")
    scene.say_in_group("@taxnews_bot 金茜茜补罚多少？")
    scene.tap("上下文")


def _settings(scene: Scene) -> None:
    scene.say("/settings")
    scene.say("/categories")
    scene.say("/digest 周一 8:30")
    scene.say("/digest")
    scene.say("/forgetme")
    scene.tap("🗑")


def _channel(scene: Scene) -> None:
    scene.post("/start")
    scene.post("/template ▍{标题}\n{句子}\n{链接} {标签}")
    scene.come("/digest now")
    scene.post("/watch 留抵退税 地区:广东")
    scene.post("/settings")


def _alert(scene: Scene) -> None:
    scene.say("/watch 留抵退税")
    scene.tap("✅")
    scene.come()


def _visitors(scene: Scene) -> None:
    for number, code in enumerate(("zh-hant", "en")):
        scene.sender = ALICE | {"id": 3000 + number, "language_code": code}
        scene.say("/start")
        scene.say("/settings")


def _reply(scene: Scene) -> None:
    scene.say(QUESTION)


def _parts(scene: Scene) -> None:
    scene.say("薇娅和郑爽各被追缴了多少？")
    scene.say(
        "1. 薇娅偷逃税多少\n2. 郑爽偷税多少\n3. 2022年世界杯冠军是谁\n4. 栾慧青补罚多少\n"
        "5. 全国一年查处多少高风险加油站"
    )


SCENES: dict[str, Callable[[Scene], None]] = {
    "start": _start,
    "reply": _reply,
    "parts": _parts,
    "no-answer": _no_answer,
    "lists": _lists,
    "group": _group,
    "settings": _settings,
    "visitors": _visitors,
    "alert": _alert,
    "channel": _channel,
}
"""The pictures, in an order in which no scene disturbs the next."""

_WITH_ANSWERS = ("start", "reply", "parts", "lists", "group")


def pages(folder: Path) -> dict[str, str]:
    """The HTML of every picture, from a bot over the sample posts in this folder."""
    found = {}
    with TelegramServer() as telegram:
        newsroom = Newsroom(telegram, sample_database(folder), folder / "site")
        with newsroom.open():
            for name, play in SCENES.items():
                scene = Scene(newsroom)
                play(scene)
                newsroom.settled()
                found[name] = PAGE.format(messages=scene.html)
    return found


def digests(found: Mapping[str, str]) -> dict[str, str]:
    """What pages are known by, whatever the day: by their words, or by their buttons alone where
    answers stand, which the transcripts are compared with."""
    return {
        name: hashlib.sha256(_known_by(name, html).encode()).hexdigest()[:16]
        for name, html in found.items()
    }


def _known_by(name: str, html: str) -> str:
    if name not in _WITH_ANSWERS:
        return dateless(ageless(html))
    rows = re.findall(r'<div class="row">.*?</div>', html)
    return re.sub(r"\d+", "", "".join(rows))


def browser() -> str | None:
    """The headless browser that there is."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def take(program: str, html: str, folder: Path) -> bytes:
    """A picture of a page, as a PNG of few colours, as high as the page is."""
    from PIL import Image

    page, picture = folder / "page.html", folder / "page.png"
    page.write_text(html, "utf-8")
    titled = _run(program, "--dump-dom", page.as_uri())
    found = re.search(r"<title>(\d+)</title>", titled)
    assert found, "the browser did not say how high the page is"
    size = f"--window-size={WIDTH},{found[1]}"
    scale = f"--force-device-scale-factor={_SCALE}"
    _run(program, scale, size, f"--screenshot={picture}", page.as_uri())
    small = io.BytesIO()
    with Image.open(picture) as taken:
        few = taken.convert("RGB").quantize(
            _COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE
        )
        few.save(small, "PNG", optimize=True)
    return small.getvalue()


def _run(program: str, *options: str) -> str:
    flags = ["--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu"]
    done = subprocess.run([program, *flags, *options], check=True, capture_output=True)
    return done.stdout.decode()


def main() -> None:
    """Plays the scenes, takes the pictures, notes what they are of."""
    program = browser()
    if program is None:
        sys.exit("no Chromium here: install one, then run this again")
    with tempfile.TemporaryDirectory() as name:
        found = pages(Path(name))
        for picture, html in found.items():
            target = FOLDER / f"{picture}.png"
            target.write_bytes(take(program, html, Path(name)))
            print(target, target.stat().st_size)
    DIGESTS.write_text(json.dumps(digests(found), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
