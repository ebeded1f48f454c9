"""What an operator accepts: it takes effect, settles the dislikes, and adds a judgement.

The same for `/review` and `taxnews review`; each of these does its work in the thread of
the `ChatStore` that it is given.
"""

import re
from collections.abc import Sequence

from bot.storage.chats import ChatStore
from bot.storage.feedback import DISMISSED, Disliked
from corpus.errors import TaxnewsError
from corpus.store.corrections import Spot, fingerprint
from corpus.store.values import Story
from retrieval.answering.answer import Passage
from retrieval.answering.corrections import key_of

MOST_NAMES, LONGEST_NAME = 8, 20


class NotAccepted(TaxnewsError):
    """What can't be corrected so; the message says why."""


def paragraph_of(passage: Passage, story: Story) -> int | None:
    """Which paragraph of `story` the passage's sentence stands in, None if it is gone."""
    sentence = passage.sentence.partition("\n")[0]
    for position, paragraph in enumerate(story.post.paragraphs):
        if sentence and sentence in paragraph.text:
            return position
    return story.keys.index(passage.paragraph) if passage.paragraph in story.keys else None


def names_in(text: str) -> tuple[str, ...]:
    """The names of one thing in what an operator wrote, spaces, commas or = between; () if that
    is not two or more."""
    names = tuple(dict.fromkeys(filter(None, re.split(r"[\s,，、;；=＝]+", text))))
    are_names = all(len(n) <= LONGEST_NAME and re.fullmatch(r"\w[\w·.%+-]*", n) for n in names)
    return names if are_names and 2 <= len(names) <= MOST_NAMES else ()


def pin(
    chats: ChatStore, disliked: Disliked | None, question: str, story: Story, position: int
) -> int:
    """Has a question answered by a paragraph of `story`; the correction's number.

    Raises `NotAccepted` for a question that names nothing.
    """
    key = key_of(question)
    if not key:
        raise NotAccepted(f"{question}: names nothing by which it could be known again")
    spot, text = _spot(story, position)
    correction = chats.corrections.pin(question, key, spot, text, _asker(chats, disliked, question))
    chats.feedback.answered(key)
    _settle(chats, disliked, correction)
    return correction


def mute(
    chats: ChatStore, disliked: Disliked | None, question: str | None, story: Story, position: int
) -> int:
    """Has a paragraph of `story` answer nothing; the correction's number."""
    spot, text = _spot(story, position)
    correction = chats.corrections.mute(spot, text, question, _asker(chats, disliked, question))
    _settle(chats, disliked, correction)
    return correction


def join(
    chats: ChatStore, disliked: Disliked | None, question: str | None, names: Sequence[str]
) -> int:
    """Has names mean the same; the correction's number."""
    correction = chats.corrections.join(names, question, _asker(chats, disliked, question))
    _settle(chats, disliked, correction)
    return correction


def dismiss(chats: ChatStore, disliked: Disliked) -> None:
    """Leaves all as it is."""
    chats.feedback.settle(disliked.ids, DISMISSED)


def judge(chats: ChatStore, correction: int, question: str, passage: Passage) -> None:
    """Keeps that the question is answered by the sentence of a passage."""
    chats.corrections.judge(correction, question, passage.post, passage.sentence)
    chats.feedback.answered(key_of(question))


def undo(chats: ChatStore, correction: int) -> bool:
    """Takes a correction back: what it settled is open again. False if there is none."""
    chats.feedback.reopen(correction)
    return chats.corrections.undo(correction)


def _spot(story: Story, position: int) -> tuple[Spot, str]:
    text = story.post.paragraphs[position].text
    return Spot(story.post.id, fingerprint(text)), text


def _asker(chats: ChatStore, disliked: Disliked | None, question: str | None) -> str | None:
    """Whose words the question is; those of an operator are nobody's."""
    if question is None:
        return None
    if disliked and question == disliked.question:
        return disliked.asker
    return chats.feedback.asker_of(question)


def _settle(chats: ChatStore, disliked: Disliked | None, correction: int) -> None:
    if disliked:
        chats.feedback.settle(disliked.ids, str(correction))
