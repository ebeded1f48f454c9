"""Which of several does a turn ask for? A section of the story shown, by number or name (第二个,
云南那个), or another of the passages that were found (换一个)."""

from collections.abc import Sequence
from dataclasses import replace

from corpus.store.values import Filters, Story
from retrieval.answering.answer import Answer, begun, shown_title
from retrieval.answering.talk import Talk
from retrieval.question.conversation import LAST, Conversation, Turn
from retrieval.question.topics import is_tax_word
from retrieval.ranking.confidence import LEAST_CONFIDENCE
from retrieval.ranking.sections import part_of, sections

_OTHERS = ("其他", "其它", "其余", "另外的")
"""What the story shown says of others of a kind that it tells of itself."""


def section_of(talk: Talk, turn: Turn) -> int | None:
    """The number of the section of the story shown that a turn asks about: by its number, by a
    name that stands in it alone, or by nothing, where one was asked about that says as much of the
    turn as what stands before the first; None for the whole story."""
    story = talk.story
    found = sections(story) if story else ()
    if story is None or not found:
        return None
    if turn.number:
        number = _number_of(turn, len(found))
        return number if number <= len(found) else None
    if turn.names:
        return section_naming(talk, turn, story)
    if not talk.last.section:
        return None
    asked = talk.read(turn.text)
    parts = found[talk.last.section - 1], range(found[0].start)
    here, before = (talk.answerer.coverage_and_score(asked, part_of(story, p))[0] for p in parts)
    return talk.last.section if here >= before else None


def _number_of(turn: Turn, count: int) -> int:
    """The number of the thing that a turn asks for by its number, where there are `count`."""
    return count if turn.number == LAST else turn.number


def section_naming(talk: Talk, turn: Turn, story: Story) -> int | None:
    """The number of the one section of a story that holds all names of a turn, None if not one
    does."""
    lines = ["".join(each) for each in talk.answerer.normalised(story).paragraphs]
    texts = ["\n".join(lines[each.start : each.stop]) for each in sections(story)]
    names = [forms[0] for forms in turn.names]
    holding = [n for n, text in enumerate(texts, 1) if all(name in text for name in names)]
    return holding[0] if len(holding) == 1 else None


def asks_for_alternative(talk: Talk, turn: Turn) -> bool:
    """Whether a turn asks for another of the passages that were found: by its number, where that
    is no section of the story shown, or for the next; not for others of a kind (其他人呢) of whom
    the story shown tells."""
    if not talk.last.alternatives or (turn.kind and _tells_of_others(talk, turn.kind)):
        return False
    is_numbered = turn.number != 0 and section_of(talk, turn) is None
    return turn.is_of_another or (is_numbered and (talk.last.is_list or turn.is_bare))


def _tells_of_others(talk: Talk, kind: str) -> bool:
    """Whether the story shown tells of others of a kind."""
    whole = talk.answerer.normalised(talk.story).whole if talk.story else ""
    return any(f"{others}{kind}" in whole for others in _OTHERS)


def alternative(
    talk: Talk, turn: Turn, limit: int, filters: Filters | None
) -> tuple[Answer, Conversation] | None:
    """The answer to the last question from the alternative that a turn asks for, and the
    conversation after it; None if there is none. A kind of things (还有别的主播吗) is looked for
    beyond the alternatives too."""
    asked = talk.read(talk.last.question)
    for post, key in _candidates(talk.last, turn):
        story = talk.answerer.story(post)
        if story is None or turn.kind not in talk.answerer.normalised(story).whole:
            continue
        if talk.last.is_list:
            asked = talk.read(shown_title(story.post))
        passages = talk.answerer.passages_in(asked, story, limit)
        shown = tuple(sorted(passages, key=lambda passage: passage.paragraph != key))
        if shown:
            last = replace(talk.last, post=post, paragraph=shown[0].paragraph, section=0)
            return Answer(turn.text, 1.0, shown), last
    return _of_kind(talk, turn.kind, limit, filters) if turn.kind else None


def _of_kind(
    talk: Talk, kind: str, limit: int, filters: Filters | None
) -> tuple[Answer, Conversation] | None:
    """The answer from a post that was not found before, about a kind of things and what the last
    question says of taxation."""
    text = " ".join(dict.fromkeys([kind, *filter(is_tax_word, talk.nouns.split())]))
    asked, known = talk.read(text), {post for post, _ in talk.last.alternatives}
    hits = [
        hit
        for hit in talk.answerer.rank(asked, filters)
        if hit.story.post.id not in known and kind in talk.answerer.normalised(hit.story).whole
    ]
    confidence = talk.answerer.confidence(asked, hits)
    if confidence < LEAST_CONFIDENCE:
        return None
    answer = talk.answerer.answer_of(asked, hits, limit, confidence)
    return answer, begun(text, answer)


def _candidates(last: Conversation, turn: Turn) -> Sequence[tuple[str, int]]:
    """The alternatives that a turn may ask for: the one of its number, or those after the one
    shown; of a kind of things those of other posts."""
    known = last.alternatives
    if turn.number:
        number = _number_of(turn, len(known))
        return known[number - 1 : number]
    here = last.post, last.paragraph
    # Of a story that was asked about further another paragraph is shown than was found.
    places = [at for at, each in enumerate(known) if each == here] or [
        at for at, (post, _) in enumerate(known) if post == last.post
    ]
    after = places[-1] + 1 if places else 1
    return [each for each in known[after:] if not turn.kind or each[0] != last.post]
