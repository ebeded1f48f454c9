"""Saved queries against new posts: python -m tests.benchmarks.bench_watches --data FOLDER

Queries and posts are recombined from the posts in FOLDER: a query is two or three words of one
sentence, a post some sentences of others. Prints the CPU time of matching all against all.
"""

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.app import index, opened_answerer
from corpus.ingest import ingest
from corpus.posts import Paragraph
from corpus.store import Store
from retrieval import analysis
from retrieval.standing import Standing

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT / "corpus" / "sample")
    parser.add_argument("--queries", type=int, default=10_000)
    parser.add_argument("--posts", type=int, default=1_000)
    arguments = parser.parse_args()
    dice = random.Random(7)
    with TemporaryDirectory() as folder:
        db = Path(folder, "taxnews.db")
        with Store.open(db, create=True) as store:
            ingest(store, [arguments.data])
            index(store)
            stories = list(store.all_stories())
            sentences = [
                paragraph.text[start:end]
                for story in stories
                for paragraph in story.post.paragraphs
                for start, end in analysis.sentences(paragraph.text)
            ]
            queries: dict[int, str] = {}
            while len(queries) < arguments.queries:
                tagged = analysis.tagged(analysis.normalise(dice.choice(sentences)))
                words = [word for word, tag in tagged if len(word) > 1 and tag[0] in "nv"]
                if len(words) > 2:
                    queries[len(queries)] = " ".join(dice.sample(words, dice.choice((2, 3))))
            posts = []
            for number in range(arguments.posts):
                story = dice.choice(stories)
                paragraphs = tuple(
                    Paragraph(None, "".join(dice.sample(sentences, min(len(sentences), 4))))
                    for _ in range(5)
                )
                post = replace(story.post, id=str(number), paragraphs=paragraphs)
                posts.append(replace(story, post=post, keys=tuple(range(5))))
            with opened_answerer(db) as answerer:
                standing = Standing(answerer)
                started = time.process_time()
                standing.hold(queries)
                held = time.process_time()
                matches = sum(len(standing.match(post)) for post in posts)
                ended = time.process_time()
    print(f"{len(queries):,} queries read in {held - started:.1f} s of CPU time")
    print(
        f"matched with {len(posts):,} posts in {ended - held:.1f} s"
        f" ({1e6 * (ended - held) / len(queries) / len(posts):.2f} µs a pair), {matches:,} matches"
    )


if __name__ == "__main__":
    main()
