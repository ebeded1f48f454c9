"""`taxnews evaluate`: how good the answers are."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from gettext import gettext as _
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from bot import settings
from bot.cli.options import FILE, OLD_FILE, db_option, now_option, progress
from corpus.errors import TaxnewsError
from corpus.store.store import Store
from retrieval.answering.answer import Answer
from retrieval.answering.answerer import Answerer
from retrieval.answering.options import PARTS
from retrieval.engine import opening, upkeep
from retrieval.news.boilerplate import RECENT
from retrieval.news.saved_queries import SavedQueryMatcher
from retrieval.quality import beir as beir_sets
from retrieval.quality import evaluation, files, saved_queries

if TYPE_CHECKING:
    from retrieval.quality.baseline import Baseline

BASELINE = "rank-bm25"


@click.command()
@click.option("--questions", type=OLD_FILE, help="Gold questions, one JSON object a line.")
@click.option(
    "--beir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A test collection in BEIR form: its folder.",
)
@click.option(
    "--watches",
    type=OLD_FILE,
    help="Judged saved queries and posts, one JSON object a line; posts without text are --db's.",
)
@click.option(
    "--feedback",
    is_flag=True,
    help="Measure on the gold questions of taxnews review, without its changes and with them.",
)
@click.option("--run", type=FILE, help="With --beir: write the ranking here, in TREC's form.")
@click.option(
    "--baseline", type=click.Choice([BASELINE]), help="Measure BM25Okapi over jieba.lcut as well."
)
@click.option(
    "--ablation",
    is_flag=True,
    help="With --questions: measure again with each part of the ranking off.",
)
@now_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@db_option
def evaluate(
    questions: Path | None,
    beir: Path | None,
    watches: Path | None,
    feedback: bool,
    run: Path | None,
    baseline: str | None,
    ablation: bool,
    now: datetime | None,
    as_json: bool,
    db: Path,
) -> None:
    """Measure the answers on gold questions, or the ranking on a BEIR folder.

    \b
    Example:
      taxnews evaluate --questions tests/questions/sample.jsonl --baseline rank-bm25
      taxnews evaluate --questions tests/questions/sample.jsonl --ablation
      taxnews evaluate --beir eval/cmrc --run cmrc.tsv
      taxnews evaluate --watches tests/watches/judged.jsonl
      taxnews evaluate --feedback
    """  # fmt: skip
    if [questions, beir, watches, feedback or None].count(None) != 3:
        message = _("give one of --questions FILE, --beir FOLDER, --watches FILE and --feedback")
        raise click.UsageError(message)
    if run and not beir:
        raise click.UsageError(_("--run goes with --beir"))
    if ablation and not questions:
        raise click.UsageError(_("--ablation goes with --questions"))
    if questions:
        figures = _on_questions(questions, db, baseline, now, ablation)
    elif feedback:
        figures = _on_feedback(db, now)
    elif watches:
        figures = {"taxnews": _on_saved_queries(watches, db, now)}
    else:
        assert beir is not None
        figures = _on_beir(beir, run, baseline, now)
    if as_json:
        click.echo(json.dumps(figures, ensure_ascii=False))
    else:
        _print_table(figures)


Figures = dict[str, dict[str, float]]


@contextmanager
def _opened(db: Path) -> Iterator[tuple[Answerer, Store]]:
    chosen = settings.own_synonyms(), settings.embedder()
    with opening.opened_answerer(db, *chosen) as answerer, Store.open(db) as store:
        yield answerer, store


def _on_questions(
    path: Path, db: Path, baseline: str | None, now: datetime | None, ablation: bool
) -> Figures:
    gold = evaluation.read_questions(path)
    systems: dict[str, Callable[[str], Answer]] = {}
    with _opened(db) as (answerer, store):
        systems["taxnews"] = _asking(answerer, now)
        for part in PARTS if ablation else ():
            systems[f"no {part}"] = _asking(answerer.without(part), now)
        if baseline:
            systems[baseline] = _baseline(store).ask
        return _measured(gold, systems)


def _on_feedback(db: Path, now: datetime | None) -> Figures:
    with _opened(db) as (answerer, store):
        gold = [evaluation.gold_question_of(evaluation.row_of(each)) for each in store.judgements()]
        if not gold:
            raise TaxnewsError(_("no question is judged yet; see: taxnews review"))
        systems = {"before": answerer.uncorrected(), "after": answerer}
        return _measured(gold, {name: _asking(each, now) for name, each in systems.items()})


def _measured(
    gold: Sequence[evaluation.GoldQuestion], systems: dict[str, Callable[[str], Answer]]
) -> Figures:
    return {
        name: evaluation.figures(
            [
                evaluation.assess(question, ask(question.question))
                for question in progress(f"Asking {name}")(gold)
            ]
        )
        for name, ask in systems.items()
    }


def _asking(answerer: Answerer, now: datetime | None) -> Callable[[str], Answer]:
    return lambda question: answerer.ask(question, limit=3, now=now)


def _on_beir(folder: Path, run: Path | None, baseline: str | None, now: datetime | None) -> Figures:
    collection = beir_sets.read_beir(folder)
    with TemporaryDirectory() as scratch:
        db = Path(scratch, "beir.db")
        with Store.open(db, create=True) as store:
            passages = beir_sets.fill(store, collection)
            upkeep.index(store, track=progress("Indexing"))
            systems: dict[str, Callable[[str], Iterable[tuple[int, float]]]] = {}
            with opening.opened_answerer(db, settings.own_synonyms()) as answerer:
                systems["taxnews"] = lambda query: (
                    (hit.key, hit.score) for hit in answerer.hits(query, now=now)
                )
                if baseline:
                    systems[baseline] = _baseline(store).rank
                figures = {}
                for name, rank in systems.items():
                    ask = progress(f"Asking {name}")
                    queries = ask(list(collection.queries.items()))
                    ranked = {q: _top(rank(text), passages) for q, text in queries}
                    if run and name == "taxnews":
                        beir_sets.write_run(run, ranked)
                    names = {query: [p for p, _ in hits] for query, hits in ranked.items()}
                    figures[name] = beir_sets.measure_run(names, collection.relevant)
    return figures


def _top(hits: Iterable[tuple[int, float]], passages: Mapping[int, str]) -> list[tuple[str, float]]:
    """The best passages of a test collection, by their ids."""
    return [(passages[key], score) for key, score in hits][: beir_sets.DEPTH]


def _baseline(store: Store) -> "Baseline":
    from retrieval.quality.baseline import Baseline  # here: it needs jieba and rank-bm25

    return Baseline(store)


def _on_saved_queries(path: Path, db: Path, now: datetime | None) -> dict[str, float]:
    judged = saved_queries.read(path)
    with TemporaryDirectory() as scratch:
        if judged.posts:
            db = Path(scratch, "watches.db")
            with Store.open(db, create=True) as store:
                saved_queries.fill_posts(store, judged.posts)
                upkeep.index(store, track=progress("Indexing"))
        with _opened(db) as (answerer, store):
            stories = store.stories(judged.ids)
            if missing := len(judged.ids) - len(stories):
                raise files.BadTestCollection(f"{path}: {missing} of its posts are not in {db}")
            matcher = SavedQueryMatcher(answerer, lambda: store.newest(RECENT))
            matcher.replace_queries(judged.queries, now)
            found = {
                (match.query, story.post.id) for story in stories for match in matcher.match(story)
            }
    return saved_queries.matching_figures(judged, found)


def _print_table(figures: Figures) -> None:
    table = Table(box=None)
    table.add_column("", no_wrap=True)
    measures = list(next(iter(figures.values())))
    for measure in measures:
        table.add_column(measure, justify="right")
    for name, system in figures.items():
        table.add_row(name, *(_number(system.get(measure, 0.0)) for measure in measures))
    console = Console()
    if not console.is_terminal:
        console.width = 120  # in a file nothing needs to be folded
    console.print(table)


def _number(value: float) -> str:
    return f"{value:.4f}" if isinstance(value, float) else str(value)
