"""What a chat sees of saving a query, of an alert and of a later update, as text.

python -m tests.transcript.alerts     # writes it into docs/alerts.md
"""

import re
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from tests.support.newsroom import Newsroom
from tests.support.telegram_server import ALICE, Json, TelegramServer
from tests.transcript.conversation import MARKS, ROOT, sample_database

PAGE = ROOT / "docs" / "alerts.md"

BEFORE = (
    (1, "留抵退税申报下月起全程网上办", "企业申请留抵退税，下月起不再交纸质材料，五天到账。", 30),
    (2, "两家企业骗取留抵退税被查", "海州市查处两家骗取留抵退税的企业，追回税款620万元。", 20),
    (3, "制造业留抵退税范围扩大", "制造业企业的留抵退税，从增量扩大到存量。", 10),
)
NOTICE = (
    4,
    "海州查处红杉建材有限公司骗取留抵退税案",
    "海州市税务局查处红杉建材有限公司骗取留抵退税911.18万元，已全部追回。",
)
FEATURE = (5, "一本仓库账里的破绽", "红杉建材有限公司怎样骗取留抵退税911.18万元，又怎样露馅。")
VERDICT = (
    6,
    "红杉建材骗取留抵退税案宣判",
    "骗取留抵退税911.18万元的红杉建材有限公司负责人，一审被判处有期徒刑六年。",
)


def transcript(db: Path, site: Path) -> str:
    """The transcript, from a bot over the database at `db` and a site's folder."""
    lines: list[str] = []
    today = datetime.now(timezone.utc)

    def shown(message: Json) -> None:
        lines.extend(f"    {line}".rstrip() for line in message["text"].splitlines())
        for row in message.get("reply_markup", {}).get("inline_keyboard", []):
            lines.append("    " + " ".join(f"[{button['text']}]" for button in row))

    with TelegramServer() as telegram:
        newsroom = Newsroom(telegram, db, site)
        with newsroom.open():
            for *post, days in BEFORE:
                newsroom.publish(tuple(post), day=today - timedelta(days=days))
            newsroom.settled()
            lines.append("小林: /watch 留抵退税")
            message = telegram.reply_to(telegram.private("/watch 留抵退税", sender=ALICE)).result
            shown(message)
            for number, label in enumerate(("收窄", "放宽", "✅"), 1):
                rows = message["reply_markup"]["inline_keyboard"]
                found = [b for row in rows for b in row if b["text"].startswith(label)]
                telegram.press(message, found[0]["callback_data"])
                message = telegram.wait("editMessageText", number)[-1].result
                lines.append(f"小林 按了 [{found[0]['text']}]，消息变成：")
                shown(message)
            sent = len(telegram.called("sendMessage"))
            newsroom.publish(NOTICE, FEATURE, day=today - timedelta(days=1))
            newsroom.settled()
            lines += ["", "=== 当天来了两篇，说的是同一件事 ==="]
            shown(telegram.wait("sendMessage", sent + 1)[-1].result)
            newsroom.publish(VERDICT)
            newsroom.settled()
            lines += ["", "=== 后来案子判了；这条回复上面那条 ==="]
            shown(telegram.wait("sendMessage", sent + 2)[-1].result)
    return dateless("\n".join(lines) + "\n")


def dateless(text: str) -> str:
    """`text` without the dates, which go by while it stands in the docs."""
    return re.sub(r"\d{4}年\d{1,2}月\d{1,2}日|\d{4}-\d\d-\d\d", "（日期）", text)


def in_docs() -> str:
    """The transcript as the docs have it."""
    return PAGE.read_text("utf-8").partition(MARKS[0])[2].partition(MARKS[1])[0]


def main() -> None:
    """Writes the transcript into docs/alerts.md."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = transcript(sample_database(Path(folder)), Path(folder) / "site")
    before, _, rest = PAGE.read_text("utf-8").partition(MARKS[0])
    PAGE.write_text(before + MARKS[0] + fresh + MARKS[1] + rest.partition(MARKS[1])[2], "utf-8")


if __name__ == "__main__":
    main()
