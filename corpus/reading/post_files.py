"""The file of one post of the site → `Post`.

It is the Markdown of a Jekyll news site: front matter that is often no
valid YAML, then HTML paragraphs, a closing line with the medium, the link to
the source, and navigation. `parse` is pure: text in, value out, and what it
had to mend or guess comes back as `Post.warnings`.
"""

import codecs
import os
import re
import stat
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from corpus.errors import NotAPost
from corpus.reading.dates import read_date
from corpus.reading.front_matter import FrontMatter, split
from corpus.reading.html import Block, blocks_of, text_of
from corpus.reading.links import resolved
from corpus.reading.markdown import as_html
from corpus.reading.posts import TAG_ENDING, Post, code_in, id_of_text, paragraphs_of
from corpus.reading.text import printable


def load(path: Path) -> Post:
    """The post in the file at `path`.

    Raises `NotAPost` for a file that holds none, OSError for one that can't be read.
    """
    with open(path, "rb", opener=without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotAPost(str(path), "unreadable", "not a regular file")
        return decode(file.read(), name=str(path))


def without_waiting(path: str, flags: int) -> int:
    """An opener for `open`: a pipe that nobody writes to is opened too, at once."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


# With a mark, and without one: how "-" and a line end are written.
_UTF16 = (
    codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE,
    b"-\0", b"\0-", b"\n\0", b"\0\n", b"\r\0", b"\0\r", b"\0\0\0-",
)  # fmt: skip


def decode(data: bytes, *, name: str) -> Post:
    """The post in the bytes of a file called `name`; raises `NotAPost`."""
    if data.startswith(_UTF16):
        raise NotAPost(name, "encoding", "UTF-16 or UTF-32; save it as UTF-8")
    if b"\0" in data:
        raise NotAPost(name, "binary", "a binary file, not a post")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"not UTF-8 (byte {error.start}); save it as UTF-8"
        raise NotAPost(name, "encoding", reason) from None
    return parse(text, name=name)


def parse(text: str, *, name: str) -> Post:
    """The post in `text`, the content of a file called `name`.

    The id is the 18-digit code of the source link, else of the file name, else
    "x" and a hash of title and text. Raises `NotAPost`, naming the file, for
    text without the front matter of a post, and for a post with neither title
    nor text.
    """
    if not text.strip():
        raise NotAPost(name, "empty", "an empty file")
    front, body = _split(printable(text), name)
    warnings = front.warnings
    title = text_of(front.text("title")) or None
    published = _published(front.text("date"), name, warnings)
    categories = front.texts("categories") or front.texts("category")
    tags = front.texts("tags") or front.texts("tag")

    quote, html, url = _body_parts(body)
    blocks, medium = blocks_of(html)
    digest, digest_medium = _cut_medium(text_of(quote))
    if not medium and len(blocks) == 1:
        # A flash of one bare line closes with its medium, as a digest does.
        rest, medium = _cut_medium(blocks[0].text)
        blocks[0].text = rest or blocks[0].text
    if digest and not _holds("".join(b.text for b in blocks), digest):
        blocks.insert(0, Block(digest))
    paragraphs = paragraphs_of(blocks)
    if not paragraphs:
        if title is None:
            raise NotAPost(name, "empty", "a post without title and text")
        warnings.append("no text")
    return Post(
        id=code_in(url or "") or code_in(Path(name).name) or id_of_text(title, paragraphs),
        title=title,
        published=published,
        category=next(iter(categories), None),
        tags=tags,
        source=medium or digest_medium or _medium_of_tag(tags, categories),
        url=url,
        paragraphs=paragraphs,
        warnings=tuple(warnings),
    )


# --- front matter -----------------------------------------------------------

_CONFLICT = tuple(re.compile(mark, re.MULTILINE) for mark in ("^<{7} ", "^={7}$", "^>{7} "))


def _split(text: str, name: str) -> tuple[FrontMatter, list[str]]:
    """Front matter, and the lines of the body."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[start].strip() != "---":
        raise NotAPost(name, "no front matter", "no front matter (a post starts with ---)")
    if "<<<<<<<" in text and _is_conflict("\n".join(lines)):
        raise NotAPost(name, "conflict", "both sides of a merge; resolve the conflict")
    front, body = split(lines[start:])
    layout = next(iter(front.texts("layout")), "")
    if not layout:
        raise NotAPost(name, "other layout", "its front matter lacks layout: post")
    if layout.lower() != "post":
        raise NotAPost(name, "other layout", f"its layout is {layout}, not post")
    if front.text("published").lower() == "false" or front.text("draft").lower() == "true":
        raise NotAPost(name, "unpublished", "a draft, or withdrawn: the site does not publish it")
    if front.is_cut_off:
        raise NotAPost(name, "empty", "cut off: the file ends within its front matter")
    return front, body


def _is_conflict(text: str) -> bool:
    """Whether the marks of a merge stand in `text` one after the other."""
    at = 0
    for mark in _CONFLICT:
        found = mark.search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


_DAY_OF_NAME = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


def _published(value: str, name: str, warnings: list[str]) -> datetime | None:
    """The time of `value`, else the day of the file name; without a zone it is China's."""
    published, warning = read_date(value)
    if published is None and (day := _DAY_OF_NAME.match(Path(name).name)):
        published, _ = read_date(day[0])
        warning = f"{warning}: the file name's day taken" if published else warning
    if warning:
        warnings.append(warning)
    return published


def _medium_of_tag(tags: Sequence[str], categories: Sequence[str]) -> str | None:
    """A post filed by medium is tagged with it alone: 中国税务报新闻."""
    if len(tags) != 1 or not set(categories) - {"emnews", "sitenews"}:
        return None
    return tags[0].removesuffix(TAG_ENDING) or None


# --- body ---------------------------------------------------------------------

_LINK = re.compile(r"<\s*((?:https?:)?//[^<>]*)?>\s*$", re.IGNORECASE)
_NAVIGATION = re.compile(r"\[返回[^\]]*\]\(")


def _body_parts(lines: list[str]) -> tuple[str, str, str | None]:
    """The digest as quoted, the HTML, and the address of the source, None where it is empty."""
    quote: list[str] = []
    html: list[str] = []
    url = None
    for line in lines:
        bare = line.strip()
        if bare.startswith(">") and not any(html):
            quote.append(bare.lstrip("> \t"))
        elif _NAVIGATION.match(bare):
            continue
        elif match := _LINK.match(bare):
            url = resolved(match[1] or "", ()) or url
        else:
            html.append(bare)
    return "\n".join(quote), as_html("\n".join(html)), url


_CLOSING_MEDIUM = re.compile(
    r"[（(]([^（）()。，；：！？\s][^（）()。，；：！？]{1,19}(?:[（(][^（）()]{1,9}[）)])?)[）)]$"
)


def _cut_medium(text: str) -> tuple[str, str | None]:
    """A digest closes with its medium in brackets: (the rest, the medium)."""
    match = _CLOSING_MEDIUM.search(text)
    if not match or text[: match.start()].rstrip()[-1:] not in ("", "。", "！", "？", "”", "…"):
        return text, None
    return text[: match.start()].rstrip(), match[1].strip()


def _holds(body: str, digest: str) -> bool:
    """Whether `body` says what `digest` says: nine in ten of its character pairs.

    The two are often set apart by a name that the digest leaves out.
    """
    body, digest = (re.sub(r"\W", "", text) for text in (body, digest))
    if digest in body:
        return True
    pairs = _pairs(digest)
    return len(pairs) > 0 and len(pairs & _pairs(body)) >= 0.9 * len(pairs)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}
