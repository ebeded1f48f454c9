"""The log of the posts that changed, which whoever feeds a cluster follows."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store

POST = Post("a", "海角市的通知", None, "公告", (), "海角税务", None, (Paragraph(None, "一"),), ())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "a.db", create=True) as opened:
        yield opened


def put(store: Store, post: Post, file: str = "f") -> None:
    with store.transaction():
        store.write([Reading(file, f"{post}", post)])


def test_nothing_is_logged_until_somebody_follows(store: Store) -> None:
    put(store, POST)
    assert store.last_post_change() == 0
    assert store.changed_posts(0) is None


def test_a_post_that_changes_is_named_once_whatever_of_it_does(store: Store) -> None:
    put(store, POST)
    since = store.follow_posts()
    assert store.changed_posts(since) == []
    put(store, replace(POST, paragraphs=(Paragraph(None, "二"),)))
    assert store.changed_posts(since) == ["a"]
    seen = store.last_post_change()
    put(store, replace(POST, id="b"), "g")
    put(store, replace(POST, paragraphs=(Paragraph(None, "二"),), source="天涯日报"))
    assert store.changed_posts(since) == store.changed_posts(seen) == ["b", "a"]


def test_a_further_file_of_a_post_and_its_end_are_changes(store: Store) -> None:
    put(store, POST)
    since = store.follow_posts()
    put(store, POST, "g")
    assert store.changed_posts(since) == ["a"]
    since = store.last_post_change()
    with store.transaction():
        store.remove(["f", "g"])
    assert store.changed_posts(since) == ["a"]


def test_what_is_forgotten_is_no_longer_known(store: Store) -> None:
    since = store.follow_posts()
    put(store, POST)
    until = store.last_post_change()
    store.forget_post_changes(until)
    assert store.changed_posts(since) is None
    assert store.changed_posts(until) == []
    store.forget_post_changes(since)
    assert store.changed_posts(since) is None
    assert store.follow_posts() == until
