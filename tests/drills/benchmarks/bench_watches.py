"""Saved queries against new posts: python -m tests.drills.benchmarks.bench_watches --data FOLDER

Twice, in CPU time. What people save: two words of the tax vocabulary and sometimes a place; the
posts are those in FOLDER, over and over. And the worst case: a query is two or three words of one
sentence, however common, and a post some twenty sentences of any posts, so that a third match.
"""

import argparse
import random
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from corpus.reading.posts import Paragraph
from corpus.store.store import Store
from corpus.store.values import Story
from corpus.sync.ingest import ingest
from retrieval.engine.news import News
from retrieval.engine.opening import opened_answerer
from retrieval.engine.upkeep import index
from retrieval.text import analyzer

ROOT = Path(__file__).resolve().parents[3]
PLACES = "北京 上海 广东 浙江 江苏 四川 湖北 海南 深圳 厦门 青岛 宁波".split()


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
                for start, end in analyzer.sentences(paragraph.text)
            ]
            size, count = arguments.posts, arguments.queries
            usual = [dice.choice(stories) for _ in range(size)]
            mixed = [_mixed(dice, dice.choice(stories), sentences) for _ in range(size)]
            with opened_answerer(db) as answerer:
                news = News(store, answerer)
                _run("usual", news, _usual_queries(dice, count), usual)
                _run("dense", news, _dense_queries(dice, count, sentences), mixed)


def _usual_queries(dice: random.Random, count: int) -> dict[int, str]:
    words = [word for word in sorted(analyzer.tax_words()) if len(word) > 1]
    queries: dict[int, str] = {}
    while len(queries) < count:
        place = [dice.choice(PLACES)] if dice.random() < 0.3 else []
        queries[len(queries)] = " ".join([*place, *dice.sample(words, 2)])
    return queries


def _dense_queries(dice: random.Random, count: int, sentences: list[str]) -> dict[int, str]:
    queries: dict[int, str] = {}
    while len(queries) < count:
        tagged = analyzer.tagged(analyzer.normalise(dice.choice(sentences)))
        words = [word for word, tag in tagged if len(word) > 1 and tag[0] in "nv"]
        if len(words) > 2:
            queries[len(queries)] = " ".join(dice.sample(words, dice.choice((2, 3))))
    return queries


def _mixed(dice: random.Random, story: Story, sentences: list[str]) -> Story:
    texts = ["".join(dice.sample(sentences, min(len(sentences), 4))) for _ in range(5)]
    paragraphs = tuple(Paragraph(None, text) for text in texts)
    return replace(story, post=replace(story.post, paragraphs=paragraphs), keys=tuple(range(5)))


def _run(name: str, news: News, queries: dict[int, str], posts: list[Story]) -> None:
    started = time.process_time()
    news.match(queries, posts[0])
    held = time.process_time()
    matches = sum(len(news.match(queries, post)) for post in posts)
    ended = time.process_time()
    print(
        f"{name}: {len(queries):,} queries read in {held - started:.1f} s,"
        f" matched with {len(posts):,} posts in {ended - held:.1f} s"
        f" ({1e6 * (ended - held) / len(queries) / len(posts):.2f} µs a pair), {matches:,} matches"
    )


if __name__ == "__main__":
    main()
