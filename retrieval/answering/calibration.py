"""The corpus at hand → how sure an answer from it is: learned once, kept beside the index.

Questions are made of the corpus itself, as a reader might put them: the name that
a story is about, some words of one of its sentences, and words it does not have. Each
is asked twice: with the story there, and with it and all others of that name
taken away. So no threshold is set by hand, and none is that of another corpus.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from corpus.store.store import Store
from corpus.sync.workers import Workers
from retrieval import checked_json
from retrieval.answering.answerer import Answerer
from retrieval.index import Index
from retrieval.index_sync import folder_of, open_index
from retrieval.question.question import ParsedQuestion
from retrieval.ranking import confidence
from retrieval.ranking.confidence import Calibration, Curve, uncalibrated
from retrieval.ranking.features import Averages
from retrieval.ranking.ranking import Hit
from retrieval.text import analyzer
from retrieval.text.entities import is_entity

RANKING_VERSION = 81
"""How questions are read, hits ranked and confidence measured: one more with every change of it
(of synonyms, stop phrases, typos and coverage too), so that the curve is learned anew.
A test fails where it is forgotten (`test_versions.py`)."""

# What a calibration carried while the version was a hash of the ranking's sources.
_OLD_VERSIONS = {"0e0e3a56": "1"}

FORMAT = 1
FILE = "calibration.json"
_NAME = "calibration"

QUESTIONS = 150
"""How many questions are made, however large the corpus: a few seconds' worth."""

GROWTH = 1.1
"""By which factor a corpus grows or shrinks before it is calibrated anew."""

_BATCH = 10  # questions that a process scores at a time
_SAMPLE = 1000  # paragraphs that the average lengths are of
_SAID = (2, 4)  # words of a sentence in a question
_FOREIGN = (0, 3)  # words of another story in it
_SEED = 4


class Made(NamedTuple):
    """A question that was made for a story: the story's id, its name in the question, the
    question."""

    story: str
    name: str
    text: str


class _Scores(NamedTuple):
    """How sure the answer from some hits is, and how sure by its best window: raw scores."""

    answer: float
    window: float


_Both = tuple[_Scores, _Scores]
"""Of a question: with the story it was made for, and without it and all others of its name."""

Track = Callable[[Sequence[Made]], Iterable[Made]]
"""Passes the questions through and shows how far it is."""


def calibration(store: Store, index: Index, track: Track = iter) -> Calibration:
    """The calibration of a corpus of at least one paragraph, read from beside the index.

    Learned anew, and written there, if it is missing, unreadable, of another database
    or ranking, or if the corpus is not about as large as it was.
    """
    known = _kept(store)
    if known and _is_near(known["paragraphs"], len(index)):
        return calibration_of(known)
    learned = learn(store, index, track)
    # Where nothing can be written (a read-only disk), it is learned again next time.
    with suppress(OSError):
        known = {"corpus": _corpus(store), "paragraphs": len(index), **asdict(learned)}
        checked_json.write(folder_of(store.path) / FILE, _NAME, FORMAT, known)
    return learned


def known_calibration(store: Store) -> Calibration | None:
    """The calibration that was last learned of a corpus by this ranking, None if none was."""
    known = _kept(store)
    return calibration_of(known) if known else None


def calibration_of(row: Mapping[str, Any]) -> Calibration:
    """A calibration from the values of its fields, as `asdict` gives them."""
    return Calibration(
        Curve(**row["answers"]), Curve(**row["windows"]), Averages(**row["averages"])
    )


def _kept(store: Store) -> dict[str, Any] | None:
    """What is kept of this database and ranking."""
    known = checked_json.read(folder_of(store.path) / FILE, _NAME, FORMAT)
    return known if known and _renewed(known["corpus"]) == _corpus(store) else None


def _corpus(store: Store) -> str:
    return f"{store.identity()}:{RANKING_VERSION}"


def _renewed(corpus: str) -> str:
    """A database's identity and the ranking's version, the version as it is written now."""
    identity, _, version = corpus.rpartition(":")
    return f"{identity}:{_OLD_VERSIONS.get(version, version)}"


def _is_near(before: int, now: int) -> bool:
    return before / GROWTH <= now <= before * GROWTH


def learn(store: Store, index: Index, track: Track = iter) -> Calibration:
    """What can be learned of a corpus of at least one paragraph; the same every time."""
    keys = index.keys()
    dice = random.Random(_SEED)
    sample = [int(keys[i]) for i in sorted(dice.sample(range(len(keys)), min(len(keys), _SAMPLE)))]
    averages = _averages(store, sample)
    made = list(_questions(store, index, sample, dice))
    both: Iterable[_Both]
    with Workers(partial(_scored_apart, store.path, averages)) as workers:
        if workers.are_there:
            parts = ((None, made[at : at + _BATCH]) for at in range(0, len(made), _BATCH))
            both = chain.from_iterable(scored for _, scored in workers.map(parts))
        else:
            both = map(partial(_scored, Answerer(store, index, uncalibrated(averages))), made)
        scores = [each for _, each in zip(track(made), both, strict=True)]
    present, absent = [first for first, _ in scores], [second for _, second in scores]
    return Calibration(
        confidence.learn([s.answer for s in present], [s.answer for s in absent]),
        confidence.learn_windows([s.window for s in present], [s.window for s in absent]),
        averages,
    )


def _scored_apart(db: Path, averages: Averages, questions: Sequence[Made]) -> list[_Both]:
    """The scores of questions, in a process that has opened neither database nor index yet."""
    return [_scored(_answerer(db, averages), question) for question in questions]


@lru_cache(maxsize=1)
def _answerer(db: Path, averages: Averages) -> Answerer:
    """Answers until the process ends, which is killed when its work is done."""
    return Answerer(Store.open(db), open_index(db, read_only=True), uncalibrated(averages))


def _scored(answerer: Answerer, question: Made) -> _Both:
    """The scores of a question."""
    asked = answerer.read(question.text)
    hits = answerer.rank(asked)
    # Only as many of the hits are read as are scored.
    others = (hit for hit in hits if not _tells(answerer, hit, question))
    return _scores_of(answerer, asked, iter(hits)), _scores_of(answerer, asked, others)


def _scores_of(answerer: Answerer, asked: ParsedQuestion, hits: Iterator[Hit]) -> _Scores:
    best = next(hits, None)
    if best is None:
        return _Scores(answerer.raw_score(asked, ()), 0.0)
    answer = answerer.raw_score(asked, chain([best], hits))
    return _Scores(answer, answerer.window_score(asked, best))


def _averages(store: Store, keys: list[int]) -> Averages:
    entries = list(store.entries(keys))
    texts = analyzer.normalise_all(entry.text for entry in entries)
    titles = analyzer.normalise_all(analyzer.subject_line(e.title, e.places) for e in entries)
    return Averages(
        text=max(1.0, sum(map(len, texts)) / max(1, len(texts))),
        title=max(1.0, sum(map(len, titles)) / max(1, len(titles))),
    )


def _questions(store: Store, index: Index, keys: list[int], dice: random.Random) -> Iterator[Made]:
    """Up to `QUESTIONS` questions; fewer where a corpus has few sentences."""
    stories = store.stories_of(keys[:: max(1, len(keys) // (2 * QUESTIONS))])
    if not stories:
        return
    for _ in range(min(QUESTIONS, 4 * len(keys))):
        story, other = dice.choice(stories), dice.choice(stories)
        text = analyzer.normalise(dice.choice(story.post.paragraphs).text)
        start, end = dice.choice(analyzer.sentences(text) or [(0, 0)])
        said = _content(text[start:end])
        lead = _content(
            analyzer.normalise(f"{story.post.title or ''}\n{story.post.paragraphs[0].text}")
        )
        # Who asks puts other words than the story's, but names no unknown entity.
        elsewhere = _content(
            analyzer.normalise(dice.choice(other.post.paragraphs).text), names=False
        )
        if len(said) < _SAID[0] or not lead:
            continue
        name = min(lead, key=lambda word: _frequency(word, index))
        words = [name, *dice.sample(said, min(len(said), dice.randint(*_SAID)))]
        words += dice.sample(elsewhere, min(len(elsewhere), dice.randint(*_FOREIGN)))
        dice.shuffle(words)
        yield Made(story.post.id, name, " ".join(dict.fromkeys(words)))


def _content(normal: str, *, names: bool = True) -> list[str]:
    """The nouns (names of persons and places if wanted) and verbs, of two characters and more."""
    words = [w for w in analyzer.tagged(normal) if names or not is_entity(*w)]
    return list(dict.fromkeys(w for w, tag in words if len(w) > 1 and tag[0] in "nv"))


def _frequency(word: str, index: Index) -> int:
    """In how many paragraphs a word stands; those of its rarest pair of characters."""
    pairs = analyzer.bigrams(word) or [word]
    return min(index.document_frequency(pair, "bigrams") for pair in pairs)


def _tells(answerer: Answerer, hit: Hit, question: Made) -> bool:
    """Whether a hit is of the question's story, or of one that has its name too."""
    story = hit.story
    return story.post.id == question.story or question.name in answerer.normalised(story).whole
