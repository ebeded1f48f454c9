"""What an answer consists of: passages, related titles, explanation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from corpus.reading.post_types import PostType
from corpus.reading.posts import Post
from corpus.store.values import Story
from retrieval.question.conversation import Conversation
from retrieval.question.question import ParsedQuestion
from retrieval.ranking.ranking import Hit
from retrieval.ranking.validity import Validity


@dataclass(frozen=True, slots=True)
class Passage:
    """What a reader is shown of one post: whole sentences, at most 400 characters.

    `sentence` is a part of `text`: the one or two adjacent sentences that answer.
    `highlights` are [start, end) offsets into `text`, in code points. `score`
    orders the passages of one answer and means nothing beside another's.
    `paragraph` is the store's key of the paragraph the passage was chosen around.
    `is_pinned`: not found, but chosen by an operator. `is_newer`: of a post newer than that,
    which answers the question too or tells of the same story. `type` is the post's, None of a
    passage that was kept before there were types. `until` is the last day on which the rule that
    the post tells is in force, None if it tells none or names no such day. `part` is the number,
    from 1, of the question that it answers, of a message with several. `places` are those that the
    post is about, by their full names.
    """

    post: str
    title: str
    published: datetime | None
    category: str | None
    source: str | None
    url: str | None
    heading: str | None
    text: str
    sentence: str
    highlights: tuple[tuple[int, int], ...]
    score: float
    paragraph: int
    is_pinned: bool = False
    is_newer: bool = False
    type: PostType | None = None
    until: date | None = None
    part: int | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """Which story a reader has before them, and around which of its paragraphs."""

    post: str
    paragraph: int


@dataclass(frozen=True, slots=True)
class Related:
    """A post that was found for a question without answering it.

    `is_near`: it says more than half of what is asked, of whom it is asked.
    """

    post: str
    title: str
    url: str | None
    published: datetime | None = None
    is_near: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a question: passages, best first; or none, then what is near.

    `confidence` is in 0–1. `reply` is a friendly line where the question was
    none (a greeting, an emoji). `understood` is a turn of a conversation as it was
    completed from the question before it, None if nothing was. `is_list`: the passages are
    the posts of a time, newest first. `parts` are the answers to the questions of a message with
    several; the passages are the first of each. `untold_year` is the year that is asked about and
    of which the nearest post does not tell; None if that is not why there is no answer.
    `conversation` is what the next turn is read against, None where there is none.
    """

    question: str
    confidence: float
    passages: tuple[Passage, ...]
    related: tuple[Related, ...] = ()
    reply: str | None = None
    understood: str | None = None
    is_list: bool = False
    parts: tuple["Answer", ...] = ()
    untold_year: int | None = None
    conversation: Conversation | None = None

    @property
    def answered(self) -> bool:
        """Whether a passage answers the question."""
        return bool(self.passages)

    @property
    def near(self) -> tuple[Related, ...]:
        """The related posts that are near the question: what a reader is shown of them."""
        return tuple(related for related in self.related if related.is_near)

    @property
    def is_offer(self) -> bool:
        """Whether it is no answer, but offers a question with another name."""
        return self.reply is not None and bool(self.conversation and self.conversation.offered)

    @property
    def newer(self) -> tuple[Passage, ...]:
        """The first passages of the newer posts that stand beside a pinned one."""
        newer: dict[str, Passage] = {}
        for shown in self.passages:
            if shown.is_newer:
                newer.setdefault(shown.post, shown)
        return tuple(newer.values())


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a question was read, and why its best hits are the best.

    `shares` are what each signal adds to the raw score of the first hit's story, none if that
    tells of another thing than the question's. `matched` and `missed` are, for each hit, the
    concepts that its post holds and lacks, as they stand in the question.
    """

    question: ParsedQuestion
    confidence: float
    shares: dict[str, float]
    hits: tuple[Hit, ...]
    matched: tuple[tuple[str, ...], ...]
    missed: tuple[tuple[str, ...], ...]


def shown_title(post: Post) -> str:
    """The title, or for a post without one the start of its text."""
    if post.title:
        return post.title
    start = post.paragraphs[0].text if post.paragraphs else ""
    return start if len(start) <= 30 else start[:29] + "…"


def passage_of(
    story: Story,
    position: int,
    text: str,
    sentence: str,
    *,
    score: float,
    highlights: tuple[tuple[int, int], ...] = (),
    validity: Validity | None = None,
) -> Passage:
    """`text` as a passage of `story`, chosen around its paragraph at `position`; `validity` is the
    post's, where that has been read."""
    post = story.post
    return Passage(
        post=post.id,
        title=shown_title(post),
        published=post.published,
        category=post.category,
        source=post.source,
        url=post.url,
        heading=post.paragraphs[position].heading,
        text=text,
        sentence=sentence,
        highlights=highlights,
        score=score,
        paragraph=story.keys[position],
        type=story.type,
        until=(validity or Validity(post, story.type)).last_day(sentence),
        places=story.places,
    )


def related_posts(
    hits: Iterable[Hit], limit: int, is_near: Callable[[Story], bool]
) -> tuple[Related, ...]:
    """The posts of the best hits, `limit` at most."""
    stories: dict[str, Story] = {}
    for hit in hits:  # many: no more of them are read than needed
        stories.setdefault(hit.story.post.id, hit.story)
        if len(stories) == limit:
            break
    return tuple(
        Related(s.post.id, shown_title(s.post), s.post.url, s.post.published, is_near(s))
        for s in stories.values()
    )


def begun(question: str, answer: Answer) -> Conversation:
    """A conversation of one question and its answer."""
    if not answer.passages:
        return Conversation(question)
    best = answer.passages[0]
    alternatives = tuple((each.post, each.paragraph) for each in answer.passages)
    return Conversation(
        question,
        best.post,
        best.paragraph,
        alternatives=alternatives,
        is_list=answer.is_list,
    )
