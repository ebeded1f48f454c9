"""What has changed? The logs that an index and a cluster follow, and the posts that are news."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from corpus.reading.posts import CHINA, Post
from corpus.store.database import Connection
from corpus.store.rows import json_list
from corpus.store.values import Arrival, Changes

NEWS = timedelta(days=7)
"""How old a post may be when it is first read, or read again with changes, to be news."""

_KEPT, _AT_ONCE = 100_000, 500  # arrivals


class ChangeLog(Connection):
    """Reads, and cuts, the logs of the paragraphs, of the posts and of the arrivals."""

    def generation(self) -> int:
        """A number that grows with every change of the paragraphs."""
        return self._last_number("changes")

    def changes(self, since: int) -> Changes | None:
        """What changed after generation `since`; None if that is no longer known.

        A paragraph that came and went in between is named as removed: an index that stopped
        midway may hold it.
        """
        with self.snapshot():
            generation = self.generation()
            (number,) = self._column("SELECT count(*) FROM changes WHERE id > ?", [since])
            if number != generation - since:
                return None
            # A number is given once: one that was removed is not added again.
            rows = self._rows(
                "SELECT paragraph, max(removed) FROM changes WHERE id > ? GROUP BY paragraph",
                [since],
            )
        return Changes(
            added=[key for key, removed in rows if not removed],
            removed=[key for key, removed in rows if removed],
            generation=generation,
        )

    def forget_changes(self, until: int) -> None:
        """Drop the log up to generation `until`: the index has it."""
        self._write("DELETE FROM changes WHERE id <= ?", [until])

    def follow_posts(self) -> int:
        """Have the changes of posts logged from now on, if they are not; the number of the last."""
        self._write(
            "INSERT INTO feeding SELECT coalesce((SELECT seq FROM sqlite_sequence"
            " WHERE name = 'post_changes'), 0) WHERE NOT EXISTS (SELECT 1 FROM feeding)"
        )
        return self.last_post_change()

    def last_post_change(self) -> int:
        """The number of the last logged change of a post, 0 if there was none."""
        return self._last_number("post_changes")

    def changed_posts(self, since: int) -> list[str] | None:
        """The posts that changed after number `since`, or went; None if that is not known."""
        with self.snapshot():
            if not self._rows("SELECT 1 FROM feeding WHERE since <= ?", [since]):
                return None
            return self._column(
                "SELECT post FROM post_changes WHERE number > ? ORDER BY number", [since]
            )

    def forget_post_changes(self, until: int) -> None:
        """Drop the log of the posts up to number `until`: a cluster has them."""
        with self.transaction():
            self._db.execute("DELETE FROM post_changes WHERE number <= ?", [until])
            self._db.execute("UPDATE feeding SET since = max(since, ?)", [until])

    def note_arrivals(self, posts: Iterable[Post], *, is_new: bool) -> None:
        """Note of these posts those that are news, as first read or (not `is_new`) as changed.

        A post that is dated more than a week ago, by the day, is none: a first reading of a
        whole site is not.
        """
        moment = datetime.now(timezone.utc)
        week_ago = (moment - NEWS).astimezone(CHINA)
        oldest = week_ago.replace(hour=0, minute=0, second=0, microsecond=0)
        news = [post.id for post in posts if post.published and post.published >= oldest]
        if not news:
            return
        at = moment.isoformat(timespec="milliseconds")
        self._db.conn.executemany(
            "INSERT INTO arrivals (post, is_new, at) VALUES (?, ?, ?)",
            [(id_, is_new, at) for id_ in news],
        )
        self._db.execute(
            "DELETE FROM arrivals WHERE number <= (SELECT max(number) FROM arrivals) - ?", [_KEPT]
        )

    def arrivals(self, since: int) -> list[Arrival]:
        """The next arrivals after number `since`, in order."""
        rows = self._rows(
            "SELECT number, post, is_new, at FROM arrivals WHERE number > ?"
            " ORDER BY number LIMIT ?",
            [since, _AT_ONCE],
        )
        return [Arrival(number, post, bool(is_new), at) for number, post, is_new, at in rows]

    def arrived(self, posts: Iterable[str]) -> dict[str, list[str]]:
        """By post the times, ISO 8601 in UTC, at which it was news when first read."""
        times: dict[str, list[str]] = defaultdict(list)
        for post, at in self._rows(
            "SELECT post, at FROM arrivals WHERE is_new"
            " AND post IN (SELECT value FROM json_each(?)) ORDER BY number",
            [json_list(posts)],
        ):
            times[post].append(at)
        return times

    def last_arrival(self) -> int:
        """The number of the last arrival, 0 if there was none."""
        return self._last_number("arrivals")
