"""Posts put into a store, and what the store shows."""

from datetime import datetime

from corpus.reading.posts import CHINA, Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store

NOON = datetime(2022, 5, 6, 12, tzinfo=CHINA)


def post(id_: str = "1", *texts: str, title: str | None = "题") -> Post:
    paragraphs = tuple(Paragraph(None, text) for text in texts or ("正文。",))
    return Post(id_, title, NOON, "emnews", ("新闻",), "青溪税报", None, paragraphs)


def put(store: Store, path: str, told: Post, preference: int = 0) -> str:
    return write(store, Reading(path, f"hash of {path} {told}", told, preference))[0]


def write(store: Store, *readings: Reading) -> list[str]:
    with store.transaction():
        return store.write(readings)


def shown(store: Store) -> list[Post]:
    return [story.post for story in store.all_stories()]
