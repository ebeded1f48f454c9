"""`Answer` → what Telegram shows: HTML and buttons, always within its limits.

Every piece of text is cut by itself, before it is escaped, to a length that
lets the longest message fit: a cut never falls inside a tag, an entity or a
character. Lengths are in UTF-16 units, as Telegram counts.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from html import escape
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render import callbacks
from bot.render.callbacks import button
from bot.render.links import web_address
from bot.render.message import MESSAGE_LIMIT, Message, clip, safe, tail, text_message, units
from bot.render.texts import Texts, small_talk
from corpus.reading.posts import CHINA, SAMPLE_CATEGORY, Paragraph, Post
from corpus.store.values import Story
from retrieval.answering.answer import Answer, Passage, Related

MOST_PLACES = 2
"""Buttons that lead to a place's other news."""

Complaint = Literal["why", "more"]
"""What who dislikes an answer is asked next: for a reason, for a remark."""

_SENTENCE, _PASSAGE, _TITLE, _SOURCE, _LINE = 300, 1000, 200, 60, 80
_PARAGRAPH, _PAGE = 1200, 3200
_NEAR = 5  # titles that are listed where there is no answer
_FOLDED = 200  # units of the longest quotation that is shown unfolded


def answer_message(
    answer: Answer,
    texts: Texts,
    *,
    today: date,
    reply: int | None = None,
    shown: int = 0,
    ratings: tuple[int, int] = (0, 0),
    places: Sequence[str] = (),
    complaint: Complaint | None = None,
) -> Message:
    """`answer` as one message, its passage number `shown`.

    `today` is China's date, for the age of the news. With the number of a
    `reply` the alternatives are leafed through by buttons, else they are listed;
    others lead to more about `places`, or take a `complaint` further.
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
        if reply is None and others:
            html += "\n\n" + _listed(texts.more + "：", others, texts, first=2)
        elif others:
            number = texts.passage_number.format(number=shown + 1, total=len(answer.passages))
            html += f"\n{safe(number)}"
        if shown == 0 and (newer := _newer(answer, texts)):
            html += f"\n<i>{newer}</i>"
        keyboard = _keyboard(answer, shown, texts, reply, ratings, places, complaint)
        return Message(html, keyboard)
    if answer.is_offer and answer.reply is not None:
        yes = button(texts.offer_yes, callbacks.AskOffered())
        return Message(safe(answer.reply), InlineKeyboardMarkup([[yes]]))
    if answer.reply is not None:
        return text_message(small_talk(answer.reply, texts))
    html = safe(texts.not_found)
    if answer.near:
        html += "\n\n" + _listed(texts.related, answer.near[:_NEAR], texts, first=1)
    return Message(html, None if reply is None else _further(texts))


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


def context_message(
    story: Story, passage: Passage, texts: Texts, *, reply: int, shown: int
) -> Message:
    """The paragraphs around that of `passage`, its answering sentence in bold."""
    here = story.keys.index(passage.paragraph)
    parts: list[str] = []
    for i in range(max(0, here - 1), min(len(story.keys), here + 2)):
        paragraph = story.post.paragraphs[i]
        if paragraph.heading and (not parts or paragraph.heading != passage.heading or i == here):
            parts.append(f"<u>{safe(paragraph.heading, _TITLE)}</u>")
        before, sentence, after = paragraph.text.partition(passage.sentence)
        if sentence and i == here:
            parts.append(
                safe(tail(before, _PARAGRAPH // 2))
                + f"<b>{safe(sentence, _SENTENCE)}</b>"
                + safe(after, _PARAGRAPH // 2)
            )
        else:
            parts.append(safe(paragraph.text, _PARAGRAPH))
    parts.append(_origin(passage, texts))
    back = button(texts.back_button, callbacks.ShowPassage(reply, shown))
    buttons = [back, _read_button(story.post.id, texts)]
    return Message("\n\n".join(parts), InlineKeyboardMarkup([buttons]))


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
        name = safe(item.title or "", _LINE) or safe(texts.no_title)
        url = web_address(item.url)
        line = f'{number}. <a href="{escape(url)}">{name}</a>' if url else f"{number}. {name}"
        about = [_date(item.published, texts), safe(item.source or "", _SOURCE)]
        if item.category == SAMPLE_CATEGORY:
            about.append(safe(texts.sample))
        about += [safe(note) for note in notes[number - first : number - first + 1]]
        lines.append("\n".join(filter(None, [line, " · ".join(filter(None, about))])))
    buttons = [button(label, to) for label, to in pages]
    return Message("\n".join(lines), InlineKeyboardMarkup([buttons]) if buttons else None)


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
        lines = [safe(texts.alert_others.format(count=len(others)))]
        lines += [_linked(other, texts) for other in others[:_MOST_OTHERS]]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


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
    """The line under news that is a year old or older."""
    years = _years(passage.published, today) if passage.published else 0
    return safe(texts.old_post.format(years=years)) if years >= 1 else ""


def _newer(answer: Answer, texts: Texts) -> str:
    """The line under a pinned passage beside which newer ones stand."""
    times = [passage.published for passage in answer.newer if passage.published]
    if not times:
        return ""
    latest = _date(max(times), texts)
    return safe(texts.newer_posts.format(count=len(times), date=latest))


def _origin(passage: Passage, texts: Texts, *, mark: str = "📰 ") -> str:
    """Title, then date, medium, type and the label of a sample."""
    line = [_date(passage.published, texts), safe(passage.source or "", _SOURCE)]
    if passage.type:
        line.append(safe(texts.types[passage.type]))
    if passage.category == SAMPLE_CATEGORY:
        line.append(f"【{safe(texts.sample)}】")
    title = safe(passage.title, _TITLE) or safe(texts.no_title)
    return "\n".join(filter(None, [f"{mark}{title}", " · ".join(filter(None, line))]))


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
    reply: int | None,
    ratings: tuple[int, int],
    places: Sequence[str],
    complaint: Complaint | None,
) -> InlineKeyboardMarkup | None:
    """Leafing, reading on, the places' other news, then rating; without a reply to hang on, only
    the source."""
    passage = answer.passages[shown]
    url = web_address(passage.url)
    reading = [InlineKeyboardButton(texts.source_button, url=url)] if url else []
    if reply is None:
        return InlineKeyboardMarkup([reading]) if reading else None
    leafing = [
        button(label, callbacks.ShowPassage(reply, to))
        for label, to in ((texts.previous_button, shown - 1), (texts.next_button, shown + 1))
        if 0 <= to < len(answer.passages)
    ]
    context = button(texts.context_button, callbacks.ShowContext(reply, shown))
    rating = [
        button(f"{sign} {count}" if count else sign, callbacks.Rate(liked, reply, shown))
        for sign, liked, count in (("👍", True, ratings[0]), ("👎", False, ratings[1]))
    ]
    others = [
        button(texts.place_button.format(place=place), callbacks.ListPlace(None, place))
        for place in places[:MOST_PLACES]
    ]
    complaining: list[InlineKeyboardButton] = []
    if complaint == "why":
        complaining = [
            button(label, callbacks.GiveReason(reply, shown, letter))
            for label, letter in (
                (texts.wrong_passage, "w"),
                (texts.out_of_date, "o"),
                (texts.not_an_answer, "n"),
                (texts.other_reason, "e"),
            )
        ]
    elif complaint == "more":
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
