"""The index beside a database, kept in step with it whatever happens in between."""

from pathlib import Path

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.engine.upkeep import keep_up
from retrieval.index_sync import open_index, terms


def put(store: Store, number: str, text: str) -> None:
    told = Post(number, "题", None, None, (), None, None, (Paragraph(None, text),))
    with store.transaction():
        store.write([Reading(number, f"hash of {text}", told, 0)])


def test_a_paragraph_that_goes_after_an_interrupted_write_leaves_no_orphan(tmp_path: Path) -> None:
    db = tmp_path / "a.db"
    with Store.open(db, create=True) as store:
        put(store, "1", "退税。")
        keep_up(store)
        put(store, "2", "发票。")
        (_, fresh) = store.all_keys()
        with open_index(db) as index:  # killed before it could note how far it was
            index.add([(fresh, terms("发票"))])
        store.forget("2")
        keep_up(store)
        assert len(store.all_keys()) == 1
    with open_index(db, read_only=True) as index:
        assert len(index) == 1
        assert index.search(terms("发票"), 9) == []
