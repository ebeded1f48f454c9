"""A few posts, and an answerer that answers from them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.answering.answerer import Answerer
from retrieval.engine.opening import opened_answerer
from retrieval.ranking.ranking import Hit


def post(name: str, title: str | None, *texts: str, day: str | None = "2024-05-01") -> Post:
    return Post(
        id=name,
        title=title,
        published=datetime.fromisoformat(day).replace(tzinfo=CHINA) if day else None,
        category=None,
        tags=(),
        source=None,
        url=None,
        paragraphs=tuple(Paragraph(None, text) for text in texts),
    )


OTHERS = [
    post(f"other{n}", f"{place}办税厅迁址", f"{place}办税服务厅搬到了新楼，窗口照常开放。")
    for n, place in enumerate(["石桥", "柳湾", "枫林", "平岗", "白沙", "青坪", "落霞", "松溪"])
]
FACTORY = post(
    "factory",
    "云岭制衣厂隐匿收入被查",
    "云岭制衣厂在当地经营多年，账目一向含糊。",
    "经查，该厂少缴税款三十万元。",
    "该厂负责人表示接受处理。",
)


@contextmanager
def corpus_of(folder: Path, *posts: Post) -> Iterator[Answerer]:
    with Store.open(folder / "a.db", create=True) as store, store.transaction():
        store.write([Reading(each.id, each.id, each) for each in posts])
    with opened_answerer(folder / "a.db") as answerer:
        yield answerer


def text_of(hit: Hit) -> str:
    return hit.story.post.paragraphs[hit.position].text
