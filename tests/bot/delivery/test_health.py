"""How the bot is: for systemd by datagrams, for others over HTTP."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.delivery.health import STUCK, Health, page
from bot.storage.chats import ChatStore
from bot.storage.thread import StorageThread
from tests.conftest import ROOT
from tests.support.ports import free_port
from tests.support.running_bot import RunningBot
from tests.support.serving import serving
from tests.support.telegram_server import TelegramServer


def asked(port: int, path: str) -> tuple[int, str]:
    """Status and text of a page of the bot's own server."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_bot_that_starts_lives_and_is_not_ready(telegram: TelegramServer) -> None:
    port = free_port()
    bot = RunningBot(telegram, metrics_listen=f"127.0.0.1:{port}")
    assert [asked(port, path) for path in ("/healthz", "/readyz")] == [
        (200, "starting\n"),
        (503, "starting\n"),
    ]
    with bot:
        telegram.reply_to(telegram.private("留抵退税"))
        assert [asked(port, path) for path in ("/healthz", "/readyz")] == [
            (200, "serving\n"),
            (200, "serving\n"),
        ]
        status, text = asked(port, "/metrics")
        assert (status, "taxnews_questions_total" in text) == (200, True)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[StorageThread]:
    thread = StorageThread(ChatStore(tmp_path / "taxnews.db"))
    yield thread
    thread.close()


def test_a_bot_whose_storage_hangs_is_stuck_until_it_goes_on(storage: StorageThread) -> None:
    now, hangs = [0.0], threading.Event()

    async def live() -> list[str]:
        health = Health(lambda: now[0], {})
        states: list[str] = [health.state]
        beating = asyncio.create_task(health.keep_beating(storage))
        await storage(int)
        states.append(health.state)
        hanging = asyncio.create_task(storage(hangs.wait))
        now[0] += STUCK + 1
        states.append(health.state)
        assert page(health, "/healthz") == ("503 Service Unavailable", "stuck\n")
        hangs.set()
        await hanging
        while health.state == "stuck":
            await asyncio.sleep(0)
        states.append(health.state)
        health.stopping()
        states.append(health.state)
        assert page(health, "/readyz") == ("503 Service Unavailable", "stopping\n")
        assert page(health, "/healthz") == ("200 OK", "stopping\n")
        beating.cancel()
        return states

    assert asyncio.run(live()) == ["starting", "serving", "stuck", "serving", "stopping"]


@contextmanager
def systemd() -> Iterator[tuple[str, socket.socket]]:
    """A socket that hears what a service tells systemd."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
            heard.bind(path)
            heard.settimeout(60)
            yield path, heard


def test_systemd_is_told_that_the_bot_serves_lives_and_stops(
    telegram: TelegramServer, own_db: Path
) -> None:
    with systemd() as (path, heard):
        with serving(telegram, own_db, NOTIFY_SOCKET=path, WATCHDOG_USEC="60000000"):
            assert heard.recv(100) == b"READY=1"
            assert [heard.recv(100) for _ in range(2)] == [b"WATCHDOG=1"] * 2
        said = b"WATCHDOG=1"
        while said == b"WATCHDOG=1":
            said = heard.recv(100)
        assert said == b"STOPPING=1"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")
def test_the_unit_leaves_the_bot_few_rights() -> None:
    unit = ROOT / "docs" / "taxnews.service"
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    exposure = re.search(r"Overall exposure level.*: ([\d.]+)", done.stdout)
    assert exposure, done.stdout + done.stderr
    assert float(exposure[1]) <= 2
