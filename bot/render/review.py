"""What an operator sees of disliked answers and of questions without one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.render.callbacks import Review, button
from bot.render.message import Message, clip, inert, text_message
from bot.render.passage import headline, passage_html
from bot.render.texts import Texts
from bot.storage.feedback import Disliked
from retrieval.answering.answer import Passage

_QUESTION, _REMARK, _SENTENCE, _TITLE = 300, 150, 150, 60
_MOST_REMARKS = 5
_IN_A_ROW = 6


@dataclass(frozen=True, slots=True)
class Position:
    """Where an item stands among those to be reviewed (None: it is dealt with), and the numbers
    of its neighbours."""

    number: int | None
    total: int
    before: int | None
    after: int | None


def item_message(
    item: Disliked, question: str | None, position: Position, texts: Texts, *, today: date
) -> Message:
    """A disliked answer, what was said of it, and what may be done."""
    title = texts.review_settled if position.number is None else texts.review_title
    title = title.format(number=position.number, total=position.total, count=len(item.ids))
    title += _reasons(item.reasons, texts)
    parts = [
        _safe(title),
        _asked(question, texts),
        _safe(texts.review_passage) + "\n" + passage_html(item.passage, texts, today=today),
    ]
    if item.remarks:
        lines = [f"· {_safe(remark, _REMARK)}" for remark in item.remarks[:_MOST_REMARKS]]
        parts.append("\n".join([_safe(texts.review_remarks), *lines]))
    neighbours = [
        button(label, Review("g", number))
        for label, number in (
            (texts.review_previous, position.before),
            (texts.review_next, position.after),
        )
        if number is not None
    ]
    return _message(parts, [*_deeds(texts, may_dismiss=True), neighbours])


def question_message(
    question: str, passage: Passage | None, texts: Texts, *, today: date
) -> Message:
    """A question that an operator typed, and its answer as it is."""
    deeds = _deeds(texts, may_dismiss=False)
    return _message([_asked(question, texts), _now(passage, texts, today)], deeds)


def choices_message(
    question: str | None, choices: Sequence[Passage | None], texts: Texts
) -> Message:
    """Passages (None: gone meanwhile) of which one may be pinned to the question."""
    if question is None:
        return _message([_safe(texts.review_no_question)], [[_back(texts)]])
    listed = [
        f"{number}. {inert(headline(passage, texts), _SENTENCE)}\n"
        f"{inert(passage.title, _TITLE)} · {_safe(passage.post)}"
        for number, passage in enumerate(choices, 1)
        if passage
    ]
    parts = [
        _safe(texts.review_pin_title) + "\n" + _asked(question, texts),
        "\n\n".join(listed) or _safe(texts.review_nothing),
        _safe(texts.review_pin_how),
    ]
    numbers = [button(str(n), Review("c", n - 1)) for n, p in enumerate(choices, 1) if p]
    rows = [numbers[at : at + _IN_A_ROW] for at in range(0, len(numbers), _IN_A_ROW)]
    return _message(parts, [*rows, [_back(texts)]])


def synonym_message(question: str | None, texts: Texts) -> Message:
    """How to add a synonym."""
    return _message([_asked(question, texts), _safe(texts.review_synonym_how)], [[_back(texts)]])


def done_message(
    done: str,
    question: str | None,
    passage: Passage | None,
    following: int | None,
    texts: Texts,
    *,
    today: date,
    is_judged: bool,
) -> Message:
    """What was accepted, and the answer as it is now; that may be judged, if it is not."""
    parts = [_safe(done)]
    if question is not None:
        parts += [_asked(question, texts), _now(passage, texts, today)]
    if is_judged:
        parts.append(_safe(texts.review_judged))
    judging = [button(texts.review_right_button, Review("y"))] if passage and not is_judged else []
    if question is not None and not is_judged:
        judging.append(button(texts.review_pin_button, Review("p")))
    going = [button(texts.review_undo_button, Review("u"))]
    return _message(parts, [judging, going + _following(following, texts)])


def line_message(text: str, following: int | None, texts: Texts) -> Message:
    """A line, and the way on."""
    return _message([_safe(text)], [_following(following, texts)])


def unanswered_message(
    clusters: Sequence[tuple[Sequence[str], date]],
    texts: Texts,
    *,
    first: int,
    pages: Sequence[InlineKeyboardButton],
) -> Message:
    """Questions without an answer, those alike as one, from number `first`: the wordings and the
    last day of each. `pages` are buttons to others."""
    lines = [_safe(texts.unanswered_title)]
    for number, (wordings, day) in enumerate(clusters, first):
        lines.append(
            _safe(
                texts.unanswered_line.format(
                    number=number,
                    question=clip(wordings[0], _SENTENCE),
                    count=len(wordings),
                    day=texts.chart_day.format(day),
                )
            )
        )
        others = [w for w in dict.fromkeys(wordings) if w != wordings[0]][:2]
        lines += [f"    · {_safe(other, _TITLE)}" for other in others]
    lines += ["", _safe(texts.unanswered_how)]
    return _message(["\n".join(lines)], [pages])


def reason_names(texts: Texts) -> dict[str, str]:
    """The reasons of `bot.storage.feedback` as people read them."""
    return {
        "wrong passage": texts.wrong_passage,
        "out of date": texts.out_of_date,
        "not an answer": texts.not_an_answer,
        "other": texts.other_reason,
    }


def _reasons(reasons: Mapping[str, int], texts: Texts) -> str:
    names = reason_names(texts)
    most_first = sorted(reasons.items(), key=lambda item: -item[1])
    listed = texts.comma.join(f"{names[reason]} {count}" for reason, count in most_first)
    return texts.review_reasons.format(reasons=listed) if listed else ""


def _asked(question: str | None, texts: Texts) -> str:
    if question is None:
        return _safe(texts.review_no_question)
    return _safe(texts.review_question.format(question=clip(question, _QUESTION)))


def _now(passage: Passage | None, texts: Texts, today: date) -> str:
    if passage is None:
        return _safe(texts.review_now_none)
    return _safe(texts.review_now) + "\n" + passage_html(passage, texts, today=today)


def _deeds(texts: Texts, *, may_dismiss: bool) -> list[list[InlineKeyboardButton]]:
    correcting = [
        button(texts.review_pin_button, Review("p")),
        button(texts.review_synonym_button, Review("s")),
    ]
    dropping = [button(texts.review_mute_button, Review("m"))]
    if may_dismiss:
        dropping.append(button(texts.review_dismiss_button, Review("d")))
    return [correcting, dropping]


def _back(texts: Texts) -> InlineKeyboardButton:
    return button(texts.review_back, Review("i"))


def _following(number: int | None, texts: Texts) -> list[InlineKeyboardButton]:
    return [] if number is None else [button(texts.review_next, Review("g", number))]


def _message(parts: Sequence[str], rows: Sequence[Sequence[InlineKeyboardButton]]) -> Message:
    kept = [row for row in rows if row]
    return Message("\n\n".join(parts), InlineKeyboardMarkup(kept) if kept else None)


def _safe(text: str, limit: int = 1000) -> str:
    return text_message(clip(text, limit)).html
