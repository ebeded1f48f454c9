"""An operator's corrections as the answering reads them: pins, muted paragraphs, synonyms."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import local
from typing import Literal

from corpus.reading.posts import printable
from corpus.store.corrections import Correction, Spot, fingerprint
from corpus.store.readable import Readable
from corpus.store.values import Story
from retrieval.question.expected_type import answer_type_of
from retrieval.question.question import subject_of
from retrieval.text import analyzer
from retrieval.text.analyzer import FUNCTION_WORDS

State = Literal["in force", "post gone", "text changed", "muted"]


@dataclass(frozen=True, slots=True)
class Corrections:
    """What is corrected: by key of a question the paragraph that answers it, by post the
    fingerprints of its muted paragraphs, and groups of names of the same thing."""

    pins: Mapping[str, Spot] = field(default_factory=dict)
    muted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    names: tuple[tuple[str, ...], ...] = ()

    def without_muted(self, stories: Iterable[Story]) -> list[Story]:
        """The stories as if their muted paragraphs were not there; those of no other are left
        out."""
        return [rest for story in stories if (rest := self._rest(story)).keys]

    def _rest(self, story: Story) -> Story:
        muted = self.muted.get(story.post.id)
        if not muted:
            return story
        kept = [
            (paragraph, key)
            for paragraph, key in zip(story.post.paragraphs, story.keys, strict=True)
            if fingerprint(paragraph.text) not in muted
        ]
        paragraphs = tuple(paragraph for paragraph, _ in kept)
        keys = tuple(key for _, key in kept)
        return replace(story, post=replace(story.post, paragraphs=paragraphs), keys=keys)


NONE = Corrections()

Known = Callable[[], Corrections]
"""The corrections as they are at this moment."""


class Current:
    """The corrections of a store as they are when asked: read again only if they have changed,
    by whichever process; else that costs some microseconds."""

    def __init__(self, store: Readable) -> None:
        self._store = store
        self._read: tuple[str | None, Corrections] = (None, NONE)

    def __call__(self) -> Corrections:
        mark = self._store.corrections_mark()
        if mark != self._read[0]:
            # What is written after `mark` was read has another one, and is read the next time.
            self._read = mark, corrections_of(self._store.corrections())
        return self._read[1]


class Held:
    """What `known` says, asked once a question: all of an answer is made of one state of the
    corrections. A thread answers one question at a time."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._of_thread = local()

    def __call__(self) -> Corrections:
        held: Corrections | None = getattr(self._of_thread, "held", None)
        return self._known() if held is None else held

    @contextmanager
    def for_a_question(self) -> Iterator[None]:
        """Within, this thread is told the same; within another such, what that one is told."""
        before = getattr(self._of_thread, "held", None)
        self._of_thread.held = self()
        try:
            yield
        finally:
            self._of_thread.held = before


def corrections_of(accepted: Iterable[Correction]) -> Corrections:
    """What a list of corrections comes to."""
    pins: dict[str, Spot] = {}
    muted: dict[str, set[str]] = defaultdict(set)
    names: list[tuple[str, ...]] = []
    for correction in accepted:
        if correction.kind == "synonym":
            names.append(correction.names)
        elif correction.spot and correction.kind == "mute":
            muted[correction.spot.post].add(correction.spot.fingerprint)
        elif correction.spot and correction.key:
            # From its words, where they are known: another analyzer has other keys.
            key = key_of(correction.question) if correction.question else correction.key
            pins[key] = correction.spot
    return Corrections(
        pins, {post: frozenset(prints) for post, prints in muted.items()}, tuple(names)
    )


def key_of(question: str) -> str:
    """What wordings of a question share that name and ask for the same: no wording itself.

    "" where nothing is named.
    """
    normal = analyzer.normalise(printable(question))
    words = sorted(set(analyzer.words(subject_of(normal))) - FUNCTION_WORDS)
    kind = answer_type_of(normal)
    said = " ".join([kind.name if kind else "", *words])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32] if words else ""


def position_of(spot: Spot, story: Story) -> int | None:
    """Which paragraph of its story `spot` is, None if its text is no longer there."""
    prints = (fingerprint(paragraph.text) for paragraph in story.post.paragraphs)
    return next((at for at, found in enumerate(prints) if found == spot.fingerprint), None)


def state_of(correction: Correction, store: Readable, muted: Mapping[str, frozenset[str]]) -> State:
    """Whether a correction has an effect, and if not, why."""
    if correction.spot is None:
        return "in force"
    story = next(iter(store.stories([correction.spot.post])), None)
    if story is None:
        return "post gone"
    if position_of(correction.spot, story) is None:
        return "text changed"
    hides = correction.spot.fingerprint in muted.get(correction.spot.post, ())
    return "muted" if correction.kind == "pin" and hides else "in force"
