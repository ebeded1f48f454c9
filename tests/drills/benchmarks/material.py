"""A corpus of any size, and questions, from the text found in a folder.

Sentences are recombined at random (seeded), so that a large corpus keeps the vocabulary, the
document frequencies and the paragraph lengths of real text. Everything is segmented once; what
is kept are term numbers, which every engine's process reads in batches.
"""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import rjieba

JIEBA = rjieba.Jieba()  # its own: the analyzer adds words to the one that rjieba has ready
SEED = 20211208
SENTENCES = re.compile(r"[^。！？!?\n]+[。！？!?]*")
WORD = re.compile(r"[^\W_]")
MARKUP = re.compile(r"<[^>]*>")
BATCH = 10_000

Paragraph = tuple[int, list[str]]


@dataclass(frozen=True)
class Material:
    """A generated corpus on disk: term numbers of all paragraphs, one after the other."""

    folder: Path
    vocabulary: list[str]
    questions: list[list[str]]
    lengths: np.ndarray

    def __len__(self) -> int:
        return len(self.lengths)

    def batches(self, size: int = BATCH) -> Iterator[list[Paragraph]]:
        """Paragraphs as (key, terms), keys 0, 1, 2 …, `size` at a time."""
        with (self.folder / "paragraphs.u32").open("rb") as file:
            for start in range(0, len(self), size):
                lengths = self.lengths[start : start + size]
                terms = np.fromfile(file, np.uint32, int(lengths.sum())).tolist()
                word, batch, at = self.vocabulary, [], 0
                for key, length in enumerate(lengths.tolist(), start):
                    batch.append((key, [word[term] for term in terms[at : at + length]]))
                    at += length
                yield batch


def open_material(folder: Path, without: int = 0) -> Material:
    """What `make_material` left in the folder, but for the last few paragraphs."""
    content = json.loads((folder / "material.json").read_text("utf-8"))
    lengths = np.load(folder / "lengths.npy")
    lengths = lengths[: len(lengths) - without]
    return Material(folder, content["vocabulary"], content["questions"], lengths)


def make_material(data: Path, folder: Path, size: int, questions: int = 1000) -> Material:
    """`size` paragraphs and some questions made of the text below `data`, kept in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers: dict[str, int] = {}
    sentences, counts = [], []
    for paragraph in texts(data):
        found = [
            [numbers.setdefault(term, len(numbers)) for term in segment(sentence)]
            for sentence in SENTENCES.findall(paragraph)
        ]
        found = [sentence for sentence in found if sentence]
        if found:
            sentences += found
            counts.append(len(found))
    if not sentences:
        raise SystemExit(f"no text below {data}: give a folder of posts or test collections")
    _recombine(folder, sentences, np.array(counts), size)
    content = {"vocabulary": list(numbers), "questions": _questions(data, sentences, numbers)}
    content["questions"] = content["questions"][:questions]
    (folder / "material.json").write_text(json.dumps(content), "utf-8")
    return open_material(folder)


def segment(text: str) -> list[str]:
    """jieba's terms (HMM off), white space and punctuation dropped."""
    return [term for term in JIEBA.cut(text, False) if WORD.search(term)]


def texts(data: Path) -> Iterator[str]:
    """The paragraphs of all posts (`*.md`) and BEIR corpora (`corpus.jsonl.gz`) below a folder."""
    for path in sorted(data.rglob("*.md")):
        body = path.read_text("utf-8", errors="replace").split("---\n", 2)[-1]
        for line in body.splitlines():
            if text := html.unescape(MARKUP.sub("", line)).strip():
                yield text
    seen = set()
    for path in sorted(data.rglob("corpus.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                text = json.loads(line)["text"]
                if text not in seen:
                    seen.add(text)
                    yield text


def _recombine(folder: Path, sentences: list[list[int]], counts: np.ndarray, size: int) -> None:
    random = np.random.default_rng(SEED)
    lengths = np.zeros(size, np.uint32)
    with (folder / "paragraphs.u32").open("wb") as file:
        for number, count in enumerate(random.choice(counts, size).tolist()):
            chosen = random.integers(len(sentences), size=count).tolist()
            terms = [term for sentence in chosen for term in sentences[sentence]]
            lengths[number] = len(terms)
            file.write(np.array(terms, np.uint32).tobytes())
    np.save(folder / "lengths.npy", lengths)


def _questions(data: Path, sentences: list[list[int]], numbers: dict[str, int]) -> list[list[str]]:
    """Real questions below the folder; without any, ten distinct terms in a row from sentences.

    Kept are those of 6 to 16 distinct terms: 10 on average.
    """
    asked = []
    for path in sorted(data.rglob("*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            entry = json.loads(line)
            if text := entry.get("question") or (
                path.name == "queries.jsonl" and entry.get("text")
            ):
                asked.append(tuple(segment(text)))
    words = list(numbers)
    if not asked:
        asked = [tuple(words[term] for term in sentence[:12]) for sentence in sentences]
    kept = [list(terms) for terms in dict.fromkeys(asked) if 6 <= len(set(terms)) <= 16]
    order = np.random.default_rng(SEED).permutation(len(kept))
    return [kept[number] for number in order.tolist()]
