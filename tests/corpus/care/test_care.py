"""Looking after a database: the commands in process, the copies on real files."""

import json
import shutil
import sqlite3
import threading
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from bot.cli.main import cli
from corpus.care import health
from corpus.care.backups import backup, restore
from corpus.care.health import Finding
from corpus.care.repair import repair
from corpus.errors import StoreError, TaxnewsError
from corpus.reading.readings import Reading
from corpus.store.schema import APPLICATION_ID, migrations
from corpus.store.store import Store
from corpus.store.values import CorpusFacts, Stats
from corpus.sync.ingest import Summary, ingest
from retrieval.index import loops
from retrieval.text.synonyms import BadSynonyms
from tests.support.command_line import taxnews
from tests.support.post_files import ONE, THREE, TWO, write
from tests.support.stores import NOON, post, put, shown


@pytest.fixture
def site(tmp_path: Path) -> Path:
    write(tmp_path / "site" / "a.md", "甲。", category="qingxi", code=ONE)
    write(tmp_path / "site" / "b.md", "乙。", code=TWO)
    write(tmp_path / "site" / "c.md", "丙。", code=THREE)
    (tmp_path / "site" / "d.md").write_text("")
    return tmp_path / "site"


@pytest.fixture
def db(tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "taxnews.db"
    with Store.open(path, create=True) as store:
        ingest(store, [site])
    monkeypatch.setenv("TAXNEWS_DB", str(path))
    monkeypatch.chdir(tmp_path)
    return path


def ids(db: Path) -> list[str]:
    with Store.open(db) as store:
        return [each.id for each in shown(store)]


# --- stats and problems --------------------------------------------------------------


def test_stats_count_the_posts(db: Path) -> None:
    newest = "2022-05-06T07:08:09+08:00"
    assert json.loads(taxnews("stats", "--json")) == {
        "database": str(db),
        "posts": 3,
        "paragraphs": 3,
        "newest": newest,
        "media": {"": 3},
        "categories": {"emnews": 2, "qingxi": 1},
        "months": {"2022-05": 3},
        "problems": {"empty": 1},
    }
    lines = [" ".join(line.split()) for line in taxnews("stats").splitlines()]
    assert lines[:3] == [f"database: {db}", "3 posts, 3 paragraphs", "newest: 2022-05-06"]
    assert "emnews 2" in lines
    assert "2022-05 3" in lines


def test_an_empty_database_has_stats_too(tmp_path: Path) -> None:
    Store.open(tmp_path / "empty.db", create=True).close()
    printed = taxnews("stats", "--json", "--db", tmp_path / "empty.db")
    assert json.loads(printed)["newest"] is None
    printed = taxnews("stats", "--db", tmp_path / "empty.db")
    assert printed.splitlines()[1] == "0 posts, 0 paragraphs"


def test_the_posts_of_a_month_are_of_that_month_in_china(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        late = datetime(2022, 4, 30, 20, tzinfo=timezone.utc)
        for number, published in enumerate([late, NOON, None]):
            told = post(str(number))
            told = type(told)(**{**_fields(told), "published": published})
            put(store, str(number), told)
        assert store.stats() == Stats(
            facts=CorpusFacts(3, 3, NOON),
            media={"青溪税报": 3},
            categories={"emnews": 3},
            months={"2022-05": 2, None: 1},
            problems={},
        )


def _fields(told: object) -> dict[str, object]:
    return {name: getattr(told, name) for name in told.__slots__}  # type: ignore[attr-defined]


def test_problems_are_counted_by_kind_and_listed(db: Path, site: Path) -> None:
    (site / "e.md").write_bytes(b"\0")
    taxnews("ingest", site)
    listed = [f"{site}/d.md: an empty file", f"{site}/e.md: a binary file, not a post"]
    assert sorted(taxnews("problems").splitlines()) == sorted(["1 binary", "1 empty", *listed])
    assert taxnews("problems", "--kind", "empty").splitlines() == ["1 empty", listed[0]]
    row = json.loads(taxnews("problems", "--kind", "empty", "--json"))
    assert (row["path"], row["kind"]) == (f"{site}/d.md", "empty")


def test_a_kind_of_problem_that_there_is_not_is_refused_with_the_list(db: Path) -> None:
    refused = CliRunner().invoke(cli, ["problems", "--kind", "empti"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "'empti' is not one of 'binary', 'conflict', 'duplicate', 'empty'" in refused.stderr
    assert taxnews("problems", "--kind", "encoding") == ""


# --- forgetting ------------------------------------------------------------------------


def test_a_forgotten_post_does_not_come_back(db: Path, site: Path) -> None:
    assert taxnews("forget", ONE, answer="y\n").endswith("forgot 1 posts\n")
    assert ids(db) == [TWO, THREE]
    with Store.open(db) as store:
        assert ingest(store, [site]) == Summary(unchanged=2, skipped=2)
        write(site / "a.md", "改了。", code=ONE)
        write(site / "twin.md", "又来。", code=ONE)
        assert ingest(store, [site]) == Summary(unchanged=2, skipped=3)
        assert {row["path"]: row["reason"] for row in store.problems("forgotten")} == {
            f"{site}/{name}.md": f"post {ONE} was to be forgotten" for name in ("a", "twin")
        }
        assert store.faults() == []
    assert ids(db) == [TWO, THREE]


def test_forgetting_asks_first(db: Path) -> None:
    taxnews("forget", ONE, answer="n\n", status=1)
    assert len(ids(db)) == 3


def test_posts_are_forgotten_by_day_and_category(db: Path, site: Path) -> None:
    with pytest.raises(TaxnewsError, match="no such post"):
        taxnews("forget", "--before", "2022-05-06", "--yes")
    assert taxnews("forget", "--before", "2022-05-07", "--category", "emnews", "--yes") == (
        "forgot 2 posts\n"
    )
    assert ids(db) == [ONE]
    taxnews("forget", status=2)


def test_an_index_hears_of_what_is_forgotten(db: Path) -> None:
    with Store.open(db) as store:
        generation = store.generation()
        assert store.matching(before=date(2022, 5, 7), category="qingxi") == [ONE]
        with store.transaction():
            store.forget([ONE, "unknown"])
        changes = store.changes(generation)
        assert changes is not None
        assert (changes.added, changes.removed) == ([], [1])


# --- copies ------------------------------------------------------------------------------


def test_an_export_is_read_back(db: Path, tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text(taxnews("export"), "utf-8")
    other = tmp_path / "other.db"
    taxnews("source", "add", tmp_path / "posts.jsonl", "--db", other)
    assert taxnews("ingest", "--db", other).startswith("added 3,")
    assert taxnews("export", "--db", other) == taxnews("export")


def test_a_backup_comes_back_as_another_database(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy 1%?#.db"
    taxnews("backup", copy)
    assert sorted(path.name for path in tmp_path.glob("copy*")) == [copy.name]
    before = taxnews("export")
    with Store.open(db) as store:
        identity = store.identity()
        put(store, "x", post("x"))
        reader = Store.open(db)
        taxnews("restore", copy, "--yes")
        assert reader.identity() == store.identity() != identity
        assert store.faults() == []
        put(store, "y", post("y"))  # who had it open goes on
        assert reader.facts().posts == 4
        reader.close()
        store.remove(["y"])
    assert taxnews("export") == before
    taxnews("restore", copy, "--db", tmp_path / "new" / "a.db")
    assert taxnews("export", "--db", tmp_path / "new" / "a.db") == before
    with Store.open(copy) as store:
        assert store.identity() == identity


def test_restoring_asks_first(db: Path, tmp_path: Path) -> None:
    taxnews("backup", tmp_path / "copy.db")
    taxnews("forget", ONE, "--yes")
    taxnews("restore", tmp_path / "copy.db", answer="n\n", status=1)
    assert len(ids(db)) == 2


def test_restoring_asks_nothing_of_what_is_no_copy(db: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("no database\n")
    with pytest.raises(TaxnewsError, match="not a readable taxnews database"):
        taxnews("restore", tmp_path / "notes.md")


def test_a_backup_while_others_write_is_whole(db: Path, tmp_path: Path) -> None:
    stop = threading.Event()

    def write_on() -> None:
        with Store.open(db) as store:
            number = 0
            while not stop.is_set():
                number += 1
                with store.transaction():
                    store.write([Reading(f"{number}{i}", "h", post(f"{number}{i}")) for i in "ab"])

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        with Store.open(db) as store:
            for number in range(3):
                backup(store, tmp_path / f"{number}.db")
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        with Store.open(tmp_path / f"{number}.db") as copy:
            assert copy.faults() == []
            assert (copy.facts().posts - 3) % 2 == 0


def test_what_is_no_copy_is_refused(db: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("no database\n" * 100)
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as other:
        other.execute("CREATE TABLE t (a)")
    other.close()
    damaged = tmp_path / "damaged.db"
    shutil.copy(db, damaged)
    with Store.open(db) as store:
        backup(store, damaged)
        backup(store, copy := tmp_path / "copy.db")
        for file in (text, foreign, db):
            content = file.read_bytes()
            with pytest.raises(StoreError, match=file.name):
                backup(store, file)
            assert file.read_bytes() == content
        with pytest.raises(StoreError, match="cannot be written"):
            backup(store, tmp_path / "nowhere" / "a.db")
    damaged.write_bytes(damaged.read_bytes()[:8192] + b"\xff" * 30_000)
    for file in (text, foreign, damaged, db, tmp_path / "none.db"):
        with pytest.raises(StoreError, match=file.name):
            restore(db, file)
    with pytest.raises(StoreError, match=r"foreign\.db"):
        restore(foreign, copy)
    assert len(ids(db)) == 3
    assert not list(tmp_path.glob(".taxnews-*"))


# --- the doctor ------------------------------------------------------------------------------


def test_a_healthy_database_is_found_so(db: Path) -> None:
    well, unfollowed = health.examine(db)
    assert well == Finding("database")
    assert (unfollowed.part, unfollowed.is_choice) == ("sources", True)
    taxnews("index")
    assert taxnews("doctor").splitlines() == [
        f"database: {db}",
        "ok    database",
        f"note  sources: {unfollowed.wrong}",
        f"      {unfollowed.mend}",
        "ok    index",
        "ok    settings",
    ]


def test_an_index_that_is_missing_behind_or_anothers_is_found_so(db: Path, tmp_path: Path) -> None:
    assert "WRONG index" in taxnews("doctor", status=1)
    taxnews("index")
    with Store.open(db) as store:
        put(store, "x", post("x"))
    assert "WRONG index: 1 changes behind the database\n      taxnews index\n" in taxnews(
        "doctor", status=1
    )
    taxnews("index")
    taxnews("backup", tmp_path / "copy.db")
    taxnews("restore", tmp_path / "copy.db", "--yes")
    assert "WRONG index: of another database" in taxnews("doctor", status=1)
    taxnews("index")
    taxnews("doctor")


def test_what_is_wrong_is_named_with_what_mends_it(db: Path, tmp_path: Path, site: Path) -> None:
    nothing = taxnews("doctor", "--db", tmp_path / "none.db", status=1)
    assert "WRONG database: none there\n      taxnews ingest PATH" in nothing
    Store.open(tmp_path / "empty.db", create=True).close()
    assert "taxnews ingest PATH" in taxnews("doctor", "--db", tmp_path / "empty.db", status=1)
    with Store.open(db) as store:
        store._db.execute("UPDATE files SET reading = '{}'")
    assert f"post {ONE}: shows 0 readings" in taxnews("doctor", status=1)


def test_sources_are_examined(db: Path, site: Path) -> None:
    with Store.open(db) as store:
        source = store.add_source("folder", str(site), every=60)
        now = datetime.now(timezone.utc)

        def wrong(later: float = 0) -> str | None:
            findings = health.examine_sources(store.sources(), now + timedelta(seconds=later))
            return next(findings).wrong

        assert wrong() == "not read yet"
        store.note_run(source, cursor=None, error=None)
        assert wrong() is None
        assert wrong(190) == f"not read since {store.sources()[0].last_success}"
        store.note_run(source, cursor=None, error=f"{site}: no folder there")
        assert wrong() == "no folder there"


def test_the_doctor_notes_that_a_large_corpus_is_without_numba(
    db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taxnews("index")
    monkeypatch.setattr("bot.cli.doctor.LARGE", 1)
    assert "numba" not in taxnews("doctor")
    monkeypatch.setattr(loops, "find_spec", lambda _: None)
    loops.has_compiler.cache_clear()
    printed = taxnews("doctor")
    loops.has_compiler.cache_clear()
    assert "note  index: " in printed
    assert "pip install numba" in printed


def test_the_doctor_looks_at_the_settings(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TAXNEWS_TOKEN", "not a token")
    printed = taxnews("doctor", status=1)
    assert "WRONG settings" in printed
    assert "not a token" not in printed


# --- one configuration ------------------------------------------------------------------------


def test_every_command_uses_the_database_and_synonyms_of_the_dotenv_file(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "own.db"
    for name in ("TAXNEWS_DB", "TAXNEWS_SYNONYMS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text(f"TAXNEWS_DB={own}\nTAXNEWS_SYNONYMS=names.tsv\n", "utf-8")
    (tmp_path / ".env").chmod(0o600)
    taxnews("ingest", site)
    assert ids(own) == [ONE, TWO, THREE]
    assert taxnews("stats").startswith(f"database: {own}\n3 posts")
    assert taxnews("doctor").startswith(f"database: {own}\nok    database")
    assert taxnews("usage", "--json") == "\n"
    assert taxnews("unanswered", "--json") == ""
    taxnews("backup", "copy.db")
    assert ids(tmp_path / "copy.db") == [ONE, TWO, THREE]
    with pytest.raises(BadSynonyms, match=r"names\.tsv"):
        taxnews("ask", "甲")


# --- sources on the command line ----------------------------------------------------------------


def test_sources_are_added_listed_read_and_removed(
    tmp_path: Path, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TAXNEWS_DB", str(tmp_path / "new.db"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match="no database here"):
        taxnews("ingest")
    assert taxnews("source", "add", "site", "--every", 60) == (
        f"added the folder {site}; read it now: taxnews ingest\n"
    )
    assert taxnews("source", "list") == (f"folder {site}\n    every 60 s, 0 posts, not read yet\n")
    assert taxnews("ingest") == "added 3, updated 0, unchanged 0, merged 0, skipped 1\n"
    assert taxnews("ingest", "--quiet") == ""
    assert "3 posts, last read 20" in taxnews("source", "list")
    taxnews("source", "add", site.parent / "site", "--pull", status=2)
    taxnews("ingest", "--watch", site, status=2)
    site.rename(tmp_path / "elsewhere")
    taxnews("ingest", status=2)
    assert "no folder there" in taxnews("source", "list")
    taxnews("source", "remove", "site")
    assert taxnews("source", "list").startswith("no sources yet")
    taxnews("ingest", status=2)
    with pytest.raises(TaxnewsError, match="no such source"):
        taxnews("source", "remove", "site")
    assert json.loads(taxnews("stats", "--json"))["posts"] == 3


def test_the_database_reads_well_in_datasette(db: Path) -> None:
    with Store.open(db) as store:
        views = {view.name: [*view.columns_dict] for view in store._db.views}
        assert views == {
            "latest": ["id", "published", "title", "source", "category", "opening", "url"],
            "media": ["source", "posts", "oldest", "newest"],
            "categories": ["category", "posts", "newest"],
            "months": ["month", "posts"],
            "problem_kinds": ["kind", "files", "example"],
        }
        keys = {
            (table.name, key.column, key.other_table)
            for table in store._db.tables
            for key in table.foreign_keys
        }
        assert keys == {
            ("paragraphs", "post", "posts"),
            ("files", "post", "posts"),
            ("files", "source", "sources"),
            ("places", "post", "posts"),
            ("problems", "source", "sources"),
            ("judged", "correction", "corrections"),
        }
        (latest, *_) = store._db.query("SELECT * FROM latest ORDER BY id")
        assert latest["opening"] == "甲。"
        assert latest["published"] == "2022-05-06T07:08"


def test_a_copy_of_an_older_database_is_restored_with_the_triggers_that_it_had(
    db: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    older = Database(copy)
    migrations.apply(older, stop_before="m010_news")
    older.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    assert {trigger.name for trigger in older.triggers} > {"posts_after_insert"}
    older.close()
    restore(db, copy)
    with Store.open(db) as store:
        assert store.facts().posts == 0


@pytest.mark.parametrize(
    ("statements", "what"),
    [
        (
            "CREATE TRIGGER spy AFTER INSERT ON posts BEGIN DELETE FROM forgotten; END",
            "trigger spy",
        ),
        (
            "DROP TRIGGER paragraphs_after_delete; CREATE TRIGGER paragraphs_after_delete"
            " AFTER DELETE ON paragraphs BEGIN DELETE FROM posts; END",
            "trigger paragraphs_after_delete",
        ),
        (
            "DROP TABLE forgotten; CREATE VIEW forgotten AS SELECT '' AS post, '' AS forgotten",
            "view forgotten",
        ),
        ("DROP VIEW media; CREATE VIEW media AS SELECT 1", "view media"),
    ],
)
def test_a_copy_that_holds_others_programs_is_not_restored(
    db: Path, tmp_path: Path, statements: str, what: str
) -> None:
    copy = tmp_path / "copy.db"
    taxnews("backup", copy, "--db", db)
    with closing(sqlite3.connect(copy)) as connection:
        connection.executescript(f"CREATE VIEW my_own AS SELECT 1; {statements}")
    before = db.read_bytes()
    with pytest.raises(StoreError, match=rf"copy\.db: its {what} is not taxnews's"):
        restore(db, copy)
    with pytest.raises(StoreError, match=rf"copy\.db: its {what} is not taxnews's"):
        list(repair(db, lambda path: None, copy))
    assert db.read_bytes() == before
