"""An `Answerer` over a cluster: it fetches term statistics in one request before it reads."""

from collections.abc import Callable
from datetime import datetime

from retrieval.answering.answerer import Answerer
from retrieval.answering.corrections import Current
from retrieval.cluster.index import ClusterIndex
from retrieval.cluster.stories import ClusterStories
from retrieval.question.question import Named, ParsedQuestion
from retrieval.question.reader import normal_of
from retrieval.ranking.confidence import Calibration
from retrieval.text.synonyms import Synonyms


class ClusterAnswerer(Answerer):
    """Answers from a cluster. Before a question is read, all that its terms and their synonyms
    are asked about is fetched at once; for the characters of the best story's title it is asked
    again."""

    def __init__(
        self,
        stories: ClusterStories,
        index: ClusterIndex,
        calibration: Calibration,
        names: Synonyms,
    ) -> None:
        super().__init__(stories, index, calibration, names=names, corrections=Current(stories))
        self._fetch: Callable[[list[str]], None] = index.fetch

    def read(
        self, question: str, now: datetime | None = None, *, both_ways: bool = False
    ) -> ParsedQuestion:
        self._fetch_for(question)
        return super().read(question, now, both_ways=both_ways)

    def named(
        self, question: str, now: datetime | None = None, *, both_ways: bool = False
    ) -> Named:
        self._fetch_for(question)
        return super().named(question, now, both_ways=both_ways)

    def _fetch_for(self, question: str) -> None:
        normal = normal_of(question)
        synonyms = self.synonyms_in(normal).values()
        self._fetch([normal, *(form for forms in synonyms for form in forms)])
