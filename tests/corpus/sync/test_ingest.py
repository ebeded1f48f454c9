"""Files and folders into the store: each counted once, in any order, none stopping the rest."""

import os
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest

from corpus.errors import SourceError
from corpus.reading.post_files import parse
from corpus.reading.posts import SAMPLE_CATEGORY, Post
from corpus.reading.readings import preference
from corpus.sources.folders import MAX_BYTES, find
from corpus.store.store import Store
from corpus.sync.following import look
from corpus.sync.ingest import Summary, ingest
from tests.support.post_files import ONE, THREE, TWO, write


@pytest.fixture
def store(tmp_path: Path):
    with Store.open(tmp_path / "taxnews.db", create=True) as store:
        yield store


def texts(store: Store) -> list[str]:
    return [p.text for story in store.all_stories() for p in story.post.paragraphs]


def problems(store: Store) -> dict[str, str | None]:
    return {Path(row["path"] or "").name: row["kind"] for row in store.problems()}


# --- what is found ----------------------------------------------------------------


def test_markdown_files_are_found_at_any_depth_and_sorted(tmp_path: Path) -> None:
    wanted = [
        write(tmp_path / name)
        for name in ("_posts/a.md", "_posts/深/b.MARKDOWN", "a.md", "old_post/a.md")
    ]
    for other in (".git/a.md", "a.txt", "md", "_posts/.hidden/a.md"):
        write(tmp_path / other)
    assert find(str(tmp_path)).files == [str(path) for path in wanted]


def test_a_file_named_outright_needs_no_suffix(tmp_path: Path, store: Store) -> None:
    assert ingest(store, [write(tmp_path / "post.txt")]) == Summary(added=1)


def test_links_that_go_in_circles_end(tmp_path: Path, store: Store) -> None:
    write(tmp_path / "site" / "a.md")
    (tmp_path / "site" / "loop").symlink_to(tmp_path / "site", target_is_directory=True)
    (tmp_path / "site" / "self.md").symlink_to(tmp_path / "site" / "self.md")
    (tmp_path / "site" / "gone.md").symlink_to(tmp_path / "nowhere.md")
    assert ingest(store, [tmp_path / "site"]) == Summary(added=1, skipped=2)
    assert problems(store) == {"self.md": "unreadable", "gone.md": "unreadable"}


def test_a_relative_path_is_the_same_file_as_its_absolute_one(
    tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "site" / "a.md")
    monkeypatch.chdir(tmp_path)
    assert ingest(store, [Path("site"), Path("site/../site/a.md")]) == Summary(added=1)
    assert ingest(store, [path]) == Summary(unchanged=1)


# --- which reading is preferred ----------------------------------------------------

TWINS = {  # path: category, from the best to the worst
    "a/_posts/2022-05-06-NW1.md": "qingxi",
    "z/_posts/2022-05-06-NW1.md": "qingxi",
    "loose.md": "qingxi",
    "a/old_post/2022-05-06-NW1.md": "qingxi",
    "a/_posts/2022-05-06-1.md": "emnews",
    "a/old_post/2022-05-06-1.md": "emnews",
    "sample/_posts/2022-05-06-NW1.md": SAMPLE_CATEGORY,
}


def test_twins_are_preferred_in_a_fixed_order() -> None:
    def rank(path: str) -> tuple[int, str]:
        return preference(_reading(TWINS[path]), f"/{path}"), path

    assert sorted(TWINS, key=rank) == list(TWINS)


def _reading(category: str) -> Post:
    return parse(f"---\nlayout: post\ncategories: {category}\n---\n正文。", name="a.md")


@pytest.mark.parametrize("order", list(permutations(["NW", "flash", "old"])))
def test_the_order_of_reading_changes_nothing(
    tmp_path: Path, store: Store, order: Sequence[str]
) -> None:
    files = {
        "NW": write(tmp_path / "_posts" / "NW.md", "媒体稿。", category="qingxi"),
        "flash": write(tmp_path / "_posts" / "flash.md", "快讯。"),
        "old": write(tmp_path / "old_post" / "NW.md", "旧稿。", category="qingxi"),
    }
    for number, name in enumerate(order):
        expected = Summary(merged=1) if number else Summary(added=1)
        assert ingest(store, [files[name]]) == expected
    assert texts(store) == ["媒体稿。"]
    assert ingest(store, [tmp_path]) == Summary(unchanged=3)


def test_a_sample_gives_way_to_the_real_post(tmp_path: Path, store: Store) -> None:
    ingest(store, [write(tmp_path / "sample" / "_posts" / "a.md", "示例。", category="shili")])
    assert texts(store) == ["示例。"]
    ingest(store, [write(tmp_path / "site" / "old_post" / "a.md", "真稿。")])
    assert texts(store) == ["真稿。"]


# --- files that change ---------------------------------------------------------------


def test_a_second_run_changes_nothing(tmp_path: Path, store: Store) -> None:
    write(tmp_path / "site" / "a.md", code="1" * 18)
    write(tmp_path / "site" / "b.md", code="2" * 18)
    (tmp_path / "site" / "README.md").write_text("# 说明")
    first = ingest(store, [tmp_path / "site"])
    state = (texts(store), store.generation(), store.problems())
    assert first == Summary(added=2, skipped=1)
    assert ingest(store, [tmp_path / "site"]) == Summary(unchanged=2, skipped=1)
    assert (texts(store), store.generation(), store.problems()) == state


def test_a_rewritten_file_replaces_what_came_from_it(tmp_path: Path, store: Store) -> None:
    path = write(tmp_path / "a.md", "旧。")
    ingest(store, [path])
    write(path, "新。")
    assert ingest(store, [path]) == Summary(updated=1)
    assert texts(store) == ["新。"]


def test_a_file_that_turns_into_another_story_takes_the_old_one_along(
    tmp_path: Path, store: Store
) -> None:
    path = write(tmp_path / "a.md", "甲。", code="1" * 18)
    ingest(store, [path])
    write(path, "乙。", code="2" * 18)
    assert ingest(store, [path]) == Summary(updated=1)
    assert [story.post.id for story in store.all_stories()] == ["2" * 18]


def test_a_broken_rewrite_keeps_the_last_good_reading(tmp_path: Path, store: Store) -> None:
    path = write(tmp_path / "a.md", "好的。")
    ingest(store, [path])
    good = path.read_bytes()
    head = good[: good.index(b"date:")]
    merge = good.replace(b"---\n", b"---\n<<<<<<< HEAD\nx: 1\n=======\nx: 2\n>>>>>>> a\n", 1)
    for broken, kind in (
        (good + b"\xff", "encoding"), (b"", "empty"), (good[:5], "other layout"),
        (head, "empty"), (merge, "conflict"),
    ):  # fmt: skip
        path.write_bytes(broken)
        assert ingest(store, [path]) == Summary(skipped=1)
        assert (texts(store), problems(store)) == (["好的。"], {"a.md": kind})
        assert ingest(store, [path]) == Summary(skipped=1)
    path.write_bytes(good)
    assert ingest(store, [path]) == Summary(updated=1)
    assert (texts(store), problems(store)) == (["好的。"], {})


def test_what_the_site_does_not_publish_is_no_answer(tmp_path: Path, store: Store) -> None:
    site = tmp_path / "site"
    write(site / "_posts" / "a.md", "甲。", code=ONE)
    path = write(site / "_posts" / "b.md", "乙。", code=TWO)
    moved = write(site / "_posts" / "c.md", "丙。", code=THREE)
    write(site / "_drafts" / "d.md", "草稿。", code="4" * 18)
    assert ingest(store, [site]) == Summary(added=3)
    path.write_text(path.read_text("utf-8").replace("title:", "published: false\ntitle:"), "utf-8")
    (site / "_drafts" / "c.md").write_bytes(moved.read_bytes())
    moved.unlink()
    assert ingest(store, [site]) == Summary(removed=2, unchanged=1)
    assert (texts(store), problems(store)) == (["甲。"], {"b.md": "unpublished"})
    assert ingest(store, [site]) == Summary(unchanged=1, skipped=1)
    assert ingest(store, [site / "_drafts"]) == Summary(added=2)  # who names them means them
    assert ingest(store, [site]) == Summary(unchanged=1, skipped=1, removed=2)


# --- files that are none ---------------------------------------------------------------


def test_one_bad_file_never_stops_the_rest(tmp_path: Path, store: Store) -> None:
    site = tmp_path / "site"
    write(site / "a.md", code="1" * 18)
    write(site / "z.md", code="2" * 18)
    (site / "binary.md").write_bytes(b"---\nlayout: post\n---\n\0")
    (site / "empty.md").write_bytes(b"")
    (site / "gbk.md").write_bytes("---\nlayout: post\n---\n正文".encode("gbk"))
    (site / "huge.md").write_bytes(b"x" * (MAX_BYTES + 1))
    (site / "layout.md").write_text("---\nlayout: default\n---\n")
    (site / "readme.md").write_text("# 说明")
    os.mkfifo(site / "pipe.md")
    (site / "memory.md").symlink_to("/proc/self/mem")
    (site / "folder.md").mkdir()
    assert ingest(store, [site]) == Summary(added=2, skipped=8)
    assert problems(store) == {
        "binary.md": "binary",
        "empty.md": "empty",
        "gbk.md": "encoding",
        "huge.md": "too large",
        "layout.md": "other layout",
        "memory.md": "unreadable",
        "pipe.md": "unreadable",
        "readme.md": "no front matter",
    }


def test_a_file_that_is_not_there_is_noted(tmp_path: Path, store: Store) -> None:
    good = write(tmp_path / "a.md")
    assert ingest(store, [tmp_path / "none.md", good]) == Summary(added=1, skipped=1)
    assert problems(store) == {"none.md": "unreadable"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_noted(tmp_path: Path, store: Store) -> None:
    site = tmp_path / "site"
    write(site / "a.md")
    write(site / "b.md", code="2" * 18).chmod(0)
    write(site / "closed" / "c.md").parent.chmod(0)
    try:
        assert ingest(store, [site]) == Summary(added=1, skipped=2)
        assert problems(store) == {"b.md": "unreadable", "closed": "unreadable"}
        assert ingest(store, [site / "closed" / "c.md"]) == Summary(skipped=1)
    finally:
        (site / "closed").chmod(0o700)


def test_a_name_that_is_not_utf8_is_kept_readable(tmp_path: Path, store: Store) -> None:
    folder = tmp_path / "site"
    write(folder / "a.md")
    strange = os.fsencode(folder) + b"/\xb0\xd7.md"
    os.rename(folder / "a.md", strange)
    with open(os.fsencode(folder) + b"/\xff.md", "wb") as file:
        file.write(b"none")
    assert ingest(store, [folder]) == Summary(added=1, skipped=1)
    assert ingest(store, [folder]) == Summary(unchanged=1, skipped=1)
    assert problems(store) == {"\\xff.md": "no front matter"}


# --- many files ---------------------------------------------------------------------------


def test_every_file_is_read_once_however_many_there_are(tmp_path: Path, store: Store) -> None:
    for number in range(1001):
        write(tmp_path / "site" / f"{number}.md", f"第{number}。", code=f"{number:018}")
    seen: list[tuple[str, int, int | None]] = []
    summary = ingest(store, [tmp_path / "site"], progress=lambda *done: seen.append(done))
    assert summary == Summary(added=1001)
    assert texts(store) == [f"第{number}。" for number in range(1001)]
    assert seen == [
        ("listing", 1001, None), ("reading", 500, 1001), ("reading", 1000, 1001),
        ("reading", 1001, 1001),
    ]  # fmt: skip
    assert ingest(store, [tmp_path / "site"]) == Summary(unchanged=1001)
    for number in (0, 499, 500, 999, 1000):
        write(tmp_path / "site" / f"{number}.md", "改。", code=f"{number:018}")
    assert ingest(store, [tmp_path / "site"]) == Summary(updated=5, unchanged=996)


def test_a_run_that_dies_goes_on_where_it_stood(tmp_path: Path, store: Store) -> None:
    for number in range(700):
        write(tmp_path / "site" / f"{number:03}.md", code=f"{number:018}")

    def dying(phase: str, done: int, total: int | None) -> None:
        if phase == "reading":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(store, [tmp_path / "site"], progress=dying)
    assert store.facts().posts == 500
    assert ingest(store, [tmp_path / "site"]) == Summary(added=200, unchanged=500)


def test_an_index_is_told_of_each_batch_that_changed_something(
    tmp_path: Path, store: Store
) -> None:
    for number in range(501):
        write(tmp_path / "site" / f"{number:03}.md", code=f"{number:018}")
    store.add_source("folder", str(tmp_path / "site"), every=300)
    generations: list[int] = []

    def run() -> list[int]:
        generations.clear()
        (source,) = store.sources()
        look(store, source, on_commit=lambda: generations.append(store.generation()))
        return generations

    assert run() == [500, 501]
    assert run() == []
    (tmp_path / "site" / "000.md").unlink()
    assert run() == [502]


# --- what is deleted -----------------------------------------------------------------------


def test_a_deleted_file_takes_its_story_along(tmp_path: Path, store: Store) -> None:
    write(tmp_path / "site" / "a.md", "甲。", code="1" * 18)
    write(tmp_path / "site" / "b.md", "乙。", code="2" * 18)
    broken = tmp_path / "site" / "c.md"
    broken.write_text("")
    ingest(store, [tmp_path / "site"])
    (tmp_path / "site" / "a.md").unlink()
    broken.unlink()
    assert ingest(store, [tmp_path / "site"]) == Summary(unchanged=1, removed=1)
    assert (texts(store), problems(store)) == (["乙。"], {})


def test_a_deleted_file_leaves_the_story_to_its_twin(tmp_path: Path, store: Store) -> None:
    best = write(tmp_path / "a" / "NW.md", "媒体稿。", category="qingxi")
    write(tmp_path / "b" / "flash.md", "快讯。")
    ingest(store, [tmp_path / "a", tmp_path / "b"])
    best.unlink()
    assert ingest(store, [tmp_path / "b"]) == Summary(unchanged=1)  # not its folder
    assert texts(store) == ["媒体稿。"]
    assert ingest(store, [tmp_path / "a"]) == Summary(removed=1)
    assert texts(store) == ["快讯。"]


def test_a_file_that_moves_to_old_post_stays(tmp_path: Path, store: Store) -> None:
    path = write(tmp_path / "_posts" / "a.md")
    ingest(store, [tmp_path / "_posts"])
    generation = store.generation()
    (tmp_path / "old_post").mkdir()
    path.rename(tmp_path / "old_post" / "a.md")
    assert ingest(store, [tmp_path / "_posts"]) == Summary()
    assert texts(store) == ["正文。"]
    assert ingest(store, [tmp_path]) == Summary(merged=1, removed=1)
    assert (texts(store), store.generation()) == (["正文。"], generation)


def test_a_folder_of_a_similar_name_is_another(tmp_path: Path, store: Store) -> None:
    write(tmp_path / "site" / "a.md", code="1" * 18)
    write(tmp_path / "site0" / "a.md", code="2" * 18)
    write(tmp_path / "site-b" / "a.md", code="3" * 18)
    ingest(store, [tmp_path])
    (tmp_path / "site0" / "a.md").unlink()
    (tmp_path / "site-b" / "a.md").unlink()
    assert ingest(store, [tmp_path / "site"]) == Summary(unchanged=1)
    assert store.facts().posts == 3


def test_a_folder_that_is_suddenly_empty_is_taken_for_unmounted(
    tmp_path: Path, store: Store
) -> None:
    for number in range(101):
        write(tmp_path / "site" / f"{number}.md", code=f"{number:018}")
    ingest(store, [tmp_path / "site"])
    (tmp_path / "site").rename(tmp_path / "elsewhere")
    assert ingest(store, [tmp_path / "site"]) == Summary(skipped=1)
    (tmp_path / "site").mkdir()
    with pytest.raises(SourceError, match="all 101 posts are gone at once"):
        ingest(store, [tmp_path / "site"])
    assert store.facts().posts == 101
