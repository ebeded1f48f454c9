"""The weights of the signals of confidence, learned from gold questions.

    python -m tests.weights DATABASE QUESTIONS QUESTIONS…

prints them for `retrieval.ranking.confidence`: learned from all the files of questions (as
`taxnews evaluate` takes them), and from all but one of them, one after the other. Below stand, for
each file, the shares of its near and far questions without an answer that are kept where as many
of those with one are refused as `REFUSED` says (near, for each; far, for the middle one): by the
weights of the other files, and by all.

A question that is answered among the first three counts as one that has an answer, and once more
as one that has none, with the posts that answer it taken away. One whose answer isn't among them
teaches nothing, nor does one that is refused before it is weighed.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.answering.answerer import Answerer
from retrieval.engine.opening import opened_answerer
from retrieval.quality.evaluation import GoldQuestion, assess, read_questions
from retrieval.question.unanswerable import reply_to_unanswerable
from retrieval.ranking.ranking import Hit
from retrieval.ranking.signals import Signals

NAMES = (*(field.name for field in fields(Signals)), "constant")
PRESENT, NEAR, FAR, TAKEN_AWAY = "present", "near", "far", "taken away"
SHARES = {PRESENT: 1.0, NEAR: 0.7, FAR: 0.3, TAKEN_AWAY: 0.25}
"""What the questions of one file count, by what they are."""

RIDGE = 5.0
REFUSED = (0.05, 0.08, 0.12)
NOW = datetime(2026, 11, 28, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Example:
    """The signals of a question's best story, and what the question is."""

    signals: tuple[float, ...]
    kind: str


def examples(answerer: Answerer, gold: Iterable[GoldQuestion]) -> Iterator[Example]:
    """What some gold questions teach."""
    for one in gold:
        asked = answerer.read(one.question, NOW)
        if reply_to_unanswerable(asked.normal):
            continue
        hits = answerer.rank(asked)
        if not one.posts:
            yield from _example(answerer, one, hits, FAR if "far" in one.kind else NEAR)
            continue
        if assess(one, answerer.answer_of(asked, hits, 3, 1.0)).answer_at_3:
            yield from _example(answerer, one, hits, PRESENT)
        others = [hit for hit in hits if not _tells(hit, one)]
        yield from _example(answerer, one, others, TAKEN_AWAY)


def _tells(hit: Hit, gold: GoldQuestion) -> bool:
    """Whether a hit's post answers, or says the same words."""
    text = "".join("".join(p.text.split()) for p in hit.story.post.paragraphs)
    return hit.story.post.id in gold.posts or any(span in text for span in gold.spans)


def _example(
    answerer: Answerer, gold: GoldQuestion, hits: Sequence[Hit], kind: str
) -> Iterator[Example]:
    signals = answerer.signals(answerer.read(gold.question, NOW), hits)
    if signals:
        yield Example(astuple(signals), kind)


def learned(sets: Sequence[Sequence[Example]]) -> NDArray[np.float64]:
    """The weights by `NAMES`: a ridge logistic regression over signals of one spread."""
    rows = [(e, len([o for o in one if o.kind == e.kind])) for one in sets for e in one]
    values = np.array([(*e.signals, 1.0) for e, _ in rows])
    answers = np.array([e.kind == PRESENT for e, _ in rows], float)
    counts = np.array([100 * SHARES[e.kind] / alike for e, alike in rows])
    spread = values.std(axis=0)
    spread[spread == 0] = 1.0
    values = values / spread
    ridge = np.diag([RIDGE] * (len(NAMES) - 1) + [0.0])
    weights = np.zeros(len(NAMES))
    for _ in range(50):
        sure = 1 / (1 + np.exp(-values @ weights))
        slope = values.T @ (counts * (sure - answers)) + ridge @ weights
        bend = (values.T * (counts * sure * (1 - sure))) @ values + ridge
        weights = weights - np.linalg.solve(bend, slope)
    return weights / spread


def kept(weights: NDArray[np.float64], one: Sequence[Example]) -> str:
    """The shares of the near / far questions of a file that are kept."""

    def scores(kind: str) -> NDArray[np.float64]:
        rows = [(*e.signals, 1.0) for e in one if e.kind == kind]
        return np.array(rows).reshape(-1, len(NAMES)) @ weights

    def share(kind: str, refused: float) -> str:
        found = scores(kind)
        return (
            f"{(found >= np.quantile(scores(PRESENT), refused)).mean():.2f}" if len(found) else "–"
        )

    near = " ".join(share(NEAR, refused) for refused in REFUSED)
    return f"{near} / {share(FAR, REFUSED[1])}"


def main() -> None:
    db, *paths = map(Path, sys.argv[1:])
    with opened_answerer(db) as answerer:
        sets = [list(examples(answerer, read_questions(path))) for path in paths]
    columns = [learned(sets)]
    columns += [learned([s for s in sets if s is not one]) for one in sets if len(sets) > 1]
    print(f"{'':16}", "all     ", *(f"no {path.stem:10}" for path in paths))
    for at, name in enumerate(NAMES):
        print(f"{name:16}", *(f"{column[at]:8.2f}     " for column in columns))
    print("\nkept            ", "the others' weights  ", "all")
    for at, (path, one) in enumerate(zip(paths, sets, strict=True)):
        others = columns[at + 1] if len(sets) > 1 else columns[0]
        print(f"{path.stem:16}", f"{kept(others, one):21}", kept(columns[0], one))


if __name__ == "__main__":
    main()
