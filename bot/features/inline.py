"""`@bot question` in any chat: results to choose from."""

import time
from datetime import date
from functools import partial

from telegram import (
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
    User,
)
from telegram.constants import ParseMode

from bot.chat.service import Service
from bot.chat.voice import Voice
from bot.clock import china_today
from bot.render import message as messages
from bot.render.passage import headline, passage_html
from bot.render.post import source_buttons
from bot.render.texts import TEXTS, language_of
from corpus import chinese
from retrieval.answering.answer import Answer, Passage

PAGE = 10
FOUND = 50
CACHE_SECONDS = 300


async def on_inline(service: Service, update: Update) -> None:
    """Answers an inline query; without a find there is a button to a private chat."""
    query = update.inline_query
    if query is None:
        return
    question = query.query.strip()
    user = query.from_user
    offset = int(query.offset) if query.offset.isdecimal() and len(query.offset) < 4 else 0
    is_flood = _is_flood(service, user, question)
    if is_flood or not service.is_allowed(user):
        answer = Answer(question, confidence=0.0, passages=())
    elif question:
        answer = await _searched(service, question, min(FOUND, offset + PAGE + 1))
    else:
        answer = Answer("", confidence=0.0, passages=await _examples(service))
    own = language_of(user.language_code)
    texts = TEXTS[own]
    voice = Voice(texts, own == "zh-hant" or chinese.is_traditional(question))
    none = texts.inline_none if question else texts.inline_start
    none = texts.too_fast if is_flood else none
    today = china_today()
    shown = answer.passages[offset : offset + PAGE]
    is_last = offset + PAGE >= min(len(answer.passages), FOUND)
    await query.answer(
        [_article(passage, voice, today) for passage in shown],
        cache_time=CACHE_SECONDS if not is_flood and (question or answer.passages) else 0,
        # Telegram would show to others, too, what was cached for one who is let in, or in English.
        is_personal=bool(service.allowed) or own != "zh" or is_flood,
        next_offset=None if is_last else str(offset + PAGE),
        button=None if question and answer.passages else _button(voice.plain(none)),
    )


def _is_flood(service: Service, user: User, question: str) -> bool:
    """Whether somebody types faster than is searched for one person; operators never do."""
    if not question or not service.is_allowed(user) or user.id in service.operators:
        return False
    return not service.typed.admits(user.id)


async def _searched(service: Service, question: str, limit: int) -> Answer:
    asked = time.monotonic()
    answer = await service.search(partial(service.library.ask, question, limit=limit, asked=asked))
    service.metrics.searched(time.monotonic() - asked, answered=answer.answered)
    return answer


def _button(text: str) -> InlineQueryResultsButton:
    """The button above the results, which leads to a private chat."""
    return InlineQueryResultsButton(text, start_parameter="ask")


async def _examples(service: Service) -> tuple[Passage, ...]:
    """The answers to questions that might be asked, for who has typed none."""
    asked = await service.examples()
    ask = partial(service.library.ask, limit=1)
    answers = [await service.search(partial(ask, each)) for each in asked]
    return tuple(passage for answer in answers for passage in answer.passages[:1])


def _article(passage: Passage, voice: Voice, today: date) -> InlineQueryResultArticle:
    texts, source = voice.texts, source_buttons(passage.url, voice.texts)
    keyboard = InlineKeyboardMarkup.from_row(source) if source else None
    html = passage_html(passage, texts, today=today)
    content = voice.written(messages.Message(html, keyboard))
    return InlineQueryResultArticle(
        id=str(passage.paragraph),
        title=voice.plain(messages.clip(passage.title or texts.no_title, 100)),
        description=voice.plain(messages.clip(headline(passage, texts), 200)),
        input_message_content=InputTextMessageContent(content.html, parse_mode=ParseMode.HTML),
        reply_markup=content.keyboard,
    )
