"""Ten people dislike an answer, and an operator reviews it: what both see, and what it changed.

python -m tests.drills.testers     # prints it

The real bot over the sample posts, on a Bot API server of our own: six ask in private and four
tap in a group; two dislike another answer, and a question finds none. The operator pins, mutes,
adds a synonym. Then `taxnews evaluate --feedback` measures the three questions.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from retrieval.engine import opening
from tests.support.running_bot import RunningBot
from tests.support.telegram_server import ALICE, Json, TelegramServer
from tests.transcript.conversation import ROOT, sample_database

OPERATOR = {"id": 4242, "is_bot": False, "first_name": "老周", "language_code": "zh-hans"}
DISLIKED = "综合所得有哪几项"
ANSWER = "把工资薪金、稿酬、劳务报酬和特许权使用费这四项所得合起来计税"
MUTED = "找商家要发票他不给，有没有规定"
UNANSWERED = "邓纶偷逃税款多少万"
REMARK = "这说的是一个人少缴了多少，没说有哪几项"


class Story:
    """What happened so far, as lines; `say` and `tap` make more happen."""

    def __init__(self, telegram: TelegramServer) -> None:
        self.lines: list[str] = []
        self._telegram = telegram

    def say(self, text: str, sender: Json, *, to: Json | None = None, shown: bool = True) -> Json:
        """`sender` writes to the bot, perhaps in reply; the bot's reply."""
        more = {"reply_to_message": to} if to else {}
        message = self._telegram.private(text, sender=sender, **more)
        return self._shown(f"{sender['first_name']}: {text}", message, shown=shown)

    def ask_in_group(self, text: str, sender: Json) -> Json:
        message = self._telegram.group(f"/ask {text}", sender=sender)
        return self._shown("", message, shown=False)

    def tap(self, message: Json, label: str, sender: Json, *, shown: bool = True) -> Json:
        """`sender` taps a button of the bot's message; the message as it is then."""
        edits = len(self._telegram.called("editMessageText"))
        self._telegram.press(message, data(message, label), sender=sender)
        edited = self._telegram.wait("editMessageText", edits + 1)[-1].result
        if shown:
            self._show(f"{sender['first_name']} 按了 [{label}]，消息变成：", edited)
        return dict(edited)

    def _shown(self, head: str, message: Json, *, shown: bool) -> Json:
        reply = self._telegram.reply_to(message).result
        if shown:
            self._show(head, reply)
        return dict(reply)

    def _show(self, head: str, message: Json) -> None:
        self.lines.append(head)
        self.lines.extend(f"    {line}".rstrip() for line in message["text"].splitlines())
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            self.lines.append("    " + " ".join(f"[{button['text']}]" for button in row))


def data(message: Json, label: str) -> str:
    """The data of the button of `message` whose text begins with `label`."""
    rows = message["reply_markup"]["inline_keyboard"]
    (found,) = [b["callback_data"] for row in rows for b in row if b["text"].startswith(label)]
    return str(found)


def people() -> Iterator[Json]:
    """One person after another."""
    for number in range(1, 100):
        yield ALICE | {"id": 90_000 + number, "first_name": f"用户{number}"}


def review(telegram: TelegramServer, db: Path) -> list[str]:
    """The dislikes and their review, by a bot over the sample posts in the database at `db`."""
    story, everyone = Story(telegram), people()
    with (
        opening.opened_library(db) as library,
        RunningBot(
            telegram,
            library=library,
            db=db,
            admins=frozenset({OPERATOR["id"]}),
            keep_questions=True,
            chat_rate=0,
        ),
    ):
        first = next(everyone)
        answer = story.say(DISLIKED, first)
        why = story.tap(answer, "👎", first)
        story.tap(why, "其他", first)
        prompt = telegram.wait("sendMessage", 2)[-1].result
        story.lines += [f"    （另发一条）{prompt['text']}"]
        story.say(REMARK, first, to=prompt)
        for number in range(5):
            one = next(everyone)
            answer = story.say(DISLIKED, one, shown=False)
            why = story.tap(answer, "👎", one, shown=False)
            story.tap(why, "答非所问" if number < 4 else "段落不对", one, shown=False)
        in_group = story.ask_in_group("请问综合所得有哪几项？", next(everyone))
        for _ in range(4):
            story.tap(in_group, "👎", next(everyone), shown=False)
        for one in (next(everyone), next(everyone)):
            answer = story.say(MUTED, one, shown=False)
            story.tap(answer, "👎", one, shown=False)
        story.say(UNANSWERED, next(everyone), shown=False)

        page = story.say("/review", OPERATOR)
        choices = story.tap(page, "📌", OPERATOR)
        done = story.tap(choices, right_choice(choices), OPERATOR)
        page = story.tap(done, "下一个", OPERATOR)
        done = story.tap(page, "🔇", OPERATOR)
        story.tap(done, "✓", OPERATOR)
        story.say("/unanswered", OPERATOR)
        page = story.say(f"/review {UNANSWERED}", OPERATOR)
        page = story.tap(page, "🔤", OPERATOR)
        done = story.say("邓纶 邓伦", OPERATOR, to=page)
        story.tap(done, "✓", OPERATOR)
        story.say("/review", OPERATOR)
        story.say(DISLIKED, next(everyone))
    return story.lines


def right_choice(choices: Json) -> str:
    """The number of the passage that answers, among those to choose from."""
    lines = choices["text"].splitlines()
    return next(line.partition(".")[0] for line in lines if ANSWER in line)


def taxnews(*arguments: object) -> str:
    """What the command line prints."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    return done.stdout


def main() -> None:
    """Prints the story, and the figures before and after."""
    with tempfile.TemporaryDirectory() as folder, TelegramServer() as telegram:
        db = sample_database(Path(folder))
        print("\n".join(review(telegram, db)))
        for command in (["review", "changes"], ["evaluate", "--feedback"]):
            print(f"\n$ taxnews {' '.join(command)}")
            print(taxnews(*command, "--db", db), end="")


if __name__ == "__main__":
    main()
