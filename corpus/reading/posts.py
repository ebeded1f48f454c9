"""The text of one post of the site → `Post`.

A post is a Markdown file of a Jekyll news site: front matter that is often no
valid YAML, then HTML paragraphs, a closing line with the medium, the link to
the source, and navigation. `parse` is pure: text in, value out, and what it
had to mend or guess comes back as `Post.warnings`.
"""

import codecs
import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree

from corpus.errors import NotAPost
from corpus.reading.dates import CHINA as CHINA
from corpus.reading.dates import read_date

SAMPLE_CATEGORY = "shili"
"""The category (示例) that marks the posts bundled with taxnews."""


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


def decode(data: bytes, *, name: str) -> Post:
    """The post in the bytes of a file called `name`; raises `NotAPost`."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise NotAPost(name, "encoding", "UTF-16; save it as UTF-8")
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
    warnings: list[str] = []
    front, body = _split(printable(text), name, warnings)
    title = _title(front.get("title", ""))
    published = _published(front.get("date", ""), name, warnings)
    tags = (front["tags"],) if front.get("tags") else ()

    quote, html, url = _body_parts(body)
    blocks, medium = _blocks(html)
    digest, digest_medium = _cut_medium(text_of(quote))
    if not medium and len(blocks) == 1:
        # A flash of one bare line closes with its medium, as a digest does.
        rest, medium = _cut_medium(blocks[0].text)
        blocks[0].text = rest or blocks[0].text
    if digest and not _holds("".join(b.text for b in blocks), digest):
        blocks.insert(0, _Block(digest))
    paragraphs = tuple(_with_headings(blocks))
    if not paragraphs:
        if title is None:
            raise NotAPost(name, "empty", "a post without title and text")
        warnings.append("no text")
    return Post(
        id=code_in(url or "") or code_in(Path(name).name) or id_of_text(title, paragraphs),
        title=title,
        published=published,
        category=front.get("categories") or None,
        tags=tags,
        source=medium or digest_medium or _medium_of_tag(front),
        url=url,
        paragraphs=paragraphs,
        warnings=tuple(warnings),
    )


def read_html(html: str) -> tuple[tuple[Paragraph, ...], str | None]:
    """The paragraphs of an article's HTML, and the medium its closing line names."""
    blocks, medium = _blocks(html)
    return tuple(_with_headings(blocks)), medium


# --- front matter -----------------------------------------------------------

_KEY = re.compile(r"([A-Za-z_]+):(?:[ \t]+(.*)|$)")


def _split(text: str, name: str, warnings: list[str]) -> tuple[dict[str, str], list[str]]:
    """Front matter by key, and the lines of the body."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip("\n").split("\n")
    start = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines[start].strip() != "---":
        raise NotAPost(name, "no front matter", "no front matter (a post starts with ---)")
    front: dict[str, str] = {}
    end = start + 1
    while end < len(lines) and lines[end].strip() != "---":
        match = _KEY.match(lines[end])
        if match:
            front.setdefault(match[1], (match[2] or "").strip())
        elif lines[end].strip():
            if lines[end].lstrip().startswith(("<", ">")):
                warnings.append("front matter without a closing ---")
                end -= 1  # this line is the first of the body
                break
            warnings.append("a line in the front matter without a key")
        end += 1
    if front.get("layout") != "post":
        layout = front.get("layout") or "none"
        raise NotAPost(name, "other layout", f"no post (its layout is {layout}, not post)")
    return front, lines[end + 1 :]


def _title(value: str) -> str | None:
    """Titles are written into quotes unescaped: only the outer pair is markup."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return squeeze(value) or None


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


def _medium_of_tag(front: dict[str, str]) -> str | None:
    """A post filed by medium is tagged with it: 中国税务报新闻."""
    if front.get("categories", "") in ("", "emnews", "sitenews"):
        return None
    return front.get("tags", "").removesuffix("新闻") or None


# --- body ---------------------------------------------------------------------

_LINK = re.compile(r"<(https?://[^<>\s]*)?>\s*$")
_NAVIGATION = re.compile(r"\[返回[^\]]*\]\(")


def _body_parts(lines: list[str]) -> tuple[str, str, str | None]:
    """The digest as quoted, the HTML, and the address of the source, None where it is empty."""
    quote: list[str] = []
    html: list[str] = []
    url = None
    for line in lines:
        bare = line.strip()
        if bare.startswith(">") and not any(html):
            quote.append(bare[1:])
        elif _NAVIGATION.match(bare):
            continue
        elif match := _LINK.match(bare):
            url = match[1] or url
        else:
            html.append(bare)
    return "\n".join(quote), "\n".join(html), url


@dataclass
class _Block:
    """A run of text between two block-level tags."""

    text: str
    is_paragraph: bool = False  # a <p>: the only tag that can be a subheading
    is_strong: bool = False
    is_centred: bool = False
    is_heading: bool = False  # <h1> … <h6>


_INLINE = frozenset(
    "a abbr b bdi bdo cite code data del dfn em font i img ins kbd label mark q s samp"
    " small span strong sub sup time tt u var wbr".split()
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_RAW_TEXT = ("script", "style")
# Elements whose content a browser reads as text up to the closing tag: one
# that is never closed would swallow the rest of the post.
_SWALLOWING = re.compile(
    r"<(/?)(?:iframe|noembed|noframes|noscript|xmp|textarea|title|plaintext)\b", re.I
)
_LEFT_OPEN = (
    (re.compile("<!--"), re.compile("-->")),
    *((re.compile(f"<{tag}", re.I), re.compile(f"</{tag}", re.I)) for tag in _RAW_TEXT),
)


def _blocks(html: str) -> tuple[list[_Block], str | None]:
    """The blocks of text in `html`, in order, and the medium its closing line names."""
    reader = _Reader()
    # huge_tree lifts libxml2's depth limit; as events nothing grows with depth.
    parser = etree.HTMLParser(target=reader, huge_tree=True)
    parser.feed(f"<body>{_defused(html)}</body>")
    parser.close()
    blocks = [b for b in reader.blocks if b.text and not _is_caption(b)]
    medium = None
    kept = []
    for block in blocks:
        if "来源" in block.text and (match := _MEDIUM.search(block.text)):
            medium = match[1].strip() or medium
            block.text = block.text[: match.start()].rstrip()
        if block.text and not _DISCLAIMER.fullmatch(block.text):
            kept.append(block)
    return kept, medium


def text_of(html: str) -> str:
    """The words of `html`, most often plain text, in one line."""
    if "<" not in html and "&" not in html:
        return squeeze(html)
    return " ".join(block.text for block in _blocks(f"<p>{html}</p>")[0])


def _defused(html: str) -> str:
    """`html`, in which nothing left open hides what follows it."""
    html = _SWALLOWING.sub(r"<\1div", html)
    for opening, closing in _LEFT_OPEN:
        if not opening.search(html):
            continue
        end = max((match.start() for match in closing.finditer(html)), default=0)
        # "<i" is inert: what was an opening tag becomes an inline one.
        html = html[:end] + opening.sub("<i ", html[end:])
    return _without_open_hiding(html)


_BOX = re.compile(r"<(/?)(div|section|article|span|center|table|ul)\b([^<>]*)>", re.IGNORECASE)


def _without_open_hiding(html: str) -> str:
    """`html`, in which an element that hides and is never closed is a plain one."""
    if "none" not in html:
        return html
    still_open: dict[str, list[re.Match[str]]] = {}
    for box in _BOX.finditer(html):
        of_kind = still_open.setdefault(box[2].lower(), [])
        if not box[1]:
            of_kind.append(box)
        elif of_kind:
            of_kind.pop()
    open_boxes = [box for boxes in still_open.values() for box in boxes]
    hiding = [box for box in open_boxes if "display:none" in "".join(box[3].lower().split())]
    parts, at = [], 0
    for box in sorted(hiding, key=re.Match.start):
        parts += [html[at : box.start()], f"<{box[2]}>"]
        at = box.end()
    return "".join(parts) + html[at:]


class _Reader:
    """lxml's parser target: start, data and end events → `_Block`s."""

    def __init__(self) -> None:
        self.blocks: list[_Block] = []
        self._text: list[str] = []
        self._strong_text = 0
        self._strong_depth = 0
        self._tag: str | None = None
        self._style = ""
        self._hidden: list[str] = []  # the tags open inside a hidden element
        self._chart: int | None = None  # blocks there were where a stock chart began

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        style = attributes.get("style", "").replace(" ", "").lower()
        if self._hidden or tag in _RAW_TEXT or "display:none" in style:
            self._hidden.append(tag)
            return
        if tag in ("b", "strong"):
            self._strong_depth += 1
        elif tag in ("td", "th"):
            self._text.append(" ")
        elif tag not in _INLINE:
            self._flush()
            if tag != "br":  # a line break leaves its paragraph open
                self._tag = None if tag in ("html", "body") else tag
                self._style = style

    def end(self, tag: str) -> None:
        if self._hidden:
            if tag == self._hidden[-1]:
                self._hidden.pop()
            return
        if tag in ("b", "strong"):
            self._strong_depth -= 1
        elif tag not in _INLINE and tag not in ("td", "th", "br"):
            self._flush()
            self._tag, self._style = None, ""

    def data(self, data: str) -> None:
        if self._hidden:
            return
        if self._tag is None and "\n" in data:
            # Outside any tag a line is a paragraph, as in Markdown's flashes.
            first, *rest = data.split("\n")
            self._add(first)
            for line in rest:
                self._flush()
                self._add(line)
        else:
            self._add(data)

    def comment(self, text: str) -> None:
        if text.strip() == "EM_StockImg_Start":
            self._flush()
            self._chart = len(self.blocks)
        elif text.strip() == "EM_StockImg_End" and self._chart is not None:
            self._flush()
            del self.blocks[self._chart :]
            self._chart = None

    def close(self) -> None:
        self._flush()

    def _add(self, data: str) -> None:
        self._text.append(data)
        if self._strong_depth:
            self._strong_text += len("".join(data.split()))

    def _flush(self) -> None:
        if not self._text:
            return
        text = squeeze("".join(self._text))
        if text:
            self.blocks.append(
                _Block(
                    text,
                    is_paragraph=self._tag == "p",
                    is_strong=0 < self._strong_text >= len("".join(text.split())),
                    is_centred="text-align:center" in self._style or self._tag == "center",
                    is_heading=self._tag in _HEADINGS,
                )
            )
        self._text.clear()
        self._strong_text = 0


_MEDIUM = re.compile(
    r"(?:^[（(]\s*(?:文章)?|[（(]\s*文章)来源[：:]\s*([^（(]*(?:[（(][^（(]*)?)[）)]$"
)
_DISCLAIMER = re.compile(r"[（(]?声明[：:].{0,200}仅供参考.{0,200}")
_CAPTION = re.compile(r"[（(]?(?:图片|配图|制图|图|摄影|供图)(?:来源)?[：:/]")


def _is_caption(block: _Block) -> bool:
    return block.is_centred and _CAPTION.match(block.text) is not None


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


# --- subheadings ---------------------------------------------------------------

_PUNCTUATION = re.compile(r"[。，；：！？,;:!?]")
_NUMBERED = re.compile(r"[（(]?[0-9一二三四五六七八九十]{1,3}[）)、.．]|[●•■◆▲○]")
_WORD = re.compile(r"[^\W\d_]")
_PLAIN_HEADING = 20  # characters; those seen have 8 to 11
_STRONG_HEADING = 32


def _with_headings(blocks: list[_Block]) -> Iterator[Paragraph]:
    """The paragraphs, each under the subheading that precedes it.

    Two short lines in a row are one heading (a slogan and its second half);
    more than three are a list, and so are those that nothing follows: text.
    """
    heading: str | None = None
    run: list[_Block] = []
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


def _may_head(block: _Block) -> bool:
    if block.is_heading:
        return True
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


# --- text and ids ---------------------------------------------------------------

_UNPRINTABLE = re.compile(
    # Controls but tab and line ends; zero-width and bidirectional marks; BOM; lone surrogates.
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u2069\ufeff\ud800-\udfff]"
)
_SPACE = re.compile(r"\s+")


def printable(text: str) -> str:
    """`text` without what no reader sees, and no encoder takes."""
    return _UNPRINTABLE.sub("", text)


def squeeze(text: str) -> str:
    """One space for a run of them, none at the ends; none for a line end inside Chinese."""
    text = text.strip()
    if text.isprintable() and "  " not in text:  # most often, and checked at no cost
        return text
    return _SPACE.sub(_space, _UNPRINTABLE.sub("", text).strip())


def _space(match: re.Match[str]) -> str:
    before, after = match.string[match.start() - 1], match.string[match.end()]
    both_wide = all(unicodedata.east_asian_width(c) in "WF" for c in (before, after))
    return "" if "\n" in match[0] and both_wide else " "


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
