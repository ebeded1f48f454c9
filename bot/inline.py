"""`@bot question` in any chat: results to choose from."""

import asyncio
from datetime import date

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InlineQueryResultsButton,
    InputTextMessageContent,
    Update,
)
from telegram.constants import ParseMode

from bot.render import telegram as render
from bot.service import Service, now
from bot.texts import TEXTS, Texts, language_of
from corpus.posts import CHINA
from retrieval.answers import Answer, Passage

PAGE = 10
FOUND = 50
CACHE_SECONDS = 300


async def on_inline(service: Service, update: Update) -> None:
    """Answers an inline query; without a find there is a button to a private chat."""
    query = update.inline_query
    if query is None:
        return
    texts = TEXTS[language_of(query.from_user.language_code)]
    question = query.query.strip()
    offset = int(query.offset) if query.offset.isdecimal() and len(query.offset) < 4 else 0
    answer = Answer(question, confidence=0.0, passages=())
    if question and service.is_allowed(query.from_user):
        limit = min(FOUND, offset + PAGE + 1)
        answer = await asyncio.to_thread(service.library.ask, question, limit=limit)
        service.metrics.searched(0.0, answered=answer.answered)
    today = now().astimezone(CHINA).date()
    shown = answer.passages[offset : offset + PAGE]
    is_last = offset + PAGE >= min(len(answer.passages), FOUND)
    none = texts.inline_none if question else texts.inline_start
    button = None if answer.passages else InlineQueryResultsButton(none, start_parameter="ask")
    await query.answer(
        [_article(passage, texts, today) for passage in shown],
        cache_time=CACHE_SECONDS if question else 0,
        is_personal=bool(service.allowed),
        next_offset=None if is_last else str(offset + PAGE),
        button=button,
    )


def _article(passage: Passage, texts: Texts, today: date) -> InlineQueryResultArticle:
    url = render.web_address(passage.url)
    html = render.passage_html(passage, texts, today=today)
    source = InlineKeyboardButton(texts.source_button, url=url) if url else None
    return InlineQueryResultArticle(
        id=str(passage.paragraph),
        title=render.clip(passage.title or texts.no_title, 100),
        description=render.clip(render.headline(passage, texts), 200),
        input_message_content=InputTextMessageContent(html, parse_mode=ParseMode.HTML),
        reply_markup=InlineKeyboardMarkup([[source]]) if source else None,
    )
