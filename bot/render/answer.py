"""`Answer` → what Telegram shows: HTML and buttons, always within its limits.

Every piece of text is cut by itself, before it is escaped, to a length that
lets the longest message fit: a cut never falls inside a tag, an entity or a
character. Lengths are in UTF-16 units, as Telegram counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from html import escape
from typing import Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render import callbacks
from bot.render.callbacks import button
from bot.render.links import share_address, web_address
from bot.render.lists import list_message
from bot.render.message import MESSAGE_LIMIT, REPLY, Message, inert, safe, text_message, units
from bot.render.passage import (
    LINE,
    PASSAGE,
    SENTENCE,
    TITLE,
    about_post,
    age_of,
    around_sentence,
    date_of,
    linked_title,
    origin,
    passage_html,
    sample_label,
    shown_sentence,
)
from bot.render.post import read_button, source_buttons
from bot.render.review import reason_names
from bot.render.texts import Texts, small_talk
from bot.storage.feedback import REASONS
from corpus.reading.places import is_province
from corpus.reading.posts import SAMPLE_CATEGORY
from retrieval.answering.answer import Answer, Passage, Related

MOST_PLACES = 2
"""Buttons that lead to a place's other news."""

Complaint = Literal["why", "more"]
"""What who dislikes an answer is asked next: for a reason, for a remark."""

_IN_ROW = 6  # buttons with a number
_NEAR = 5  # titles that are listed where there is no answer
_MOST_LISTED = 3  # posts of a time that one of several answers names


@dataclass(frozen=True, slots=True)
class Kept:
    """What the buttons under an answer need: the number of the `reply` as which it is kept, its
    ratings, how far a complaint is, and the bot's name, by which the passage is shared."""

    reply: int
    username: str
    ratings: tuple[int, int] = (0, 0)
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
        return Message(inert(answer.reply), InlineKeyboardMarkup([[yes]]))
    if answer.reply is not None:
        if answer.near:
            return Message(inert(answer.reply, REPLY), _source_of(answer.near[0], texts))
        return text_message(small_talk(answer.reply, texts))
    html = safe(_not_found(answer, texts))
    if answer.near:
        html += "\n\n" + _listed(texts.related, answer.near[:_NEAR], texts, first=1)
    return Message(html, _further(texts) if kept else None)


def _not_found(answer: Answer, texts: Texts) -> str:
    """That nothing was found; and for which year, if the nearest post tells of another."""
    if answer.untold_year is None:
        return texts.not_found
    return texts.not_found_of_year.format(year=answer.untold_year)


def _source_of(told: Related, texts: Texts) -> InlineKeyboardMarkup | None:
    """The button that leads to the post that a line tells of."""
    source = source_buttons(told.url, texts)
    return InlineKeyboardMarkup([source]) if source else None


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
    return f"<i>{safe(texts.understood.format(question=answer.understood), TITLE)}</i>\n"


def _parts_message(answer: Answer, texts: Texts) -> Message:
    """The answers to several questions, each under its question."""
    parts = []
    for number, part in enumerate(answer.parts, 1):
        label = f"<b>{number}. {safe(part.understood or part.question, LINE)}</b>"
        parts.append(f"{label}\n{_part_html(part, texts)}")
    return Message("\n\n".join(parts))


def _part_html(part: Answer, texts: Texts) -> str:
    """The answer to one of several questions: so short that five of the longest fit a message."""
    if part.is_list:
        return "\n".join(
            f"· {linked_title(each, texts)} · {_when(each, texts)}".removesuffix(" · ")
            for each in part.passages[:_MOST_LISTED]
        )
    if part.passages:
        best = part.passages[0]
        sentence = inert(shown_sentence(best).replace("\n", ""), SENTENCE)
        lines = [sentence, f"📰 {linked_title(best, texts)}", _when(best, texts)]
        return "\n".join(filter(None, lines))
    return safe(small_talk(part.reply, texts) if part.reply else _not_found(part, texts), SENTENCE)


def _when(passage: Passage, texts: Texts) -> str:
    """The date, and the label of a sample."""
    parts = [date_of(passage.published, texts), sample_label(passage, texts)]
    return " · ".join(filter(None, parts))


def numbered_message(answer: Answer, texts: Texts, *, today: date) -> Message:
    """`answer` as a plain numbered list without buttons or marks, for screen readers."""
    if not answer.passages or answer.parts or answer.is_list:
        return answer_message(answer, texts, today=today)
    items = [_understood(answer, texts)] if answer.understood else []
    for number, passage in enumerate(answer.passages, 1):
        lines = [
            f"{number}. {inert(shown_sentence(passage), SENTENCE)}",
            inert(around_sentence(passage), PASSAGE) if number == 1 else "",
            origin(passage, texts, mark=""),
            age_of(passage, texts, today),
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
        title = inert(passage.title, LINE) or safe(texts.no_title)
        lines.append(
            f"{number}. {inert(passage.sentence, LINE)}\n{title}\n{about_post(passage, texts)}"
        )
    buttons = [
        button(str(number + 1), callbacks.ShowPassage(reply, number))
        for number in range(len(answer.passages))
    ]
    rows = [buttons[at : at + _IN_ROW] for at in range(0, len(buttons), _IN_ROW)]
    return Message("\n\n".join(lines), InlineKeyboardMarkup(rows))


def _newer(answer: Answer, texts: Texts) -> str:
    """The line under a pinned passage beside which newer ones stand."""
    times = [passage.published for passage in answer.newer if passage.published]
    if not times:
        return ""
    latest = date_of(max(times), texts)
    return safe(texts.newer_posts.format(count=len(times), date=latest))


def _listed(head: str, items: Sequence[Passage | Related], texts: Texts, *, first: int) -> str:
    """A numbered list of titles, each a link where there is an address."""
    lines = [safe(head)]
    for number, item in enumerate(items, first):
        line = f"{number}. {linked_title(item, texts)}"
        about = [date_of(item.published, texts)]
        if isinstance(item, Passage) and item.category == SAMPLE_CATEGORY:
            about.append(texts.sample)
        line += "".join(f" · {safe(piece)}" for piece in about if piece)
        lines.append(line)
    return "\n".join(lines)


def _keyboard(
    answer: Answer, shown: int, texts: Texts, kept: Kept | None
) -> InlineKeyboardMarkup | None:
    """Leafing, reading on, the places' other news, then rating and sharing; of an answer that is
    not kept, only the source."""
    passage = answer.passages[shown]
    reading = source_buttons(passage.url, texts)
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
        button(f"{sign} {count}" if count else sign, rate(reply, shown))
        for sign, rate, count in (
            ("👍", callbacks.Like, kept.ratings[0]),
            ("👎", callbacks.Dislike, kept.ratings[1]),
        )
    ]
    if share := share_address(kept.username, passage):
        rating.append(InlineKeyboardButton(texts.share_button, url=share))
    others = [
        button(texts.place_button.format(place=place), callbacks.ListPlace(None, place))
        for place in sorted(passage.places, key=is_province)[:MOST_PLACES]  # cities first
    ]
    reading = [context, read_button(passage.post, texts), *reading]
    rows = [leafing, reading, others, rating, _complaining(kept, shown, texts)]
    return InlineKeyboardMarkup([row for row in rows if row])


def _complaining(kept: Kept, shown: int, texts: Texts) -> list[InlineKeyboardButton]:
    """What who dislikes an answer is asked: why, then for a remark."""
    if kept.complaint == "more":
        return [button(texts.remark_button, callbacks.WriteRemark(kept.reply, shown))]
    names = reason_names(texts)
    return [
        button(names[reason], callbacks.GiveReason(kept.reply, shown, letter))
        for letter, reason in REASONS.items()
        if kept.complaint == "why"
    ]
