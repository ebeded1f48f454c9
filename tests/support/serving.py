"""`taxnews serve` as it is deployed: a process of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.command_line import ROOT
from tests.support.telegram_server import TelegramServer


@contextmanager
def serving(telegram: TelegramServer, db: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """Serves until the end, which must be a clean one; neither token nor question is logged."""
    environment = {
        **os.environ,
        "TAXNEWS_TOKEN": telegram.token,
        "TAXNEWS_API_URL": telegram.url,
        **settings,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--db", str(db)],
        env=environment,
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
        assert process.returncode == 0, errors
        assert telegram.token not in errors
        assert "广东" not in errors
