"""A change of behaviour moves its version number; a move of code doesn't."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from corpus.store.store import Store
from retrieval import checked_json
from retrieval.answering import calibration
from retrieval.engine.opening import opened_answerer
from retrieval.index_sync import folder_of, lag, open_index
from retrieval.ranking.confidence import Calibration, Curve
from retrieval.ranking.features import Averages
from retrieval.text import analyzer
from tests.versions import RECORDED, found


def test_no_behaviour_has_moved_without_its_version(sample_db: Path) -> None:
    recorded = json.loads(RECORDED.read_text())
    with opened_answerer(sample_db) as answerer:
        now = found(answerer)
    moved = [
        name
        for name, state in now.items()
        if state["digest"] != recorded[name]["digest"]
        and state["version"] == recorded[name]["version"]
    ]
    assert moved == [], "add one to its version"
    assert now == recorded, "record it: python -m tests.versions"


def test_an_index_of_the_days_of_hashes_is_of_version_one(
    own_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyzer, "ANALYZER_VERSION", 1)
    with Store.open(own_db) as store, open_index(own_db) as index:
        index.add([], mark=f"{store.identity()}:f356db5e:{store.generation()}")
        assert lag(store, index) == 0
        index.add([], mark=f"{store.identity()}:0000abcd:{store.generation()}")
        assert lag(store, index) is None


def test_a_calibration_of_the_days_of_hashes_is_of_version_one(
    own_db: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "RANKING_VERSION", 1)
    kept = Calibration(Curve(3.0, -1.0), Curve(6.0, -4.0), Averages(text=90.0, title=20.0))
    with Store.open(own_db) as store, open_index(own_db) as index:
        for version, is_kept in (("0e0e3a56", True), ("0000abcd", False)):
            known = {"corpus": f"{store.identity()}:{version}", "paragraphs": len(index)}
            path = folder_of(own_db) / calibration.FILE
            written = {**known, **asdict(kept)}
            checked_json.write(path, calibration._NAME, calibration.FORMAT, written)
            assert (calibration.calibration(store, index) == kept) is is_kept
