"""What can be wrong with an index, as a person can mend it."""

from corpus.errors import TaxnewsError


class SearchIndexError(TaxnewsError):
    """The base of all errors of the index."""


class IndexCorrupt(SearchIndexError):
    """A file of the index is missing or damaged: it has to be rebuilt from the database."""


class IndexLocked(SearchIndexError):
    """Another process is writing to this index."""


class IndexMismatch(SearchIndexError):
    """The index was created with another model, other parameters or other fields."""


class IndexReadOnly(SearchIndexError):
    """A write to an index opened for reading only, or to a closed one."""
