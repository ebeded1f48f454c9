"""An index of our own: BM25 over terms, on disk, always up to date.

errors      what can be wrong with an index
similarity  how much a term is worth: Lucene's model
okapi       rank-bm25's
compiling   kernels compiled, and where what came out is kept
arrays      what the loops take
kernels     the loops of writing, compiled: numbering terms, building posting lists
search_kernels  those of searching
reading_ahead  memory asked for before it is read
plain       the loops of a search by numpy alone, for a process that asks a question or two
plain_writing  those of writing, for a few posts
loops       whether the compiled loops are loaded
storage     files with checksums: arrays, the journal, the manifest
vocabulary  terms ↔ numbers
writes      paragraphs encoded, and a write as the journal has it
segment     documents with their posting lists, immutable
live        the picture in memory: snapshots, statistics, search
directory   what is on disk: the manifest, the files it names, the journals
merging     the work in the background: memory to files, files joined
index       Index: one writer, many readers
loading     modules without the garbage collector
"""

from retrieval.index.loading import uncollected

with uncollected():
    from retrieval.index.errors import (
        IndexCorrupt,
        IndexLocked,
        IndexMismatch,
        IndexReadOnly,
        SearchIndexError,
    )
    from retrieval.index.index import Index
    from retrieval.index.live import prepare, settle
    from retrieval.index.searchable import Searchable
    from retrieval.index.similarity import Lucene
    from retrieval.index.writes import Encoded, encoded

__all__ = [
    "Encoded",
    "Index",
    "IndexCorrupt",
    "IndexLocked",
    "IndexMismatch",
    "IndexReadOnly",
    "Lucene",
    "SearchIndexError",
    "Searchable",
    "encoded",
    "prepare",
    "settle",
]
