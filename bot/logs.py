"""Logging without tokens and questions."""

import logging
import re
from typing import Literal

from pythonjsonlogger.json import JsonFormatter

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def set_up_logging(token: str, *, form: Literal["text", "json"]) -> None:
    """Logs to stderr, a line or a JSON object each, and keeps the token and questions out of it.

    httpx logs every address, and those hold the token; PTB logs updates, server
    replies and a refused token word for word: what matters of it, we log ourselves.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a look that takes long is no fault
    logging.getLogger("httpcore").setLevel(logging.WARNING)
    logging.getLogger("telegram").setLevel(logging.CRITICAL + 1)
    for handler in logging.getLogger().handlers:
        formatter = JsonFormatter(LOG_FORMAT, json_ensure_ascii=False) if form == "json" else None
        handler.setFormatter(_Redacting(formatter or handler.formatter, token))


class _Redacting(logging.Formatter):
    """The last line of defence: whatever is logged, the token is not in it."""

    def __init__(self, formatter: logging.Formatter | None, token: str) -> None:
        super().__init__()
        self._formatter = formatter or logging.Formatter(LOG_FORMAT)
        bot, _, secret = token.partition(":")
        self._token = re.compile(f"{re.escape(bot)}(?::|%3A){re.escape(secret)}", re.IGNORECASE)

    def format(self, record: logging.LogRecord) -> str:
        """The record in the form of the other formatter, without the token."""
        return self._token.sub("<token>", self._formatter.format(record))
