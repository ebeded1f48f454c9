"""The HTML of an article → its blocks of text, and the medium that its closing line names."""

import re
from dataclasses import dataclass

from lxml import etree

from corpus.reading.text import squeeze


@dataclass
class Block:
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


def blocks_of(html: str) -> tuple[list[Block], str | None]:
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
    return " ".join(block.text for block in blocks_of(f"<p>{html}</p>")[0])


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
    """lxml's parser target: start, data and end events → `Block`s."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
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
                Block(
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


def _is_caption(block: Block) -> bool:
    return block.is_centred and _CAPTION.match(block.text) is not None
