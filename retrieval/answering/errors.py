"""Why is a question not answered at all? The errors that answering raises."""

from corpus.errors import TaxnewsError
from corpus.store.readable import Readable

LONGEST_QUESTION = 1000
"""Characters of a question that are taken."""


class QuestionTooLong(TaxnewsError):
    """A question over `LONGEST_QUESTION` characters."""

    def __init__(self, length: int) -> None:
        super().__init__(
            f"the question has {length:,} characters; at most {LONGEST_QUESTION:,} are taken:"
            " shorten it"
        )


class EmptyCorpus(TaxnewsError):
    """A database without a paragraph to answer from."""

    def __init__(self, store: Readable) -> None:
        super().__init__(f"{store.path}: no posts in it yet; add some: taxnews ingest PATH")
