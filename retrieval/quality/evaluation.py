"""Gold questions → figures, by the field's usual measures.

Two forms of test collections are read: questions whose post and answer spans are
known (JSON Lines), and BEIR folders (`corpus.jsonl[.gz]`, `queries.jsonl`,
`qrels.tsv`).
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpus.store.corrections import OperatorJudgement
from retrieval.answering.answer import Answer, Passage
from retrieval.quality.files import BadTestCollection, rows
from retrieval.ranking.pieces import LONGEST_PASSAGE, LONGEST_SENTENCE

# --- questions with known answers ------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question, the posts that answer it (none: it is unanswerable), the answer's spans."""

    id: str
    question: str
    posts: frozenset[str]
    spans: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one question was answered. Of an unanswerable one only `answered` counts."""

    gold: GoldQuestion
    answered: bool
    post_at_1: bool
    answer_at_1: bool
    answer_at_3: bool
    sentence: bool


def read_questions(path: Path) -> list[GoldQuestion]:
    """The gold questions of a JSON Lines file: id, question, answers, post, posts, kind.

    Raises `BadTestCollection`.
    """
    gold: list[GoldQuestion] = []
    for number, row in rows(path):
        try:
            gold.append(gold_question_of(row))
        except (KeyError, TypeError) as error:
            raise BadTestCollection(f"{path}:{number}: not a gold question ({error!r})") from None
    return gold


def gold_question_of(row: dict[str, Any]) -> GoldQuestion:
    """A row of such a file; KeyError or TypeError where it is none."""
    posts = {row["post"], *row.get("posts", ())} - {None}
    spans = tuple(_bare(span) for span in row["answers"])
    return GoldQuestion(row["id"], row["question"], frozenset(posts), spans, row.get("kind", ""))


def row_of(judgement: OperatorJudgement) -> dict[str, Any]:
    """An operator's judgement as a row of such a file."""
    return {
        "id": f"review-{judgement.id}",
        "question": judgement.question,
        "answers": [judgement.answer],
        "post": judgement.post,
        "kind": "review",
    }


def assess(gold: GoldQuestion, answer: Answer) -> Verdict:
    """What `answer` is worth: its first 400 characters are read, 120 of its sentence."""

    def holds(passage: Passage, text: str) -> bool:
        shown = _bare(text)
        return (
            passage.post in gold.posts
            and shown in _bare(passage.text)
            and any(span in shown for span in gold.spans)
        )

    first = answer.passages[:1]
    return Verdict(
        gold=gold,
        answered=answer.answered,
        post_at_1=any(p.post in gold.posts for p in first),
        answer_at_1=any(holds(p, p.text[:LONGEST_PASSAGE]) for p in first),
        answer_at_3=any(holds(p, p.text[:LONGEST_PASSAGE]) for p in answer.passages[:3]),
        sentence=any(holds(p, p.sentence[:LONGEST_SENTENCE]) for p in first),
    )


def figures(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Shares in 0–1: post@1, answer@1, answer@3, sentence and refused over the answerable
    questions, and for each kind of unanswerable one the share kept (answered all the same).
    """
    answerable = [v for v in verdicts if v.gold.posts]
    shares = {
        "post@1": _share(v.post_at_1 for v in answerable),
        "answer@1": _share(v.answer_at_1 for v in answerable),
        "answer@3": _share(v.answer_at_3 for v in answerable),
        "sentence": _share(v.sentence for v in answerable),
        "refused": _share(not v.answered for v in answerable),
        "questions": len(answerable),
    }
    kinds = sorted({v.gold.kind for v in verdicts if not v.gold.posts})
    for kind in kinds:
        kept = [v.answered for v in verdicts if not v.gold.posts and v.gold.kind == kind]
        shares[f"{kind} kept"] = _share(kept)
    return shares


# --- saved queries and the posts that answer them ------------------------------------


# --- BEIR folders -------------------------------------------------------------------


# --- the baseline --------------------------------------------------------------------


# --- files ----------------------------------------------------------------------------


def _bare(text: str) -> str:
    """`text` in half width, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values) if values else 0.0
