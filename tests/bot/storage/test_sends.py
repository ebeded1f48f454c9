"""Messages on their way, known by what they belong to and a name."""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.delivery.turns import Scope
from bot.storage.chats import ChatStore
from bot.storage.sends import Send, SendKey


def test_sends_of_a_database_of_before_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    ChatStore(path).close()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE bot_sends")
        db.execute(
            "CREATE TABLE bot_sends (update_id INTEGER, part INTEGER, state TEXT,"
            " unknown INTEGER, message INTEGER, PRIMARY KEY (update_id, part))"
        )
        db.executemany(
            "INSERT INTO bot_sends VALUES (?, ?, ?, ?, ?)",
            [(7, 0, "sent", 0, 70), (7, 1, "sending", 2, None), (-3, 0, "sent", 0, 30)],
        )
        db.execute("DELETE FROM _sqlite_migrations WHERE name = 'b003_send_keys'")
    with ChatStore(path) as store:
        assert store.sends.of(SendKey("update", 7, "reply")) == Send("sent", 0, 70)
        assert store.sends.of(SendKey("update", 7, "reply 2")) == Send("sending", 2, None)
        assert store.sends.of(SendKey("dispatch", 3, "reply")) == Send("sent", 0, 30)
        assert store.sends.of(SendKey("update", 3, "reply")) is None


def test_messages_alike_of_one_update_have_keys_of_their_own_again_in_order() -> None:
    first = [Scope("update", 7).key("reply") for _ in range(1)]
    scope = Scope("update", 7)
    keys = [scope.key(part) for part in ("reply", "prompt", "reply")]
    assert keys[:1] == first
    assert keys == [
        SendKey("update", 7, "reply"),
        SendKey("update", 7, "prompt"),
        SendKey("update", 7, "reply 2"),
    ]
