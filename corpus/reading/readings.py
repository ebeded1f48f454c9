"""What one file or feed entry holds, before it is stored: a post, or the reason why it is none."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import NamedTuple

from corpus.errors import NotAPost, ProblemKind
from corpus.reading.places import places_of
from corpus.reading.post_files import decode
from corpus.reading.post_types import PostType, type_of
from corpus.reading.posts import LONGEST_TITLE, SAMPLE_CATEGORY, Post


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a file was not read as a post: a kind to count by, a reason for people."""

    kind: ProblemKind
    reason: str


class About(NamedTuple):
    """What is learned from a post's words: the places that it is about, and its type."""

    places: tuple[str, ...]
    type: PostType


def about(post: Post) -> About:
    if post.title and len(post.title) > LONGEST_TITLE:  # it is kept no longer than that
        post = replace(post, title=post.title[:LONGEST_TITLE])
    return About(places_of(post), type_of(post))


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file holds.

    `outcome` is a post, or why it is none; None: the same as last time.
    `name` is its path, `digest` the hash of its content, None where that could
    not be read. `stamp` changes whenever the file does, and spares reading it
    again; None where there is none to rely on. The reading of least
    (preference, name) is the one its story shows.
    """

    name: str
    digest: str | None
    outcome: Post | Problem | None
    preference: int = 0
    stamp: str | None = None
    about: About | None = field(init=False)
    """Of a post. It is learned where the file is read, not where the reading is written."""

    def __post_init__(self) -> None:
        learned = about(self.outcome) if isinstance(self.outcome, Post) else None
        object.__setattr__(self, "about", learned)


# Steps of `preference`: within a step the folder decides.
_BY_MEDIUM, _FLASH, ENTRY, _SAMPLE, LEAST = 0, 3, 6, 9, 12


def preference(post: Post, name: str) -> int:
    """How much the post of the file `name` is preferred among those of its story.

    The least is shown: a post filed by medium before a flash, either before an
    entry of a feed (`ENTRY`), all before a sample; then a `_posts` folder
    before others, and those before `old_post`.
    """
    folders = PurePath(name).parts[:-1]
    age = 0 if "_posts" in folders else 2 if "old_post" in folders else 1
    if post.category == SAMPLE_CATEGORY:
        return _SAMPLE + age
    is_flash = post.category in (None, "emnews", "sitenews")
    return (_FLASH if is_flash else _BY_MEDIUM) + age


def parse(name: str, data: bytes, *, known: str | None, stamp: str | None) -> Reading:
    """What `data`, the content of the file `name`, holds; `known` is its last digest."""
    digest = hashlib.sha256(data).hexdigest()
    if digest == known:
        return Reading(name, digest, None, stamp=stamp)
    try:
        post = decode(data, name=name)
    except NotAPost as error:
        return Reading(name, digest, Problem(error.kind, error.reason), stamp=stamp)
    return Reading(name, digest, post, preference(post, name), stamp)
