"""A damaged database → one that is sound: what it lost comes back from its sources or a backup.

What can't come back is taken out, so that nobody is shown it, and named.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.errors import SourceError, StoreError
from corpus.reading.readings import Reading
from corpus.sources import folders
from corpus.store.schema import check_programs, check_salvageable
from corpus.store.store import Store
from corpus.store.values import Lost
from corpus.sync.following import look
from corpus.sync.ingest import batches

_FURTHEST = 1 << 62  # a rowid that none has
# The log of changes is of no use to the index of another database; places are found anew.
_OF_THE_NEW_ONE = ("changes", "places", "identity", "sqlite_sequence", "_sqlite_migrations")
_NO_DAMAGE = ("locked", "readonly", "full", "unable to open")  # in SQLite's errors


Prepare = Callable[[Path], None]
"""Makes the tables of others, which are none of the corpus, in the database at a path."""


def repair(db: Path, prepare: Prepare, backup: Path | None = None) -> Iterator[str]:
    """Mend the database at `db`, reporting line by line what was done; nothing if it is sound.

    Stories that it lost are read again from their files, then from all sources;
    what is still missing is taken from `backup`, a copy of the database. Where the
    file itself is damaged, what can be read of it goes into a new one in its place,
    and the old one is kept as `X.db.damaged`. One that was cut short is known by a
    mark in the database, and gone on with. Raises StoreError if nothing can be read of it.
    """
    if not _is_sound(db):
        yield from _rewrite(db, prepare)
    with Store.open(db) as store:
        everything = store.is_being_mended  # which rows are lost is not known
        lost = store.take_out_damaged()
        sources = [source for source in store.sources() if everything or _has_lost(source.id, lost)]
        _load_files(store, [each for each in lost if os.path.isfile(each.path)])
        for source in sources:
            store.forget_cursor(source)
            try:
                look(store, source)
            except SourceError as error:
                yield f"source {source.location}: not read again ({error})"
        if backup is not None:
            yield from _take_from(store, backup, lost, everything=everything)
        store.mend_shown()
        store.end_mending()
        with store.transaction():
            store.note_places()
            store.note_types()
        back = store.present(each.post for each in lost)
        known = store.known(each.path for each in lost)
        back |= {each.post for each in lost if each.path in known}  # its number was damaged
        for post in sorted({each.post for each in lost}, key=str):
            fate = "restored" if post in back else "lost: no file, source or backup tells it"
            yield f"post {post}: was damaged, {fate}"


def _has_lost(source: int, lost: Sequence[Lost]) -> bool:
    return any(each.source == source for each in lost)


def _is_sound(db: Path) -> bool:
    """Whether the database's pages can be relied on, whatever is in them."""
    try:
        with Store.open(db) as store:
            return not store.page_faults()
    except StoreError as error:
        if any(word in str(error.__cause__) for word in _NO_DAMAGE):
            raise
        return False


def _load_files(store: Store, lost: Sequence[Lost]) -> None:
    """Read again the files that held what was lost."""
    for batch in batches(lost):
        for each in batch:
            reading = folders.load(each.path, None)
            with store.transaction():
                store.write([reading], each.source)


def _take_from(
    store: Store, backup: Path, lost: Sequence[Lost], *, everything: bool
) -> Iterator[str]:
    """Take what is still missing from a copy of the database: the lost posts, or `everything`
    held by a file that is not known here."""
    taken = 0
    with TemporaryDirectory(dir=backup.absolute().parent, prefix=".taxnews-") as folder:
        copy = Path(shutil.copy(backup, folder))  # the backup itself stays as it is
        with closing(sqlite3.connect(copy)) as db:
            check_programs(db, backup)
        with Store.open(copy) as kept:
            wanted = None if everything else {each.post for each in lost}
            for name, digest, preference, story in kept.shown_readings(wanted):
                if store.known([name]) if everything else store.present([story.post.id]):
                    continue
                reading = Reading(name, digest, story.post, preference)
                with store.transaction():
                    taken += store.write([reading]) != ["skipped"]
    if taken:
        yield f"{taken:,} posts came back from {backup}"


# --- a damaged file -----------------------------------------------------------------


def _rewrite(db: Path, prepare: Prepare) -> Iterator[str]:
    """Put what can be read of the file at `db` into a new one in its place."""
    damaged = db.with_name(f"{db.name}.damaged")
    with TemporaryDirectory(dir=db.absolute().parent, prefix=".taxnews-") as folder:
        fresh = Path(folder, "fresh.db")
        tables = _salvage(db, fresh, prepare)
        shutil.copy2(db, damaged)
        with Store.open(fresh) as store:
            store.set_being_mended(True)
            _put_in_place(store, db)
    yield f"{db}: rewritten; the damaged file is kept as {damaged}"
    for table in tables:
        yield f"table {table}: some of its rows could not be read"


def _put_in_place(store: Store, db: Path) -> None:
    """The content of `store` in the file at `db`, for who has it open too where possible."""
    with suppress(StoreError):
        return store.copy_to(db)
    # Not even SQLite knows it for a database: nobody can have it open.
    for suffix in ("-wal", "-shm"):
        db.with_name(db.name + suffix).unlink(missing_ok=True)
    store.checkpoint()
    os.replace(store.path, db)


def _salvage(db: Path, fresh: Path, prepare: Prepare) -> list[str]:
    """Copy what can be read of every table at `db` into a new database; the tables that lost rows.

    Raises StoreError if the list of tables can't be read, or is not that of a taxnews.
    """
    Store.open(fresh, create=True).close()
    prepare(fresh)
    with closing(sqlite3.connect(db)) as source, closing(sqlite3.connect(fresh)) as target:
        try:
            source.execute("PRAGMA writable_schema = ON")  # reads a damaged list of tables too
            check_salvageable(source, db)
        except sqlite3.Error as error:
            raise StoreError(
                f"{db}: nothing can be read of it ({error}); taxnews restore a backup, or delete"
                " it and ingest again"
            ) from error
        there = {name for (name,) in source.execute("SELECT name FROM sqlite_master")}
        target.execute("PRAGMA foreign_keys = OFF")
        listed = target.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        triggers = [(name, sql) for kind, name, sql in listed if kind == "trigger"]
        for name, _ in triggers:  # what is copied is no news
            target.execute(f"DROP TRIGGER {name}")
        torn = []
        for kind, name, _ in listed:
            if kind == "table" and name not in _OF_THE_NEW_ONE:
                target.execute(f"DELETE FROM [{name}]")
                torn += [name] * (not _copy_rows(source, target, name) and name in there)
        _copy_numbers(source, target)
        for _, sql in triggers:
            target.execute(sql)
        target.commit()
    return torn


def _copy_numbers(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    """Go on numbering where the damaged database was: no number is given twice."""
    with suppress(sqlite3.Error):
        for name, last in source.execute("SELECT name, seq FROM sqlite_sequence").fetchall():
            target.execute(
                "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", [last, name]
            )


def _copy_rows(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> bool:
    """Copy the rows of a table that can be read; whether all could be."""
    columns = [name for _, name, *_ in target.execute(f"PRAGMA table_info([{table}])")]
    # A table of an older taxnews has fewer columns, one that damage hides has none.
    there = {name for _, name, *_ in source.execute(f"PRAGMA table_info([{table}])")}
    if not there:
        return False
    names = ", ".join(f"[{name}]" for name in columns if name in there)
    insert = (
        f"INSERT OR IGNORE INTO [{table}] ({names})"
        f" VALUES ({', '.join('?' for name in columns if name in there)})"
    )
    select = f"SELECT rowid, {names} FROM [{table}] NOT INDEXED WHERE rowid >= ? ORDER BY rowid"
    start, is_whole = -_FURTHEST, True
    while start < _FURTHEST:
        try:
            for rowid, *values in source.execute(select, [start]):
                if rowid < start:
                    raise sqlite3.DatabaseError("rows out of order")
                start = rowid + 1
                with suppress(sqlite3.IntegrityError):  # a row that damage made another of
                    target.execute(insert, values)
            return is_whole
        except (sqlite3.Error, OverflowError):
            is_whole = False
            start = _next_readable(source, select, start)
    return is_whole


def _next_readable(source: sqlite3.Connection, select: str, start: int) -> int:
    """The least rowid, as far as can be seen, from which on rows can be read again.

    Steps grow until one lands behind the damage, then shrink towards its end.
    """

    def reads(rowid: int) -> bool:
        try:
            source.execute(select + " LIMIT 1", [rowid]).fetchone()
        except sqlite3.Error:
            return False
        return True

    step = 1
    while not reads(start + step):
        step *= 2
        if start + step >= _FURTHEST:
            return _FURTHEST
    low, high = start + step // 2, start + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reads(middle) else (middle, high)
    return high
