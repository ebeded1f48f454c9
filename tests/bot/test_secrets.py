"""The token and the webhook's secret: in no log, error, list of processes or crash report."""

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from telegram.ext import Application

from bot.cli.doctor import CHECKS
from bot.features.asking import App
from bot.settings import LOOSE, is_env_file_loose
from corpus.care.health import Finding
from retrieval.engine import worker
from tests.conftest import ROOT
from tests.support.forked import Forked, command
from tests.support.ports import free_port
from tests.support.telegram_server import ALICE, TOKEN, Fault, TelegramServer

SECRET = TOKEN.partition(":")[2]
HOOK_SECRET = "S3cret-of-the-webhook"
QUESTION = "我的机密问题甲乙丙"
AT_DEBUG = "import logging; logging.basicConfig(level=logging.DEBUG); "
SERVE = "from bot.__main__ import main; main()"


def crash(app: App, **more: object) -> None:
    raise RuntimeError("no way to https://example.org/bot" + app.bot.token)


def ended(telegram: TelegramServer, db: Path, work: Callable[[Path], None], **settings: str) -> str:
    """What a bot that ends with 2 by itself has written; it stands in the database's folder."""
    settings = {"TAXNEWS_TOKEN": TOKEN, "TAXNEWS_API_URL": telegram.url} | settings
    process = Forked(work, db, folder=db.parent, keep=True, **settings)
    try:
        assert process.wait(60) == 2
    finally:
        process.kill()
    return process.output()[1]


def serve_and_crash(db: Path) -> None:
    Application.start = crash  # type: ignore[assignment]
    serve_alone(db)


def serve_at_debug(db: Path) -> None:
    logging.basicConfig(level=logging.DEBUG)
    serve_alone(db)


def serve_alone(db: Path) -> None:
    """`taxnews serve`, without the process that follows the sources."""
    worker.watching = lambda *_: nullcontext()  # type: ignore[assignment]
    command("serve", "--db", db)


@contextmanager
def serving(
    telegram: TelegramServer, db: Path, folder: Path, *, code: str = "", **settings: str
) -> Iterator[subprocess.Popen[str]]:
    """The bot as a process; what it wrote is in `folder`/log when it has ended."""
    environment = os.environ | {
        "TAXNEWS_TOKEN": TOKEN,
        "TAXNEWS_API_URL": telegram.url,
        "PYTHONPATH": str(ROOT),
        **settings,
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", code + SERVE, "serve", "--db", str(db)],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def processes(pid: int) -> str:
    """The command lines that everybody on the machine may read: of a process and its children."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = [child for task in tasks for child in task.read_text().split()]
    return "".join(Path(f"/proc/{p}/cmdline").read_text("utf-8") for p in (pid, *children))


def test_a_run_full_of_faults_tells_no_secret(
    telegram: TelegramServer, own_db: Path, tmp_path: Path
) -> None:
    conflict = Fault(status=409, description="Conflict: terminated by other getUpdates request")
    telegram.fault("getMe", Fault(cut=True), Fault(status=502, body=b"<html>"))
    telegram.fault("setMyCommands", Fault(status=404, description="Not Found"))
    telegram.fault("getUpdates", Fault(body=b"\xff"), Fault(cut=True), Fault(status=500), conflict)
    sends = (
        [Fault(cut=True), Fault(status=500), Fault(body=b"null", delivered=True)],
        [Fault(status=502, body=b"<html>")],
        [Fault(status=400, description="Bad Request: can't parse entities")],
        [Fault(status=400, description="Bad Request: nonsense")],
    )
    with serving(telegram, own_db, tmp_path, code=AT_DEBUG) as process:
        telegram.push("message", {"text": QUESTION})
        for i, faults in enumerate(sends):
            telegram.fault("sendMessage", *faults)
            asked = telegram.private(QUESTION, sender=ALICE | {"id": 9000 + i})
            telegram.until(lambda: not telegram._faults["sendMessage"], timeout=60)
            telegram.reply_to(asked)
        telegram.settled()
        seen = processes(process.pid) if Path("/proc").is_dir() else ""
    log = (tmp_path / "log").read_text("utf-8")
    assert process.returncode == 0
    assert "trying again" in log
    assert "may or may not have arrived" in log
    for text in (log, seen):
        assert SECRET not in text
        assert QUESTION not in text
    for path in tmp_path.rglob("*"):  # what a backup or a crash report would take along
        assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path


def test_over_a_webhook_its_secret_isnt_told_either(
    telegram: TelegramServer, own_db: Path, tmp_path: Path
) -> None:
    port = free_port()
    telegram.fault("setWebhook", Fault(cut=True), Fault(status=500))
    hook = {
        "TAXNEWS_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
        "TAXNEWS_WEBHOOK_LISTEN": f"127.0.0.1:{port}",
        "TAXNEWS_WEBHOOK_SECRET": HOOK_SECRET,
        "TAXNEWS_LOG": "json",
    }
    with serving(telegram, own_db, tmp_path, code=AT_DEBUG, **hook) as process:
        telegram.reply_to(telegram.private(QUESTION))
        telegram.push("message", {"text": QUESTION})
        telegram.settled()
        seen = processes(process.pid) if Path("/proc").is_dir() else ""
    log = (tmp_path / "log").read_text("utf-8")
    assert "an update can't be read" in log
    for text in (log, seen):
        assert SECRET not in text
        assert HOOK_SECRET not in text
        assert QUESTION not in text


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_crash_says_where_and_not_with_which_token(
    telegram: TelegramServer, own_db: Path, form: str
) -> None:
    log = ended(telegram, own_db, serve_and_crash, TAXNEWS_LOG=form)
    assert log.endswith("taxnews: crashed with RuntimeError; the log says where\n")
    assert "in crash" in log
    assert SECRET not in log


def test_a_refused_token_is_not_said_back(telegram: TelegramServer, own_db: Path) -> None:
    other = "123456:another-token-than-the-right-one"
    log = ended(telegram, own_db, serve_at_debug, TAXNEWS_TOKEN=other)
    assert log.endswith("\n")
    assert "another-token" not in log


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_a_dotenv_file_that_others_may_read_is_warned_about(
    telegram: TelegramServer,
    own_db: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not is_env_file_loose()
    file = tmp_path / ".env"
    file.write_text("TAXNEWS_USER_RATE=5\n")
    for mode, is_loose in ((0o600, False), (0o640, True), (0o606, True), (0o400, False)):
        file.chmod(mode)
        assert is_env_file_loose() == is_loose
    file.chmod(0o644)
    (finding,) = CHECKS[-1](own_db)
    assert finding == Finding("settings", LOOSE, "chmod 600 .env")
    file.write_text("TAXNEWS_USER_RATES=5\n")
    strange = "TAXNEWS_USER_RATES is no setting, and not read; is TAXNEWS_USER_RATE meant?"
    assert [found.wrong for found in CHECKS[-1](own_db)] == [strange, LOOSE]
    log = ended(telegram, own_db, serve_and_crash)
    assert f"{LOOSE}: chmod 600 .env" in log
    assert strange in log
