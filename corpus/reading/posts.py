"""What is a post? A title, a date, paragraphs under their subheadings, an id."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from corpus.reading.dates import CHINA as CHINA
from corpus.reading.html import Block, blocks_of
from corpus.reading.text import printable as printable

SAMPLE_CATEGORY = "shili"
"""The category that marks the posts bundled with taxnews."""

SAMPLE_NAME = "示例"
"""What people call it."""

TAG_ENDING = "新闻"
"""What the site writes after the name of a medium or section to make it a tag."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph as plain text, under the subheading it stands below, if any."""

    heading: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Post:
    """One story. `published` has a zone; unknown values are None; ids are strings."""

    id: str
    title: str | None
    published: datetime | None
    category: str | None
    tags: tuple[str, ...]
    source: str | None
    url: str | None
    paragraphs: tuple[Paragraph, ...]
    warnings: tuple[str, ...] = ()

    @property
    def category_name(self) -> str | None:
        """What people call the category; None if there is none."""
        return category_name(self.category, self.tags)


def category_name(category: str | None, tags: Sequence[str]) -> str | None:
    """What people call a category. The site writes its own in Latin letters, and the name of the
    medium or section with 新闻 after it as the only tag.

    >>> category_name("yangshiwang", ["央视网新闻"]), category_name("要闻", ["税务新闻"])
    ('央视网', '要闻')
    """
    if category == SAMPLE_CATEGORY:
        return SAMPLE_NAME
    if category is None or not category.isascii() or len(tags) != 1:
        return category
    name = tags[0].removesuffix(TAG_ENDING)
    return name if name and name != tags[0] else category


# --- paragraphs ---------------------------------------------------------------


def read_html(html: str) -> tuple[tuple[Paragraph, ...], str | None]:
    """The paragraphs of an article's HTML, and the medium its closing line names."""
    blocks, medium = blocks_of(html)
    return paragraphs_of(blocks), medium


def paragraphs_of(blocks: Iterable[Block]) -> tuple[Paragraph, ...]:
    """The paragraphs that blocks of text are, each under its subheading."""
    return bounded(_with_headings(blocks))


LONGEST_TITLE = 400
"""Characters; the longest seen have some 100."""

LONGEST_PARAGRAPH = 2_000
"""Characters; the longest seen in news have some 1,300. A question's cost grows with them."""

_SENTENCE = re.compile("[^。！？；!?;]*[。！？；!?;]*[”’」』）)]*")


def bounded(paragraphs: Iterable[Paragraph]) -> tuple[Paragraph, ...]:
    """The paragraphs, one that is longer than `LONGEST_PARAGRAPH` in parts that are not, cut at the
    ends of sentences where there are any."""
    return tuple(
        Paragraph(paragraph.heading, part)
        for paragraph in paragraphs
        for part in (
            [paragraph.text]
            if len(paragraph.text) <= LONGEST_PARAGRAPH
            else _parts_of(paragraph.text)
        )
    )


def _parts_of(text: str) -> Iterator[str]:
    """Whole sentences, as many as a paragraph may hold; one that is longer itself is cut."""
    part = ""
    for sentence in _SENTENCE.findall(text):
        if len(part) + len(sentence) > LONGEST_PARAGRAPH:
            if part.strip():
                yield part.strip()
            part = ""
        while len(sentence) > LONGEST_PARAGRAPH:
            end = max(map(sentence[:LONGEST_PARAGRAPH].rfind, "，,、 ")) + 1
            end = end if end > LONGEST_PARAGRAPH // 2 else LONGEST_PARAGRAPH
            if piece := sentence[:end].strip():
                yield piece
            sentence = sentence[end:]
        part += sentence
    if part.strip():
        yield part.strip()


# --- subheadings ---------------------------------------------------------------

_PUNCTUATION = re.compile(r"[。，；：！？,;:!?]")
_NUMBERED = re.compile(r"[（(]?[0-9一二三四五六七八九十]{1,3}[）)、.．]|[●•■◆▲○]")
_WORD = re.compile(r"[^\W\d_]")
_PLAIN_HEADING = 20  # characters; those seen have 8 to 11
_STRONG_HEADING = 32
_LONGEST_HEADING = 400  # it is kept with each paragraph below it


def _with_headings(blocks: Iterable[Block]) -> Iterator[Paragraph]:
    """The paragraphs, each under the subheading that precedes it.

    Two short lines in a row are one heading (a slogan and its second half);
    more than three are a list, and so are those that nothing follows: text.
    """
    heading: str | None = None
    run: list[Block] = []
    for block in blocks:
        if _may_head(block):
            run.append(block)
            continue
        if 0 < len(run) <= 3:
            heading = " ".join(b.text for b in run)
        else:
            yield from (Paragraph(heading, b.text) for b in run)
        run = []
        yield Paragraph(heading, block.text)
    yield from (Paragraph(heading, b.text) for b in run)


def _may_head(block: Block) -> bool:
    if block.is_heading:
        return len(block.text) <= _LONGEST_HEADING
    if not block.is_paragraph or len(block.text) > _STRONG_HEADING:
        return False
    if _NUMBERED.match(block.text) or not _WORD.search(block.text):
        return False
    if block.is_strong:
        return block.text[-1] not in "。；：;:"
    return (
        len(block.text) <= _PLAIN_HEADING
        and not block.is_centred
        and not _PUNCTUATION.search(block.text)
    )


# --- ids ----------------------------------------------------------------------------

_CODE = re.compile(r"(?<![0-9])[0-9]{18}(?![0-9])")


def code_in(text: str) -> str | None:
    """The first run of exactly 18 digits: the site's number of a story."""
    match = _CODE.search(text)
    return match[0] if match else None


def id_of_text(title: str | None, paragraphs: tuple[Paragraph, ...]) -> str:
    """The id of a story without a number."""
    return hashed_id("\n".join([title or "", *(p.text for p in paragraphs)]))


def hashed_id(text: str) -> str:
    """x and 17 hexadecimal digits: as long as a story's number, and never one."""
    return "x" + hashlib.sha256(text.encode()).hexdigest()[:17]
