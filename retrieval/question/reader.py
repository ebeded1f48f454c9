"""The words of a question → `ParsedQuestion`, by what the corpus at hand knows.

Homophones are corrected, years are written out, and synonyms are looked up, also those that an
operator added.
"""

from collections.abc import Callable
from datetime import date, datetime, timezone
from functools import lru_cache

from corpus.reading.posts import CHINA, printable
from retrieval.index import Searchable
from retrieval.question.pinyin import in_characters
from retrieval.question.question import Named, ParsedQuestion, named, read, without_both
from retrieval.question.times import with_full_years
from retrieval.text import analyzer
from retrieval.text.homophones import Typos
from retrieval.text.synonyms import Synonyms

_Names = tuple[tuple[str, ...], ...]

_TURNS = 32
"""Of how many of the last questions the normal form is kept: it is asked for again and again."""


class QuestionReader:
    """Reads questions to the paragraphs of `index`.

    `added` returns the groups of names that an operator has added to `names` by now.
    """

    def __init__(
        self,
        index: Searchable,
        names: Synonyms,
        added: Callable[[], _Names],
        *,
        uses_synonyms: bool = True,
        corrects_typos: bool = True,
    ) -> None:
        self._index = index
        self._uses_synonyms = uses_synonyms
        self._corrects_typos = corrects_typos
        self._synonyms = names if uses_synonyms else Synonyms("")
        self._added = added
        self._joined: tuple[_Names, Synonyms] = ((), self._synonyms)
        self._typos = Typos(
            [*analyzer.tax_words(), *names.names()],
            lambda pairs: [bool(idf) for idf in index.idf(pairs, "bigrams")],
            lambda word: index.document_frequency(word, "words"),
            names.others,
        )

    def read(
        self, question: str, now: datetime | None = None, *, both_ways: bool = False
    ) -> ParsedQuestion:
        """A question read, homophones corrected, 今年 by `now`; `both_ways`: what is written
        finds what people say too."""
        today = _day(now)
        normal = self._corrected(question, today)
        return read(
            question, normal, self._index, self.synonyms(), today=today, both_ways=both_ways
        )

    def named(
        self, question: str, now: datetime | None = None, *, both_ways: bool = False
    ) -> Named:
        """What a question names, by the same means as `read`."""
        normal = self._corrected(question, _day(now))
        return named(normal, self._index, self.synonyms(), both_ways=both_ways)

    def _corrected(self, question: str, today: date) -> str:
        """A question normalised, homophones corrected, short years written out."""
        normal = normal_of(question)
        if self._corrects_typos:
            normal = self._typos.correct(normal)
        return with_full_years(without_both(normal), today)

    def synonyms(self) -> Synonyms:
        """The synonyms, with those that an operator added."""
        added = self._added() if self._uses_synonyms else ()
        if self._joined[0] != added:
            self._joined = added, self._synonyms.joined_by(added)
        return self._joined[1]

    def knows(self, word: str) -> bool:
        """Whether a paragraph holds a word."""
        return self._index.document_frequency(word, "words") > 0


def _day(now: datetime | None) -> date:
    """The day in China of a moment, None: this one."""
    return (now or datetime.now(timezone.utc)).astimezone(CHINA).date()


@lru_cache(maxsize=_TURNS)
def normal_of(question: str) -> str:
    """A question in the form in which posts are indexed, which hold nothing invisible; in
    characters, if it was typed in pinyin."""
    return in_characters(analyzer.normalise(printable(question)))
