"""The index beside rank-bm25, Lucene's formula and an exhaustive scorer; its promises on disk."""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from retrieval.index import (
    Index,
    IndexCorrupt,
    IndexLocked,
    IndexMismatch,
    IndexReadOnly,
    arrays,
    kernels,
    live,
    merging,
    search_kernels,
    storage,
)
from retrieval.index import index as index_module

AWKWARD = [
    "税",
    "稅",
    "１００万",
    "《",
    "",
    "%",
    "😀",
    "𠮷",
    "\0",
    "\1",
    "a\0b",
    "\ud800",
    "x" * 300,
]
TERMS = st.sampled_from([*AWKWARD, *"abcdefghij"])
PARAGRAPHS = st.lists(TERMS, max_size=40)
ENTRIES = st.lists(st.tuples(st.integers(0, 30), PARAGRAPHS), min_size=1, max_size=8)
WRITES = st.lists(st.one_of(ENTRIES, st.frozensets(st.integers(0, 35), max_size=8)), max_size=12)
QUESTIONS = st.lists(st.one_of(TERMS, st.text(max_size=3)), max_size=8)
SLOWLY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name) / "news.index"


def written(index: Index, writes: list) -> dict[int, list[str]]:
    """Carries out adds (lists) and deletes (sets); what is alive afterwards."""
    alive: dict[int, list[str]] = {}
    for write in writes:
        if isinstance(write, list):
            index.add(write)
            alive |= dict(write)
        else:
            index.delete(write)
            for key in write:
                alive.pop(key, None)
    return dict(sorted(alive.items()))


def okapi_hits(alive: dict[int, list[str]], question: list[str], **settings: float) -> dict:
    """rank-bm25's scores of the paragraphs that share a term with the question."""
    if not any(alive.values()):
        return {}
    scores = BM25Okapi(list(alive.values()), **settings).get_scores(question)
    return {
        key: score
        for (key, terms), score in zip(alive.items(), scores, strict=True)
        if set(terms) & set(question)
    }


def random_paragraphs(count: int, seed: int, words: int = 400) -> list[tuple[int, list[str]]]:
    """Paragraphs whose words are as unevenly frequent as a language's."""
    random = np.random.default_rng(seed)
    lengths = random.integers(1, 60, count)
    terms = random.zipf(1.3, int(lengths.sum())) % words
    ends = np.cumsum(lengths)
    return [
        (key, [f"词{term}" for term in terms[end - length : end].tolist()])
        for key, (end, length) in enumerate(zip(ends.tolist(), lengths.tolist(), strict=True))
    ]


class Exhaustive:
    """Finds the best among all paragraphs that share a term, by `scores`, which prunes nothing."""

    def __init__(self, alive: dict) -> None:
        self.alive = set(alive)
        self.holders: dict[tuple[str, str], set[int]] = {}
        for key, held in alive.items():
            fields = held.items() if isinstance(held, dict) else [("", held)]
            for field, terms in fields:
                for term in set(terms):
                    self.holders.setdefault((field, term), set()).add(key)

    def search(self, index: Index, terms: object) -> list[tuple[int, float]]:
        """All hits, the best first."""
        asked = terms if isinstance(terms, dict) else {"": terms}
        sharing = [
            self.holders.get((field, term), set()) for field, some in asked.items() for term in some
        ]
        keys = list(set().union(*sharing) & self.alive)
        scores = index.scores(terms, keys).tolist()
        return sorted(zip(keys, scores, strict=True), key=lambda hit: (-hit[1], hit[0]))


def within_seconds(holds) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_reader_with_a_thread_takes_in_writes_by_itself_and_says_what_is_wrong(folder):
    with Index.open(folder) as index, Index.open(folder, read_only=True) as reader:
        reader.follow(0.01)
        for step in range(1, 9):
            index.add([(step, ["a"])])
            if step == 5:
                index.flush()
            within_seconds(lambda: reader.generation == index.generation)
            assert reader.search(["a"], 100) == index.search(["a"], 100)
        manifest = (folder / "manifest.json").read_bytes()
        (folder / "manifest.json").write_bytes(b"{}")

        def is_told() -> bool:
            try:
                return not reader.search(["a"])
            except IndexCorrupt as error:
                return "manifest.json" in str(error)

        within_seconds(is_told)
        (folder / "manifest.json").write_bytes(manifest)
        assert len(reader.search(["a"], 100)) == 8


@SLOWLY
@given(WRITES, QUESTIONS, st.sampled_from([(1.5, 0.75, 0.25), (0.9, 0.4, 0.1), (2.0, 0.9, 0.5)]))
def test_scores_are_those_of_rank_bm25_after_any_adds_and_deletes(writes, question, parameters):
    k1, b, epsilon = parameters
    with tempfile.TemporaryDirectory() as name:
        with Index.open(name, similarity="okapi", k1=k1, b=b, epsilon=epsilon) as index:
            alive = written(index, writes)
            expected = okapi_hits(alive, question, k1=k1, b=b, epsilon=epsilon)
            hits = index.search(question, k=100)
            assert len(index) == len(alive)
            assert dict(hits).keys() == expected.keys()
            assert dict(hits) == pytest.approx(expected, abs=1e-5)
            assert hits == sorted(hits, key=lambda hit: (-hit[1], hit[0]))
            scores = index.scores(question, range(40))
            assert list(scores) == pytest.approx([expected.get(key, 0) for key in range(40)])
        with Index.open(name) as index:
            assert index.search(question, k=100) == hits


def test_scores_of_paragraphs_without_a_shared_term_are_nought(folder):
    with Index.open(folder, similarity="okapi") as index:
        index.add([(1, ["a"]), (2, ["b"])])
        assert index.scores(["a"], [2, 77]).tolist() == [0.0, 0.0]


@SLOWLY
@given(WRITES, QUESTIONS)
def test_the_second_model_is_lucenes_published_formula(writes, question):
    with tempfile.TemporaryDirectory() as name, Index.open(name, similarity="lucene") as index:
        alive = written(index, writes)
        average = sum(map(len, alive.values())) / max(1, len(alive))
        expected = {}
        for key, terms in alive.items():
            for term in question:
                if tf := terms.count(term):
                    n = sum(term in other for other in alive.values())
                    idf = math.log(1 + (len(alive) - n + 0.5) / (n + 0.5))
                    norm = 1.5 * (1 - 0.75 + 0.75 * len(terms) / average)
                    expected[key] = expected.get(key, 0) + idf * tf * 2.5 / (tf + norm)
        hits = index.search(question, k=100)
        assert dict(hits) == pytest.approx(expected, abs=1e-9)
        assert [index.document_frequency(term) for term in question] == [
            sum(term in terms for terms in alive.values()) for term in question
        ]


@pytest.mark.parametrize("similarity", ["lucene", "okapi"])
def test_the_best_are_those_of_an_exhaustive_scorer(folder, similarity):
    paragraphs = random_paragraphs(30_000, seed=1)
    exhaustive = Exhaustive(dict(paragraphs))
    random = np.random.default_rng(2)
    with Index.open(folder, similarity=similarity) as index:
        index.rebuild(paragraphs[:20_000])
        for start in range(20_000, 30_000, 1000):
            index.add(paragraphs[start : start + 1000])
        for seed in range(60):
            words = random.zipf(1.2, random.integers(1, 14)) % 500
            question = [f"词{word}" for word in words.tolist()]
            best = exhaustive.search(index, question)
            for k in (1, 10, 100):
                assert index.search(question, k) == best[:k]
            if seed % 10 == 0:
                gone = random.integers(0, 30_000, 300).tolist()
                index.delete(gone)
                exhaustive.alive -= set(gone)


def test_the_best_of_several_windows_are_those_of_an_exhaustive_scorer(folder):
    paragraphs = random_paragraphs(2 * arrays.WINDOW + 5000, seed=8, words=4000)
    exhaustive = Exhaustive(dict(paragraphs))
    random = np.random.default_rng(9)
    with Index.open(folder) as index:
        index.rebuild(paragraphs)
        gone = random.integers(0, len(paragraphs), 2000).tolist()
        index.delete(gone)
        exhaustive.alive -= set(gone)
        for _ in range(6):
            question = [f"词{word}" for word in (random.zipf(1.2, 9) % 4000).tolist()]
            best = exhaustive.search(index, question)
            for k in (1, 10, 3000):
                assert index.search(question, k) == best[:k]


def test_long_paragraphs_and_terms_that_stand_close_together_are_found_exactly(folder):
    random = np.random.default_rng(21)
    paragraphs = {}
    for key in range(20_000):
        size = 300 if key % 50 == 0 else 20
        words = [f"词{word}" for word in (random.zipf(1.2, size) % 300).tolist()]
        series = [f"辑{part}" for part in range(3) if key % 7 != part and 900 <= key < 2500]
        paragraphs[key] = words + series
    exhaustive = Exhaustive(paragraphs)
    with Index.open(folder) as index:
        index.rebuild(paragraphs.items())
        for _ in range(30):
            words = [f"词{word}" for word in (random.zipf(1.2, 6) % 300).tolist()]
            question = [*words, "辑0", "辑1", "辑2"]
            best = exhaustive.search(index, question)
            for k in (1, 10, 200):
                assert index.search(question, k) == best[:k]


@SLOWLY
@given(st.lists(st.tuples(st.integers(0, 20), PARAGRAPHS, PARAGRAPHS), max_size=10), QUESTIONS)
def test_fields_add_up_to_separate_indexes(entries, question):
    names = ("words", "bigrams")
    with tempfile.TemporaryDirectory() as name:
        alone = [Index.open(Path(name) / field) for field in names]
        both = Index.open(Path(name) / "both", fields=names)
        both.add([(key, dict(zip(names, terms, strict=True))) for key, *terms in entries])
        for number, index in enumerate(alone):
            index.add([(key, terms[number]) for key, *terms in entries])
        keys = range(21)
        expected = alone[0].scores(question, keys) + 0.5 * alone[1].scores(question, keys)
        asked, weights = dict.fromkeys(names, question), {"bigrams": 0.5}
        assert both.scores(asked, keys, weights).tolist() == pytest.approx(expected.tolist())
        found = {key for index in alone for key, _ in index.search(question, 100)}
        assert {key for key, _ in both.search(asked, 100, weights=weights)} == found
        for index in (*alone, both):
            index.close()


def test_two_fields_are_pruned_exactly(folder):
    paragraphs = {
        key: {"words": terms, "characters": [character for term in terms for character in term]}
        for key, terms in random_paragraphs(20_000, seed=3)
    }
    exhaustive = Exhaustive(paragraphs)
    random = np.random.default_rng(4)
    with Index.open(folder, fields=["words", "characters"]) as index:
        index.rebuild(paragraphs.items())
        for _ in range(30):
            words = [f"词{word}" for word in (random.zipf(1.2, 8) % 400).tolist()]
            question = {"words": words, "characters": list("".join(words))}
            best = exhaustive.search(index, question)
            for k in (10, 60):
                assert index.search(question, k) == best[:k]


def test_where_restricts_the_hits_to_a_set_or_a_mask(folder):
    with Index.open(folder) as index:
        index.add([(key, ["税"] * (1 + key % 3)) for key in range(50)])
        index.delete([7])
        everything = dict(index.search(["税"], 100))
        wanted = {3, 4, 5, 7, 48, 900}
        mask = np.zeros(49, np.bool_)
        mask[[3, 4, 5, 7, 48]] = True
        expected = {key: everything[key] for key in (3, 4, 5, 48)}
        assert dict(index.search(["税"], 100, where=wanted)) == expected
        assert dict(index.search(["税"], 100, where=mask)) == expected
        assert index.search(["税"], 100, where=set()) == []


def test_a_term_asked_twice_counts_twice(folder):
    with Index.open(folder) as index:
        index.add([(1, ["a"]), (2, ["b"]), (3, ["c"])])
        once, twice = index.scores(["a"], [1]), index.scores(["a", "a"], [1])
        assert twice.tolist() == (2 * once).tolist()


def test_a_term_more_frequent_than_a_posting_can_say_scores_exactly(folder):
    paragraphs = [["a"] * times + ["b"] * 9 for times in (1, 14, 15, 16, 300, 70_000)]
    with Index.open(folder, similarity="okapi") as index:
        index.add([*enumerate(paragraphs), (6, ["c"]), *((key, ["d"]) for key in range(7, 30))])
        index.flush()
        alive = {**dict(enumerate(paragraphs)), 6: ["c"], **{k: ["d"] for k in range(7, 30)}}
        assert dict(index.search(["a"], 10)) == pytest.approx(okapi_hits(alive, ["a"]))


def test_an_empty_index_and_an_empty_question_find_nothing(folder):
    with Index.open(folder, similarity="okapi") as index:
        assert (index.search(["a"]), len(index), index.scores(["a"], [1]).tolist()) == ([], 0, [0])
        index.add([])
        index.add([(0, [])])
        assert (index.search([]), index.search(["a"], 0), index.search(["a"])) == ([], [], [])
        assert (len(index), 0 in index, 1 in index) == (1, True, False)
        assert index.idf(["a"]).tolist() == [0.0]


@pytest.mark.parametrize("entry", [(-1, ["a"]), (1.5, ["a"]), ("x", ["a"]), (1, "税务"), (1, [5])])
def test_a_bad_paragraph_is_refused_and_nothing_of_its_batch_is_kept(folder, entry):
    with Index.open(folder) as index:
        with pytest.raises((ValueError, TypeError)):
            index.add([(5, ["a"]), entry])
        assert (len(index), index.generation) == (0, 0)


def test_an_unknown_field_is_refused(folder):
    with Index.open(folder) as index, pytest.raises(ValueError, match="no field 'words'"):
        index.search({"words": ["a"]})


def test_the_model_is_fixed_at_creation(folder):
    Index.open(folder, similarity="okapi", k1=0.9, fields=["words"]).close()
    Index.open(folder, k1=0.9).close()
    for given_later in ({"k1": 1.2}, {"similarity": "lucene"}, {"fields": ["words", "bigrams"]}):
        with pytest.raises(IndexMismatch, match=next(iter(given_later))):
            Index.open(folder, **given_later)
    with Index.create(folder, k1=1.2) as index:
        assert (len(index), index.fields) == (0, ["terms"])


def test_a_new_index_takes_the_place_of_the_old_one_when_it_is_whole(folder):
    with Index.open(folder) as index:
        index.add(random_paragraphs(200, seed=7))
        index.flush()
    for write in (
        lambda index: index.rebuild([(1, ["税"])], mark="2"),
        lambda index: index.add([(1, ["税"])], mark="2"),
    ):
        with Index.open(folder, read_only=True) as reader:
            before = len(reader)
            with Index.create(folder, k1=1.2) as index:
                assert (len(index), len(reader)) == (0, before)
                assert reader.search(["税"]) is not None  # a search looks for a new one
                assert len(reader) == before
                write(index)
                assert [key for key, _ in reader.search(["税"])] == [1]
            assert [key for key, _ in reader.search(["税"])] == [1]
        with Index.open(folder, k1=1.2) as index:
            assert (len(index), index.mark) == (1, "2")
            index.verify()


def test_a_file_is_read_whole_at_opening_only_if_it_may_have_changed(folder, monkeypatch):
    with Index.open(folder) as index:
        index.add(random_paragraphs(200, seed=7))
        index.flush()
    checked = []
    crc32 = storage.zlib.crc32
    monkeypatch.setattr(
        storage.zlib, "crc32", lambda data: checked.append(len(data)) or crc32(data)
    )

    def bytes_read() -> int:
        checked.clear()
        Index.open(folder, read_only=True).close()
        return sum(checked)

    size = sum(path.stat().st_size for path in folder.glob("*.arrays"))
    assert bytes_read() < size / 2
    (folder / "checked.json").write_text('[0, "{}"]')
    assert bytes_read() > size / 2
    assert bytes_read() < size / 2
    for path in folder.glob("*.arrays"):
        path.touch()
    assert bytes_read() > size / 2
    monkeypatch.setattr(storage, "TRUSTED", 0)
    assert bytes_read() > size / 2


def test_only_one_writer_may_open_an_index(folder):
    with Index.open(folder), pytest.raises(IndexLocked, match=r"news\.index"):
        Index.open(folder)
    Index.open(folder).close()


def test_a_reader_does_not_write_and_a_closed_index_neither(folder):
    with pytest.raises(IndexCorrupt, match="there is no index"):
        Index.open(folder, read_only=True)
    index = Index.open(folder)
    reader = Index.open(folder, read_only=True)
    index.close()
    for closed in (index, reader):
        with pytest.raises(IndexReadOnly):
            closed.add([(1, ["a"])])


def test_generation_and_mark_come_back_with_the_paragraphs(folder):
    with Index.open(folder) as index:
        index.add([(1, ["a"])], mark="17")
        index.delete([5])
        assert (index.generation, index.mark) == (2, "17")
        index.flush()
    with Index.open(folder) as index:
        index.add([(2, ["a"])])
        assert (index.generation, index.mark) == (3, "17")
        index.rebuild([(1, ["b"])], mark="18")
        assert (index.generation, index.mark, index.keys().tolist()) == (4, "18", [1])
    with Index.open(folder) as index:
        assert (index.generation, index.mark, index.keys().tolist()) == (4, "18", [1])


def test_a_reader_follows_every_write_flush_and_rebuild(folder):
    with Index.open(folder) as index:
        reader = Index.open(folder, read_only=True)
        for step in range(30):
            index.add([(step, ["a", f"第{step}"]), (step + 100, ["b"])], mark=str(step))
            if step % 7 == 3:
                index.flush()
            if step == 20:
                index.rebuild([(key, ["a", "新"]) for key in range(9)])
            index.delete([step // 2])
            for question in (["a"], ["b", f"第{step}"], ["新"]):
                assert reader.search(question, 100) == index.search(question, 100)
            assert (reader.generation, reader.mark, len(reader)) == (
                index.generation, index.mark, len(index),
            )  # fmt: skip


@SLOWLY
@given(WRITES, st.booleans())
def test_a_rebuild_equals_the_same_paragraphs_added_one_by_one(writes, shuffled):
    with tempfile.TemporaryDirectory() as name, Index.open(name) as index:
        alive = written(index, writes)
        questions = [[term] for term in AWKWARD] + [list("abcdef")]
        before = [index.search(question, 50) for question in questions]
        entries = list(alive.items())
        index.rebuild([(3, ["old"]), *(reversed(entries) if shuffled else entries)])
        if 3 not in alive:
            index.delete([3])
        after = [index.search(question, 50) for question in questions]
        assert [dict(hits) for hits in after] == [pytest.approx(dict(hits)) for hits in before]


def test_a_rebuild_that_fails_midway_changes_nothing(folder):
    def failing():
        yield 1, ["new"]
        raise OSError("the database went away")

    with Index.open(folder) as index:
        index.add([(1, ["old"])])
        with pytest.raises(OSError, match="went away"):
            index.rebuild(failing())
        assert [key for key, _ in index.search(["old"])] == [1]
    with Index.open(folder) as index:
        assert [key for key, _ in index.search(["old"])] == [1]


def test_segments_are_flushed_and_joined_in_the_background(folder, monkeypatch):
    monkeypatch.setattr(merging, "FLUSH", 64)
    paragraphs = random_paragraphs(3000, seed=5, words=80)
    alive = dict(paragraphs)
    with Index.open(folder) as index:
        for start in range(0, 3000, 10):
            index.add(paragraphs[start : start + 10])
            index.delete([start // 2])
            alive.pop(start // 2, None)
            if start % 500 == 0:
                index.add([(start, ["词1", "换了"])])
                alive[start] = ["词1", "换了"]
        index.flush()
        index.verify()
        assert len(list(folder.glob("*.arrays"))) < 30
        for question in (["词1"], ["词2", "词3", "换了"], ["词5"] * 3):
            assert index.search(question, 50) == Exhaustive(alive).search(index, question)[:50]
            hits = index.search(question, 50)
    with Index.open(folder) as index:
        assert index.search(["词5"] * 3, 50) == hits


@pytest.mark.parametrize(("limit", "most"), [("MAX_DOCUMENTS", 5000), ("MAX_TOKENS", 60_000)])
def test_a_segment_holds_no_more_than_memory_or_a_posting_takes(folder, monkeypatch, limit, most):
    monkeypatch.setattr(index_module, limit, most)
    monkeypatch.setattr(index_module, "BATCH", 1000)
    paragraphs = random_paragraphs(12_000, seed=6)
    with Index.open(folder) as index:
        index.rebuild([*paragraphs, (17, ["词1", "又来"])])
        alive = {**dict(paragraphs), 17: ["词1", "又来"]}
        segments = [part.segment for part in index._live.snapshot.parts]
        sizes = {
            "MAX_DOCUMENTS": [len(segment) for segment in segments],
            "MAX_TOKENS": [len(segment.documents.tokens) for segment in segments],
        }
        assert len(segments) > 1
        assert max(sizes[limit]) <= most
        assert len(index) == 12_000
        for question in (["词1", "词7"], ["又来", "词3"]):
            assert index.search(question, 20) == Exhaustive(alive).search(index, question)[:20]


@pytest.mark.parametrize("size", [0, 7, 100])
def test_a_damaged_file_is_found_and_never_served(folder, size):
    with Index.open(folder) as index:
        index.add(random_paragraphs(200, seed=7))
        index.flush()
        (name, _), *_ = index._directory.manifest["segments"]
    path = folder / name
    whole = path.read_bytes()
    path.write_bytes(whole[:size])
    with pytest.raises(IndexCorrupt, match=rf"{name}.*taxnews index --rebuild"):
        Index.open(folder)
    with Index.create(folder) as fresh:
        assert len(fresh) == 0  # and until something is written, the old one stands
    path.write_bytes(whole)
    with Index.open(folder, read_only=True) as index:
        assert len(index) == 200
        path.write_bytes(whole[:-100] + bytes([whole[-100] ^ 1]) + whole[-99:])
        with pytest.raises(IndexCorrupt, match=name):
            index.verify()
    for read_only in (True, False, True):
        with pytest.raises(IndexCorrupt, match=name):
            Index.open(folder, read_only=read_only)
    path.unlink()
    with pytest.raises(IndexCorrupt, match=name):
        Index.open(folder)


def test_a_damaged_manifest_is_found(folder):
    Index.open(folder).close()
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace("lucene", "okapi"))
    with pytest.raises(IndexCorrupt, match=r"manifest\.json"):
        Index.open(folder)


def test_a_torn_end_of_the_journal_is_dropped_wherever_it_is_torn(folder):
    with Index.open(folder) as index:
        index.add([(1, ["a", "税"])])
        (journal,) = folder.glob("*.journal")
        first = journal.stat().st_size
        index.add([(2, ["a"])])
    whole = journal.read_bytes()
    for size in range(first, len(whole)):
        journal.write_bytes(whole[:size])
        with Index.open(folder) as index:
            assert index.keys().tolist() == [1]
            index.add([(3, ["a"])])
        with Index.open(folder) as index:
            assert index.keys().tolist() == [1, 3]


def test_a_damaged_record_with_others_behind_it_asks_for_a_rebuild(folder):
    with Index.open(folder) as index:
        index.add([(1, ["a", "税"])])
        index.add([(2, ["a"])])
    (journal,) = folder.glob("*.journal")
    whole = bytearray(journal.read_bytes())
    whole[20] ^= 1
    journal.write_bytes(whole)
    with pytest.raises(IndexCorrupt, match=r"journal.*rebuild"):
        Index.open(folder)


def test_syncing_changes_nothing_but_the_guarantee(folder):
    with Index.open(folder, sync=True) as index:
        index.add([(1, ["a"])])
    with Index.open(folder) as index:
        assert index.keys().tolist() == [1]


@pytest.mark.parametrize(
    ("writes", "batch"), [(100, 25), pytest.param(1000, 100, marks=pytest.mark.slow)]
)
def test_four_readers_search_without_error_while_a_writer_adds(folder, monkeypatch, writes, batch):
    """Every answer equals the one of some generation: a search sees one snapshot.

    All paragraphs of a generation hold the same number of terms, so each score tells N and df.
    """
    monkeypatch.setattr(merging, "FLUSH", 512)
    expected = {round(math.log(1 + 0.5 / (n * batch + 0.5)), 9) for n in range(1, writes + 1)}
    wrong: list[object] = []
    done = threading.Event()

    def read(index: Index) -> None:
        while not done.is_set():
            try:
                hits = index.search(["税"], 5)
                found = {round(score, 9) for _, score in hits}
                if [key for key, _ in hits] != [0, 1, 2, 3, 4] or not found <= expected:
                    wrong.append(hits)
            except Exception as error:  # whatever it is, the test shows it
                wrong.append(error)

    with Index.open(folder) as index:
        index.add([(key, ["税"]) for key in range(batch)])
        readers = [threading.Thread(target=read, args=(index,)) for _ in range(4)]
        for reader in readers:
            reader.start()
        for write in range(1, writes):
            index.add([(key, ["税"]) for key in range(write * batch, (write + 1) * batch)])
        done.set()
        for reader in readers:
            reader.join()
        index.flush()
        assert wrong == []
        assert len(index) == writes * batch


def test_joining_in_memory_keeps_few_segments(folder):
    with Index.open(folder) as index:
        for key in range(300):
            index.add([(key, ["a", f"b{key % 9}"])])
        sizes = [len(part.segment) for part in index._live.snapshot.parts]
        assert sum(sizes) == 300
        assert len(sizes) <= 3 * live.FAN_OUT


def test_nothing_is_left_to_compile_once_the_index_has_been_prepared(folder: Path) -> None:
    code = """
import sys
from tests.retrieval.index.test_index import compiled_of, write_and_follow
from retrieval.index import prepare
prepare()
before = compiled_of()
write_and_follow(sys.argv[1])
after = compiled_of()
print({name: (before[name], after[name]) for name in after if before[name] != after[name]})
"""
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == "{}\n"


def compiled_of() -> dict[str, int]:
    """How many kinds of arguments each kernel is compiled for in this process."""
    return {
        name: len(kernel.signatures)
        for name, kernel in (vars(kernels) | vars(search_kernels)).items()
        if hasattr(kernel, "signatures")
    }


def write_and_follow(name: str) -> None:
    """All that an index does, by its writer and by a reader that follows it."""
    paragraphs = [{"terms": [str(n), "a"] * 9, "others": ["b"] * 99} for n in range(900)]
    with Index.open(name, fields=["terms", "others"]) as index:
        index.rebuild(enumerate(paragraphs))
        with Index.open(name, read_only=True) as reader:
            for some in range(0, 900, 100):
                index.add([(some + n, paragraphs[n]) for n in range(0, 100, 2)])
                index.add([(1000 + some + n, [f"{some}x{n}"] * 20) for n in range(100)])
                index.delete([some, some + 1])
                for opened in (index, reader):
                    opened.search(["a", str(some)], where={1, 2, some + 4})
                    opened.search({"terms": ["a"], "others": ["b"]})
                    opened.scores(["a"], [1, 2])
            index.flush()
            assert len(reader.search(["a"], 3)) == 3
            assert index.document_frequency("b", "others") == 882
