"""Requests to Telegram, and polling that ends with a reason."""

import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
from telegram import Bot
from telegram.error import NetworkError, TelegramError
from telegram.request import HTTPXRequest

from bot.delivery.inbox import Inbox, read_json, read_update
from bot.settings import PREFIX
from corpus.tls import trusted

logger = logging.getLogger(__name__)

POLL_SECONDS = 10


_IDLE = 8
"""Connections that are kept while nothing is sent: before each request httpcore asks the system of
every one of them whether it is still open."""


_CONFLICTS = 3
"""Refused polls in a row that mean another poller, not our own late predecessor."""


REFUSED = (
    f"Telegram refused the token: check {PREFIX}TOKEN with @BotFather"
    f" (and {PREFIX}API_URL, if that is set)"
)


CONFLICT = (
    "another program is receiving this bot's updates: stop it, or give this one a token of its own"
)


_OF_MESSAGE = ("message_id", "date", "chat")
"""What PTB must have of a message; to read all that Telegram tells of one costs half a
millisecond."""


class TelegramRequest(HTTPXRequest):
    """PTB's, which takes no answer for Telegram's that can't be, and reads of a message that was
    sent or edited no more than PTB must have."""

    def __init__(self, *, connection_pool_size: int, **parts: Any) -> None:
        limits = httpx.Limits(max_connections=connection_pool_size, max_keepalive_connections=_IDLE)
        super().__init__(httpx_kwargs={"verify": trusted(), "limits": limits}, **parts)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """The answer; raises TelegramError for one with neither a result nor an error."""
        try:
            answer = read_json(payload)
        except ValueError as error:
            raise TelegramError("Invalid server response") from error
        if not isinstance(answer, dict) or not {"result", "description"} & answer.keys():
            raise TelegramError("Invalid server response")
        result = answer.get("result")
        if isinstance(result, dict) and "message_id" in result:  # nobody asks what we wrote
            answer["result"] = {name: result[name] for name in _OF_MESSAGE if name in result}
        return answer


class PollingRequest(TelegramRequest):
    """Watches what Telegram says to our polling.

    PTB polls on for ever through a conflict, and stops polling without a word
    when the token is withdrawn; both end the bot with a reason. An answer with
    an update that it can't read, PTB would throw away whole, and be sent the same for ever:
    so the updates are read here, for `bot`.
    """

    stop: Callable[[str], None]
    bot: Bot

    def __init__(self, inbox: Inbox) -> None:
        # Two: at the end a last call confirms updates while the cut poll is still closing.
        super().__init__(connection_pool_size=2, read_timeout=POLL_SECONDS + 5)
        self._inbox = inbox
        self._conflicts = 0

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        self._conflicts = self._conflicts + 1 if code == 409 else 0
        if code in (401, 404):
            self.stop(REFUSED)
            raise NetworkError("the token was withdrawn")  # PTB's own would break its clean end
        elif self._conflicts == 1:
            logger.warning("a poll was refused because of another one: trying again")
        elif self._conflicts >= _CONFLICTS:
            self.stop(CONFLICT)
        return code, await self._taken_in(payload) if code == 200 else payload

    async def _taken_in(self, payload: bytes) -> bytes:
        """The answer to a poll with nothing but the ids of its updates, which PTB confirms; the
        updates themselves are in the inbox, but those that can't be read."""
        updates = self.parse_json_payload(payload).get("result")
        if not isinstance(updates, list):
            raise NetworkError("garbled answer to a poll")
        self._inbox.expected.clear()  # of a poll that PTB has put in, or thrown away
        for raw in updates:
            if update := read_update(raw, self.bot):
                self._inbox.expected.setdefault(update.update_id, (update, raw))
            else:
                await self._inbox.pass_over(raw)
        ids = [raw["update_id"] for raw in updates if _is_numbered(raw)]
        return json.dumps({"ok": True, "result": [{"update_id": id_} for id_ in ids]}).encode()


def _is_numbered(update: object) -> bool:
    return isinstance(update, dict) and isinstance(update.get("update_id"), int)
