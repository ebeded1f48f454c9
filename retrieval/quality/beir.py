"""Test collections in BEIR form: corpus, queries, qrels, runs."""

import math
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from corpus.reading.posts import Paragraph, Post
from corpus.store.store import Store
from retrieval.quality.files import BadTestCollection, lines, rows
from retrieval.quality.saved_queries import fill_posts

DEPTH = 10
"""How deep a run is measured."""


@dataclass(frozen=True, slots=True)
class Beir:
    """A test collection in BEIR form: passages as posts, questions, relevant passages.

    `passages[i]` are the ids of the paragraphs of `posts[i]`.
    """

    posts: tuple[Post, ...]
    passages: tuple[tuple[str, ...], ...]
    queries: dict[str, str]
    relevant: dict[str, frozenset[str]]


def read_beir(folder: Path) -> Beir:
    """The set in `folder`. Passages of one `doc` with one title are the paragraphs of a post.

    Raises `BadTestCollection`.
    """
    posts = _passages(folder)
    relevant = _relevant(folder / "qrels.tsv")
    queries = {row["_id"]: row["text"] for _, row in rows(folder / "queries.jsonl")}
    return Beir(
        posts=tuple(
            _post(number, title, passages)
            for number, ((_, title), passages) in enumerate(posts.items())
        ),
        passages=tuple(tuple(name for name, _ in passages) for passages in posts.values()),
        queries={name: queries[name] for name in relevant if name in queries},
        relevant={name: frozenset(passages) for name, passages in relevant.items()},
    )


_Passages = list[tuple[str, str]]  # the id and the text of each


def _passages(folder: Path) -> dict[tuple[str, str], _Passages]:
    """The passages by document and title."""
    corpus = folder / "corpus.jsonl"
    passages: dict[tuple[str, str], _Passages] = defaultdict(list)
    for number, row in rows(corpus if corpus.exists() else folder / "corpus.jsonl.gz"):
        try:
            key = (row.get("doc") or row["_id"], row.get("title") or "")
            passages[key].append((row["_id"], row["text"]))
        except KeyError as error:
            raise BadTestCollection(f"{corpus}:{number}: no passage ({error!r})") from None
    return passages


def _post(number: int, title: str, passages: _Passages) -> Post:
    return Post(
        id=f"{number}",
        title=title or None,
        published=None,
        category=None,
        tags=(),
        source=None,
        url=None,
        paragraphs=tuple(Paragraph(None, text) for _, text in passages),
    )


def _relevant(path: Path) -> dict[str, set[str]]:
    """By query the ids of its relevant passages."""
    relevant: dict[str, set[str]] = defaultdict(set)
    for number, line in enumerate(lines(path), 1):
        fields = line.split("\t")
        if len(fields) != 3:
            raise BadTestCollection(f"{path}:{number}: not three fields")
        if fields[2].isdigit() and int(fields[2]) > 0:
            relevant[fields[0]].add(fields[1])
    return relevant


def fill(store: Store, beir: Beir) -> dict[int, str]:
    """Put a set's passages into an empty store; the passage id of each paragraph's number."""
    fill_posts(store, beir.posts)
    names = (name for passages in beir.passages for name in passages)
    return {entry.key: name for entry, name in zip(store.entries(), names, strict=True)}


def measure_run(run: dict[str, list[str]], relevant: dict[str, frozenset[str]]) -> dict[str, float]:
    """MRR@10, S@1, S@5, R@10 and nDCG@10, averaged over the questions of `relevant`.

    `run` holds, by question, passage ids, best first.
    """
    totals = dict.fromkeys(("MRR@10", "S@1", "S@5", "R@10", "nDCG@10"), 0.0)
    for question, good in relevant.items():
        ranked = run.get(question, [])[:DEPTH]
        found = [rank for rank, name in enumerate(ranked) if name in good]
        ideal = sum(1 / math.log2(rank + 2) for rank in range(min(DEPTH, len(good))))
        totals["MRR@10"] += 1 / (found[0] + 1) if found else 0.0
        totals["S@1"] += 0 in found
        totals["S@5"] += any(rank < 5 for rank in found)
        totals["R@10"] += len(found) / len(good)
        totals["nDCG@10"] += sum(1 / math.log2(rank + 2) for rank in found) / ideal
    return {name: total / len(relevant) for name, total in totals.items()}


def write_run(path: Path, run: dict[str, list[tuple[str, float]]]) -> None:
    """A run in TREC's form: question, Q0, passage, rank, score, tag, a line each."""
    with path.open("w", encoding="utf-8") as out:
        for question, hits in run.items():
            for rank, (passage, score) in enumerate(hits, 1):
                out.write(f"{question} Q0 {passage} {rank} {score:.6f} taxnews\n")
