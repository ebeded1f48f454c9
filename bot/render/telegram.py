"""`Answer` → what Telegram shows: HTML and buttons, always within its limits.

Every piece of text is cut by itself, before it is escaped, to a length that
lets the longest message fit: a cut never falls inside a tag, an entity or a
character. Lengths are in UTF-16 units, as Telegram counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from html import escape
from itertools import groupby
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render import callbacks
from bot.render.callbacks import button
from bot.render.links import share_address, web_address
from bot.render.message import MESSAGE_LIMIT, Message, clip, safe, tail, text_message, units
from bot.render.texts import Texts, small_talk
from corpus.reading.posts import CHINA, SAMPLE_CATEGORY, Paragraph, Post
from corpus.store.values import Story
from retrieval.answering.answer import Answer, Passage, Related
from retrieval.answering.validity import tells_rule
from retrieval.text.affairs import gathered

MOST_PLACES = 2
"""Buttons that lead to a place's other news."""

Complaint = Literal["why", "more"]
"""What who dislikes an answer is asked next: for a reason, for a remark."""

_SENTENCE, _PASSAGE, _TITLE, _SOURCE, _LINE = 300, 1000, 200, 60, 80
_BESIDE, _PAGE = 600, 3200
_IN_ROW = 6  # buttons with a number
_NEAR = 5  # titles that are listed where there is no answer
_FOLDED = 200  # units of the longest quotation that is shown unfolded


@dataclass(frozen=True, slots=True)
class Kept:
    """What the buttons under an answer need: the number of the `reply` as which it is kept, its
    ratings, the places that lead to more, how far a complaint is, and the bot's name, by which
    the passage is shared."""

    reply: int
    username: str
    ratings: tuple[int, int] = (0, 0)
    places: Sequence[str] = ()
    complaint: Complaint | None = None


def answer_message(
    answer: Answer, texts: Texts, *, today: date, shown: int = 0, kept: Kept | None = None
) -> Message:
    """`answer` as one message, its passage number `shown`.

    `today` is China's date, for the age of the news. The alternatives of one that is `kept` are
    leafed through by buttons, else they are listed.
    """
    if answer.parts:
        return _parts_message(answer, texts)
    if answer.is_list:
        return list_message(texts.posts_of_time, answer.passages, texts, first=1)
    if answer.passages:
        shown = min(shown, len(answer.passages) - 1)
        passage = answer.passages[shown]
        html = _understood(answer, texts) + passage_html(passage, texts, today=today)
        others = answer.passages[1:]
        if kept is None and others:
            html += "\n\n" + _listed(texts.more + "：", others, texts, first=2)
        elif others:
            number = texts.passage_number.format(number=shown + 1, total=len(answer.passages))
            html += f"\n{safe(number)}"
        if shown == 0 and (newer := _newer(answer, texts)):
            html += f"\n<i>{newer}</i>"
        return Message(html, _keyboard(answer, shown, texts, kept))
    if answer.is_offer and answer.reply is not None:
        yes = button(texts.offer_yes, callbacks.AskOffered())
        return Message(safe(answer.reply), InlineKeyboardMarkup([[yes]]))
    if answer.reply is not None:
        return text_message(small_talk(answer.reply, texts))
    html = safe(texts.not_found)
    if answer.near:
        html += "\n\n" + _listed(texts.related, answer.near[:_NEAR], texts, first=1)
    return Message(html, _further(texts) if kept else None)


def _further(texts: Texts) -> InlineKeyboardMarkup:
    """What may help who got no answer."""
    watch = button(texts.watch_question_button, callbacks.WatchQuestion())
    return InlineKeyboardMarkup([[watch, button(texts.rephrase_button, callbacks.Rephrase())]])


def with_examples(content: Message, examples: Sequence[str]) -> Message:
    """`content` with a button for each question that may be asked."""
    rows = [[button(text, callbacks.AskExample(at))] for at, text in enumerate(examples)]
    return replace(content, keyboard=InlineKeyboardMarkup(rows)) if rows else content


def _understood(answer: Answer, texts: Texts) -> str:
    """The line that says as what a turn was understood; "" if it was complete."""
    if not answer.understood:
        return ""
    return f"<i>{safe(texts.understood.format(question=answer.understood), _TITLE)}</i>\n"


def _parts_message(answer: Answer, texts: Texts) -> Message:
    """The answers to several questions, each under its question."""
    parts = []
    for number, part in enumerate(answer.parts, 1):
        label = f"<b>{number}. {safe(part.understood or part.question, _LINE)}</b>"
        parts.append(f"{label}\n{_part_html(part, texts)}")
    return Message("\n\n".join(parts))


def _part_html(part: Answer, texts: Texts) -> str:
    """The answer to one of several questions: so short that five of the longest fit a message."""
    if part.is_list:
        return "\n".join(
            f"{_linked(each, texts)} · {_when(each, texts)}".removesuffix(" · ")
            for each in part.passages[:_MOST_LISTED]
        )
    if part.passages:
        best = part.passages[0]
        sentence = safe(best.sentence.replace("\n", ""), _SENTENCE)
        lines = [sentence, _linked(best, texts, mark="📰"), _when(best, texts)]
        return "\n".join(filter(None, lines))
    return safe(small_talk(part.reply, texts) if part.reply else texts.not_found, _SENTENCE)


def _when(passage: Passage, texts: Texts) -> str:
    """The date, and the label of a sample."""
    sample = f"【{safe(texts.sample)}】" if passage.category == SAMPLE_CATEGORY else ""
    return " · ".join(filter(None, [_date(passage.published, texts), sample]))


def numbered_message(answer: Answer, texts: Texts, *, today: date) -> Message:
    """`answer` as a plain numbered list without buttons or marks, for screen readers."""
    if not answer.passages or answer.parts or answer.is_list:
        return answer_message(answer, texts, today=today)
    items = [_understood(answer, texts)] if answer.understood else []
    for number, passage in enumerate(answer.passages, 1):
        lines = [
            f"{number}. {safe(passage.sentence, _SENTENCE)}",
            safe(_around(passage), _PASSAGE) if number == 1 else "",
            _origin(passage, texts, mark=""),
            _age(passage, texts, today),
            _newer(answer, texts) if number == 1 else "",
            escape(web_address(passage.url) or ""),
        ]
        items.append("\n".join(filter(None, lines)))
    while len(items) > 1 and units("\n\n".join(items)) > MESSAGE_LIMIT - 100:
        items.pop()
    return Message("\n\n".join(items))


def alternatives_message(answer: Answer, texts: Texts, *, reply: int) -> Message:
    """All passages of an answer as a list, each with a button that shows it."""
    head = f"<b>{safe(texts.all_title.format(total=len(answer.passages)))}</b>"
    lines = [head]
    for number, passage in enumerate(answer.passages, 1):
        title = safe(passage.title, _LINE) or safe(texts.no_title)
        lines.append(
            f"{number}. {safe(passage.sentence, _LINE)}\n{title}\n{_about(passage, texts)}"
        )
    buttons = [
        button(str(number + 1), callbacks.ShowPassage(reply, number))
        for number in range(len(answer.passages))
    ]
    rows = [buttons[at : at + _IN_ROW] for at in range(0, len(buttons), _IN_ROW)]
    return Message("\n\n".join(lines), InlineKeyboardMarkup(rows))


def context_message(
    story: Story, passage: Passage, texts: Texts, *, reply: int, shown: int
) -> Message:
    """The paragraphs around that of `passage`, its answering sentence in bold."""
    here, quoted = story.keys.index(passage.paragraph), _quoted(story, passage)
    parts: list[str] = []
    for i in range(max(0, min(quoted) - 1), min(len(story.keys), max(quoted) + 2)):
        paragraph = story.post.paragraphs[i]
        if paragraph.heading and (not parts or paragraph.heading != passage.heading or i == here):
            parts.append(f"<u>{safe(paragraph.heading, _LINE)}</u>")
        if i in quoted:
            parts.append(_quotation(paragraph.text, quoted[i], _said_in(paragraph.text, passage)))
        else:
            parts.append(safe(paragraph.text, _BESIDE))
    parts.append(_origin(passage, texts))
    back = button(texts.back_button, callbacks.ShowPassage(reply, shown))
    buttons = [back, _read_button(story.post.id, texts)]
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
        shown = f"{safe(start)}<b>{safe(found, _SENTENCE)}</b>{safe(rest, _PASSAGE)}"
    else:
        shown = safe(quoted, _PASSAGE)
    return safe(tail(before, _BESIDE // 2)) + shown + safe(after, _BESIDE // 2)


def read_message(story: Story, page: int, texts: Texts) -> Message:
    """Page number `page`, from 0, of the whole post, split at its paragraphs."""
    post = story.post
    pages = _pages(post.paragraphs)
    page = max(0, min(page, len(pages) - 1))
    passage = Passage(
        post=post.id, title=post.title or "", published=post.published, category=post.category,
        source=post.source, url=post.url, heading=None, text="", sentence="", highlights=(),
        score=0.0, paragraph=0,
    )  # fmt: skip
    parts = [_origin(passage, texts), pages[page]]
    if len(pages) > 1:
        parts.append(safe(texts.page.format(page=page + 1, pages=len(pages))))
    around = [
        button(label, callbacks.ReadPost(post.id, to))
        for label, to in (("◀", page - 1), ("▶", page + 1))
        if 0 <= to < len(pages)
    ]
    url = web_address(post.url)
    source = [InlineKeyboardButton(texts.source_button, url=url)] if url else []
    rows = [row for row in (around, source) if row]
    return Message("\n\n".join(parts), InlineKeyboardMarkup(rows) if rows else None)


def _pages(paragraphs: Sequence[Paragraph]) -> list[str]:
    """The paragraphs as HTML in pages; one that is too long for a page is divided."""
    pages: list[str] = []
    page, used, heading = "", 0, None
    for paragraph in paragraphs:
        pieces = _pieces(paragraph.text, _PAGE)
        for i, piece in enumerate(pieces):
            head = paragraph.heading if i == 0 and paragraph.heading != heading else None
            html = (f"<b>{safe(head, _TITLE)}</b>\n" if head else "") + safe(piece)
            size = units(piece) + min(units(head or ""), _TITLE) + 3
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
    while units(text) > limit:
        start = clip(text, limit)[:-1]
        end = max(start.rfind(mark) for mark in "。！？；\n") + 1
        cut = end if end > len(start) // 2 else max(1, len(start))
        pieces.append(text[:cut])
        text = text[cut:]
    return [*pieces, text]


_MOST_OTHERS = 3  # posts of the same story that an alert names
_MOST_LISTED = 3  # posts of a time that one of several answers names


def list_message(
    title: str,
    items: Sequence[Post | Passage],
    texts: Texts,
    *,
    first: int,
    pages: Sequence[tuple[str, callbacks.Callback]] = (),
    notes: Sequence[str] = (),
) -> Message:
    """A numbered list of posts from number `first`, with a note on each if `notes` are given;
    `pages` are buttons to others."""
    lines = [f"<b>{safe(title, _TITLE)}</b>"]
    for number, item in enumerate(items, first):
        about = [_date(item.published, texts), *_medium(item, texts)]
        about += [safe(note) for note in notes[number - first : number - first + 1]]
        lines.append(
            "\n".join(
                filter(None, [_numbered(number, item, texts), " · ".join(filter(None, about))])
            )
        )
    return Message("\n".join(lines), _leafing(pages))


def _leafing(pages: Sequence[tuple[str, callbacks.Callback]]) -> InlineKeyboardMarkup | None:
    buttons = [button(label, to) for label, to in pages]
    return InlineKeyboardMarkup([buttons]) if buttons else None


def days_message(
    title: str,
    posts: Sequence[Post],
    texts: Texts,
    *,
    first: int,
    pages: Sequence[tuple[str, callbacks.Callback]] = (),
) -> Message:
    """Posts from number `first`, a heading a day; those of a day that tell of one affair stand
    together, a bureau's notice with the story about it."""
    lines, number = [f"<b>{safe(title, _TITLE)}</b>"], first
    for day, of_day in groupby(posts, lambda post: _date(post.published, texts)):
        lines.append(f"\n<b>{day or safe(texts.no_date)}</b>")
        together = list(of_day)
        for group in gathered(together, [post.title or "" for post in together]):
            for post in group:
                line = _numbered(number, post, texts, mark="" if post is group[0] else "↳ ")
                lines.append(" · ".join([line, *_medium(post, texts)]))
                number += 1
    return Message("\n".join(lines), _leafing(pages))


def _numbered(number: int, item: Post | Passage, texts: Texts, *, mark: str = "") -> str:
    """A title with its number, a link where there is an address."""
    name = safe(item.title or "", _LINE) or safe(texts.no_title)
    url = web_address(item.url)
    return f"{number}. {mark}" + (f'<a href="{escape(url)}">{name}</a>' if url else name)


def _medium(item: Post | Passage, texts: Texts) -> list[str]:
    """The medium of a post, and the label of a sample."""
    sample = texts.sample if item.category == SAMPLE_CATEGORY else ""
    return [safe(piece, _SOURCE) for piece in (item.source or "", sample) if piece]


def passage_html(passage: Passage, texts: Texts, *, today: date) -> str:
    """The sentence in bold, the passage around it, then where it stands and when."""
    parts = [f"<b>{safe(passage.sentence, _SENTENCE)}</b>"]
    if around := _around(passage):
        # A long quotation is folded to three lines until it is tapped.
        tag = "blockquote expandable" if units(around) > _FOLDED else "blockquote"
        parts.append(f"<{tag}>{safe(around, _PASSAGE)}</blockquote>")
    parts.append(_origin(passage, texts))
    if age := _age(passage, texts, today):
        parts.append(f"<i>{age}</i>")
    return "\n\n".join(parts)


def alert_html(
    query: str,
    passage: Passage,
    texts: Texts,
    *,
    today: date,
    others: Sequence[Passage] = (),
    is_update: bool = False,
) -> str:
    """A passage under the saved query that it answers, with links to its source and to other posts
    that tell the same story; `is_update`: it goes on with a story that was told."""
    title = texts.alert_update.format(query=query) if is_update else f"🔔 {query}"
    parts = [safe(title, _LINE), passage_html(passage, texts, today=today)]
    if url := web_address(passage.url):
        parts.append(f'<a href="{escape(url)}">{safe(texts.source_button)}</a>')
    if others:
        parts.append(others_html(others, texts))
    return "\n\n".join(parts)


def others_html(others: Sequence[Passage], texts: Texts) -> str:
    """How many other posts tell the same story, with links to a few."""
    lines = [safe(texts.alert_others.format(count=len(others)))]
    lines += [_linked(other, texts) for other in others[:_MOST_OTHERS]]
    return "\n".join(lines)


def _linked(passage: Passage, texts: Texts, *, mark: str = "·") -> str:
    """The title of a passage's post, as a link where there is an address."""
    name = safe(passage.title or "", _LINE) or safe(texts.no_title)
    url = web_address(passage.url)
    return f'{mark} <a href="{escape(url)}">{name}</a>' if url else f"{mark} {name}"


def headline(passage: Passage, texts: Texts) -> str:
    """Date, label of a sample, and the answering sentence, as plain text in one line."""
    sample = f"【{texts.sample}】" if passage.category == SAMPLE_CATEGORY else ""
    return " ".join(filter(None, [_date(passage.published, texts), sample, passage.sentence]))


def _around(passage: Passage) -> str:
    """The passage without the sentence that stands above it: “……” where it was in between.

    Matched words are not marked: a phone's screen full of underlines is hard to read.
    """
    text, sentence = passage.text.strip(), passage.sentence.strip()
    before, found, after = text.partition(sentence) if sentence else ("", "", "")
    if not found or units(sentence) > _SENTENCE:
        return text
    before = f"{before.rstrip()}……" if before.strip() else ""
    return f"{before}{after}".strip()


def _age(passage: Passage, texts: Texts, today: date) -> str:
    """The line under a rule that has run out, or that is a year old or older."""
    if passage.until and passage.until < today:
        return safe(texts.expired.format(date=texts.date.format(passage.until)))
    years = _years(passage.published, today) if passage.published else 0
    is_old = years >= 1 and tells_rule(passage.type, passage.title)
    return safe(texts.old_post.format(years=years)) if is_old else ""


def _newer(answer: Answer, texts: Texts) -> str:
    """The line under a pinned passage beside which newer ones stand."""
    times = [passage.published for passage in answer.newer if passage.published]
    if not times:
        return ""
    latest = _date(max(times), texts)
    return safe(texts.newer_posts.format(count=len(times), date=latest))


def _origin(passage: Passage, texts: Texts, *, mark: str = "📰 ") -> str:
    """Title, then type, date, medium and the label of a sample."""
    title = safe(passage.title, _TITLE) or safe(texts.no_title)
    return "\n".join(filter(None, [f"{mark}{title}", _about(passage, texts)]))


def _about(passage: Passage, texts: Texts) -> str:
    """Type, date, medium of a passage's post, and the label of a sample."""
    line = [safe(texts.types[passage.type])] if passage.type else []
    line += [_date(passage.published, texts), safe(passage.source or "", _SOURCE)]
    if passage.category == SAMPLE_CATEGORY:
        line.append(f"【{safe(texts.sample)}】")
    return " · ".join(filter(None, line))


def _listed(head: str, items: Sequence[Passage | Related], texts: Texts, *, first: int) -> str:
    """A numbered list of titles, each a link where there is an address."""
    lines = [safe(head)]
    for number, item in enumerate(items, first):
        title = safe(item.title, _LINE) or safe(texts.no_title)
        url = web_address(item.url)
        line = f'{number}. <a href="{escape(url)}">{title}</a>' if url else f"{number}. {title}"
        about = [_date(item.published, texts)]
        if isinstance(item, Passage) and item.category == SAMPLE_CATEGORY:
            about.append(texts.sample)
        line += "".join(f" · {safe(piece)}" for piece in about if piece)
        lines.append(line)
    return "\n".join(lines)


def _keyboard(
    answer: Answer,
    shown: int,
    texts: Texts,
    kept: Kept | None,
) -> InlineKeyboardMarkup | None:
    """Leafing, reading on, the places' other news, then rating and sharing; of an answer that is
    not kept, only the source."""
    passage = answer.passages[shown]
    url = web_address(passage.url)
    reading = [InlineKeyboardButton(texts.source_button, url=url)] if url else []
    if kept is None:
        return InlineKeyboardMarkup([reading]) if reading else None
    reply = kept.reply
    leafing = [
        button(label, callbacks.ShowPassage(reply, to))
        for label, to in ((texts.previous_button, shown - 1), (texts.next_button, shown + 1))
        if 0 <= to < len(answer.passages)
    ]
    if len(answer.passages) > 2:
        leafing.append(button(texts.all_button, callbacks.ListAnswers(reply)))
    context = button(texts.context_button, callbacks.ShowContext(reply, shown))
    rating = [
        button(f"{sign} {count}" if count else sign, callbacks.Rate(liked, reply, shown))
        for sign, liked, count in (("👍", True, kept.ratings[0]), ("👎", False, kept.ratings[1]))
    ]
    if share := share_address(kept.username, passage):
        rating.append(InlineKeyboardButton(texts.share_button, url=share))
    others = [
        button(texts.place_button.format(place=place), callbacks.ListPlace(None, place))
        for place in kept.places[:MOST_PLACES]
    ]
    complaining: list[InlineKeyboardButton] = []
    if kept.complaint == "why":
        complaining = [
            button(label, callbacks.GiveReason(reply, shown, letter))
            for label, letter in (
                (texts.wrong_passage, "w"),
                (texts.out_of_date, "o"),
                (texts.not_an_answer, "n"),
                (texts.other_reason, "e"),
            )
        ]
    elif kept.complaint == "more":
        complaining = [button(texts.remark_button, callbacks.WriteRemark(reply, shown))]
    reading = [context, _read_button(passage.post, texts), *reading]
    rows = [leafing, reading, others, rating, complaining]
    return InlineKeyboardMarkup([row for row in rows if row])


def _read_button(post: str, texts: Texts) -> InlineKeyboardButton:
    return button(texts.read_button, callbacks.ReadPost(post))


def _date(when: datetime | None, texts: Texts) -> str:
    return texts.date.format(when.astimezone(CHINA)) if when else ""


def _years(published: datetime, today: date) -> int:
    """Whole years from `published` to `today`."""
    then = published.astimezone(CHINA).date()
    return today.year - then.year - ((today.month, today.day) < (then.month, then.day))
