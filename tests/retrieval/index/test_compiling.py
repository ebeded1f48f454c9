"""What numba keeps of the compiled loops goes with the files that they are made of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from retrieval.index import compiling


def test_a_constant_changed_in_another_file_compiles_the_loops_that_use_it_again(
    tmp_path: Path,
) -> None:
    own = Path(compiling.__file__).parent
    folder = tmp_path / "retrieval" / "index"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(own, folder, ignore=ignored)
    (tmp_path / "retrieval" / "__init__.py").touch()
    before = width_of_a_bucket(tmp_path)
    arrays = folder / "arrays.py"
    text = arrays.read_text(encoding="utf-8")
    assert "\nBUCKET = 16 " in text
    arrays.write_text(text.replace("\nBUCKET = 16 ", "\nBUCKET = 128 "), encoding="utf-8")

    assert (before, width_of_a_bucket(tmp_path)) == (11, 14)


def test_the_loops_are_made_of_files_that_are_there() -> None:
    folder = Path(compiling.__file__).parent

    assert [name for name in compiling.SOURCES if not (folder / name).exists()] == []


def width_of_a_bucket(root: Path) -> int:
    """The bits that a list of 100 among 10,000 documents drops, as a new process computes it."""
    code = "from retrieval.index.kernels import bucket_shift; print(bucket_shift(100, 10_000))"
    env = {**os.environ, "PYTHONPATH": str(root), "NUMBA_CACHE_DIR": str(root / "kept")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=True)
    return int(done.stdout)
