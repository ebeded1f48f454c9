"""`/help`, `/privacy`, `/forgetme`."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from telegram import InlineKeyboardMarkup
from telegram.constants import ChatType

from bot.chat.context import Context
from bot.clock import now
from bot.render import message as messages
from bot.render.answer import with_examples
from bot.render.callbacks import Forget, button
from bot.render.passage import date_of
from bot.render.texts import Texts, privacy
from corpus.store.values import CorpusFacts

STALE_AFTER_DAYS = 7

_EXAMPLE = "留抵退税怎么防骗取？"  # where the corpus answers none


async def welcome(context: Context) -> messages.Message:
    """What the bot does and knows, and in private what might be asked, to be tapped."""
    texts, service = context.texts, context.service
    facts = await asyncio.to_thread(service.library.facts)
    known = corpus_line(facts, texts)
    if context.chat.type == ChatType.CHANNEL:
        return messages.text_message(f"{texts.welcome_channel}\n{known}")
    examples = await service.examples()
    if not context.is_private:
        said = texts.welcome_group.format(username=service.bot.username)
        asked = [texts.example.format(question=f"/ask {each}") for each in examples[:1]]
        return messages.text_message("\n".join([said, *asked, known]))
    head = texts.welcome_examples if examples else ""
    content = messages.text_message("\n".join(filter(None, [texts.welcome, known, head])))
    if context.settings.plain:
        return messages.text_message("\n".join([content.plain, *examples]))
    return with_examples(content, examples)


def corpus_line(facts: CorpusFacts, texts: Texts) -> str:
    """How many posts there are, and how new the newest is."""
    if facts.posts == 0:
        return texts.corpus_empty
    said = texts.corpus_posts.format(posts=f"{facts.posts:,}")
    if facts.newest:
        said += texts.newest.format(date=date_of(facts.newest, texts))
    return said


async def on_help(context: Context) -> None:
    """How to ask, what the corpus holds, how new it is."""
    if await context.may_use():
        service = context.service
        facts = await asyncio.to_thread(service.library.facts)
        example = next(iter(await service.examples()), _EXAMPLE)
        how = context.texts.help.format(username=service.bot.username, example=example)
        await context.tell(help_text(facts, context.texts, how, now=now()))


def help_text(facts: CorpusFacts, texts: Texts, how: str, *, now: datetime) -> str:
    """How to ask, what the corpus holds and how new it is, with a warning if it is old."""
    lines = [how, ""]
    if facts.posts == 0:
        lines.append(texts.corpus_empty)
    else:
        lines.append(
            texts.corpus.format(posts=f"{facts.posts:,}", paragraphs=f"{facts.paragraphs:,}")
        )
    if facts.newest:
        lines.append(texts.newest.format(date=date_of(facts.newest, texts)))
        if (days := (now - facts.newest).days) > STALE_AFTER_DAYS:
            lines.append(texts.stale.format(days=days))
    return "\n".join([*lines, "", texts.not_advice])


async def on_privacy(context: Context) -> None:
    """What is kept about people."""
    if await context.may_use():
        keeps = context.service.keeps_questions
        await context.tell(privacy(context.texts, keeps_questions=keeps))


async def on_forgetme(context: Context) -> None:
    """Asks whether to delete what is kept about the sender."""
    if not await context.is_within_rates():
        return
    texts = context.texts
    if context.person is None:
        await context.tell(texts.forget_nobody)
        return
    keyboard = InlineKeyboardMarkup([[button(texts.forget_button, Forget())]])
    await context.say(messages.Message(messages.safe(texts.forget_ask), keyboard))


async def forget(context: Context, person: int) -> messages.Message:
    """Deletes what is kept about a person; says what that was, where nobody listens."""
    texts, storage = context.texts, context.service.storage
    gone = await storage(storage.store.forget, person)
    context.service.conversations.forget(person)
    if not context.is_private:
        return messages.text_message(texts.forgotten_here)
    return messages.text_message(forgotten_text(gone, texts))


def forgotten_text(gone: Mapping[str, int], texts: Texts) -> str:
    """What was deleted, of which there was any."""
    named = texts.forgotten_parts.items()
    parts = [words.format(gone[name]) for name, words in named if gone[name]]
    if not parts:
        return texts.forgotten_nothing
    return texts.forgotten.format(parts=texts.comma.join(parts))
