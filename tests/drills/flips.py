"""Flips one bit at random places of a database and its index: is it found, or harmless?

    python -m tests.drills.flips [--flips 500] [--seed N] [--files 300]

For each flip a fresh copy is asked questions, in a process of its own. Harmless: all answers are
those of the undamaged copy. Found: an error says so, damaged stories are withheld and named, the
index is built anew, or `taxnews doctor` finds it. Wrong: an answer shows what no post says, or
lacks something without a word. Then `taxnews doctor --repair` mends it, and all answers must be
those of the undamaged copy. Exits with 1 if anything is wrong, crashes, hangs or stays damaged.
"""

import argparse
import logging
import os
import pickle
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.cli.doctor import CHECKS
from bot.storage.chats import ChatStore
from corpus.care.repair import repair
from corpus.errors import TaxnewsError
from corpus.reading.posts import Post
from corpus.store.store import Store
from corpus.sync.ingest import ingest
from retrieval.answering.answer import Answer
from retrieval.engine.opening import opened_answerer
from retrieval.engine.upkeep import repair_index
from tests.drills.benchmarks.generate import generate, posts_in
from tests.support.running_bot import several

SAMPLE = Path(__file__).parents[2] / "corpus" / "sample"
LONGEST = 120
"""Seconds after which a process hangs."""

Shown = tuple[Any, ...]


@dataclass(frozen=True)
class Undamaged:
    """A database with its index in `folder`, and what is answered from it."""

    folder: Path
    questions: Sequence[str]
    answers: list[Shown]
    posts: dict[str, Post]

    @property
    def files(self) -> list[Path]:
        """Those that a disk may damage."""
        index = [path for path in (self.folder / "a.index").iterdir() if path.stat().st_size]
        return [self.folder / "a.db", *sorted(index)]


def undamaged(folder: Path, files: int) -> Undamaged:
    """A database of a generated site, which lies beside it, and some questions."""
    site, db = folder / "site", folder / "data" / "a.db"
    generate(site, posts_in(SAMPLE), files=files)
    with Store.open(db, create=True) as store:
        ingest(store, [site])
        posts = {story.post.id: story.post for story in store.all_stories()}
    with ChatStore(db) as chats:
        chats.replies.open(7, 1, 7, several("问题"))
    asked = [post.title or "" for post in posts.values()][:: max(1, len(posts) // 20)]
    asked += [
        post.paragraphs[-1].text[:40]
        for post in list(posts.values())[3 :: max(1, len(posts) // 20)]
        if post.paragraphs
    ]
    return Undamaged(db.parent, asked, answers(db, asked), posts)


def answers(db: Path, questions: Sequence[str]) -> list[Shown]:
    """What a reader is shown."""
    with opened_answerer(db) as answerer:
        return [_shown(answerer.ask(question)) for question in questions]


def _shown(answer: Answer) -> Shown:
    passages = [
        (p.post, p.title, p.published, p.source, p.url, p.heading, p.text, p.sentence)
        for p in answer.passages
    ]
    return passages, [(r.post, r.title, r.url) for r in answer.related]


def is_true(shown: Shown, posts: dict[str, Post]) -> bool:
    """Whether all that is shown stands in a post."""
    for id_, title, published, source, url, heading, text, sentence in shown[0]:
        post = posts.get(id_)
        if post is None or (published, source, url) != (post.published, post.source, post.url):
            return False
        whole = "\n".join(p.text for p in post.paragraphs)
        if title[:29] not in (post.title or whole) or sentence not in text:
            return False
        if heading not in {p.heading for p in post.paragraphs}:
            return False
        if not all(line in whole for line in text.split("\n")):
            return False
    return all(id_ in posts for id_, *_ in shown[1])


def flip(path: Path, place: int, bit: int) -> None:
    """Flips a bit of the byte at a place."""
    with path.open("r+b") as file:
        file.seek(place)
        (byte,) = file.read(1)
        file.seek(place)
        file.write(bytes([byte ^ 1 << bit]))


def outcome(pristine: Undamaged, db: Path) -> str:
    """What came of a damaged copy, in this process: "harmless", "found: how" or "WRONG: how"."""
    logged: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        got = answers(db, pristine.questions)
    except TaxnewsError:
        return "found: an error that says so"
    if any(not is_true(shown, pristine.posts) for shown in got):
        return "WRONG: an answer that no post says"
    if got == pristine.answers:
        return "found: mended by itself" if any("index" in m for m in logged) else "harmless"
    if any("damaged and not shown" in message for message in logged):
        return "found: withheld and named"
    if any(wrong_in(db)):
        return "found: by the doctor"
    return "WRONG: other answers without a word"


def wrong_in(db: Path) -> Iterator[str]:
    """What the doctor finds wrong, without what may be meant so."""
    for check in CHECKS:
        yield from (each.wrong for each in check(db) if each.wrong and not each.is_choice)


def mended(pristine: Undamaged, db: Path) -> str:
    """What the doctor makes of it: "mended", or what is still wrong."""
    for _ in repair(db, lambda path: ChatStore(path).close()):
        pass
    with Store.open(db) as store:
        repair_index(store)
    if wrong := next(wrong_in(db), None):
        return f"STILL DAMAGED: {wrong}"
    if answers(db, pristine.questions) != pristine.answers:
        return "STILL DAMAGED: other answers"
    return "mended"


def apart(work: Callable[[], str]) -> str:
    """What `work` says in a process of its own, or how that ended."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(receiving)
        signal.alarm(LONGEST)
        try:
            said = work()
        except BaseException as error:
            said = f"CRASH: {type(error).__name__}: {error}"
        os.write(sending, pickle.dumps(said))
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving, "rb") as file:
        data = file.read()
    _, status = os.waitpid(child, 0)
    return pickle.loads(data) if data else f"CRASH: signal {os.waitstatus_to_exitcode(status)}"


def is_bad(said: str) -> bool:
    return said.startswith(("WRONG", "CRASH", "STILL"))


def run(pristine: Undamaged, work: Path, *, flips: int, seed: int) -> dict[str, Counter[str]]:
    """What came of that many flips, half of them in the database, by file and outcome."""
    chance = random.Random(seed)
    counts: dict[str, Counter[str]] = {"database": Counter(), "index": Counter()}
    database, *index = pristine.files
    for number in range(flips):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(pristine.folder, work)
        path = database
        if number % 2:
            path = chance.choices(index, [file.stat().st_size for file in index])[0]
        place, bit = chance.randrange(path.stat().st_size), chance.randrange(8)
        flip(work / path.relative_to(pristine.folder), place, bit)
        of = counts["index" if number % 2 else "database"]
        for judge in (outcome, mended):
            said = apart(lambda judge=judge: judge(pristine, work / "a.db"))  # type: ignore[misc]
            if not (judge is mended and said == "mended"):
                of[said] += 1
            if is_bad(said):
                print(f"bit {bit} of byte {place} of {path.name}, seed {seed}: {said}", flush=True)
    return counts


def main() -> None:
    """Prints the counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--flips", type=int, default=500)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--files", type=int, default=300)
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.randrange(10**6)
    print(f"seed {seed}")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        pristine = undamaged(Path(folder), options.files)
        counts = run(pristine, Path(folder) / "work", flips=options.flips, seed=seed)
    for name, of in counts.items():
        print(f"{name}: " + ", ".join(f"{count} {said}" for said, count in of.most_common()))
    bad = sum(count for of in counts.values() for said, count in of.items() if is_bad(said))
    print(f"{options.flips} flips in {time.monotonic() - begun:.0f} s: {bad} bad, the rest mended")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
