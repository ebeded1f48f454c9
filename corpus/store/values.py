"""What the store takes and returns, as frozen values."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from corpus.reading.post_types import PostType
from corpus.reading.posts import CHINA, Post

Text = tuple[int, str | None, str]
"""A paragraph as stored: its number, heading and text."""


@dataclass(frozen=True, slots=True)
class Story:
    """A post as stored: `keys[i]` is the stable number of `post.paragraphs[i]`; `places` are the
    full names of the places that it is about."""

    post: Post
    keys: tuple[int, ...]
    places: tuple[str, ...] = ()
    type: PostType = "report"


@dataclass(frozen=True, slots=True)
class Known:
    """What the store remembers of a file's last reading."""

    digest: str | None
    stamp: str | None
    is_problem: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """A story that was taken out as damaged, and a file that carried it: "" if none is known."""

    post: str
    path: str
    source: int | None


@dataclass(frozen=True, slots=True)
class KnownSource:
    """Where posts come from, and how it went: times are ISO 8601 in UTC, None for never.

    `every` is the seconds between two looks, `cursor` what a later look starts
    from, `posts` the number of readings that came from here and still count.
    `vanished` is "waits" if most of its posts were gone at the last look, "confirmed" if
    they are to go at the next.
    """

    id: int
    kind: str
    location: str
    every: int
    pull: bool
    cursor: str | None
    last_run: str | None
    last_success: str | None
    last_error: str | None
    vanished: Literal["waits", "confirmed"] | None
    posts: int


@dataclass(frozen=True, slots=True)
class Filters:
    """Which posts may answer: published from `since` to `until` (China's days), by a medium
    whose name contains `source`, of `category` (its code or its name), about `place` (its full
    name), of a `type`. A post without a date is outside every period. False where they admit
    every post."""

    since: date | None = None
    until: date | None = None
    source: str | None = None
    category: str | None = None
    place: str | None = None
    type: PostType | None = None

    @property
    def narrow(self) -> bool:
        """Whether there is anything that they ask of a post."""
        return self != Filters()

    def admit(self, story: Story) -> bool:
        """Whether the post of `story` may answer."""
        post = story.post
        day = post.published.astimezone(CHINA).date() if post.published else None
        return (
            (self.since is None or (day is not None and day >= self.since))
            and (self.until is None or (day is not None and day <= self.until))
            and (self.source is None or self.source in (post.source or ""))
            and self.category in (None, post.category, post.category_name)
            and (self.place is None or self.place in story.places)
            and self.type in (None, story.type)
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """What an index needs of one paragraph: its number and the words it is found by, among them
    the full names of the places that its post is about."""

    key: int
    title: str | None
    places: tuple[str, ...]
    heading: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Opening:
    """Of a post: the number of its first paragraph, how many it has (numbered on from there),
    the (year, month) in China in which it was published, None if that is unknown, its title."""

    first: int
    paragraphs: int
    month: tuple[int, int] | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What an index at some generation lacks to be at `generation`: paragraph numbers."""

    added: list[int]
    removed: list[int]
    generation: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """A post first read while it was news, or (`is_new` false) read again with changes.

    `number` grows from one to the next; `at` is ISO 8601 in UTC.
    """

    number: int
    post: str
    is_new: bool
    at: str


@dataclass(frozen=True, slots=True)
class CorpusFacts:
    """What the corpus holds; `newest` is the time of its newest post."""

    posts: int
    paragraphs: int
    newest: datetime | None


@dataclass(frozen=True, slots=True)
class Stats:
    """What the corpus holds: posts by medium, category and month, the most (or newest) first;
    files that are none by kind. None stands for unknown."""

    facts: CorpusFacts
    media: dict[str | None, int]
    categories: dict[str | None, int]
    months: dict[str | None, int]
    problems: dict[str, int]
