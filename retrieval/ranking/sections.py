"""The numbered sections of a post, as one that tells of several cases has them: 一、…… 二、……"""

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.store.values import Story
from retrieval.ranking.rules import is_rule
from retrieval.text.numbers import value_of

_NUMBER = re.compile(
    r"\s*(?:案例|案件|案|之)?[(（]?(?P<number>[一二三四五六七八九十]{1,3}|\d{1,2})(?:[)）、:：]|[.．](?!\d))"
)


def sections(story: Story) -> Sequence[range]:
    """The positions of the paragraphs of each section, in their order; none if the post states a
    rule, or has not at least two. What stands before the first belongs to none, nor does what
    makes the last one longer than the one before it, and than two paragraphs."""
    if is_rule(story):
        return ()
    starts: list[int] = []
    for position, paragraph in enumerate(story.post.paragraphs):
        heads = [paragraph.text, *([paragraph.heading] if _begins(story, position) else [])]
        if len(starts) + 1 in map(_number, heads):
            starts.append(position)
    if len(starts) < 2:
        return ()
    end = min(len(story.keys), starts[-1] + max(2, starts[-1] - starts[-2]))
    return [range(a, b) for a, b in zip(starts, [*starts[1:], end], strict=True)]


def part_of(story: Story, positions: range) -> Story:
    """A story of nothing but its paragraphs at some positions."""
    kept = slice(positions.start, positions.stop)
    post = replace(story.post, paragraphs=story.post.paragraphs[kept])
    return replace(story, post=post, keys=story.keys[kept])


def _begins(story: Story, position: int) -> bool:
    """Whether a paragraph is the first below its heading."""
    paragraphs = story.post.paragraphs
    return position == 0 or paragraphs[position - 1].heading != paragraphs[position].heading


def _number(text: str | None) -> int | None:
    """The number with which a text begins, None if with none."""
    found = _NUMBER.match(text or "")
    return value_of(found["number"]) if found else None
