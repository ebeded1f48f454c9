"""`taxnews doctor --serve`: what is wrong is said before the bot's first start."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from unittest.mock import patch

import pytest

from bot.storage.chats import ChatStore
from tests.support.command_line import Done, run_here
from tests.support.telegram_server import BOT, GROUP, TOKEN, Fault, TelegramServer


@pytest.fixture(autouse=True)
def _settings(telegram: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_TOKEN", telegram.token)
    monkeypatch.setenv("TAXNEWS_API_URL", telegram.url)


def checked(db: Path) -> Done:
    done = run_here("doctor", "--serve", "--db", db)
    assert TOKEN not in done.stdout + done.stderr
    return done


def test_a_bot_that_may_start_is_told_so_with_what_may_be_meant_otherwise(own_db: Path) -> None:
    done = checked(own_db)
    lines = done.stdout.splitlines()[1:]
    assert done.returncode == 0
    assert [line for line in lines if not line.startswith(" ")] == [
        "ok    database",
        "note  sources: none, so that no new posts are read by themselves",
        "ok    index",
        "ok    settings",
        "ok    Telegram, as @taxnews_bot",
        "note  privacy mode: on: in groups the bot sees commands, replies to it and mentions only",
        "ok    inline use",
        "ok    clock",
        "ok    disk",
    ]


def test_privacy_mode_is_wrong_for_a_group_that_wants_every_question_answered(
    telegram: TelegramServer, own_db: Path
) -> None:
    store = ChatStore(own_db)
    store.settings.change(GROUP["id"], plain_questions=True)
    store.close()
    telegram.members[GROUP["id"], BOT["id"]] = "left"
    done = checked(own_db)
    assert done.returncode == 1
    assert "WRONG privacy mode: on, but a group has set" in done.stdout
    assert f"note  chat {GROUP['id']}: the bot is no member any more" in done.stdout


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(status=401, description="Unauthorized"), "WRONG Telegram: it refuses the token"),
        (Fault(status=502, description="Bad Gateway"), "can't be asked (NetworkError)"),
        (Fault(body=b"<html>", status=200), "can't be asked (TelegramError)"),
    ],
)
def test_a_token_that_is_refused_and_a_network_that_fails_are_told_apart(
    telegram: TelegramServer, own_db: Path, fault: Fault, said: str
) -> None:
    telegram.fault("getMe", fault)
    done = checked(own_db)
    assert done.returncode == 1
    assert said in done.stdout


def test_telegram_is_asked_although_the_bots_own_tables_are_damaged(own_db: Path) -> None:
    ChatStore(own_db).close()
    with closing(sqlite3.connect(own_db)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'bot_secret'"
        (page,) = connection.execute(query).fetchone()
    with own_db.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    done = checked(own_db)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1].startswith("WRONG database: ")
    assert "ok    Telegram, as @taxnews_bot\n" in done.stdout


def test_a_folder_that_is_not_there_and_a_full_disk_are_named(own_db: Path, tmp_path: Path) -> None:
    gone = tmp_path / "site"
    gone.mkdir()
    assert run_here("source", "add", gone, "--db", own_db).returncode == 0
    gone.rmdir()
    full = shutil.disk_usage(tmp_path)._replace(free=5 * 2**20)
    with patch.object(shutil, "disk_usage", lambda _: full):
        done = checked(own_db)
    assert done.returncode == 1
    assert f"WRONG source {gone}: can't be read (No such file or directory)" in done.stdout
    assert "WRONG disk: 5 MB free in" in done.stdout


def test_without_a_token_the_rest_is_checked_all_the_same(
    own_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TAXNEWS_TOKEN")
    done = checked(own_db)
    assert done.returncode == 1
    assert "ok    index" in done.stdout
    assert "WRONG Telegram: TAXNEWS_TOKEN is not set" in done.stdout
