"""Which paragraphs of a statute are one article? 第五条 with its items is one unit."""

import re
from collections.abc import Sequence

from corpus.reading.post_types import ARTICLE, RULES
from corpus.store.values import Story

_CHAPTER = re.compile(r"[\s　]*第[零〇一二两三四五六七八九十百0-9]{1,5}[编章节]|附[则件表]")


def units(story: Story) -> Sequence[range]:
    """By position of a paragraph, the positions of the paragraphs that are one unit with it: of a
    statute those of its article, of any other post itself."""
    texts = [paragraph.text for paragraph in story.post.paragraphs]
    if story.type not in RULES or not any(map(ARTICLE.match, texts)):
        return [range(position, position + 1) for position in range(len(texts))]
    starts = [0]
    is_in_article = False
    for position, text in enumerate(texts):
        begins = ARTICLE.match(text) is not None
        if position and (begins or not is_in_article or _CHAPTER.match(text)):
            starts.append(position)
        is_in_article = begins or (is_in_article and not _CHAPTER.match(text))
    found: list[range] = []
    for start, end in zip(starts, [*starts[1:], len(texts)], strict=True):
        found += [range(start, end)] * (end - start)
    return found


def label(text: str) -> str | None:
    """With what an article begins (第五条), None for a text that begins no article."""
    found = ARTICLE.match(text)
    return found[0].strip() if found else None


def article_number(normal: str) -> str | None:
    """The number of the article that a normalised text begins, in digits."""
    found = re.match(r"\s*第(\d+)条", normal)
    return found[1] if found else None
