"""The gold questions over the sample posts, each as it was recorded."""

import json
from pathlib import Path

from retrieval.quality.evaluation import read_questions
from tests.quality import QUESTIONS, RECORDED, outcomes


def test_no_answer_has_moved_since_it_was_recorded(sample_db: Path) -> None:
    recorded = json.loads(RECORDED.read_text())
    found = outcomes(sample_db)
    questions = {judged.id: judged.question for judged in read_questions(QUESTIONS)}
    moved = [
        f"{name} {questions[name]}: {recorded.get(name)} → {outcome}"
        for name, outcome in found.items()
        if outcome != recorded.get(name)
    ]
    assert moved == [], "if this was meant: python -m tests.quality"


def test_the_judged_set_is_large_and_has_unanswerable_questions() -> None:
    judged = read_questions(QUESTIONS)
    assert len(judged) >= 60
    assert len({question.id for question in judged}) == len(judged)
    assert {q.kind for q in judged if not q.posts} == {"none-near", "none-far"}
