"""The files of vectors: what is written is found, and nothing that was not is ever served."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.embeddings.embedder import EmbeddingError, Vectors
from retrieval.embeddings.vectors import VectorReader, VectorsLocked, VectorWriter
from tests.conftest import ROOT

OWNER = "db letters 1"
PROBE = np.eye(8, dtype=np.float32)[0]


def vectors(*keys: int) -> Vectors:
    """A vector of length 1 for each key, the same every time."""
    rows = [np.random.default_rng(key).normal(size=8) for key in keys]
    return np.array([row / np.linalg.norm(row) for row in rows], np.float32)


def written(folder: Path, *keys: int) -> None:
    with VectorWriter(folder, OWNER) as writer:
        writer.follow_model(PROBE)
        writer.add(keys, vectors(*keys))


def found(folder: Path, *keys: int, owner: str = OWNER) -> dict[int, float]:
    """By key the cosine of what is found of it with what was written."""
    reader = VectorReader(folder, owner)
    cosines = (reader.cosines(vectors(key)[0], keys).get(key) for key in keys)
    return {key: round(c, 1) for key, c in zip(keys, cosines, strict=True) if c is not None}


def test_what_is_added_is_found_by_its_key(tmp_path: Path) -> None:
    written(tmp_path, 7, 3)
    written(tmp_path, 5)
    assert found(tmp_path, 3, 4, 5, 7, 9) == {3: 1, 5: 1, 7: 1}
    assert VectorReader(tmp_path, OWNER).keys().tolist() == [3, 5, 7]


@given(st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8).filter(any))
def test_a_byte_a_number_is_near_enough(numbers: list[float]) -> None:
    from tempfile import TemporaryDirectory

    row = np.array(numbers, np.float64)
    row /= np.linalg.norm(row)
    with TemporaryDirectory() as folder:
        with VectorWriter(Path(folder), OWNER) as writer:
            writer.follow_model(PROBE)
            writer.add([1], np.array([row], np.float32))
        [cosine] = VectorReader(Path(folder), OWNER).cosines(row.astype(np.float32), [1]).values()
    assert cosine == pytest.approx(1, abs=0.02)


def test_nothing_is_found_where_nothing_was_written(tmp_path: Path) -> None:
    assert found(tmp_path / "none", 1) == {}
    assert found(tmp_path, 1) == {}
    with VectorWriter(tmp_path, OWNER) as writer:
        writer.follow_model(PROBE)
    assert found(tmp_path, 1) == {}


@pytest.mark.parametrize("owner", ["db letters 2", "restored letters 1"])
def test_vectors_of_another_model_or_database_are_not_read_and_begun_anew(
    tmp_path: Path, owner: str
) -> None:
    written(tmp_path, 1)
    assert found(tmp_path, 1, owner=owner) == {}
    with VectorWriter(tmp_path, owner) as writer:
        writer.follow_model(PROBE)
        assert writer.whole() == set()
        writer.add([2], vectors(2))
    assert found(tmp_path, 1, 2, owner=owner) == {2: 1}
    assert found(tmp_path, 1, 2) == {}


def test_a_model_that_changed_under_its_name_begins_anew(tmp_path: Path) -> None:
    written(tmp_path, 1)
    for probe in (-PROBE, PROBE[:4]):
        with VectorWriter(tmp_path, OWNER) as writer:
            writer.follow_model(probe)
            assert writer.whole() == set()


def test_a_vector_of_another_size_is_refused_and_not_compared(tmp_path: Path) -> None:
    written(tmp_path, 1)
    with VectorWriter(tmp_path, OWNER) as writer, pytest.raises(EmbeddingError, match="another"):
        writer.add([2], np.ones((1, 4), np.float32))
    assert VectorReader(tmp_path, OWNER).cosines(np.ones(4, np.float32), [1]) == {}


def test_a_reader_follows_what_is_written(tmp_path: Path) -> None:
    reader = VectorReader(tmp_path, OWNER, every=0)
    lengths = [len(reader)]
    for key in (1, 2):
        written(tmp_path, key)
        lengths.append(len(reader))
    with VectorWriter(tmp_path, OWNER) as writer:
        writer.keep_only([2])
    lengths.append(len(reader))
    assert lengths == [0, 1, 2, 1]


def test_only_one_writes(tmp_path: Path) -> None:
    with VectorWriter(tmp_path, OWNER), pytest.raises(VectorsLocked, match="end it, or wait"):
        VectorWriter(tmp_path, OWNER)


def test_what_is_removed_leaves_and_the_scale_stays(tmp_path: Path) -> None:
    written(tmp_path, 1, 2, 3)
    with VectorWriter(tmp_path, OWNER) as writer:
        writer.set_scale((0.5, 0.1))
        writer.keep_only({1, 3, 4})
    assert found(tmp_path, 1, 2, 3) == {1: 1, 3: 1}
    assert VectorReader(tmp_path, OWNER).scale() == (0.5, 0.1)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "2.numbers", "2.rows", "lock", "manifest.json",
    ]  # fmt: skip


def test_a_flipped_bit_anywhere_makes_one_vector_missing_and_is_mended(tmp_path: Path) -> None:
    written(tmp_path, 1, 2, 3)
    dice = random.Random(5)
    for name in ("1.rows", "1.numbers"):
        whole = (tmp_path / name).read_bytes()
        for _ in range(40):
            broken = bytearray(whole)
            broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
            (tmp_path / name).write_bytes(broken)
            served = found(tmp_path, 1, 2, 3)
            assert len(served) == 2
            assert set(served.values()) == {1.0}
            assert VectorReader(tmp_path, OWNER).damaged() == 1
            with VectorWriter(tmp_path, OWNER) as writer:
                assert writer.whole() == set(served)
        (tmp_path / name).write_bytes(whole)


def test_a_damaged_manifest_is_none(tmp_path: Path) -> None:
    written(tmp_path, 1)
    path = tmp_path / "manifest.json"
    whole = path.read_bytes()
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= 4
        path.write_bytes(broken)
        assert found(tmp_path, 1) in ({}, {1: 1})
    path.write_text(json.dumps([]))
    assert found(tmp_path, 1) == {}
    written(tmp_path, 2)
    assert found(tmp_path, 1, 2) == {2: 1}


@pytest.mark.parametrize("name", ["1.rows", "1.numbers"])
@pytest.mark.parametrize("cut", [1, 9, 30])
def test_what_is_cut_short_loses_the_last_vectors_only(tmp_path: Path, name: str, cut: int) -> None:
    written(tmp_path, 1, 2, 3, 4, 5, 6)
    path = tmp_path / name
    os.truncate(path, path.stat().st_size - cut)
    kept = found(tmp_path, *range(1, 7))
    assert list(kept) == list(range(1, len(kept) + 1))
    assert kept
    written(tmp_path, 9)
    assert found(tmp_path, *range(1, 10)) == kept | {9: 1}


_KILLED = """
import os, sys
from pathlib import Path
from retrieval.embeddings import vectors
from tests.retrieval.embeddings.test_vectors import OWNER, PROBE, vectors as of

def build(folder, added):
    for start in range(1, 60, 4):
        with vectors.VectorWriter(folder, OWNER) as writer:
            writer.follow_model(PROBE)
            keys = sorted(set(range(start, start + 4)) - writer.whole())
            writer.add(keys, of(*keys))
            print(*keys, file=added, flush=True)
            if start % 8 == 5:
                writer.keep_only(range(1, start + 4))
                writer.set_scale((0.5, 0.1))
    print("done", file=added, flush=True)

for moment in (*range(51), 99):
    folder = Path(sys.argv[1], str(moment))
    folder.mkdir()
    child = os.fork()
    if not child:
        left = moment
        def step(name):
            global left
            left -= 1
            if left < 0:
                os.kill(os.getpid(), 9)
        vectors.step = step
        with (folder / "added").open("w") as added:
            build(folder / "x.vectors", added)
        os._exit(0)
    os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills children that it forks")
def test_a_kill_at_any_of_fifty_steps_loses_the_batch_in_work_at_most(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], cwd=ROOT, check=True)
    killed = 0
    for folder in tmp_path.iterdir():
        said = (folder / "added").read_text().split()
        killed += "done" not in said
        added = {int(key) for key in said if key != "done"}
        kept = found(folder / "x.vectors", *range(1, 65))
        assert added <= kept.keys() <= added | set(range(len(added) + 1, len(added) + 5))
        assert set(kept.values()) <= {1.0}
        written(folder / "x.vectors", 99)
        assert found(folder / "x.vectors", *range(1, 65), 99) == kept | {99: 1}
    assert killed >= 50
