"""The store: what the database shows after any sequence of readings."""

import json
import multiprocessing
import pickle
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus.errors import StoreError
from corpus.reading.posts import CHINA, LONGEST_PARAGRAPH, LONGEST_TITLE, Paragraph, Post
from corpus.reading.readings import About, Problem, Reading
from corpus.store.rows import crc
from corpus.store.store import Store
from corpus.store.values import Changes, CorpusFacts, Entry, Filters, Known
from tests.support.stores import NOON, post, put, shown, write


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "taxnews.db", create=True) as store:
        yield store


# --- opening ----------------------------------------------------------------------


def test_a_missing_database_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"none\.db: no database here; make one with: taxnews"):
        Store.open(tmp_path / "none.db")
    assert not (tmp_path / "none.db").exists()


def test_folders_are_made_for_a_new_database(tmp_path: Path) -> None:
    with Store.open(tmp_path / "新" / "夹" / "a.db", create=True) as store:
        assert store.facts() == CorpusFacts(0, 0, None)


def test_a_database_is_opened_again_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store.open(path, create=True) as store:
        put(store, "a.md", post())
        identity, generation = store.identity(), store.generation()
    with Store.open(path) as store:
        assert shown(store) == [post()]
        assert (store.identity(), store.generation()) == (identity, generation)
    with Store.open(tmp_path / "b.db", create=True) as other:
        assert other.identity() != identity


def test_posts_are_found_by_many_addresses_at_the_cost_of_one(store: Store) -> None:
    for number in range(300):
        url = f"http://e.com/{number % 299}"
        put(store, f"{number}.md", replace(post(f"{number:03}"), url=url))
    addresses = [f"http://e.com/{number}" for number in (7, 0, 999, *range(100, 140))]
    steps: list[int] = []
    connection = store._db.conn

    def found(asked: list[str]) -> list[str]:
        steps.append(0)
        return store.posts_at(asked)

    def count() -> None:
        steps[-1] += 1

    connection.set_progress_handler(count, 10)
    assert found(addresses)[:4] == ["007", "000", "299", "100"]
    assert found(addresses[:1]) == ["007"]
    connection.set_progress_handler(None, 0)
    assert steps[0] < 5 * steps[1]


@pytest.mark.parametrize(
    "name", [":memory:", "file:a.db?mode=memory", "a?mode=ro&b#c %41.db", "甲\n乙"]
)
def test_a_database_of_any_name_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with Store.open(Path(name), create=True) as store:
        put(store, "a.md", post())
    with Store.open(tmp_path / name) as store:
        assert shown(store) == [post()]


def test_a_foreign_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE posts (id)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"foreign\.db: a database, but not one of taxnews"):
        Store.open(path, create=True)
    assert path.read_bytes() == before


def test_a_newer_database_asks_for_a_newer_taxnews(tmp_path: Path) -> None:
    path = tmp_path / "newer.db"
    Store.open(path, create=True).close()
    with sqlite3.connect(path) as db:
        db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('corpus', 'm999_future', '')"
        )
    db.close()
    with pytest.raises(StoreError, match=r"newer\.db: written by a newer taxnews"):
        Store.open(path)


@pytest.mark.parametrize("content", [b"# not a database\n" * 100, b"SQLite format 3\0" + bytes(99)])
def test_a_file_that_is_no_database_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"text\.db: "):
        Store.open(path)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path / "file" / "a.db", create=True)


def test_a_damaged_database_is_named_when_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "damaged.db"
    with Store.open(path, create=True) as store, store.transaction():
        for i in range(200):
            store.write([Reading(f"{i}.md", "h", post(str(i), "正文" * 200))])
    data = bytearray(path.read_bytes())
    data[8192:] = b"\xff" * (len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"damaged\.db: "), Store.open(path) as store:
        list(store.entries())


def test_a_locked_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "locked.db"
    with Store.open(path, create=True) as store, Store.open(path) as other:
        other._db.execute("PRAGMA busy_timeout = 0")
        with store.transaction():
            with pytest.raises(StoreError, match=r"locked\.db: .*another program"):
                put(other, "a.md", post())
            assert other.facts().posts == 0  # readers don't wait
        assert put(other, "a.md", post()) == "added"


def test_two_writers_wait_for_each_other_even_after_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store.open(path, create=True) as store, Store.open(path) as other:
        assert other.facts().posts == 0
        put(store, "a.md", post("1"))
        put(other, "b.md", post("2"))
        put(store, "c.md", post("3"))
        assert [p.id for p in shown(other)] == ["1", "2", "3"]


def _open_and_put(path: Path, number: int) -> None:
    with Store.open(path, create=True) as store:
        for i in range(20):
            put(store, f"{number}-{i}.md", post(f"{number}-{i}"))


def test_processes_may_make_and_fill_one_database_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_open_and_put, args=(path, n)) for n in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 3
    with Store.open(path) as store:
        assert store.facts() == CorpusFacts(60, 60, NOON)


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.transaction():
            store.write([Reading("a.md", "h", post())])
            store.write([Reading("b.md", None, Problem("empty", "an empty file"))])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (shown(store), store.problems(), store.generation()) == ([], [], 0)


# --- what is shown ----------------------------------------------------------------


def test_a_post_comes_back_as_it_went_in(store: Store) -> None:
    told = Post(
        id="x１",
        title='"题" % \'; DROP TABLE posts; -- 😀𠮷',
        published=datetime(2022, 5, 6, 1, 2, 3, tzinfo=timezone(timedelta(hours=-3.5))),
        category="a (b)",
        tags=("稅", "新聞"),
        source="《〈报〉》",
        url="http://e.com/?a=1&b=１",
        paragraphs=(Paragraph("题?", "一。"), Paragraph(None, "二" * 100_000)),
        warnings=("no text", "%s"),
    )
    bare = Post("y", None, None, None, (), None, None, ())
    for each in (told, bare):
        put(store, each.id, each)
    assert shown(store) == [told, bare]
    assert [story.keys for story in store.all_stories()] == [(1, 2), ()]


def test_times_sort_as_text_whatever_their_zone(store: Store) -> None:
    earlier = replace(post("1"), published=datetime(2022, 5, 6, 23, tzinfo=timezone.utc))
    later = replace(post("2"), published=datetime(2022, 5, 7, 8, tzinfo=CHINA))
    put(store, "a", earlier)
    put(store, "b", later)
    assert store.facts().newest == later.published


READINGS = {  # path: (preference, reading)
    "/s/_posts/NW.md": (0, post("1", "甲一。", "甲二。")),
    "/s/old_post/NW.md": (2, post("1", "甲一。", "甲贰。")),
    "/s/_posts/flash.md": (3, post("1", "甲一。", title="快讯")),
    "/s/a.md": (3, post("1", "甲三。")),
}


@pytest.mark.parametrize("order", list(permutations(READINGS)))
def test_the_order_of_reading_changes_nothing(store: Store, order: tuple[str, ...]) -> None:
    outcomes = [put(store, path, READINGS[path][1], READINGS[path][0]) for path in order]
    assert outcomes == ["added", "merged", "merged", "merged"]
    assert shown(store) == [post("1", "甲一。", "甲二。")]


@pytest.mark.parametrize("order", list(permutations(READINGS)))
def test_each_reading_waits_its_turn(store: Store, order: tuple[str, ...]) -> None:
    for path in order:
        put(store, path, READINGS[path][1], READINGS[path][0])
    for path in READINGS:  # from the best on: each turns into another story
        assert shown(store)[0] == READINGS[path][1]
        assert put(store, path, post("2")) == "updated"
    assert shown(store) == [post("2")]


def test_a_rewritten_file_replaces_what_came_from_it(store: Store) -> None:
    put(store, "a.md", post("1", "旧一。", "旧二。"))
    assert put(store, "a.md", post("1", "新。", title="新题")) == "updated"
    assert shown(store) == [post("1", "新。", title="新题")]
    assert store.facts() == CorpusFacts(1, 1, NOON)


def test_a_file_that_turns_into_another_story_leaves_the_old_one_to_its_twin(store: Store) -> None:
    put(store, "a.md", post("1", "甲。"), 0)
    put(store, "b.md", post("1", "乙。"), 1)
    assert put(store, "a.md", post("2", "丙。")) == "updated"
    assert shown(store) == [post("1", "乙。"), post("2", "丙。")]
    assert put(store, "b.md", post("2", "丁。"), 1) == "updated"
    assert shown(store) == [post("2", "丙。")]


def test_a_twin_that_is_not_shown_costs_the_index_nothing(store: Store) -> None:
    put(store, "a.md", post(), 0)
    generation = store.generation()
    put(store, "b.md", post("1", "别的。"), 1)
    put(store, "a.md", replace(post(), source="另一家"), 0)
    assert store.generation() == generation
    assert shown(store) == [replace(post(), source="另一家")]


def test_a_changed_title_or_heading_is_a_change_of_the_paragraphs(store: Store) -> None:
    put(store, "a.md", post())
    for changed in (post(title="新题"), replace(post(), paragraphs=(Paragraph("头", "正文。"),))):
        generation = store.generation()
        put(store, "a.md", changed)
        assert store.generation() == generation + 2


def test_an_endless_title_is_cut_and_stands_in_the_text(store: Store) -> None:
    title = "税务局" * 1_000
    put(store, "a.md", post("1", title=title))
    put(store, "b.md", replace(post("2", title=title), paragraphs=()))
    for kept, own in zip(shown(store), ("正文。", ""), strict=True):
        texts = [paragraph.text for paragraph in kept.paragraphs]
        assert kept.title == title[: LONGEST_TITLE - 1] + "…"
        assert "".join(texts) == title + own
        assert max(map(len, texts)) <= LONGEST_PARAGRAPH


def test_a_problem_keeps_the_last_good_reading(store: Store) -> None:
    put(store, "a.md", post())
    broken = Reading("a.md", "bad", Problem("encoding", "not UTF-8"), stamp="s")
    assert write(store, broken) == ["skipped"]
    assert shown(store) == [post()]
    assert store.known(["a.md"]) == {"a.md": Known("bad", "s", is_problem=True)}
    (problem,) = store.problems()
    assert (problem["path"], problem["kind"], problem["reason"]) == (
        "a.md", "encoding", "not UTF-8"
    )  # fmt: skip
    assert put(store, "a.md", post("1", "好了。")) == "updated"
    assert (shown(store), store.problems()) == ([post("1", "好了。")], [])


def test_known_names_what_was_read_and_nothing_else(store: Store) -> None:
    write(store, Reading("a.md", "h", post(), stamp="s1"), Reading("b.md", None, Problem("k", "r")))
    known = {"a.md": Known("h", "s1", is_problem=False), "b.md": Known(None, None, is_problem=True)}
    assert store.known(["a.md", "b.md", "c.md"]) == known
    same = [
        Reading(name, digest, None, stamp="s2") for name, digest in (("a.md", "h"), ("b.md", None))
    ]
    assert write(store, *same) == ["unchanged", "skipped"]
    assert store.known(["a.md"]) == {"a.md": Known("h", "s2", is_problem=False)}
    assert shown(store) == [post()]


@pytest.mark.parametrize("order", list(permutations(READINGS)))
def test_one_write_of_many_is_as_good_as_many_of_one(store: Store, order: tuple[str, ...]) -> None:
    readings = [Reading(path, path, READINGS[path][1], READINGS[path][0]) for path in order]
    other = Reading("o.md", "h", post("2"))
    assert sorted(write(store, *readings, other)) == [
        "added",
        "added",
        "merged",
        "merged",
        "merged",
    ]
    assert shown(store) == [post("1", "甲一。", "甲二。"), post("2")]


@pytest.mark.parametrize("order", list(permutations(READINGS)))
def test_a_story_falls_back_as_its_files_go(store: Store, order: tuple[str, ...]) -> None:
    for path, (preference, told) in READINGS.items():
        put(store, path, told, preference)
    put(store, "o.md", post("2"))
    left = dict(READINGS)
    for path in order:
        assert store.remove([path, "never.md"]) == 1
        del left[path]
        best = min(left, key=lambda path: (left[path][0], path), default=None)
        assert shown(store)[:-1] == ([left[best][1]] if best else [])
    assert shown(store) == [post("2")]
    assert store.known(READINGS) == {}


def test_a_removed_problem_is_gone_too(store: Store) -> None:
    write(store, Reading("a.md", None, Problem("empty", "an empty file")))
    assert store.remove(["a.md"]) == 0
    assert store.problems() == []


def test_stories_come_by_id_and_unknown_ones_are_left_out(store: Store) -> None:
    for id_ in ("2", "1", "3"):
        put(store, id_, post(id_, f"{id_}甲。", f"{id_}乙。"))
    assert [s.post.id for s in store.stories(["3", "1", "9", "3"])] == ["1", "3"]
    assert [s.post.id for s in store.stories_of([1, 2, 6, 99])] == ["2", "3"]
    assert store.stories([]) == store.stories_of([]) == []


def test_entries_come_in_the_order_of_their_numbers(store: Store) -> None:
    put(store, "b", post("2", "乙一。", "乙二。"))
    put(store, "a", replace(post("1", title=None), paragraphs=(Paragraph("头", "甲。"),)))
    entries = [
        Entry(1, "题", (), None, "乙一。"),
        Entry(2, "题", (), None, "乙二。"),
        Entry(3, None, (), "头", "甲。"),
    ]
    assert list(store.entries()) == entries
    assert list(store.entries([3, 1, 99])) == [entries[0], entries[2]]
    assert list(store.entries([])) == []


# --- changes ----------------------------------------------------------------------


def test_changes_name_what_came_and_went(store: Store) -> None:
    assert store.changes(0) == Changes([], [], 0)
    put(store, "a", post("1", "甲。", "乙。"))
    assert store.changes(0) == Changes([1, 2], [], 2)
    put(store, "a", post("1", "丙。"))
    assert store.changes(2) == Changes([3], [1, 2], 5)
    assert store.changes(0) == Changes([3], [1, 2], 5)  # an index may have stopped in between
    assert store.changes(5) == Changes([], [], 5)


def test_forgotten_changes_are_no_longer_known(store: Store) -> None:
    put(store, "a", post("1", "甲。", "乙。"))
    put(store, "b", post("2"))
    store.forget_changes(2)
    assert store.changes(2) == Changes([3], [], 3)
    assert store.changes(1) is None
    store.forget_changes(3)
    assert store.changes(3) == Changes([], [], 3)
    assert store.changes(4) is None  # an index of a database that had gone further
    put(store, "c", post("3"))
    assert store.changes(3) == Changes([4], [], 4)


def test_changes_are_read_at_one_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store.open(path, create=True) as store, Store.open(path) as writer:
        with store.snapshot():
            assert store.changes(0) == Changes([], [], 0)
            put(writer, "a", post())
            assert store.changes(0) == Changes([], [], 0)
            assert list(store.entries()) == []
        assert store.changes(0) == Changes([1], [], 1)


PUTS = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.integers(0, 2),
        st.builds(
            lambda id_, title, texts: post(id_, *texts, title=title),
            st.sampled_from("123"),
            st.sampled_from(["题", None]),
            st.lists(st.sampled_from(["甲。", "乙。"]), min_size=1, max_size=3),
        ),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(puts=PUTS, looks=st.sets(st.integers(0, 12)))
def test_an_index_that_follows_the_changes_holds_the_entries(
    tmp_path: Path, empty_db: Path, puts: list[tuple[str, int, Post]], looks: set[int]
) -> None:
    path = tmp_path / "a.db"
    shutil.copy(empty_db, path)
    index: dict[int, Entry] = {}
    files: dict[str, tuple[int, str, Post]] = {}
    with Store.open(path) as store:
        generation = 0
        for number, (name, preference, told) in enumerate(puts):
            put(store, name, told, preference)
            files[name] = (preference, name, told)
            if number in looks:
                generation = _follow(store, index, generation)
                store.forget_changes(generation)
        _follow(store, index, generation)
        assert index == {entry.key: entry for entry in store.entries()}
        expected: dict[str, Post] = {}
        for _, _, told in sorted(files.values(), key=lambda file: file[:2]):
            expected.setdefault(told.id, told)
        assert shown(store) == [expected[id_] for id_ in sorted(expected)]
        assert list(store._db.query("PRAGMA foreign_key_check")) == []


def _follow(store: Store, index: dict[int, Entry], generation: int) -> int:
    changes = store.changes(generation)
    assert changes is not None
    for key in changes.removed:
        index.pop(key, None)  # one that came and went in between was never here
    assert not set(changes.added) & set(index)
    index.update((entry.key, entry) for entry in store.entries(changes.added))
    return changes.generation


@pytest.fixture(scope="module")
def empty_db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "a.db"
    Store.open(path, create=True).close()
    return path


def test_the_tables_read_well(store: Store) -> None:
    put(store, "a.md", replace(post(), tags=("税", "新闻")))
    (row,) = store._db.query("SELECT * FROM posts")
    assert row == {
        "id": "1",
        "title": "题",
        "published": "2022-05-06T12:00:00+08:00",
        "category": "emnews",
        "tags": json.dumps(["税", "新闻"], ensure_ascii=False),
        "source": "青溪税报",
        "url": None,
        "warnings": "[]",
        "checksum": row["checksum"],
        "type": "flash",
    }


# --- what a failing disk changed ----------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE posts SET title = '颕' WHERE id = '1'",
        "UPDATE posts SET published = replace(published, '2022', '2023') WHERE id = '1'",
        "UPDATE posts SET url = 'http://a.example/1' WHERE id = '1'",
        "UPDATE posts SET tags = x'00' WHERE id = '1'",
        "UPDATE paragraphs SET text = '骗税287万元。' WHERE id = 1",
        "UPDATE paragraphs SET heading = '' WHERE id = 1",
        "UPDATE paragraphs SET text = 5 WHERE id = 2",
        "UPDATE paragraphs SET position = 7 WHERE id = 1",
        "UPDATE paragraphs SET id = 9 WHERE id = 2",
        "UPDATE paragraphs SET post = '2', position = 9 WHERE id = 1",
        "DELETE FROM paragraphs WHERE id = 2",
    ],
)
def test_a_story_that_the_disk_has_changed_is_withheld_and_named_once(
    store: Store, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    put(store, "a.md", post("1", "骗税286万元。", "二。"))
    put(store, "b.md", post("2", "乙。"))
    store._db.execute("PRAGMA foreign_keys = OFF")
    store._db.execute(change)
    whole = [] if "post = '2'" in change else [post("2", "乙。")]
    assert shown(store) == whole
    assert store.stories(["1"]) == []
    assert [each.id for each in store.listed(Filters(), 9, 0)] == [each.id for each in whole]
    assert store.facts().posts == 2
    named = [record.getMessage() for record in caplog.records if "post 1 is" in record.getMessage()]
    assert named == [f"{store.path}: post 1 is damaged and not shown; run: taxnews doctor --repair"]


def test_an_id_that_the_disk_has_changed_shows_nothing(store: Store) -> None:
    put(store, "a.md", post("1"))
    store._db.execute("PRAGMA foreign_keys = OFF")
    for id_ in ("'3'", "x'ff'", "5"):
        store._db.execute(f"UPDATE posts SET id = {id_}")
        assert (shown(store), store.listed(Filters(), 9, 0), store.stories_of([1])) == ([], [], [])


def test_a_damaged_story_is_mended_by_its_other_file(store: Store) -> None:
    put(store, "a.md", post("1", "甲。"), preference=1)
    put(store, "b.md", post("1", "乙。"), preference=2)
    store._db.execute("UPDATE paragraphs SET text = '丙。'")
    assert shown(store) == []
    put(store, "c.md", post("1", "丁。"), preference=0)
    assert shown(store) == [post("1", "丁。")]
    with store.transaction():
        store.remove(["c.md"])
    assert shown(store) == [post("1", "乙。")]  # a.md's reading was lost, and will be read again
    assert list(store.known(["a.md", "b.md"])) == ["b.md"]
    assert store.faults() == []


def test_a_damaged_reading_is_never_shown(store: Store) -> None:
    put(store, "a.md", post("1", "甲。"))
    put(store, "b.md", post("1", "乙。"), preference=1)
    put(store, "c.md", post("1", "丙。"), preference=2)
    store._db.execute("UPDATE files SET reading = replace(reading, '乙', '已') WHERE path = 'b.md'")
    with store.transaction():
        store.remove(["a.md"])
    assert shown(store) == [post("1", "丙。")]
    assert list(store.known(["b.md", "c.md"])) == ["c.md"]


def test_an_older_database_is_given_checksums(store: Store) -> None:
    for name, preference in (("a.md", 0), ("b.md", 1)):
        put(store, name, post("1", "甲。", "乙。"), preference)
    put(store, "c.md", replace(post("2"), published=datetime.now(CHINA)))
    arrivals = store.last_arrival()
    for table in ("posts", "files"):
        store._db.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
    store._db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm005_checksums'")
    store._db.conn.commit()
    with Store.open(store.path) as again:
        assert [each.id for each in shown(again)] == ["1", "2"]
        assert again.last_arrival() == arrivals
        with again.transaction():
            again.remove(["a.md"])
        assert [each.id for each in shown(again)] == ["1", "2"]


def test_many_that_make_the_same_database_at_once_all_open_it(tmp_path: Path) -> None:
    def make(path: Path) -> int:
        with Store.open(path, create=True) as store:
            return store.stats().facts.posts

    for number in range(10):
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(make, [tmp_path / f"{number}.db"] * 4)) == [0] * 4


# --- what is new --------------------------------------------------------------------


def test_news_is_what_came_in_a_period_whatever_its_date(store: Store) -> None:
    now = datetime.now(CHINA)
    since = now - timedelta(hours=1)
    ages = {"today": 0, "yesterday": 24, "before": 26, "week": 150, "month": 700}
    for name, hours in ages.items():
        put(store, name, replace(post(name), published=now - timedelta(hours=hours)))
    put(store, "undated", replace(post("undated"), published=None))

    def news(start: datetime, end: datetime) -> list[str]:
        return [story.post.id for story in store.news(start, end)]

    later = now + timedelta(minutes=1)
    assert news(since, later) == ["today", "yesterday"]
    assert news(since, since + timedelta(minutes=1)) == []
    put(store, "yesterday", replace(post("yesterday", "改了。"), published=now))
    assert news(later, later + timedelta(hours=1)) == []  # a change is no news
    assert news(now - timedelta(days=30), now - timedelta(days=29)) == ["month"]
    assert news(now - timedelta(days=7), later) == ["before", "today", "week", "yesterday"]


def test_the_newest_stories_are_those_of_the_latest_dates(store: Store) -> None:
    for day in (3, 1, 2):
        put(store, f"{day}", replace(post(f"{day}"), published=NOON + timedelta(days=day)))
    put(store, "undated", replace(post("undated"), published=None))
    assert [story.post.id for story in store.newest(2)] == ["2", "3"]
    assert [story.post.paragraphs for story in store.newest(1)] == [post().paragraphs]


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(since=date(2022, 5, 6)),
        Filters(since=date(2022, 5, 7)),
        Filters(until=date(2022, 5, 6)),
        Filters(until=date(2022, 5, 5)),
        Filters(source="税报"),
        Filters(source="%"),
        Filters(category="emnews"),
        Filters(category="EMNEWS"),
        Filters(category="青溪税报"),
        Filters(category="qingxishuibao"),
        Filters(category="示例"),
        Filters(category="要闻"),
        Filters(place="广东省"),
        Filters(place="深圳市", source="青溪"),
        Filters(place="北京市"),
        Filters(type="case"),
        Filters(type="statute"),
    ],
)
def test_filters_admit_a_post_as_they_find_it(store: Store, filters: Filters) -> None:
    posts = [
        post("1", title="深圳市税务局查处一起案件"),
        replace(post("2"), published=None, source=None, category=None),
        replace(post("3"), published=datetime(2022, 5, 6, 23, tzinfo=timezone.utc)),
        replace(post("4"), category="qingxishuibao", tags=("青溪税报新闻",)),
        replace(post("5"), category="shili", tags=("青溪税报新闻",)),
        replace(post("6"), category="要闻", tags=("青溪税报新闻",)),
        replace(post("7"), category="emnews", tags=("东财滚动新闻",)),
    ]
    for one in posts:
        put(store, one.id, one)
    found = {story.post.id for story in store.stories_of(store.keys(filters))}
    assert found == {s.post.id for s in store.all_stories() if filters.admit(s)}


def test_categories_have_the_names_that_people_know_the_commonest_first(store: Store) -> None:
    categories = (
        ("1", "emnews", ("东财滚动新闻",)),
        ("2", "qingxishuibao", ("青溪税报新闻",)),
        ("3", "qingxishuibao", ("青溪税报新闻",)),
        ("4", "qingxishuibao", ("别的新闻",)),
        ("5", "shili", ("青溪税报新闻",)),
        ("6", "要闻", ("税务", "公告")),
        ("7", None, ("青溪税报新闻",)),
    )
    for id_, category, tags in categories:
        put(store, id_, replace(post(id_), category=category, tags=tags))
    media, names = store.names()
    assert media == ["青溪税报"]
    assert next(iter(names.items())) == ("qingxishuibao", "青溪税报")
    assert names == {
        "emnews": "东财滚动", "qingxishuibao": "青溪税报", "shili": "示例", "要闻": "要闻"
    }  # fmt: skip


def test_news_is_noted_once_when_it_comes_and_again_when_it_changes(store: Store) -> None:
    today = datetime.now(CHINA)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    ages = {"today": today, "week": midnight - timedelta(days=7), "older": midnight - timedelta(8)}
    for name, published in ages.items():
        put(store, name, replace(post(name), published=published))
    put(store, "undated", replace(post("undated"), published=None))
    put(store, "worse", replace(post("today"), published=today), preference=1)  # is not shown
    put(store, "today", replace(post("today", "改了。"), published=today))
    put(store, "today", replace(post("today", "改了。"), published=today))  # nothing new in it
    arrivals = [(arrival.post, arrival.is_new) for arrival in store.arrivals(0)]
    assert arrivals == [("today", True), ("week", True), ("today", False)]
    assert store.last_arrival() == 3


def test_of_two_files_of_a_new_story_one_is_news(store: Store) -> None:
    told = replace(post("1"), published=datetime.now(CHINA))
    write(store, Reading("b.md", "b", told, 1), Reading("a.md", "a", told, 0))
    assert [(arrival.post, arrival.is_new) for arrival in store.arrivals(0)] == [("1", True)]


def test_the_triggers_of_an_older_database_tell_no_news_any_more(tmp_path: Path) -> None:
    with Store.open(tmp_path / "old.db", create=True) as store:
        for name in ("insert", "update"):
            store._db.execute(
                f"CREATE TRIGGER posts_after_{name} AFTER {name} ON posts BEGIN"
                " INSERT INTO arrivals (post, is_new, at) VALUES (new.id, 1, ''); END"
            )
        store._db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm010_news'")
        store._db.conn.commit()
    with Store.open(tmp_path / "old.db") as store:
        put(store, "a.md", replace(post("1"), published=datetime.now(CHINA)))
        assert store.last_arrival() == 1


def test_an_older_database_finds_the_posts_of_a_type_by_an_index(tmp_path: Path) -> None:
    with Store.open(tmp_path / "old.db", create=True) as store:
        put(store, "a.md", post("1", title="广州市税务局查处一起虚开发票案"))
        put(store, "b.md", post("2"))
        store._db.execute("DROP INDEX idx_posts_type")
        store._db.execute("DELETE FROM _sqlite_migrations WHERE name = 'm012_posts_by_type'")
        store._db.conn.commit()
    with Store.open(tmp_path / "old.db") as store:
        asked: list[str] = []
        store._db.conn.set_trace_callback(asked.append)
        ((key, *_),) = [story.keys for story in store.stories(["1"])]
        assert store.where(Filters(type="case")) == {key}
        store._db.conn.set_trace_callback(None)
        plan = store._db.execute(f"EXPLAIN QUERY PLAN {asked[-1]}").fetchall()
        assert "idx_posts_type" in " ".join(str(step) for step in plan)


# --- what is learned of a post ------------------------------------------------------


def test_what_is_learned_of_a_post_is_learned_with_its_reading(store: Store) -> None:
    about = post("1", title="广州市税务局查处一起虚开发票案")
    reading = pickle.loads(pickle.dumps(Reading("a.md", "a", about)))
    assert reading.about == About(("广东省", "广州市"), "case")
    write(store, reading)
    put(store, "b.md", post("1", title="别的题"), preference=-1)
    assert store.stories(["1"])[0].places == ()
    with store.transaction():
        store.remove(["b.md"])
    ((story,),) = [store.stories(["1"])]
    assert About(story.places, story.type) == reading.about


def test_a_kept_reading_of_an_older_database_is_learned_from_when_it_is_shown(
    store: Store,
) -> None:
    put(store, "a.md", post("1"))
    put(store, "b.md", post("1", title="广州市税务局公告"), preference=1)
    ((dump,),) = store._rows("SELECT reading FROM files WHERE path = 'b.md'")
    older = json.dumps({k: v for k, v in json.loads(dump).items() if k != "about"})
    store._db.execute(
        "UPDATE files SET reading = ?, checksum = ? WHERE path = 'b.md'", [older, crc(older)]
    )
    store._db.conn.commit()
    with store.transaction():
        store.remove(["a.md"])
    assert store.stories(["1"])[0].places == ("广东省", "广州市")


# --- dates that are yet to come ---------------------------------------------------------------


def test_a_post_dated_in_the_future_counts_as_of_when_it_was_first_read(store: Store) -> None:
    begun = datetime.now(timezone.utc) - timedelta(seconds=1)
    ahead = replace(post("1"), published=begun + timedelta(days=900))
    put(store, "old", post("2"))
    put(store, "ahead", ahead)
    (first, _) = store.newest(2)
    read = first.post.published
    assert read is not None
    assert begun <= read <= datetime.now(timezone.utc)
    assert first.post.id == "1"
    said = f"dated in the future ({ahead.published:%Y-%m-%d}): counts as of when it was read"
    assert first.post.warnings == (said,)
    assert [each.post.id for each in store.news(begun, datetime.now(timezone.utc))] == ["1"]
    put(store, "ahead", replace(ahead, title="更正"))
    put(store, "twin", replace(ahead, title="更正"))
    assert {(each.post.title, each.post.published) for each in store.newest(1)} == {("更正", read)}
    assert store.faults() == []
