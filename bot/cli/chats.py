"""The bot's own tables, opened for a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.storage.chats import ChatStore
from corpus.store.store import Store


@contextmanager
def opened_chats(db: Path) -> Iterator[ChatStore]:
    """The bot's tables in the database at `db`; StoreError says what is wrong with that."""
    Store.open(db).close()
    with ChatStore(db) as chats:
        yield chats
