"""Judged questions → figures, by the field's usual measures.

Two forms of judged sets are read: questions whose post and answer spans are
known (JSON Lines), and BEIR folders (`corpus.jsonl[.gz]`, `queries.jsonl`,
`qrels.tsv`).
"""

import gzip
import json
import logging
import math
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import jieba
from rank_bm25 import BM25Okapi

from corpus.errors import TaxnewsError
from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.corrections import Judgement
from corpus.store.store import Store
from corpus.store.values import Story
from retrieval import analysis
from retrieval.answers import Answer, Passage, passage_of
from retrieval.passages import LONGEST_PASSAGE, LONGEST_SENTENCE

DEPTH = 10
"""How deep a run is measured."""


class BadJudgements(TaxnewsError):
    """A judged set that can't be read; the message names file and line."""


# --- questions with known answers ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, the posts that answer it (none: it is unanswerable), the answer's spans."""

    id: str
    question: str
    posts: frozenset[str]
    spans: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one question was answered. Of an unanswerable one only `answered` counts."""

    judged: Judged
    answered: bool
    post_at_1: bool
    answer_at_1: bool
    answer_at_3: bool
    sentence: bool


def read_questions(path: Path) -> list[Judged]:
    """The judged questions of a JSON Lines file: id, question, answers, post, posts, kind.

    Raises `BadJudgements`.
    """
    judged: list[Judged] = []
    for number, row in rows(path):
        try:
            judged.append(judged_of(row))
        except (KeyError, TypeError) as error:
            raise BadJudgements(f"{path}:{number}: no judged question ({error!r})") from None
    return judged


def judged_of(row: dict[str, Any]) -> Judged:
    """A row of such a file; KeyError or TypeError where it is none."""
    posts = {row["post"], *row.get("posts", ())} - {None}
    spans = tuple(_bare(span) for span in row["answers"])
    return Judged(row["id"], row["question"], frozenset(posts), spans, row.get("kind", ""))


def row_of(judgement: Judgement) -> dict[str, Any]:
    """An operator's judgement as a row of such a file."""
    return {
        "id": f"review-{judgement.id}",
        "question": judgement.question,
        "answers": [judgement.answer],
        "post": judgement.post,
        "kind": "review",
    }


def judge(judged: Judged, answer: Answer) -> Verdict:
    """What `answer` is worth: its first 400 characters are read, 120 of its sentence."""

    def holds(passage: Passage, text: str) -> bool:
        shown = _bare(text)
        return (
            passage.post in judged.posts
            and shown in _bare(passage.text)
            and any(span in shown for span in judged.spans)
        )

    first = answer.passages[:1]
    return Verdict(
        judged=judged,
        answered=answer.answered,
        post_at_1=any(p.post in judged.posts for p in first),
        answer_at_1=any(holds(p, p.text[:LONGEST_PASSAGE]) for p in first),
        answer_at_3=any(holds(p, p.text[:LONGEST_PASSAGE]) for p in answer.passages[:3]),
        sentence=any(holds(p, p.sentence[:LONGEST_SENTENCE]) for p in first),
    )


def figures(verdicts: Sequence[Verdict]) -> dict[str, float]:
    """Shares in 0–1: post@1, answer@1, answer@3, sentence and refused over the answerable
    questions, and for each kind of unanswerable one the share kept (answered all the same).
    """
    answerable = [v for v in verdicts if v.judged.posts]
    shares = {
        "post@1": _share(v.post_at_1 for v in answerable),
        "answer@1": _share(v.answer_at_1 for v in answerable),
        "answer@3": _share(v.answer_at_3 for v in answerable),
        "sentence": _share(v.sentence for v in answerable),
        "refused": _share(not v.answered for v in answerable),
        "questions": len(answerable),
    }
    kinds = sorted({v.judged.kind for v in verdicts if not v.judged.posts})
    for kind in kinds:
        kept = [v.answered for v in verdicts if not v.judged.posts and v.judged.kind == kind]
        shares[f"{kind} kept"] = _share(kept)
    return shares


# --- saved queries and the posts that answer them ------------------------------------


@dataclass(frozen=True, slots=True)
class Watches:
    """Saved queries by number, the ids of posts, and the pairs (query, id) of which one answers.

    `posts` are the posts themselves, unless they are to be found in a database.
    """

    queries: dict[int, str]
    ids: tuple[str, ...]
    posts: tuple[Post, ...]
    answers: frozenset[tuple[int, str]]


def read_watches(path: Path) -> Watches:
    """The saved queries (watch, query) and posts (post, title, text, answers) of a JSON Lines
    file, in which each query that a post answers is named. Posts may all be without title and
    text: named by the id that they have in a database.

    Raises `BadJudgements`.
    """
    queries: dict[int, str] = {}
    ids: list[str] = []
    posts: list[Post] = []
    answers: set[tuple[int, str]] = set()
    for number, row in rows(path):
        try:
            if "watch" in row:
                queries[int(row["watch"])] = row["query"]
                continue
            ids.append(row["post"])
            if "text" in row:
                paragraphs = tuple(Paragraph(None, text) for text in row["text"].split("\n"))
                title = row["title"]
                posts.append(Post(row["post"], title, None, None, (), None, None, paragraphs))
            answers |= {(int(query), row["post"]) for query in row["answers"]}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise BadJudgements(f"{path}:{number}: no watch or post ({error!r})") from None
    if not queries or not ids or not answers:
        raise BadJudgements(f"{path}: neither watches without posts nor posts without watches")
    if posts and len(posts) < len(ids):
        raise BadJudgements(f"{path}: give all posts their text, or none")
    return Watches(queries, tuple(ids), tuple(posts), frozenset(answers))


def matching_figures(judged: Watches, found: set[tuple[int, str]]) -> dict[str, float]:
    """Precision and recall, in 0–1, of the pairs (query, post id) that were `found`."""
    right = len(found & judged.answers)
    return {
        "precision": right / len(found) if found else 1.0,
        "recall": right / len(judged.answers),
        "found": len(found),
        "watches": len(judged.queries),
        "posts": len(judged.ids),
    }


def fill_posts(store: Store, posts: Iterable[Post]) -> None:
    """Writes posts into an empty store."""
    with store.transaction():
        store.write([Reading(post.id, post.id, post) for post in posts])


# --- BEIR folders -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beir:
    """A judged set in BEIR's form: passages as posts, questions, relevant passages.

    `passages[i]` are the ids of the paragraphs of `posts[i]`.
    """

    posts: tuple[Post, ...]
    passages: tuple[tuple[str, ...], ...]
    queries: dict[str, str]
    relevant: dict[str, frozenset[str]]


def read_beir(folder: Path) -> Beir:
    """The set in `folder`. Passages of one `doc` with one title are the paragraphs of a post.

    Raises `BadJudgements`.
    """
    corpus = folder / "corpus.jsonl"
    groups: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for number, row in rows(corpus if corpus.exists() else folder / "corpus.jsonl.gz"):
        try:
            key = (row.get("doc") or row["_id"], row.get("title") or "")
            groups[key].append((row["_id"], row["text"]))
        except KeyError as error:
            raise BadJudgements(f"{corpus}:{number}: no passage ({error!r})") from None
    posts = tuple(
        Post(
            id=f"{number}",
            title=title or None,
            published=None,
            category=None,
            tags=(),
            source=None,
            url=None,
            paragraphs=tuple(Paragraph(None, text) for _, text in passages),
        )
        for number, ((_, title), passages) in enumerate(groups.items())
    )
    relevant = defaultdict(set)
    for number, line in enumerate(lines(folder / "qrels.tsv"), 1):
        fields = line.split("\t")
        if len(fields) != 3:
            raise BadJudgements(f"{folder / 'qrels.tsv'}:{number}: not three fields")
        if fields[2].isdigit() and int(fields[2]) > 0:
            relevant[fields[0]].add(fields[1])
    queries = {row["_id"]: row["text"] for _, row in rows(folder / "queries.jsonl")}
    return Beir(
        posts=posts,
        passages=tuple(tuple(name for name, _ in passages) for passages in groups.values()),
        queries={name: queries[name] for name in relevant if name in queries},
        relevant={name: frozenset(passages) for name, passages in relevant.items()},
    )


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


# --- the baseline --------------------------------------------------------------------


class Baseline:
    """What a tutorial builds: `BM25Okapi` over `jieba.lcut` of each paragraph's text."""

    def __init__(self, store: Store) -> None:
        jieba.setLogLevel(logging.WARNING)
        self._places = [
            (story, position)
            for story in store.all_stories()
            for position in range(len(story.keys))
        ]
        texts = (story.post.paragraphs[position].text for story, position in self._places)
        self._model = BM25Okapi([jieba.lcut(text) for text in texts])

    def rank(self, question: str, k: int = DEPTH) -> list[tuple[int, float]]:
        """(paragraph number, score) of the `k` best, whatever their score."""
        return [(story.keys[position], score) for story, position, score in self._best(question, k)]

    def ask(self, question: str) -> Answer:
        """The three best paragraphs as they stand: it never refuses."""
        passages = [_plain_passage(*hit) for hit in self._best(question, 3)]
        return Answer(question, 1.0, tuple(passages))

    def _best(self, question: str, k: int) -> list[tuple[Story, int, float]]:
        scores = self._model.get_scores(jieba.lcut(question))
        best = (-scores).argsort(kind="stable")[:k]
        return [(*self._places[place], float(scores[place])) for place in best]


def _plain_passage(story: Story, position: int, score: float) -> Passage:
    text = story.post.paragraphs[position].text
    start, end = analysis.sentences(text)[0]
    return passage_of(story, position, text, text[start:end], score=score)


# --- files ----------------------------------------------------------------------------


def lines(path: Path) -> Iterator[str]:
    opener: Callable[..., IO[str]] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\n")


def rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines(path), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise BadJudgements(f"{path}:{number}: not JSON ({error})") from None


def _bare(text: str) -> str:
    """`text` in half width, without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _share(hits: Iterable[bool]) -> float:
    values = list(hits)
    return sum(values) / len(values) if values else 0.0
