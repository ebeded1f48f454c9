"""Ours and its peers behind one face, each imported only where it is used."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

K1, B, TOP = 1.5, 0.75, 10
Paragraph = tuple[int, list[str]]


class Engine(Protocol):
    """A search engine over paragraphs given as terms.

    What it can't do raises NotImplementedError.
    """

    packages: tuple[str, ...]

    def build(self, batches: Iterable[list[Paragraph]], folder: Path) -> None: ...
    def open(self, folder: Path) -> None: ...
    def search(self, terms: list[str]) -> Any: ...
    def add(self, paragraphs: list[Paragraph]) -> None: ...
    def delete(self, key: int) -> None: ...


class Ours:
    packages = ("numba", "numpy")

    def build(self, batches: Iterable[list[Paragraph]], folder: Path) -> None:
        from retrieval.index import Index

        with Index.open(folder, k1=K1, b=B) as index:
            index.rebuild(entry for batch in batches for entry in batch)

    def open(self, folder: Path) -> None:
        from retrieval.index import Index

        self.index = Index.open(folder)

    def search(self, terms: list[str]) -> Any:
        return self.index.search(terms, TOP)

    def add(self, paragraphs: list[Paragraph]) -> None:
        self.index.add(paragraphs)

    def delete(self, key: int) -> None:
        self.index.delete([key])


class RankBm25:
    packages = ("rank-bm25",)

    def build(self, batches: Iterable[list[Paragraph]], folder: Path) -> None:
        from rank_bm25 import BM25Okapi

        self.model = BM25Okapi([terms for batch in batches for _, terms in batch], k1=K1, b=B)

    def open(self, folder: Path) -> None:
        """Nothing is kept on disk: the benchmark builds it where it is asked."""

    def search(self, terms: list[str]) -> Any:
        import numpy as np

        scores = self.model.get_scores(terms)
        best = np.argpartition(scores, -TOP)[-TOP:]
        return best[np.argsort(-scores[best])]

    def add(self, paragraphs: list[Paragraph]) -> None:
        raise NotImplementedError

    def delete(self, key: int) -> None:
        raise NotImplementedError


class Bm25s:
    packages = ("bm25s", "numba")

    def build(self, batches: Iterable[list[Paragraph]], folder: Path) -> None:
        import bm25s

        model = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numba")
        model.index([terms for batch in batches for _, terms in batch], show_progress=False)
        model.save(folder, show_progress=False)

    def open(self, folder: Path) -> None:
        import bm25s

        self.model = bm25s.BM25.load(folder)
        self.model.backend = "numba"
        self.model.activate_numba_scorer()

    def search(self, terms: list[str]) -> Any:
        known = [term for term in terms if term in self.model.vocab_dict]
        return self.model.retrieve([known], k=TOP, show_progress=False, n_threads=1)

    def add(self, paragraphs: list[Paragraph]) -> None:
        raise NotImplementedError

    def delete(self, key: int) -> None:
        raise NotImplementedError


class Tantivy:
    packages = ("tantivy",)

    def _schema(self) -> Any:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_unsigned_field("key", indexed=True, fast=True)
        builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
        return builder.build()

    def _write(self, writer: Any, paragraphs: Iterable[Paragraph]) -> None:
        import tantivy

        for key, terms in paragraphs:
            document = tantivy.Document()
            document.add_unsigned("key", key)
            document.add_text("body", " ".join(terms))
            writer.add_document(document)

    def build(self, batches: Iterable[list[Paragraph]], folder: Path) -> None:
        import tantivy

        index = tantivy.Index(self._schema(), path=str(folder))
        writer = index.writer(heap_size=256_000_000, num_threads=1)
        for batch in batches:
            self._write(writer, batch)
        writer.commit()
        writer.wait_merging_threads()

    def open(self, folder: Path) -> None:
        import tantivy

        self.index = tantivy.Index.open(str(folder))
        self.schema = self._schema()
        self.searcher = self.index.searcher()
        self.writer: Any = None

    def search(self, terms: list[str]) -> Any:
        from tantivy import Occur, Query

        parts = [(Occur.Should, Query.term_query(self.schema, "body", term)) for term in terms]
        return self.searcher.search(Query.boolean_query(parts), TOP, count=False).hits

    def add(self, paragraphs: list[Paragraph]) -> None:
        self._open_writer()
        self._write(self.writer, paragraphs)
        self._commit()

    def delete(self, key: int) -> None:
        self._open_writer()
        self.writer.delete_documents("key", key)
        self._commit()

    def _open_writer(self) -> None:
        if self.writer is None:
            self.writer = self.index.writer(heap_size=64_000_000, num_threads=1)

    def _commit(self) -> None:
        self.writer.commit()
        self.index.reload()
        self.searcher = self.index.searcher()


class Fts5:
    packages = ()

    def build(self, batches: Iterable[list[Paragraph]], folder: Path) -> None:
        self.open(folder)
        self.database.execute(
            "create virtual table news using fts5(body, tokenize='unicode61 remove_diacritics 0')"
        )
        with self.database:
            for batch in batches:
                self._insert(batch)
        self.database.execute("insert into news(news) values ('optimize')")
        self.database.commit()

    def open(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.database = sqlite3.connect(folder / "news.db")
        self.database.execute("pragma journal_mode = wal")
        self.database.execute("pragma synchronous = normal")

    def search(self, terms: list[str]) -> Any:
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        return self.database.execute(
            "select rowid, rank from news where news match ? order by rank limit ?", (query, TOP)
        ).fetchall()

    def add(self, paragraphs: list[Paragraph]) -> None:
        with self.database:
            self._insert(paragraphs)

    def delete(self, key: int) -> None:
        with self.database:
            self.database.execute("delete from news where rowid = ?", (key,))

    def _insert(self, paragraphs: list[Paragraph]) -> None:
        self.database.executemany(
            "insert into news (rowid, body) values (?, ?)",
            ((key, " ".join(terms)) for key, terms in paragraphs),
        )


ENGINES: dict[str, type[Any]] = {
    "ours": Ours,
    "rank_bm25": RankBm25,
    "bm25s-numba": Bm25s,
    "tantivy": Tantivy,
    "fts5": Fts5,
}


def timed_batches(batches: Iterable[list[Paragraph]], spent: list[float]) -> Iterator[Any]:
    """The same batches; the time their making took is added to `spent[0]`, to be taken off."""
    import time

    feed = iter(batches)
    while True:
        begun = time.perf_counter()
        batch = next(feed, None)
        spent[0] += time.perf_counter() - begun
        if batch is None:
            return
        yield batch
