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


# Whatever else there is, of MathML or Word's own, stands inside a line, as in a browser.
_BLOCKS = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt"
    " fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li"
    " main marquee menu nav ol p pre section summary table tbody tfoot thead title tr ul".split()
)
_POWER = re.compile(r"[+-]?[0-9]+|n")
_RAISED = str.maketrans("0123456789+-n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ")
_CELLS = ("td", "th")
_LONGEST_ROW = 400  # characters: what is longer is no row of figures but a page laid out in a table
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_RAW_TEXT = ("script", "style")
_UNREAD = (*_RAW_TEXT, "del", "rp", "rt", "s", "select", "strike", "svg", "template")
# Elements whose content a browser reads as text up to the closing tag: one
# that is never closed would swallow the rest of the post.
_SWALLOWING = re.compile(
    r"<(/?)(?:iframe|noembed|noframes|noscript|xmp|textarea|title|plaintext)\b", re.I
)
# What a browser shows only where it can't play or draw.
_INSTEAD = re.compile(
    r"<(audio|video|canvas)\b[^<>]*>(?:(?!<(?:audio|video|canvas)\b).){0,1000}?</\1\s*>",
    re.I | re.S,
)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_AUTOLINK = re.compile(r"<(https?://[^<>\s]+)>", re.IGNORECASE)
# A "less than": what follows is no name of a tag, or another "<" comes before the tag's end.
_NO_TAG = re.compile(
    r"<(?=/?[A-Z])(?!/?(?:[ABIPQSU]|[A-Z][A-Z0-9:_.-]+)"
    r"(?:\s+[\w:@.-]+\s*=|[\s/][^<>]*(?:>|$)|>|$))",
    re.IGNORECASE,
)
_LEFT_OPEN = (
    (re.compile("<!--"), re.compile("-->")),
    *((re.compile(rf"<{tag}\b", re.I), re.compile(rf"</{tag}\b", re.I)) for tag in _UNREAD),
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
    html = _CDATA.sub("", _AUTOLINK.sub(r"\1", html))
    html = _INSTEAD.sub("", html)
    html = _SWALLOWING.sub(r"<\1div", _NO_TAG.sub("&lt;", html))
    for opening, closing in _LEFT_OPEN:
        if not opening.search(html):
            continue
        end = max((match.start() for match in closing.finditer(html)), default=0)
        # "<i" is inert: what was an opening tag becomes an inline one.
        html = html[:end] + opening.sub("<i ", html[end:])
    return _without_open_hiding(html)


_HIDING = re.compile(r"display\s*:\s*none|\bhidden\b", re.IGNORECASE)
_BOX = re.compile(r"<(/?)(div|section|article|span|center|table|ul)\b([^<>]*)>", re.IGNORECASE)


def _without_open_hiding(html: str) -> str:
    """`html`, in which an element that hides and is never closed is a plain one."""
    if not _HIDING.search(html):
        return html
    still_open: dict[str, list[re.Match[str]]] = {}
    for box in _BOX.finditer(html):
        of_kind = still_open.setdefault(box[2].lower(), [])
        if not box[1]:
            of_kind.append(box)
        elif of_kind:
            of_kind.pop()
    open_boxes = [box for boxes in still_open.values() for box in boxes]
    hiding = [box for box in open_boxes if _HIDING.search(box[3])]
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
        self._row = [0, 0]  # the blocks there were where a table's row began, and its cells
        self._raised = False  # inside a <sup>: 10 to the power of 4 is not 104
        self._chart: int | None = None  # blocks there were where a stock chart began

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        style = attributes.get("style", "").replace(" ", "").lower()
        # Not "visibility": some sites hide a whole article so, until a script shows it.
        hides = tag in _UNREAD or "hidden" in attributes or "display:none" in style
        if self._hidden or hides:
            self._hidden.append(tag)
            return
        if tag in ("b", "strong"):
            self._strong_depth += 1
        elif tag == "sup":
            self._raised = True
        elif tag in _CELLS:
            self._text.append(" ")
            self._row[1] += 1
        elif tag in _BLOCKS:
            self._flush()
            if tag == "tr":
                self._row = [len(self.blocks), 0]
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
        elif tag == "sup":
            self._raised = False
        elif tag in _BLOCKS and tag != "br":
            self._flush()
            if tag == "tr":
                self._join_row()
            self._tag, self._style = None, ""

    def data(self, data: str) -> None:
        if self._hidden:
            return
        if self._tag in (None, "pre") and "\n" in data:
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

    def _join_row(self) -> None:
        """Make one block of a table's row, whose cells may hold paragraphs."""
        first, cells = self._row
        row = " ".join(block.text for block in self.blocks[first:])
        if cells > 1 and 0 < len(row) <= _LONGEST_ROW:
            self.blocks[first:] = [Block(row)]
        self._row = [len(self.blocks), 0]

    def _add(self, data: str) -> None:
        if self._raised and _POWER.fullmatch(data):
            data = data.translate(_RAISED)
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
        self._raised = False
        self._strong_text = 0


_MEDIUM = re.compile(
    r"(?:^[（(]\s*(?:文章)?|[（(]\s*文章)来源[：:]\s*([^（(]*(?:[（(][^（(]*)?)[）)]$"
)
_DISCLAIMER = re.compile(r"[（(]?声明[：:].{0,200}仅供参考.{0,200}")
_CAPTION = re.compile(r"[（(]?(?:图片|配图|制图|图|摄影|供图)(?:来源)?[：:/]")


def _is_caption(block: Block) -> bool:
    return block.is_centred and _CAPTION.match(block.text) is not None
