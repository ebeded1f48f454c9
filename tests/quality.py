"""What becomes of each gold question over the sample posts.

    python -m tests.quality

records it anew in tests/questions/sample.recorded.json, after a change that
was meant to move answers; look at what `git diff` says of it before you commit.
"""

import json
from collections import Counter
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.engine.opening import opened_answerer
from retrieval.quality.evaluation import Verdict, assess, read_questions
from tests.conftest import SAMPLE

QUESTIONS = Path(__file__).parent / "questions" / "sample.jsonl"
RECORDED = QUESTIONS.with_suffix(".recorded.json")
NOW = datetime(2026, 6, 1, tzinfo=timezone.utc)


def outcomes(db: Path) -> dict[str, str]:
    """By question's id, what became of it, over the sample posts in the database at `db`."""
    with opened_answerer(db) as answerer:
        return {
            gold.id: outcome(assess(gold, answerer.ask(gold.question, limit=3, now=NOW)))
            for gold in read_questions(QUESTIONS)
        }


def outcome(verdict: Verdict) -> str:
    """A verdict in words: of an answerable question how good the answer is, best first:
    "sentence", "answer@1", "answer@3", "post@1", "wrong", "refused"; else "kept" or "silent".
    """
    if not verdict.gold.posts:
        return "kept" if verdict.answered else "silent"
    if not verdict.answered:
        return "refused"
    if verdict.answer_at_1:
        return "sentence" if verdict.sentence else "answer@1"
    if verdict.answer_at_3:
        return "answer@3"
    return "post@1" if verdict.post_at_1 else "wrong"


def main() -> None:
    with TemporaryDirectory() as folder:
        db = Path(folder, "sample.db")
        with Store.open(db, create=True) as store:
            ingest(store, [SAMPLE])
        found = outcomes(db)
    RECORDED.write_text(json.dumps(found, indent=0) + "\n")
    print(*(f"{name} {count}" for name, count in Counter(found.values()).most_common()), sep="\n")


if __name__ == "__main__":
    main()
