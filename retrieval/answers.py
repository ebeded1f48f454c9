"""A question → `Answer`: the passages that answer it, or none."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from corpus.errors import TaxnewsError
from corpus.posts import CHINA, Post
from corpus.store import Store, Story
from retrieval import analysis
from retrieval.ranking import Ranking

LONGEST_QUESTION = 1000
LONGEST_PASSAGE = 400
LONGEST_SENTENCE = 120
CANDIDATES = 60
LEAST_CONFIDENCE = 0.25
"""The share of a question's idf mass that its answer's post must hold."""


class QuestionTooLong(TaxnewsError):
    """A question over `LONGEST_QUESTION` characters."""

    def __init__(self, length: int) -> None:
        super().__init__(
            f"the question has {length:,} characters; at most {LONGEST_QUESTION:,} are taken:"
            " shorten it"
        )


class EmptyCorpus(TaxnewsError):
    """A database without a paragraph to answer from."""


@dataclass(frozen=True, slots=True)
class Passage:
    """What a reader is shown of one post: whole sentences, at most 400 characters.

    `sentence` is a part of `text`: the one or two adjacent sentences that answer.
    `highlights` are [start, end) offsets into `text`, in code points. `score`
    orders the passages of one answer and means nothing beside another's.
    `paragraph` is the store's key of the paragraph the passage was chosen around.
    """

    post: str
    title: str
    published: datetime | None
    category: str | None
    source: str | None
    url: str | None
    heading: str | None
    text: str
    sentence: str
    highlights: tuple[tuple[int, int], ...]
    score: float
    paragraph: int


@dataclass(frozen=True, slots=True)
class Related:
    """A title that is near a question without answering it."""

    post: str
    title: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question: passages, best first; or none, then what is near.

    `confidence` is in 0–1. `reply` is a friendly line where the question was
    none (a greeting, an emoji).
    """

    question: str
    confidence: float
    passages: tuple[Passage, ...]
    related: tuple[Related, ...] = ()
    reply: str | None = None

    @property
    def answered(self) -> bool:
        """Whether a passage answers the question."""
        return bool(self.passages)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which posts may answer: published from `since` to `until` (China's days), by `source`."""

    since: date | None = None
    until: date | None = None
    source: str | None = None

    def admit(self, post: Post) -> bool:
        """Whether `post` may answer; one without a date is outside every period."""
        if self.source and self.source not in (post.source or ""):
            return False
        if self.since is None and self.until is None:
            return True
        if post.published is None:
            return False
        day = post.published.astimezone(CHINA).date()
        return (self.since or day) <= day <= (self.until or day)


class Answerer:
    """Answers questions from the stories of a store, as they are when it is made."""

    def __init__(self, store: Store) -> None:
        """Raises `EmptyCorpus` if the store holds no paragraph."""
        self._places: list[tuple[Story, int]] = [
            (story, i) for story in store.all_stories() for i in range(len(story.keys))
        ]
        if not self._places:
            raise EmptyCorpus(f"{store.path}: no posts in it yet; add some: taxnews ingest PATH")
        self._ranking = Ranking([_terms(story.post, i) for story, i in self._places])

    def ask(self, question: str, *, limit: int = 6, filters: Filters = Filters()) -> Answer:
        """The answer to `question`, with at most `limit` passages, no two the same.

        Raises `QuestionTooLong`.
        """
        if len(question) > LONGEST_QUESTION:
            raise QuestionTooLong(len(question))
        terms = analysis.words(question)
        hits = [
            (*self._places[place], score)
            for place, score in self._ranking.search(terms, CANDIDATES * 10)
            if filters.admit(self._places[place][0].post)
        ][:CANDIDATES]
        if not hits:
            return Answer(question, 0.0, ())
        confidence = self._share(terms, hits[0][0].post)
        if confidence < LEAST_CONFIDENCE:
            posts = {story.post.id: story.post for story, _, _ in hits}
            related = [Related(p.id, shown_title(p), p.url) for p in posts.values()]
            return Answer(question, confidence, (), tuple(related[:limit]))
        passages: dict[str, Passage] = {}
        for story, i, score in hits:
            passage = self._passage(story, i, score, terms)
            passages.setdefault(passage.text, passage)
        return Answer(question, confidence, tuple(passages.values())[:limit])

    def _share(self, terms: list[str], post: Post) -> float:
        """The share of the terms' idf mass that `post` holds, in 0–1."""
        held = set(analysis.words(" ".join([post.title or "", *(p.text for p in post.paragraphs)])))
        mass = {term: max(self._ranking.idf(term), 0.0) for term in terms}
        return sum(v for term, v in mass.items() if term in held) / (sum(mass.values()) or 1.0)

    def _passage(self, story: Story, i: int, score: float, terms: list[str]) -> Passage:
        post = story.post
        text = _around(post, i, terms)
        return Passage(
            post=post.id,
            title=shown_title(post),
            published=post.published,
            category=post.category,
            source=post.source,
            url=post.url,
            heading=post.paragraphs[i].heading,
            text=text,
            sentence=_best_sentence(text, terms),
            highlights=tuple(_highlights(text, terms)),
            score=score,
            paragraph=story.keys[i],
        )


def shown_title(post: Post) -> str:
    """The title, or for a post without one the start of its text."""
    if post.title:
        return post.title
    start = post.paragraphs[0].text if post.paragraphs else ""
    return start if len(start) <= 30 else start[:29] + "…"


def _terms(post: Post, i: int) -> list[str]:
    """The terms of a paragraph: those of its post's title, its heading and its text."""
    paragraph = post.paragraphs[i]
    return analysis.words("\n".join([post.title or "", paragraph.heading or "", paragraph.text]))


def _around(post: Post, i: int, terms: list[str]) -> str:
    """At most 400 characters of whole sentences: the paragraph, widened or narrowed."""
    text = post.paragraphs[i].text
    if len(text) > LONGEST_PASSAGE:
        return _window(text, terms, LONGEST_PASSAGE)
    first = last = i
    while True:
        if last + 1 < len(post.paragraphs) and _fits(post, first, last + 1):
            last += 1
        elif first > 0 and _fits(post, first - 1, last):
            first -= 1
        else:
            return "\n".join(p.text for p in post.paragraphs[first : last + 1])


def _fits(post: Post, first: int, last: int) -> bool:
    texts = [p.text for p in post.paragraphs[first : last + 1]]
    return sum(map(len, texts)) + len(texts) - 1 <= LONGEST_PASSAGE


def _best_sentence(text: str, terms: list[str]) -> str:
    return _window(text, terms, LONGEST_SENTENCE, most=2)


def _window(text: str, terms: list[str], longest: int, most: int | None = None) -> str:
    """The run of whole adjacent sentences within `longest` that holds most of the terms."""
    spans = analysis.sentences(text)
    held = [set(analysis.words(text[a:b])) & set(terms) for a, b in spans]
    best, start, end = -1, 0, 0
    for i in range(len(spans)):
        for j in range(i, min(len(spans), i + most) if most else len(spans)):
            if j > i and spans[j][1] - spans[i][0] > longest:
                break
            count = len(set().union(*held[i : j + 1]))
            if count > best:
                best, start, end = count, spans[i][0], spans[j][1]
    return text[start:end].strip()[:longest]


def _highlights(text: str, terms: Iterable[str]) -> Iterable[tuple[int, int]]:
    """Where `text` holds a term, as disjoint [start, end) in order."""
    # Folding one character at a time keeps the offsets those of `text`.
    folded = "".join((analysis.normalise(c) or " ")[0] for c in text)
    pattern = "|".join(sorted(map(re.escape, set(terms)), key=len, reverse=True))
    return (match.span() for match in re.finditer(pattern, folded)) if pattern else ()
