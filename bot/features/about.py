"""`/help`, `/privacy`, `/forgetme`."""

import asyncio
from datetime import datetime

from telegram import (
    Update,
)
from telegram.constants import ChatType

from bot.chat.access import person_of
from bot.chat.clock import now
from bot.chat.service import Service
from bot.render.texts import Texts, privacy
from corpus.reading.posts import CHINA
from corpus.store.values import CorpusFacts

STALE_AFTER_DAYS = 7


async def on_help(service: Service, update: Update) -> None:
    """How to ask, what the corpus holds, how new it is."""
    message = update.effective_message
    if message and await service.may_use(message):
        facts = await asyncio.to_thread(service.library.facts)
        texts = await service.texts(message)
        await service.tell(message, help_text(facts, texts, service.bot.username, now=now()))


def help_text(facts: CorpusFacts, texts: Texts, username: str, *, now: datetime) -> str:
    """How to ask, what the corpus holds and how new it is, with a warning if it is old."""
    lines = [texts.help.format(username=username), ""]
    if facts.posts == 0:
        lines.append(texts.corpus_empty)
    else:
        lines.append(
            texts.corpus.format(posts=f"{facts.posts:,}", paragraphs=f"{facts.paragraphs:,}")
        )
    if facts.newest:
        newest = facts.newest.astimezone(CHINA)
        lines.append(texts.newest.format(date=texts.date.format(newest)))
        if (days := (now - facts.newest).days) > STALE_AFTER_DAYS:
            lines.append(texts.stale.format(days=days))
    return "\n".join([*lines, "", texts.not_advice])


async def on_privacy(service: Service, update: Update) -> None:
    """What is kept about people."""
    message = update.effective_message
    if message and await service.may_use(message):
        texts = await service.texts(message)
        await service.tell(message, privacy(texts, keeps_questions=service.keeps_questions))


async def on_forgetme(service: Service, update: Update) -> None:
    """Deletes what is kept about the sender, and says what that was, where nobody listens."""
    message = update.effective_message
    if message is None or not await service.is_within_rates(message):
        return
    texts, person = await service.texts(message), person_of(message)
    if person is None:
        await service.tell(message, texts.forget_nobody)
        return
    gone = await service.keeper(service.keeper.store.forget, person)
    is_private = message.chat.type == ChatType.PRIVATE
    told = texts.forgotten.format(**gone) if is_private else texts.forgotten_here
    await service.tell(message, told)
