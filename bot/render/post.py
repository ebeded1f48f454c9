"""A post: page by page, or the paragraphs around a passage of it."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render import callbacks
from bot.render.callbacks import button, leaf_buttons
from bot.render.links import web_address
from bot.render.message import Message, clip, held, inert, safe, tail, units
from bot.render.passage import LINE, PASSAGE, SENTENCE, TITLE, origin, whole
from bot.render.texts import Texts
from corpus.reading.posts import Paragraph
from corpus.store.values import Story
from retrieval.answering.answer import Passage

_BESIDE, _PAGE = 600, 3200


def read_message(story: Story, page: int, texts: Texts) -> Message:
    """Page number `page`, from 0, of the whole post, split at its paragraphs."""
    post = story.post
    pages = _pages(post.paragraphs)
    page = max(0, min(page, len(pages) - 1))
    parts = [origin(whole(post), texts), pages[page]]
    if len(pages) > 1:
        parts.append(safe(texts.page.format(page=page + 1, pages=len(pages))))
    is_more = page + 1 < len(pages)
    around = leaf_buttons(lambda to: callbacks.ReadPost(post.id, to), page, more=is_more)
    rows = [row for row in (around, source_buttons(post.url, texts)) if row]
    return Message("\n\n".join(parts), InlineKeyboardMarkup(rows) if rows else None)


def source_buttons(address: str | None, texts: Texts) -> list[InlineKeyboardButton]:
    """The button that leads to a post at its source; none if it has no address on the web."""
    url = web_address(address)
    return [InlineKeyboardButton(texts.source_button, url=url)] if url else []


def _pages(paragraphs: Sequence[Paragraph]) -> list[str]:
    """The paragraphs as HTML in pages; one that is too long for a page is divided."""
    pages: list[str] = []
    page, used, heading = "", 0, None
    for paragraph in paragraphs:
        pieces = _pieces(held(paragraph.text), _PAGE)
        for i, piece in enumerate(pieces):
            head = paragraph.heading if i == 0 and paragraph.heading != heading else None
            html = (f"<b>{inert(head, TITLE)}</b>\n" if head else "") + safe(piece)
            size = units(piece) + min(units(head or ""), TITLE) + 3
            if page and used + size > _PAGE:
                pages.append(page)
                page, used = "", 0
            page += ("\n\n" if page else "") + html
            used += size
        heading = paragraph.heading
    return [*pages, page] if page or not pages else pages


def _pieces(text: str, limit: int) -> list[str]:
    """`text` in pieces of at most `limit` units, cut after a sentence where there is one."""
    pieces = []
    at = 0
    while units(ahead := text[at : at + limit + 1]) > limit:
        start = clip(ahead, limit)[:-1]
        end = max(start.rfind(mark) for mark in "。！？；\n") + 1
        cut = end if end > len(start) // 2 else max(1, len(start))
        pieces.append(ahead[:cut])
        at += cut
    return [*pieces, text[at:]]


def context_message(
    story: Story, passage: Passage, texts: Texts, *, reply: int, shown: int
) -> Message:
    """The paragraphs around that of `passage`, its answering sentence in bold."""
    quoted = _quoted(story, passage)
    parts: list[str] = []
    above = None
    for i in range(max(0, min(quoted) - 1), min(len(story.keys), max(quoted) + 2)):
        paragraph = story.post.paragraphs[i]
        if paragraph.heading and paragraph.heading != above:
            parts.append(f"<u>{inert(paragraph.heading, LINE)}</u>")
        above = paragraph.heading
        if i in quoted:
            parts.append(_quotation(paragraph.text, quoted[i], _said_in(paragraph.text, passage)))
        else:
            parts.append(inert(paragraph.text, _BESIDE))
    parts.append(origin(passage, texts))
    back = button(texts.back_button, callbacks.ShowPassage(reply, shown))
    buttons = [back, read_button(story.post.id, texts)]
    return Message("\n\n".join(parts), InlineKeyboardMarkup([buttons]))


def _quoted(story: Story, passage: Passage) -> dict[int, str]:
    """The paragraphs that a passage quotes, each with the line that it quotes of it."""
    here = story.keys.index(passage.paragraph)
    lines = [line for line in passage.text.split("\n") if line]
    quoted = {here: ""}
    for i, paragraph in enumerate(story.post.paragraphs):
        if abs(i - here) <= len(lines):
            held = [line for line in lines if line in paragraph.text]
            quoted |= {i: max(held, key=len)} if held else {}
    return quoted


def _said_in(text: str, passage: Passage) -> str:
    """What stands in a paragraph of the answering sentence, which may go on over two; "" if nothing
    does."""
    lines = [line for line in passage.sentence.split("\n") if line and line in text]
    return max(lines, key=len, default="")


def _quotation(text: str, line: str, sentence: str) -> str:
    """A paragraph around the line that is quoted of it, the answering sentence in bold."""
    before, quoted, after = text.partition(line) if line else ("", text, "")
    start, found, rest = quoted.partition(sentence) if sentence else (quoted, "", "")
    if found:
        shown = f"{inert(start)}<b>{inert(found, SENTENCE)}</b>{inert(rest, PASSAGE)}"
    else:
        shown = inert(quoted, PASSAGE)
    return inert(tail(before, _BESIDE // 2)) + shown + inert(after, _BESIDE // 2)


def read_button(post: str, texts: Texts) -> InlineKeyboardButton:
    return button(texts.read_button, callbacks.ReadPost(post, None))
