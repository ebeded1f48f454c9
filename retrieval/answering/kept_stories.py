"""The stories of a store, read again only when they have changed."""

from collections.abc import Sequence

from corpus.store.readable import Readable
from corpus.store.values import Story
from retrieval.ranking.kept import Kept

MOST_KEPT = 2_000_000
"""Characters of the stories that are kept at most."""


class KeptStories:
    """Reads stories, and keeps the last ones with the checksums that they were stored with:
    what has been rewritten since has another one. Thread-safe."""

    def __init__(self, store: Readable) -> None:
        self._store = store
        self._kept: Kept[tuple[int, Story]] = Kept(MOST_KEPT, _size)

    def story(self, post: str) -> Story | None:
        """The story with this id, None if there is none."""
        one = self._kept.get(post)
        keys = one[1].keys[:1] if one else ()
        if one and self._store.checksums_of(keys).get(post) == one[0]:
            return one[1]
        return next(iter(self._store.stories([post])), None)

    def of(self, keys: Sequence[int]) -> list[Story]:
        """The stories to which these paragraphs belong, ordered by id."""
        # The checksums first: a story that is written meanwhile is read again next time.
        checksums = self._store.checksums_of(keys)
        kept = [(id_, checksum, self._kept.get(id_)) for id_, checksum in checksums.items()]
        found = {id_: one[1] for id_, checksum, one in kept if one and one[0] == checksum}
        missing = [id_ for id_ in checksums if id_ not in found]
        fresh = self._store.stories(missing) if missing else []
        for story in fresh:
            self._kept.put(story.post.id, (checksums[story.post.id], story))
        return sorted([*found.values(), *fresh], key=lambda story: story.post.id)


def _size(kept: tuple[int, Story]) -> int:
    return sum(len(paragraph.text) for paragraph in kept[1].post.paragraphs)
