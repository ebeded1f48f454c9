"""`/trend`, `/hot`, `/stats`: what is written and asked about, and how the bot does."""

import logging
from collections.abc import Callable, Sequence

from bot.chat.context import Context
from bot.chat.service import Service
from bot.clock import china_today
from bot.render import charts
from bot.render import message as messages
from bot.render import statistics as render
from bot.render.charts import ChartsMissing
from bot.render.texts import Texts
from bot.storage.usage import Day
from retrieval.news.trends import LONGEST_SUBJECT, MOST_SUBJECTS, subjects_in

logger = logging.getLogger(__name__)


async def on_trend(context: Context) -> None:
    """How many posts mention some subjects, month by month, as a picture."""
    if not await context.may_use():
        return
    texts, subjects = context.texts, subjects_in(context.argument)
    if refusal := _refusal(subjects, texts):
        await context.tell(refusal)
        return
    content = await context.in_turn(lambda: _trend(context.service, subjects, texts))
    if content is None:
        await context.tell(texts.too_fast)
        return
    await context.answering("".join(subjects)).say(content)


def _refusal(subjects: Sequence[str], texts: Texts) -> str | None:
    """What is wrong with the subjects."""
    if not subjects:
        return texts.trend_empty
    if len(subjects) > MOST_SUBJECTS:
        return texts.trend_many.format(limit=MOST_SUBJECTS)
    if any(len(subject) > LONGEST_SUBJECT for subject in subjects):
        return texts.trend_long.format(limit=LONGEST_SUBJECT)
    return None


def _trend(service: Service, subjects: Sequence[str], texts: Texts) -> messages.Message:
    """The picture, or the figures alone where none can be drawn."""
    trend = service.library.trend(subjects)
    if trend is None:
        return messages.text_message(texts.trend_missing)
    caption = render.trend_caption(trend, texts)
    if trend.is_empty:
        return messages.text_message(caption)
    return _picture(lambda: charts.trend_picture(trend, texts), caption, texts)


async def on_hot(context: Context) -> None:
    """What many people asked about this week, and in the last."""
    if not await context.may_use():
        return
    service = context.service
    if not service.counts_subjects:
        await context.tell(context.texts.hot_off)
        return
    hot = await service.storage(service.storage.store.usage.hot, china_today())
    await context.tell(render.hot_text(hot, context.texts))


async def on_stats(context: Context) -> None:
    """How the bot does, for operators in private; for all others there is no such command."""
    if not context.is_private or not await context.may_use():
        return
    service, texts = context.service, context.texts
    if context.person not in service.operators:
        await context.tell(texts.unknown_command)
        return
    days = await service.storage(service.storage.store.usage.days, china_today())
    content = await context.in_turn(lambda: _usage(days, texts))
    await context.say(content or messages.text_message(texts.too_fast))


def _usage(days: Sequence[Day], texts: Texts) -> messages.Message:
    """The picture, or the figures alone where none can be drawn."""
    caption = render.usage_text(days, texts)
    if not any(day.questions for day in days):
        return messages.text_message(caption)
    return _picture(lambda: charts.usage_picture(days, texts), caption, texts)


def _picture(draw: Callable[[], bytes], caption: str, texts: Texts) -> messages.Message:
    """A picture with what stands below it; that alone where none can be drawn."""
    try:
        return messages.photo_message(draw(), caption)
    except ChartsMissing as error:
        logger.warning("no picture: %s", error)
        return messages.text_message(f"{texts.charts_missing}\n{caption}")


COMMANDS = {"trend": on_trend, "hot": on_hot, "stats": on_stats}
