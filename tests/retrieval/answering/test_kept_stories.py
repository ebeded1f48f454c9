"""Stories are read anew when they have changed, and only then."""

from dataclasses import replace
from pathlib import Path

from corpus.reading.posts import Paragraph, Post
from corpus.reading.readings import Reading
from corpus.store.store import Store
from retrieval.answering.kept_stories import KeptStories

FINED = Post(
    id="1",
    title="面馆被罚",
    published=None,
    category=None,
    tags=(),
    source="甲报",
    url="http://e.com/1",
    paragraphs=(Paragraph(None, "这家面馆隐匿收入。"), Paragraph(None, "罚款两万元。")),
)
OPENED = replace(FINED, id="2", title="税务所开放", paragraphs=(Paragraph(None, "欢迎参观。"),))


def test_a_story_is_read_anew_after_any_change_of_it(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        put(store, FINED, OPENED)
        kept = KeptStories(store)
        first = kept.of(store.all_keys())
        assert first == store.stories(["1", "2"])
        assert [story.post for story in first] == [FINED, OPENED]
        assert all(a is b for a, b in zip(kept.of(store.all_keys()), first, strict=True))
        for changed in (
            replace(FINED, source="乙报"),
            replace(FINED, title="面馆被查"),
            replace(FINED, title="面馆被查", paragraphs=(Paragraph(None, "罚款三万元。"),)),
        ):
            put(store, changed)
            again = kept.of(store.all_keys())
            assert [story.post for story in again] == [changed, OPENED]
            assert again == store.stories(["1", "2"])
        assert kept.of(store.all_keys())[1] is first[1]


def test_only_the_stories_of_the_paragraphs_asked_for_are_given(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a.db", create=True) as store:
        put(store, FINED, OPENED)
        kept = KeptStories(store)
        keys = store.all_keys()
        for asked in (keys[:1], keys, keys[-1:], [999], []):
            assert kept.of(asked) == store.stories_of(asked)
        store.remove(["1.md"])
        assert kept.of(keys) == store.stories_of(keys) == store.stories(["2"])


def put(store: Store, *posts: Post) -> None:
    with store.transaction():
        store.write([Reading(f"{post.id}.md", str(hash(post)), post) for post in posts])
