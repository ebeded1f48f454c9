"""Which stories are there? What is shown of them, by id, by time, by place."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

from sqlite_utils import Database

from corpus.reading.post_types import POST_TYPES, type_of
from corpus.reading.posts import CHINA, Paragraph, Post, category_name
from corpus.store.database import REPAIR, Connection
from corpus.store.readable import in_order
from corpus.store.rows import (
    ADMITTED,
    STORED,
    checksum_of,
    filter_values,
    json_list,
    post_of,
)
from corpus.store.values import (
    CorpusFacts,
    Filters,
    Stats,
    Story,
    Text,
)

log = logging.getLogger(__name__)

_TRIES = 3  # to read a story that a writer changes meanwhile
_ABOUT = "(:place IS NULL OR posts.id IN (SELECT post FROM places WHERE place = :place))"


class Stories(Connection):
    """Reads the stories; one that is not as it was written is withheld."""

    def __init__(self, db: Database, path: Path) -> None:
        super().__init__(db, path)
        self._withheld: set[str] = set()

    def facts(self) -> CorpusFacts:
        """How much the corpus holds and how new it is."""
        ((posts, paragraphs),) = self._rows(
            "SELECT (SELECT count(*) FROM posts), (SELECT count(*) FROM paragraphs)"
        )
        newest = next((post.published for post in self.listed(Filters(), 1, 0)), None)
        return CorpusFacts(posts, paragraphs, newest)

    def stats(self) -> Stats:
        """What the corpus holds, counted by medium, category and month."""

        def counted(view: str, column: str) -> dict[str | None, int]:
            return dict(self._rows(f"SELECT {column}, posts FROM {view}"))

        with self.snapshot():
            return Stats(
                facts=self.facts(),
                media=counted("media", "source"),
                categories=counted("categories", "category"),
                months=counted("months", "month"),
                problems=dict(self._rows("SELECT kind, files FROM problem_kinds")),
            )

    def all_stories(self) -> Iterator[Story]:
        """Every story, ordered by id; read bit by bit."""
        last = ""
        while ids := self._ids_after(last):
            yield from self.stories(ids)
            last = ids[-1]

    def all_ids(self) -> list[str]:
        """The ids of all stories, sorted."""
        return self._column("SELECT id FROM posts ORDER BY id")

    def _ids_after(self, last: str) -> list[str]:
        """The next 500 ids."""
        return self._column(
            "SELECT id FROM posts WHERE id > ? AND typeof(id) = 'text' ORDER BY id LIMIT 500",
            [last],
        )

    def stories(self, ids: Iterable[str]) -> list[Story]:
        """The stories with these ids, ordered by id; unknown ids are left out.

        So are those that are not as they were written, which are logged.
        """
        stories, doubtful = self._read(ids)
        for _ in range(_TRIES):
            if not doubtful:
                break
            # Damaged, or written anew between the two queries.
            again, doubtful = self._read(doubtful)
            stories = sorted([*stories, *again], key=lambda story: story.post.id)
        for id_ in doubtful:
            if id_ not in self._withheld:
                self._withheld.add(id_)
                log.error("%s: post %s is damaged and not shown; %s", self.path, id_, REPAIR)
        return stories

    def _read(self, ids: Iterable[str]) -> tuple[list[Story], list[str]]:
        """The stories with these ids, ordered by id; the ids of those whose checksum differs."""
        wanted = json_list(ids)
        posts = self._rows(
            f"SELECT checksum, type, {', '.join(STORED)} FROM posts"
            " WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            [wanted],
        )
        texts: dict[str, list[Text]] = {row[2]: [] for row in posts}
        for key, post, heading, text in self._rows(
            "SELECT id, post, heading, text FROM paragraphs"
            " WHERE post IN (SELECT value FROM json_each(?)) ORDER BY post, position",
            [wanted],
        ):
            if post in texts:
                texts[post].append((key, heading, text))
        places: dict[str, list[str]] = defaultdict(list)
        for post, place in self._rows(
            "SELECT post, place FROM places"
            " WHERE post IN (SELECT value FROM json_each(?)) ORDER BY post, place",
            [wanted],
        ):
            places[post].append(place)
        stories, doubtful = [], []
        for checksum, type_, *values in posts:
            row, below = dict(zip(STORED, values, strict=True)), texts[values[0]]
            if checksum == checksum_of(row, below):
                paragraphs = [Paragraph(heading, text) for _, heading, text in below]
                keys = tuple(key for key, _, _ in below)
                about = tuple(places[values[0]])
                post_ = post_of(row, paragraphs)
                # No checksum covers the type: what damage made of it is determined anew.
                own = type_ if type_ in POST_TYPES else type_of(post_)
                stories.append(Story(post_, keys, about, own))
            else:
                doubtful.append(values[0])
        return stories, doubtful

    def stories_of(self, keys: Iterable[int]) -> list[Story]:
        """The stories to which these paragraphs belong, ordered by id."""
        of_keys = (
            "SELECT DISTINCT post FROM paragraphs WHERE id IN (SELECT value FROM json_each(?))"
        )
        return self.stories(self._column(of_keys, [json_list(keys)]))

    def posts_at(self, addresses: Sequence[str]) -> list[str]:
        """The ids of the posts with one of these addresses, in the order of the addresses."""
        rows = self._rows(
            "SELECT url, id FROM posts WHERE url IN (SELECT value FROM json_each(?))",
            [json_list(addresses)],
        )
        return in_order(rows, addresses)

    def checksums_of(self, keys: Iterable[int]) -> dict[str, int]:
        """By id the checksums of the stories to which these paragraphs belong: another one after
        every change of a story."""
        # CROSS JOIN: from the numbers to their posts, one after the other.
        rows = self._rows(
            "SELECT posts.id, posts.checksum FROM json_each(?)"
            " CROSS JOIN paragraphs ON paragraphs.id = value"
            " CROSS JOIN posts ON posts.id = paragraphs.post",
            [json_list(keys)],
        )
        return dict(rows)

    def present(self, ids: Iterable[str]) -> set[str]:
        """Those of these stories that are there."""
        return self._those_in("posts", "id", ids)

    def listed(self, filters: Filters, limit: int, offset: int) -> list[Post]:
        """The newest posts that `filters` admit, without their paragraphs."""
        newest = self.newest_of(filters, limit, offset)
        return [replace(story.post, paragraphs=()) for story in newest]

    def names(self) -> tuple[list[str], dict[str, str]]:
        """The media of the posts, and the names of the categories by their codes: those of the
        most posts first."""
        media = self._column("SELECT source FROM media WHERE source NOT NULL")
        tagged = self._rows(
            "SELECT category, tags FROM posts WHERE category NOT NULL"
            " GROUP BY category, tags ORDER BY count(*) DESC, category"
        )
        names: dict[str, str] = {}
        for category, tags in tagged:
            names.setdefault(category, category_name(category, json.loads(tags)) or category)
        return media, names

    def newest(self, limit: int) -> list[Story]:
        """The newest stories, `limit` at most, ordered by id."""
        return self.stories(self._newest(Filters(), limit, 0))

    def newest_of(self, filters: Filters, limit: int, offset: int = 0) -> list[Story]:
        """The newest stories that `filters` admit, `limit` at most, the newest first."""
        ids = self._newest(filters, limit, offset)
        stories = {story.post.id: story for story in self.stories(ids)}
        return [stories[id_] for id_ in ids if id_ in stories]

    def _newest(self, filters: Filters, limit: int, offset: int) -> list[str]:
        return self._column(
            f"SELECT id FROM posts WHERE published IS NOT NULL AND {ADMITTED}"
            " AND (:type IS NULL OR type = :type)"
            f" AND {_ABOUT} ORDER BY published DESC, id LIMIT :limit OFFSET :offset",
            filter_values(filters) | {"limit": limit, "offset": offset},
        )

    def news(self, since: datetime, until: datetime) -> list[Story]:
        """The stories that came after `since`, up to `until`, ordered by id.

        They came when they were first read, as a date may be without an hour; those that were
        not followed as they came, when they were published. What is dated more than a day
        before `since` is no news any more.
        """
        dated, utc = [], []
        for moment in (since, until, since - timedelta(days=1)):
            dated.append(moment.astimezone(CHINA).isoformat())
            utc.append(moment.astimezone(timezone.utc).isoformat(timespec="milliseconds"))
        ids = self._column(
            "SELECT id FROM posts WHERE published > ? AND published <= ?"
            " AND id NOT IN (SELECT post FROM arrivals WHERE is_new)"
            " UNION SELECT id FROM arrivals JOIN posts ON id = post"
            " WHERE is_new AND at > ? AND at <= ? AND published > ?",
            [*dated[:2], *utc[:2], dated[2]],
        )
        return self.stories(ids)

    def source_counts(self, ids: Iterable[str]) -> dict[str, int]:
        """By story, how many files and entries carry it."""
        return dict(
            self._rows(
                "SELECT post, count(*) FROM files"
                " WHERE post IN (SELECT value FROM json_each(?)) GROUP BY post",
                [json_list(ids)],
            )
        )
