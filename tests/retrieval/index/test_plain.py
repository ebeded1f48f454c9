"""What numpy alone does beside the compiled loops: the same files and hits, to the last digit."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index import Index, loops, search_kernels

Write = list[tuple[int, dict[str, list[str]]]] | frozenset[int]

TERMS = st.sampled_from(["税", "稅", "", "\0", "a\0b", "\ud800", "x" * 300, *"abcdefgh"])
PARAGRAPHS = st.dictionaries(
    st.sampled_from(["words", "others"]), st.lists(TERMS, max_size=30), max_size=2
)
ENTRIES = st.lists(st.tuples(st.integers(0, 40), PARAGRAPHS), min_size=1, max_size=9)
WRITES = st.lists(st.one_of(ENTRIES, st.frozensets(st.integers(0, 45), max_size=9)), max_size=6)
QUESTIONS = st.dictionaries(
    st.sampled_from(["words", "others"]),
    st.lists(st.one_of(TERMS, st.text(max_size=2)), max_size=6),
)


assert search_kernels  # loaded: what is compared with are the compiled loops


def without_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on indexes do as in a process that hasn't loaded the compiled loops."""
    monkeypatch.setattr("retrieval.index.vocabulary.are_compiled", lambda: False)
    for work in (loops.searching, loops.writing):
        monkeypatch.setattr(work, "is_plain", lambda: True)


def written(folder: Path, writes: Sequence[Write]) -> list[dict[str, bytes]]:
    """The files of a new index after some writes, and after a rebuild of all that was added."""
    files: list[dict[str, bytes]] = []
    added = [write for write in writes if isinstance(write, list)]
    with Index.open(folder, fields=["words", "others"]) as index:
        for write in writes:
            index.add(write) if isinstance(write, list) else index.delete(write)
        for finish in (index.flush, lambda: index.rebuild(chain(*added))):
            finish()
            files.append({path.name: path.read_bytes() for path in folder.glob("*.arrays")})
    return files


@settings(max_examples=60, deadline=None)
@given(WRITES)
def test_both_write_the_same_files(writes) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        compiled = written(Path(folder, "compiled"), writes)
        without_kernels(monkeypatch)
        assert written(Path(folder, "plain"), writes) == compiled


@settings(max_examples=60, deadline=None)
@given(
    WRITES,
    QUESTIONS,
    st.integers(1, 12),
    st.one_of(st.none(), st.frozensets(st.integers(0, 45))),
    st.sampled_from(["lucene", "okapi"]),
)
def test_both_searches_find_the_same(writes, question, k, where, similarity) -> None:
    keys = list(range(46))
    with (
        tempfile.TemporaryDirectory() as folder,
        pytest.MonkeyPatch.context() as monkeypatch,
        Index.open(folder, similarity=similarity, fields=["words", "others"]) as index,
    ):
        for write in writes:
            index.add(write) if isinstance(write, list) else index.delete(write)
        compiled = index.search(question, k, where), index.scores(question, keys).tolist()
        held = [index.document_frequency(term) for term in question.get("words", ())]
        without_kernels(monkeypatch)
        assert (index.search(question, k, where), index.scores(question, keys).tolist()) == compiled
        assert [index.document_frequency(term) for term in question.get("words", ())] == held


@pytest.fixture(scope="module")
def large() -> Iterator[Path]:
    """An index of several windows, with frequent terms, long paragraphs and deleted ones."""
    random = np.random.default_rng(3)
    lengths = random.integers(1, 40, 40_000)
    terms = (random.zipf(1.3, int(lengths.sum())) % 3000).tolist()
    ends = np.cumsum(lengths).tolist()
    with tempfile.TemporaryDirectory() as folder:
        with Index.open(folder) as index:
            paragraphs = (
                [f"词{term}" for term in terms[end - length : end]] + ["多"] * (end % 37)
                for end, length in zip(ends, lengths.tolist(), strict=True)
            )
            index.rebuild(enumerate(paragraphs))
            index.delete(range(0, 40_000, 7))
            index.flush()
        yield Path(folder)


def test_both_searches_find_the_same_in_a_large_index(large: Path, monkeypatch) -> None:
    random = np.random.default_rng(4)
    questions = [[f"词{term}" for term in random.zipf(1.3, 8) % 3000] + ["多"] for _ in range(40)]
    with Index.open(large, read_only=True) as index:
        compiled = [index.search(question, 10) for question in questions]
        without_kernels(monkeypatch)
        assert [index.search(question, 10) for question in questions] == compiled


def test_both_write_the_same_large_files(monkeypatch, tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    terms = random.zipf(1.2, (1500, 200)) % 5000
    writes: list[Write] = [
        [
            (key, {"words": [f"词{term}" for term in row], "others": ["多"] * key})
            for key, row in enumerate(terms)
        ]
    ]
    compiled = written(tmp_path / "compiled", writes)
    without_kernels(monkeypatch)
    assert written(tmp_path / "plain", writes) == compiled


def test_a_process_loads_the_compiled_loops_when_it_has_searched_long(large: Path) -> None:
    code = f"""
import sys
from retrieval.index import Index, loops
with Index.open({str(large)!r}, read_only=True) as index:
    first = index.search(["词1", "词7", "多"], 5)
    was_loaded = "numba" in sys.modules
    loops.PATIENCE = 0
    print(was_loaded, index.search(["词1", "词7", "多"], 5) == first, "numba" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False True True\n"


@pytest.mark.parametrize(("documents", "is_compiled"), [(19_999, False), (20_000, True)])
def test_a_server_goes_without_the_compiled_loops_for_good_where_paragraphs_are_few(
    large: Path, tmp_path: Path, documents: int, is_compiled: bool
) -> None:
    code = f"""
import sys
from retrieval.index import Index, loops, settle
loops.PATIENCE = 0
settle({documents})
with Index.open({str(large)!r}, read_only=True) as index:
    index.search(["词1", "词7", "多"], 5)
with Index.open(sys.argv[1], fields=["words", "others"]) as index:
    index.add([(1, {{"words": ["词"], "others": ["多"]}})])
    index.search(["词"], 5)
print("numba" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "other")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"{is_compiled}\n"
