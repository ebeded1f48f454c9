"""What each part of the answering is worth: gold questions, asked with one part off after another.

    python -m tests.drills.ablation DATABASE QUESTIONS QUESTIONS… [--now 2026-11-28]

A part is what belongs together, more than one feature or signal (`taxnews evaluate --ablation`
switches off a feature each). Each is measured in a process of its own, over a copy of the database
that is indexed and calibrated without it. Prints a row for each part, and in it for each file of
questions answer@1, answer@3, sentence, refused, and the share of near questions without an answer
that are kept. It takes half a minute of a core for each part and file.
"""

import argparse
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from unittest.mock import patch

from corpus.reading.posts import CHINA
from corpus.store.values import Story
from retrieval.engine.opening import opened_answerer
from retrieval.quality.evaluation import Verdict, assess, figures, read_questions
from retrieval.ranking import confidence, ranking
from retrieval.ranking.sentence_scorer import PieceMatch, SentenceScorer

MEASURES = ("answer@1", "answer@3", "sentence", "refused")


@dataclass(frozen=True)
class Part:
    """What is switched off together: features and signals, by name, and what stands in the place of
    something in `retrieval`."""

    name: str
    features: Sequence[str] = ()
    signals: Sequence[str] = ()
    instead: Mapping[str, Any] = field(default_factory=dict)

    def off(self) -> ExitStack:
        """Within, the part is off."""
        stack = ExitStack()
        stack.enter_context(patch.dict(ranking.WEIGHTS, dict.fromkeys(self.features, 0.0)))
        stack.enter_context(patch.dict(confidence.WEIGHTS, dict.fromkeys(self.signals, 0.0)))
        for place, other in self.instead.items():
            stack.enter_context(patch(f"retrieval.{place}", other))
        return stack


def _always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def _as_they_are(text: str) -> str:
    return text


def _alone(story: Story) -> Sequence[range]:
    """Each paragraph as a unit of its own."""
    return [range(at, at + 1) for at in range(len(story.post.paragraphs))]


def _share(scorer: SentenceScorer, match: PieceMatch, _: int = 0) -> float:
    """What a piece says of the question, and nothing else."""
    return scorer._matcher.weight_share(match.found)


def _same_places(_: Any, *places: Any) -> tuple[int, int]:
    """The parts of a sentence that were chosen, without what goes with them."""
    return places[-2], places[-1]


PARTS = (
    Part("all"),
    Part("no lexicon", instead={"text.synonyms._bundled_text": _always("")}),
    Part("no everyday words", instead={"text.synonyms.BUNDLED": ("synonyms.tsv",)}),
    Part(
        "no types of posts",
        ("type", "rule", "statute"),
        ("news",),
        {"answering.answerer._are_mostly_cases": _always(False)},
    ),
    Part(
        "no articles of statutes",
        ("article",),
        instead={
            "ranking.normalised_stories.units": _alone,
            "ranking.passages.label": _always(None),
            "ranking.rules.label": _always(None),
        },
    ),
    Part(
        "no time of a rule",
        ("recent", "newest", "value", "year"),
        instead={"ranking.ranking.in_force": list},
    ),
    Part("no place of a rule", ("place",), instead={"ranking.mismatch.mentioned": _always([])}),
    Part("numbers as they are written", instead={"text.analyzer.in_one_form": _as_they_are}),
    Part(
        "no ranges",
        ("range",),
        instead={
            "ranking.features.quantities_of": _always(()),
            "ranking.sentence_scorer.quantities_of": _always(()),
        },
    ),
    Part(
        "not whose figure",
        ("figure", "whose"),
        instead={
            "ranking.features.wanted_figure": _always(None),
            "ranking.sentence_scorer.wanted_figure": _always(None),
        },
    ),
    Part(
        "the sentence by its words only",
        ("sentence",),
        instead={"ranking.sentence_scorer.SentenceScorer.score": _share},
    ),
    Part(
        "sentences without head, name and rest",
        instead={
            f"ranking.sentences.{name}": _same_places
            for name in ("_whole", "_with_head", "_with_name")
        },
    ),
    Part(
        "silence: not what is missing",
        signals=("missing_words", "missing_characters", "missing_thing"),
    ),
    Part("silence: not what is expected", signals=("sentence", "lacks_type")),
    Part("silence: not the title", signals=("titled",)),
    Part("silence: not the lead", signals=("lead",)),
    Part(
        "silence: not another thing",
        signals=("unknown_entity",),
        instead={"answering.answerer.is_of_another": _always(False)},
    ),
    Part(
        "silence: no line of its own",
        instead={"answering.answerer.reply_to_unanswerable": _always(None)},
    ),
)


def row(db: Path, paths: Sequence[Path], now: datetime, at: int) -> list[float]:
    """The figures without the part at a place of `PARTS`, those of one file after the other's."""
    with tempfile.TemporaryDirectory() as folder, PARTS[at].off():
        copy = Path(folder, "copy.db")
        with closing(sqlite3.connect(db)) as old, closing(sqlite3.connect(copy)) as new:
            old.backup(new)
        with opened_answerer(copy) as answerer:
            verdicts = [
                [assess(one, answerer.ask(one.question, limit=3, now=now)) for one in gold]
                for gold in map(read_questions, paths)
            ]
    return [figure for of_file in verdicts for figure in _figures(of_file)]


def _figures(verdicts: Sequence[Verdict]) -> list[float]:
    near = [v.answered for v in verdicts if not v.gold.posts and "near" in v.gold.kind]
    shares = figures(verdicts)
    return [*(shares[measure] for measure in MEASURES), sum(near) / max(1, len(near))]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("db", type=Path)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--now", type=datetime.fromisoformat, default=datetime.now())
    args = parser.parse_args()
    measured = partial(row, args.db, args.questions, args.now.replace(tzinfo=CHINA))
    print(" ".join([*MEASURES, "near kept"]), *(path.stem for path in args.questions), sep=" | ")
    # A process each: what one part leaves in a cache is not for the next.
    with get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        width = len(MEASURES) + 1
        for part, found in zip(PARTS, pool.imap(measured, range(len(PARTS))), strict=True):
            of_files = [found[at : at + width] for at in range(0, len(found), width)]
            cells = (" ".join(f"{figure:.3f}".lstrip("0") for figure in one) for one in of_files)
            print(part.name, *cells, sep=" | ", flush=True)


if __name__ == "__main__":
    main()
