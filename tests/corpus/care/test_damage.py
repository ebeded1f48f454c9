"""What a failing disk changes is found or harmless: database, index, what the bot remembers.

`python -m tests.drills.flips` tries 500 places.
"""

import sqlite3
from pathlib import Path

import pytest

from bot.storage.chats import ChatStore
from bot.storage.sends import SendKey
from corpus.care.repair import repair
from corpus.errors import StoreError
from corpus.reading.readings import Reading
from corpus.store.store import Store
from corpus.sync.ingest import ingest
from tests.drills import flips
from tests.support.command_line import taxnews
from tests.support.post_files import ONE, THREE, TWO, write
from tests.support.running_bot import several
from tests.support.stores import post, shown

pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for name, code in (("a", ONE), ("b", TWO), ("c", THREE)):
        write(tmp_path / "site" / f"{name}.md", f"{name}：补缴税款286万元。" * 40, code=code)
    return tmp_path / "site"


@pytest.fixture
def db(tmp_path: Path, site: Path) -> Path:
    path = tmp_path / "taxnews.db"
    with Store.open(path, create=True) as store:
        ingest(store, [site])
    return path


def damage(db: Path, statement: str) -> None:
    """Changes the database as a disk does: no constraint, no trigger, no checksum hears of it."""
    with sqlite3.connect(db) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
    connection.close()


def repaired(db: Path, backup: Path | None = None) -> list[str]:
    return list(repair(db, lambda path: ChatStore(path).close(), backup))


# --- what the bot remembers -----------------------------------------------------------


def test_what_the_bot_remembers_is_not_shown_once_damaged(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        reply = chats.replies.open(7, 1, 7, several("q"))
        chats.sends.begin(SendKey("update", 1, "reply"), unknown=0)
        chats.sends.end(SendKey("update", 1, "reply"), "sent", message=5, reply=reply)
        assert chats.replies.shown(7, 5) is not None
        chats._db.execute("UPDATE bot_replies SET answer = replace(answer, '第2句', '第8句')")
        replies = chats.replies
        assert (replies.get(reply), replies.to(7, 1), replies.shown(7, 5)) == (None, None, None)
        assert chats.counts() == {"replies damaged": 3}
        chats.replies.open(7, 1, 7, several("q"))
        assert chats.replies.to(7, 1) is not None


def test_a_damaged_update_is_given_up_and_the_others_are_answered(tmp_path: Path) -> None:
    with ChatStore(tmp_path / "a.db") as chats:
        for number in (1, 2):
            chats.updates.write_down(number, f'{{"text": "{number}"}}', chat=7, user=7)
        chats._db.execute("UPDATE bot_updates SET body = CAST(x'ff' AS TEXT) WHERE id = 1")
        assert chats.updates.unfinished() == ['{"text": "2"}']
        assert chats.counts() == {"updates damaged": 1}
        assert chats.updates.unfinished() == ['{"text": "2"}']
        assert chats.counts() == {"updates damaged": 1}


# --- what comes back --------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE paragraphs SET text = replace(text, '286', '287') WHERE post = '{ONE}'",
        f"UPDATE paragraphs SET text = CAST(x'ff' AS TEXT) WHERE post = '{ONE}'",
        f"UPDATE posts SET id = '{'4' * 18}' WHERE id = '{ONE}'",
        f"UPDATE posts SET id = x'ff' WHERE id = '{ONE}'",
        f"UPDATE paragraphs SET post = '{TWO}', position = 8 WHERE post = '{ONE}'",
        f"DELETE FROM posts WHERE id = '{ONE}'",
        f"DELETE FROM paragraphs WHERE post = '{ONE}'",
    ],
)
def test_a_damaged_post_is_read_again_from_its_file(db: Path, statement: str) -> None:
    with Store.open(db) as store:
        before = shown(store)
    damage(db, statement)
    assert "damaged" in taxnews("doctor", "--db", db, status=1)
    with Store.open(db) as store:
        assert all(each in before for each in shown(store))
    printed = taxnews("doctor", "--repair", "--db", db)
    assert f"post {ONE}: was damaged, restored\n" in printed
    assert "WRONG" not in printed
    with Store.open(db) as store:
        assert shown(store) == before
        assert store.faults() == []


def test_a_post_without_its_file_comes_from_a_backup(db: Path, site: Path, tmp_path: Path) -> None:
    with Store.open(db) as store:
        before = shown(store)
    taxnews("backup", tmp_path / "copy.db", "--db", db)
    copied = (tmp_path / "copy.db").read_bytes()
    damage(db, "UPDATE paragraphs SET text = replace(text, '286', '287')")
    (site / "a.md").unlink()
    (site / "b.md").unlink()
    taxnews("doctor", "--backup", tmp_path / "copy.db", "--db", db, status=2)
    assert repaired(db, tmp_path / "copy.db") == [
        f"2 posts came back from {tmp_path / 'copy.db'}",
        *(f"post {id_}: was damaged, restored" for id_ in (ONE, TWO, THREE)),
    ]
    assert (tmp_path / "copy.db").read_bytes() == copied
    with Store.open(db) as store:
        assert shown(store) == before
        assert store.faults() == []
        ingest(store, [site])  # their files are gone, as they were before
        assert shown(store) == before[2:]


def test_a_reading_that_damage_makes_another_storys_tells_neither(db: Path, site: Path) -> None:
    write(site / "old.md", "另一份报道。", code=ONE, category="sitenews")
    with Store.open(db) as store:
        ingest(store, [site])
        before = shown(store)
    damage(db, f"UPDATE files SET post = '{'4' * 18}' WHERE reading IS NOT NULL")
    assert repaired(db) == [f"post {'4' * 18}: was damaged, restored"]
    with Store.open(db) as store:
        assert shown(store) == before
        assert store.faults() == []
        (site / "a.md").unlink()
        ingest(store, [site])
        assert "".join(p.text for p in shown(store)[0].paragraphs).startswith(("a：", "另一份"))


def test_what_a_repair_took_out_before_it_was_killed_is_read_again(db: Path, site: Path) -> None:
    with Store.open(db) as store:
        before = shown(store)
    damage(db, f"UPDATE paragraphs SET text = replace(text, '286', '287') WHERE post <> '{TWO}'")
    with Store.open(db) as store:
        store.take_out_damaged()
        assert [each.id for each in shown(store)] == [TWO]
        assert store.faults() == ["a repair of it was cut short"]
    (site / "c.md").unlink()
    assert repaired(db) == [
        f"post {ONE}: was damaged, restored",
        f"post {THREE}: was damaged, lost: no file, source or backup tells it",
    ]
    with Store.open(db) as store:
        assert shown(store) == before[:2]
        assert store.faults() == []
        assert store.problems() == []
    assert repaired(db) == []


def test_what_nothing_tells_any_more_is_named_and_taken_out(db: Path, site: Path) -> None:
    damage(db, f"UPDATE posts SET title = 'x' WHERE id <> '{THREE}'")
    (site / "a.md").unlink()
    printed = taxnews("doctor", "--repair", "--db", db)
    assert f"post {ONE}: was damaged, lost: no file, source or backup tells it\n" in printed
    assert f"post {TWO}: was damaged, restored\n" in printed
    with Store.open(db) as store:
        assert [each.id for each in shown(store)] == [TWO, THREE]
    assert repaired(db) == []


def test_an_entry_of_a_source_is_read_again_from_there(db: Path, tmp_path: Path) -> None:
    (tmp_path / "posts.jsonl").write_text(taxnews("export", "--db", db), "utf-8")
    other = tmp_path / "other.db"
    taxnews("source", "add", tmp_path / "posts.jsonl", "--db", other)
    taxnews("ingest", "--db", other)
    damage(other, "UPDATE posts SET url = 'http://evil.example'")
    assert repaired(other) == [f"post {id_}: was damaged, restored" for id_ in (ONE, TWO, THREE)]
    assert taxnews("export", "--db", other) == taxnews("export", "--db", db)


# --- a damaged file -----------------------------------------------------------------------


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A database of some hundred pages, with what the bot and the operator keep in it."""
    path = tmp_path / "large.db"
    with Store.open(path, create=True) as store:
        with store.transaction():
            for i in range(400):
                told = post(f"{i:018}", f"{i}：" + "补税。" * 99, f"{i}：" + "罚款。" * 50)
                store.write([Reading(f"{tmp_path}/site/{i}.md", "h", told)])
            store.forget([f"{7:018}"])
        store.add_source("folder", str(tmp_path / "site"), every=60)
    (tmp_path / "site").mkdir()
    with ChatStore(path) as chats:
        chats.settings.change(5, language="en")
    return path


@pytest.fixture
def pages(large: Path) -> list[int]:
    """Where each page of the database starts."""
    return list(range(4096, large.stat().st_size, 4096))


def test_of_a_damaged_file_all_comes_back_that_can_be_read(
    large: Path, pages: list[int], tmp_path: Path
) -> None:
    taxnews("backup", tmp_path / "copy.db", "--db", large)
    with Store.open(large) as store:
        before = shown(store)
        identity = store.identity()
    whole = large.read_bytes()
    for start in pages[:: max(1, len(pages) // 6)]:
        damaged = bytearray(whole)
        damaged[start : start + 8192] = b"\xff" * len(damaged[start : start + 8192])
        large.write_bytes(damaged)
        lines = repaired(large, tmp_path / "copy.db")
        if not lines:
            continue  # free pages
        assert lines[0] == f"{large}: rewritten; the damaged file is kept as {large}.damaged"
        assert Path(f"{large}.damaged").read_bytes() == damaged
        with Store.open(large) as store:
            assert shown(store) == before
            assert store.faults() == []
            assert store.identity() != identity
            assert [source.location for source in store.sources()] == [f"{tmp_path}/site"]
            assert repaired(large) == []


def test_a_repair_that_was_cut_short_is_known_and_gone_on_with(
    large: Path, pages: list[int], tmp_path: Path
) -> None:
    taxnews("backup", tmp_path / "copy.db", "--db", large)
    with Store.open(large) as store:
        before = shown(store)
    damaged = bytearray(large.read_bytes())
    fined = "罚款。".encode()
    start = next(page for page in pages[20:] if fined in damaged[page : page + 4096])
    damaged[start : start + 4096] = b"\xff" * 4096
    large.write_bytes(damaged)
    begun = repair(large, lambda path: ChatStore(path).close(), tmp_path / "copy.db")
    assert "rewritten" in next(begun)
    begun.close()  # type: ignore[attr-defined]
    with Store.open(large) as store:
        assert len(shown(store)) < len(before)
        assert "a repair of it was cut short" in store.faults()
    repaired(large, tmp_path / "copy.db")
    with Store.open(large) as store:
        assert shown(store) == before
        assert store.faults() == []
    assert Path(f"{large}.damaged").read_bytes() == damaged


def test_without_a_backup_nothing_is_shown_but_what_was(large: Path, pages: list[int]) -> None:
    with Store.open(large) as store:
        before = {each.id: each for each in shown(store)}
    damaged = bytearray(large.read_bytes())
    for start in pages[20 : len(pages) : 25]:
        if b"CREATE " in damaged[start : start + 4096]:
            continue  # without the list of tables nothing can be read at all
        damaged[start : start + 4096] = b"\x00" * 4096
    large.write_bytes(damaged)
    lines = repaired(large)
    with Store.open(large) as store:
        after = {each.id: each for each in shown(store)}
        assert 0 < len(after) < len(before)
        assert all(before[id_] == each for id_, each in after.items())
        assert store.faults() == []
    lost = {line.split()[1].rstrip(":") for line in lines if line.startswith("post ")}
    assert lost.isdisjoint(after)


def test_a_damaged_list_of_tables_loses_none_of_their_rows(db: Path) -> None:
    with ChatStore(db) as chats:
        chats.settings.change(5, language="en")
    with Store.open(db) as store:
        before = shown(store)
    whole = db.read_bytes()
    place = whole.index(b'CREATE TABLE "chat_settings"')
    db.write_bytes(whole[:place] + b"DREATE" + whole[place + 6 :])
    with pytest.raises(StoreError, match="malformed database schema"):
        Store.open(db)
    assert "rewritten" in repaired(db)[0]
    with Store.open(db) as store:
        assert shown(store) == before
    with ChatStore(db) as chats:
        chats.settings.change(5, language="en")


def test_what_is_not_ours_newer_or_locked_is_not_rewritten(db: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as connection:
        connection.execute("CREATE TABLE posts (id)")
    connection.close()
    text = tmp_path / "text.db"
    text.write_text("no database\n" * 1000)
    newer = tmp_path / "newer.db"
    newer.write_bytes(db.read_bytes())
    damage(
        newer,
        "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('corpus', 'm999_future')",
    )
    for path, why in (
        (foreign, "not a database of taxnews"),
        (text, "nothing can be read"),
        (newer, "newer taxnews"),
    ):
        content = path.read_bytes()
        with pytest.raises(StoreError, match=why):
            repaired(path)
        assert path.read_bytes() == content
    db.chmod(0o644)
    assert not list(tmp_path.glob("*.damaged"))


# --- anywhere ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> flips.Undamaged:
    return flips.undamaged(tmp_path_factory.mktemp("pristine"), files=40)


def test_a_flipped_bit_is_found_or_harmless_and_mended(
    pristine: flips.Undamaged, tmp_path: Path
) -> None:
    counts = flips.run(pristine, tmp_path / "work", flips=4, seed=8)
    said = [said for of in counts.values() for said in of]
    assert not [each for each in said if flips.is_bad(each)]
    assert sum(sum(of.values()) for of in counts.values()) == 4


def test_the_judge_of_flips_knows_what_is_wrong(pristine: flips.Undamaged) -> None:
    (passage, *_), _ = next(answer for answer in pristine.answers if answer[0])
    for place in range(1, 8):
        false = (*passage[:place], "骗税287万元", *passage[place + 1 :])
        assert not flips.is_true(([false], []), pristine.posts)
    assert flips.is_true(([passage], []), pristine.posts)
    assert flips.apart(lambda: "WRONG") == "WRONG"
    assert flips.is_bad(flips.apart(lambda: 1 // 0))
