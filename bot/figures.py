"""`/trend`: what is written about, as a picture."""

import asyncio
import logging
from collections.abc import Sequence

from telegram import Update

from bot import charts
from bot.charts import ChartsMissing
from bot.render import figures as render
from bot.render import telegram as messages
from bot.service import Service
from bot.texts import Texts
from retrieval.trends import LONGEST_SUBJECT, MOST_SUBJECTS, subjects_in

logger = logging.getLogger(__name__)


async def on_trend(service: Service, update: Update) -> None:
    """How many posts mention some subjects, month by month, as a picture."""
    message = update.effective_message
    if message is None or not await service.may_use(message):
        return
    texts = await service.texts(message)
    words = (message.text or "").split(maxsplit=1)
    subjects = subjects_in(words[1]) if len(words) > 1 else []
    if refusal := _refusal(subjects, texts):
        await service.tell(message, refusal)
        return
    content = await service.typing(message, asyncio.to_thread(_trend, service, subjects, texts))
    if messages.is_traditional("".join(subjects)):
        content = messages.traditional(content)
    await service.say(message, content)


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
    caption = render.trend_caption(trend, texts)
    if trend.is_empty:
        return messages.text_message(caption)
    try:
        return messages.photo_message(charts.trend_picture(trend, texts), caption)
    except ChartsMissing as error:
        logger.warning("/trend: %s", error)
        return messages.text_message(f"{texts.charts_missing}\n{caption}")


COMMANDS = {"trend": on_trend}
