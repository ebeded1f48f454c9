"""A baseline to compare with: plain `rank_bm25` over jieba's words."""

import logging

import jieba
from rank_bm25 import BM25Okapi

from corpus.store.store import Store
from corpus.store.values import Story
from retrieval.answering.answer import Answer, Passage, passage_of
from retrieval.quality.beir import DEPTH
from retrieval.text import analyzer


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
    start, end = analyzer.sentences(text)[0]
    return passage_of(story, position, text, text[start:end], score=score)
