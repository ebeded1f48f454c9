"""What may be shown of a story that a question found: its best sentences, its passages.

The ranking, the confidence and the display of a hit need them, and they are looked for once.
"""

from __future__ import annotations

from functools import cached_property

from corpus.store.values import Story
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.normalised_stories import StoryForms
from retrieval.ranking.passages import beyond, passage
from retrieval.ranking.rules import is_article
from retrieval.ranking.sentence_scorer import SentenceScorer
from retrieval.ranking.sentences import BestSentence, best_sentence


class Excerpts:
    """Of a `story` what answers a `question` best; `forms` is what has been made of the story."""

    def __init__(self, question: ParsedQuestion, story: Story, forms: StoryForms) -> None:
        self.question = question
        self.story = story
        self.forms = forms
        self._sentences: dict[int, BestSentence] = {}
        self._passages: dict[tuple[int, frozenset[int]], tuple[int, int]] = {}

    def of(self, question: ParsedQuestion) -> Excerpts:
        """Those of the same story for some question."""
        return self if question is self.question else Excerpts(question, self.story, self.forms)

    @cached_property
    def scorer(self) -> SentenceScorer:
        """How well a piece of the story answers."""
        return SentenceScorer(self.question, self.forms.title)

    def best_sentence(self, position: int) -> BestSentence:
        """The best sentence or two of a paragraph and its unit."""
        unit = self.forms.units[position]
        found = self._sentences.get(unit.start)
        if found is None:
            found = best_sentence(self.scorer, self.forms.pieces, unit)
            self._sentences[unit.start] = found
        return found

    def passage(self, position: int, shown: frozenset[int] = frozenset()) -> tuple[int, int]:
        """Which pieces [start, end) of the story to show around a paragraph, without those at the
        places `shown`; of an article none beyond it."""
        unit, pieces = self.forms.units[position], self.forms.pieces
        found = self._passages.get((unit.start, shown))
        if found is None:
            without = shown | beyond(pieces, unit) if is_article(self.story, unit) else shown
            found = passage(self.scorer, pieces, unit, without)
            self._passages[unit.start, shown] = found
        return found


Place = tuple[Excerpts, int]
"""A paragraph: the excerpts of its story, and its position there."""
