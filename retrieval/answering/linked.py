"""A link → the post to which it leads."""

from datetime import datetime

from corpus.store.values import Filters
from retrieval.answering.answer import Answer, shown_title
from retrieval.answering.answerer import Answerer
from retrieval.answering.errors import LONGEST_QUESTION


def linked(
    answerer: Answerer, address: str, filters: Filters | None, now: datetime
) -> Answer | None:
    """The first passage of the post at an address, its title as the question; None if there is no
    such post, `filters` don't admit it, or it has no text."""
    story = answerer.story_at(address)
    if story is None or not story.keys or (filters and not filters.admit(story)):
        return None
    title = shown_title(story.post)
    asked = answerer.read(title[:LONGEST_QUESTION], now)
    passage = answerer.passage_at(asked, story, story.keys[0])
    return Answer(title, 1.0, (passage,)) if passage else None
