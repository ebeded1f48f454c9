"""An update whose handling failed: what is logged, what is said."""

import logging
import sqlite3
import traceback

from telegram import Update
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.chat.context import context_of
from bot.chat.service import Service
from bot.delivery.failures import GivenUp, cause_of
from bot.delivery.turns import Postponed, current_scope, kind_of
from corpus.errors import CorpusUnreachable

logger = logging.getLogger(__name__)

_EXPECTED = (
    "message is not modified",
    "query is too old",
    "message to be replied not found",
    "message to edit not found",
    "message can't be edited",
    "chat not found",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
    "not enough rights",
    "no rights to send",
    "need administrator rights",
    "chat_restricted",
    "_forbidden",  # CHAT_SEND_PLAIN_FORBIDDEN and its like: a group that admits no text
)


def is_expected(error: BaseException | None) -> bool:
    """Whether `error` is part of Telegram's daily life: nobody needs an apology for it."""
    if isinstance(error, (Forbidden, Postponed)):  # blocked, kicked out; or we are stopping
        return True
    return isinstance(error, BadRequest) and any(
        words in error.message.lower() for words in _EXPECTED
    )


async def on_error(service: Service, update: object, error: Exception | None) -> None:
    """Logs what went wrong, never what was asked, and apologises where that can help."""
    if error is None or is_expected(error):
        return
    service.metrics.failed()
    kind = f"a {kind_of(update)}" if isinstance(update, Update) else "updates"
    if isinstance(error, GivenUp):
        current_scope.get().given_up = True
        logger.error("%s is given up: %s (%s)", kind, error.message, cause_of(error))
    elif _is_passing(error):
        doing = "handling" if isinstance(update, Update) else "receiving"
        logger.warning("while %s %s: %s", doing, kind, type(error).__name__)
    elif isinstance(error, CorpusUnreachable):
        logger.error("while handling %s: %s", kind, error)
    else:
        logger.error("while handling %s:\n%s", kind, outline(error))
    if isinstance(update, Update) and _is_helped(update, error):
        await _apologise(service, update, error)


def _is_passing(error: Exception) -> bool:
    """Whether it is Telegram's or the network's, as a flood, and will be over by itself."""
    is_telegrams = isinstance(error, TelegramError)
    return is_telegrams and not isinstance(error, (BadRequest, GivenUp))


def _is_helped(update: Update, error: Exception) -> bool:
    """Whether an apology for an error can help: where nothing can be sent, it would fare no better,
    and who tapped a button taps it again."""
    if _is_passing(error) or (isinstance(error, GivenUp) and error.method == "sendMessage"):
        return False
    return not update.callback_query or isinstance(error, CorpusUnreachable)


async def _apologise(service: Service, update: Update, error: Exception) -> None:
    try:
        if context := await context_of(service, update):
            is_unreachable = isinstance(error, CorpusUnreachable)
            line = context.texts.unreachable if is_unreachable else context.texts.failed
            await context.tell(line, part="apology")
    except (TelegramError, Postponed, sqlite3.Error) as second:
        logger.warning("the apology failed too: %s", type(second).__name__)


def outline(error: BaseException) -> str:
    """Types and stack of `error` and its causes, without their messages.

    A message may quote the value it complains of, and that may be a question.
    """
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None and len(parts) < 10:
        stack = "".join(traceback.format_tb(current.__traceback__))
        parts.append(f"{stack}{type(current).__module__}.{type(current).__qualname__}")
        current = current.__cause__ or (
            None if current.__suppress_context__ else current.__context__
        )
    return "\ncaused by\n".join(parts)
