"""Updates that Telegram posts to us, instead of being asked for them (the extra `webhooks`)."""

import asyncio
import hmac
from collections.abc import Sequence

from telegram import Bot
from telegram.error import NetworkError
from telegram.ext import Updater
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from bot.delivery.failures import until_reached
from bot.delivery.inbox import Inbox, read_json, read_update

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
LONGEST_BODY = 4 << 20
"""Bytes of a request at most; Telegram's updates have some thousands."""

_SLOWEST_BODY = 30.0  # seconds


class WebhookUpdater(Updater):
    """PTB's updater, with a webhook that takes an update PTB can't read, too.

    PTB's own refuses it, and Telegram would post it again and again, before all others.
    """

    def __init__(self, bot: Bot, inbox: Inbox) -> None:
        super().__init__(bot, update_queue=inbox)
        self._inbox = inbox
        self._server: HTTPServer | None = None

    @property
    def running(self) -> bool:
        """Whether updates are taken."""
        return self._server is not None

    async def start_webhook(  # type: ignore[override]
        self,
        *,
        listen: str,
        port: int,
        url_path: str,
        webhook_url: str,
        secret_token: str,
        allowed_updates: Sequence[str],
    ) -> "asyncio.Queue[object]":
        """Listens, then tells Telegram where, waiting for a network that isn't there yet.

        Raises OSError if it can't listen, BadRequest if Telegram won't have the address.
        """
        parts = {"bot": self.bot, "inbox": self._inbox, "secret": secret_token}
        routes = [(rf"/{url_path}/?", _Handler, parts)]
        server = HTTPServer(
            Application(routes, log_function=lambda handler: None),
            max_body_size=LONGEST_BODY,
            body_timeout=_SLOWEST_BODY,
        )
        server.listen(port, address=listen)
        self._server = server
        await until_reached(
            lambda: self.bot.set_webhook(
                webhook_url, allowed_updates=allowed_updates, secret_token=secret_token
            ),
            "the webhook could not be set",
        )
        return self.update_queue

    async def stop(self) -> None:
        """Takes no more updates; Telegram keeps them."""
        if self._server:
            server, self._server = self._server, None
            server.stop()
            await server.close_all_connections()


class _Handler(RequestHandler):
    """One update, written down before it is answered for."""

    def initialize(self, bot: Bot, inbox: Inbox, secret: str) -> None:
        self._bot, self._inbox, self._secret = bot, inbox, secret

    async def post(self) -> None:
        given = self.request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode(), self._secret.encode()):
            self.send_error(403)
            return
        try:
            raw = read_json(self.request.body)
        except ValueError:
            raw = None
        try:
            if update := read_update(raw, self._bot):
                await self._inbox.put(update)
            else:
                await self._inbox.pass_over(raw)
        except NetworkError:  # it can't be written down: to be posted again
            self.send_error(503)
