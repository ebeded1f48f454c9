"""Copies of the database: made and put back while others use it."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from gettext import gettext as _
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from corpus.errors import StoreError
from corpus.store.schema import check_programs
from corpus.store.store import Store


def backup(store: Store, target: Path) -> None:
    """Write a copy of the database to the file `target`, whole or not at all.

    Raises StoreError if the file is there and is not a copy of a database of taxnews.
    """
    if target.exists():
        if target.samefile(store.path):
            raise StoreError(f"{target}: the database itself; name another file")
        Store.open(target).close()  # no other file is overwritten
    if not target.absolute().parent.is_dir():
        message = _("{file}: cannot be written, as its folder is not there")
        raise StoreError(message.format(file=target))
    try:
        with TemporaryDirectory(dir=target.absolute().parent, prefix=".taxnews-") as folder:
            copy = Path(folder, "copy.db")
            store.copy_to(copy)
            with closing(sqlite3.connect(copy)) as db:
                db.execute("PRAGMA journal_mode = DELETE")  # one file, to be moved at will
            os.replace(copy, target)
    except (OSError, sqlite3.Error) as error:
        message = _("{file}: cannot be written ({error})")
        raise StoreError(message.format(file=target, error=error)) from error


def restore(path: Path, source: Path, agree: Callable[[], None] = lambda: None) -> None:
    """Put the copy `source` in place of the database at `path`, made if missing.

    `agree` is called once the copy is found good, and may raise to leave all as it is.
    Others that use the database see the old state, then the new one, which has
    an identity of its own. Raises StoreError if `source` is no copy, is damaged
    or was written by a newer taxnews, or if `path` is not a database of taxnews.
    """
    if not source.is_file():
        raise StoreError(f"{source}: no such file")
    if path.exists():
        if path.samefile(source):
            raise StoreError(f"{source}: the database itself; name a copy of it")
        Store.open(path).close()
    path.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=path.absolute().parent, prefix=".taxnews-") as folder:
        copy = Path(folder, "copy.db")
        try:
            uri = f"file:{quote(str(source.absolute()))}?mode=ro"
            with (
                closing(sqlite3.connect(uri, uri=True)) as original,
                closing(sqlite3.connect(copy)) as target,
            ):
                original.backup(target)
                check_programs(target, source)
        except sqlite3.Error as error:
            message = _("{file}: not a readable taxnews database ({error})")
            raise StoreError(message.format(file=source, error=error)) from error
        with _opened(copy, source) as store:
            if faults := store.faults():
                raise StoreError(f"{source}: damaged ({faults[0]})")
            agree()
            store.renew_identity()
            store.copy_to(path)


def _opened(copy: Path, source: Path) -> Store:
    try:
        return Store.open(copy)
    except StoreError as error:
        raise StoreError(str(error).replace(str(copy), str(source))) from None
