"""Does what a passage tells still hold?"""

from datetime import date

from bot.render.texts import Texts
from retrieval.answering.answer import Passage


def expiry_of(passage: Passage, texts: Texts, today: date) -> str:
    """The line that the rule of a passage has run out before `today`; "" if it has not."""
    if not passage.until or passage.until >= today:
        return ""
    return texts.expired.format(date=texts.date.format(passage.until))
