"""Saved queries → which of them a new post answers.

The other way round than a search: the queries wait, the post comes. What the queries
name is inverted (form → queries), so that a post is read once for all of them: one pass
gives each query the most that the post could say of it, wherever it stands, and only
those for which that is enough are judged as an answer would be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import numpy as np

from corpus.store import Story
from retrieval.answers import LONGEST_QUESTION, Answerer, Passage
from retrieval.confidence import LEAST_CONFIDENCE, Told, telling, together, told
from retrieval.question import Question

LEAST_SAID = 2 / 3
"""What a post must say, in one place, of what a query names. An answer may say less: of all posts
it is the best one; a new post stands alone. Not a higher confidence, which is also of how rare
the words are: where all posts are of evaders, 加油站 偷税 is never as sure as that."""

LEAST_OF_A_WORD = 0.5
"""What it must say, anywhere, of each word that the query parts by a space."""

_READ_AGAIN = timedelta(days=1)  # 今年 and how rare words are both change slowly


@dataclass(frozen=True, slots=True)
class Match:
    """A saved query (its key) that a post answers, how surely, and the passage that does."""

    query: int
    confidence: float
    passage: Passage


class Standing:
    """Saved queries, waiting for posts. Not thread-safe."""

    def __init__(self, answerer: Answerer) -> None:
        self._answerer = answerer
        self._read: dict[str, Question] = {}
        self._read_at = datetime.min.replace(tzinfo=timezone.utc)
        self._queries: dict[int, str] = {}
        self._inverted = _Inverted([], answerer)

    def hold(self, queries: Mapping[int, str], now: datetime | None = None) -> None:
        """These queries wait from now on, by their keys, and no others."""
        now = now or datetime.now(timezone.utc)
        is_due = now - self._read_at >= _READ_AGAIN
        if queries == self._queries and not is_due:
            return
        if is_due:
            self._read, self._read_at = {}, now
        wanted = set(queries.values())
        self._read = {
            query: self._read.get(query) or self._answerer.read(query[:LONGEST_QUESTION], now)
            for query in sorted(wanted)
        }
        self._queries = dict(queries)
        self._inverted = _Inverted([self._read[q] for q in queries.values()], self._answerer)

    def match(self, story: Story) -> list[Match]:
        """The queries that `story` answers, in the order in which they are held."""
        post = told(story.post)
        keys = list(self._queries)
        matches = []
        known: dict[str, tuple[float, Passage] | None] = {}  # popular queries once
        for place in self._inverted.within_reach(post):
            key = keys[place]
            query = self._queries[key]
            if query not in known:
                known[query] = self._judge(self._read[query], story, post)
            if found := known[query]:
                matches.append(Match(key, *found))
        return matches

    def _judge(self, question: Question, story: Story, post: Told) -> tuple[float, Passage] | None:
        said, confidence = self._answerer.judged_in(question, post)
        if said < LEAST_SAID or confidence < LEAST_CONFIDENCE or not _says_each(question, post):
            return None
        passage = self._answerer.passage_in(question, story)
        return (confidence, passage) if passage else None


def _says_each(question: Question, post: Told) -> bool:
    """Whether the post says enough of every word that the query parts by a space."""
    whole = post.whole
    for word in question.subject.split():
        concepts = [c for c in question.concepts if c.forms[0] in word]
        said = sum(c.part for c in concepts if any(form in whole for form in c.forms))
        if said < LEAST_OF_A_WORD * sum(c.part for c in concepts):
            return False
    return True


class _Inverted:
    """The forms of many questions' concepts, and what holding each is worth to which question."""

    def __init__(self, questions: list[Question], answerer: Answerer) -> None:
        rows: dict[str, list[tuple[int, float, float]]] = {}
        for place, question in enumerate(questions):
            concepts = telling(question)
            total = sum(concept.part for concept in concepts)
            for concept, evidence in zip(concepts, answerer.evidence(concepts), strict=True):
                for form in set(concept.forms):
                    rows.setdefault(form, []).append((place, concept.part / total, evidence))
        self._size = len(questions)
        self._rows = {form: np.array(found) for form, found in rows.items()}
        self._forms: dict[int, set[str]] = {}
        for form in rows:
            self._forms.setdefault(len(form), set()).add(form)
        self._needed = answerer.certain_from(LEAST_CONFIDENCE)

    def within_reach(self, post: Told) -> list[int]:
        """The questions of which the post could say enough, were all of it in one place.

        A concept that stands in several forms counts for each: more than it is
        worth, never less, so that none is missed.
        """
        whole = post.whole
        held: set[str] = set()
        for length, forms in self._forms.items():
            held |= forms & {whole[i : i + length] for i in range(len(whole) - length + 1)}
        if not held:
            return []
        rows = np.concatenate([self._rows[form] for form in held])
        places = rows[:, 0].astype(np.int64)
        said = np.bincount(places, rows[:, 1], self._size)
        evidence = np.bincount(places, rows[:, 2], self._size)
        most = together(np.minimum(said, 1.0), evidence)
        enough = (said >= LEAST_SAID - 1e-9) & (most >= self._needed - 1e-9)
        return [int(place) for place in np.flatnonzero(enough)]
